//! Accounts: how a person comes to have one, and what happens to it. Used by the pages around signing in and by the
//! command line; what admins do to others goes through the desk.

use std::sync::Arc;

use app::api::{Actor, Role};
use chrono::TimeDelta;
use connect::Clock;
use serde_json::json;
use store::ids::{AuditId, PersonId, SchoolId};
use store::invitation::Invitation;
use store::person::{NewPerson, Person};
use store::{Conn, Store, StoreError, Tx, person, person_role};

use super::limit;
use super::password::{Fit, PasswordError, Passwords, refusal};

/// An invitation works so long (UX 7.9).
pub(crate) const INVITATION: TimeDelta = TimeDelta::days(7);
/// Most characters of a name or an address.
const MOST: usize = 200;

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// A field cannot be used: its name, and why.
    #[error("{1}")]
    Field(&'static str, String),
    /// It cannot be done any more.
    #[error("{0}")]
    NotNow(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Hashing failed.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

pub(super) type Result<T, E = AccountError> = std::result::Result<T, E>;

/// What a person types to get an account. Has no `Debug`: it holds a password.
pub(crate) struct Account<'a> {
    /// Their address.
    pub(crate) email: &'a str,
    /// Their name.
    pub(crate) name: &'a str,
    /// Their password.
    pub(crate) password: &'a str,
}

/// Where a role holds: in this school, or in every one.
pub(crate) type Scope = Option<SchoolId>;

/// Makes accounts.
#[derive(Clone)]
pub(crate) struct Accounts {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) passwords: Passwords,
}

impl Accounts {
    /// Accounts in this database.
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let passwords = Passwords::new(Arc::clone(&clock));
        Self { store, clock, passwords }
    }

    /// Makes the first account of the installation, an admin of everything.
    pub(super) async fn first(&self, account: &Account<'_>) -> Result<PersonId> {
        check_name(account.name)?;
        let hash = self.checked_hash(account, true, &[]).await?;
        let mut tx = self.store.begin().await?;
        let id = self.add(&mut tx, account, &hash).await?;
        person_role::set(&mut tx, id, None, store_role(Role::Admin)).await?;
        let detail = json!({ "email": account.email.trim(), "role": "admin" });
        audit(&self.clock, &mut tx, None, account.name, "person.setup", account.name, &detail).await?;
        // The row of the audit log has put this transaction behind every other one that makes a person.
        if person::count(&mut tx, &person::PersonFilter::default()).await? != 1 {
            return Err(AccountError::NotNow("somebody has set this installation up already".to_owned()));
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Makes the account that an invitation is for.
    pub(super) async fn invited(
        &self,
        invitation: &Invitation,
        name: &str,
        password: &str,
    ) -> Result<PersonId> {
        let account = Account { email: &invitation.email, name, password };
        check_name(name)?;
        let words = self.words(invitation.school).await?;
        let is_admin = invitation.role == store_role(Role::Admin);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let hash = self.checked_hash(&account, is_admin, &words).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if !store::invitation::use_up(&mut tx, &invitation.token_hash, now).await? {
            return Err(AccountError::NotNow("this invitation has been used or has run out".to_owned()));
        }
        let id = match person::find_by_email(&mut tx, account.email).await? {
            None => self.add(&mut tx, &account, &hash).await?,
            Some(known) if known.disabled_at.is_some() => {
                let admitted = Account { name, ..account };
                self.admit(&mut tx, &known, &admitted, &hash).await?;
                known.id
            }
            Some(_) => {
                return Err(AccountError::NotNow("there is an account for this address already".to_owned()));
            }
        };
        person_role::set(&mut tx, id, invitation.school, invitation.role).await?;
        store::invitation::remove_open(&mut tx, &invitation.email).await?;
        let detail = json!({ "email": invitation.email, "role": invitation.role, "invited_by": invitation.invited_by });
        audit(&self.clock, &mut tx, invitation.school, name, "person.join", name, &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Makes an account, or lets its person in again with this password and role. Answers whether it was there.
    pub(crate) async fn add_or_admit(
        &self,
        actor: &Actor,
        account: &Account<'_>,
        role: Role,
        scope: Scope,
    ) -> Result<bool> {
        check_email(account.email)?;
        check_name(account.name)?;
        let words = self.words(scope).await?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let hash = self.checked_hash(account, role == Role::Admin, &words).await?;
        let mut tx = self.store.begin().await?;
        let known = person::find_by_email(&mut tx, account.email).await?;
        let id = match &known {
            Some(known) => {
                self.admit(&mut tx, known, account, &hash).await?;
                known.id
            }
            None => self.add(&mut tx, account, &hash).await?,
        };
        person_role::set(&mut tx, id, scope, store_role(role)).await?;
        store::invitation::remove_open(&mut tx, account.email).await?;
        let action = if known.is_some() { "person.admit" } else { "person.add" };
        let detail = json!({ "email": account.email.trim(), "role": role });
        audit(&self.clock, &mut tx, scope, &actor.name, action, account.name, &detail).await?;
        tx.commit().await?;
        Ok(known.is_some())
    }

    /// Gives a person who knows the present password another one, and ends their sessions but this one (RL S17).
    pub(super) async fn change_password(
        &self,
        id: PersonId,
        current: &str,
        new: &str,
        session: Option<&str>,
    ) -> Result<()> {
        let person = person::get(&mut *self.store.read().await?, id).await?;
        let words = self.words(None).await?;
        let own: Vec<&str> =
            words.iter().map(String::as_str).chain([&*person.email, &*person.name]).collect();
        let is_admin = {
            let mut reader = self.store.read().await?;
            let roles = person_role::list(&mut reader, &[id]).await?;
            roles.iter().any(|given| given.role == store_role(Role::Admin))
        };
        // The present one first: a new one that is not taken must tell nothing about a wrong guess (RL S21).
        if self.passwords.fits(current, person.password_hash.as_deref()).await? == Fit::No {
            return Err(AccountError::Field(
                "current_password",
                "This is not your present password.".to_owned(),
            ));
        }
        if let Some(reason) = refusal(new, is_admin, &own) {
            return Err(AccountError::Field("new_password", reason));
        }
        let hash = self.passwords.hash(new).await?;
        let mut tx = self.store.begin().await?;
        person::set_password(&mut tx, id, &hash).await?;
        let ended = store::session::end_all_of(&mut tx, id, session).await?;
        let detail = json!({ "sessions_ended": ended });
        let scope = home(&mut tx, id).await?;
        audit(&self.clock, &mut tx, scope, &person.name, "person.password", &person.name, &detail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lets an account try to sign in again at once (RL S22). Answers whether there is such an account.
    pub(crate) async fn unlock(&self, actor: &Actor, email: &str) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let Some(person) = person::find_by_email(&mut tx, email).await? else { return Ok(false) };
        limit::unlock(&mut tx, email).await?;
        let scope = home(&mut tx, person.id).await?;
        let detail = json!({ "email": person.email });
        audit(&self.clock, &mut tx, scope, &actor.name, "person.unlock", &person.name, &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Keeps a person out of every school at once. Answers whether there is such an account.
    pub(crate) async fn remove(&self, actor: &Actor, email: &str) -> Result<bool> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let Some(person) = person::find_by_email(&mut tx, email).await? else { return Ok(false) };
        let scope = home(&mut tx, person.id).await?;
        let roles = person_role::list(&mut tx, &[person.id]).await?;
        let detail = json!({ "email": person.email });
        audit(&self.clock, &mut tx, scope, &actor.name, "person.remove", &person.name, &detail).await?;
        person::set_disabled(&mut tx, person.id, Some(now)).await?;
        store::invitation::remove_open(&mut tx, email).await?;
        store::session::end_all_of(&mut tx, person.id, None).await?;
        // The row of the audit log has put this transaction behind every other one that removes somebody.
        for given in roles.iter().filter(|given| given.role == store_role(Role::Admin)) {
            if person_role::count_admins(&mut tx, given.school, person.id).await? == 0 {
                return Err(AccountError::NotNow(last_admin()));
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn add(&self, tx: &mut Tx, account: &Account<'_>, hash: &str) -> Result<PersonId> {
        let clock = &self.clock;
        let id = PersonId::new(clock.now(), clock.random());
        let new =
            NewPerson { id, email: account.email, name: account.name.trim(), password_hash: Some(hash) };
        if !person::add(tx, &new, clock.now()).await? {
            return Err(AccountError::Field(
                "email",
                "There is an account for this address already.".to_owned(),
            ));
        }
        Ok(id)
    }

    /// Lets a known person in again: new password, no lock, no old session, not kept out. Whoever was kept out begins
    /// with no role, or an invitation to one school would open every school they were in before (RL S28).
    async fn admit(&self, tx: &mut Tx, known: &Person, account: &Account<'_>, hash: &str) -> Result<()> {
        if known.disabled_at.is_some() {
            person_role::remove_all(tx, known.id).await?;
        }
        person::rename(tx, known.id, account.name.trim()).await?;
        person::set_password(tx, known.id, hash).await?;
        person::set_disabled(tx, known.id, None).await?;
        limit::unlock(tx, account.email).await?;
        store::session::end_all_of(tx, known.id, None).await?;
        Ok(())
    }

    async fn checked_hash(&self, account: &Account<'_>, is_admin: bool, words: &[&str]) -> Result<String> {
        let own: Vec<&str> = words.iter().copied().chain([account.email, account.name]).collect();
        match refusal(account.password, is_admin, &own) {
            Some(reason) => Err(AccountError::Field("password", reason)),
            None => Ok(self.passwords.hash(account.password).await?),
        }
    }

    /// Names of the school, or of every school: words that a password should not be made of.
    async fn words(&self, scope: Scope) -> Result<Vec<String>> {
        let mut reader = self.store.read().await?;
        let schools = match scope {
            Some(school) => vec![store::school::get(&mut reader, school).await?],
            None => store::school::list(&mut reader, "", 200).await?,
        };
        Ok(schools.into_iter().flat_map(|school| [school.slug, school.name]).collect())
    }
}

/// What is said when nobody would be left who may do everything.
pub(crate) fn last_admin() -> String {
    "this is the last admin: make somebody else an admin first".to_owned()
}

/// An address that mail could go to, as far as a look can tell.
pub(crate) fn check_email(email: &str) -> Result<()> {
    let email = email.trim();
    let parts = email.split_once('@').filter(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.')
    });
    let fits = parts.is_some()
        && email.chars().count() <= MOST
        && !email.chars().any(|letter| letter.is_control() || letter.is_whitespace());
    let reason =
        || AccountError::Field("email", "Write an e-mail address, such as name@example.edu.".to_owned());
    if fits { Ok(()) } else { Err(reason()) }
}

/// A name that can stand in lists and the audit log.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= MOST && !name.chars().any(char::is_control);
    let reason = || AccountError::Field("name", format!("Write a name of at most {MOST} characters."));
    if fits { Ok(()) } else { Err(reason()) }
}

/// The school a row about this person belongs to: the only one they are in, else none.
pub(super) async fn home(conn: &mut Conn, id: PersonId) -> Result<Scope, StoreError> {
    let roles = person_role::list(conn, &[id]).await?;
    Ok(match roles.as_slice() {
        [only] => only.school,
        _ => None,
    })
}

/// Who a person is, while they may come in; nobody otherwise.
pub(super) async fn actor(conn: &mut Conn, id: PersonId) -> Result<Option<(Actor, Person)>, StoreError> {
    let found = person::find(conn, id).await?;
    let Some(person) = found.filter(|person| person.disabled_at.is_none()) else { return Ok(None) };
    let roles = person_role::list(conn, &[id]).await?;
    let roles = roles
        .into_iter()
        .map(|given| (given.slug.unwrap_or_else(|| "*".to_owned()), api_role(given.role)))
        .collect();
    Ok(Some((Actor { id: id.to_string(), name: person.name.clone(), roles }, person)))
}

/// The role as the store has it.
pub(crate) fn store_role(role: Role) -> person_role::Role {
    match role {
        Role::Viewer => person_role::Role::Viewer,
        Role::Resolver => person_role::Role::Resolver,
        Role::Lead => person_role::Role::Lead,
        Role::Admin => person_role::Role::Admin,
    }
}

/// The role as the desk has it.
pub(crate) fn api_role(role: person_role::Role) -> Role {
    match role {
        person_role::Role::Viewer => Role::Viewer,
        person_role::Role::Resolver => Role::Resolver,
        person_role::Role::Lead => Role::Lead,
        person_role::Role::Admin => Role::Admin,
    }
}

/// Writes a row of the audit log that may belong to no school.
pub(crate) async fn audit(
    clock: &Arc<dyn Clock>,
    tx: &mut Tx,
    school: Scope,
    actor: &str,
    action: &str,
    target: &str,
    detail: &serde_json::Value,
) -> Result<(), StoreError> {
    let now = clock.now();
    let id = AuditId::new(now, clock.random());
    let detail = detail.to_string();
    let row = store::audit::NewAudit { id, school, actor, action, target, detail: &detail };
    store::audit::append(tx, &row, now).await?;
    Ok(())
}

/// The first letter large, and a full stop at the end.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
