//! The engine's answer about one record.

use std::fmt;

use crate::conflict::Conflict;
use crate::decision::Decision;
use crate::key::RecordKey;
use crate::named::named;
use crate::outcome::Outcome;
use crate::path::FieldPath;
use crate::policy::WriteKind;
use crate::side::Side;
use crate::value::Object;

/// The engine's answer about one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What happened (X11).
    pub outcome: Outcome,
    /// The merged record; a held one as ours has it now (X7). `None` is no record.
    pub merged: Option<Object>,
    /// What leads from base to merged (C4).
    pub decisions: Vec<Decision>,
    /// Why the record is `blocked`, if it is.
    pub blocked: Option<BlockReason>,
    /// The open question, if there is one.
    pub conflict: Option<Conflict>,
    /// What has to change on ours.
    pub write_ours: Option<PlannedWrite>,
    /// What has to change on theirs.
    pub write_theirs: Option<PlannedWrite>,
    /// Writes that the allow switches refuse (P6).
    pub pending: Vec<Pending>,
    /// What people should know.
    pub warnings: Vec<Warning>,
}

impl Verdict {
    /// The write due on a side: one, if and only if it differs from merged (law L9).
    ///
    /// ```
    /// # use merge::{Input, Policy, Presence, RecordKey, Side, merge_record};
    /// # let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
    /// # let (old, new) = (record(r#"{"room":"B12"}"#), record(r#"{"room":"A01"}"#));
    /// # let key = RecordKey::from(1001);
    /// let sides = Input { ours: Presence::Live(&old), theirs: Presence::Live(&new), ..Input::new("section", &key) };
    /// let verdict = merge_record(&Policy::default(), &Input { base: Some(&old), ..sides });
    /// assert!(verdict.write(Side::Ours).is_some(), "theirs moved to A01 and ours follows");
    /// assert!(verdict.write(Side::Theirs).is_none());
    /// ```
    pub const fn write(&self, side: Side) -> Option<&PlannedWrite> {
        match side {
            Side::Ours => self.write_ours.as_ref(),
            Side::Theirs => self.write_theirs.as_ref(),
        }
    }
}

/// Why nothing is done about a record that raises no question.
///
/// ```
/// use merge::{BlockReason, RecordKey};
/// assert_eq!(BlockReason::PendingApproval.to_string(), "pending_approval");
/// assert_eq!(BlockReason::held_record("unit", &RecordKey::from(7)).to_string(), "blocked by unit 7");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockReason {
    /// It waits for approval on a side (K5).
    PendingApproval,
    /// It refers to a record that is held (K6).
    HeldRecord {
        /// The merge type of the other record, if the merge was told one.
        type_name: String,
        /// The other record.
        key: RecordKey,
    },
}

impl BlockReason {
    /// The reason of a record that waits for this one (K6).
    ///
    /// ```
    /// # use merge::{BlockReason, RecordKey};
    /// let reason = BlockReason::held_record("unit", &RecordKey::from(7));
    /// assert!(matches!(reason, BlockReason::HeldRecord { key, .. } if key == RecordKey::from(7)));
    /// ```
    pub fn held_record(type_name: &str, key: &RecordKey) -> BlockReason {
        BlockReason::HeldRecord { type_name: type_name.to_owned(), key: key.clone() }
    }
}

impl fmt::Display for BlockReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockReason::PendingApproval => f.pad("pending_approval"),
            BlockReason::HeldRecord { type_name, key } => {
                let space = if type_name.is_empty() { "" } else { " " };
                write!(f, "blocked by {type_name}{space}{}", key.label())
            }
        }
    }
}

/// One intended change to one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedWrite {
    /// A record the side lacks.
    Create {
        /// The record to create.
        record: Object,
    },
    /// Changed fields. A changed path that `record` lacks is to be cleared.
    Update {
        /// The paths to change, sorted by the bytes of their text. Only these may be written (G8).
        changed: Vec<FieldPath>,
        /// The whole record as this side shall hold it: its own values, the changed paths replaced.
        record: Object,
    },
    /// The record goes.
    Delete,
}

impl PlannedWrite {
    /// What kind of write this is, as the allow switches have it (P6).
    ///
    /// ```
    /// use merge::{Object, PlannedWrite, WriteKind};
    /// let create = PlannedWrite::Create { record: Object::new() };
    /// assert_eq!(create.kind(), WriteKind::Create);
    /// assert_eq!(PlannedWrite::Delete.kind(), WriteKind::Delete);
    /// ```
    pub const fn kind(&self) -> WriteKind {
        match self {
            PlannedWrite::Create { .. } => WriteKind::Create,
            PlannedWrite::Update { .. } => WriteKind::Update,
            PlannedWrite::Delete => WriteKind::Delete,
        }
    }
}

/// A write that was decided but may not be sent (P6). Base does not move for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The side that is not to be written.
    pub side: Side,
    /// The write it would be.
    pub write: PlannedWrite,
}

impl fmt::Display for Pending {
    /// `pending_create`, `pending_update` or `pending_delete`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pending_{}", self.write.kind())
    }
}

named! {
    /// What a warning is about.
    pub enum WarningCode: "warning" {
        /// An `always_*` mode names a side that did not send the value, so the other side's stays (V3).
        NotFetched = "not_fetched",
        /// A decision saw another revision than the current one (C6).
        StaleDecision = "stale_decision",
        /// A decision names a path that is not contested.
        NotContested = "not_contested",
        /// A text that should be an instant or a day is compared as text (N4).
        NotATime = "not_a_time",
        /// A code has no pair in its table, and is compared as it is (N5).
        Unmapped = "unmapped",
        /// A list is one value in this record, because a key of its items is missing, blank or repeated (A6).
        ListKey = "list_key",
        /// Two unchanged records share what must be unique (K2).
        Duplicate = "duplicate",
        /// A side has another key for the record than base; the link of its ids says that it is the same (R14).
        KeyChange = "key_change",
    }
}

/// Something people should know about a record that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub code: WarningCode,
    /// Where; the root for the whole record.
    pub path: FieldPath,
    /// The side concerned, if one is.
    pub side: Option<Side>,
}
