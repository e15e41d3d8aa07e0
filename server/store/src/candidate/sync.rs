//! The mark of the records that are in sync, which spares every merge a look at them.
//!
//! It is set here only, by the very question that finds candidates, and cleared by triggers of the database whenever a hash
//! or a state changes, a row goes or a conflict opens. A mark that is missing costs time; one too many would lose an edit.

use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::db::{BATCH, Conn, Engine, on, push_list};
use crate::error::Result;
use crate::ids::{LinkId, SchoolId};

/// Whether a record with the base `b` and the copies `o` and `t` is in sync; null where one of them is missing.
pub(super) const IN_SYNC: &str =
    "(o.state = 'live' and t.state = 'live' and o.hash = b.hash and t.hash = b.hash
        and not exists (select 1 from conflict c where c.link = b.link and c.closed_at is null))";

/// How many live links of a type a merge has to look at, whether they differ or not.
pub async fn count_unsynced(conn: &mut Conn, school: SchoolId, type_name: &str) -> Result<i64> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select count(*) from link where school = $1 and type = $2 and state = 'live' and in_sync is null",
        )
        .bind(school)
        .bind(type_name)
        .fetch_one(c)
        .await
    })
}

/// Looks at the next unmarked links of a type after `after`, in the order of their ids, and marks those in sync. Answers
/// the last one it looked at; `None` when there was none. [`list`](super::list) answers the same before and after.
pub async fn sweep(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    after: Option<LinkId>,
) -> Result<Option<LinkId>> {
    let links: Vec<LinkId> = on!(conn, c => {
        sqlx::query_scalar(
            "select id from link where school = $1 and type = $2 and state = 'live' and in_sync is null and id > $3
             order by id limit $4",
        )
        .bind(school)
        .bind(type_name)
        .bind(after.unwrap_or(LinkId(Uuid::nil())))
        .bind(BATCH as i64)
        .fetch_all(c)
        .await
    })?;
    mark_in_sync(conn, &links).await?;
    Ok(links.last().copied())
}

/// Marks those of these links that are in sync.
pub(crate) async fn mark_in_sync(conn: &mut Conn, links: &[LinkId]) -> Result<()> {
    for links in links.chunks(BATCH) {
        lock(conn, links).await?;
        on!(conn, c => {
            let mut query = QueryBuilder::new("update link set in_sync = ");
            query.push_bind(true).push(" where state = 'live' and in_sync is null and id in ");
            push_list!(query, links);
            query.push(
                " and exists (select 1 from base b
                    join staged o on o.link = b.link and o.side = 'ours'
                    join staged t on t.link = b.link and t.side = 'theirs'
                  where b.link = link.id and ",
            );
            query.push(IN_SYNC).push(")");
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Waits for every other transaction that is changing what these links hold, and keeps new ones waiting: what is read
/// from now on stays so until the end of this transaction. On SQLite nobody else is writing.
async fn lock(conn: &mut Conn, links: &[LinkId]) -> Result<()> {
    if matches!(conn.engine, Engine::Sqlite(_)) {
        return Ok(());
    }
    let _: Vec<LinkId> = on!(conn, c => {
        let mut query = QueryBuilder::new("select id from link where id in ");
        push_list!(query, links);
        query.push(" order by id for no key update");
        query.build_query_scalar().fetch_all(c).await
    })?;
    Ok(())
}
