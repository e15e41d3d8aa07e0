//! Which conflicts there are, page by page, and how many.

use chrono::{DateTime, Utc};
use merge::ConflictKind;
use sqlx::{FromRow, QueryBuilder};

use super::{Conflict, ConflictStatus, SELECT};
use crate::column::{Text, micros};
use crate::db::{BATCH, Conn, like_pattern, on, push_list};
use crate::error::Result;
use crate::ids::{RunId, SchoolId};

/// Which conflicts to list, in what order, from where on; empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct ConflictFilter<'a> {
    /// Only these merge types.
    pub types: Vec<&'a str>,
    /// Only these kinds.
    pub kinds: Vec<ConflictKind>,
    /// Only these statuses.
    pub statuses: Vec<ConflictStatus>,
    /// Only those that contest at least one of these paths.
    pub paths: Vec<&'a str>,
    /// Only those whose label contains this, whatever the case.
    pub text: Option<&'a str>,
    /// Only those that this run found first.
    pub opened_run: Option<RunId>,
    /// Only those found before this instant: they wait longer.
    pub opened_before: Option<DateTime<Utc>>,
    /// Only those whose question last changed before this instant.
    pub changed_before: Option<DateTime<Utc>>,
    /// The order; counts do not look at it.
    pub sort: ConflictSort,
    /// Where the page begins; only [`list`] looks at it.
    pub place: Place,
}

/// The order of a list of conflicts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ConflictSort {
    /// By number: what waits longest comes first, for numbers are given in the order of finding.
    #[default]
    Waiting,
    /// By number, the newest first.
    Newest,
    /// By label in lower case, then by number.
    Label,
}

/// Where a page begins. A conflict stands for its place by its number, also when the filter no longer lets it through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// At the start of the list.
    #[default]
    First,
    /// Right after this conflict.
    After(i64),
    /// So that it ends right before this conflict.
    Before(i64),
    /// So that it ends with the list.
    Last,
}

/// How many conflicts are alike.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ConflictCount {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The kind.
    #[sqlx(try_from = "Text<ConflictKind>")]
    pub kind: ConflictKind,
    /// Where they stand.
    pub status: ConflictStatus,
    /// How many.
    pub count: i64,
}

/// How many conflicts contest a path.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PathCount {
    /// The path.
    pub path: String,
    /// How many.
    pub count: i64,
}

/// How many open conflicts of a merge type contest a path.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OpenPath {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The path.
    pub path: String,
    /// How many.
    pub count: i64,
}

/// The conflicts before and after one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Number of the one before it.
    pub previous: Option<i64>,
    /// Number of the one after it.
    pub next: Option<i64>,
}

/// What a conflict is ordered by.
#[derive(FromRow)]
struct SortKey {
    number: i64,
    search: String,
}

macro_rules! push_filter {
    ($query:expr, $school:expr, $filter:expr) => {{
        $query.push("where school = ").push_bind($school);
        if !$filter.types.is_empty() {
            $query.push(" and type in ");
            push_list!($query, &$filter.types);
        }
        if !$filter.kinds.is_empty() {
            let kinds: Vec<&'static str> = $filter.kinds.iter().map(|kind| kind.as_str()).collect();
            $query.push(" and kind in ");
            push_list!($query, &kinds);
        }
        if !$filter.statuses.is_empty() {
            $query.push(" and status in ");
            push_list!($query, &$filter.statuses);
        }
        if !$filter.paths.is_empty() {
            $query.push(
                " and exists (select 1 from conflict_field p where p.conflict = conflict.id and p.path in ",
            );
            push_list!($query, &$filter.paths);
            $query.push(")");
        }
        if let Some(run) = $filter.opened_run {
            $query.push(" and opened_run = ").push_bind(run);
        }
        if let Some(at) = $filter.opened_before {
            $query.push(" and opened_at < ").push_bind(micros(at));
        }
        if let Some(at) = $filter.changed_before {
            $query.push(" and changed_at < ").push_bind(micros(at));
        }
        if let Some(text) = $filter.text {
            $query.push(" and search like ").push_bind(like_pattern(text)).push(" escape '\\'");
        }
    }};
}

/// Restricts to what comes after (`forwards`) or before a conflict in the order of the list.
macro_rules! push_beyond {
    ($query:expr, $sort:expr, $forwards:expr, $key:expr) => {{
        let rising = $forwards != ($sort == ConflictSort::Newest);
        let than = if rising { " > " } else { " < " };
        if $sort == ConflictSort::Label {
            $query.push(" and (search, number)").push(than).push("(");
            $query.push_bind(&$key.search).push(", ").push_bind($key.number).push(")");
        } else {
            $query.push(" and number").push(than).push_bind($key.number);
        }
    }};
}

/// The end of a statement that answers rows in the order of the list, or against it.
fn order(sort: ConflictSort, forwards: bool) -> &'static str {
    match (sort, forwards) {
        (ConflictSort::Waiting, true) | (ConflictSort::Newest, false) => " order by number limit ",
        (ConflictSort::Waiting, false) | (ConflictSort::Newest, true) => " order by number desc limit ",
        (ConflictSort::Label, true) => " order by search, number limit ",
        (ConflictSort::Label, false) => " order by search desc, number desc limit ",
    }
}

/// A page of the conflicts of a school, in the order of the list whichever way the page was reached.
pub async fn list(
    conn: &mut Conn,
    school: SchoolId,
    filter: &ConflictFilter<'_>,
    limit: u32,
) -> Result<Vec<Conflict>> {
    let (forwards, from) = match filter.place {
        Place::First => (true, None),
        Place::Last => (false, None),
        Place::After(number) => (true, sort_key(conn, school, number).await?),
        Place::Before(number) => (false, sort_key(conn, school, number).await?),
    };
    let mut rows: Vec<Conflict> = on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        push_filter!(query, school, filter);
        if let Some(key) = &from {
            push_beyond!(query, filter.sort, forwards, key);
        }
        query.push(order(filter.sort, forwards)).push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })?;
    if !forwards {
        rows.reverse();
    }
    Ok(rows)
}

/// How many conflicts that the filter lets through come before this one in the order of the list; whether it is let
/// through itself does not matter. `None` when there is no such conflict.
pub async fn position(
    conn: &mut Conn,
    school: SchoolId,
    filter: &ConflictFilter<'_>,
    number: i64,
) -> Result<Option<i64>> {
    let Some(key) = sort_key(conn, school, number).await? else { return Ok(None) };
    let before = on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) from conflict ");
        push_filter!(query, school, filter);
        push_beyond!(query, filter.sort, false, key);
        query.build_query_scalar().fetch_one(c).await
    })?;
    Ok(Some(before))
}

/// The conflicts right before and right after this one, among those that the filter lets through. None where there is no
/// such conflict.
pub async fn neighbours(
    conn: &mut Conn,
    school: SchoolId,
    filter: &ConflictFilter<'_>,
    number: i64,
) -> Result<Neighbours> {
    let Some(key) = sort_key(conn, school, number).await? else { return Ok(Neighbours::default()) };
    Ok(Neighbours {
        previous: beside(conn, school, filter, &key, false).await?,
        next: beside(conn, school, filter, &key, true).await?,
    })
}

async fn beside(
    conn: &mut Conn,
    school: SchoolId,
    filter: &ConflictFilter<'_>,
    key: &SortKey,
    forwards: bool,
) -> Result<Option<i64>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select number from conflict ");
        push_filter!(query, school, filter);
        push_beyond!(query, filter.sort, forwards, key);
        query.push(order(filter.sort, forwards)).push_bind(1_i64);
        query.build_query_scalar().fetch_optional(c).await
    })
}

async fn sort_key(conn: &mut Conn, school: SchoolId, number: i64) -> Result<Option<SortKey>> {
    on!(conn, c => {
        sqlx::query_as("select number, search from conflict where school = $1 and number = $2")
            .bind(school)
            .bind(number)
            .fetch_optional(c)
            .await
    })
}

/// How many conflicts the filter lets through, whatever the page. Cheaper than [`counts`]: every page of a school asks.
pub async fn count(conn: &mut Conn, school: SchoolId, filter: &ConflictFilter<'_>) -> Result<i64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) from conflict ");
        push_filter!(query, school, filter);
        query.build_query_scalar().fetch_one(c).await
    })
}

/// How many conflicts of each type, kind and status the filter lets through, whatever the page.
pub async fn counts(
    conn: &mut Conn,
    school: SchoolId,
    filter: &ConflictFilter<'_>,
) -> Result<Vec<ConflictCount>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select type, kind, status, count(*) as count from conflict ");
        push_filter!(query, school, filter);
        query.push(" group by type, kind, status order by type, kind, status limit 10000");
        query.build_query_as().fetch_all(c).await
    })
}

/// How many of the conflicts that the filter lets through contest each path, the most contested first. A conflict counts
/// once for each of its paths.
pub async fn path_counts(
    conn: &mut Conn,
    school: SchoolId,
    filter: &ConflictFilter<'_>,
    limit: u32,
) -> Result<Vec<PathCount>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(
            "select f.path, count(*) as count from conflict join conflict_field f on f.conflict = conflict.id ",
        );
        push_filter!(query, school, filter);
        query.push(" group by f.path order by count(*) desc, f.path limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many open conflicts contest each path of each merge type, at most `limit` paths.
pub async fn open_paths(conn: &mut Conn, school: SchoolId, limit: u32) -> Result<Vec<OpenPath>> {
    on!(conn, c => {
        sqlx::query_as(
            "select c.type, f.path, count(*) as count from conflict c join conflict_field f on f.conflict = c.id
             where c.school = $1 and c.status = 'open'
             group by c.type, f.path order by c.type, f.path limit $2",
        )
        .bind(school)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// How many conflicts are open in each of these schools; one without is left out.
pub async fn count_open(conn: &mut Conn, schools: &[SchoolId]) -> Result<Vec<(SchoolId, i64)>> {
    let mut found = Vec::new();
    for schools in schools.chunks(BATCH) {
        found.extend(on!(conn, c => {
            let mut query = QueryBuilder::new("select school, count(*) from conflict where school in ");
            push_list!(query, schools);
            query.push(" and status = 'open' group by school");
            query.build_query_as::<(SchoolId, i64)>().fetch_all(c).await
        })?);
    }
    Ok(found)
}

/// How many conflicts of a school live.
pub async fn count_living(conn: &mut Conn, school: SchoolId) -> Result<i64> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select count(*) from conflict
             where school = $1 and status in ('open', 'decided', 'snoozed', 'left')",
        )
        .bind(school)
        .fetch_one(c)
        .await
    })
}
