//! The door of one request: what pages around signing in may ask.

use std::net::IpAddr;

use app::door::{
    Door, DoorError, DoorResult, Flash, Invited, KeptPost, NewAccount, Problem, SessionLine, SetupStep, Typed,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::ids::PersonId;
use tower_sessions::Session;
use tracing::{error, warn};

use super::account::{self, Account, AccountError, api_role};
use super::limit::{Admission, Try};
use super::password::Fit;
use super::rows::{PERSON, SEEN, hexadecimal, named};
use super::setup::WORKS_FOR;
use super::{Sessions, person_of};

const FLASH: &str = "flash";
const TYPED: &str = "typed";
const SETUP: &str = "setup_until";
const POST: &str = "post";
/// Most characters of a value that is kept for somebody who is not signed in: no name or address is longer.
const MOST: usize = 200;
/// Sessions shown to their person.
const SESSIONS: u32 = 50;

/// The session of one request.
pub(super) struct SessionDoor {
    pub(super) sessions: Sessions,
    pub(super) session: Session,
    pub(super) from: Option<IpAddr>,
    pub(super) signed_in: bool,
}

impl SessionDoor {
    fn now(&self) -> DateTime<Utc> {
        self.sessions.0.rows.clock.now()
    }

    /// A failure inside: logged once, under a number that the visitor is told (RL S5).
    fn failed(&self, failure: impl std::fmt::Display) -> DoorError {
        let incident = format!("{:08x}", self.sessions.0.rows.clock.random() >> 32);
        error!(incident, error = %failure, "the door failed inside");
        DoorError::Internal(incident)
    }

    fn account(&self, error: AccountError) -> DoorError {
        match error {
            AccountError::Field(field, message) => DoorError::Invalid(vec![Problem::new(field, message)]),
            AccountError::NotNow(text) => DoorError::NotNow(account::sentence(&text)),
            other => self.failed(other),
        }
    }

    /// Takes something out of the session.
    async fn take<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let there = self.session.get_value(name).await.ok().flatten();
        there.as_ref()?;
        self.session.remove::<T>(name).await.ok().flatten()
    }

    /// Puts something into the session. What cannot be kept is only not said; the log knows.
    async fn put(&self, name: &str, value: impl Serialize) {
        if let Err(failure) = self.session.insert(name, value).await {
            error!(error = %failure, "a session cannot be changed");
        }
    }

    /// Signs a person in: a session with a new id that carries nothing of the one before but a kept form (RL S14).
    async fn begin(&self, person: PersonId) -> DoorResult<()> {
        let post = self.kept_post().await;
        let mut tx = self.begin_tx().await?;
        let noted = async {
            store::person::touch(&mut tx, person, self.now()).await?;
            let name = store::person::get(&mut tx, person).await?.name;
            let scope = account::home(&mut tx, person).await?;
            let from = self.from.map(|address| address.to_string());
            let accounts = &self.sessions.0.accounts;
            account::audit(
                &accounts.clock,
                &mut tx,
                scope,
                &name,
                "session.begin",
                &name,
                &json!({ "from": from }),
            )
            .await?;
            tx.commit().await
        };
        // Nobody is signed in whose coming is not on record (RL S45).
        noted.await.map_err(|failure| self.failed(failure))?;
        self.session.clear().await;
        self.session.cycle_id().await.map_err(|failure| self.failed(failure))?;
        self.put(PERSON, person.to_string()).await;
        self.put(SEEN, self.now()).await;
        if let Some(post) = post {
            self.put(POST, post).await;
        }
        Ok(())
    }

    async fn begin_tx(&self) -> DoorResult<store::Tx> {
        self.sessions.0.rows.store.begin().await.map_err(|failure| self.failed(failure))
    }

    async fn reader(&self) -> DoorResult<store::Reader> {
        self.sessions.0.rows.store.read().await.map_err(|failure| self.failed(failure))
    }

    /// Whoever is signed in.
    async fn person(&self) -> DoorResult<PersonId> {
        let id = if self.signed_in { person_of(&self.session).await.ok().flatten() } else { None };
        id.ok_or_else(|| DoorError::NotNow("You are not signed in any more.".to_owned()))
    }

    fn this(&self) -> Option<String> {
        self.session.id().map(named)
    }

    fn admitted(&self, admission: Result<Admission, store::StoreError>) -> DoorResult<Try> {
        match admission.map_err(|failure| self.failed(failure))? {
            Admission::Judge(judged) => Ok(judged),
            Admission::Wait(until) => Err(DoorError::Wait(until)),
        }
    }

    /// Whose address and password these are. It takes as long when there is nobody.
    async fn judge(&self, email: &str, password: &str) -> DoorResult<Option<PersonId>> {
        let mut reader = self.reader().await?;
        let found = store::person::find_by_email(&mut reader, email).await;
        drop(reader);
        let found = found.map_err(|failure| self.failed(failure))?;
        let person = found.filter(|person| person.disabled_at.is_none());
        let hash = person.as_ref().and_then(|person| person.password_hash.as_deref());
        let passwords = &self.sessions.0.accounts.passwords;
        let fit = passwords.fits(password, hash).await.map_err(|failure| self.failed(failure))?;
        let Some(person) = person.filter(|_| fit != Fit::No) else { return Ok(None) };
        if fit == Fit::Outdated {
            let hash = passwords.hash(password).await.map_err(|failure| self.failed(failure))?;
            let mut tx = self.begin_tx().await?;
            let renewed = async {
                store::person::set_password(&mut tx, person.id, &hash).await?;
                tx.commit().await
            };
            renewed.await.map_err(|failure| self.failed(failure))?;
        }
        Ok(Some(person.id))
    }

    async fn may_set_up(&self) -> bool {
        let until: Option<DateTime<Utc>> = self.session.get(SETUP).await.ok().flatten();
        until.is_some_and(|until| until > self.now())
    }
}

#[async_trait]
impl Door for SessionDoor {
    async fn flash(&self) -> Option<Flash> {
        self.take(FLASH).await
    }

    async fn say(&self, flash: Flash) {
        self.put(FLASH, flash).await;
    }

    /// Whoever is not known yet may make us keep little, and nothing while they have to wait.
    async fn keep(&self, mut typed: Typed) {
        if typed.wait.is_some() {
            typed.values.clear();
        }
        for (_, value) in typed.values.iter_mut().filter(|_| !self.signed_in) {
            *value = value.chars().take(MOST).collect();
        }
        self.put(TYPED, typed).await;
    }

    async fn kept(&self, form: &str) -> Option<Typed> {
        let typed: Option<Typed> = self.session.get(TYPED).await.ok().flatten();
        if typed?.form != form {
            return None;
        }
        self.take(TYPED).await
    }

    async fn sign_in(&self, email: &str, password: &str) -> DoorResult<()> {
        let limits = &self.sessions.0.limits;
        let judged = self.admitted(limits.sign_in(email, self.from).await)?;
        let Some(person) = self.judge(email, password).await? else {
            warn!(from = ?self.from, "a sign-in failed");
            let text = "This e-mail and password do not belong together. Check both and try again.";
            return Err(DoorError::Invalid(vec![Problem::new("email", text)]));
        };
        limits.was_good(&judged).await.map_err(|failure| self.failed(failure))?;
        self.begin(person).await
    }

    async fn sign_out(&self) -> DoorResult<()> {
        self.session.flush().await.map_err(|failure| self.failed(failure))
    }

    async fn setup(&self) -> DoorResult<SetupStep> {
        let mut reader = self.reader().await?;
        if store::person::is_any(&mut reader).await.map_err(|failure| self.failed(failure))? {
            return Ok(SetupStep::Done);
        }
        Ok(if self.may_set_up().await { SetupStep::Account } else { SetupStep::Code })
    }

    async fn give_setup_code(&self, code: &str) -> DoorResult<()> {
        let limits = &self.sessions.0.limits;
        let judged = self.admitted(limits.setup().await)?;
        if !self.sessions.0.setup.take(code, self.now()) {
            warn!(from = ?self.from, "a wrong set-up code was given");
            let text = "This is not the code that the server printed, or it has run out. \
                        The server prints a new one when it starts.";
            return Err(DoorError::Invalid(vec![Problem::new("code", text)]));
        }
        limits.was_good(&judged).await.map_err(|failure| self.failed(failure))?;
        self.put(SETUP, self.now() + WORKS_FOR).await;
        Ok(())
    }

    async fn make_first_account(&self, new: &NewAccount) -> DoorResult<()> {
        if self.setup().await? != SetupStep::Account {
            return Err(DoorError::NotNow("The set-up code is needed first.".to_owned()));
        }
        let account = Account { email: &new.email, name: &new.name, password: &new.password };
        let made = self.sessions.0.accounts.first(&account).await;
        self.begin(made.map_err(|error| self.account(error))?).await
    }

    async fn invitation(&self, token: &str) -> DoorResult<Option<Invited>> {
        let mut reader = self.reader().await?;
        let found = store::invitation::find(&mut reader, &token_hash(token), self.now()).await;
        let Some(found) = found.map_err(|failure| self.failed(failure))? else { return Ok(None) };
        let school = match found.school {
            None => None,
            Some(id) => {
                let school = store::school::get(&mut reader, id).await;
                Some(school.map_err(|failure| self.failed(failure))?.name)
            }
        };
        let (email, name, by) = (found.email, found.name, found.invited_by);
        Ok(Some(Invited { email, name, school, role: api_role(found.role), by, until: found.expires_at }))
    }

    async fn accept_invitation(&self, token: &str, name: &str, password: &str) -> DoorResult<()> {
        let mut reader = self.reader().await?;
        let found = store::invitation::find(&mut reader, &token_hash(token), self.now()).await;
        drop(reader);
        let Some(invitation) = found.map_err(|failure| self.failed(failure))? else {
            return Err(DoorError::NotNow("This invitation has been used or has run out.".to_owned()));
        };
        let made = self.sessions.0.accounts.invited(&invitation, name, password).await;
        self.begin(made.map_err(|error| self.account(error))?).await
    }

    async fn change_password(&self, current: &str, new: &str) -> DoorResult<()> {
        let id = self.person().await?;
        let mut reader = self.reader().await?;
        let person = store::person::get(&mut reader, id).await.map_err(|failure| self.failed(failure))?;
        drop(reader);
        let limits = &self.sessions.0.limits;
        let judged = self.admitted(limits.sign_in(&person.email, self.from).await)?;
        let this = self.this();
        let changed = self.sessions.0.accounts.change_password(id, current, new, this.as_deref()).await;
        // Only the right present password takes the try back (RL S21).
        if matches!(changed, Ok(()) | Err(AccountError::Field("new_password", _))) {
            limits.was_good(&judged).await.map_err(|failure| self.failed(failure))?;
        }
        changed.map_err(|error| self.account(error))?;
        self.session.cycle_id().await.map_err(|failure| self.failed(failure))
    }

    async fn sessions(&self) -> DoorResult<Vec<SessionLine>> {
        let id = self.person().await?;
        let mut reader = self.reader().await?;
        let rows = store::session::list_of(&mut reader, id, SESSIONS).await;
        let (this, idle) = (self.this(), self.sessions.0.rows.idle_since());
        let alive = rows
            .map_err(|failure| self.failed(failure))?
            .into_iter()
            .filter(|row| row.seen_at > idle && row.expires_at > self.now());
        let line = |row: store::session::Session| {
            let is_this = Some(&row.id) == this.as_ref();
            SessionLine { since: row.created_at, seen: row.seen_at, is_this }
        };
        Ok(alive.map(line).collect())
    }

    async fn end_other_sessions(&self) -> DoorResult<u64> {
        let id = self.person().await?;
        let mut tx = self.begin_tx().await?;
        let this = self.this();
        let ended = async {
            let ended = store::session::end_all_of(&mut tx, id, this.as_deref()).await?;
            let name = store::person::get(&mut tx, id).await?.name;
            let scope = account::home(&mut tx, id).await?;
            let detail = json!({ "sessions_ended": ended });
            let clock = &self.sessions.0.accounts.clock;
            account::audit(clock, &mut tx, scope, &name, "session.end_others", &name, &detail).await?;
            tx.commit().await?;
            Ok::<_, store::StoreError>(ended)
        };
        ended.await.map_err(|failure| self.failed(failure))
    }

    async fn keep_post(&self, post: KeptPost) {
        self.put(POST, post).await;
    }

    async fn kept_post(&self) -> Option<KeptPost> {
        let post: Option<KeptPost> = self.session.get(POST).await.ok().flatten();
        post.filter(|post| post.until > self.now())
    }

    async fn forget_post(&self) {
        let _: Option<KeptPost> = self.take(POST).await;
    }
}

/// How the table of invitations knows a link.
pub(crate) fn token_hash(token: &str) -> String {
    hexadecimal(&Sha256::digest(token))
}
