//! The three-way merge of records: pure rules, without I/O, clock or randomness.
//!
//! Two systems of record each hold a version of the same record; **base** is what both are last known to have agreed
//! on. This crate says what happened to the record, what it should be now, what has to be written to which side, and
//! what a person must decide. Rules are numbered in `merge-semantics.md` and cited as `MS F5`.
//!
//! # A tour
//!
//! A platform (*ours*) and a student information system (*theirs*) both list course sections. Three texts, sorted by
//! key, are joined key by key ([`listing`], MS X5); what one line says about one record is a [`listing::Row`]:
//!
//! ```
//! use merge::RecordKey;
//! use merge::json::parse_object;
//! use merge::listing::{Join, Row};
//!
//! let base = r#"{"crn":1001,"room":"B12","seats":30}
//! {"crn":1002,"room":"A01","seats":20}"#;
//! let ours = r#"{"crn":1001,"room":"B12","seats":32}
//! {"crn":1002,"room":"A02","seats":20}"#;
//! let theirs = r#"{"crn":1001,"room":"C03","seats":30}
//! {"crn":1002,"room":"A03","seats":24}"#;
//!
//! let rows = |text: &'static str| {
//!     text.lines().zip(1..).map(|(line, number)| {
//!         let record = parse_object(line.as_bytes()).map_err(|error| error.to_string())?;
//!         let key = RecordKey::from_object(&record, &["crn".to_owned()]).map_err(|error| error.to_string())?;
//!         let row = Row::read(record, number).map_err(|error| error.to_string())?;
//!         Ok::<_, String>((key, row))
//!     })
//! };
//! let groups: Result<Vec<_>, _> = Join::new(rows(base), rows(ours), rows(theirs)).collect();
//! assert_eq!(groups.unwrap().len(), 2);
//! ```
//!
//! ## Verdict
//!
//! [`merge_record`] takes a [`Policy`] and an [`Input`], the three versions of one record, and gives a [`Verdict`]. In
//! section 1001 each side changed another field: one change counts as MS F2, the other as F3, and nobody is asked.
//!
//! ```
//! use merge::{Input, Outcome, Policy, Presence, RecordKey, Rule, merge_record};
//!
//! let record = |text: &str| merge::json::parse_object(text.as_bytes());
//! let base = record(r#"{"crn":1001,"room":"B12","seats":30}"#)?;
//! let ours = record(r#"{"crn":1001,"room":"B12","seats":32}"#)?;
//! let theirs = record(r#"{"crn":1001,"room":"C03","seats":30}"#)?;
//! let key = RecordKey::from(1001);
//! let input = Input {
//!     base: Some(&base),
//!     ours: Presence::Live(&ours),
//!     theirs: Presence::Live(&theirs),
//!     ..Input::new("section", &key)
//! };
//!
//! let verdict = merge_record(&Policy::default(), &input);
//! assert_eq!(verdict.outcome, Outcome::Merged);
//! assert_eq!(verdict.merged.unwrap().to_json(), r#"{"crn":1001,"room":"C03","seats":32}"#);
//! let rules: Vec<Rule> = verdict.decisions.iter().map(|decision| decision.rule).collect();
//! assert_eq!(rules, [Rule::F3, Rule::F2]);
//! # Ok::<(), merge::json::JsonError>(())
//! ```
//!
//! What happens inside: the record rule asks which versions exist (MS section 9); if all do, the three are cut into
//! cells, one per path (section 6), and each cell is settled by the table of section 4, by what compares equal
//! (section 5), or as a list or a text (sections 7 and 8); cells of a group or a strict record are settled as one
//! (F10, R13). The cells are then put together to the merged record, its decisions, its writes and its outcome (X11).
//!
//! ## Conflict
//!
//! In section 1002 both sides moved the course to another room (F5). The whole record waits, the clean `seats` too
//! (P7), and the [`Conflict`] says what is asked; its revision changes when the question does (C1).
//!
//! ```
//! # use merge::{Input, Policy, Presence, RecordKey, merge_record};
//! # let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
//! # let base = record(r#"{"crn":1002,"room":"A01","seats":20}"#);
//! # let ours = record(r#"{"crn":1002,"room":"A02","seats":20}"#);
//! # let theirs = record(r#"{"crn":1002,"room":"A03","seats":24}"#);
//! # let key = RecordKey::from(1002);
//! # let sides = Input { ours: Presence::Live(&ours), theirs: Presence::Live(&theirs), ..Input::new("section", &key) };
//! # let input = Input { base: Some(&base), ..sides };
//! let verdict = merge_record(&Policy::default(), &input);
//! assert!(verdict.write_ours.is_none() && verdict.write_theirs.is_none());
//! let conflict = verdict.conflict.unwrap();
//! assert_eq!(conflict.fields.len(), 1);
//! assert_eq!(conflict.fields[0].path.to_string(), "room");
//!
//! let policy = Policy::from_toml("[[field]]\npath = 'room'\nmode = 'resolve_theirs'").unwrap();
//! let verdict = merge_record(&policy, &input);
//! assert!(verdict.conflict.is_none(), "a mode has settled it (P2)");
//! assert_eq!(verdict.decisions[0].to_string(), "F5, level=field, mode=resolve_theirs");
//! ```
//!
//! ## Decision and writes
//!
//! Where no mode says who wins, a person does: [`decide()`] merges again with the [`Choice`] in place of the open
//! question (C5). All that leads from base to merged is a [`Decision`], whoever made it, and [`apply`] performs them
//! (C4). A side is written exactly if it differs from merged (law L9), and only on the paths named (N7).
//!
//! ```
//! # use merge::{Input, Policy, Presence, RecordKey};
//! use merge::{Choice, FieldPath, PlannedWrite, Side, apply, decide};
//! # let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
//! # let base = record(r#"{"crn":1002,"room":"A01","seats":20}"#);
//! # let ours = record(r#"{"crn":1002,"room":"A02","seats":20}"#);
//! # let theirs = record(r#"{"crn":1002,"room":"A03","seats":24}"#);
//! # let key = RecordKey::from(1002);
//! # let sides = Input { ours: Presence::Live(&ours), theirs: Presence::Live(&theirs), ..Input::new("section", &key) };
//! # let input = Input { base: Some(&base), ..sides };
//!
//! let choices = [(FieldPath::field("room"), Choice::Ours)];
//! let verdict = decide(&Policy::default(), &input, &choices).unwrap();
//! assert_eq!(apply(Some(&base), &verdict.decisions), verdict.merged);
//!
//! let changed = |side| match verdict.write(side) {
//!     Some(PlannedWrite::Update { changed, .. }) => changed.iter().map(FieldPath::to_string).collect(),
//!     _ => Vec::new(),
//! };
//! assert_eq!(changed(Side::Ours), ["seats"]);
//! assert_eq!(changed(Side::Theirs), ["room"]);
//! ```
//!
//! ## New base
//!
//! After the writes, [`base::join`] moves base where both sides are known to hold the same, and nowhere else (B1). Here
//! the write to theirs was refused, so that `room` stays as it was and the next merge still sees ours' change:
//!
//! ```
//! # use merge::{Known, Policy, base};
//! # let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
//! let old = record(r#"{"crn":1002,"room":"A01","seats":20}"#);
//! let ours = record(r#"{"crn":1002,"room":"A02","seats":24}"#);
//! let theirs = record(r#"{"crn":1002,"room":"A03","seats":24}"#);
//! let joined = base::join(&Policy::default(), Some(&old), Known::Held(&ours), Known::Held(&theirs));
//! assert_eq!(joined.base.unwrap().to_json(), r#"{"crn":1002,"room":"A01","seats":24}"#);
//! ```
//!
//! # Where to find what
//!
//! | To… | Use | Rules |
//! |---|---|---|
//! | keep values as they were sent | [`Value`], [`Object`], [`Number`], [`json`], [`csv`] | V1, V6, N2, X3, X8 |
//! | say where, which and whose | [`FieldPath`], [`Pattern`], [`RecordKey`], [`Side`] | P4, X4 |
//! | say who wins, and what is the same | [`Policy`], [`Mode`], [`Compare`], [`Tolerance`], [`Resolver`] | P1 to P10, N1 to N7, C11 |
//! | merge one record | [`merge_record`], [`decide()`] | F, O, A, T, R |
//! | merge what was stored, reading only what differs | [`StoredRecord`] | F, O, A, T, R |
//! | keep what differs on purpose | [`Difference`] | C10 |
//! | find what must be unique and is not | [`UniqueIndex`], [`unique_values`] | K1, K2 |
//! | find references that lead nowhere, or to what is held | [`ReferenceIndex`] | K4, K6 |
//! | merge whole listings | [`listing::Join`], [`listing::TextJoin`] | X4, X5, K3 |
//! | add answers up and stop a bad night | [`listing::Summary`], [`listing::PlanHash`], [`listing::Guard`] | X10, G1 to G6 |
//! | remember what was agreed | [`base::join`] | B1, V3 |

mod assemble;
pub mod base;
mod conflict;
pub mod csv;
mod decide;
mod decision;
mod difference;
mod field;
mod hold;
pub mod json;
mod key;
pub mod listing;
mod named;
mod normalize;
mod outcome;
mod path;
mod policy;
mod record_rule;
mod references;
mod side;
mod stored;
mod times;
mod unfetched;
mod unique;
mod value;
mod verdict;
mod warnings;

pub use base::{Joined, Known};
pub use conflict::{Conflict, ConflictField, Present, Reason, conflict_id};
pub use decide::{Choice, DecideError, decide, decide_collided};
pub use decision::{Action, Decision, Rule, apply, perform};
pub use difference::Difference;
pub use key::{KeyError, KeyPart, RecordKey};
pub use named::UnknownName;
pub use outcome::{ConflictKind, Outcome};
pub use path::{FieldPath, PathError, Pattern, Segment};
pub use policy::{
    Allow, AllowSide, BadTolerance, Blank, BlankRule, ChangedAt, Comparator, Compare, FieldRule, Group, Hold,
    Level, ListKind, ListOrder, Mode, NoBaseBlank, Policy, PolicyError, Protect, RecordOverride, Reference,
    Resolver, StaffRule, TextMerge, Tolerance, WriteKind,
};
pub use record_rule::{Input, Presence, merge_record};
pub use references::{Dangling, ReferenceIndex};
pub use side::Side;
pub use stored::{StoredRecord, ToStore};
pub use times::Times;
pub use unfetched::UNFETCHED;
pub use unique::{Collision, UniqueIndex, unique_values};
pub use value::{BadHash, ContentHash, Kind, Number, Object, Value};
pub use verdict::{BlockReason, Pending, PlannedWrite, Verdict, Warning, WarningCode};
