//! The night: runs, phases, writes, leases, schedules and reports, as an explicit machine that can be stopped anywhere.
//!
//! A run goes through the states of RL 3.1; each step commits its effects with the state that follows, so that a second
//! start goes on where the first one was stopped:
//!
//! | state | file | what happens |
//! |---|---|---|
//! | `requested` | [`run`](Pipeline::execute) | leases and run are claimed together (T0) |
//! | `recovering` | `recover` | every write of unknown fate is settled before anything is read (R12) |
//! | `downloading` | `download` | both sides are read page by page into the inbox (T2) |
//! | `applying` | `apply`, `absence` | the inbox goes into the staged copies; absence needs proof (T3) |
//! | `merging` | `collide`, `plan`, `wish`, `close` | every record that differs is merged; the plan closes in one transaction (T4) |
//! | `held` | [`gate`] | the plan waits for a person |
//! | `pushing` | `push`, `send`, `settle`, [`fate`] | writes go out, guarded, one by one (T5, T6) |
//! | `confirming` | `confirm`, `join`, `readback` | the base moves to what both sides are known to have held (T7) |
//! | `committed` | [`report`], [`mail`] | the report is mailed (T8) |
//!
//! People's decisions take the same way out: [`decide`] stores them with their writes, [`undo`] takes them back, and
//! [`Pipeline::push_decided`] sends what they come to. Where they let both sides differ, [`difference`] keeps that.
//!
//! Time, randomness and the outside systems are arguments ([`Pipeline`]); nothing here reads the environment.

mod absence;
mod aliases;
mod allowed;
mod apart;
mod apply;
mod bounds;
pub mod clock;
mod close;
mod collide;
mod confirm;
mod contested;
pub mod decide;
mod decided;
pub mod difference;
mod differing;
mod download;
mod draft;
mod duplicate;
mod ending;
mod error;
pub mod fate;
pub mod gate;
pub mod idempotency;
mod join;
mod journal;
mod judge;
pub mod kill;
mod linking;
mod listed;
pub mod local;
pub mod mail;
pub mod mapping;
mod night;
pub mod overwrote;
mod pipeline;
mod plan;
mod planned;
mod planner;
mod push;
mod readback;
mod record;
mod recover;
mod references;
pub mod report;
mod reread;
mod run;
pub mod schedule;
mod send;
pub mod settings;
mod settle;
mod settled;
mod sweep;
pub mod undo;
mod undone;
mod unique;
mod unmoved;
mod wish;

pub use contested::ConflictRefused;
pub use duplicate::{Duplicate, Other};
pub use error::{PipelineError, Result};
pub use gate::HoldReason;
pub use journal::{JournalLine, read_journal};
pub use judge::{Judged, judge};
pub use pipeline::{Bounds, OpenSystems, Pipeline, RunOptions};
pub use run::Executed;
