//! The inbox: raw items as they were read, by page, with the cursor they came with. It lives as long as its run.

use chrono::{DateTime, Utc};
use merge::Side;
use sqlx::{FromRow, QueryBuilder};

use crate::column::{MaybeTime, maybe_micros, text_enum};
use crate::db::{BATCH, Conn, change, on};
use crate::error::Result;
use crate::ids::RunId;

text_enum! {
    /// What an item of a listing is.
    pub enum ItemKind {
        /// A record.
        Live = "live",
        /// A notice that a record was deleted.
        Tombstone = "tombstone",
        /// Something that could not be read.
        Bad = "bad",
    }
}

/// Which listing: one side of one type in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing<'a> {
    /// The run.
    pub run: RunId,
    /// The merge type.
    pub type_name: &'a str,
    /// The side.
    pub side: Side,
}

/// One item of a page. Only items that differ from what is staged need be stored.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Item {
    /// Page it came with.
    pub page_no: i64,
    /// Place on that page.
    pub position: i64,
    /// What it is.
    pub kind: ItemKind,
    /// Its id at the counterpart.
    pub remote_id: String,
    /// Its version at the counterpart.
    pub version: Option<String>,
    /// When the counterpart says it was changed.
    #[sqlx(try_from = "MaybeTime")]
    pub modified: Option<DateTime<Utc>>,
    /// Hash of the record as read, before any mapping.
    pub raw_hash: Option<String>,
    /// Why it could not be read.
    pub why: Option<String>,
    /// The record as JSON, or the raw text of what could not be read.
    pub body: Option<String>,
}

/// Every id of one page, for counting and for the search for what is absent.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PageIds {
    /// The page.
    pub page_no: i64,
    /// Cursor to go on with after it.
    pub cursor: Option<String>,
    /// JSON list of the remote ids on it.
    pub remote_ids: String,
}

/// Stores a page and its items. A page that is stored already is replaced, so that a repeated step does no harm.
pub async fn add_page(conn: &mut Conn, listing: Listing<'_>, page: &PageIds, items: &[Item]) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "insert into inbox_page (run, type, side, page_no, cursor, remote_ids)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (run, type, side, page_no) do update
               set cursor = excluded.cursor, remote_ids = excluded.remote_ids",
        )
        .bind(listing.run)
        .bind(listing.type_name)
        .bind(listing.side.as_str())
        .bind(page.page_no)
        .bind(page.cursor.as_deref())
        .bind(&page.remote_ids)
    )?;
    change!(
        conn,
        sqlx::query("delete from inbox where run = $1 and type = $2 and side = $3 and page_no = $4")
            .bind(listing.run)
            .bind(listing.type_name)
            .bind(listing.side.as_str())
            .bind(page.page_no)
    )?;
    for items in items.chunks(BATCH) {
        add_items(conn, listing, page.page_no, items).await?;
    }
    Ok(())
}

async fn add_items(conn: &mut Conn, listing: Listing<'_>, page_no: i64, items: &[Item]) -> Result<()> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(
            "insert into inbox (run, type, side, page_no, position, kind, remote_id, version, modified,
               raw_hash, why, body) ",
        );
        query.push_values(items, |mut row, item| {
            row.push_bind(listing.run).push_bind(listing.type_name).push_bind(listing.side.as_str());
            row.push_bind(page_no).push_bind(item.position).push_bind(item.kind);
            row.push_bind(&item.remote_id).push_bind(item.version.as_deref());
            row.push_bind(maybe_micros(item.modified)).push_bind(item.raw_hash.as_deref());
            row.push_bind(item.why.as_deref()).push_bind(item.body.as_deref());
        });
        query.build().execute(c).await
            .map(|done| done.rows_affected())
    })?;
    Ok(())
}

/// Items of a listing in its order, after (page, position) `after`; begin with `(-1, -1)`.
pub async fn list_items(
    conn: &mut Conn,
    listing: Listing<'_>,
    after: (i64, i64),
    limit: u32,
) -> Result<Vec<Item>> {
    on!(conn, c => {
        sqlx::query_as(
            "select page_no, position, kind, remote_id, version, modified, raw_hash, why, body from inbox
             where run = $1 and type = $2 and side = $3 and (page_no, position) > ($4, $5)
             order by page_no, position limit $6",
        )
        .bind(listing.run)
        .bind(listing.type_name)
        .bind(listing.side.as_str())
        .bind(after.0)
        .bind(after.1)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// The ids of a listing, page by page, after page number `after`; begin with `-1`.
pub async fn list_page_ids(
    conn: &mut Conn,
    listing: Listing<'_>,
    after: i64,
    limit: u32,
) -> Result<Vec<PageIds>> {
    on!(conn, c => {
        sqlx::query_as(
            "select page_no, cursor, remote_ids from inbox_page
             where run = $1 and type = $2 and side = $3 and page_no > $4 order by page_no limit $5",
        )
        .bind(listing.run)
        .bind(listing.type_name)
        .bind(listing.side.as_str())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Forgets one listing, before it is read anew.
pub async fn clear(conn: &mut Conn, listing: Listing<'_>) -> Result<()> {
    change!(
        conn,
        sqlx::query("delete from inbox where run = $1 and type = $2 and side = $3")
            .bind(listing.run)
            .bind(listing.type_name)
            .bind(listing.side.as_str())
    )?;
    change!(
        conn,
        sqlx::query("delete from inbox_page where run = $1 and type = $2 and side = $3")
            .bind(listing.run)
            .bind(listing.type_name)
            .bind(listing.side.as_str())
    )?;
    Ok(())
}

/// Forgets everything that was read in a run, once it is committed.
pub async fn clear_run(conn: &mut Conn, run: RunId) -> Result<()> {
    change!(conn, sqlx::query("delete from inbox where run = $1").bind(run))?;
    change!(conn, sqlx::query("delete from inbox_page where run = $1").bind(run))?;
    Ok(())
}

/// Ids of the items of a listing that could not be used.
pub async fn list_bad_ids(conn: &mut Conn, listing: Listing<'_>) -> Result<Vec<String>> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select remote_id from inbox where run = $1 and type = $2 and side = $3 and kind = 'bad'
             order by remote_id limit 100000",
        )
        .bind(listing.run)
        .bind(listing.type_name)
        .bind(listing.side.as_str())
        .fetch_all(c)
        .await
    })
}
