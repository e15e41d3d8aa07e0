//! Decisions: who chose what, when and why, having seen which revision. A decision names the values it overwrote
//! when it was forced (MS C7).

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use crate::column::{Time, micros, text_enum};
use crate::db::{BATCH, Conn, change, on, push_list, sql};
use crate::error::{Result, StoreError};
use crate::ids::{ConflictId, DecisionId, LinkId, SchoolId};

text_enum! {
    /// What became of a decision.
    pub enum DecisionState {
        /// Stored; its writes are on their way.
        Decided = "decided",
        /// On both sides.
        Applied = "applied",
        /// On one side, or for some paths.
        Partly = "partly",
        /// A side would not take it.
        Refused = "refused",
        /// Taken back: before anything was sent, or by writing back the values from before.
        Undone = "undone",
    }
}

text_enum! {
    /// What was chosen for a path (MS C5).
    pub enum ChoiceKind {
        /// Our value.
        Ours = "ours",
        /// Their value.
        Theirs = "theirs",
        /// The value both sides last held.
        Base = "base",
        /// A third value.
        Value = "value",
        /// No value.
        Clear = "clear",
    }
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The conflict.
    pub conflict: ConflictId,
    /// Revision that the person saw.
    pub conflict_revision: String,
    /// Who decided, as people see it.
    pub person: String,
    /// Who decided, told apart from others of the same name; empty at the command line.
    pub person_id: String,
    /// When.
    #[sqlx(try_from = "Time")]
    pub decided_at: DateTime<Utc>,
    /// Whether it was forced.
    pub force: bool,
    /// Why; may be empty unless it was forced.
    pub reason: String,
    /// What became of it.
    pub state: DecisionState,
    /// JSON: the values that a forced apply overwrote, by side.
    pub overwrote: Option<String>,
    /// The decision that this one takes back by writing the values from before; it then chooses for no path.
    pub undoes: Option<DecisionId>,
}

/// What was chosen for one path.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DecisionField {
    /// The path.
    pub path: String,
    /// Its place among the paths.
    pub position: i64,
    /// The choice.
    pub choice: ChoiceKind,
    /// JSON of the value, for [`ChoiceKind::Value`]; for the others what it came to.
    pub value: Option<String>,
}

#[derive(FromRow)]
struct FieldRow {
    decision: DecisionId,
    #[sqlx(flatten)]
    field: DecisionField,
}

const SELECT: &str =
    "select id, conflict, conflict_revision, person, person_id, decided_at, force, reason, state, overwrote,
     undoes
  from decision ";

/// Stores a decision and what was chosen for each path. `base` is what both sides last held then, as canonical JSON: it comes
/// back when the decision is undone.
pub async fn add(
    conn: &mut Conn,
    decision: &Decision,
    fields: &[DecisionField],
    base: Option<&str>,
) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "insert into decision (id, conflict, conflict_revision, person, decided_at, force, reason, state,
               overwrote, undoes, base, person_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(decision.id)
        .bind(decision.conflict)
        .bind(&decision.conflict_revision)
        .bind(&decision.person)
        .bind(micros(decision.decided_at))
        .bind(decision.force)
        .bind(&decision.reason)
        .bind(decision.state)
        .bind(decision.overwrote.as_deref())
        .bind(decision.undoes)
        .bind(base)
        .bind(&decision.person_id)
    )?;
    for fields in fields.chunks(BATCH) {
        on!(conn, c => {
            let mut query =
                QueryBuilder::new("insert into decision_field (decision, path, position, choice, value) ");
            query.push_values(fields, |mut row, field| {
                row.push_bind(decision.id).push_bind(&field.path).push_bind(field.position);
                row.push_bind(field.choice).push_bind(field.value.as_deref());
            });
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// The decision with this id, which must exist.
pub async fn get(conn: &mut Conn, id: DecisionId) -> Result<Decision> {
    let row = on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where id = $1"])).bind(id).fetch_optional(c).await
    })?;
    row.ok_or_else(|| StoreError::not_found("decision", id))
}

/// The base of the record when this decision was made; `None` when both sides had never agreed.
pub async fn base_of(conn: &mut Conn, id: DecisionId) -> Result<Option<String>> {
    let row: Option<Option<String>> = on!(conn, c => {
        sqlx::query_scalar("select base from decision where id = $1").bind(id).fetch_optional(c).await
    })?;
    row.ok_or_else(|| StoreError::not_found("decision", id))
}

/// The decision that takes this one back and has not failed: it is on its way, or has arrived.
pub async fn find_undo(conn: &mut Conn, id: DecisionId) -> Result<Option<Decision>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where undoes = $1 and state in ('decided', 'applied', 'partly') order by decided_at desc, id desc limit 1",
        ]))
        .bind(id)
        .fetch_optional(c)
        .await
    })
}

/// What was chosen for each path of a decision, at most 10 000 (RL Q5).
pub async fn fields(conn: &mut Conn, id: DecisionId) -> Result<Vec<DecisionField>> {
    let found = fields_of_many(conn, &[id]).await?;
    Ok(found.into_iter().map(|(_, field)| field).collect())
}

/// What was chosen for each path of these decisions, in the order of (decision, place), at most 10 000 (RL Q5).
pub async fn fields_of_many(conn: &mut Conn, ids: &[DecisionId]) -> Result<Vec<(DecisionId, DecisionField)>> {
    let mut found = Vec::new();
    for ids in ids.chunks(BATCH) {
        let rows = on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select decision, path, position, choice, value from decision_field where decision in ",
            );
            push_list!(query, ids);
            query.push(" order by decision, position limit 10000");
            query.build_query_as::<FieldRow>().fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(|row| (row.decision, row.field)));
    }
    Ok(found)
}

/// Decisions on a conflict, newest first.
pub async fn list_for_conflict(conn: &mut Conn, conflict: ConflictId, limit: u32) -> Result<Vec<Decision>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where conflict = $1 order by decided_at desc, id desc limit $2"]))
            .bind(conflict)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })
}

/// Decisions on all conflicts that a record ever had, newest first, below the id `before` (`None`: from the newest).
pub async fn list_for_link(
    conn: &mut Conn,
    link: LinkId,
    before: Option<DecisionId>,
    limit: u32,
) -> Result<Vec<Decision>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        query.push("where conflict in (select c.id from conflict c where c.link = ").push_bind(link).push(")");
        if let Some(before) = before {
            query.push(" and id < ").push_bind(before);
        }
        query.push(" order by id desc limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many decisions there are on all conflicts that a record ever had.
pub async fn count_for_link(conn: &mut Conn, link: LinkId) -> Result<i64> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select count(*) from decision where conflict in (select c.id from conflict c where c.link = $1)",
        )
        .bind(link)
        .fetch_one(c)
        .await
    })
}

/// Says what became of a decision; `overwrote` is JSON, `None` keeps what is known.
pub async fn set_state(
    conn: &mut Conn,
    id: DecisionId,
    state: DecisionState,
    overwrote: Option<&str>,
) -> Result<()> {
    change!(
        conn,
        sqlx::query("update decision set state = $2, overwrote = coalesce($3, overwrote) where id = $1")
            .bind(id)
            .bind(state)
            .bind(overwrote)
    )?;
    Ok(())
}

/// Whether a school has decisions whose writes have ended and of which nobody has said yet what became of them.
pub async fn has_ended(conn: &mut Conn, school: SchoolId) -> Result<bool> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select exists (select 1 from decision d join conflict c on c.id = d.conflict
               where d.state = 'decided' and c.school = $1 and not exists (select 1 from write w
                 where w.decision = d.id
                   and w.state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')))",
        )
        .bind(school)
        .fetch_one(c)
        .await
    })
}

/// Decisions of a school whose writes have ended and of which nobody has said yet what became of them, oldest first.
pub async fn list_ended(conn: &mut Conn, school: SchoolId, limit: u32) -> Result<Vec<Decision>> {
    on!(conn, c => {
        sqlx::query_as(
            "select d.id, d.conflict, d.conflict_revision, d.person, d.person_id, d.decided_at, d.force, d.reason, d.state,
               d.overwrote, d.undoes
             from decision d join conflict c on c.id = d.conflict
             where d.state = 'decided' and c.school = $1 and not exists (select 1 from write w
               where w.decision = d.id
                 and w.state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked'))
             order by d.decided_at, d.id limit $2",
        )
        .bind(school)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}
