//! What a run changed, as people read it: record by record with before and after, and in numbers.

use chrono::{DateTime, Utc};
use merge::{Outcome, Side};
use sqlx::{FromRow, QueryBuilder};

use super::{Operation, PlanVerdict};
use crate::column::{MaybeTime, Text};
use crate::db::{Conn, like_pattern, on, push_list};
use crate::error::Result;
use crate::ids::{PlanChangeId, RunId};

/// How many values a row changes: the length of its list of paths. The names of the list cannot hold `","`, because JSON
/// writes a quote inside a name as `\"`. A delete has no paths and counts as one.
macro_rules! values {
    () => {
        "case when p.changed = '[]' then 1
           else (length(p.changed) - length(replace(p.changed, '\",\"', ''))) / 3 + 1 end"
    };
}

/// Which changes of a run; empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct ChangeFilter<'a> {
    /// Only these merge types.
    pub types: Vec<&'a str>,
    /// Only this side.
    pub side: Option<Side>,
    /// Only these operations.
    pub operations: Vec<Operation>,
    /// Only these verdicts.
    pub verdicts: Vec<PlanVerdict>,
    /// Only those that change this field.
    pub field: Option<&'a str>,
    /// Only records whose label contains this, whatever the case.
    pub text: Option<&'a str>,
    /// Only places after this one.
    pub after: Option<i64>,
    /// Only places before this one.
    pub before: Option<i64>,
}

/// A change of a run with how its sending went.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Change {
    /// Its id.
    pub id: PlanChangeId,
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// Place in the plan.
    pub position: i64,
    /// Key of the record in canonical form.
    pub key: String,
    /// Key of the record for people.
    pub label: String,
    /// The side that was to change.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// What was to be done to it.
    pub operation: Operation,
    /// Verdict of the engine on the record.
    #[sqlx(try_from = "Text<Outcome>")]
    pub outcome: Outcome,
    /// What became of it.
    pub verdict: PlanVerdict,
    /// JSON list of the changed fields.
    pub changed: String,
    /// JSON: rule, level and mode per path; of a blocked row what it waits for.
    pub decisions: String,
    /// JSON: what the side held.
    pub before: Option<String>,
    /// JSON: what it was to hold.
    pub after: Option<String>,
    /// When it was last sent.
    #[sqlx(try_from = "MaybeTime")]
    pub last_sent_at: Option<DateTime<Utc>>,
    /// When that was over.
    #[sqlx(try_from = "MaybeTime")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Code of the other system's refusal.
    pub error_code: Option<String>,
    /// What the other system said.
    pub error_message: Option<String>,
    /// The field it named.
    pub error_field: Option<String>,
}

/// How much the filter lets through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct ChangeTally {
    /// Rows: one for a record and side.
    pub records: i64,
    /// Values that they change; a delete counts as one.
    pub fields: i64,
}

/// How many changes of a run are alike.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ChangeTotal {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// What was to be done.
    pub operation: Operation,
    /// What became of it.
    pub verdict: PlanVerdict,
    /// How many.
    pub records: i64,
    /// How many values they change.
    pub fields: i64,
}

macro_rules! push_filter {
    ($query:expr, $run:expr, $filter:expr) => {{
        $query.push(" where p.run = ").push_bind($run);
        if !$filter.types.is_empty() {
            $query.push(" and p.type in ");
            push_list!($query, &$filter.types);
        }
        if let Some(side) = $filter.side {
            $query.push(" and p.side = ").push_bind(side.as_str());
        }
        if !$filter.operations.is_empty() {
            $query.push(" and p.operation in ");
            push_list!($query, &$filter.operations);
        }
        if !$filter.verdicts.is_empty() {
            $query.push(" and p.verdict in ");
            push_list!($query, &$filter.verdicts);
        }
        if let Some(field) = $filter.field {
            $query.push(" and p.changed like ").push_bind(names_field(field)).push(" escape '!'");
        }
        if let Some(text) = $filter.text {
            $query.push(" and exists (select 1 from link l where l.id = p.link and l.search like ");
            $query.push_bind(like_pattern(text)).push(" escape '\\')");
        }
        if let Some(after) = $filter.after {
            $query.push(" and p.position > ").push_bind(after);
        }
        if let Some(before) = $filter.before {
            $query.push(" and p.position < ").push_bind(before);
        }
    }};
}

/// A pattern for a JSON list that holds this name.
fn names_field(field: &str) -> String {
    let mut pattern = String::from("%\"");
    for c in field.chars() {
        match c {
            '%' | '_' | '!' => pattern.extend(['!', c]),
            '"' | '\\' => pattern.extend(['\\', c]),
            _ => pattern.push(c),
        }
    }
    pattern.push_str("\"%");
    pattern
}

/// Changes of a run in the order of the plan, or against it: a page that is reached from its end.
pub async fn changes(
    conn: &mut Conn,
    run: RunId,
    filter: &ChangeFilter<'_>,
    backwards: bool,
    limit: u32,
) -> Result<Vec<Change>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(
            "select p.id, p.type, p.position, p.key, p.label, p.side, p.operation, p.outcome, p.verdict, p.changed,
               p.decisions, p.before, p.after, w.last_sent_at, w.ended_at, w.error_code, w.error_message,
               w.error_field
             from plan_change p left join write w on w.id = p.id",
        );
        push_filter!(query, run, filter);
        query.push(if backwards { " order by p.position desc limit " } else { " order by p.position limit " });
        query.push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many records and values the filter lets through.
pub async fn change_tally(conn: &mut Conn, run: RunId, filter: &ChangeFilter<'_>) -> Result<ChangeTally> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) as records, coalesce(sum(");
        query.push(values!()).push("), 0) as fields from plan_change p");
        push_filter!(query, run, filter);
        query.build_query_as().fetch_one(c).await
    })
}

/// Records and values of a run by type, side, operation and verdict.
pub async fn totals(conn: &mut Conn, run: RunId) -> Result<Vec<ChangeTotal>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select p.type, p.side, p.operation, p.verdict, count(*) as records, sum(");
        query.push(values!()).push(") as fields from plan_change p where p.run = ").push_bind(run);
        query.push(" group by p.type, p.side, p.operation, p.verdict");
        query.push(" order by p.type, p.side, p.operation, p.verdict limit 10000");
        query.build_query_as().fetch_all(c).await
    })
}

#[cfg(test)]
mod tests {
    use super::names_field;

    #[test]
    fn a_name_with_signs_of_the_pattern_is_found_as_it_is() {
        assert_eq!(names_field("room"), "%\"room\"%");
        assert_eq!(names_field("a_b!%"), "%\"a!_b!!!%\"%");
        assert_eq!(names_field("a\"b"), "%\"a\\\"b\"%");
    }
}
