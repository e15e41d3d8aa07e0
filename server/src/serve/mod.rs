//! The process that works by itself: nights by schedule, requested runs, decided writes, mail, and the pages.
//!
//! Each of these is a loop of its own. A loop that meets an error says so and goes on; one that has ended, or has not
//! come round well for too long, turns the health red, and so does a night that is overdue (RL P33).

mod copies;
mod crew;
mod decisions;
mod health;
mod loops;
mod marker;
#[cfg(test)]
mod moved;
mod runs;
mod schedule;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use store::StoreError;
use tokio::net::TcpListener;
use tracing::{info, warn};

pub use self::health::Health;
use self::loops::Loops;
use self::marker::Marker;
use crate::http::{self, Closed, House};
use crate::installation::Installation;
use crate::signals::Stop;

/// How long a stop may take (RL R32).
const GRACE: Duration = Duration::from_secs(28);

/// Serves until the process is asked to end.
pub(crate) async fn serve(installation: Installation, stop: Stop) -> Result<()> {
    let _lock = match installation.pipeline.store.lock_process() {
        Ok(lock) => lock,
        Err(StoreError::InUse(file)) => bail!("{file} is in use by another Tiebreak process"),
        Err(error) => return Err(error.into()),
    };
    let listen = installation.config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let marker = Marker::set(&installation.config.data)?;
    if marker.was_set {
        warn!("the last stop was unclean: checking the database");
        installation.pipeline.store.quick_check().await?;
    }
    installation.sign_in().await?;
    let health = Health::new(installation.pipeline.clock.clone());
    let loops = Loops::start(&installation, &health);
    info!(address = %listener.local_addr()?, "ready");
    let router = router(&installation, &health);
    let closing = stop.clone();
    let served = axum::serve(listener, router).with_graceful_shutdown(async move { closing.asked().await });
    let mut served = std::pin::pin!(async move { served.await });
    tokio::select! {
        biased;
        () = stop.asked() => {}
        ended = &mut served => {
            ended?;
            bail!("the web server has ended by itself");
        }
    }
    info!("stopping: finishing what is under way");
    installation.stop_working();
    let ended = tokio::time::timeout(GRACE, async { tokio::join!(loops.ended(), served) }).await;
    if ended.is_err() {
        warn!("something did not end in time; its writes are settled at the next start");
    }
    installation.release_leases().await?;
    marker.clear();
    installation.pipeline.store.close().await;
    info!("stopped");
    Ok(())
}

fn router(installation: &Installation, health: &Health) -> Router {
    let house = House {
        api: installation.desk.clone(),
        doors: Arc::new(Closed),
        clock: installation.pipeline.clock.clone(),
    };
    http::router(house, health::routes(health.clone()))
}
