//! How many conflicts wait, and how that has moved from day to day (UX 7.2).

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

use crate::column::{Time, micros};
use crate::db::{Conn, on};
use crate::error::Result;
use crate::ids::SchoolId;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// How many conflicts of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct DayCount {
    /// Days since 1970.
    pub day: i64,
    /// How many.
    pub count: i64,
}

/// The open conflicts of a type.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Waiting {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// How many are open.
    pub open: i64,
    /// How many of them were found since the given instant.
    pub fresh: i64,
    /// When the one that waits longest was found.
    #[sqlx(try_from = "Time")]
    pub oldest: DateTime<Utc>,
}

/// The open conflicts of a school by type, and how many of them were found since `since`.
pub async fn waiting(conn: &mut Conn, school: SchoolId, since: DateTime<Utc>) -> Result<Vec<Waiting>> {
    on!(conn, c => {
        sqlx::query_as(
            "select type, count(*) as open, sum(case when opened_at >= $2 then 1 else 0 end) as fresh,
               min(opened_at) as oldest
             from conflict where school = $1 and status = 'open' group by type order by type limit 1000",
        )
        .bind(school)
        .bind(micros(since))
        .fetch_all(c)
        .await
    })
}

/// Conflicts found since `since`, by day. `offset` is what the clocks of the school are ahead of UTC.
pub async fn opened_by_day(
    conn: &mut Conn,
    school: SchoolId,
    since: DateTime<Utc>,
    offset: TimeDelta,
) -> Result<Vec<DayCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select (opened_at + $3) / $4 as day, count(*) as count from conflict
             where school = $1 and opened_at >= $2 group by (opened_at + $3) / $4 order by 1 limit 1000",
        )
        .bind(school)
        .bind(micros(since))
        .bind(offset.num_microseconds().unwrap_or(0))
        .bind(DAY)
        .fetch_all(c)
        .await
    })
}

/// Conflicts closed since `since`, by day, like [`opened_by_day`].
pub async fn closed_by_day(
    conn: &mut Conn,
    school: SchoolId,
    since: DateTime<Utc>,
    offset: TimeDelta,
) -> Result<Vec<DayCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select (closed_at + $3) / $4 as day, count(*) as count from conflict
             where school = $1 and closed_at >= $2 group by (closed_at + $3) / $4 order by 1 limit 1000",
        )
        .bind(school)
        .bind(micros(since))
        .bind(offset.num_microseconds().unwrap_or(0))
        .bind(DAY)
        .fetch_all(c)
        .await
    })
}
