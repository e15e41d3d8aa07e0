//! What must fit together in a configuration beyond the shape of its keys.

use url::Url;

use super::delta::{Delta, Tombstones};
use super::operation::{BodyMode, Clear, Optimistic, Reply, Verify, WriteOp};
use super::paging::{End, Paging};
use super::record::VersionFrom;
use super::status::{MatchRule, Meaning, StatusRules};
use super::types::{Total, TypeConfig};
use super::{Auth, Config, ConfigError};
use crate::rest::body::BodyTemplate;
use crate::rest::template::{Name, Template};

type Checked = Result<(), ConfigError>;

fn fail(key: impl Into<String>, message: impl Into<String>) -> Checked {
    Err(ConfigError::at(key, message))
}

impl Config {
    pub(super) fn check(&self) -> Checked {
        self.check_base_url()?;
        self.check_limits()?;
        check_status("status", &self.status)?;
        for (index, rule) in self.matches.iter().enumerate() {
            check_match(&format!("match[{index}]"), rule)?;
        }
        if self.types.is_empty() {
            return fail("types", "at least one record type is needed");
        }
        if let Some(probe) = &self.probe
            && !self.types.contains_key(&probe.type_name)
        {
            return fail("probe.type", format!("`{}` is not one of the types", probe.type_name));
        }
        for (name, config) in &self.types {
            check_type(&format!("types.{name}"), config)?;
        }
        Ok(())
    }

    fn check_base_url(&self) -> Checked {
        let url = Url::parse(&self.base_url).map_err(|error| {
            ConfigError::at("base_url", format!("`{}` is no URL: {error}", self.base_url))
        })?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => {
                return fail(
                    "base_url",
                    "plain http is readable by others: use https, or set allow_http = true",
                );
            }
            other => return fail("base_url", format!("`{other}` is not one of `https`, `http`")),
        }
        if url.host().is_none() {
            return fail("base_url", "the host is missing");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return fail("base_url", "credentials belong into `auth`");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return fail("base_url", "a query or fragment does not belong here: use `params`");
        }
        if let Auth::Headers { headers } = &self.auth
            && headers.is_empty()
        {
            return fail("auth.headers", "at least one header is needed");
        }
        Ok(())
    }

    fn check_limits(&self) -> Checked {
        let limits = &self.limits;
        for (key, is_zero) in [
            ("concurrency", limits.concurrency == 0),
            ("per_second", limits.per_second == 0),
            ("connect", limits.connect.0.is_zero()),
            ("idle", limits.idle.0.is_zero()),
            ("total", limits.total.0.is_zero()),
            ("page_bytes", limits.page_bytes.0 == 0),
            ("run_bytes", limits.run_bytes.0 == 0),
            ("pages", limits.pages == 0),
            ("header_bytes", limits.header_bytes.0 == 0),
        ] {
            if is_zero {
                return fail(format!("limits.{key}"), "must be more than zero");
            }
        }
        Ok(())
    }
}

fn check_status(key: &str, rules: &StatusRules) -> Checked {
    let mut known: Vec<(u16, Meaning)> = Vec::new();
    for (meaning, codes) in rules.rows() {
        for code in codes {
            if !(100..=599).contains(code) {
                return fail(key, format!("{code} is no status code"));
            }
            if meaning == Meaning::Ok && *code >= 300 {
                return fail(key, format!("{code} cannot mean `ok`"));
            }
            if let Some((_, other)) = known.iter().find(|(seen, _)| seen == code) {
                return fail(
                    key,
                    format!("{code} is in two meanings, {other:?} and {meaning:?}").to_lowercase(),
                );
            }
            known.push((*code, meaning));
        }
    }
    Ok(())
}

fn check_match(key: &str, rule: &MatchRule) -> Checked {
    let tests = [rule.equals.is_some(), rule.contains.is_some(), rule.regex.is_some()];
    if tests.iter().filter(|given| **given).count() > 1 {
        return fail(key, "only one of `equals`, `contains`, `regex` can be given");
    }
    if rule.header.is_some() && rule.at.is_some() {
        return fail(key, "only one of `header`, `at` can be given");
    }
    if rule.status.is_none() && !tests.contains(&true) {
        return fail(key, "a condition is needed: `status`, `equals`, `contains` or `regex`");
    }
    if rule.then == Meaning::Ok && rule.status.is_none_or(|status| status >= 300) {
        return fail(format!("{key}.then"), "only a rule with a `status` of 200 to 299 can mean `ok`");
    }
    Ok(())
}

fn check_type(key: &str, config: &TypeConfig) -> Checked {
    check_list(key, config)?;
    check_paging(key, config)?;
    check_delta(key, config)?;
    check_reads(key, config)?;
    let readable = config.get.is_some() || config.find.is_some();
    for (name, op) in [("create", &config.create), ("update", &config.update), ("delete", &config.delete)] {
        let Some(op) = op else { continue };
        let key = format!("{key}.{name}");
        if !readable && name != "create" {
            return fail(key, "writes need `get` or `find`, so that the record can be read first");
        }
        check_operation(&key, name, op, config)?;
    }
    Ok(())
}

fn check_names(key: &str, template: &Template, allowed: &[&str]) -> Checked {
    for name in template.names() {
        let text = name.to_string();
        let kind = text.split('.').next().unwrap_or_default();
        if !allowed.contains(&kind) {
            let expected = allowed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return fail(key, format!("`{{{text}}}` has no value here, expected one of {expected}"));
        }
    }
    Ok(())
}

fn check_params<'a>(
    key: &str,
    params: impl IntoIterator<Item = (&'a String, &'a Template)>,
    allowed: &[&str],
) -> Checked {
    for (name, template) in params {
        check_names(&format!("{key}.{name}"), template, allowed)?;
    }
    Ok(())
}

fn check_list(key: &str, config: &TypeConfig) -> Checked {
    let list = &config.list;
    check_names(&format!("{key}.list.path"), &list.path, &["partition"])?;
    let mut allowed = vec!["partition", "limit"];
    match config.paging {
        Paging::Page { .. } => allowed.push("page"),
        Paging::Offset { .. } => allowed.push("offset"),
        Paging::Keyset { .. } => allowed.push("last"),
        _ => {}
    }
    check_params(&format!("{key}.list.params"), &list.params, &allowed)?;
    let asks_limit = list.params.values().flat_map(Template::names).any(|name| *name == Name::Limit);
    if asks_limit && list.limit.is_none() {
        return fail(format!("{key}.list.limit"), "`{limit}` is used, so a limit is needed");
    }
    if list.limit == Some(0) {
        return fail(format!("{key}.list.limit"), "must be more than zero");
    }
    Ok(())
}

fn check_paging(key: &str, config: &TypeConfig) -> Checked {
    let key = format!("{key}.paging");
    let in_params =
        |wanted: fn(&Name) -> bool| config.list.params.values().flat_map(Template::names).any(wanted);
    let (has_number, word) = match &config.paging {
        Paging::Page { param, .. } => (param.is_some() || in_params(|n| *n == Name::Page), "page"),
        Paging::Offset { param, .. } => (param.is_some() || in_params(|n| *n == Name::Offset), "offset"),
        Paging::Keyset { param, from, .. } => {
            if let Some(from) = from {
                check_names(&format!("{key}.from"), from, &["last"])?;
            }
            let has_value = param.is_some() && from.is_some();
            (has_value || in_params(|n| matches!(n, Name::Last(_))), "last.<pointer>")
        }
        Paging::Token { from, at, .. } => {
            crate::rest::source::Source::new(*from, at)
                .map_err(|why| ConfigError::at(format!("{key}.at"), why))?;
            (true, "")
        }
        _ => (true, ""),
    };
    if !has_number {
        return fail(key, format!("the next page cannot be asked for: `{{{word}}}` is in no parameter"));
    }
    check_ends(&format!("{key}.end"), config)
}

fn check_ends(key: &str, config: &TypeConfig) -> Checked {
    let ends = config.paging.ends();
    let links = !config.paging.counts() && !matches!(config.paging, Paging::Keyset { .. } | Paging::None {});
    if ends.is_empty() && !matches!(config.paging, Paging::None {}) {
        return fail(key, "at least one rule is needed: `no_next`, `empty`, `short_page`, `total`, `status`");
    }
    if ends.contains(&End::NoNext) && !links {
        return fail(key, "`no_next` needs a style with links or tokens");
    }
    if ends.contains(&End::Total) && config.list.total.is_none() {
        return fail(key, "`total` needs `list.total`");
    }
    if ends.contains(&End::ShortPage) && (config.list.total.is_none() || config.list.limit.is_none()) {
        return fail(
            key,
            "`short_page` needs `list.limit` and `list.total`: the server may cap pages silently",
        );
    }
    Ok(())
}

fn check_delta(key: &str, config: &TypeConfig) -> Checked {
    let key = format!("{key}.delta");
    let (path, params, allowed): (_, _, &[&str]) = match &config.delta {
        Delta::None { tombstones } => {
            return match tombstones {
                Tombstones::None => Ok(()),
                Tombstones::Inline => {
                    fail(format!("{key}.tombstones"), "style `none` takes `tombstones = \"none\"`")
                }
            };
        }
        Delta::Timestamp { path, params, .. } => {
            let Some(modified) = &config.record.modified else {
                return fail(format!("{key}.style"), "`timestamp` needs `record.modified`");
            };
            if !modified.trusted {
                return fail(
                    format!("{key}.style"),
                    "`timestamp` needs a `modified` that the system keeps itself",
                );
            }
            (path, params, &["partition", "limit", "since"])
        }
        Delta::Cursor { path, params, from, at, .. } => {
            crate::rest::source::Source::new(*from, at)
                .map_err(|why| ConfigError::at(format!("{key}.at"), why))?;
            (path, params, &["partition", "limit", "cursor"])
        }
    };
    if let Some(path) = path {
        check_names(&format!("{key}.path"), path, &["partition"])?;
    }
    check_params(&format!("{key}.params"), params, allowed)
}

fn check_reads(key: &str, config: &TypeConfig) -> Checked {
    if let Some(get) = &config.get {
        check_names(&format!("{key}.get.path"), &get.path, &["id"])?;
        check_params(&format!("{key}.get.params"), &get.params, &["id"])?;
        check_status(&format!("{key}.get.status"), &get.status)?;
    }
    if let Some(find) = &config.find {
        check_names(&format!("{key}.find.path"), &find.path, &["key"])?;
        check_params(&format!("{key}.find.params"), &find.params, &["key"])?;
        check_status(&format!("{key}.find.status"), &find.status)?;
        let names = |template: &Template| template.names().next().is_some();
        if !names(&find.path) && !find.params.values().any(names) {
            return fail(
                format!("{key}.find.params"),
                "the search needs a `{key.<field>}`, or it would find everything",
            );
        }
    }
    Ok(())
}

fn check_operation(key: &str, name: &str, op: &WriteOp, config: &TypeConfig) -> Checked {
    let allowed: &[&str] = if name == "create" { &["new_id"] } else { &["id", "version"] };
    check_names(&format!("{key}.path"), &op.path, allowed)?;
    check_params(&format!("{key}.params"), &op.params, allowed)?;
    check_status(&format!("{key}.status"), &op.status)?;
    check_guard(key, name, op, config)?;
    if name != "delete" && op.body.is_none() {
        return fail(format!("{key}.body"), "a body is needed");
    }
    if op.clear == Some(Clear::Omit) && op.body_mode == BodyMode::Changed {
        return fail(
            format!("{key}.clear"),
            "`omit` needs `body_mode = \"full\"`, expected one of `null`, `empty_string`",
        );
    }
    if name == "create" && op.body_mode == BodyMode::Changed {
        return fail(format!("{key}.body_mode"), "`changed` is for updates only");
    }
    if name == "create" && matches!(op.reply, Reply::None {}) && config.find.is_none() && !chooses_id(op) {
        return fail(format!("{key}.reply"), "shape `none` needs `find`: the new id is known no other way");
    }
    let readable = config.get.is_some() || config.find.is_some();
    if op.verify == Verify::Always && !readable {
        return fail(format!("{key}.verify"), "`always` needs `get` or `find`");
    }
    Ok(())
}

fn check_guard(key: &str, name: &str, op: &WriteOp, config: &TypeConfig) -> Checked {
    let key = format!("{key}.optimistic");
    if op.create_only.is_some() && (name != "create" || !chooses_id(op)) {
        return fail(key.replace("optimistic", "create_only"), "is for creates with `{new_id}` in the path");
    }
    if name == "create" {
        return match op.optimistic {
            Optimistic::None => Ok(()),
            Optimistic::IfMatchHeader if op.create_only.is_some() => Ok(()),
            _ => fail(key, "a create takes `none`, or `if_match_header` together with `create_only`"),
        };
    }
    if op.optimistic.sends_version() && config.record.version.from == VersionFrom::None {
        return fail(key, "a version can only be sent where `record.version` says where it comes from");
    }
    let in_query = op.params.values().flat_map(Template::names).any(|name| *name == Name::Version);
    if op.optimistic == Optimistic::VersionInQuery && !in_query {
        return fail(key, "`version_in_query` needs `{version}` in a parameter");
    }
    let in_body = op.body.as_ref().is_some_and(BodyTemplate::names_version);
    if op.optimistic == Optimistic::VersionInBody && !in_body {
        return fail(key, "`version_in_body` needs `{{version}}` in the body");
    }
    Ok(())
}

fn chooses_id(op: &WriteOp) -> bool {
    op.path.names().any(|name| *name == Name::NewId)
}

impl WriteOp {
    /// True when the connector chooses the id of a new record.
    pub fn chooses_id(&self) -> bool {
        chooses_id(self)
    }
}

impl TypeConfig {
    /// True when the number of all records is told by a request of its own.
    pub fn asks_head(&self) -> bool {
        matches!(self.list.total, Some(Total::Head(_)))
    }
}
