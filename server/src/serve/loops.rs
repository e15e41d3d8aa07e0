//! The loops and their pace.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::task::{JoinError, JoinSet};
use tracing::error;

use super::copies::Copies;
use super::decisions::Decisions;
use super::drafts::Drafts;
use super::health::Health;
use super::runs::Runs;
use super::schedule::Schedule;
use crate::installation::Installation;
use crate::session::Sessions;

const SCHEDULE: Duration = Duration::from_secs(20);
const WORK: Duration = Duration::from_secs(1);
const MAIL: Duration = Duration::from_secs(30);
const COPIES: Duration = Duration::from_secs(60);
const SESSIONS: Duration = Duration::from_secs(60);
const DRAFTS: Duration = Duration::from_secs(60);
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a loop does each time it comes round.
pub(super) trait Round: Send + 'static {
    /// One round. What it starts may go on after it.
    fn round(&mut self) -> BoxFuture<'_, anyhow::Result<()>>;

    /// Waits for what rounds have started.
    fn end(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// The loops at work.
pub(super) struct Loops(JoinSet<()>);

impl Loops {
    /// Starts every loop.
    pub(super) fn start(installation: &Installation, health: &Health, sessions: &Sessions) -> Self {
        let mut loops = Self(JoinSet::new());
        let mut add = |name, period, rounds| loops.spawn(installation, health, name, period, rounds);
        add(
            "schedule",
            SCHEDULE,
            Box::new(Schedule { installation: installation.clone(), health: health.clone() }),
        );
        add("runs", WORK, Box::new(Runs::new(installation.clone())));
        add("decisions", WORK, Box::new(Decisions::new(installation.clone())));
        add("mail", MAIL, Box::new(Mail(installation.clone())));
        add("copies", COPIES, Box::new(Copies(installation.clone())));
        add("drafts", DRAFTS, Box::new(Drafts(installation.clone())));
        add("sessions", SESSIONS, Box::new(Sweep(sessions.clone())));
        add("heartbeat", HEARTBEAT, Box::new(Heartbeat(installation.clone())));
        loops
    }

    fn spawn(
        &mut self,
        installation: &Installation,
        health: &Health,
        name: &'static str,
        period: Duration,
        rounds: Box<dyn Round>,
    ) {
        health.beat(name);
        let (installation, beating, watching) = (installation.clone(), health.clone(), health.clone());
        let work = tokio::spawn(go_round(installation, beating, name, period, rounds));
        self.0.spawn(async move {
            if let Err(ended) = work.await {
                say_died(name, &ended);
                watching.died(name);
            }
        });
    }

    /// Returns when every loop has ended.
    pub(super) async fn ended(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

fn say_died(name: &str, ended: &JoinError) {
    error!(name, %ended, "a loop has died");
}

/// Comes round every period, or at once when there is something to do, until the process stops.
async fn go_round(
    installation: Installation,
    health: Health,
    name: &'static str,
    period: Duration,
    mut rounds: Box<dyn Round>,
) {
    let mut nudged = installation.nudge.subscribe();
    let mut stopping = installation.stopping();
    while !*stopping.borrow_and_update() {
        match rounds.round().await {
            Ok(()) => health.beat(name),
            Err(problem) => error!(name, error = format!("{problem:#}"), "a round failed"),
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            _ = nudged.changed() => {}
            _ = stopping.changed() => {}
        }
    }
    rounds.end().await;
}

/// Sends the mails that are due.
struct Mail(Installation);

impl Round for Mail {
    fn round(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async {
            let pipeline = &self.0.pipeline;
            if let Some(mailer) = &pipeline.mailer {
                pipeline::mail::deliver_due(&pipeline.store, mailer, pipeline.clock.as_ref()).await?;
            }
            Ok(())
        })
    }
}

/// Removes sessions that have ended by themselves.
struct Sweep(Sessions);

impl Round for Sweep {
    fn round(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async { Ok(self.0.sweep().await?) })
    }
}

/// Says in the database that this process is alive.
struct Heartbeat(Installation);

impl Round for Heartbeat {
    fn round(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async {
            let pipeline = &self.0.pipeline;
            let mut tx = pipeline.store.begin().await?;
            store::instance::heartbeat(&mut tx, self.0.boot, pipeline.clock.now()).await?;
            Ok(tx.commit().await?)
        })
    }
}
