//! The three-way merge of records: pure rules, no I/O, no clock, no randomness.

mod assemble;
pub mod base;
mod conflict;
mod decide;
mod decision;
mod field;
pub mod json;
mod key;
pub mod listing;
mod named;
mod normalize;
mod outcome;
mod path;
mod policy;
mod record_rule;
mod side;
mod unfetched;
mod unique;
mod value;
mod verdict;

pub use base::{Joined, Known};
pub use conflict::{Conflict, ConflictField, Present, Reason, conflict_id};
pub use decide::{Choice, DecideError, decide};
pub use decision::{Action, Decision, Rule, apply, perform};
pub use key::{KeyError, KeyPart, RecordKey};
pub use named::UnknownName;
pub use outcome::{ConflictKind, Outcome};
pub use path::{FieldPath, PathError, Pattern, Segment};
pub use policy::{
    Allow, AllowSide, Blank, BlankRule, Comparator, Compare, FieldRule, Group, Hold, Level, ListKind, Mode,
    NoBaseBlank, Policy, PolicyError, Protect, RecordOverride, StaffRule, WriteKind,
};
pub use record_rule::{Input, Presence, merge_record};
pub use side::Side;
pub use unfetched::UNFETCHED;
pub use unique::{Collision, UniqueIndex};
pub use value::{BadHash, ContentHash, Kind, Number, Object, Value};
pub use verdict::{Pending, PlannedWrite, Verdict, Warning, WarningCode};
