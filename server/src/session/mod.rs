//! Who comes in: sessions, passwords, set-up, invitations (RL S13 to S24).
//!
//! [`Sessions`] puts a session on every request and says who it belongs to; the door it hands out ([`app::door::Door`])
//! is what pages around signing in may ask. Who a person is, and what they may do, is read from the database for every
//! request, so that whatever an admin changes holds at once. A visitor who only looks has no session: one is made when
//! there is something to keep.

mod account;
mod common;
mod door;
mod limit;
mod password;
mod rows;
mod setup;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use app::api::Actor;
use app::door::Door;
use async_trait::async_trait;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use chrono::{DateTime, TimeDelta, Utc};
use connect::Clock;
use store::ids::PersonId;
use store::{Store, StoreError};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, Session, SessionManagerLayer};
use tracing::error;

pub(crate) use self::account::{
    Account, AccountError, Accounts, INVITATION, Scope, api_role, audit, check_email, check_name, last_admin,
    store_role,
};
use self::door::SessionDoor;
pub(crate) use self::door::token_hash;
use self::limit::Limits;
pub(crate) use self::rows::hexadecimal;
use self::rows::{PERSON, Rows, SEEN};
use self::setup::SetupCode;
use crate::http::{Doors, Public, Unreadable};

/// Sessions are noted as used at most this often.
const TOUCH: TimeDelta = TimeDelta::seconds(60);

/// Built files are the same for everybody: nobody is looked up for them.
const BUILT: &str = "/pkg/";

/// The sessions of a server, and everything around signing in.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    rows: Rows,
    accounts: Accounts,
    limits: Limits,
    setup: SetupCode,
    public: Public,
}

impl Sessions {
    /// Sessions in this database, for a server that is known to browsers as `public`.
    #[must_use]
    pub fn new(store: &Store, clock: &Arc<dyn Clock>, public: Public) -> Self {
        let rows = Rows { store: store.clone(), clock: Arc::clone(clock) };
        let limits = Limits { store: store.clone(), clock: Arc::clone(clock) };
        let accounts = Accounts::new(store.clone(), Arc::clone(clock));
        Self(Arc::new(Inner { rows, accounts, limits, setup: SetupCode::default(), public }))
    }

    /// A fresh set-up code, if there is nobody yet (UX 7.1).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_code(&self) -> Result<Option<String>, StoreError> {
        let mut reader = self.0.rows.store.read().await?;
        if store::person::is_any(&mut reader).await? {
            return Ok(None);
        }
        let clock = &self.0.rows.clock;
        Ok(Some(self.0.setup.renew(clock.now(), clock.random())))
    }

    /// Removes sessions that have ended by themselves, and failures that are too old to count.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.0.rows.remove_expired().await?;
        self.0.limits.remove_old().await?;
        Ok(())
    }

    /// Who the session belongs to, if they may still come in.
    async fn actor(&self, session: &Session, path: &str) -> anyhow::Result<Option<Actor>> {
        let Some(id) = person_of(session).await? else { return Ok(None) };
        let mut reader = self.0.rows.store.read().await?;
        let found = account::actor(&mut reader, id).await?;
        drop(reader);
        let Some((actor, _)) = found else { return Ok(None) };
        let seen: Option<DateTime<Utc>> = session.get(SEEN).await?;
        let now = self.0.rows.clock.now();
        if !path.contains("/merges/current/") && seen.is_none_or(|seen| seen + TOUCH <= now) {
            // Somebody who is signed in stays so when this cannot be noted at the moment.
            if let Err(failure) = self.touch(session, id, now).await {
                error!(error = format!("{failure:#}"), "the use of a session cannot be noted");
            }
        }
        Ok(Some(actor))
    }

    /// What a page asks for by itself does not count as use: whoever has gone home is signed out (RL S16).
    async fn touch(&self, session: &Session, person: PersonId, now: DateTime<Utc>) -> anyhow::Result<()> {
        let Some(id) = session.id() else { return Ok(()) };
        let mut tx = self.0.rows.store.begin().await?;
        if store::session::touch(&mut tx, &rows::named(id), now).await? {
            store::person::touch(&mut tx, person, now).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// The person that a session names.
async fn person_of(session: &Session) -> anyhow::Result<Option<PersonId>> {
    let id: Option<String> = session.get(PERSON).await?;
    Ok(id.map(|id| id.parse()).transpose()?)
}

/// Where a request comes from: the socket, never what the request says of itself (RL S23).
fn address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

#[async_trait]
impl Doors for Sessions {
    async fn open(&self, parts: &Parts) -> Result<(Option<Actor>, Arc<dyn Door>), Unreadable> {
        let Some(session) = parts.extensions.get::<Session>().cloned() else {
            error!("a request came without a session");
            return Ok((None, Arc::new(crate::http::Closed)));
        };
        let path = parts.uri.path();
        let known = if path.starts_with(BUILT) { Ok(None) } else { self.actor(&session, path).await };
        let actor = known.map_err(|failure| {
            error!(error = format!("{failure:#}"), "a session cannot be read");
            Unreadable
        })?;
        let signed_in = actor.is_some();
        let door = SessionDoor { sessions: self.clone(), session, from: address(parts), signed_in };
        Ok((actor, Arc::new(door)))
    }

    fn wrap(&self, router: Router) -> Router {
        let public = &self.0.public;
        let layer = SessionManagerLayer::new(self.0.rows.clone())
            .with_name(public.cookie())
            .with_secure(public.is_https())
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_path("/")
            .with_expiry(Expiry::OnSessionEnd);
        router.layer(layer)
    }

    fn public(&self) -> Public {
        self.0.public.clone()
    }
}
