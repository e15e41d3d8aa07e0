//! People who may sign in. An address belongs to one person, however its letters are written.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use crate::column::{MaybeTime, Time, micros};
use crate::db::{Conn, change, like_pattern, on, sql};
use crate::error::{Result, StoreError};
use crate::ids::{PersonId, SchoolId};
use crate::person_role::Role;

/// One person. Has no `Debug`: it holds the hash of a password (RL S30).
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their address, as it was written.
    pub email: String,
    /// The name that decisions and the audit log carry.
    pub name: String,
    /// The hash of the password with its parameters; none while they cannot sign in by one.
    pub password_hash: Option<String>,
    /// Since when they may not sign in any more.
    #[sqlx(try_from = "MaybeTime")]
    pub disabled_at: Option<DateTime<Utc>>,
    /// When they were added.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
    /// When they last asked for something.
    #[sqlx(try_from = "MaybeTime")]
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// A person to add.
#[derive(Clone)]
pub struct NewPerson<'a> {
    /// Their id.
    pub id: PersonId,
    /// Their address.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
    /// The hash of their password.
    pub password_hash: Option<&'a str>,
}

const SELECT: &str =
    "select p.id, p.email, p.name, p.password_hash, p.disabled_at, p.created_at, p.last_seen_at
  from person p ";

/// The form of an address by which two are the same: without blanks around it, in lower case.
#[must_use]
pub fn folded(email: &str) -> String {
    email.trim().to_lowercase()
}

/// What a person is searched by. The engines fold only some letters, so they are folded here; a line apart, so that no
/// search finds the end of one and the beginning of the other.
fn search_text(name: &str, email: &str) -> String {
    format!("{}\n{}", name.to_lowercase(), folded(email))
}

/// Adds a person. `false` when the address is taken, and nothing was done.
pub async fn add(conn: &mut Conn, person: &NewPerson<'_>, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "insert into person (id, email, email_folded, name, search, password_hash, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (email_folded) do nothing",
        )
        .bind(person.id)
        .bind(person.email.trim())
        .bind(folded(person.email))
        .bind(person.name)
        .bind(search_text(person.name, person.email))
        .bind(person.password_hash)
        .bind(micros(now))
    )?;
    Ok(done == 1)
}

/// The person with this id, if there is one.
pub async fn find(conn: &mut Conn, id: PersonId) -> Result<Option<Person>> {
    on!(conn, c => sqlx::query_as(sql([SELECT, "where p.id = $1"])).bind(id).fetch_optional(c).await)
}

/// The person with this id, who must exist.
pub async fn get(conn: &mut Conn, id: PersonId) -> Result<Person> {
    find(conn, id).await?.ok_or_else(|| StoreError::not_found("person", id))
}

/// The person with this address, if there is one.
pub async fn find_by_email(conn: &mut Conn, email: &str) -> Result<Option<Person>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where p.email_folded = $1"])).bind(folded(email)).fetch_optional(c).await
    })
}

/// Whether there is anybody at all.
pub async fn is_any(conn: &mut Conn) -> Result<bool> {
    let one: Option<i64> = on!(conn, c => {
        sqlx::query_scalar("select created_at from person order by created_at limit 1").fetch_optional(c).await
    })?;
    Ok(one.is_some())
}

/// Which people to list; empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter<'a> {
    /// Only those with a role in this school, or in every school.
    pub school: Option<SchoolId>,
    /// Only those with this role there.
    pub role: Option<Role>,
    /// Only those whose name or address contains this.
    pub q: Option<&'a str>,
    /// Only those whose folded address comes after this one: the last of the page before.
    pub after: Option<&'a str>,
}

fn restrict<DB>(query: &mut QueryBuilder<DB>, filter: &PersonFilter<'_>)
where
    DB: sqlx::Database,
    SchoolId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    Role: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    String: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    query.push("where p.email_folded > ").push_bind(filter.after.unwrap_or_default().to_owned());
    if filter.school.is_some() || filter.role.is_some() {
        query.push(" and exists (select 1 from person_role r where r.person = p.id");
        if let Some(school) = filter.school {
            query.push(" and (r.school is null or r.school = ").push_bind(school).push(")");
        }
        if let Some(role) = filter.role {
            query.push(" and r.role = ").push_bind(role);
        }
        query.push(")");
    }
    if let Some(q) = filter.q {
        query.push(" and p.search like ").push_bind(like_pattern(q)).push(r" escape '\'");
    }
}

/// People in the order of their folded addresses.
pub async fn list(conn: &mut Conn, filter: &PersonFilter<'_>, limit: u32) -> Result<Vec<Person>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        restrict(&mut query, filter);
        query.push(" order by p.email_folded limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many people the filter takes.
pub async fn count(conn: &mut Conn, filter: &PersonFilter<'_>) -> Result<i64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) from person p ");
        restrict(&mut query, &PersonFilter { after: None, ..filter.clone() });
        query.build_query_scalar().fetch_one(c).await
    })
}

/// Gives a person another name.
pub async fn rename(conn: &mut Conn, id: PersonId, name: &str) -> Result<()> {
    let search = search_text(name, &get(conn, id).await?.email);
    change!(
        conn,
        sqlx::query("update person set name = $2, search = $3 where id = $1")
            .bind(id)
            .bind(name)
            .bind(search)
    )?;
    Ok(())
}

/// Gives a person another password.
pub async fn set_password(conn: &mut Conn, id: PersonId, hash: &str) -> Result<()> {
    change!(conn, sqlx::query("update person set password_hash = $2 where id = $1").bind(id).bind(hash))?;
    Ok(())
}

/// Keeps a person out (`Some`), or lets them in again.
pub async fn set_disabled(conn: &mut Conn, id: PersonId, since: Option<DateTime<Utc>>) -> Result<()> {
    change!(
        conn,
        sqlx::query("update person set disabled_at = $2 where id = $1").bind(id).bind(since.map(micros))
    )?;
    Ok(())
}

/// Notes that a person has asked for something.
pub async fn touch(conn: &mut Conn, id: PersonId, now: DateTime<Utc>) -> Result<()> {
    change!(
        conn,
        sqlx::query("update person set last_seen_at = $2 where id = $1").bind(id).bind(micros(now))
    )?;
    Ok(())
}
