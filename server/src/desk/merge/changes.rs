//! What a merge changed, record by record (UX 7.7.2).

use app::api::{ChangeFilter, ChangeGroup, ChangeLine, Changes, ExportPart, PageRequest, ValueChange};
use merge::{Object, Side};
use pipeline::mapping::StagedRecord;
use pipeline::settings::Settings;
use pipeline::{JournalLine, read_journal};
use serde::Deserialize;
use serde::de::IgnoredAny;
use store::Conn;
use store::plan_change::{self, Change, Operation, PlanVerdict};
use store::run::{Run, RunKind, RunState};

use super::super::error::{Result, invalid};
use super::super::queue::words;
use super::super::{Desk, frame, page, school};
use super::{find, label};

/// Records of one piece of a file.
const PIECE: u32 = 500;

impl Desk {
    /// A part of the changes of a merge.
    pub(in crate::desk) async fn merge_changes(
        &self,
        slug: &str,
        number: i64,
        filter: &ChangeFilter,
        request: &PageRequest,
    ) -> Result<Changes> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let run = find(&mut reader, school.id, number).await?;
        list(&mut reader, &settings, &run, filter, request).await
    }

    /// A piece of a file of changes.
    pub(in crate::desk) async fn export_changes(
        &self,
        slug: &str,
        number: i64,
        filter: &ChangeFilter,
        after: Option<i64>,
    ) -> Result<ExportPart> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let run = find(&mut reader, school.id, number).await?;
        let filter = plan_change::ChangeFilter { after, ..stored(&run, filter)? };
        let rows = plan_change::changes(&mut reader, run.id, &filter, false, PIECE).await?;
        let whole = rows.len() < PIECE as usize;
        Ok(ExportPart {
            next: rows.last().map(|row| row.position).filter(|_| !whole),
            lines: rows.iter().map(|row| line(&settings, &run, row)).collect(),
            settings_revision: run.settings_revision,
            systems: frame::systems(&settings),
        })
    }
}

/// A part of the changes of a merge.
pub(super) async fn list(
    conn: &mut Conn,
    settings: &Settings,
    run: &Run,
    filter: &ChangeFilter,
    request: &PageRequest,
) -> Result<Changes> {
    let wanted = page::wanted::<i64>(request)?;
    let filter = stored(run, filter)?;
    let (after, before) = if wanted.backwards { (None, wanted.edge) } else { (wanted.edge, None) };
    let edge = plan_change::ChangeFilter { after, before, ..filter.clone() };
    let rows = plan_change::changes(conn, run.id, &edge, wanted.backwards, wanted.rows()).await?;
    let tally = plan_change::change_tally(conn, run.id, &filter).await?;
    let mut part = page::part(rows, &wanted, tally.records, |row| row.position.to_string(), |row| row);
    if let Some(first) = part.items.first().filter(|_| part.previous.is_some()) {
        let above = plan_change::ChangeFilter { before: Some(first.position), ..filter };
        part.before = plan_change::change_tally(conn, run.id, &above).await?.records;
    }
    Ok(Changes {
        page: part.map(|row| line(settings, run, &row)),
        values: tally.fields,
        settings_revision: run.settings_revision,
    })
}

/// What the rows of a group say of themselves. What a trial would write counts as written; what a merge at work has yet to
/// send is in no group.
pub(super) fn verdicts(run: &Run, group: ChangeGroup) -> Vec<PlanVerdict> {
    use PlanVerdict as V;
    let trial = run.kind == RunKind::Trial;
    let still = run.ended_at.is_some() || run.state == RunState::Held;
    match group {
        ChangeGroup::Written if trial => vec![V::Planned],
        ChangeGroup::Written => vec![V::Sent, V::Confirmed],
        ChangeGroup::Failed => vec![V::Rejected, V::Parked],
        ChangeGroup::Held if trial || !still => vec![V::HeldByLimit, V::Held, V::Blocked],
        ChangeGroup::Held => {
            vec![V::HeldByLimit, V::Held, V::Blocked, V::Skipped, V::Superseded, V::Planned, V::Pending]
        }
    }
}

fn stored<'a>(run: &Run, filter: &'a ChangeFilter) -> Result<plan_change::ChangeFilter<'a>> {
    let side = filter.side.as_deref().map(str::parse::<Side>).transpose();
    let operations: Vec<Operation> = words(&filter.operations, "op")?;
    let all = vec![Operation::Create, Operation::Update, Operation::Delete];
    Ok(plan_change::ChangeFilter {
        types: filter.types.iter().map(String::as_str).collect(),
        side: side.map_err(|_| invalid("side", "is neither ours nor theirs"))?,
        operations: if operations.is_empty() { all } else { operations },
        verdicts: verdicts(run, filter.group),
        field: filter.field.as_deref(),
        text: filter.q.as_deref(),
        ..plan_change::ChangeFilter::default()
    })
}

fn line(settings: &Settings, run: &Run, row: &Change) -> ChangeLine {
    ChangeLine {
        position: row.position,
        merge_type: row.type_name.clone(),
        type_label: label(settings, &row.type_name),
        key: row.key.clone(),
        label: row.label.clone(),
        side: row.side.to_string(),
        operation: row.operation.to_string(),
        state: state(settings, run, row),
        at: row.ended_at.or(row.last_sent_at),
        answer: row.error_message.clone(),
        values: values(settings, row),
    }
}

fn state(settings: &Settings, run: &Run, row: &Change) -> String {
    let system = settings.side_name(row.side);
    match row.verdict {
        PlanVerdict::Planned if run.kind == RunKind::Trial => "would be written".to_owned(),
        PlanVerdict::Planned | PlanVerdict::Pending if run.state == RunState::Held => {
            "waits for the approval".to_owned()
        }
        PlanVerdict::Planned | PlanVerdict::Pending => "was not sent".to_owned(),
        PlanVerdict::Sent => "written, not yet read back".to_owned(),
        PlanVerdict::Confirmed => "written".to_owned(),
        PlanVerdict::Rejected => match row.error_field.as_deref() {
            Some(field) => format!("{system} refused it because of {field}"),
            None => format!("{system} refused it"),
        },
        PlanVerdict::Parked => "not certain; the next merge settles it".to_owned(),
        PlanVerdict::Superseded => "the record moved; the next merge plans anew".to_owned(),
        PlanVerdict::Skipped => "dropped before it was sent".to_owned(),
        PlanVerdict::HeldByLimit => "held by a safety limit".to_owned(),
        PlanVerdict::Held => "waits for its conflict".to_owned(),
        PlanVerdict::Blocked => blocked(settings, &row.decisions),
    }
}

/// What a row waits for, from what the plan noted in the place of its decisions.
fn blocked(settings: &Settings, noted: &str) -> String {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum By {
        Record { r#type: String, key: String },
        Field(IgnoredAny),
    }
    #[derive(Deserialize)]
    struct Note {
        blocked_by: By,
    }
    let notes: Vec<Note> = serde_json::from_str(noted).unwrap_or_default();
    match notes.first().map(|note| &note.blocked_by) {
        Some(By::Record { r#type, key }) => format!("waits for {} {key}", label(settings, r#type)),
        Some(By::Field(_)) => "waits for a value that cannot be read".to_owned(),
        None => "waits for something it refers to".to_owned(),
    }
}

/// The changed values. What is stored is what we stored, so a text that is none shows as nothing.
fn values(settings: &Settings, row: &Change) -> Vec<ValueChange> {
    let before =
        row.before.as_deref().and_then(|text| StagedRecord::parse(text).ok()).map(|staged| staged.body);
    let after =
        row.after.as_deref().and_then(|text| StagedRecord::parse(text).ok()).map(|staged| staged.body);
    let changed: Vec<String> = serde_json::from_str(&row.changed).unwrap_or_default();
    let reasons = Reasons::of(row);
    let whole = |record: &Option<Object>| record.as_ref().map(Object::to_json);
    if changed.is_empty() {
        let because = reasons.because(settings, None);
        return vec![ValueChange {
            field: String::new(),
            before: whole(&before),
            after: whole(&after),
            because,
            made_of: None,
        }];
    }
    let of = |record: &Option<Object>, field: &str| Some(record.as_ref()?.get(field)?.to_json());
    let value = |field: String| ValueChange {
        before: of(&before, &field),
        after: of(&after, &field),
        because: reasons.because(settings, Some(&field)),
        made_of: reasons.inputs(&field),
        field,
    };
    changed.into_iter().map(value).collect()
}

/// The journal of a row.
struct Reasons(Vec<JournalLine>);

impl Reasons {
    fn of(row: &Change) -> Self {
        Self(read_journal(&row.decisions))
    }

    fn about(&self, field: Option<&str>) -> Option<&JournalLine> {
        self.0.iter().find(|line| line.field().as_deref() == field)
    }

    fn because(&self, settings: &Settings, field: Option<&str>) -> String {
        let found = self.about(field).or_else(|| self.about(None));
        found.map(|line| said(settings, line)).unwrap_or_default()
    }

    /// What both sides held, where the value is made of both (MS T3).
    fn inputs(&self, field: &str) -> Option<(Option<String>, Option<String>)> {
        self.about(Some(field))?.inputs.clone().map(Into::into)
    }
}

/// A rule of the engine in a few words, with the names of the systems.
fn said(settings: &Settings, reason: &JournalLine) -> String {
    let (ours, theirs) = (settings.side_name(Side::Ours), settings.side_name(Side::Theirs));
    let setting = match reason.mode.as_str() {
        "always_ours" => format!("setting: always {ours}"),
        "always_theirs" => format!("setting: always {theirs}"),
        "resolve_ours" => format!("both changed it; setting: prefer {ours}"),
        "resolve_theirs" => format!("both changed it; setting: prefer {theirs}"),
        _ => String::new(),
    };
    match reason.rule.as_str() {
        _ if reason.mode.starts_with("always") => setting,
        "F2" => format!("only {ours} changed it"),
        "F3" => format!("only {theirs} changed it"),
        "F4" => "both made the same change".to_owned(),
        "F8" => "one side is empty".to_owned(),
        "F10" => "belongs to a group of fields".to_owned(),
        "F5" | "F12" | "R10" if !setting.is_empty() => setting,
        "F11" | "R9" => "equal on both sides".to_owned(),
        "R7" => format!("new in {ours}"),
        "R8" => format!("new in {theirs}"),
        "R1" | "R2" => format!("deleted in {ours}"),
        "R3" | "R4" => format!("deleted in {theirs}"),
        "A2" | "A3" | "A4" | "A7" | "O3" => "both sides' items together".to_owned(),
        "T2" => "both sides' edits of the text together".to_owned(),
        "T5" => "counted on from both sides".to_owned(),
        "C11" if reason.times.is_some() => {
            format!("both changed it; setting: the later change{}", times(settings, reason))
        }
        "C11" => resolved(reason.resolver.as_deref()).to_owned(),
        "C5" => "a person's decision".to_owned(),
        _ => setting,
    }
}

/// When each system says it changed the record (MS C11 `newest`).
fn times(settings: &Settings, reason: &JournalLine) -> String {
    let Some([ours, theirs]) = &reason.times else { return String::new() };
    let (here, there) = (settings.side_name(Side::Ours), settings.side_name(Side::Theirs));
    format!(" ({here} {ours}, {there} {theirs})")
}

/// What a resolver of the chain did, in a few words (MS C11).
fn resolved(resolver: Option<&str>) -> &'static str {
    match resolver {
        Some("fill_blank") => "both changed it; one side is empty, setting: take the other",
        Some("spelling") => "both changed it; equal but for spaces and capitals",
        Some("longer_text") => "both changed it; setting: the longer of two texts",
        Some("union") => "both changed it; setting: the items of both",
        _ => "both changed it; settled by a setting",
    }
}
