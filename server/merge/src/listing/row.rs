//! One record of a listing.

use crate::named::named;
use crate::path::FieldPath;
use crate::record_rule::Presence;
use crate::unfetched::UNFETCHED;
use crate::value::{Object, Value};

/// The reserved member that says in which state a record is (D3).
const STATE: &str = "$state";

/// A record as a listing holds it: the bare record, and what its reserved members said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The record without reserved members.
    pub record: Object,
    /// Its state.
    pub state: State,
    /// The paths that were not fetched (V3).
    pub unfetched: Vec<FieldPath>,
    /// Where it stands in its source, counted from 1; for messages.
    pub line: u64,
}

named! {
    /// In which state a listing has a record (D1, D3).
    pub enum State: "state" {
        /// It is there.
        Live = "live",
        /// A tombstone.
        Deleted = "deleted",
        /// Not listed, not yet taken as deleted.
        Missing = "missing",
        /// Outside the part that is merged.
        OutOfScope = "out_of_scope",
        /// There, and waiting for approval (K5).
        PendingApproval = "pending_approval",
    }
}

/// A reserved member that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// `$state` is no known state.
    #[error("`$state` must be \"deleted\", \"missing\", \"out_of_scope\" or \"pending_approval\"")]
    State,
    /// Base holds agreed values; a state has no meaning there.
    #[error("`$state` has no meaning in a base")]
    StateInBase,
    /// `$unfetched` is no list of paths.
    #[error("`$unfetched` must be a list of field paths")]
    Unfetched,
}

impl Row {
    /// Takes the reserved members `$state` and `$unfetched` out of a record.
    ///
    /// # Errors
    /// [`RowError`] if one of them has another form than D3 and V3 say.
    ///
    /// ```
    /// use merge::listing::{Row, State};
    /// let record = merge::json::parse_object(br#"{"id":1,"$state":"deleted"}"#).unwrap();
    /// let row = Row::read(record, 1).unwrap();
    /// assert_eq!((row.state, row.record.to_json().as_str()), (State::Deleted, r#"{"id":1}"#));
    /// ```
    pub fn read(mut record: Object, line: u64) -> Result<Row, RowError> {
        let state = match record.remove(STATE) {
            None | Some(Value::Null) => State::Live,
            Some(Value::Text(state)) => state.parse().map_err(|_| RowError::State)?,
            Some(_) => return Err(RowError::State),
        };
        let unfetched = match record.remove(UNFETCHED) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(paths)) => paths.iter().map(read_path).collect::<Result<_, _>>()?,
            Some(_) => return Err(RowError::Unfetched),
        };
        Ok(Row { record, state, unfetched, line })
    }

    /// Takes a record of base, which keeps its member `$unfetched`: the paths base does not know.
    ///
    /// # Errors
    /// [`RowError`] if the member has another form, and for a `$state`.
    ///
    /// ```
    /// # use merge::listing::{Row, RowError};
    /// # let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
    /// let base = record(r#"{"crn":1001,"$unfetched":["room"]}"#);
    /// assert_eq!(Row::read_base(base.clone(), 1).unwrap().record, base);
    /// assert_eq!(Row::read_base(record(r#"{"$state":"deleted"}"#), 1), Err(RowError::StateInBase));
    /// ```
    pub fn read_base(record: Object, line: u64) -> Result<Row, RowError> {
        if record.get(STATE).is_some_and(|state| !state.is_null()) {
            return Err(RowError::StateInBase);
        }
        let kept = record.get(UNFETCHED).is_some().then(|| record.clone());
        let row = Row::read(record, line)?;
        Ok(match kept {
            Some(record) if !row.unfetched.is_empty() => Row { record, unfetched: Vec::new(), ..row },
            _ => row,
        })
    }

    /// What the engine is told about the record (D1, D3).
    ///
    /// ```
    /// # use merge::{Presence, listing::Row};
    /// let record = merge::json::parse_object(br#"{"crn":1001,"$state":"missing"}"#).unwrap();
    /// let row = Row::read(record, 1).unwrap();
    /// assert!(matches!(row.presence(), Presence::Missing));
    /// ```
    pub const fn presence(&self) -> Presence<'_> {
        match self.state {
            State::Live => Presence::Live(&self.record),
            State::Deleted => Presence::Deleted,
            State::Missing => Presence::Missing,
            State::OutOfScope => Presence::OutOfScope,
            State::PendingApproval => Presence::Pending(&self.record),
        }
    }

    /// Whether the side has the record, approved or not.
    ///
    /// ```
    /// # use merge::listing::Row;
    /// # let row = |text: &str| Row::read(merge::json::parse_object(text.as_bytes()).unwrap(), 1).unwrap();
    /// assert!(row(r#"{"crn":1001,"$state":"pending_approval"}"#).is_there());
    /// assert!(!row(r#"{"crn":1001,"$state":"deleted"}"#).is_there());
    /// ```
    pub const fn is_there(&self) -> bool {
        matches!(self.state, State::Live | State::PendingApproval)
    }
}

/// Whether a member of this name is about the record and not of it.
pub(super) fn is_reserved(name: &[u8]) -> bool {
    name == STATE.as_bytes() || name == UNFETCHED.as_bytes()
}

fn read_path(path: &Value) -> Result<FieldPath, RowError> {
    path.as_text().and_then(|path| path.parse().ok()).ok_or(RowError::Unfetched)
}
