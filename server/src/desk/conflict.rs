//! Conflicts: the queue, and one conflict with everything needed to decide it.

use app::api::{ConflictFilter, ConflictLine, ConflictView, FieldView, Page, PageRequest};
use merge::Side;
use pipeline::mapping::StagedRecord;
use pipeline::settings::Settings;
use store::Conn;
use store::conflict::{self, Conflict, ConflictField, ConflictStatus, Place};
use store::ids::SchoolId;
use store::staged::{Staged, StagedState};

use super::error::{DeskError, Result, invalid, not_found};
use super::{Desk, decision, page, school};

/// Decisions shown with a conflict.
const DECISIONS: u32 = 50;

/// What both sides and the base held of a record, as JSON text.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    pub(super) base: Option<String>,
    pub(super) ours: Option<String>,
    pub(super) theirs: Option<String>,
}

impl Desk {
    /// Conflicts that match, oldest first.
    pub(super) async fn conflicts(
        &self,
        school: &str,
        filter: &ConflictFilter,
        page: &PageRequest,
    ) -> Result<Page<ConflictLine>> {
        let limit = page::limit(page)?;
        let mut wanted = conflict::ConflictFilter {
            types: filter.types.iter().map(String::as_str).collect(),
            kinds: words(&filter.kinds, "kind")?,
            statuses: words(&filter.statuses, "status")?,
            paths: filter.field.as_deref().into_iter().collect(),
            text: filter.q.as_deref(),
            ..conflict::ConflictFilter::default()
        };
        if wanted.statuses.is_empty() {
            wanted.statuses = vec![ConflictStatus::Open];
        }
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let counts = conflict::counts(&mut reader, school.id, &wanted).await?;
        wanted.place = page::after(page)?.map_or(Place::First, Place::After);
        let rows = conflict::list(&mut reader, school.id, &wanted, limit + 1).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let fields = conflict::outlines_of_many(&mut reader, &ids).await?;
        let total = counts.iter().map(|count| count.count).sum();
        Ok(page::cut(
            rows,
            limit,
            total,
            |row| row.number.to_string(),
            |row| {
                let fields =
                    fields.iter().filter(|(id, _)| *id == row.id).map(|(_, field)| field.path.clone());
                line(&row, fields.collect())
            },
        ))
    }

    /// One conflict.
    pub(super) async fn conflict(&self, school: &str, number: i64) -> Result<ConflictView> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, school).await?;
        let found = conflict::find_by_number(&mut reader, school.id, number).await?;
        let found = found.ok_or_else(|| not_found(format!("conflict {number}")))?;
        view(&mut reader, school.id, &settings, found).await
    }
}

async fn view(
    conn: &mut Conn,
    school: SchoolId,
    settings: &Settings,
    found: Conflict,
) -> Result<ConflictView> {
    let fields = conflict::fields(conn, found.id).await?;
    let candidates = store::candidate::get_many(conn, &[found.link]).await?;
    let bodies = match candidates.into_iter().next() {
        Some(candidate) => Bodies {
            base: candidate.base.map(|base| shown(&base.body)).transpose()?,
            ours: body(candidate.ours.as_ref())?,
            theirs: body(candidate.theirs.as_ref())?,
        },
        None => Bodies::default(),
    };
    let opened_run = match found.opened_run {
        Some(run) => Some(store::run::get(conn, run).await?).filter(|run| run.school == school),
        None => None,
    };
    let decisions = store::decision::list_for_conflict(conn, found.id, DECISIONS).await?;
    Ok(ConflictView {
        line: line(&found, fields.iter().map(|field| field.path.clone()).collect()),
        revision: found.revision,
        systems: (settings.side_name(Side::Ours).to_owned(), settings.side_name(Side::Theirs).to_owned()),
        fields: fields.into_iter().map(field_view).collect(),
        base: bodies.base,
        ours: bodies.ours,
        theirs: bodies.theirs,
        opened_run: opened_run.map(|run| run.number),
        decisions: decision::views(conn, settings, decisions).await?,
    })
}

/// The neutral record of a staged copy; none where the side does not have it.
pub(super) fn body(staged: Option<&Staged>) -> Result<Option<String>> {
    let there = staged.filter(|staged| staged.state == StagedState::Live);
    there.and_then(|staged| staged.body.as_deref()).map(shown).transpose()
}

/// A staged record or base as people see it, without the members that are ours alone.
pub(super) fn shown(text: &str) -> Result<String> {
    let record = StagedRecord::parse(text).map_err(|error| DeskError::Inconsistent(error.to_string()))?;
    Ok(record.body.to_json())
}

fn line(row: &Conflict, fields: Vec<String>) -> ConflictLine {
    ConflictLine {
        number: row.number,
        merge_type: row.type_name.clone(),
        label: row.label.clone(),
        kind: row.kind.to_string(),
        status: row.status.to_string(),
        fields,
        opened_at: row.opened_at,
        changed_at: row.changed_at,
    }
}

fn field_view(field: ConflictField) -> FieldView {
    FieldView {
        path: field.path,
        base: field.base,
        ours: field.ours,
        theirs: field.theirs,
        reason: field.reason,
    }
}

/// Words of a filter as what they stand for.
pub(super) fn words<T: std::str::FromStr>(words: &[String], place: &str) -> Result<Vec<T>> {
    let parse =
        |word: &String| word.parse().map_err(|_| invalid(place, format!("\"{word}\" is none of its words")));
    Ok(words.iter().map(parse).collect::<Result<_, _>>()?)
}
