//! A person's decision: checked against what was seen, stored with the writes it causes (RL R13, MS C5 to C7).
//!
//! Nothing is sent here. The writes wait for their undo time and then go out through the same path as the night's.

use chrono::{DateTime, Utc};
use merge::{Choice, DecideError, FieldPath, Side, Verdict, merge_record};
use store::Tx;
use store::audit::NewAudit;
use store::conflict::{Conflict, ConflictStatus};
use store::decision::{ChoiceKind, Decision, DecisionField, DecisionState};
use store::ids::{AuditId, DecisionId, SchoolId, WriteId};
use store::write::{NewWrite, Why, WriteState};

use crate::allowed::over_delete_limit;
use crate::apart::apart;
use crate::collide::{collided_paths, still_collides};
use crate::contested::{ConflictRefused, Contested, Seen};
use crate::error::{PipelineError, Result};
use crate::idempotency::{self, Wanted};
use crate::pipeline::Pipeline;
use crate::record::Record;
use crate::settings::{Settings, TypeSettings};
use crate::wish::{WantedChange, writes};

/// A decision as a person makes it.
#[derive(Debug, Clone)]
pub struct DecisionRequest<'a> {
    /// The school.
    pub school: SchoolId,
    /// The conflict's number.
    pub conflict: i64,
    /// The revision that was seen.
    pub revision: &'a str,
    /// One choice for each contested path.
    pub choices: Vec<(FieldPath, Choice)>,
    /// Who decides, as people see it.
    pub person: &'a str,
    /// Who decides, told apart from others of the same name; empty at the command line.
    pub person_id: &'a str,
    /// Send it past the other system's collision check.
    pub force: bool,
    /// With `force`: only while the conflict is the one that was seen, and only over the values that were seen, so that the
    /// set shown is the set overwritten (UX 7.4.8). Without it a forced decision goes through whatever moved (MS C7). What is
    /// not forced is always checked.
    pub check_revision: bool,
    /// Why; must not be empty with `force`.
    pub reason: &'a str,
}

impl<'a> DecisionRequest<'a> {
    fn why(&self) -> Why {
        match (self.force, self.check_revision) {
            (false, _) => Why::Decision,
            (true, false) => Why::Force,
            (true, true) => Why::ForceSeen,
        }
    }

    /// MS C7: force may skip the check of the revision, and nothing else. It decides on the values of now.
    fn seen(&self) -> Seen<'a> {
        let is_checked = self.check_revision || !self.force;
        let revision = is_checked.then_some(self.revision);
        Seen { school: self.school, number: self.conflict, revision }
    }
}

/// A decision that was stored.
#[derive(Debug, Clone)]
pub struct DecisionStored {
    /// Its identity.
    pub decision: DecisionId,
    /// Its writes wait until then; `None`: until the next merge.
    pub held_until: Option<DateTime<Utc>>,
}

/// Why a decision was not taken. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionRefused {
    /// The conflict is not what it was.
    #[error(transparent)]
    Conflict(#[from] ConflictRefused),
    /// A choice is missing or cannot be used.
    #[error("{path}: {message}")]
    Choice {
        /// The path.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A text is longer than a system takes in the field, forced or not (MS C7).
    #[error("{field}: is too long: side {side} accepts at most {most} characters here. This is {long}")]
    TooLong {
        /// The field.
        field: String,
        /// Which system.
        side: Side,
        /// The most characters it takes.
        most: u32,
        /// How many there are.
        long: usize,
    },
    /// A limit on deletes stands in its way, which no force takes away (MS C7).
    #[error(
        "would delete a record of {type_label} in {system}, which a safety limit does not allow; nothing was written"
    )]
    Limit {
        /// The records, in the words of the school.
        type_label: String,
        /// Where.
        system: String,
    },
    /// A forced decision needs a reason.
    #[error("--force needs a reason")]
    NoReason,
}

impl Pipeline {
    /// Stores a decision and its writes in one transaction.
    ///
    /// # Errors
    /// When the database fails. A decision that cannot be taken is not an error but a refusal.
    pub async fn decide(
        &self,
        settings: &Settings,
        request: &DecisionRequest<'_>,
    ) -> Result<Result<DecisionStored, DecisionRefused>> {
        if request.force && request.reason.trim().is_empty() {
            return Ok(Err(DecisionRefused::NoReason));
        }
        let mut tx = self.store.begin().await?;
        let Contested { conflict, candidate, merge_type } =
            match Contested::find(&mut tx, settings, request.seen()).await? {
                Ok(contested) => contested,
                Err(refused) => return Ok(Err(refused.into())),
            };
        let record = Record::read(&candidate)?;
        let collided = collided_paths(&conflict)?;
        let input = record.input(merge_type);
        let decided = merge::decide_collided(&merge_type.policy, &input, &collided, &request.choices);
        let verdict = match decided {
            Ok(verdict) => verdict,
            Err(error) => {
                return Ok(Err(misfit(&error, &merge_record(&merge_type.policy, &input))));
            }
        };
        if let Some(open) = &verdict.conflict {
            let path = open.fields.first().map(|field| field.path.to_string()).unwrap_or_default();
            let message = "is contested and has no choice".to_owned();
            return Ok(Err(DecisionRefused::Choice { path, message }));
        }
        if let Some(refused) = too_long(merge_type, &verdict) {
            return Ok(Err(refused));
        }
        if let Some((path, message)) =
            still_collides(&mut tx, request.school, merge_type, &record, &verdict).await?
        {
            return Ok(Err(DecisionRefused::Choice { path, message }));
        }
        let over = over_delete_limit(&mut tx, request.school, settings, merge_type, &verdict).await?;
        if let Some(refused) = over {
            return Ok(Err(refused));
        }
        let stored = self.store_decision(&mut tx, settings, request, &conflict, &record, &verdict).await?;
        tx.commit().await?;
        Ok(Ok(stored))
    }

    async fn store_decision(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        request: &DecisionRequest<'_>,
        conflict: &Conflict,
        record: &Record<'_>,
        verdict: &Verdict,
    ) -> Result<DecisionStored> {
        let now = self.clock.now();
        let decision = DecisionId::new(now, self.clock.random());
        let held_until = settings.desk.hold.until(now);
        let merge_type = settings
            .merge_type(&conflict.type_name)
            .ok_or_else(|| PipelineError::Inconsistent(format!("type {}", conflict.type_name)))?;
        let mut rows = Vec::new();
        for (side, write) in writes(verdict) {
            if let Some(wanted) = WantedChange::of(merge_type, side, write.clone()) {
                rows.push(self.decided_write(request, record, side, &wanted, decision, held_until));
            }
        }
        let (status, state) = match rows.is_empty() {
            true => (ConflictStatus::Settled, DecisionState::Applied),
            false => (ConflictStatus::Decided, DecisionState::Decided),
        };
        let (row, fields) = decision_rows(decision, state, request, conflict, now);
        let base = record.candidate.base.as_ref().map(|base| base.body.as_str());
        store::decision::add(tx, &row, &fields, base).await?;
        let added = store::write::add_many(tx, request.school, &rows, now).await?;
        let from = [ConflictStatus::Open, ConflictStatus::Snoozed];
        let moved =
            store::conflict::set_status(tx, conflict.id, &conflict.revision, &from, status, now).await?;
        if added.len() != rows.len() || !moved {
            let what = format!("conflict {} changed within one transaction", conflict.number);
            return Err(PipelineError::Inconsistent(what));
        }
        let sides: Vec<&str> = rows.iter().map(|row| row.side.as_str()).collect();
        let detail = serde_json::json!({
            "revision": conflict.revision,
            "seen": request.revision,
            "force": request.force,
            "reason": request.reason,
            "writes": sides,
            "choices": request.choices.iter().map(|(path, choice)| {
                serde_json::json!({ "path": path.to_string(), "choose": choice_kind(choice).as_str() })
            }).collect::<Vec<_>>(),
        });
        let action = if request.force { "conflict.force" } else { "conflict.decide" };
        let target = format!("conflict {}", conflict.number);
        self.audit(tx, request.school, request.person, action, &target, &detail).await?;
        Ok(DecisionStored { decision, held_until })
    }

    fn decided_write(
        &self,
        request: &DecisionRequest<'_>,
        record: &Record<'_>,
        side: Side,
        wanted: &WantedChange,
        decision: DecisionId,
        held_until: Option<DateTime<Utc>>,
    ) -> NewWrite {
        let candidate = record.candidate;
        let staged = record.candidate.side(side);
        let (post_body, post_hash) = wanted.to_store();
        // A person may want the same change again after it was refused; the decision makes it another one.
        let key = idempotency::key(&Wanted {
            school: request.school,
            link: candidate.link,
            side,
            operation: wanted.operation,
            post_hash: &format!("{} {decision}", post_hash.as_deref().unwrap_or_default()),
            base_generation: candidate.base.as_ref().map_or(0, |base| base.generation),
            refusals: 0,
        });
        NewWrite {
            id: WriteId::new(self.clock.now(), self.clock.random()),
            run: None,
            link: candidate.link,
            type_name: candidate.type_name.clone(),
            side,
            position: 0,
            operation: wanted.operation,
            state: WriteState::Held,
            why: request.why(),
            remote_id: candidate.remote_id(side).map(str::to_owned),
            correlation: idempotency::correlation(&key).to_owned(),
            idempotency_key: key,
            refusals: 0,
            held_until,
            decision: Some(decision),
            pre_hash: staged.and_then(|staged| staged.hash).map(|hash| hash.to_string()),
            pre_version: staged.and_then(|staged| staged.version.clone()),
            pre_body: staged.and_then(|staged| staged.body.clone()),
            post_hash,
            post_body,
            changed: serde_json::to_string(&wanted.changed).unwrap_or_else(|_| "[]".to_owned()),
            apart: apart(wanted.post.as_ref(), record.known(side.other())),
        }
    }

    /// Appends a row to the audit chain, in the caller's transaction (RL S46).
    pub async fn audit(
        &self,
        tx: &mut Tx,
        school: SchoolId,
        actor: &str,
        action: &str,
        target: &str,
        detail: &serde_json::Value,
    ) -> Result<()> {
        let row = (target.to_owned(), detail.to_string());
        self.audit_many(tx, school, actor, action, &[row]).await
    }

    /// Appends rows with these targets and details in their order; see [`Pipeline::audit`].
    pub(crate) async fn audit_many(
        &self,
        tx: &mut Tx,
        school: SchoolId,
        actor: &str,
        action: &str,
        rows: &[(String, String)],
    ) -> Result<()> {
        let now = self.clock.now();
        let rows = rows.iter().map(|(target, detail)| NewAudit {
            id: AuditId::new(now, self.clock.random()),
            school: Some(school),
            actor,
            action,
            target,
            detail,
        });
        store::audit::append_many(tx, &rows.collect::<Vec<_>>(), now).await?;
        Ok(())
    }
}

/// The first text that a side would be sent and does not take, whoever typed it (UX 7.4.1).
fn too_long(merge_type: &TypeSettings, verdict: &Verdict) -> Option<DecisionRefused> {
    writes(verdict).find_map(|(side, write)| {
        let sent = WantedChange::of(merge_type, side, write.clone())?.sent();
        sent.iter().find_map(|(name, value)| {
            let (most, long) = merge_type.field(name)?.too_long(side, value)?;
            Some(DecisionRefused::TooLong { field: name.to_owned(), side, most, long })
        })
    })
}

/// Says why a choice does not fit, with what can be chosen for instead.
fn misfit(error: &DecideError, verdict: &Verdict) -> DecisionRefused {
    let contested = verdict.conflict.as_ref();
    let (path, message) = match error {
        DecideError::NotAnObject => (String::new(), error.to_string()),
        DecideError::NoRecord { path } => {
            let message = "cannot be taken from where there is no record; choose another value, or clear it";
            (path.to_string(), message.to_owned())
        }
        DecideError::Together { path } => {
            let message = "is decided together with other fields; change it in one of the systems";
            (path.to_string(), message.to_owned())
        }
        DecideError::NotContested { path } => {
            let message = match contested {
                None => "is not contested any more".to_owned(),
                Some(conflict) if !(conflict.present.ours && conflict.present.theirs) => {
                    "cannot be decided by itself: one side has deleted the record, so choose for the whole of it".to_owned()
                }
                Some(conflict) => {
                    let paths: Vec<String> = conflict.fields.iter().map(|field| field.path.to_string()).collect();
                    format!("is not contested; contested: {}", paths.join(", "))
                }
            };
            (path.to_string(), message)
        }
    };
    DecisionRefused::Choice { path, message }
}

fn decision_rows(
    id: DecisionId,
    state: DecisionState,
    request: &DecisionRequest<'_>,
    conflict: &Conflict,
    now: DateTime<Utc>,
) -> (Decision, Vec<DecisionField>) {
    let fields = request
        .choices
        .iter()
        .zip(0..)
        .map(|((path, choice), position)| DecisionField {
            path: path.to_string(),
            position,
            choice: choice_kind(choice),
            value: match choice {
                Choice::Value(value) => Some(value.to_json()),
                _ => None,
            },
        })
        .collect();
    let decision = Decision {
        id,
        conflict: conflict.id,
        conflict_revision: request.revision.to_owned(),
        person: request.person.to_owned(),
        person_id: request.person_id.to_owned(),
        decided_at: now,
        force: request.force,
        reason: request.reason.to_owned(),
        state,
        overwrote: None,
        undoes: None,
    };
    (decision, fields)
}

fn choice_kind(choice: &Choice) -> ChoiceKind {
    match choice {
        Choice::Ours => ChoiceKind::Ours,
        Choice::Theirs => ChoiceKind::Theirs,
        Choice::Base => ChoiceKind::Base,
        Choice::Value(_) => ChoiceKind::Value,
        Choice::Clear => ChoiceKind::Clear,
    }
}
