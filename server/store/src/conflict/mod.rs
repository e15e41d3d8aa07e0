//! Conflicts: what a person must decide. At most one lives per record; it keeps its number while it lives, and its
//! revision changes when the question does (MS C1, C2).

mod earlier;
mod list;
mod open;
mod trend;

use chrono::{DateTime, Utc};
use merge::ConflictKind;
use sqlx::{FromRow, QueryBuilder};

use crate::column::{MaybeTime, Text, Time, micros, text_enum};
use crate::db::{BATCH, Conn, change, on, push_list, sql};
use crate::error::{Result, StoreError};
use crate::ids::{ConflictId, LinkId, RunId, SchoolId};

pub use earlier::{Earlier, earlier_choices};
pub use list::{
    ConflictCount, ConflictFilter, ConflictSort, Neighbours, OpenPath, PathCount, Place, count, count_living,
    count_open, counts, list, neighbours, open_paths, path_counts, position,
};
pub use open::{NewConflict, Opened, OpenedHow, open_or_refresh_many};
pub use trend::{DayCount, Waiting, closed_by_day, opened_by_day, waiting};

text_enum! {
    /// Where a conflict stands.
    pub enum ConflictStatus {
        /// Waits for a decision.
        Open = "open",
        /// Chosen, not yet on both sides.
        Decided = "decided",
        /// Out of sight for a while.
        Snoozed = "snoozed",
        /// Left as it is until a side changes.
        Left = "left",
        /// The decision is on both sides. Closed.
        Settled = "settled",
        /// The sides agreed by themselves. Closed.
        Healed = "healed",
        /// The record is no more. Closed.
        Gone = "gone",
    }
}

impl ConflictStatus {
    /// Whether the conflict is over: a new one of the same record gets a new number.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Settled | Self::Healed | Self::Gone)
    }
}

/// A question for a person about one record.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Conflict {
    /// Its id.
    pub id: ConflictId,
    /// Whose.
    pub school: SchoolId,
    /// The number people say, counted from 1 per school.
    pub number: i64,
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The record.
    pub link: LinkId,
    /// Its key in canonical form.
    pub key: String,
    /// Its key for people.
    pub label: String,
    /// The engine's id: the same whenever the same record is in conflict (MS C1).
    pub engine_id: String,
    /// The first cause that applies (MS C9).
    #[sqlx(try_from = "Text<ConflictKind>")]
    pub kind: ConflictKind,
    /// JSON list of all causes.
    pub causes: String,
    /// JSON: what it shares with other records that must be unique (MS K1); `None` when it shares nothing.
    pub duplicates: Option<String>,
    /// Changes if and only if the question does.
    pub revision: String,
    /// What it holds: `record` or `field` (MS P7).
    pub hold: String,
    /// Where it stands.
    pub status: ConflictStatus,
    /// Whether it rests on a write of unknown fate (RL 3.4).
    pub cautious: bool,
    /// Whether the base has the record.
    pub present_base: bool,
    /// Whether our side has it.
    pub present_ours: bool,
    /// Whether their side has it.
    pub present_theirs: bool,
    /// The run that found it.
    pub opened_run: Option<RunId>,
    /// The run that last found it still there.
    pub seen_run: Option<RunId>,
    /// When it was found.
    #[sqlx(try_from = "Time")]
    pub opened_at: DateTime<Utc>,
    /// When the question last changed.
    #[sqlx(try_from = "Time")]
    pub changed_at: DateTime<Utc>,
    /// When it was closed.
    #[sqlx(try_from = "MaybeTime")]
    pub closed_at: Option<DateTime<Utc>>,
}

/// One contested path.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ConflictField {
    /// The path.
    pub path: String,
    /// Its place among the paths of the conflict.
    pub position: i64,
    /// JSON of what the base has; `None` when the path is absent there.
    pub base: Option<String>,
    /// JSON of what our side has.
    pub ours: Option<String>,
    /// JSON of what their side has.
    pub theirs: Option<String>,
    /// Hash of the three values, by which the same question is known again (MS C8).
    pub question: String,
    /// Why it is contested, as the engine says it.
    pub reason: String,
    /// JSON list of the keys of other records involved.
    pub with_keys: String,
}

#[derive(FromRow)]
struct FieldRow {
    conflict: ConflictId,
    #[sqlx(flatten)]
    field: ConflictField,
}

const SELECT: &str =
    "select id, school, number, type, link, key, label, engine_id, kind, causes, duplicates, revision, hold,
  status, cautious, present_base, present_ours, present_theirs, opened_run, seen_run, opened_at, changed_at,
  closed_at from conflict ";

/// The conflict with this id, which must exist.
pub async fn get(conn: &mut Conn, id: ConflictId) -> Result<Conflict> {
    let row = on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where id = $1"])).bind(id).fetch_optional(c).await
    })?;
    row.ok_or_else(|| StoreError::not_found("conflict", id))
}

/// The conflicts with these ids, in the order of the ids.
pub async fn get_many(conn: &mut Conn, ids: &[ConflictId]) -> Result<Vec<Conflict>> {
    let mut found = Vec::new();
    for ids in ids.chunks(BATCH) {
        found.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where id in ");
            push_list!(query, ids);
            query.push(" order by id");
            query.build_query_as::<Conflict>().fetch_all(c).await
        })?);
    }
    Ok(found)
}

/// The conflict with this number, if there is one.
pub async fn find_by_number(conn: &mut Conn, school: SchoolId, number: i64) -> Result<Option<Conflict>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where school = $1 and number = $2"]))
            .bind(school)
            .bind(number)
            .fetch_optional(c)
            .await
    })
}

/// The living conflicts of these records, in the order of the links.
pub async fn find_living_for_links(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<Conflict>> {
    let mut found = Vec::new();
    for links in links.chunks(BATCH) {
        found.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where closed_at is null and link in ");
            push_list!(query, links);
            query.push(" order by link");
            query.build_query_as::<Conflict>().fetch_all(c).await
        })?);
    }
    Ok(found)
}

/// The contested paths of a conflict in their order.
pub async fn fields(conn: &mut Conn, id: ConflictId) -> Result<Vec<ConflictField>> {
    let found = fields_of_many(conn, &[id]).await?;
    Ok(found.into_iter().map(|(_, field)| field).collect())
}

/// The contested paths of these conflicts, in the order of (conflict, place).
pub async fn fields_of_many(conn: &mut Conn, ids: &[ConflictId]) -> Result<Vec<(ConflictId, ConflictField)>> {
    let mut found = Vec::new();
    for ids in ids.chunks(BATCH) {
        let rows = on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select conflict, path, position, base, ours, theirs, question, reason, with_keys from conflict_field
                 where conflict in ",
            );
            push_list!(query, ids);
            query.push(" order by conflict, position");
            query.build_query_as::<FieldRow>().fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(|row| (row.conflict, row.field)));
    }
    Ok(found)
}

/// The contested paths of these conflicts, as [`fields_of_many`], with the values of the first path of each only: a list
/// shows no more, and values may be long.
pub async fn outlines_of_many(
    conn: &mut Conn,
    ids: &[ConflictId],
) -> Result<Vec<(ConflictId, ConflictField)>> {
    let mut found = Vec::new();
    for ids in ids.chunks(BATCH) {
        let rows = on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select conflict, path, position, question, reason, with_keys,
                   case when position = 0 then base end as base, case when position = 0 then ours end as ours,
                   case when position = 0 then theirs end as theirs
                 from conflict_field where conflict in ",
            );
            push_list!(query, ids);
            query.push(" order by conflict, position");
            query.build_query_as::<FieldRow>().fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(|row| (row.conflict, row.field)));
    }
    Ok(found)
}

/// Moves a conflict from one of the statuses `from` to `to`, if its revision is still the one that was seen
/// (RL P17). `false` when somebody was faster. A closed status closes it.
pub async fn set_status(
    conn: &mut Conn,
    id: ConflictId,
    revision: &str,
    from: &[ConflictStatus],
    to: ConflictStatus,
    now: DateTime<Utc>,
) -> Result<bool> {
    let closed_at = to.is_closed().then(|| micros(now));
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update conflict set status = ");
        query.push_bind(to).push(", closed_at = ").push_bind(closed_at);
        query.push(" where id = ").push_bind(id).push(" and revision = ").push_bind(revision);
        query.push(" and status in ");
        push_list!(query, from);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// Closes these conflicts, those that still live, whatever their revision: the question went away (MS C3). `to` must
/// be a closed status. Answers how many were closed.
pub async fn close_many(
    conn: &mut Conn,
    ids: &[ConflictId],
    to: ConflictStatus,
    now: DateTime<Utc>,
) -> Result<u64> {
    debug_assert!(to.is_closed());
    let mut closed = 0;
    for ids in ids.chunks(BATCH) {
        closed += on!(conn, c => {
            let mut query = QueryBuilder::new("update conflict set status = ");
            query.push_bind(to).push(", closed_at = ").push_bind(micros(now));
            query.push(" where closed_at is null and id in ");
            push_list!(query, ids);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(closed)
}

/// Brings a closed conflict back as `open`, with its number and its earlier decisions. `false` when it is not closed
/// or another conflict of the record lives.
pub async fn reopen(conn: &mut Conn, id: ConflictId, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update conflict set status = 'open', closed_at = null, changed_at = $2
             where id = $1 and closed_at is not null and not exists (select 1 from conflict c
               where c.link = conflict.link and c.closed_at is null)",
        )
        .bind(id)
        .bind(micros(now))
    )?;
    Ok(done == 1)
}
