//! `tiebreak sis-sim`: plays an SIS, for trying things out.

use connect::sim::{Class, Sim, SimOptions, Size};

use super::failure::{Failure, Result};
use super::{Exit, output};
use crate::signals::Stop;

/// Play an SIS over HTTP, with university data.
#[derive(Debug, clap::Args)]
pub(super) struct SisSimArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 7900)]
    port: u16,
    /// The same seed gives the same data
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// empty, small, campus, large, or counts such as sections=2000,rooms=120
    #[arg(long, default_value = "small")]
    size: Size,
    /// How much it helps in writing safely: strong, medium or weak
    #[arg(long, default_value = "strong")]
    class: Class,
    /// Refuse every write that names no version
    #[arg(long)]
    strict: bool,
    /// The bearer token it asks for
    #[arg(long, default_value = "sim-token")]
    token: String,
}

pub(super) async fn run(args: &SisSimArgs) -> Result<Exit> {
    let stop = Stop::on_signals();
    let mut options = SimOptions { port: args.port, token: args.token.clone(), ..SimOptions::default() }
        .seed(args.seed)
        .size(args.size)
        .class(args.class);
    if args.strict {
        options = options.strict();
    }
    let mut sim = Sim::start(options).await.map_err(Failure::bad_input)?;
    output::print(&format!("the simulated SIS answers at {} (token {})\n", sim.url(), sim.token()))?;
    tokio::select! {
        () = sim.wait() => {}
        () = stop.asked() => {}
    }
    sim.stop().await;
    Ok(Exit::Clean)
}
