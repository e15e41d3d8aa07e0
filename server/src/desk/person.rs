//! People of a school: who they are, what they may do, who else is invited (UX 7.9).
//!
//! A role in every school belongs to the installation: only who may do everything everywhere gives or takes one.

use app::api::{
    Actor, ApiError, InvitationLine, Invite, InviteOutcome, Page, PageRequest, PersonFilter, PersonLine,
    PersonView, Role, SetRole,
};
use serde_json::json;
use store::ids::{PersonId, SchoolId};
use store::invitation::Invitation;
use store::person::{Person, PersonFilter as People, folded};
use store::person_role::PersonRole;
use store::school::School;
use store::{Conn, Tx};

use super::error::{Result, invalid, not_found, not_now};
use super::rights::{Call, require_everywhere};
use super::{Desk, page, school};
use crate::session::{
    AccountError, INVITATION, api_role, audit, check_email, check_name, hexadecimal, last_admin, store_role,
    token_hash,
};

/// Names that a refusal tells.
const HOLDERS: u32 = 5;
/// Invitations shown.
const INVITATIONS: u32 = 200;

impl Desk {
    /// People with a part in a school, by address.
    pub(super) async fn people(
        &self,
        school: &str,
        filter: &PersonFilter,
        page: &PageRequest,
    ) -> Result<Page<PersonLine>> {
        let limit = page::limit(page)?;
        let after = page::after::<String>(page)?;
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let people = People {
            school: Some(school.id),
            role: filter.role.map(store_role),
            q: filter.q.as_deref(),
            after: after.as_deref(),
        };
        let rows = store::person::list(&mut reader, &people, limit + 1).await?;
        let total = store::person::count(&mut reader, &people).await?;
        let ids: Vec<PersonId> = rows.iter().map(|person| person.id).collect();
        let roles = store::person_role::list(&mut reader, &ids).await?;
        let rows: Vec<PersonLine> =
            rows.into_iter().filter_map(|person| line(person, &roles, school.id)).collect();
        Ok(page::cut(rows, limit, total, |row| folded(&row.email), |row| row))
    }

    /// Who has this role or more in a school, for those who lack it: a few names.
    pub(super) async fn holders(&self, school: &str, needs: Role) -> Result<Vec<String>> {
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let mut names = Vec::new();
        for role in Role::ALL.into_iter().filter(|role| *role >= needs) {
            let people =
                People { school: Some(school.id), role: Some(store_role(role)), ..People::default() };
            let rows = store::person::list(&mut reader, &people, HOLDERS).await?;
            names.extend(rows.into_iter().filter(|row| row.disabled_at.is_none()).map(|row| row.name));
        }
        names.truncate(HOLDERS as usize);
        Ok(names)
    }

    /// One person of a school.
    pub(super) async fn person(&self, actor: &Actor, school: &str, id: &str) -> Result<PersonView> {
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let (person, roles) = of_school(&mut reader, &school, id).await?;
        let since = person.created_at;
        let line = line(person, &roles, school.id).ok_or_else(|| not_found(format!("person {id}")))?;
        let everywhere = may_everywhere(actor);
        Ok(PersonView {
            since,
            is_you: actor.id == id,
            may_change: actor.role_in(&school.slug) == Some(Role::Admin) && (everywhere || !line.everywhere),
            may_give_everywhere: everywhere,
            line,
        })
    }

    /// Invitations that can still be used.
    pub(super) async fn invitations(&self, school: &str) -> Result<Vec<InvitationLine>> {
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let now = self.pipeline.clock.now();
        let rows = store::invitation::list_open(&mut reader, school.id, now, INVITATIONS).await?;
        Ok(rows.into_iter().map(invitation_line).collect())
    }

    /// Makes an invitation. The token is 256 bits of the generator; the table knows its hash.
    pub(super) async fn make_invitation(
        &self,
        actor: &Actor,
        school: &str,
        invite: &Invite,
    ) -> Result<InviteOutcome> {
        check_email(&invite.email).map_err(|error| field(&error))?;
        check_name(&invite.name).map_err(|error| field(&error))?;
        let clock = &self.pipeline.clock;
        let mut tx = self.pipeline.store.begin().await?;
        let school = school::find(&mut tx, school).await?;
        let scope = (!invite.everywhere).then_some(school.id);
        let detail =
            json!({ "email": invite.email.trim(), "role": invite.role, "everywhere": invite.everywhere });
        let known = store::person::find_by_email(&mut tx, &invite.email).await?;
        if let Some(known) = known.filter(|person| person.disabled_at.is_none()) {
            let roles = store::person_role::list(&mut tx, &[known.id]).await?;
            if roles.iter().any(|given| given.school.is_none() || given.school == Some(school.id)) {
                return Err(invalid("email", "this person is here already").into());
            }
            store::person_role::set(&mut tx, known.id, scope, store_role(invite.role)).await?;
            store::session::end_all_of(&mut tx, known.id, None).await?;
            audit(clock, &mut tx, Some(school.id), &actor.name, "person.add", &known.name, &detail).await?;
            tx.commit().await?;
            return Ok(InviteOutcome::Added);
        }
        let token: Vec<u8> = (0..4).flat_map(|_| clock.random().to_le_bytes()).collect();
        let token = hexadecimal(&token);
        let now = clock.now();
        let invitation = Invitation {
            token_hash: token_hash(&token),
            email: invite.email.trim().to_owned(),
            name: invite.name.trim().to_owned(),
            school: scope,
            role: store_role(invite.role),
            invited_by: actor.name.clone(),
            created_at: now,
            expires_at: now + INVITATION,
            used_at: None,
        };
        store::invitation::add(&mut tx, &invitation).await?;
        audit(clock, &mut tx, Some(school.id), &actor.name, "person.invite", &invitation.name, &detail)
            .await?;
        tx.commit().await?;
        Ok(InviteOutcome::Link(token))
    }

    /// Changes what a person is. Their sessions end, so that the next request is one of somebody with the new role.
    pub(super) async fn change_role(&self, actor: &Actor, school: &str, change: &SetRole) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        let (school, person, before) = self.changeable(&mut tx, actor, school, &change.person).await?;
        let scope = (!change.everywhere).then_some(school.id);
        let detail = json!({
            "before": shown(&before), "role": change.role, "everywhere": change.everywhere, "email": person.email,
        });
        let clock = &self.pipeline.clock;
        audit(clock, &mut tx, Some(school.id), &actor.name, "person.role", &person.name, &detail).await?;
        store::person_role::set(&mut tx, person.id, scope, store_role(change.role)).await?;
        store::session::end_all_of(&mut tx, person.id, None).await?;
        self.keeps_an_admin(&mut tx, &school, &before).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a person's part in a school. Who has none left is kept out.
    pub(super) async fn take_part(&self, actor: &Actor, school: &str, id: &str) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        let (school, person, before) = self.changeable(&mut tx, actor, school, id).await?;
        let clock = &self.pipeline.clock;
        let detail = json!({ "before": shown(&before), "email": person.email });
        audit(clock, &mut tx, Some(school.id), &actor.name, "person.remove", &person.name, &detail).await?;
        store::person_role::remove(&mut tx, person.id, school.id).await?;
        if store::person_role::list(&mut tx, &[person.id]).await?.is_empty() {
            store::person::set_disabled(&mut tx, person.id, Some(clock.now())).await?;
        }
        store::invitation::remove_open(&mut tx, &person.email).await?;
        store::session::end_all_of(&mut tx, person.id, None).await?;
        self.keeps_an_admin(&mut tx, &school, &before).await?;
        Ok(tx.commit().await?)
    }

    /// A person of the school whom this actor may change.
    async fn changeable(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        school: &str,
        id: &str,
    ) -> Result<(School, Person, Vec<PersonRole>)> {
        let school = school::find(tx, school).await?;
        let (person, roles) = of_school(tx, &school, id).await?;
        if roles.iter().any(|given| given.school.is_none()) {
            require_everywhere(actor, Call::ManagePeople)?;
        }
        Ok((school, person, roles))
    }

    /// The last admin cannot be removed. The row of the audit log, which comes first, has put this transaction behind
    /// every other one that changes people, so two admins cannot remove each other.
    async fn keeps_an_admin(&self, tx: &mut Tx, school: &School, before: &[PersonRole]) -> Result<()> {
        let admin = store_role(Role::Admin);
        let nobody = PersonId(uuid::Uuid::nil());
        for given in before.iter().filter(|given| given.role == admin) {
            let here = given.school.is_none() || given.school == Some(school.id);
            if here && store::person_role::count_admins(tx, given.school, nobody).await? == 0 {
                return Err(not_now(last_admin()).into());
            }
        }
        Ok(())
    }
}

fn may_everywhere(actor: &Actor) -> bool {
    actor.role_everywhere() == Some(Role::Admin)
}

/// The person with this id, if they have a part in the school; who has none does not exist there (RL S28).
async fn of_school(conn: &mut Conn, school: &School, id: &str) -> Result<(Person, Vec<PersonRole>)> {
    let missing = || not_found(format!("person {id}"));
    let known: PersonId = id.parse().map_err(|_| missing())?;
    let person = store::person::find(conn, known).await?.ok_or_else(missing)?;
    let roles = store::person_role::list(conn, &[known]).await?;
    let has_part = |given: &PersonRole| given.school.is_none() || given.school == Some(school.id);
    if roles.iter().any(has_part) { Ok((person, roles)) } else { Err(missing().into()) }
}

fn line(person: Person, roles: &[PersonRole], school: SchoolId) -> Option<PersonLine> {
    let here = |given: &&PersonRole| {
        given.person == person.id && (given.school.is_none() || given.school == Some(school))
    };
    let given = roles.iter().filter(here).max_by_key(|given| given.role)?;
    Some(PersonLine {
        id: person.id.to_string(),
        role: api_role(given.role),
        everywhere: given.school.is_none(),
        name: person.name,
        email: person.email,
        last_seen_at: person.last_seen_at,
    })
}

fn invitation_line(invitation: Invitation) -> InvitationLine {
    InvitationLine {
        role: api_role(invitation.role),
        everywhere: invitation.school.is_none(),
        email: invitation.email,
        name: invitation.name,
        invited_by: invitation.invited_by,
        expires_at: invitation.expires_at,
    }
}

fn shown(roles: &[PersonRole]) -> Vec<String> {
    let place = |given: &PersonRole| given.slug.clone().unwrap_or_else(|| "*".to_owned());
    roles.iter().map(|given| format!("{} in {}", given.role, place(given))).collect()
}

fn field(error: &AccountError) -> ApiError {
    let place = if let AccountError::Field(field, _) = error { field } else { "form" };
    invalid(place, error.to_string())
}
