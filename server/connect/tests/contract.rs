//! The contract suite (CN section 10) against the simulated SIS in its three classes and three third-party servers.
//!
//! A server that cannot be installed is reported as *not run*; with `TIEBREAK_REQUIRE_SERVERS` set that fails.

mod servers;

use connect::contract::{Fixture, Trouble, run};
use connect::sim::Class;
use servers::datasette::Datasette;
use servers::json_server::JsonServer;
use servers::kinto::Kinto;
use servers::sim::SimFixture;

async fn keeps_the_contract(name: &str, fixture: Result<impl Fixture, Trouble>) {
    let fixture = match fixture {
        Ok(fixture) => fixture,
        Err(trouble) if std::env::var_os("TIEBREAK_REQUIRE_SERVERS").is_none() => {
            println!("{name}: not run: {trouble}");
            return;
        }
        Err(trouble) => panic!("{name} could not be started: {trouble}"),
    };
    let report = run(&fixture).await;
    println!("{report}");
    assert_eq!(report.broken(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c50_the_strong_simulated_sis_keeps_the_contract() {
    keeps_the_contract("simulated SIS", SimFixture::start(Class::Strong).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c50_the_medium_simulated_sis_keeps_the_contract() {
    keeps_the_contract("simulated SIS", SimFixture::start(Class::Medium).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c50_the_weak_simulated_sis_keeps_the_contract() {
    keeps_the_contract("simulated SIS", SimFixture::start(Class::Weak).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c50_kinto_keeps_the_contract() {
    keeps_the_contract("Kinto", Kinto::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c50_json_server_keeps_the_contract() {
    keeps_the_contract("json-server", JsonServer::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c50_datasette_keeps_the_contract() {
    keeps_the_contract("datasette", Datasette::start().await).await;
}
