//! Records kept in Tiebreak itself: the system of kind `local` (CN C15).

use std::collections::BTreeSet;

use app::api::{Actor, Page, PageRequest, PutRecord, RecordFilter, RecordLine, RecordSide, RecordView};
use merge::{Object, RecordKey, Side};
use pipeline::local::natural_key;
use pipeline::mapping::to_neutral;
use pipeline::settings::{Settings, SystemKind, TypeSettings};
use serde_json::json;
use store::ids::SchoolId;
use store::local_record::{self, LocalChange, LocalKey, LocalRecord};
use store::{Conn, Tx};

use super::error::{DeskError, Result, invalid, not_found, not_now};
use super::{Desk, page, record, record_state, school};

/// A key is one record; more than this with the same key is damage that the merge reports.
const SAME_KEY: u32 = 10;

impl Desk {
    /// Adds or edits records by their keys, all of them or none.
    pub(super) async fn put(&self, actor: &Actor, slug: &str, records: &[PutRecord]) -> Result<u64> {
        let mut tx = self.pipeline.store.begin().await?;
        let (school, settings) = school::with_settings(&mut tx, slug).await?;
        let side = local_side(&settings)?;
        // Before anything is looked up: two of these at once would otherwise each find no record with a key, or the
        // same version of one, and the second would make another record or lose what the first wrote.
        local_record::lock(&mut tx, school.id).await?;
        let mut written = 0;
        let mut types: BTreeSet<&str> = BTreeSet::new();
        for record in records {
            let merge_type =
                settings.merge_type(&record.merge_type).ok_or_else(|| unknown_type(&settings, record))?;
            let put = Put { side, merge_type, record };
            if self.put_one(&mut tx, actor, school.id, &put).await? {
                written += 1;
                types.insert(&record.merge_type);
            }
        }
        if written > 0 {
            let detail = json!({ "records": written, "types": types });
            self.pipeline
                .audit(&mut tx, school.id, &actor.name, "records.put", "own records", &detail)
                .await?;
        }
        tx.commit().await?;
        Ok(written)
    }

    /// Adds or edits one record; `false` when it is that way already.
    async fn put_one(&self, tx: &mut Tx, actor: &Actor, school: SchoolId, put: &Put<'_>) -> Result<bool> {
        let new = put.parse()?;
        let key = put.key(&new)?;
        let natural_key = natural_key(put.merge_type, put.side, &new);
        let type_name = &put.merge_type.name;
        let found = local_record::find_by_natural_key(tx, school, type_name, &natural_key, SAME_KEY).await?;
        if found.len() > 1 {
            return Err(put.error(&format!("{} records have the key {}", found.len(), key.label())).into());
        }
        let now = self.pipeline.clock.now();
        let Some(found) = found.into_iter().next() else {
            put.check(&new)?;
            let id = store::ids::new(now, self.pipeline.clock.random()).to_string();
            let fields = new.to_canonical();
            let change = LocalChange { fields: &fields, natural_key: &natural_key, actor: &actor.name };
            local_record::insert_with_id(tx, LocalKey { school, type_name, id: &id }, &change, now).await?;
            return Ok(true);
        };
        let before = object(&found)?;
        let mut after = before.clone();
        for (name, value) in new.iter() {
            after.insert(name, value.clone());
        }
        put.check(&after)?;
        if after.same_json(&before) {
            return Ok(false);
        }
        let fields = after.to_canonical();
        let change = LocalChange { fields: &fields, natural_key: &natural_key, actor: &actor.name };
        let key = LocalKey { school, type_name, id: &found.id };
        if local_record::update(tx, key, Some(found.version), &change, now).await?.is_none() {
            return Err(not_now(format!(
                "{}: the record has changed meanwhile; send it again",
                put.record.place
            ))
            .into());
        }
        Ok(true)
    }

    /// Removes one record; it stays as a tombstone.
    pub(super) async fn remove(&self, actor: &Actor, slug: &str, type_name: &str, key: &str) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        let (school, settings) = school::with_settings(&mut tx, slug).await?;
        let side = local_side(&settings)?;
        let merge_type = record::merge_type(&settings, type_name)?;
        let unknown =
            || not_found(format!("{type_name} {key} among {}'s own records", settings.side_name(side)));
        let found = find(&mut tx, school.id, merge_type, side, key).await?.ok_or_else(unknown)?;
        let local = LocalKey { school: school.id, type_name, id: &found.id };
        let now = self.pipeline.clock.now();
        if local_record::remove(&mut tx, local, Some(found.version), &actor.name, now).await?.is_none() {
            return Err(unknown().into());
        }
        let target = format!("{type_name} {key}");
        let detail = json!({ "id": found.id, "version": found.version + 1 });
        self.pipeline.audit(&mut tx, school.id, &actor.name, "records.remove", &target, &detail).await?;
        Ok(tx.commit().await?)
    }
}

/// One record on its way in.
struct Put<'a> {
    side: Side,
    merge_type: &'a TypeSettings,
    record: &'a PutRecord,
}

impl Put<'_> {
    fn error(&self, message: &str) -> app::api::ApiError {
        invalid(&self.record.place, message)
    }

    /// Reads the members; each must be a field of the type.
    fn parse(&self) -> Result<Object> {
        let new = merge::json::parse_object(self.record.fields.as_bytes())
            .map_err(|error| self.error(&error.to_string()))?;
        if let Some(unknown) =
            new.keys().find(|name| self.merge_type.field_of_member(self.side, name).is_none())
        {
            let known: Vec<&str> =
                self.merge_type.fields.iter().map(|field| field.members[self.side].as_str()).collect();
            let message =
                format!("{unknown}: no field of {} (known: {})", self.merge_type.name, known.join(", "));
            return Err(self.error(&message).into());
        }
        Ok(new)
    }

    fn key(&self, new: &Object) -> Result<RecordKey> {
        let members: Vec<String> = key_members(self.merge_type, self.side).collect();
        Ok(RecordKey::from_object(new, &members).map_err(|error| self.error(&error.to_string()))?)
    }

    /// Every value must be of its field's kind, and required ones must be there (CN C52, C55).
    fn check(&self, whole: &Object) -> Result<()> {
        let mapped = to_neutral(self.merge_type, self.side, whole, &|_, _| None);
        match mapped.violations.first() {
            None => Ok(()),
            Some(violation) => Err(self.error(&format!("{}: {}", violation.field, violation.message)).into()),
        }
    }
}

/// The side whose records are kept here.
fn local_side(settings: &Settings) -> Result<Side> {
    let local = settings.systems.iter().find(|(_, system)| system.kind == SystemKind::Local);
    let refused =
        || not_now("neither system of this school keeps its records in Tiebreak (kind = \"local\")");
    Ok(local.map(|(side, _)| side).ok_or_else(refused)?)
}

fn unknown_type(settings: &Settings, record: &PutRecord) -> app::api::ApiError {
    let known: Vec<&str> = settings.types.iter().map(|one| one.name.as_str()).collect();
    invalid(
        &record.place,
        format!("there is no type \"{}\" (known: {})", record.merge_type, known.join(", ")),
    )
}

fn key_members(merge_type: &TypeSettings, side: Side) -> impl Iterator<Item = String> {
    let member = move |name: &String| merge_type.field(name).map(|field| field.members[side].clone());
    merge_type.key.iter().filter_map(member)
}

fn object(record: &LocalRecord) -> Result<Object> {
    merge::json::parse_object(record.fields.as_bytes())
        .map_err(|error| DeskError::Inconsistent(format!("own record {}: {error}", record.id)))
}

/// The record that a person means by a key.
async fn find(
    conn: &mut Conn,
    school: SchoolId,
    merge_type: &TypeSettings,
    side: Side,
    text: &str,
) -> Result<Option<LocalRecord>> {
    let members: Vec<String> = key_members(merge_type, side).collect();
    for canonical in record::keys(merge_type, text) {
        let Ok(key) = RecordKey::parse_canonical(&canonical) else { continue };
        let natural = natural_key(merge_type, side, &key.to_object(&members));
        let found = local_record::find_by_natural_key(conn, school, &merge_type.name, &natural, 1).await?;
        if let Some(found) = found.into_iter().next() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A record that no merge has read yet.
pub(super) async fn view(
    conn: &mut Conn,
    school: SchoolId,
    settings: &Settings,
    merge_type: &TypeSettings,
    key: &str,
) -> Result<Option<RecordView>> {
    let Ok(side) = local_side(settings) else { return Ok(None) };
    let Some(found) = find(conn, school, merge_type, side, key).await? else { return Ok(None) };
    let mapped = to_neutral(merge_type, side, &object(&found)?, &|_, _| None);
    let shown = RecordSide {
        system: settings.side_name(side).to_owned(),
        id: found.id.clone(),
        version: Some(found.version.to_string()),
        body: Some(mapped.body.to_json()),
    };
    let (ours, theirs) = if side == Side::Ours { (Some(shown), None) } else { (None, Some(shown)) };
    let mut view = RecordView {
        type_label: merge_type.label.clone(),
        line: line(merge_type, side, found),
        base: None,
        ours,
        theirs,
        conflict: None,
        agreed_at: None,
        fields: Vec::new(),
        outcome: None,
        on_its_way: false,
        ended_at: None,
    };
    view.fields = record_state::fields(merge_type, &view, None)?;
    Ok(Some(view))
}

/// Own records as they are now, by id.
pub(super) async fn list(
    conn: &mut Conn,
    school: SchoolId,
    settings: &Settings,
    filter: &RecordFilter,
    page: &PageRequest,
) -> Result<Page<RecordLine>> {
    let side = local_side(settings)?;
    let name = filter.merge_type.as_deref().ok_or_else(|| invalid("type", "is needed for own records"))?;
    let merge_type = record::merge_type(settings, name)?;
    if filter.q.is_some() {
        return Err(invalid("q", "own records are listed whole; leave the search text out").into());
    }
    let limit = page::limit(page)?;
    let after: String = page::after(page)?.unwrap_or_default();
    let counts = local_record::counts(conn, school).await?;
    let live = counts.iter().filter(|count| count.type_name == merge_type.name && !count.removed);
    let total = live.map(|count| count.count).sum();
    let rows = local_record::page(conn, school, &merge_type.name, &after, limit + 1).await?;
    Ok(page::cut(rows, limit, total, |row| row.id.clone(), |row| line(merge_type, side, row)))
}

fn line(merge_type: &TypeSettings, side: Side, record: LocalRecord) -> RecordLine {
    let members: Vec<String> = key_members(merge_type, side).collect();
    let key = object(&record).ok().and_then(|fields| RecordKey::from_object(&fields, &members).ok());
    let (ours_id, theirs_id) =
        if side == Side::Ours { (Some(record.id), None) } else { (None, Some(record.id)) };
    RecordLine {
        merge_type: merge_type.name.clone(),
        label: key.as_ref().map(RecordKey::label).unwrap_or_default(),
        key: key.map(|key| key.canonical()).unwrap_or_default(),
        ours_id,
        theirs_id,
    }
}
