//! Decisions: stored here with the writes they cause, carried out by the pipeline.

use std::collections::{HashMap, HashSet};

use app::api::{Actor, ApiError, Decide, Decided, DecisionView, FieldChoice, Overwrote, QueuedWrite};
use merge::{Choice, FieldPath, Object, Side};
use pipeline::ConflictRefused;
use pipeline::decide::{DecisionRefused, DecisionRequest};
use pipeline::settings::Settings;
use store::Conn;
use store::decision::{ChoiceKind, Decision, DecisionField};
use store::ids::DecisionId;
use store::write::Write;

use super::error::{DeskError, Result, invalid, not_found, not_now};
use super::{Desk, school};

impl Desk {
    /// Stores a decision, if the conflict still is as it was seen (MS C6).
    pub(super) async fn store_decision(&self, actor: &Actor, slug: &str, decide: &Decide) -> Result<Decided> {
        let choices = decide.choices.iter().map(choice).collect::<Result<Vec<_>>>()?;
        if choices.is_empty() {
            return Err(invalid("choose", "needs a choice for each contested field").into());
        }
        if let Some(path) = chosen_twice(&choices) {
            return Err(invalid(format!("choose {path}"), "is chosen for twice").into());
        }
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        drop(reader);
        let request = DecisionRequest {
            school: school.id,
            conflict: decide.conflict,
            revision: &decide.revision,
            choices,
            person: &actor.name,
            person_id: &actor.id,
            force: decide.force,
            check_revision: decide.check_revision || !decide.force,
            reason: decide.reason.as_deref().unwrap_or_default(),
        };
        let stored = match self.pipeline.decide(&settings, &request).await? {
            Ok(stored) => stored,
            Err(DecisionRefused::TooLong { field, side, most, long }) => {
                let sentence = too_long(&settings, side, most, long);
                return Err(invalid(format!("choose {field}"), sentence).into());
            }
            Err(refused) => return Err(self.refusal(slug, decide.conflict, refused).await?.into()),
        };
        self.nudge.send_replace(());
        // It is stored: that its writes cannot be told now is no reason to say that nothing was saved.
        let writes = self.writes_of(&settings, stored.decision).await.unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the writes of a decision cannot be read"
            );
            Vec::new()
        });
        Ok(Decided { decision: stored.decision.to_string(), writes, held_until: stored.held_until })
    }

    async fn writes_of(&self, settings: &Settings, decision: DecisionId) -> Result<Vec<QueuedWrite>> {
        let mut reader = self.pipeline.store.read().await?;
        let writes = store::write::list_for_decision(&mut reader, decision).await?;
        writes.into_iter().map(|write| queued(settings, write)).collect()
    }

    async fn refusal(&self, slug: &str, number: i64, refused: DecisionRefused) -> Result<ApiError> {
        Ok(match refused {
            DecisionRefused::Conflict(refused) => self.conflict_refused(slug, number, &refused).await?,
            DecisionRefused::Choice { path, message } => {
                invalid(if path.is_empty() { "choose".to_owned() } else { format!("choose {path}") }, message)
            }
            DecisionRefused::NoReason => invalid("reason", "a forced decision needs a reason"),
            DecisionRefused::Limit { .. } | DecisionRefused::TooLong { .. } => not_now(refused.to_string()),
        })
    }

    /// Why nothing can be done about a conflict; one that has changed is shown as it is now (MS C6).
    pub(super) async fn conflict_refused(
        &self,
        slug: &str,
        number: i64,
        refused: &ConflictRefused,
    ) -> Result<ApiError> {
        Ok(match refused {
            ConflictRefused::NoConflict(number) => not_found(format!("conflict {number}")),
            ConflictRefused::Stale => {
                ApiError::Stale { current: Box::new(self.conflict(slug, number).await?) }
            }
            ConflictRefused::NotOpen { .. } | ConflictRefused::Busy => not_now(refused.to_string()),
        })
    }

    /// How a decision has fared.
    pub(super) async fn decision(&self, slug: &str, decision: &str) -> Result<DecisionView> {
        let unknown = || not_found(format!("decision {decision}"));
        let id: DecisionId = decision.parse().map_err(|_| unknown())?;
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let found = store::decision::get(&mut reader, id).await.map_err(|error| match error {
            store::StoreError::NotFound { .. } => DeskError::Api(unknown()),
            other => other.into(),
        })?;
        let conflict = store::conflict::get(&mut reader, found.conflict).await?;
        if conflict.school != school.id {
            return Err(unknown().into());
        }
        view(&mut reader, &settings, found).await
    }
}

/// That a system does not take so long a text in a field (UX 12.12).
pub(super) fn too_long(settings: &Settings, side: Side, most: u32, long: usize) -> String {
    let system = settings.side_name(side);
    format!("is too long: {system} accepts at most {most} characters here. This is {long}")
}

/// A decision with its choices and writes.
async fn view(conn: &mut Conn, settings: &Settings, row: Decision) -> Result<DecisionView> {
    let inconsistent = || DeskError::Inconsistent("a decision that is not there".to_owned());
    views(conn, settings, vec![row]).await?.pop().ok_or_else(inconsistent)
}

/// Decisions with their choices and writes, in the order given; asks as often for many as for one.
pub(super) async fn views(
    conn: &mut Conn,
    settings: &Settings,
    rows: Vec<Decision>,
) -> Result<Vec<DecisionView>> {
    let ids: Vec<DecisionId> = rows.iter().map(|row| row.id).collect();
    let mut choices: HashMap<DecisionId, Vec<FieldChoice>> = HashMap::new();
    for (id, field) in store::decision::fields_of_many(conn, &ids).await? {
        choices.entry(id).or_default().push(field_choice(field));
    }
    let mut writes: HashMap<DecisionId, Vec<QueuedWrite>> = HashMap::new();
    for write in store::write::list_for_decisions(conn, &ids).await? {
        if let Some(id) = write.decision {
            writes.entry(id).or_default().push(queued(settings, write)?);
        }
    }
    let view = |row: Decision| -> Result<DecisionView> {
        Ok(DecisionView {
            decision: row.id.to_string(),
            revision: row.conflict_revision,
            person: row.person,
            person_id: row.person_id,
            at: row.decided_at,
            force: row.force,
            reason: Some(row.reason).filter(|reason| !reason.is_empty()),
            state: row.state.to_string(),
            choices: choices.remove(&row.id).unwrap_or_default(),
            writes: writes.remove(&row.id).unwrap_or_default(),
            overwrote: overwrote(settings, row.overwrote.as_deref())?,
        })
    };
    rows.into_iter().map(view).collect()
}

fn overwrote(settings: &Settings, kept: Option<&str>) -> Result<Vec<Overwrote>> {
    let Some(kept) = kept else { return Ok(Vec::new()) };
    let shown = |(side, values): (Side, Object)| Overwrote {
        system: settings.side_name(side).to_owned(),
        values: values.to_json(),
    };
    Ok(pipeline::overwrote::by_side(kept)?.into_iter().map(shown).collect())
}

fn queued(settings: &Settings, write: Write) -> Result<QueuedWrite> {
    let changed: Vec<String> = serde_json::from_str(&write.changed)
        .map_err(|error| DeskError::Inconsistent(format!("changed paths of write {}: {error}", write.id)))?;
    Ok(QueuedWrite {
        system: settings.side_name(write.side).to_owned(),
        operation: write.operation.to_string(),
        changed,
        state: write.state.to_string(),
        message: write.error_message,
    })
}

/// Whether these choose the same for the same paths, in whatever order.
pub(super) fn same(some: &[FieldChoice], others: &[FieldChoice]) -> bool {
    let value = |choice: &FieldChoice| {
        choice.value.as_ref().and_then(|text| merge::json::parse(text.as_bytes()).ok())
    };
    let equal = |one: &FieldChoice, other: &FieldChoice| {
        let values_equal = match (value(one), value(other)) {
            (Some(one), Some(other)) => one.same_json(&other),
            (one, other) => one.is_none() && other.is_none(),
        };
        one.path == other.path && one.choose == other.choose && values_equal
    };
    some.len() == others.len() && some.iter().all(|one| others.iter().any(|other| equal(one, other)))
}

fn field_choice(field: DecisionField) -> FieldChoice {
    FieldChoice {
        path: field.path,
        choose: field.choice.to_string(),
        value: field.value.filter(|_| field.choice == ChoiceKind::Value),
    }
}

fn chosen_twice(choices: &[(FieldPath, Choice)]) -> Option<&FieldPath> {
    let mut seen = HashSet::new();
    choices.iter().map(|(path, _)| path).find(|path| !seen.insert(*path))
}

fn choice(asked: &FieldChoice) -> Result<(FieldPath, Choice)> {
    let place = || format!("choose {}", asked.path);
    let path: FieldPath = asked.path.parse().map_err(|error| invalid(place(), format!("{error}")))?;
    let kind: ChoiceKind = asked.choose.parse().map_err(|_| {
        invalid(place(), format!("\"{}\" is no choice (ours, theirs, base, clear, value)", asked.choose))
    })?;
    let value = || -> Result<_> {
        let text = asked.value.as_deref().ok_or_else(|| invalid(place(), "needs a value"))?;
        Ok(merge::json::parse(text.as_bytes()).map_err(|error| invalid(place(), format!("{error}")))?)
    };
    let choice = match kind {
        ChoiceKind::Ours => Choice::Ours,
        ChoiceKind::Theirs => Choice::Theirs,
        ChoiceKind::Base => Choice::Base,
        ChoiceKind::Clear => Choice::Clear,
        ChoiceKind::Value => Choice::Value(value()?),
    };
    Ok((path, choice))
}
