//! The history of one record: what merges planned for it, and what people decided.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use app::api::{ChangedField, Page, PageRequest, RecordChange, RecordEvent};
use chrono::{DateTime, Utc};
use merge::{Object, Value};
use pipeline::mapping::StagedRecord;
use pipeline::read_journal;
use pipeline::settings::Settings;
use store::Conn;
use store::decision::Decision;
use store::ids::{ConflictId, DecisionId, LinkId, PlanChangeId, RunId};
use store::plan_change::PlanChange;
use store::run::Run;
use uuid::Uuid;

use super::error::{DeskError, Result};
use super::{Desk, decision, page, record, school};

/// One line of the history before it is told: both kinds of rows have ids that sort by time.
enum Row {
    Planned(Box<PlanChange>),
    Decided(Decision),
}

impl Row {
    fn id(&self) -> Uuid {
        match self {
            Self::Planned(row) => row.id.0,
            Self::Decided(row) => row.id.0,
        }
    }
}

impl Desk {
    /// What happened to a record, newest first. One that no merge has read has no history.
    pub(super) async fn record_history(
        &self,
        school: &str,
        type_name: &str,
        key: &str,
        page: &PageRequest,
    ) -> Result<Page<RecordEvent>> {
        let limit = page::limit(page)?;
        let before: Option<Uuid> = page::after(page)?;
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, school).await?;
        let merge_type = record::merge_type(&settings, type_name)?;
        let Some(link) = record::find_link(&mut reader, school.id, merge_type, key).await? else {
            return Ok(Page { items: Vec::new(), total: 0, before: 0, previous: None, next: None });
        };
        let planned = store::plan_change::count_for_link(&mut reader, link.id).await?;
        let decided = store::decision::count_for_link(&mut reader, link.id).await?;
        let rows = rows(&mut reader, link.id, before, limit + 1).await?;
        let mut part = page::cut(rows, limit, planned + decided, |row| row.id().to_string(), |row| row);
        let items = told(&mut reader, &settings, std::mem::take(&mut part.items)).await?;
        Ok(part.with(items))
    }
}

async fn rows(conn: &mut Conn, link: LinkId, before: Option<Uuid>, limit: u32) -> Result<Vec<Row>> {
    let planned = store::plan_change::list_for_link(conn, link, before.map(PlanChangeId), limit).await?;
    let decided = store::decision::list_for_link(conn, link, before.map(DecisionId), limit).await?;
    let planned = planned.into_iter().map(|row| Row::Planned(Box::new(row)));
    let mut rows: Vec<Row> = planned.chain(decided.into_iter().map(Row::Decided)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.id()));
    rows.truncate(limit as usize);
    Ok(rows)
}

async fn told(conn: &mut Conn, settings: &Settings, rows: Vec<Row>) -> Result<Vec<RecordEvent>> {
    let decided: Vec<Decision> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Decided(row) => Some(row.clone()),
            Row::Planned(_) => None,
        })
        .collect();
    let about: Vec<ConflictId> = decided.iter().map(|row| row.conflict).collect();
    let conflicts = store::conflict::get_many(conn, &about).await?;
    let number = |id: &ConflictId| conflicts.iter().find(|row| row.id == *id).map(|row| row.number);
    let numbers: Vec<i64> = about.iter().filter_map(number).collect();
    let views = decision::views(conn, settings, decided).await?;
    let mut decisions = numbers.into_iter().zip(views);
    let mut runs: HashMap<RunId, Run> = HashMap::new();
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        match row {
            Row::Decided(_) => events.extend(
                decisions.next().map(|(conflict, decision)| RecordEvent::Decision { conflict, decision }),
            ),
            Row::Planned(row) => {
                let run = match runs.entry(row.run) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(store::run::get(conn, row.run).await?),
                };
                events.push(RecordEvent::Change(change(settings, run, &row)?));
            }
        }
    }
    Ok(events)
}

fn change(settings: &Settings, run: &Run, row: &PlanChange) -> Result<RecordChange> {
    let changed: Vec<String> = read(&row.changed)?;
    let reasons = read_journal(&row.decisions);
    let (before, after) = (body(row.before.as_deref())?, body(row.after.as_deref())?);
    let value = |record: &Option<Object>, name: &str| {
        record.as_ref().and_then(|record| record.get(name)).map(Value::to_json)
    };
    let field = |name: String| {
        let why = reasons.iter().find(|why| why.field().as_deref() == Some(name.as_str()));
        ChangedField {
            before: value(&before, &name),
            after: value(&after, &name),
            mode: why.map(|why| why.mode.clone()),
            level: why.map(|why| why.level.clone()),
            made_of: why.and_then(|why| why.inputs.clone()).map(Into::into),
            name,
        }
    };
    Ok(RecordChange {
        at: made_at(row.id.0),
        merge: run.number,
        kind: run.kind.to_string(),
        system: settings.side_name(row.side).to_owned(),
        operation: row.operation.to_string(),
        verdict: row.verdict.to_string(),
        outcome: row.outcome.to_string(),
        fields: changed.into_iter().map(field).collect(),
    })
}

fn read(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| DeskError::Inconsistent(format!("changed fields: {error}")))
}

fn body(text: Option<&str>) -> Result<Option<Object>> {
    let parse = |text: &str| {
        StagedRecord::parse(text)
            .map(|record| record.body)
            .map_err(|error| DeskError::Inconsistent(error.to_string()))
    };
    text.map(parse).transpose()
}

/// The instant in an id of version 7.
fn made_at(id: Uuid) -> DateTime<Utc> {
    let stamp = id.get_timestamp().map(|stamp| stamp.to_unix()).unwrap_or_default();
    DateTime::from_timestamp(i64::try_from(stamp.0).unwrap_or_default(), stamp.1).unwrap_or_default()
}
