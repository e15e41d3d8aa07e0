//! The conflict that a person wants to have settled, as far as it still is what was seen (MS C6, RL R5).

use store::Conn;
use store::candidate::Candidate;
use store::conflict::{Conflict, ConflictStatus};
use store::ids::SchoolId;

use crate::error::Result;
use crate::settings::{Settings, TypeSettings};

/// Why nothing can be done about a conflict now. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConflictRefused {
    /// There is no such conflict in this school.
    #[error("there is no conflict {0}")]
    NoConflict(i64),
    /// It is no longer open.
    #[error("conflict {number} is not open any more: it is {status}")]
    NotOpen {
        /// Its number.
        number: i64,
        /// Its state.
        status: ConflictStatus,
    },
    /// The record has changed since it was seen (MS C6).
    #[error("the record has changed since you looked")]
    Stale,
    /// A change of this record is still on its way (RL R5).
    #[error("an earlier change of this record is still on its way; try again when it has arrived")]
    Busy,
}

/// Which conflict a person means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) school: SchoolId,
    pub(crate) number: i64,
    /// The revision it must still have; none takes it as it is now.
    pub(crate) revision: Option<&'a str>,
}

/// An open conflict with its record.
#[derive(Debug)]
pub(crate) struct Contested<'a> {
    pub(crate) conflict: Conflict,
    pub(crate) candidate: Candidate,
    pub(crate) merge_type: &'a TypeSettings,
}

impl<'a> Contested<'a> {
    /// Finds the conflict and its record.
    pub(crate) async fn find(
        conn: &mut Conn,
        settings: &'a Settings,
        seen: Seen<'_>,
    ) -> Result<Result<Self, ConflictRefused>> {
        let unknown = Ok(Err(ConflictRefused::NoConflict(seen.number)));
        let found = store::conflict::find_by_number(conn, seen.school, seen.number).await?;
        let Some(conflict) = found else { return unknown };
        if !matches!(conflict.status, ConflictStatus::Open | ConflictStatus::Snoozed) {
            return Ok(Err(ConflictRefused::NotOpen { number: conflict.number, status: conflict.status }));
        }
        if seen.revision.is_some_and(|revision| revision != conflict.revision) {
            return Ok(Err(ConflictRefused::Stale));
        }
        let candidate = store::candidate::get_many(conn, &[conflict.link]).await?.pop();
        let (Some(candidate), Some(merge_type)) = (candidate, settings.merge_type(&conflict.type_name))
        else {
            return unknown;
        };
        if candidate.open_ours || candidate.open_theirs {
            return Ok(Err(ConflictRefused::Busy));
        }
        Ok(Ok(Self { conflict, candidate, merge_type }))
    }
}
