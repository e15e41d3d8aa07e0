//! Reading policies from TOML (MS section 17).

use chrono_tz::Tz;

use super::codes::CodeTables;
use super::error::line_at;
use super::members::Members;
use super::{
    Allow, AllowSide, Blank, ChangedAt, Comparator, Compare, FieldRule, Group, ListKind, ListOrder,
    OverrideKey, Policy, PolicyError, Protect, RecordOverride, Reference, Resolver,
};
use crate::path::FieldPath;
use crate::value::Object;

type Result<T> = std::result::Result<T, PolicyError>;

/// Members of `[type.NAME]` in a product configuration that are not about merging.
const OF_THE_PRODUCT: [&str; 7] = ["enabled", "label", "key", "fields", "depends_on", "absent", "limits"];

impl Policy {
    /// Reads a policy file (MS section 17).
    ///
    /// # Errors
    /// Text that is not TOML, unknown members, wrong kinds of value, contradictions (P4, P10), and features this
    /// version does not have; with the member and its line.
    ///
    /// ```
    /// # use merge::{Hold, Policy};
    /// assert_eq!(Policy::from_toml("hold = 'field'").unwrap().hold, Hold::Field);
    /// let error = Policy::from_toml("hold = 'field'\nmoed = 'manual'").unwrap_err();
    /// assert_eq!((error.member.as_str(), error.line), ("moed", Some(2)));
    /// ```
    pub fn from_toml(text: &str) -> Result<Policy> {
        let table = parse(text)?;
        Policy::from_table(&table).map_err(|error| error.located(text, None))
    }

    /// Reads the policy under `[type.NAME]` of a product configuration (`tiebreak merge --type NAME`). The members
    /// that say where records come from and how they are read are passed over: files come as they are. Days are those of
    /// the school's zone unless the type has its own (N4).
    ///
    /// # Errors
    /// As [`Policy::from_toml`], and if there is no such type.
    ///
    /// ```
    /// # use merge::{Mode, Policy};
    /// let text = "[type.section]\nkey = ['crn']\nmode = 'resolve_theirs'";
    /// assert_eq!(Policy::from_toml_type(text, "section").unwrap().mode, Some(Mode::ResolveTheirs));
    /// assert!(Policy::from_toml_type(text, "student").is_err());
    /// ```
    pub fn from_toml_type(text: &str, name: &str) -> Result<Policy> {
        let table = parse(text)?;
        let found = table.get("type").and_then(|types| types.as_table()?.get(name));
        let Some(found) = found.and_then(toml::Value::as_table) else {
            return Err(PolicyError::new("type", format!("there is no [type.{name}]")).located(text, None));
        };
        let mut policy: toml::Table = found
            .iter()
            .filter(|(member, _)| !OF_THE_PRODUCT.contains(&member.as_str()))
            .map(|(member, value)| (member.clone(), value.clone()))
            .collect();
        let school = table.get("school").and_then(|school| school.as_table()?.get("zone"));
        if let (Some(zone), false) = (school, policy.contains_key("zone")) {
            policy.insert("zone".to_owned(), zone.clone());
        }
        Policy::from_table(&policy).map_err(|error| error.located(text, Some(name)))
    }

    /// Reads a policy from a TOML table, for example one under `[type.NAME]` of a product configuration.
    ///
    /// # Errors
    /// As [`Policy::from_toml`], without lines.
    ///
    /// ```
    /// # use merge::Policy;
    /// let table = "strict = true".parse().unwrap();
    /// assert!(Policy::from_table(&table).unwrap().strict);
    /// ```
    pub fn from_table(table: &toml::Table) -> Result<Policy> {
        let members = Members::new(table, "");
        members.only(&[
            "version",
            "mode",
            "hold",
            "strict",
            "no_base_blank",
            "ignore",
            "unique",
            "reference",
            "resolvers",
            "changed_at",
            "compare",
            "zone",
            "map",
            "blank",
            "allow",
            "protect",
            "field",
            "group",
            "record",
        ])?;
        if members.whole("version")?.is_some_and(|version| version != 1) {
            return Err(members.error("version", "this program reads version 1"));
        }
        let defaults = Policy::default();
        let codes = read_codes(&members)?;
        let policy = Policy {
            mode: members.named("mode")?,
            hold: members.named("hold")?.unwrap_or(defaults.hold),
            strict: members.flag("strict")?.unwrap_or(false),
            no_base_blank: members.named("no_base_blank")?.unwrap_or(defaults.no_base_blank),
            ignore: members.parsed_list("ignore")?.unwrap_or_default(),
            unique: read_unique(&members)?,
            references: members.tables("reference", read_reference)?,
            resolvers: read_resolvers(&members)?,
            changed_at: read_changed_at(&members)?,
            compare: read_compare(&members, &codes)?.unwrap_or_default(),
            zone: read_zone(&members)?,
            blank: read_blank(&members)?,
            allow: read_allow(&members)?,
            protect: read_protect(&members)?,
            fields: members.tables("field", |field| read_field(field, &codes))?,
            groups: members.tables("group", read_group)?,
            records: members.tables("record", read_record)?,
            rules: Vec::new(),
            codes: codes.into_used(),
            key: Vec::new(),
        };
        policy.check()?;
        Ok(policy)
    }
}

fn parse(text: &str) -> Result<toml::Table> {
    text.parse::<toml::Table>().map_err(|error| PolicyError {
        line: Some(error.span().map_or(1, |span| line_at(text, span.start))),
        ..PolicyError::new("", error.message())
    })
}

fn read_field(members: &Members<'_>, codes: &CodeTables) -> Result<FieldRule> {
    members.only(&[
        "path",
        "mode",
        "compare",
        "tolerance",
        "blank",
        "list",
        "key",
        "order",
        "text",
        "counter",
        "locked",
    ])?;
    let list = members.named("list")?;
    Ok(FieldRule {
        path: members.required("path")?,
        mode: members.named("mode")?,
        compare: read_compare(members, codes)?,
        tolerance: members.number_or_text("tolerance")?,
        blank: read_blank(members)?,
        list,
        key: read_key(members, list)?,
        order: members.named("order")?.unwrap_or(ListOrder::Merge),
        text: members.named("text")?,
        counter: members.flag("counter")?,
        locked: members.flag("locked")?.unwrap_or(false),
    })
}

/// A4: a keyed list names the fields of its items' key, and no other list has them.
fn read_key(members: &Members<'_>, list: Option<ListKind>) -> Result<Vec<String>> {
    let key = members.texts("key")?.unwrap_or_default();
    if list != Some(ListKind::Keyed) {
        return match ["key", "order"].into_iter().find(|name| members.table.contains_key(*name)) {
            Some(name) => Err(members.error(name, "is for `list = \"keyed\"`")),
            None => Ok(Vec::new()),
        };
    }
    if key.is_empty() {
        return Err(members.error("key", "a keyed list needs the fields of its items' key"));
    }
    if key.iter().enumerate().any(|(at, name)| name.is_empty() || key[..at].contains(name)) {
        return Err(members.error("key", "must be names of fields, each once"));
    }
    Ok(key.into_iter().map(str::to_owned).collect())
}

fn read_zone(members: &Members<'_>) -> Result<Tz> {
    let unknown = || members.error("zone", "must be the name of a time zone, such as America/New_York");
    members.text("zone")?.map_or(Ok(Tz::UTC), |name| name.parse().map_err(|_| unknown()))
}

/// C11: each resolver once, in the order in which they are asked.
fn read_resolvers(members: &Members<'_>) -> Result<Vec<Resolver>> {
    let resolvers: Vec<Resolver> = members.parsed_list("resolvers")?.unwrap_or_default();
    match resolvers.iter().enumerate().find(|(at, one)| resolvers[..*at].contains(one)) {
        Some((_, twice)) => Err(members.error("resolvers", format!("names `{twice}` twice"))),
        None => Ok(resolvers),
    }
}

/// C11: the paths of the times, one for both sides or one for each.
fn read_changed_at(members: &Members<'_>) -> Result<Option<ChangedAt>> {
    if members.table.get("changed_at").is_some_and(toml::Value::is_str) {
        let path: FieldPath = members.required("changed_at")?;
        return Ok(Some(ChangedAt { ours: path.clone(), theirs: path }));
    }
    let Some(paths) = members.table("changed_at")? else { return Ok(None) };
    paths.only(&["ours", "theirs"])?;
    Ok(Some(ChangedAt { ours: paths.required("ours")?, theirs: paths.required("theirs")? }))
}

/// K4: the fields that refer, and what they refer to.
fn read_reference(members: &Members<'_>) -> Result<Reference> {
    members.only(&["fields", "type", "to"])?;
    let fields = members.paths("fields")?.ok_or_else(|| members.error("fields", "is missing"))?;
    let to = members.paths("to")?.unwrap_or_default();
    if fields.is_empty() {
        return Err(members.error("fields", "a reference needs fields"));
    }
    if !to.is_empty() && to.len() != fields.len() {
        return Err(members.error("to", "must name as many fields as `fields`"));
    }
    let merge_type = members.text("type")?.map(str::to_owned);
    Ok(Reference { fields, merge_type, to })
}

fn read_group(members: &Members<'_>) -> Result<Group> {
    members.only(&["name", "paths", "mode"])?;
    let name = members.text("name")?.ok_or_else(|| members.error("name", "is missing"))?;
    let paths: Vec<FieldPath> = members.parsed_list("paths")?.unwrap_or_default();
    if paths.is_empty() {
        return Err(members.error("paths", "a group needs paths"));
    }
    Ok(Group { name: name.to_owned(), paths, mode: members.named("mode")? })
}

fn read_record(members: &Members<'_>) -> Result<RecordOverride> {
    members.only(&["key", "mode"])?;
    let key = members.table("key")?.ok_or_else(|| members.error("key", "is missing"))?;
    let mut fields = Object::new();
    for (name, value) in key.table {
        fields.insert(name.as_str(), key.scalar(name, value)?);
    }
    if fields.is_empty() {
        return Err(members.error("key", "names no key field"));
    }
    let mode = members.named("mode")?.ok_or_else(|| members.error("mode", "is missing"))?;
    Ok(RecordOverride { key: OverrideKey::Named(fields), mode })
}

fn read_compare(members: &Members<'_>, codes: &CodeTables) -> Result<Option<Compare>> {
    let Some(names) = members.texts("compare")? else { return Ok(None) };
    let (tables, names): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| name.starts_with("map:"));
    let read = |name: &str| name.parse::<Comparator>().map_err(|error| members.error("compare", error));
    let compare: Compare = names.into_iter().map(read).collect::<Result<_>>()?;
    match tables.as_slice() {
        [] => Ok(Some(compare)),
        [table] => {
            let name = table.trim_start_matches("map:");
            codes.through(compare, name).map(Some).map_err(|error| members.error("compare", error))
        }
        _ => Err(members.error("compare", "names more than one map")),
    }
}

/// N5: `[map.NAME]` has ours' codes as members and theirs' as their values.
fn read_codes(members: &Members<'_>) -> Result<CodeTables> {
    let Some(maps) = members.table("map")? else { return Ok(CodeTables::default()) };
    let read = |name: &String| {
        let map = maps.table(name)?.ok_or_else(|| maps.error(name, "must be a table"))?;
        let pair = |ours: &String| {
            let theirs = map.text(ours)?.ok_or_else(|| map.error(ours, "must be text"))?;
            Ok((ours.clone(), theirs.to_owned()))
        };
        Ok((name.clone(), map.table.keys().map(pair).collect::<Result<_>>()?))
    };
    maps.table.keys().map(read).collect::<Result<_>>().map(CodeTables::new)
}

fn read_blank(members: &Members<'_>) -> Result<Blank> {
    let Some(blank) = members.table("blank")? else { return Ok(Blank::default()) };
    blank.only(&["ours_to_theirs", "theirs_to_ours"])?;
    Ok(Blank {
        ours_to_theirs: blank.named("ours_to_theirs")?,
        theirs_to_ours: blank.named("theirs_to_ours")?,
    })
}

fn read_allow(members: &Members<'_>) -> Result<Allow> {
    let Some(allow) = members.table("allow")? else { return Ok(Allow::default()) };
    allow.only(&["ours", "theirs"])?;
    let side = |name| -> Result<AllowSide> {
        let Some(side) = allow.table(name)? else { return Ok(AllowSide::default()) };
        side.only(&["create", "update", "delete"])?;
        let flag = |name| side.flag(name).map(|flag| flag.unwrap_or(true));
        Ok(AllowSide { create: flag("create")?, update: flag("update")?, delete: flag("delete")? })
    };
    Ok(Allow { ours: side("ours")?, theirs: side("theirs")? })
}

fn read_protect(members: &Members<'_>) -> Result<Protect> {
    let Some(protect) = members.table("protect")? else { return Ok(Protect::default()) };
    protect.only(&["changes", "delete_count", "delete_percent"])?;
    let defaults = Protect::default();
    Ok(Protect {
        changes: protect.limit("changes", defaults.changes)?,
        delete_count: protect.limit("delete_count", defaults.delete_count)?,
        delete_percent: protect.limit("delete_percent", defaults.delete_percent)?,
    })
}

fn read_unique(members: &Members<'_>) -> Result<Vec<Vec<FieldPath>>> {
    let wrong = || members.error("unique", "must be a list of lists of field paths");
    let Some(value) = members.table.get("unique") else { return Ok(Vec::new()) };
    let set = |value: &toml::Value| -> Result<Vec<FieldPath>> {
        let paths = value.as_array().filter(|paths| !paths.is_empty()).ok_or_else(wrong)?;
        let path = |path: &toml::Value| {
            path.as_str().ok_or_else(wrong)?.parse().map_err(|error| members.error("unique", error))
        };
        paths.iter().map(path).collect()
    };
    value.as_array().ok_or_else(wrong)?.iter().map(set).collect()
}
