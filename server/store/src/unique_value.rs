//! What records hold of the fields that must be unique in their type (MS K1): one row for each record and declared set, so
//! that a merge finds those that share a value without a look at all the others.
//!
//! The hashes come from the engine (`merge::unique_values`) and mean something under one declaration only. A row follows what
//! both sides have agreed on. While a plan is made it follows what the plan makes of the record instead, and the next plan
//! sets it right; so does a base that moves, which makes its rows stale.

use merge::ContentHash;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::column::{MaybeText, text_enum};
use crate::db::{BATCH, Conn, change, on, push_list};
use crate::error::Result;
use crate::ids::{LinkId, SchoolId};

text_enum! {
    /// Where a value comes from that is not what both sides have agreed on.
    pub enum PlanMark {
        /// The last plan changed the record (MS K2).
        Changed = "changed",
        /// The last plan looked at the record and did not change it.
        Unchanged = "unchanged",
        /// Nobody knows whether it still holds this.
        Stale = "stale",
    }
}

/// What a record holds of each declared set, in the order of the declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueValues {
    /// The record.
    pub link: LinkId,
    /// The hash of each set; `None` where a value of it is blank.
    pub values: Vec<Option<ContentHash>>,
    /// Where they come from; `None`: both sides have agreed on them.
    pub plan: Option<PlanMark>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct UniqueValue {
    /// The record.
    pub link: LinkId,
    /// The place of the set in the declaration.
    pub position: i64,
    /// The hash; `None` where a value is blank.
    #[sqlx(try_from = "MaybeText<ContentHash>")]
    pub value: Option<ContentHash>,
    /// Where it comes from.
    pub plan: Option<PlanMark>,
}

/// Under which declaration the rows of a type were made.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Declaration {
    /// The hash of the declaration.
    pub declared: String,
    /// Whether every record of the type has its rows.
    pub complete: bool,
}

/// A record that holds a value.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Holder {
    /// The value.
    #[sqlx(try_from = "crate::column::Text<ContentHash>")]
    pub value: ContentHash,
    /// The record.
    pub link: LinkId,
    /// Its key in canonical form.
    pub key: String,
    /// Its key for people.
    pub label: String,
    /// How many records hold the value.
    pub holders: i64,
    /// How many of them the last plan changed.
    pub changed: i64,
}

/// Under which declaration the rows of a type were made; `None` when there are none.
pub async fn find_declaration(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
) -> Result<Option<Declaration>> {
    on!(conn, c => {
        sqlx::query_as("select declared, complete from unique_declaration where school = $1 and type = $2")
            .bind(school)
            .bind(type_name)
            .fetch_optional(c)
            .await
    })
}

/// Lets nobody else say what records of a type hold before the transaction ends. Who asks whether a value is free and then
/// takes it, asks under this (MS K1): two people may decide at the same moment.
pub async fn hold_declaration(conn: &mut Conn, school: SchoolId, type_name: &str) -> Result<()> {
    change!(
        conn,
        sqlx::query("update unique_declaration set complete = complete where school = $1 and type = $2")
            .bind(school)
            .bind(type_name)
    )?;
    Ok(())
}

/// Says under which declaration the rows of a type are made from now on.
pub async fn set_declaration(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    declaration: &Declaration,
) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "insert into unique_declaration (school, type, declared, complete) values ($1, $2, $3, $4)
             on conflict (school, type) do update set declared = excluded.declared, complete = excluded.complete",
        )
        .bind(school)
        .bind(type_name)
        .bind(&declaration.declared)
        .bind(declaration.complete)
    )?;
    Ok(())
}

/// Forgets everything about a type: nothing of it must be unique any more, or something else.
pub async fn clear(conn: &mut Conn, school: SchoolId, type_name: &str) -> Result<()> {
    change!(
        conn,
        sqlx::query("delete from unique_value where school = $1 and type = $2").bind(school).bind(type_name)
    )?;
    change!(
        conn,
        sqlx::query("delete from unique_declaration where school = $1 and type = $2")
            .bind(school)
            .bind(type_name)
    )?;
    Ok(())
}

/// Sets what these records of a type hold, in place of what was known under the same declaration. Each record once.
pub async fn replace_many(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    rows: &[UniqueValues],
) -> Result<()> {
    let each = |row: &UniqueValues| {
        let (link, plan) = (row.link, row.plan);
        row.values
            .clone()
            .into_iter()
            .zip(0_i64..)
            .map(move |(value, position)| (link, position, value, plan))
    };
    let rows: Vec<_> = rows.iter().flat_map(each).collect();
    for rows in rows.chunks(BATCH) {
        on!(conn, c => {
            let mut query =
                QueryBuilder::new("insert into unique_value (link, position, school, type, value, plan) ");
            query.push_values(rows, |mut row, (link, position, value, plan)| {
                row.push_bind(*link).push_bind(*position).push_bind(school).push_bind(type_name);
                row.push_bind(value.map(|value| value.to_string())).push_bind(*plan);
            });
            // A person may decide on a record while a plan looks at it: whoever comes second overwrites, and fails on nothing.
            query.push(
                " on conflict (link, position) do update set school = excluded.school, type = excluded.type,
                  value = excluded.value, plan = excluded.plan",
            );
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Forgets what these records hold.
pub async fn forget_many(conn: &mut Conn, links: &[LinkId]) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("delete from unique_value where link in ");
            push_list!(query, links);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// What the last plan made of the records of a type says nothing any more: a new one begins.
pub async fn begin_plan(conn: &mut Conn, school: SchoolId, type_name: &str) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "update unique_value set plan = 'stale'
             where school = $1 and type = $2 and plan in ('changed', 'unchanged') and plan is not null",
        )
        .bind(school)
        .bind(type_name)
    )?;
    Ok(())
}

/// Nobody knows whether these records still hold the same: their bases have moved.
pub(crate) async fn mark_stale_many(conn: &mut Conn, links: &[LinkId]) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("update unique_value set plan = 'stale' where link in ");
            push_list!(query, links);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Records of a type of which nobody knows whether they still hold the same. Who has set them right leaves the list.
pub async fn list_stale(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    limit: u32,
) -> Result<Vec<LinkId>> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select distinct link from unique_value
             where school = $1 and type = $2 and plan = 'stale' and plan is not null order by link limit $3",
        )
        .bind(school)
        .bind(type_name)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Live records of a type of which nothing is known, in the order of their ids after `after`.
pub async fn list_unknown(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    after: Option<LinkId>,
    limit: u32,
) -> Result<Vec<LinkId>> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select id from link where school = $1 and type = $2 and state = 'live' and id > $3
               and not exists (select 1 from unique_value u where u.link = link.id)
             order by id limit $4",
        )
        .bind(school)
        .bind(type_name)
        .bind(after.unwrap_or(LinkId(Uuid::nil())))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Live records of a type that the plan has not looked at and that share a value with one that it changes (MS K2). Who is
/// marked as looked at leaves the list.
pub async fn list_drawn_in(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    limit: u32,
) -> Result<Vec<LinkId>> {
    on!(conn, c => {
        sqlx::query_scalar(
            // Each changed value once: many records may share one.
            "select distinct u.link from (
                 select distinct value from unique_value
                 where school = $1 and type = $2 and plan = 'changed' and plan is not null and value is not null) c
               join unique_value u on u.school = $1 and u.type = $2 and u.value = c.value
               join link l on l.id = u.link
             where u.value is not null and (u.plan is null or u.plan = 'stale') and l.state = 'live'
             order by u.link limit $3",
        )
        .bind(school)
        .bind(type_name)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// What these records hold, in the order of (link, place).
pub async fn get_many(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<UniqueValue>> {
    let mut found = Vec::new();
    for links in links.chunks(BATCH) {
        found.extend(on!(conn, c => {
            let mut query =
                QueryBuilder::new("select link, position, value, plan from unique_value where link in ");
            push_list!(query, links);
            query.push(" order by link, position");
            query.build_query_as::<UniqueValue>().fetch_all(c).await
        })?);
    }
    Ok(found)
}

/// The live records of a type that hold one of these values, the first `most` of each in the order of (value, key).
pub async fn holders(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    values: &[ContentHash],
    most: u32,
) -> Result<Vec<Holder>> {
    let mut found = Vec::new();
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    for values in values.chunks(BATCH) {
        found.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select value, link, key, label, holders, changed from (
                   select u.value, u.link, l.key, l.label, count(*) over (partition by u.value) as holders,
                     sum(case when u.plan = 'changed' then 1 else 0 end) over (partition by u.value) as changed,
                     row_number() over (partition by u.value order by l.key, u.link) as place
                   from unique_value u join link l on l.id = u.link and l.state = 'live'
                   where u.value is not null and u.school = ",
            );
            query.push_bind(school).push(" and u.type = ").push_bind(type_name).push(" and u.value in ");
            push_list!(query, values);
            query.push(") ranked where place <= ").push_bind(i64::from(most));
            query.push(" order by value, place");
            query.build_query_as::<Holder>().fetch_all(c).await
        })?);
    }
    Ok(found)
}
