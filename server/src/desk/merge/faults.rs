//! What a merge found to decide, and what went wrong in it (UX 7.7.2).

use app::api::{ChangeFilter, ChangeGroup, Fault, Faults, FoundConflict, Page, PageRequest};
use pipeline::report::{Summary, WarningCount, conflict_kind};
use pipeline::settings::Settings;
use store::Conn;
use store::conflict::{Conflict, ConflictFilter, Place};
use store::ids::ConflictId;
use store::quarantine::{Poison, PoisonFilter, QuarantineState};
use store::run::Run;

use super::super::error::Result;
use super::super::{Desk, page, school};
use super::{changes, find, label};

/// Records that could not be used, shown at most.
const RECORDS: u32 = 200;
/// Characters of a raw answer shown at most.
const RAW: usize = 4_000;

impl Desk {
    /// The conflicts that a merge found, in the order of their numbers.
    pub(in crate::desk) async fn merge_conflicts(
        &self,
        slug: &str,
        number: i64,
        types: &[String],
        request: &PageRequest,
    ) -> Result<Page<FoundConflict>> {
        let wanted = page::wanted::<i64>(request)?;
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let run = find(&mut reader, school.id, number).await?;
        let place = match (wanted.backwards, wanted.edge) {
            (false, None) => Place::First,
            (true, None) => Place::Last,
            (false, Some(number)) => Place::After(number),
            (true, Some(number)) => Place::Before(number),
        };
        let types = types.iter().map(String::as_str).collect();
        let filter = ConflictFilter { types, opened_run: Some(run.id), place, ..ConflictFilter::default() };
        let total = store::conflict::count(&mut reader, school.id, &filter).await?;
        let mut rows = store::conflict::list(&mut reader, school.id, &filter, wanted.rows()).await?;
        if wanted.backwards {
            rows.reverse();
        }
        let mut part = page::part(rows, &wanted, total, |row| row.number.to_string(), |row| row);
        if let Some(first) = part.items.first().filter(|_| part.previous.is_some()) {
            let before = store::conflict::position(&mut reader, school.id, &filter, first.number).await?;
            part.before = before.unwrap_or(0);
        }
        let items = found(&mut reader, &settings, &part.items).await?;
        Ok(part.with(items))
    }

    /// What went wrong in a merge.
    pub(in crate::desk) async fn merge_faults(
        &self,
        slug: &str,
        number: i64,
        filter: &ChangeFilter,
        request: &PageRequest,
    ) -> Result<Faults> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let run = find(&mut reader, school.id, number).await?;
        let failed = ChangeFilter { group: ChangeGroup::Failed, ..filter.clone() };
        let writes = changes::list(&mut reader, &settings, &run, &failed, request).await?.page;
        let listings = listings(&mut reader, &settings, &run, filter).await?;
        let records = records(&mut reader, &settings, &run, filter).await?;
        let now = listings.len() + records.len();
        let summary = Summary::of(&run);
        let total = summary.facts.map(|facts| facts.errors);
        let total = total.unwrap_or(now as u64 + super::count(writes.total));
        let is_asked = |one: &&WarningCount| filter.types.is_empty() || filter.types.contains(&one.type_name);
        let notes = summary.warnings.iter().filter(is_asked).map(|one| one.sentence(&settings)).collect();
        Ok(Faults { listings, records, notes, writes, total })
    }
}

async fn found(conn: &mut Conn, settings: &Settings, rows: &[Conflict]) -> Result<Vec<FoundConflict>> {
    let ids: Vec<ConflictId> = rows.iter().map(|row| row.id).collect();
    let fields = store::conflict::fields_of_many(conn, &ids).await?;
    let line = |row: &Conflict| FoundConflict {
        number: row.number,
        type_label: label(settings, &row.type_name),
        label: row.label.clone(),
        kind: conflict_kind(row.kind).to_owned(),
        status: row.status.to_string(),
        fields: fields.iter().filter(|(of, _)| *of == row.id).map(|(_, field)| field.path.clone()).collect(),
    };
    Ok(rows.iter().map(line).collect())
}

async fn listings(
    conn: &mut Conn,
    settings: &Settings,
    run: &Run,
    filter: &ChangeFilter,
) -> Result<Vec<Fault>> {
    let steps = store::run_step::list(conn, run.id).await?;
    let stopped =
        steps.iter().filter(|step| filter.types.is_empty() || filter.types.contains(&step.type_name));
    let fault = |step: &store::run_step::RunStep| {
        Some(Fault {
            type_label: label(settings, &step.type_name),
            side: step.side.to_string(),
            record: String::new(),
            text: step.issue.clone()?,
            raw: None,
        })
    };
    Ok(stopped.filter_map(fault).collect())
}

/// Records that last failed in this merge. One that failed again is listed with the later merge.
async fn records(
    conn: &mut Conn,
    settings: &Settings,
    run: &Run,
    filter: &ChangeFilter,
) -> Result<Vec<Fault>> {
    let filter = PoisonFilter {
        types: filter.types.iter().map(String::as_str).collect(),
        states: vec![QuarantineState::Open, QuarantineState::Quarantined],
        run: Some(run.id),
        ..PoisonFilter::default()
    };
    let rows = store::quarantine::list(conn, run.school, &filter, RECORDS).await?;
    let fault = |row: Poison| Fault {
        type_label: label(settings, &row.type_name),
        side: row.side.to_string(),
        text: match &row.field {
            Some(field) => {
                format!("{field}: {}. The field waits, the rest of the record goes on.", row.message)
            }
            None => format!("{}. The record waits on both sides.", row.message),
        },
        record: row.remote_id,
        raw: row.raw.map(|raw| raw.chars().take(RAW).collect()),
    };
    Ok(rows.into_iter().map(fault).collect())
}
