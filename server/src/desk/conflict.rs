//! One conflict with everything needed to decide it.

use app::api::{ConflictLine, ConflictView, FieldView, Present, SettledField};
use merge::{ConflictKind, FieldPath, Object, Side, Value, Verdict};
use pipeline::mapping::StagedRecord;
use pipeline::settings::{Settings, TypeSettings};
use store::Conn;
use store::candidate::{Candidate, CandidateSide};
use store::conflict::{self, Conflict, ConflictField};
use store::ids::SchoolId;
use store::staged::StagedState;

use super::error::{DeskError, Result, not_found};
use super::{Desk, decision, difference, duplicate, earlier, school};

/// Decisions shown with a conflict.
const DECISIONS: u32 = 50;

impl Desk {
    /// One conflict.
    pub(super) async fn conflict(&self, school: &str, number: i64) -> Result<ConflictView> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, school).await?;
        let found = find(&mut reader, school.id, number).await?;
        view(&mut reader, school.id, &settings, found).await
    }
}

/// The conflict of this number.
pub(super) async fn find(conn: &mut Conn, school: SchoolId, number: i64) -> Result<Conflict> {
    let found = conflict::find_by_number(conn, school, number).await?;
    Ok(found.ok_or_else(|| not_found(format!("conflict {number}")))?)
}

/// A conflict as people see it.
pub(super) async fn view(
    conn: &mut Conn,
    school: SchoolId,
    settings: &Settings,
    found: Conflict,
) -> Result<ConflictView> {
    let fields = conflict::fields(conn, found.id).await?;
    let candidate = store::candidate::get_many(conn, &[found.link]).await?.into_iter().next();
    let merge_type = settings.merge_type(&found.type_name);
    let differences = candidate.iter().flat_map(|candidate| candidate.differences.clone());
    let differences = differences.map(|row| difference::line(settings, row)).collect();
    let bodies = candidate.as_ref().map(Bodies::of).transpose()?.unwrap_or_default();
    let (settled, notes) = match (&candidate, merge_type) {
        (Some(candidate), Some(merge_type)) => {
            let verdict = pipeline::judge(merge_type, candidate)?.verdict;
            (settled(merge_type, &verdict, &bodies, &fields), notes(&verdict, &fields))
        }
        _ => (Vec::new(), Vec::new()),
    };
    let duplicates = duplicate::views(merge_type, &found, &bodies, &fields)?;
    let agreed = store::base::get_many(conn, &[found.link]).await?;
    let opened_run = match found.opened_run {
        Some(run) => Some(store::run::get(conn, run).await?).filter(|run| run.school == school),
        None => None,
    };
    let decisions = store::decision::list_for_conflict(conn, found.id, DECISIONS).await?;
    let earlier = earlier::of(conn, &found).await?;
    let kind = |path: &str| kind_of(merge_type, path);
    Ok(ConflictView {
        line: line(&found, &fields),
        present: Present { base: found.present_base, ours: found.present_ours, theirs: found.present_theirs },
        holds_record: found.hold == "record",
        revision: found.revision,
        systems: (settings.side_name(Side::Ours).to_owned(), settings.side_name(Side::Theirs).to_owned()),
        fields: fields.into_iter().map(|field| field_view(field, kind)).collect(),
        causes: causes(&found.causes, found.kind),
        duplicates,
        settled,
        agreed_at: agreed.first().map(|base| base.agreed_at),
        base: bodies.base.map(|body| body.to_json()),
        ours: bodies.ours.map(|body| body.to_json()),
        theirs: bodies.theirs.map(|body| body.to_json()),
        opened_run: opened_run.map(|run| run.number),
        decisions: decision::views(conn, settings, decisions).await?,
        earlier,
        differences,
        notes,
    })
}

/// All causes as the engine names them.
fn causes(stored: &str, kind: ConflictKind) -> Vec<String> {
    serde_json::from_str(stored).unwrap_or_else(|_| vec![kind.to_string()])
}

/// What both sides and the base hold of a record.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    pub(super) base: Option<Object>,
    pub(super) ours: Option<Object>,
    pub(super) theirs: Option<Object>,
}

impl Bodies {
    /// The bodies of a candidate.
    pub(super) fn of(candidate: &Candidate) -> Result<Self> {
        let live = |staged: Option<&CandidateSide>| -> Result<Option<Object>> {
            let there = staged.filter(|staged| staged.state == StagedState::Live);
            there.and_then(|staged| staged.body.as_deref()).map(parsed).transpose()
        };
        Ok(Self {
            base: candidate.base.as_ref().map(|base| parsed(&base.body)).transpose()?,
            ours: live(candidate.ours.as_ref())?,
            theirs: live(candidate.theirs.as_ref())?,
        })
    }
}

/// The neutral record of a staged copy; none where the side does not have it.
pub(super) fn body(staged: Option<&CandidateSide>) -> Result<Option<String>> {
    let there = staged.filter(|staged| staged.state == StagedState::Live);
    there.and_then(|staged| staged.body.as_deref()).map(shown).transpose()
}

/// A staged record or base as people see it, without the members that are ours alone.
pub(super) fn shown(text: &str) -> Result<String> {
    Ok(parsed(text)?.to_json())
}

fn parsed(text: &str) -> Result<Object> {
    let record = StagedRecord::parse(text).map_err(|error| DeskError::Inconsistent(error.to_string()))?;
    Ok(record.body)
}

/// The fields that are not contested, with what the rules make of each.
fn settled(
    merge_type: &TypeSettings,
    verdict: &Verdict,
    bodies: &Bodies,
    contested: &[ConflictField],
) -> Vec<SettledField> {
    let ruled = |name: &str| {
        let path = FieldPath::field(name);
        verdict.decisions.iter().find(|decision| decision.path == path).map(|decision| decision.value.clone())
    };
    let contested: Vec<String> = contested.iter().filter_map(|field| field_of(&field.path)).collect();
    let is_open = |name: &str| contested.iter().any(|field| field == name);
    let json = |value: Option<&Value>| value.map(Value::to_json);
    let fields = merge_type.fields.iter().map(|field| field.name.as_str()).filter(|name| !is_open(name));
    let settled = fields.map(|name| {
        let of = |body: &Option<Object>| json(body.as_ref().and_then(|body| body.get(name)));
        let base = of(&bodies.base);
        let result = ruled(name).map_or_else(|| base.clone(), |value| json(value.as_ref()));
        SettledField {
            path: name.to_owned(),
            ours: of(&bodies.ours),
            theirs: of(&bodies.theirs),
            result,
            base,
        }
    });
    settled.collect()
}

/// What the engine warns of at the contested paths (MS A6, N4, N5).
fn notes(verdict: &Verdict, contested: &[ConflictField]) -> Vec<(String, String)> {
    let about = |field: &ConflictField| {
        let path: FieldPath = field.path.parse().ok()?;
        let warning = verdict.warnings.iter().find(|one| one.path == path)?;
        Some((field.path.clone(), pipeline::report::meaning(warning.code).to_owned()))
    };
    contested.iter().filter_map(about).collect()
}

/// The field that a path begins with.
fn field_of(path: &str) -> Option<String> {
    path.parse::<FieldPath>().ok()?.top().map(str::to_owned)
}

/// What the field of a path holds; a path inside a field holds anything.
pub(super) fn kind_of(merge_type: Option<&TypeSettings>, path: &str) -> String {
    let field = merge_type.and_then(|merge_type| merge_type.field(path));
    field.map_or_else(|| "any".to_owned(), |field| field.kind.to_string())
}

/// A conflict as a line of the queue.
pub(super) fn line(row: &Conflict, fields: &[ConflictField]) -> ConflictLine {
    let first = fields.first();
    ConflictLine {
        number: row.number,
        merge_type: row.type_name.clone(),
        label: row.label.clone(),
        kind: row.kind.to_string(),
        status: row.status.to_string(),
        fields: fields.iter().map(|field| field.path.clone()).collect(),
        first: (first.and_then(|field| field.ours.clone()), first.and_then(|field| field.theirs.clone())),
        opened_at: row.opened_at,
        changed_at: row.changed_at,
    }
}

fn field_view(field: ConflictField, kind: impl Fn(&str) -> String) -> FieldView {
    FieldView {
        kind: kind(&field.path),
        path: field.path,
        base: field.base,
        ours: field.ours,
        theirs: field.theirs,
        reason: field.reason,
    }
}
