//! A conflict on one person's desk: opened, chosen for, sent, kept (UX 6.5, 6.8, 7.4.1).

use app::api::{
    Actor, ApiError, ConflictDraft, ConflictFilter, ConflictView, Decide, DraftState, FieldChoice, FieldForm,
    OpenConflict, Submission, Submitted,
};
use app::values;
use merge::{FieldPath, Value};
use pipeline::settings::{Hold, Settings, TypeSettings};
use serde::{Deserialize, Serialize};
use store::conflict::ConflictStatus;
use store::draft::{Draft, NewDraft};
use store::ids::{DraftId, SchoolId};

use super::decision::too_long;
use super::error::{DeskError, Result};
use super::{Desk, conflict, decision, force, losses, queue, school};

/// Drafts of others that are told.
const OTHERS: u32 = 50;

/// What is wrong with a form: path and sentence.
pub(super) type Problems = Vec<(String, String)>;

/// What a draft keeps of a form.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    revision: String,
    state: DraftState,
    choices: Vec<FieldForm>,
    #[serde(default)]
    reason: Option<String>,
}

impl Desk {
    /// One conflict as this person has it open.
    pub(super) async fn opened(
        &self,
        actor: &Actor,
        slug: &str,
        number: i64,
        filter: &ConflictFilter,
    ) -> Result<OpenConflict> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let found = conflict::find(&mut reader, school.id, number).await?;
        let place = queue::place(&mut reader, school.id, filter, self.pipeline.clock.now(), number).await?;
        let drafts = store::draft::list_for_subject(&mut reader, school.id, &subject(number), OTHERS).await?;
        let (mine, others): (Vec<_>, Vec<_>) = drafts.into_iter().partition(|draft| draft.person == actor.id);
        let others = others.iter().map(begun).collect::<Result<Vec<_>>>()?;
        let losses = losses::of(&mut reader, &school, &settings, &found).await?;
        let label = settings.merge_type(&found.type_name).map(|one| one.label.clone());
        Ok(OpenConflict {
            type_label: label.unwrap_or_else(|| found.type_name.clone()),
            place,
            draft: mine.into_iter().next().map(|draft| draft_view(&draft)).transpose()?,
            others: others.into_iter().filter(|(.., chosen)| *chosen > 0).collect(),
            losses,
            hold_seconds: hold_seconds(&settings),
            view: conflict::view(&mut reader, school.id, &settings, found).await?,
        })
    }

    /// Decides a conflict as its page was sent, or keeps the form.
    pub(super) async fn submitted(&self, actor: &Actor, slug: &str, form: &Submission) -> Result<Submitted> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let found = conflict::find(&mut reader, school.id, form.conflict).await?;
        let status = found.status;
        let merge_type = settings.merge_type(&found.type_name).cloned();
        let view = conflict::view(&mut reader, school.id, &settings, found).await?;
        drop(reader);
        let desk = Form { form, view: &view, merge_type: merge_type.as_ref() };
        if let Some(again) = desk.sent_before(actor, &settings) {
            return Ok(again);
        }
        let is_open = matches!(status, ConflictStatus::Open | ConflictStatus::Snoozed);
        if !is_open || form.revision != view.revision {
            return self.keep(actor, school.id, &desk, DraftState::Changed, Problems::new()).await;
        }
        if desk.asks_to_leave() && form.force.is_none() {
            return self.leave(actor, slug, form).await;
        }
        let (choices, mut problems) = desk.choices(&settings);
        problems.extend(force::lacks(form, &view));
        if !problems.is_empty() {
            return self.keep(actor, school.id, &desk, DraftState::Invalid, problems).await;
        }
        let undecided = desk.undecided();
        if !undecided.is_empty() {
            let stays = form.go.as_deref() == Some("stay");
            let (state, problems) =
                if stays { (DraftState::Kept, Problems::new()) } else { (DraftState::Invalid, undecided) };
            return self.keep(actor, school.id, &desk, state, problems).await;
        }
        let decide = Decide {
            conflict: form.conflict,
            revision: form.revision.clone(),
            choices,
            force: form.force.is_some(),
            check_revision: true,
            reason: form.reason.clone(),
        };
        match self.store_decision(actor, slug, &decide).await {
            Ok(decided) => {
                self.forget(actor, school.id, form.conflict).await;
                let mut systems: Vec<String> = decided.writes.into_iter().map(|write| write.system).collect();
                systems.dedup();
                let held_until = decided.held_until;
                Ok(Submitted::Decided { decision: decided.decision, systems, held_until, again: false })
            }
            Err(DeskError::Api(error)) => self.not_decided(actor, school.id, &desk, error).await,
            Err(error) => Err(error),
        }
    }

    /// What a refused decision becomes: a draft that says why.
    async fn not_decided(
        &self,
        actor: &Actor,
        school: SchoolId,
        form: &Form<'_>,
        error: ApiError,
    ) -> Result<Submitted> {
        let (state, problems) = match error {
            ApiError::Stale { .. } => (DraftState::Changed, Problems::new()),
            ApiError::Invalid { place, message } => {
                let path = place.strip_prefix("choose ").unwrap_or_default();
                (DraftState::Invalid, vec![form.problem(path, message)])
            }
            ApiError::NotNow { message } => (DraftState::Invalid, vec![(String::new(), message)]),
            other => return Err(other.into()),
        };
        self.keep(actor, school, form, state, problems).await
    }

    pub(super) async fn keep(
        &self,
        actor: &Actor,
        school: SchoolId,
        form: &Form<'_>,
        state: DraftState,
        problems: Problems,
    ) -> Result<Submitted> {
        let clock = &self.pipeline.clock;
        let now = clock.now();
        let choices = form.form.choices.clone();
        let chosen = choices.iter().filter(|choice| choice.choose.is_some()).count();
        let kept = Kept {
            name: actor.name.clone(),
            revision: form.form.revision.clone(),
            state,
            choices,
            reason: form.form.reason.clone(),
        };
        let new = NewDraft {
            id: DraftId::new(now, clock.random()),
            school: Some(school),
            person: &actor.id,
            subject: &subject(form.form.conflict),
            status: status_of(state),
            problems: &to_json(&problems)?,
            body: &to_json(&kept)?,
        };
        let mut tx = self.pipeline.store.begin().await?;
        let id = store::draft::put(&mut tx, &new, now).await?;
        tx.commit().await?;
        Ok(Submitted::Kept { draft: id.to_string(), state, chosen, of: form.view.asked().len() })
    }

    /// Removes the draft of what has just been decided. That is stored already, so a failure here must not be told as
    /// one of the decision.
    async fn forget(&self, actor: &Actor, school: SchoolId, number: i64) {
        if let Err(error) = self.remove_draft(actor, school, number).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the draft of a decision cannot be removed"
            );
        }
    }

    async fn remove_draft(&self, actor: &Actor, school: SchoolId, number: i64) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        if let Some(draft) = store::draft::find(&mut tx, Some(school), &actor.id, &subject(number)).await? {
            store::draft::remove(&mut tx, draft.id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Both records stay as they are until one of them changes.
    async fn leave(&self, actor: &Actor, slug: &str, form: &Submission) -> Result<Submitted> {
        let mut tx = self.pipeline.store.begin().await?;
        let school = school::find(&mut tx, slug).await?;
        let found = conflict::find(&mut tx, school.id, form.conflict).await?;
        let from = [ConflictStatus::Open, ConflictStatus::Snoozed];
        let now = self.pipeline.clock.now();
        let left = ConflictStatus::Left;
        let moved = store::conflict::set_status(&mut tx, found.id, &form.revision, &from, left, now).await?;
        if moved {
            let target = format!("conflict {}", form.conflict);
            let detail = serde_json::json!({ "revision": form.revision });
            self.pipeline.audit(&mut tx, school.id, &actor.name, "conflict.leave", &target, &detail).await?;
        }
        tx.commit().await?;
        if !moved {
            return Err(super::error::not_now("the conflict has moved on; look at it again").into());
        }
        self.forget(actor, school.id, form.conflict).await;
        Ok(Submitted::Left)
    }
}

/// A form beside the conflict it is about.
pub(super) struct Form<'f> {
    pub(super) form: &'f Submission,
    pub(super) view: &'f ConflictView,
    pub(super) merge_type: Option<&'f TypeSettings>,
}

impl Form<'_> {
    /// The same form sent twice, by a double click or after Back, does nothing twice (UX 12.15). The same choices, that
    /// is, and a decision that holds: a tab with other ones must not hear that they were saved.
    fn sent_before(&self, actor: &Actor, settings: &Settings) -> Option<Submitted> {
        let last = self.view.decisions.first()?;
        let holds = self.view.line.status != "open" && ["decided", "applied"].contains(&last.state.as_str());
        if !holds || last.person_id != actor.id || last.revision != self.form.revision {
            return None;
        }
        let (choices, problems) = self.choices(settings);
        if !problems.is_empty()
            || last.force != self.form.force.is_some()
            || !decision::same(&choices, &last.choices)
        {
            return None;
        }
        let mut systems: Vec<String> = last.writes.iter().map(|write| write.system.clone()).collect();
        systems.dedup();
        Some(Submitted::Decided { decision: last.decision.clone(), systems, held_until: None, again: true })
    }

    fn asks_to_leave(&self) -> bool {
        self.chosen("").is_some_and(|choice| choice.choose.as_deref() == Some("leave"))
    }

    fn chosen(&self, path: &str) -> Option<&FieldForm> {
        self.form.choices.iter().find(|choice| choice.path == path)
    }

    /// What is wrong, at its place in the form. A field that is not asked about has none: it is named with the whole.
    fn problem(&self, path: &str, message: String) -> (String, String) {
        let is_asked = self.view.asked().iter().any(|field| field.path == path);
        if is_asked || path.is_empty() {
            return (path.to_owned(), message);
        }
        (String::new(), format!("{path} {message}"))
    }

    /// Contested fields without a choice.
    fn undecided(&self) -> Problems {
        let open = |path: &&str| self.chosen(path).is_none_or(|choice| choice.choose.is_none());
        let asked = self.view.asked();
        let fields = asked.iter().map(|field| field.path.as_str());
        let problem = |path: &str| {
            let words = if path.is_empty() { "choose what should happen" } else { "is not decided yet" };
            (path.to_owned(), words.to_owned())
        };
        fields.filter(open).map(problem).collect()
    }

    /// The choices in the words of the engine, and what is wrong with them.
    fn choices(&self, settings: &Settings) -> (Vec<FieldChoice>, Problems) {
        let (mut choices, mut problems) = (Vec::new(), Problems::new());
        for field in &self.view.asked() {
            let Some(form) = self.chosen(&field.path) else { continue };
            let Some(choose) = form.choose.as_deref() else { continue };
            match self.choice(settings, &field.kind, form, choose) {
                Ok(choice) => choices.push(choice),
                Err(problem) => problems.push((field.path.clone(), problem)),
            }
        }
        (choices, problems)
    }

    fn choice(
        &self,
        settings: &Settings,
        kind: &str,
        form: &FieldForm,
        choose: &str,
    ) -> Result<FieldChoice, String> {
        let as_is =
            |choose: &str, value| FieldChoice { path: form.path.clone(), choose: choose.to_owned(), value };
        if choose != "other" {
            let is_ticked = self.form.confirm.is_some() || self.form.force.is_some();
            return match self.deletes(&form.path, choose) {
                true if !is_ticked => {
                    Err("this deletes a record: tick that you have seen what goes with it".to_owned())
                }
                _ => Ok(as_is(choose, None)),
            };
        }
        match values::read(kind, &form.value)? {
            None => Ok(as_is("clear", None)),
            Some(value) => {
                self.check(settings, &form.path, &value)?;
                Ok(as_is("value", Some(value.to_json())))
            }
        }
    }

    /// Whether a choice for the whole record takes it away from the side that still has it.
    fn deletes(&self, path: &str, choose: &str) -> bool {
        let present = self.view.present;
        path.is_empty() && ((choose == "ours" && !present.ours) || (choose == "theirs" && !present.theirs))
    }

    /// What was typed must be what the field holds, on both sides.
    fn check(&self, settings: &Settings, path: &str, value: &Value) -> Result<(), String> {
        let field = self.merge_type.and_then(|merge_type| merge_type.field(path));
        let Some(field) = field.filter(|_| path.parse::<FieldPath>().is_ok()) else { return Ok(()) };
        pipeline::mapping::check_value(&field.kind, value)?;
        for side in [merge::Side::Theirs, merge::Side::Ours] {
            if let Some((most, long)) = field.too_long(side, value) {
                return Err(too_long(settings, side, most, long));
            }
        }
        Ok(())
    }
}

/// How long a decision of now waits; none waits for the next merge.
pub(super) fn hold_seconds(settings: &Settings) -> Option<u64> {
    match settings.desk.hold {
        Hold::For(time) => Some(time.as_secs()),
        Hold::NextMerge => None,
    }
}

fn subject(number: i64) -> String {
    format!("conflict {number}")
}

fn status_of(state: DraftState) -> i64 {
    match state {
        DraftState::Kept => 200,
        DraftState::Invalid => 422,
        DraftState::Changed => 409,
    }
}

fn begun(draft: &Draft) -> Result<(String, chrono::DateTime<chrono::Utc>, usize)> {
    let kept: Kept = from_json(&draft.body)?;
    let chosen = kept.choices.iter().filter(|choice| choice.choose.is_some()).count();
    Ok((kept.name, draft.updated_at, chosen))
}

fn draft_view(draft: &Draft) -> Result<ConflictDraft> {
    let kept: Kept = from_json(&draft.body)?;
    Ok(ConflictDraft {
        id: draft.id.to_string(),
        state: kept.state,
        revision: kept.revision,
        choices: kept.choices,
        reason: kept.reason,
        problems: from_json(&draft.problems)?,
    })
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| DeskError::Inconsistent(format!("a draft: {error}")))
}

fn from_json<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| DeskError::Inconsistent(format!("a draft: {error}")))
}
