//! What a person may do where: one role in each school, or one in every school.

use sqlx::{FromRow, QueryBuilder};

use crate::column::text_enum;
use crate::db::{BATCH, Conn, change, on, push_list};
use crate::error::Result;
use crate::ids::{PersonId, SchoolId};

text_enum! {
    /// The four roles, from least to most (UX 4).
    pub enum Role {
        /// Reads.
        Viewer = "viewer",
        /// Decides conflicts.
        Resolver = "resolver",
        /// Runs merges, forces, makes rules.
        Lead = "lead",
        /// Settings, connections, people, approvals.
        Admin = "admin",
    }
}

/// A role that was given.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PersonRole {
    /// To whom.
    pub person: PersonId,
    /// In which school; `None` is every school.
    pub school: Option<SchoolId>,
    /// Short name of that school.
    pub slug: Option<String>,
    /// The role.
    pub role: Role,
}

/// Gives a person this role in the school, or in every school. Another role there makes way. A role in every school
/// and one in a single school exclude each other for that school, so that the smaller of two is never hidden.
pub async fn set(conn: &mut Conn, person: PersonId, school: Option<SchoolId>, role: Role) -> Result<()> {
    match school {
        Some(school) => remove(conn, person, school).await?,
        None => remove_all(conn, person).await?,
    };
    change!(
        conn,
        sqlx::query("insert into person_role (person, school, role) values ($1, $2, $3)")
            .bind(person)
            .bind(school)
            .bind(role)
    )?;
    Ok(())
}

/// Takes from a person what they are in this school, be it there alone or everywhere.
pub async fn remove(conn: &mut Conn, person: PersonId, school: SchoolId) -> Result<()> {
    change!(
        conn,
        sqlx::query("delete from person_role where person = $1 and (school = $2 or school is null)")
            .bind(person)
            .bind(school)
    )?;
    Ok(())
}

/// Takes every role from a person.
pub async fn remove_all(conn: &mut Conn, person: PersonId) -> Result<()> {
    change!(conn, sqlx::query("delete from person_role where person = $1").bind(person))?;
    Ok(())
}

/// What these people are, where; by person, the role in every school first.
pub async fn list(conn: &mut Conn, people: &[PersonId]) -> Result<Vec<PersonRole>> {
    let mut all = Vec::new();
    for people in people.chunks(BATCH) {
        let rows: Vec<PersonRole> = on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select r.person, r.school, s.slug, r.role from person_role r left join school s on s.id = r.school
                 where r.person in ",
            );
            push_list!(query, people);
            query.push(" order by r.person, coalesce(s.slug, ''), r.role");
            query.build_query_as().fetch_all(c).await
        })?;
        all.extend(rows);
    }
    Ok(all)
}

/// How many others than `except` may sign in and are admins in this school, or, without one, in every school.
pub async fn count_admins(conn: &mut Conn, school: Option<SchoolId>, except: PersonId) -> Result<i64> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select count(*) from person_role r join person p on p.id = r.person
             where r.role = 'admin' and p.disabled_at is null and p.id <> $2
               and (r.school is null or r.school = $1)",
        )
        .bind(school)
        .bind(except)
        .fetch_one(c)
        .await
    })
}
