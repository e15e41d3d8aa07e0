//! What a process needs to do anything: the database, the pipeline over it, and the desk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use app::api::Actor;
use connect::{Clock, SystemClock};
use pipeline::mail::Mailer;
use pipeline::{Bounds, Pipeline};
use secrecy::ExposeSecret as _;
use store::ids::BootId;
use store::lease::{Guard, Phase};
use store::school::School;
use store::{Conn, Store};
use tokio::sync::watch;

use crate::audit_heads;
use crate::config::{Config, MailConfig, shown_address};
use crate::desk::Desk;
use crate::systems::Systems;

/// An open installation.
#[derive(Clone)]
pub struct Installation {
    /// What the operator said.
    pub config: Config,
    /// The machine that carries runs out.
    pub pipeline: Pipeline,
    /// Everything that may be asked.
    pub desk: Arc<Desk>,
    /// This start of this process.
    pub boot: BootId,
    /// Changes when there is something for the pipeline to do.
    pub nudge: watch::Sender<()>,
    stop: watch::Sender<bool>,
}

/// How long work may take to reach a safe point (RL R32).
const GRACE: Duration = Duration::from_secs(25);
const BY: &str = "the server";
/// Schools read at once.
const SCHOOLS: u32 = 500;

impl Installation {
    /// Opens the database, brings its schema up to date and makes everything else ready. Nothing runs yet.
    ///
    /// # Errors
    /// When the database cannot be opened, is newer than this program, or mail is configured wrongly.
    pub async fn open(config: Config) -> Result<Self> {
        Self::open_with(config, Arc::new(SystemClock)).await
    }

    /// The same with another clock.
    pub(crate) async fn open_with(config: Config, clock: Arc<dyn Clock>) -> Result<Self> {
        config.make_data_folder()?;
        let address = config.database.expose_secret();
        let store = Store::open(address).await.with_context(|| shown_address(&config.database))?;
        let boot = BootId::new(clock.now(), clock.random());
        let systems = Arc::new(Systems::new(store.clone(), config.secrets.clone()));
        let pipeline = Pipeline {
            store,
            clock,
            systems: Arc::clone(&systems) as _,
            mailer: config.mail.as_ref().map(mailer).transpose()?.map(Arc::new),
            mail_host: mail_host(config.mail.as_ref()),
            holder: format!("{}:{boot}", std::process::id()),
            stopping: Arc::new(AtomicBool::new(false)),
            bounds: Bounds::default(),
        };
        let nudge = watch::Sender::new(());
        let desk = Arc::new(Desk::new(pipeline.clone(), systems, nudge.clone()));
        Ok(Self { config, pipeline, desk, boot, nudge, stop: watch::Sender::new(false) })
    }

    /// Writes down that this process works on the database now. When the database is older than what the file beside
    /// it has seen, it was restored: nothing is sent until a person approves (RL R34).
    ///
    /// # Errors
    /// When the database fails, or the file of the audit heads cannot be read.
    pub async fn sign_in(&self) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        store::instance::start(&mut tx, self.boot, self.pipeline.clock.now()).await?;
        let restored = audit_heads::is_restored(&mut tx, &self.config.data).await?;
        if restored {
            store::school::stage_all(&mut tx).await?;
            for school in self.schools(&mut tx).await? {
                let detail = serde_json::json!({});
                self.pipeline
                    .audit(&mut tx, school.id, BY, "database.restored", &school.slug, &detail)
                    .await?;
            }
        }
        tx.commit().await?;
        if restored {
            tracing::warn!(
                "the database is older than the last merge: it was restored from a copy. Nothing is sent to any system \
                 until somebody approves the next merge of each school"
            );
            audit_heads::append(self).await?;
        }
        Ok(())
    }

    /// Every school, by slug.
    pub(crate) async fn schools(&self, conn: &mut Conn) -> Result<Vec<School>, store::StoreError> {
        let mut all: Vec<School> = Vec::new();
        loop {
            let after = all.last().map_or("", |school| school.slug.as_str()).to_owned();
            let more = store::school::list(conn, &after, SCHOOLS).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    }

    /// No new write is begun from now on, and runs stop at their next safe point.
    pub(crate) fn stop_working(&self) {
        self.pipeline.stopping.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
    }

    /// Becomes true when [`Installation::stop_working`] was called.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Lets work reach a safe point, or gives it up after a while, and gives the leases back (RL R32).
    pub(crate) async fn interrupt<T>(&self, work: impl Future<Output = T>) -> Result<(), store::StoreError> {
        self.stop_working();
        if tokio::time::timeout(GRACE, work).await.is_err() {
            tracing::warn!("what was under way did not end in time; it is settled at the next start");
        }
        self.release_leases().await
    }

    /// Gives back every lease that this process still holds.
    pub(crate) async fn release_leases(&self) -> Result<(), store::StoreError> {
        let mut tx = self.pipeline.store.begin().await?;
        for school in self.schools(&mut tx).await? {
            for phase in [Phase::Download, Phase::Apply, Phase::Push] {
                let lease = store::lease::find(&mut tx, school.id, phase).await?;
                if let Some(lease) = lease.filter(|lease| lease.holder == self.pipeline.holder) {
                    let guard = Guard { school: school.id, phase, holder: lease.holder, fence: lease.fence };
                    store::lease::release(&mut tx, &guard).await?;
                }
            }
        }
        tx.commit().await
    }

    /// The person at this command line.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::command_line(&self.config.user)
    }
}

fn mailer(mail: &MailConfig) -> Result<Mailer> {
    Mailer::new(mail.url.expose_secret(), &mail.from).context("mail")
}

/// The host part of Message-IDs: that of the sender's address.
fn mail_host(mail: Option<&MailConfig>) -> String {
    let host = mail.and_then(|mail| mail.from.rsplit_once('@')).map(|(_, host)| host.trim_end_matches('>'));
    host.unwrap_or("tiebreak.localhost").to_owned()
}
