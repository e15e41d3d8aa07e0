//! All SQL of Tiebreak.

mod column;
mod db;
mod error;
mod faults;
pub mod ids;
mod open;

pub mod attempt;
pub mod audit;
pub mod base;
pub mod candidate;
pub mod conflict;
pub mod decision;
pub mod inbox;
pub mod instance;
pub mod lease;
pub mod link;
pub mod local_record;
pub mod message;
pub mod plan_change;
pub mod quarantine;
pub mod run;
pub mod run_step;
pub mod schedule;
pub mod school;
pub mod settings_revision;
pub mod staged;
pub mod write;

#[cfg(feature = "testing")]
pub mod testing;

pub use column::UnknownWord;
pub use db::{BATCH, Conn, REPEATS, Reader, Repeatable, Store, Tx};
pub use error::{Result, StoreError, Trouble};
#[cfg(feature = "faults")]
pub use faults::Faults;
pub use open::ProcessLock;
