//! Which records a merge must look at: those whose sides differ from the base, and those with an open question.
//!
//! The records known to be in sync, nearly all, are marked so and left out of the index that is walked (`link_unsynced`);
//! of the rest narrow indexes tell which differ (`staged_mark`, `base_mark`), and bodies are fetched just for those: cost
//! follows change.

mod sync;

use chrono::{DateTime, Utc};
use merge::{ContentHash, Side};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::column::{MaybeText, MaybeTime};
use crate::db::{BATCH, Conn, on, push_list, sql};
use crate::difference::{self, Difference};
use crate::error::{Result, StoreError};
use crate::ids::{ConflictId, LinkId, RunId, SchoolId};
use crate::staged::{Origin, Staged, StagedState};

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
    pub ours: Option<Staged>,
    /// What their side holds; `None` if it never had the record.
    pub theirs: Option<Staged>,
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
    /// Where it was declared to differ on purpose, and that has not ended (MS C10).
    pub differences: Vec<Difference>,
}

impl Candidate {
    /// Whether a side holds something else than what both last held.
    #[must_use]
    pub fn differs(&self) -> bool {
        let agreed = self.base.as_ref().map(|base| base.hash);
        let holds = |side: &Option<Staged>| {
            side.as_ref().filter(|side| side.state == StagedState::Live).and_then(|side| side.hash)
        };
        holds(&self.ours) != agreed || holds(&self.theirs) != agreed
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

#[derive(FromRow)]
struct Row {
    link: LinkId,
    type_name: String,
    key: String,
    label: String,
    ours_id: Option<String>,
    theirs_id: Option<String>,
    #[sqlx(try_from = "MaybeText<ContentHash>")]
    base_hash: Option<ContentHash>,
    base_generation: Option<i64>,
    base_fields_agreed: Option<String>,
    base_body: Option<String>,
    conflict: Option<ConflictId>,
    held_by_conflict: bool,
    uncertain: bool,
    open_ours: bool,
    open_theirs: bool,
    #[sqlx(flatten)]
    ours: Ours,
    #[sqlx(flatten)]
    theirs: Theirs,
}

/// The columns of our side's copy, all null when there is none.
#[derive(FromRow)]
struct Ours {
    #[sqlx(rename = "o_remote_id")]
    remote_id: Option<String>,
    #[sqlx(rename = "o_state")]
    state: Option<StagedState>,
    #[sqlx(rename = "o_hash", try_from = "MaybeText<ContentHash>")]
    hash: Option<ContentHash>,
    #[sqlx(rename = "o_raw_hash")]
    raw_hash: Option<String>,
    #[sqlx(rename = "o_version")]
    version: Option<String>,
    #[sqlx(rename = "o_modified", try_from = "MaybeTime")]
    modified: Option<DateTime<Utc>>,
    #[sqlx(rename = "o_origin")]
    origin: Option<Origin>,
    #[sqlx(rename = "o_run")]
    run: Option<RunId>,
    #[sqlx(rename = "o_missing_runs")]
    missing_runs: Option<i64>,
    #[sqlx(rename = "o_missing_since", try_from = "MaybeTime")]
    missing_since: Option<DateTime<Utc>>,
    #[sqlx(rename = "o_body")]
    body: Option<String>,
}

/// The columns of their side's copy, all null when there is none.
#[derive(FromRow)]
struct Theirs {
    #[sqlx(rename = "t_remote_id")]
    remote_id: Option<String>,
    #[sqlx(rename = "t_state")]
    state: Option<StagedState>,
    #[sqlx(rename = "t_hash", try_from = "MaybeText<ContentHash>")]
    hash: Option<ContentHash>,
    #[sqlx(rename = "t_raw_hash")]
    raw_hash: Option<String>,
    #[sqlx(rename = "t_version")]
    version: Option<String>,
    #[sqlx(rename = "t_modified", try_from = "MaybeTime")]
    modified: Option<DateTime<Utc>>,
    #[sqlx(rename = "t_origin")]
    origin: Option<Origin>,
    #[sqlx(rename = "t_run")]
    run: Option<RunId>,
    #[sqlx(rename = "t_missing_runs")]
    missing_runs: Option<i64>,
    #[sqlx(rename = "t_missing_since", try_from = "MaybeTime")]
    missing_since: Option<DateTime<Utc>>,
    #[sqlx(rename = "t_body")]
    body: Option<String>,
}

/// What [`IN_SYNC`] is asked of, up to it; and what follows it.
const FOUND: [&str; 2] = [
    "with found as materialized (
    select l.id from link l
      left join base b on b.link = l.id
      left join staged o on o.link = l.id and o.side = 'ours'
      left join staged t on t.link = l.id and t.side = 'theirs'
    where l.school = $1 and l.type = $2 and l.state = 'live' and l.in_sync is null and l.id > $3
      and not coalesce(",
    ", false)
    order by l.id limit $4)",
];

/// What a merge needs of the links in `found`.
const BODIES: &str = "
  select l.id as link, l.type as type_name, l.key, l.label, l.ours_id, l.theirs_id,
    b.hash as base_hash, b.generation as base_generation, b.fields_agreed as base_fields_agreed,
    b.body as base_body, c.id as conflict,
    coalesce(c.hold = 'record' and c.status <> 'decided', false) as held_by_conflict,
    exists (select 1 from write w where w.link = l.id and w.error_code = 'ambiguous') as uncertain,
    exists (select 1 from write w where w.link = l.id and w.side = 'ours' and w.state in
      ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')) as open_ours,
    exists (select 1 from write w where w.link = l.id and w.side = 'theirs' and w.state in
      ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')) as open_theirs,
    o.remote_id as o_remote_id, o.state as o_state, o.hash as o_hash, o.raw_hash as o_raw_hash,
    o.version as o_version, o.modified as o_modified, o.origin as o_origin, o.run as o_run,
    o.missing_runs as o_missing_runs, o.missing_since as o_missing_since, o.body as o_body,
    t.remote_id as t_remote_id, t.state as t_state, t.hash as t_hash, t.raw_hash as t_raw_hash,
    t.version as t_version, t.modified as t_modified, t.origin as t_origin, t.run as t_run,
    t.missing_runs as t_missing_runs, t.missing_since as t_missing_since, t.body as t_body
  from found f
    join link l on l.id = f.id
    left join base b on b.link = l.id
    left join staged o on o.link = l.id and o.side = 'ours'
    left join staged t on t.link = l.id and t.side = 'theirs'
    left join conflict c on c.link = l.id and c.closed_at is null
  order by l.id";

/// Live links of a type, in the order of their ids after `after`, that a merge must look at: a side's hash or state
/// differs from the base, there is no base, or a conflict lives.
///
/// The rest, the records whose two staged hashes both equal the base's, is never returned.
pub async fn list(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    after: Option<LinkId>,
    limit: u32,
) -> Result<Vec<Candidate>> {
    let rows: Vec<Row> = on!(conn, c => {
        sqlx::query_as(sql([FOUND[0], IN_SYNC, FOUND[1], BODIES]))
            .bind(school)
            .bind(type_name)
            .bind(after.unwrap_or(LinkId(Uuid::nil())))
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })?;
    candidates(conn, rows).await
}

/// The same of chosen live links, whether they differ or not, in the order of their ids.
pub async fn get_many(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<Candidate>> {
    let mut found = Vec::with_capacity(links.len());
    for links in links.chunks(BATCH) {
        let rows: Vec<Row> = on!(conn, c => {
            let mut query = QueryBuilder::new("with found as (select id from link where state = 'live' and id in ");
            push_list!(query, links);
            query.push(") ").push(BODIES);
            query.build_query_as().fetch_all(c).await
        })?;
        found.extend(candidates(conn, rows).await?);
    }
    Ok(found)
}

/// Candidates with their differences, which few records have.
async fn candidates(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Candidate>> {
    let links: Vec<LinkId> = rows.iter().map(|row| row.link).collect();
    let mut candidates = rows.into_iter().map(candidate).collect::<Result<Vec<_>>>()?;
    for one in difference::standing_of_many(conn, &links).await? {
        // Both lists are in the order of their links.
        if let Ok(place) = candidates.binary_search_by_key(&one.link, |candidate| candidate.link) {
            candidates[place].differences.push(one);
        }
    }
    Ok(candidates)
}

fn candidate(row: Row) -> Result<Candidate> {
    let (ours, theirs) = (row.ours.staged(row.link)?, row.theirs.staged(row.link)?);
    let base = match (row.base_hash, row.base_generation, row.base_fields_agreed, row.base_body) {
        (Some(hash), Some(generation), Some(fields_agreed), Some(body)) => {
            Some(CandidateBase { hash, generation, fields_agreed, body })
        }
        _ => None,
    };
    Ok(Candidate {
        link: row.link,
        type_name: row.type_name,
        key: row.key,
        label: row.label,
        ours_id: row.ours_id,
        theirs_id: row.theirs_id,
        base,
        ours,
        theirs,
        conflict: row.conflict,
        held_by_conflict: row.held_by_conflict,
        uncertain: row.uncertain,
        open_ours: row.open_ours,
        open_theirs: row.open_theirs,
        differences: Vec::new(),
    })
}

macro_rules! staged_of {
    ($columns:ident, $side:expr) => {
        impl $columns {
            fn staged(self, link: LinkId) -> Result<Option<Staged>> {
                let Some(remote_id) = self.remote_id else { return Ok(None) };
                let (Some(state), Some(origin)) = (self.state, self.origin) else {
                    let problem = "state or origin is missing".to_owned();
                    return Err(StoreError::Inconsistent { table: "staged", row: link.to_string(), problem });
                };
                Ok(Some(Staged {
                    link,
                    side: $side,
                    remote_id,
                    state,
                    hash: self.hash,
                    raw_hash: self.raw_hash,
                    version: self.version,
                    modified: self.modified,
                    origin,
                    run: self.run,
                    missing_runs: self.missing_runs.unwrap_or(0),
                    missing_since: self.missing_since,
                    body: self.body,
                }))
            }
        }
    };
}
staged_of!(Ours, Side::Ours);
staged_of!(Theirs, Side::Theirs);

#[cfg(test)]
mod tests;
