//! Which records a merge must look at: those whose sides differ from the base, and those with an open question.
//!
//! The records known to be in sync, nearly all, are marked so and left out of the index that is walked
//! (`link_unsynced`); the others are looked up, once: cost follows change.

mod row;
mod sync;

use std::time::Duration;

use futures::{FutureExt as _, Stream, TryStreamExt as _};
use merge::{ContentHash, Side};
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::db::{BATCH, Conn, on, push_list, sql};
use crate::difference::{self, Difference};
use crate::error::Result;
use crate::ids::{ConflictId, LinkId, SchoolId};
use crate::staged::StagedState;

use row::{Row, SELECT};
use sync::IN_SYNC;
pub(crate) use sync::mark_in_sync;
pub use sync::{count_unsynced, sweep};

/// A record that may need merging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The record.
    pub link: LinkId,
    /// Its key in canonical form.
    pub key: String,
    /// Its key for people.
    pub label: String,
    /// Its id on our side.
    pub ours_id: Option<String>,
    /// Its id on their side.
    pub theirs_id: Option<String>,
    /// What both sides last held; `None` if they never agreed.
    pub base: Option<CandidateBase>,
    /// What our side holds; `None` if it never had the record.
    pub ours: Option<CandidateSide>,
    /// What their side holds; `None` if it never had the record.
    pub theirs: Option<CandidateSide>,
    /// Its merge type.
    pub type_name: String,
    /// The conflict that lives for it.
    pub conflict: Option<ConflictId>,
    /// Whether that conflict holds the whole record, so that its base stays (MS P7).
    pub held_by_conflict: bool,
    /// Whether nobody can say what became of an earlier write of it: a conflict is cautious then (RL 3.4).
    pub uncertain: bool,
    /// Whether a write to our side is open: leave it out of planning (RL R5).
    pub open_ours: bool,
    /// Whether a write to their side is open.
    pub open_theirs: bool,
    /// Whether a change of it was refused before, which [`refusals_for`](crate::write::refusals_for) tells (RL R2).
    pub was_refused: bool,
    /// Where it was declared to differ on purpose, and that has not ended (MS C10).
    pub differences: Vec<Difference>,
}

impl Candidate {
    /// Whether a side holds something else than what both last held.
    #[must_use]
    pub fn differs(&self) -> bool {
        let agreed = self.base.as_ref().map(|base| base.hash);
        let holds = |side: &Option<CandidateSide>| {
            side.as_ref().filter(|side| side.state == StagedState::Live).and_then(|side| side.hash)
        };
        holds(&self.ours) != agreed || holds(&self.theirs) != agreed
    }

    /// A side's copy; `None` if it never had the record.
    #[must_use]
    pub fn side(&self, side: Side) -> Option<&CandidateSide> {
        match side {
            Side::Ours => self.ours.as_ref(),
            Side::Theirs => self.theirs.as_ref(),
        }
    }

    /// The record's id on a side, if it is there.
    #[must_use]
    pub fn remote_id(&self, side: Side) -> Option<&str> {
        match side {
            Side::Ours => self.ours_id.as_deref(),
            Side::Theirs => self.theirs_id.as_deref(),
        }
    }
}

/// A side's copy as a merge needs it; see [`Staged`](crate::staged::Staged).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateSide {
    /// Whether the record is there.
    pub state: StagedState,
    /// Hash of the body; `None` where there is none.
    pub hash: Option<ContentHash>,
    /// Its version, as the side said it.
    pub version: Option<String>,
    /// Canonical JSON of the record; `None` of one that is gone.
    pub body: Option<String>,
}

/// The base as a merge needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateBase {
    /// Hash of the body.
    pub hash: ContentHash,
    /// See [`Base::generation`](crate::base::Base::generation).
    pub generation: i64,
    /// JSON: field → number of the run of its agreement.
    pub fields_agreed: String,
    /// Canonical JSON of the agreed fields.
    pub body: String,
}

/// The links that are not known to be in sync, which is asked of them then.
const UNMARKED: &str = "l.school = $1 and l.type = $2 and l.in_sync is null and l.id > $3 and ";

/// With so many bytes of records in hand no more are read, however few they are: 2,000 ordinary ones are 4 MB.
const MOST_BYTES: usize = 16 << 20;

/// In which some hundred rows are read.
const MOMENT: Duration = Duration::from_millis(1);

/// Live links of a type, in the order of their ids after `after`, that a merge must look at: a side's hash or state
/// differs from the base, there is no base, or a conflict lives. At most `limit` of them, and fewer where they are large;
/// none only when there are none left.
///
/// The rest, the records whose two staged hashes both equal the base's, is never returned.
pub async fn list(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    after: Option<LinkId>,
    limit: u32,
) -> Result<Vec<Candidate>> {
    let (mut rows, mut bytes): (Vec<Row>, usize) = (Vec::with_capacity(limit as usize), 0);
    on!(conn, c => {
        let query = sql([SELECT, UNMARKED, "not coalesce(", IN_SYNC, ", false) order by l.id limit $4"]);
        let mut found = sqlx::query_as::<_, Row>(query)
            .bind(school)
            .bind(type_name)
            .bind(after.unwrap_or(LinkId(Uuid::nil())))
            .bind(i64::from(limit))
            .fetch(c);
        loop {
            match next(&mut found).await {
                Ok(Some(row)) if bytes < MOST_BYTES => {
                    bytes += row.bytes();
                    rows.push(row);
                }
                Ok(_) => break Ok(()),
                Err(error) => break Err(error),
            }
        }
    })?;
    candidates(conn, rows).await
}

/// The next row, which another thread reads: asked for at every moment, but not waited for. It would wake this task for each
/// one, and that costs more than the row.
async fn next<T>(rows: &mut (impl Stream<Item = sqlx::Result<T>> + Unpin)) -> sqlx::Result<Option<T>> {
    loop {
        match rows.try_next().now_or_never() {
            Some(row) => return row,
            None => tokio::time::sleep(MOMENT).await,
        }
    }
}

/// The same of chosen live links, whether they differ or not, in the order of their ids.
pub async fn get_many(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<Candidate>> {
    let mut found = Vec::with_capacity(links.len());
    for links in links.chunks(BATCH) {
        let rows: Vec<Row> = on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("l.id in ");
            push_list!(query, links);
            query.push(" order by l.id");
            query.build_query_as().fetch_all(c).await
        })?;
        found.extend(candidates(conn, rows).await?);
    }
    Ok(found)
}

/// Candidates with their differences, which few records have.
async fn candidates(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Candidate>> {
    let links: Vec<LinkId> = rows.iter().filter(|row| row.differs_on_purpose()).map(|row| row.link).collect();
    let mut candidates: Vec<Candidate> = rows.into_iter().map(Row::into_candidate).collect();
    for one in difference::standing_of_many(conn, &links).await? {
        // Both lists are in the order of their links.
        if let Ok(place) = candidates.binary_search_by_key(&one.link, |candidate| candidate.link) {
            candidates[place].differences.push(one);
        }
    }
    Ok(candidates)
}

#[cfg(test)]
mod tests;
