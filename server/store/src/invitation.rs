//! Invitations: links that let somebody in once, within a week. The table knows the SHA-256 of the link's token.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{MaybeTime, Time, micros};
use crate::db::{Conn, change, on, sql};
use crate::error::Result;
use crate::ids::SchoolId;
use crate::person::folded;
use crate::person_role::Role;

/// One invitation.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Invitation {
    /// SHA-256 of its token, in hexadecimal.
    pub token_hash: String,
    /// Whom it is for.
    pub email: String,
    /// Their name, as whoever invites writes it.
    pub name: String,
    /// Where the role will hold; `None` is every school.
    pub school: Option<SchoolId>,
    /// The role.
    pub role: Role,
    /// Who invites.
    pub invited_by: String,
    /// When it was made.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
    /// Until when it can be used.
    #[sqlx(try_from = "Time")]
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    #[sqlx(try_from = "MaybeTime")]
    pub used_at: Option<DateTime<Utc>>,
}

const SELECT: &str =
    "select token_hash, email, name, school, role, invited_by, created_at, expires_at, used_at
  from invitation ";

/// Adds an invitation.
pub async fn add(conn: &mut Conn, invitation: &Invitation) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "insert into invitation (token_hash, email, name, school, role, invited_by, created_at, expires_at,
               email_folded)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&invitation.token_hash)
        .bind(&invitation.email)
        .bind(&invitation.name)
        .bind(invitation.school)
        .bind(invitation.role)
        .bind(&invitation.invited_by)
        .bind(micros(invitation.created_at))
        .bind(micros(invitation.expires_at))
        .bind(folded(&invitation.email))
    )?;
    Ok(())
}

/// The invitation with this token that can still be used, if there is one.
pub async fn find(conn: &mut Conn, token_hash: &str, now: DateTime<Utc>) -> Result<Option<Invitation>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where token_hash = $1 and used_at is null and expires_at > $2"]))
            .bind(token_hash)
            .bind(micros(now))
            .fetch_optional(c)
            .await
    })
}

/// Invitations to a school, or to every school, that can still be used; newest first.
pub async fn list_open(
    conn: &mut Conn,
    school: SchoolId,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Invitation>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where (school = $1 or school is null) and used_at is null and expires_at > $2
             order by created_at desc, token_hash limit $3",
        ]))
        .bind(school)
        .bind(micros(now))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Uses an invitation up. `false` when it cannot be used any more, and nothing was done.
pub async fn use_up(conn: &mut Conn, token_hash: &str, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update invitation set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2",
        )
        .bind(token_hash)
        .bind(micros(now))
    )?;
    Ok(done == 1)
}

/// Removes every invitation of this address that was not used, whichever school it is to. Answers how many.
pub async fn remove_open(conn: &mut Conn, email: &str) -> Result<u64> {
    change!(
        conn,
        sqlx::query("delete from invitation where email_folded = $1 and used_at is null").bind(folded(email))
    )
}
