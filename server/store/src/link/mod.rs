//! Links: the pair of remote ids under which both sides know the same record. A link of one id is a record that
//! the other side does not have yet.

use chrono::{DateTime, Utc};
use merge::Side;
use sqlx::{FromRow, QueryBuilder};

use crate::column::{MaybeTime, Time, micros, text_enum};
use crate::db::{BATCH, Conn, change, like_pattern, on, push_list, sql};
use crate::error::{Result, StoreError};
use crate::ids::{LinkId, SchoolId};

text_enum! {
    /// Whether the record is still there.
    pub enum LinkState {
        /// It is.
        Live = "live",
        /// It is gone from both sides; kept for 90 days.
        Tombstone = "tombstone",
    }
}

/// The pair of remote ids of one record.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Whose record.
    pub school: SchoolId,
    /// Its merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// Its key in canonical form; unique among the live links of a school and type.
    pub key: String,
    /// Its key for people.
    pub label: String,
    /// Its id on our side.
    pub ours_id: Option<String>,
    /// Its id on their side.
    pub theirs_id: Option<String>,
    /// Whether it is still there.
    pub state: LinkState,
    /// When it was first seen.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
    /// When it was last seen on either side.
    #[sqlx(try_from = "MaybeTime")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl Link {
    /// Its id on one side.
    #[must_use]
    pub fn remote_id(&self, side: Side) -> Option<&str> {
        match side {
            Side::Ours => self.ours_id.as_deref(),
            Side::Theirs => self.theirs_id.as_deref(),
        }
    }
}

/// A link to add.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// Its id.
    pub id: LinkId,
    /// Its key in canonical form.
    pub key: String,
    /// Its key for people.
    pub label: String,
    /// Its id on our side.
    pub ours_id: Option<String>,
    /// Its id on their side.
    pub theirs_id: Option<String>,
}

const SELECT: &str = "select id, school, type, key, label, ours_id, theirs_id, state, created_at, ended_at
  from link ";

fn search_text(label: &str, ours_id: Option<&str>, theirs_id: Option<&str>) -> String {
    [label, ours_id.unwrap_or_default(), theirs_id.unwrap_or_default()].join("\n").to_lowercase()
}

/// Adds live links. A key or remote id that a live link has already is [`StoreError::Duplicate`].
pub async fn add_many(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    links: &[NewLink],
    now: DateTime<Utc>,
) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new(
                "insert into link (id, school, type, key, label, search, ours_id, theirs_id, state, created_at) ",
            );
            query.push_values(links, |mut row, link| {
                let search = search_text(&link.label, link.ours_id.as_deref(), link.theirs_id.as_deref());
                row.push_bind(link.id).push_bind(school).push_bind(type_name);
                row.push_bind(&link.key).push_bind(&link.label).push_bind(search);
                row.push_bind(link.ours_id.as_deref()).push_bind(link.theirs_id.as_deref());
                row.push_bind(LinkState::Live).push_bind(micros(now));
            });
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// The link with this id, which must exist.
pub async fn get(conn: &mut Conn, id: LinkId) -> Result<Link> {
    let row = on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where id = $1"])).bind(id).fetch_optional(c).await
    })?;
    row.ok_or_else(|| StoreError::not_found("link", id))
}

/// The links with these ids, in the order of their ids; unknown ids are left out.
pub async fn get_many(conn: &mut Conn, ids: &[LinkId]) -> Result<Vec<Link>> {
    let mut links = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        links.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where id in ");
            push_list!(query, ids);
            query.push(" order by id");
            query.build_query_as::<Link>().fetch_all(c).await
        })?);
    }
    Ok(links)
}

/// Live links that have one of these ids on `side`.
pub async fn find_by_remote_ids(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    remote_ids: &[&str],
) -> Result<Vec<Link>> {
    let column = match side {
        Side::Ours => "and ours_id is not null and ours_id in ",
        Side::Theirs => "and theirs_id is not null and theirs_id in ",
    };
    find_in(conn, school, type_name, column, remote_ids).await
}

/// Live links that have one of these canonical keys.
pub async fn find_by_keys(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    keys: &[&str],
) -> Result<Vec<Link>> {
    find_in(conn, school, type_name, "and key in ", keys).await
}

/// With more values in one statement SQLite takes a walk over all links of the type for less work.
const SOUGHT_AT_ONCE: usize = 100;
const SEEK: &str = "where state = 'live' and school = ";

async fn find_in(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    column: &'static str,
    values: &[&str],
) -> Result<Vec<Link>> {
    let mut links = Vec::with_capacity(values.len());
    for values in values.chunks(SOUGHT_AT_ONCE) {
        links.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push(SEEK).push_bind(school);
            query.push(" and type = ").push_bind(type_name);
            query.push(" ").push(column);
            push_list!(query, values);
            query.push(" order by id");
            query.build_query_as::<Link>().fetch_all(c).await
        })?);
    }
    Ok(links)
}

/// Gives a live link its id on `side`, or takes it away.
pub async fn set_remote_id(conn: &mut Conn, id: LinkId, side: Side, remote_id: Option<&str>) -> Result<()> {
    let link = get(conn, id).await?;
    let (ours_id, theirs_id) = match side {
        Side::Ours => (remote_id, link.theirs_id.as_deref()),
        Side::Theirs => (link.ours_id.as_deref(), remote_id),
    };
    change!(
        conn,
        sqlx::query("update link set ours_id = $2, theirs_id = $3, search = $4 where id = $1")
            .bind(id)
            .bind(ours_id)
            .bind(theirs_id)
            .bind(search_text(&link.label, ours_id, theirs_id))
    )?;
    Ok(())
}

/// Gives live links their ids on `side`, in one statement a batch. The text by which people search is renewed with them.
pub async fn set_remote_ids(conn: &mut Conn, side: Side, moves: &[(LinkId, String)]) -> Result<()> {
    let column = match side {
        Side::Ours => "ours_id",
        Side::Theirs => "theirs_id",
    };
    for moves in moves.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("with moved (id, remote_id, lower_id) as (");
            query.push_values(moves, |mut row, (id, remote_id)| {
                row.push_bind(*id).push_bind(remote_id).push_bind(remote_id.to_lowercase());
            });
            query.push(") update link set ").push(column);
            query.push(" = moved.remote_id, search = link.search || ' ' || moved.lower_id");
            query.push(" from moved where link.id = moved.id");
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Gives a live link another key and label: its key field was corrected on both sides.
pub async fn set_key(conn: &mut Conn, id: LinkId, key: &str, label: &str) -> Result<()> {
    let link = get(conn, id).await?;
    change!(
        conn,
        sqlx::query("update link set key = $2, label = $3, search = $4 where id = $1")
            .bind(id)
            .bind(key)
            .bind(label)
            .bind(search_text(label, link.ours_id.as_deref(), link.theirs_id.as_deref()))
    )?;
    Ok(())
}

/// Makes live links tombstones. Their staged copies and bases must be removed in the same transaction.
pub async fn end_many(conn: &mut Conn, ids: &[LinkId], now: DateTime<Utc>) -> Result<()> {
    for ids in ids.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("update link set state = 'tombstone', ended_at = ");
            query.push_bind(micros(now)).push(" where state = 'live' and id in ");
            push_list!(query, ids);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Brings a tombstone back to life: its record is there again. `false` when it lives, or when a live link has its key or one
/// of its ids by now.
pub async fn revive(conn: &mut Conn, id: LinkId) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update link set state = 'live', ended_at = null
             where id = $1 and state = 'tombstone' and not exists (select 1 from link l where l.state = 'live'
               and l.school = link.school and l.type = link.type
               and (l.key = link.key or l.ours_id = link.ours_id or l.theirs_id = link.theirs_id))",
        )
        .bind(id)
    )?;
    Ok(done == 1)
}

/// Which links to list.
#[derive(Debug, Clone, Default)]
pub struct LinkFilter<'a> {
    /// Only this merge type.
    pub type_name: Option<&'a str>,
    /// Only those whose label or remote id contains this, whatever the case.
    pub text: Option<&'a str>,
    /// Only this state; `None`: all.
    pub state: Option<LinkState>,
    /// Only ids after this one: the last id of the page before.
    pub after: Option<LinkId>,
    /// Only ids before this one, read from it towards the beginning.
    pub before: Option<LinkId>,
    /// Read from the end towards the beginning.
    pub from_end: bool,
}

macro_rules! push_filter {
    ($query:expr, $school:expr, $filter:expr) => {{
        $query.push("where school = ").push_bind($school);
        if let Some(type_name) = $filter.type_name {
            $query.push(" and type = ").push_bind(type_name);
        }
        if let Some(state) = $filter.state {
            $query.push(" and state = ").push_bind(state);
        }
        if let Some(text) = $filter.text {
            $query.push(" and search like ").push_bind(like_pattern(text)).push(" escape '\\'");
        }
    }};
}

/// Links of a school in the order they were first seen; with `before` or `from_end` against that order.
pub async fn list(
    conn: &mut Conn,
    school: SchoolId,
    filter: &LinkFilter<'_>,
    limit: u32,
) -> Result<Vec<Link>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        push_filter!(query, school, filter);
        if let Some(after) = filter.after {
            query.push(" and id > ").push_bind(after);
        }
        if let Some(before) = filter.before {
            query.push(" and id < ").push_bind(before);
        }
        let backwards = filter.before.is_some() || filter.from_end;
        query.push(if backwards { " order by id desc limit " } else { " order by id limit " });
        query.push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many links the filter lets through, whatever the page.
pub async fn count_listed(conn: &mut Conn, school: SchoolId, filter: &LinkFilter<'_>) -> Result<i64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) from link ");
        push_filter!(query, school, filter);
        query.build_query_scalar().fetch_one(c).await
    })
}

/// How many links that the filter lets through, whatever the page, were first seen before this one.
pub async fn count_before(
    conn: &mut Conn,
    school: SchoolId,
    filter: &LinkFilter<'_>,
    id: LinkId,
) -> Result<i64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) from link ");
        push_filter!(query, school, filter);
        query.push(" and id < ").push_bind(id);
        query.build_query_scalar().fetch_one(c).await
    })
}

/// The link that had one of these canonical keys and ended last: a record that is gone from both sides.
pub async fn find_ended(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    keys: &[&str],
) -> Result<Option<Link>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        query.push("where state = 'tombstone' and school = ").push_bind(school);
        query.push(" and type = ").push_bind(type_name).push(" and key in ");
        push_list!(query, keys);
        query.push(" order by ended_at desc, id desc limit 1");
        query.build_query_as::<Link>().fetch_optional(c).await
    })
}

/// How many live links a type has, as the database keeps count of them.
pub async fn count(conn: &mut Conn, school: SchoolId, type_name: &str) -> Result<i64> {
    let kept = on!(conn, c => {
        sqlx::query_scalar("select count from link_count where school = $1 and type = $2 and state = 'live'")
            .bind(school)
            .bind(type_name)
            .fetch_optional(c)
            .await
    })?;
    Ok(kept.unwrap_or(0))
}

#[cfg(test)]
mod tests;
