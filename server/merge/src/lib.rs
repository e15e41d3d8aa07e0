//! The three-way merge of records: pure rules, without I/O, clock or randomness.
//!
//! Two systems of record each hold a version of the same record; **base** is what both are last known to have agreed
//! on. This crate says what happened to the record, what it should be now, what has to be written to which side, and
//! what a person must decide. Rules are numbered in `merge-semantics.md` and cited as `MS F5`.
//!
//! # A record
//!
//! [`merge_record`] takes a [`Policy`] and an [`Input`] of three versions and gives a [`Verdict`]:
//!
//! ```
//! use merge::{Input, Outcome, Policy, Presence, RecordKey, merge_record};
//!
//! let record = |text: &str| merge::json::parse_object(text.as_bytes());
//! let base = record(r#"{"id":7,"room":"B12","phone":"1"}"#)?;
//! let ours = record(r#"{"id":7,"room":"B12","phone":"2"}"#)?;
//! let theirs = record(r#"{"id":7,"room":"A01","phone":"3"}"#)?;
//! let key = RecordKey::from(7);
//! let input = Input {
//!     base: Some(&base),
//!     ours: Presence::Live(&ours),
//!     theirs: Presence::Live(&theirs),
//!     ..Input::new("section", &key)
//! };
//!
//! let verdict = merge_record(&Policy::default(), &input);
//! assert_eq!(verdict.outcome, Outcome::Conflict);
//! let conflict = verdict.conflict.unwrap();
//! assert_eq!(conflict.fields[0].path.to_string(), "phone");
//!
//! let policy = Policy::from_toml("mode = 'resolve_theirs'")?;
//! let verdict = merge_record(&policy, &input);
//! assert_eq!(verdict.merged.unwrap().to_json(), r#"{"id":7,"room":"A01","phone":"3"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What happens inside: the record rule asks which versions exist; if all do, the three are cut into cells, one per
//! path, and each cell is settled by the table of MS section 4; cells of a group or a strict record are settled as
//! one; the cells are then put together to the merged record, its decisions, its writes and its outcome.
//!
//! # Decisions
//!
//! Everything that leads from base to merged is a [`Decision`]: [`apply`] performs them. A person's choices go through
//! [`decide()`], which merges again with the choices in place of the open questions. After the writes, [`base::join`]
//! moves base where both sides are known to agree. Where two sides differ on purpose, a [`Difference`] says so.
//!
//! # Listings
//!
//! [`listing`] joins three sorted streams key by key and adds the answers up to figures, a plan hash and guards;
//! [`UniqueIndex`] finds records that share what must be unique.
//!
//! # Nouns
//!
//! [`Value`], [`Object`] and [`Number`] are JSON that loses nothing: digits, member order, and null apart from absent
//! survive. [`json`] reads and writes them, [`csv`] the records of flat tables. [`FieldPath`] says where in a record,
//! [`RecordKey`] which record, [`Side`] whose.

mod assemble;
pub mod base;
mod conflict;
pub mod csv;
mod decide;
mod decision;
mod difference;
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
pub use difference::Difference;
pub use key::{KeyError, KeyPart, RecordKey};
pub use named::UnknownName;
pub use outcome::{ConflictKind, Outcome};
pub use path::{FieldPath, PathError, Pattern, Segment};
pub use policy::{
    Allow, AllowSide, Blank, BlankRule, Comparator, Compare, FieldRule, Group, Hold, Level, ListKind,
    ListOrder, Mode, NoBaseBlank, Policy, PolicyError, Protect, RecordOverride, Resolver, StaffRule,
    TextMerge, WriteKind,
};
pub use record_rule::{Input, Presence, merge_record};
pub use side::Side;
pub use unfetched::UNFETCHED;
pub use unique::{Collision, UniqueIndex};
pub use value::{BadHash, ContentHash, Kind, Number, Object, Value};
pub use verdict::{Pending, PlannedWrite, Verdict, Warning, WarningCode};
