//! The simulated SIS: a real HTTP server with university data, used over TCP by the demo and the tests
//! (CN section 9). `tiebreak serve` never serves its routes.
//!
//! - [`Sim::start`] starts one on 127.0.0.1. What it holds, how it behaves and what time it has is said by
//!   [`SimOptions`].
//! - `/sis/v1` is the API a connector talks to; `/__sim` is the way in for tests: edits by users, the clock,
//!   scripted [faults](Fault), the log. [`client::SimClient`] speaks to the latter.
//! - The [log](Entry) keeps every request received and every change applied. [`witness::Witness`] judges by it,
//!   without trusting anything the other side believes (RL T2).

mod answer;
mod api;
mod check;
pub mod client;
mod clock;
mod control;
mod core;
mod dice;
mod edit;
mod fault;
mod generate;
mod list;
mod log;
mod normalise;
pub mod options;
mod schema;
mod serve;
mod table;
mod wire;
pub mod witness;
mod world;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinHandle};

use self::{core::Core, serve::Shared};
pub use self::{
    edit::{Batch, Edit, EditOp, Timed},
    fault::{Fault, Length, Match, Rule, When},
    log::{Answer, By, Change, Control, Delivery, Entry, Event, FaultUse, Op, Read, Request},
    normalise::Normalise,
    options::{Class, Counts, Deletes, SimOptions, Size, Switches, TimeSource, Versions},
    table::Fields,
};

/// A simulated SIS that could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The port is in use or not allowed.
    #[error("the simulated SIS cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the machine says.
        source: std::io::Error,
    },
}

/// Starts simulated SISes.
#[derive(Debug)]
pub struct Sim;

impl Sim {
    /// Makes the data and listens on 127.0.0.1. The server runs in the background until [`SimHandle::stop`] or
    /// until its handle is dropped.
    ///
    /// # Errors
    /// When the port is in use.
    pub async fn start(options: SimOptions) -> Result<SimHandle, SimError> {
        let port = options.port;
        let (listener, addr) = listen(port).await?;
        let token = options.token.clone();
        let shared = Shared::new(Core::new(options));
        let ticker = tokio::spawn(tick(shared.clone()));
        let server = Some(tokio::spawn(wire::accept(listener, shared.clone())));
        Ok(SimHandle { addr, token, shared, ticker, server })
    }
}

async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), SimError> {
    let failed = |source| SimError::Listen { port, source };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok((listener, addr))
}

/// Does what is due by the server's clock while nobody asks anything.
async fn tick(shared: Arc<Shared>) {
    loop {
        let waits = {
            let mut core = shared.lock();
            core.tick();
            !core.jobs.is_empty() && core.clock.runs()
        };
        if waits {
            let _ = tokio::time::timeout(Duration::from_millis(20), shared.wake.notified()).await;
        } else {
            shared.wake.notified().await;
        }
    }
}

/// A running simulated SIS.
#[derive(Debug)]
pub struct SimHandle {
    /// Where it listens.
    pub addr: SocketAddr,
    token: String,
    shared: Arc<Shared>,
    ticker: JoinHandle<()>,
    server: Option<JoinHandle<()>>,
}

impl SimHandle {
    /// The base URL of the API: `http://127.0.0.1:PORT/sis/v1`.
    pub fn url(&self) -> String {
        format!("http://{}/sis/v1", self.addr)
    }

    /// The bearer token of the API.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A client of the control routes.
    pub fn client(&self) -> client::SimClient {
        client::SimClient::new(self.addr)
    }

    /// Ends every connection and refuses new ones, as a machine that is down. The data stays.
    pub async fn down(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            let _ = server.await;
        }
    }

    /// Listens again after [`SimHandle::down`], on the same port.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn up(&mut self) -> Result<(), SimError> {
        if self.server.is_none() {
            let (listener, _) = listen(self.addr.port()).await?;
            self.server = Some(tokio::spawn(wire::accept(listener, self.shared.clone())));
        }
        Ok(())
    }

    /// Waits until the server ends, which it does not do by itself; for a process that is nothing else.
    pub async fn wait(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.await;
        }
    }

    /// Stops the server and frees its port.
    pub async fn stop(mut self) {
        self.down().await;
    }
}

impl Drop for SimHandle {
    fn drop(&mut self) {
        self.ticker.abort();
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}
