//! The process that works by itself: nights by schedule, requested runs, decided writes, mail, and the pages.
//!
//! Each of these is a loop of its own. A loop that meets an error says so and goes on; one that has ended, or has not
//! come round well for too long, turns the health red, and so does a night that is overdue (RL P33).

mod copies;
mod crew;
mod decisions;
mod drafts;
mod health;
mod loops;
mod marker;
#[cfg(test)]
mod moved;
mod runs;
mod schedule;

use std::net::SocketAddr;
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
use crate::http::{self, House, Public};
use crate::installation::Installation;
use crate::session::Sessions;
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
    let address = listener.local_addr()?;
    let public = installation.config.public.clone().unwrap_or_else(|| Public::listening(address));
    let sessions = Sessions::new(&installation.pipeline.store, &installation.pipeline.clock, public.clone());
    let loops = Loops::start(&installation, &health, &sessions);
    say_setup_code(&sessions, &public).await?;
    info!(%address, "ready");
    let router = router(&installation, &health, sessions);
    let closing = stop.clone();
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { closing.asked().await });
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

/// Prints the code with which the first admin is made in the browser, while there is nobody (UX 7.1). It goes to the
/// terminal of whoever starts the server, not into the log.
async fn say_setup_code(sessions: &Sessions, public: &Public) -> Result<()> {
    if let Some(code) = sessions.setup_code().await? {
        let address = public.origin();
        eprintln!(
            "Nobody can sign in yet. Open {address}/setup within 30 minutes and give this code, once: {code}\n\
             Or make the first admin here: tiebreak person add EMAIL --name NAME --role admin"
        );
    }
    Ok(())
}

fn router(installation: &Installation, health: &Health, sessions: Sessions) -> Router {
    let house = House {
        api: installation.desk.clone(),
        doors: Arc::new(sessions),
        clock: installation.pipeline.clock.clone(),
    };
    http::router(house, health::routes(health.clone()))
}
