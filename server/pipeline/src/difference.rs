//! Paths that differ on purpose (MS C10): declared on a conflict by a person, ended by a changed value, by its date, or by hand.
//!
//! Nothing is sent for a declaration. From then on the merge leaves the path alone on both sides; the rest of the record
//! goes on. What has ended is a question again, as if nobody had ever declared anything.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use merge::{FieldPath, Policy, Reason, Segment, Value, json};
use store::Tx;
use store::candidate::Candidate;
use store::conflict::{Conflict, ConflictStatus};
use store::difference::{self, DifferenceEnd, NewDifference};
use store::ids::{DifferenceId, SchoolId};
use store::run::RunKind;

use crate::contested::{ConflictRefused, Contested, Seen};
use crate::error::{PipelineError, Result};
use crate::night::Night;
use crate::pipeline::Pipeline;
use crate::record::Record;
use crate::settings::Settings;

/// Differences whose date is over, ended in one transaction.
const AT_ONCE: u32 = 200;

/// A difference as a person declares it.
#[derive(Debug, Clone, Copy)]
pub struct DifferenceRequest<'a> {
    /// The school.
    pub school: SchoolId,
    /// The conflict's number.
    pub conflict: i64,
    /// The revision that was seen.
    pub revision: &'a str,
    /// The contested path. An item of a list stands for its whole list: lists are written as a whole.
    pub path: &'a FieldPath,
    /// Why; must not be empty.
    pub reason: &'a str,
    /// When it is over at the latest.
    pub until: Option<DateTime<Utc>>,
    /// Who declares it, as people see it.
    pub person: &'a str,
    /// Who declares it, told apart from others of the same name; empty at the command line.
    pub person_id: &'a str,
}

/// Why a difference was not declared. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DifferenceRefused {
    /// The conflict is not what it was.
    #[error(transparent)]
    Conflict(#[from] ConflictRefused),
    /// There is nothing at the path that could differ.
    #[error("{path} is not contested")]
    NotContested {
        /// The path.
        path: String,
    },
    /// One side has deleted the record.
    #[error("one side has deleted the record, so its fields cannot differ; keep the difference as a whole")]
    Deleted,
    /// The field is decided together with others.
    #[error("{path} is decided together with other fields, so it cannot differ by itself")]
    Together {
        /// The path.
        path: String,
    },
    /// It needs a reason.
    #[error("a difference needs a reason")]
    NoReason,
    /// Its date is not in the future.
    #[error("the date must be in the future")]
    Over,
}

/// A stored difference as the engine takes it.
pub(crate) fn read(row: &difference::Difference) -> Result<merge::Difference> {
    let wrong = |error: &dyn std::fmt::Display| {
        PipelineError::Inconsistent(format!("difference {} of {}: {error}", row.id, row.label))
    };
    let value = |text: &Option<String>| -> Result<Option<Value>> {
        text.as_deref().map(|text| json::parse(text.as_bytes()).map_err(|error| wrong(&error))).transpose()
    };
    let path = row.path.parse().map_err(|error| wrong(&error))?;
    Ok(merge::Difference { path, ours: value(&row.ours)?, theirs: value(&row.theirs)? })
}

impl Pipeline {
    /// Declares that a contested path differs on purpose. The conflict goes on without it, or is settled.
    ///
    /// # Errors
    /// When the database fails. A difference that cannot be declared is not an error but a refusal.
    pub async fn declare_difference(
        &self,
        settings: &Settings,
        request: &DifferenceRequest<'_>,
    ) -> Result<Result<DifferenceId, DifferenceRefused>> {
        let now = self.clock.now();
        if request.reason.trim().is_empty() {
            return Ok(Err(DifferenceRefused::NoReason));
        }
        if request.until.is_some_and(|until| until <= now) {
            return Ok(Err(DifferenceRefused::Over));
        }
        let mut tx = self.store.begin().await?;
        let seen =
            Seen { school: request.school, number: request.conflict, revision: Some(request.revision) };
        let Contested { conflict, candidate, merge_type } =
            match Contested::find(&mut tx, settings, seen).await? {
                Ok(contested) => contested,
                Err(refused) => return Ok(Err(refused.into())),
            };
        if !conflict.present_ours || !conflict.present_theirs {
            return Ok(Err(DifferenceRefused::Deleted));
        }
        let path = whole_list(request.path);
        if is_settled_together(&merge_type.policy, &path) {
            return Ok(Err(DifferenceRefused::Together { path: path.to_string() }));
        }
        let fields = store::conflict::fields(&mut tx, conflict.id).await?;
        // What another record has too differs from nothing on this one's other side (MS K1).
        let asked = fields.iter().filter(|field| !matches!(field.reason.parse(), Ok(Reason::Duplicate(_))));
        let is_contested = asked.map(|field| &field.path).any(|path| *path == request.path.to_string());
        if !is_contested {
            return Ok(Err(DifferenceRefused::NotContested { path: request.path.to_string() }));
        }
        let record = Record::read(&candidate)?;
        let id = DifferenceId::new(now, self.clock.random());
        self.add_difference(&mut tx, request, &conflict, &record, (id, &path)).await?;
        self.refresh_conflict(&mut tx, request.school, settings, conflict.link, ConflictStatus::Settled)
            .await?;
        tx.commit().await?;
        Ok(Ok(id))
    }

    async fn add_difference(
        &self,
        tx: &mut Tx,
        request: &DifferenceRequest<'_>,
        conflict: &Conflict,
        record: &Record<'_>,
        (id, path): (DifferenceId, &FieldPath),
    ) -> Result<()> {
        let now = self.clock.now();
        let held = |side| record.body(side).and_then(|body| body.at(path)).map(Value::to_json);
        let (ours, theirs) = (held(merge::Side::Ours), held(merge::Side::Theirs));
        let path = path.to_string();
        // What stood for the path has ended, or the path were not contested.
        let old = record.candidate.differences.iter().filter(|old| old.path == path);
        let old: Vec<DifferenceId> = old.map(|old| old.id).collect();
        difference::end_many(tx, &old, DifferenceEnd::Changed, "", now).await?;
        let new = NewDifference {
            id,
            school: request.school,
            link: conflict.link,
            path: &path,
            ours: ours.as_deref(),
            theirs: theirs.as_deref(),
            conflict: conflict.id,
            person: request.person,
            person_id: request.person_id,
            reason: request.reason,
            until: request.until,
        };
        if !difference::add(tx, &new, now).await? {
            let what = format!("difference of {} changed within one transaction", conflict.label);
            return Err(PipelineError::Inconsistent(what));
        }
        let detail = serde_json::json!({
            "difference": id.to_string(),
            "path": path,
            "ours": ours,
            "theirs": theirs,
            "until": request.until,
            "reason": request.reason,
        });
        let target = format!("conflict {}", conflict.number);
        self.audit(tx, request.school, request.person, "difference.declare", &target, &detail).await
    }

    /// Ends a difference by hand: the path is a question again. `false` when the school has no such difference, or it has
    /// ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_difference(
        &self,
        settings: &Settings,
        school: SchoolId,
        id: DifferenceId,
        person: &str,
    ) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let Some(found) = difference::find(&mut tx, school, id).await? else { return Ok(false) };
        let ended =
            self.note_ends(&mut tx, school, std::slice::from_ref(&found), DifferenceEnd::ByHand, person);
        if ended.await? == 0 {
            return Ok(false);
        }
        // R5: while a change of the record is on its way, its conflict waits for the next merge.
        if store::write::open_for_links(&mut tx, &[found.link]).await?.is_empty() {
            self.refresh_conflict(&mut tx, school, settings, found.link, ConflictStatus::Healed).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Ends those of the differences that still stand, and writes it down; answers how many they were.
    async fn note_ends(
        &self,
        tx: &mut Tx,
        school: SchoolId,
        found: &[difference::Difference],
        how: DifferenceEnd,
        person: &str,
    ) -> Result<usize> {
        let ids: Vec<DifferenceId> = found.iter().map(|one| one.id).collect();
        let ended = difference::end_many(tx, &ids, how, person, self.clock.now()).await?;
        let ended: HashSet<DifferenceId> = ended.into_iter().collect();
        let rows = found.iter().filter(|one| ended.contains(&one.id)).map(|one| {
            let detail = serde_json::json!({
                "difference": one.id.to_string(),
                "path": one.path,
                "how": how.as_str(),
            });
            (format!("conflict {}", one.number), detail.to_string())
        });
        let rows: Vec<(String, String)> = rows.collect();
        self.audit_many(tx, school, person, "difference.end", &rows).await?;
        Ok(ended.len())
    }
}

impl Night {
    /// Ends the differences whose date is over, before anything is merged.
    pub(crate) async fn end_expired_differences(&self) -> Result<()> {
        loop {
            let mut tx = self.begin().await?;
            let expired = difference::list_expired(&mut tx, self.school, self.now(), AT_ONCE).await?;
            if expired.is_empty() {
                return Ok(());
            }
            self.end_differences(&mut tx, &expired, DifferenceEnd::Expired).await?;
            tx.commit().await?;
        }
    }

    /// A trial ends nothing, so it must not count what the night would have ended before it merges.
    pub(crate) fn leave_out_expired(&self, candidates: &mut [Candidate]) {
        if self.kind != RunKind::Trial {
            return;
        }
        let now = self.now();
        for candidate in candidates {
            candidate.differences.retain(|one| one.until.is_none_or(|until| until > now));
        }
    }

    /// Ends the differences of which the plan found that a side's value has changed.
    pub(crate) async fn end_changed_differences(&self, tx: &mut Tx, ended: &[DifferenceId]) -> Result<()> {
        let found = difference::find_many(tx, self.school, ended).await?;
        self.end_differences(tx, &found, DifferenceEnd::Changed).await
    }

    async fn end_differences(
        &self,
        tx: &mut Tx,
        found: &[difference::Difference],
        how: DifferenceEnd,
    ) -> Result<()> {
        let person = format!("merge #{}", self.number);
        self.pipeline.note_ends(tx, self.school, found, how, &person).await?;
        Ok(())
    }
}

/// The path, or the list in which it is an item.
fn whole_list(path: &FieldPath) -> FieldPath {
    path.segments().iter().take_while(|segment| matches!(segment, Segment::Name(_))).cloned().collect()
}

/// Whether the path is settled with others: then one of them apart would split what belongs together (MS F10, R13).
fn is_settled_together(policy: &Policy, path: &FieldPath) -> bool {
    policy.strict
        || policy
            .groups()
            .iter()
            .any(|group| group.paths.iter().any(|one| one.covers(path) || path.covers(one)))
}
