//! The desk: the one implementation of `app::api::Api`.
//!
//! Every call is checked against the table in `rights` before anything else happens, and answers nothing that comes from
//! inside. What is to be written outside is recorded in a transaction; then the pipeline is nudged.

mod api;
mod audit;
mod conflict;
mod decision;
mod difference;
mod duplicate;
mod earlier;
mod error;
mod filled;
mod force;
mod frame;
mod losses;
mod merge;
mod own_record;
mod page;
mod person;
mod queue;
mod record;
mod record_history;
mod record_state;
mod rights;
mod run;
mod school;
mod settings;
mod submission;
#[cfg(test)]
mod tests;
mod undo;

use std::sync::Arc;

use app::api::ApiResult;
use pipeline::Pipeline;
use tokio::sync::watch;

use self::error::answer;
use crate::systems::Systems;

/// Answers everything that pages and commands may ask.
#[derive(Clone)]
pub struct Desk {
    pipeline: Pipeline,
    systems: Arc<Systems>,
    nudge: watch::Sender<()>,
}

impl Desk {
    /// A desk over this pipeline. `nudge` changes when there is something for the pipeline to do.
    pub(crate) fn new(pipeline: Pipeline, systems: Arc<Systems>, nudge: watch::Sender<()>) -> Self {
        Self { pipeline, systems, nudge }
    }

    fn answer<T>(&self, result: error::Result<T>) -> ApiResult<T> {
        answer(result, self.pipeline.clock.random())
    }
}
