//! Which conflicts there are.

use merge::ConflictKind;
use sqlx::{FromRow, QueryBuilder};

use super::{Conflict, ConflictStatus, SELECT};
use crate::column::Text;
use crate::db::{Conn, like_pattern, on, push_list};
use crate::error::Result;
use crate::ids::{RunId, SchoolId};

/// Which conflicts to list; empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct ConflictFilter<'a> {
    /// Only this merge type.
    pub type_name: Option<&'a str>,
    /// Only these kinds.
    pub kinds: Vec<ConflictKind>,
    /// Only these statuses.
    pub statuses: Vec<ConflictStatus>,
    /// Only those that contest this path.
    pub path: Option<&'a str>,
    /// Only those whose label contains this, whatever the case.
    pub text: Option<&'a str>,
    /// Only those that this run found first.
    pub opened_run: Option<RunId>,
    /// Only numbers after this one: the last number of the page before.
    pub after: Option<i64>,
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

macro_rules! push_filter {
    ($query:expr, $school:expr, $filter:expr) => {{
        $query.push("where school = ").push_bind($school);
        if let Some(type_name) = $filter.type_name {
            $query.push(" and type = ").push_bind(type_name);
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
        if let Some(path) = $filter.path {
            $query.push(
                " and exists (select 1 from conflict_field f where f.conflict = conflict.id and f.path = ",
            );
            $query.push_bind(path).push(")");
        }
        if let Some(run) = $filter.opened_run {
            $query.push(" and opened_run = ").push_bind(run);
        }
        if let Some(text) = $filter.text {
            $query.push(" and search like ").push_bind(like_pattern(text)).push(" escape '\\'");
        }
    }};
}

/// Conflicts of a school in the order of their numbers.
pub async fn list(
    conn: &mut Conn,
    school: SchoolId,
    filter: &ConflictFilter<'_>,
    limit: u32,
) -> Result<Vec<Conflict>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        push_filter!(query, school, filter);
        if let Some(after) = filter.after {
            query.push(" and number > ").push_bind(after);
        }
        query.push(" order by number limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
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
