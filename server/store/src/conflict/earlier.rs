//! What was decided before of the same questions (MS C8).

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::Conflict;
use crate::column::Time;
use crate::db::{Conn, on};
use crate::decision::ChoiceKind;
use crate::error::Result;

/// What somebody chose for a path of the record when it last had the three values it has now.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Earlier {
    /// The path; empty for the whole record.
    pub path: String,
    /// The choice.
    pub choice: ChoiceKind,
    /// JSON of the value, for [`ChoiceKind::Value`].
    pub value: Option<String>,
    /// Number of the conflict it was chosen for.
    pub conflict: i64,
    /// Who decided, as people see it.
    pub person: String,
    /// When.
    #[sqlx(try_from = "Time")]
    pub decided_at: DateTime<Utc>,
}

/// Choices looked at: the newest of a path is what counts.
const LOOKED_AT: i64 = 1_000;

/// The newest earlier choice for each path of a conflict, in the order of the paths: from closed conflicts of a record of the
/// same type and key, where the decision reached both sides and was made on the same three values. A choice for the whole
/// record counts where the whole question was the same.
pub async fn earlier_choices(conn: &mut Conn, conflict: &Conflict) -> Result<Vec<Earlier>> {
    let rows: Vec<Earlier> = on!(conn, c => {
        sqlx::query_as(
            "select df.path, df.choice, df.value, c.number as conflict, d.person, d.decided_at
             from conflict c
               join decision d on d.conflict = c.id and d.conflict_revision = c.revision
               join decision_field df on df.decision = d.id
             where c.school = $1 and c.type = $2 and c.key = $3 and c.closed_at is not null
               and d.state = 'applied' and d.undoes is null
               and ((df.path = '' and c.revision = $4)
                 or exists (select 1 from conflict_field f join conflict_field n on n.path = f.path
                   where f.conflict = c.id and f.path = df.path and n.conflict = $5 and n.question = f.question))
             order by df.path, d.decided_at desc, d.id desc limit $6",
        )
        .bind(conflict.school)
        .bind(&conflict.type_name)
        .bind(&conflict.key)
        .bind(&conflict.revision)
        .bind(conflict.id)
        .bind(LOOKED_AT)
        .fetch_all(c)
        .await
    })?;
    let mut newest: Vec<Earlier> = Vec::new();
    for row in rows {
        if newest.last().is_none_or(|last| last.path != row.path) {
            newest.push(row);
        }
    }
    Ok(newest)
}
