//! From the engine's verdict on one record to rows of the plan.

use std::collections::BTreeSet;
use std::sync::Arc;

use merge::{
    Difference, FieldPath, Input, Known, Object, PlannedWrite, Presence, RecordKey, Side, Value, Verdict,
    json,
};
use store::candidate::{Candidate, CandidateBase, CandidateSide};
use store::ids::DifferenceId;
use store::plan_change::{Operation, PlanChange};
use store::staged::StagedState;

use crate::difference;
use crate::error::{PipelineError, Result};
use crate::mapping::StagedRecord;
use crate::references::Target;
use crate::settings::TypeSettings;

/// One record of a side, parsed.
#[derive(Debug, Default)]
struct Held {
    body: Option<Arc<Object>>,
    /// What the merge leaves alone: what this side did not send, and what either side sent in a form that cannot be
    /// taken (CN C55).
    unfetched: Vec<FieldPath>,
    /// What this side sent in such a form.
    invalid: Vec<FieldPath>,
    state: Option<StagedState>,
}

impl Held {
    /// `base` is a text that was parsed already: a side that did not change holds the same.
    fn read(side: Option<&CandidateSide>, base: Option<(&str, &Arc<Object>)>) -> Result<Self> {
        let Some(side) = side else { return Ok(Self::default()) };
        let state = Some(side.state);
        let Some(text) = &side.body else { return Ok(Self { state, ..Self::default() }) };
        if let Some((same, parsed)) = base
            && same == text
            && StagedRecord::is_plain(parsed)
        {
            return Ok(Self { body: Some(Arc::clone(parsed)), state, ..Self::default() });
        }
        let StagedRecord { body, unfetched, invalid } =
            StagedRecord::parse(text).map_err(|error| PipelineError::Inconsistent(error.to_string()))?;
        Ok(Self { body: Some(Arc::new(body)), unfetched, invalid, state })
    }

    /// MS F13: a field that the other side sent in a form that cannot be taken is held on this side too.
    fn hold_invalid_of(&mut self, other: &Self) {
        for path in &other.invalid {
            if !self.unfetched.contains(path) {
                self.unfetched.push(path.clone());
            }
        }
    }

    /// What the engine is told: a record that was never there, or is known to be gone, is deleted (MS D1).
    fn presence(&self) -> Presence<'_> {
        match (self.state, &self.body) {
            (Some(StagedState::Live), Some(body)) => Presence::Live(body),
            (Some(StagedState::Missing), _) => Presence::Missing,
            _ => Presence::Deleted,
        }
    }
}

/// A candidate of the merge with its three versions parsed.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) candidate: &'a Candidate,
    pub(crate) key: RecordKey,
    pub(crate) base: Option<Arc<Object>>,
    /// Where it differs on purpose, in the order of the candidate's.
    pub(crate) differences: Vec<Difference>,
    ours: Held,
    theirs: Held,
}

impl<'a> Record<'a> {
    /// Parses a candidate.
    ///
    /// # Errors
    /// When a stored body is not what we stored.
    pub(crate) fn read(candidate: &'a Candidate) -> Result<Self> {
        let key = RecordKey::parse_canonical(&candidate.key)
            .map_err(|error| PipelineError::Inconsistent(format!("key {}: {error}", candidate.key)))?;
        // A base may say of fields that they were never agreed on; the engine reads that itself.
        let parse = |base: &CandidateBase| {
            json::parse_object(base.body.as_bytes())
                .map(Arc::new)
                .map_err(|error| PipelineError::Inconsistent(format!("base of {}: {error}", candidate.label)))
        };
        let base = candidate.base.as_ref().map(parse).transpose()?;
        let known = candidate.base.as_ref().map(|base| base.body.as_str()).zip(base.as_ref());
        let mut ours = Held::read(candidate.ours.as_ref(), known)?;
        let mut theirs = Held::read(candidate.theirs.as_ref(), known)?;
        ours.hold_invalid_of(&theirs);
        theirs.hold_invalid_of(&ours);
        let differences = candidate.differences.iter().map(difference::read).collect::<Result<_>>()?;
        Ok(Self { candidate, key, base, differences, ours, theirs })
    }

    /// What the engine needs to judge it.
    pub(crate) fn input(&self, merge_type: &'a TypeSettings) -> Input<'_> {
        Input {
            type_name: &merge_type.name,
            key: &self.key,
            base: self.base.as_deref(),
            ours: self.ours.presence(),
            theirs: self.theirs.presence(),
            unfetched_ours: &self.ours.unfetched,
            unfetched_theirs: &self.theirs.unfetched,
            differences: &self.differences,
        }
    }

    /// The declared differences that have ended: a side's value is another one now (MS C10).
    pub(crate) fn ended_differences(&self, merge_type: &'a TypeSettings) -> Vec<DifferenceId> {
        let input = self.input(merge_type);
        let both = self.candidate.differences.iter().zip(&self.differences);
        let ended = both.filter(|(_, difference)| !difference.stands(&merge_type.policy, &input));
        ended.map(|(row, _)| row.id).collect()
    }

    fn held(&self, side: Side) -> &Held {
        match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }

    /// What the base join may believe of a side: all of a record, or all but the fields that were not fetched.
    pub(crate) fn known(&self, side: Side) -> Known<'_> {
        let held = self.held(side);
        match (held.state, &held.body) {
            (Some(StagedState::Live), Some(body)) if held.unfetched.is_empty() => Known::Held(body),
            (Some(StagedState::Live), Some(body)) => Known::Partly(body, &held.unfetched),
            (Some(StagedState::Missing), _) => Known::Unknown,
            _ => Known::Absent,
        }
    }

    /// Whether a delete on `side` could take away an edit that nobody can read: the record has a value there that could
    /// not be taken (CN C55).
    pub(crate) fn hides_an_edit(&self, side: Side) -> bool {
        !self.held(side).invalid.is_empty()
    }

    /// What the record holds on a side, if it is there.
    pub(crate) fn body(&self, side: Side) -> Option<&Object> {
        let held = self.held(side);
        held.body.as_deref().filter(|_| held.state == Some(StagedState::Live))
    }
}

/// A write that the merge wants, before its references are looked up.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) row: PlanChange,
    pub(crate) own: Target,
    pub(crate) targets: BTreeSet<Target>,
}

/// The wanted state of one side: the operation, the whole record, and the fields that change.
#[derive(Debug)]
pub(crate) struct WantedChange {
    pub(crate) operation: Operation,
    pub(crate) post: Option<Object>,
    pub(crate) post_hash: Option<String>,
    pub(crate) changed: Vec<String>,
}

impl WantedChange {
    pub(crate) fn new(operation: Operation, post: Option<Object>, changed: Vec<String>) -> Self {
        let post_hash = post.as_ref().map(|post| post.hash().to_string());
        Self { operation, post, post_hash, changed }
    }

    /// What the engine wants of a side, cut down to what may be written there; `None` when nothing is left.
    pub(crate) fn of(merge_type: &TypeSettings, side: Side, write: PlannedWrite) -> Option<Self> {
        let writable = |name: &str| merge_type.field(name).is_some_and(|field| field.is_written(side));
        match write {
            PlannedWrite::Delete => Some(Self::new(Operation::Delete, None, Vec::new())),
            PlannedWrite::Create { record } => {
                let changed = record.keys().filter(|name| writable(name)).map(str::to_owned).collect();
                Some(Self::new(Operation::Create, Some(record), changed))
            }
            PlannedWrite::Update { changed, record } => {
                let fields: BTreeSet<String> =
                    changed.iter().filter_map(FieldPath::top).map(str::to_owned).collect();
                let changed: Vec<String> = fields.into_iter().filter(|name| writable(name)).collect();
                (!changed.is_empty()).then(|| Self::new(Operation::Update, Some(record), changed))
            }
        }
    }

    /// The fields that are sent with their new values; a field that is to be emptied is null.
    pub(crate) fn sent(&self) -> Object {
        sent_fields(self.post.as_ref(), &self.changed)
    }
}

/// The changed fields of a wanted record, null where they are to be emptied.
pub(crate) fn sent_fields(post: Option<&Object>, changed: &[String]) -> Object {
    changed
        .iter()
        .map(|name| (name.clone(), post.and_then(|post| post.get(name)).cloned().unwrap_or(Value::Null)))
        .collect()
}

/// The writes of a verdict, ours first.
pub(crate) fn writes(verdict: &Verdict) -> impl Iterator<Item = (Side, &PlannedWrite)> {
    let ours = verdict.write_ours.as_ref().map(|write| (Side::Ours, write));
    let theirs = verdict.write_theirs.as_ref().map(|write| (Side::Theirs, write));
    ours.into_iter().chain(theirs)
}

/// Takes them out of it.
pub(crate) fn take_writes(verdict: &mut Verdict) -> impl Iterator<Item = (Side, PlannedWrite)> + use<> {
    let ours = verdict.write_ours.take().map(|write| (Side::Ours, write));
    let theirs = verdict.write_theirs.take().map(|write| (Side::Theirs, write));
    ours.into_iter().chain(theirs)
}
