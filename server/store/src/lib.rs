//! All SQL of Tiebreak: SQLite and PostgreSQL behind one set of functions.
//!
//! [`Store::open`] takes an address, brings the schema up to date and checks the engine's settings.
//! [`Store::begin`] gives a transaction that may write, [`Store::read`] one that only reads; both are a [`Conn`],
//! which every function of this crate takes first. Nothing is real before [`Tx::commit`], and a transaction that is
//! dropped leaves nothing, so a change and the work it causes go into one transaction.
//!
//! ```
//! # use store::{Store, StoreError, ids::SchoolId, school};
//! # async fn example(now: chrono::DateTime<chrono::Utc>) -> Result<(), StoreError> {
//! let store = Store::open("sqlite:///var/lib/tiebreak/tiebreak.db").await?;
//! let mut tx = store.begin().await?;
//! let added = school::add(&mut tx, SchoolId::new(now, 7), "north", "North College", now).await?;
//! tx.commit().await?;
//! # Ok(()) }
//! ```
//!
//! There is one module for each noun of the architecture, and the functions in it are all there is to it:
//!
//! | what | modules |
//! |---|---|
//! | who | [`instance`] [`school`] [`settings_revision`] |
//! | who may come in | [`person`] [`person_role`] [`invitation`] [`session`] [`sign_in_failure`] |
//! | when and by whom | [`schedule`] [`lease`] [`run`] [`run_step`] |
//! | what was read | [`inbox`] [`link`] [`staged`] [`base`] [`candidate`] [`unique_value`] [`quarantine`] |
//! | what is to be done | [`plan_change`] [`mod@write`] [`attempt`] |
//! | what people decide | [`conflict`] [`decision`] [`difference`] [`draft`] [`read_request`] |
//! | what is told | [`message`] [`audit`] |
//! | what we keep ourselves | [`local_record`] |
//!
//! Rules that hold everywhere:
//!
//! - Time and ids are arguments. Instants are stored as microseconds.
//! - Bodies are canonical JSON text; what else is JSON says so. The store never looks inside.
//! - Functions that take many rows work in statements of at most [`BATCH`] rows, never in one statement per row.
//!   Every listing has an order, a limit, and a key to go on from.
//! - A race that was lost is `false`, `None` or a shorter list; a function named `get` answers
//!   [`StoreError::NotFound`], one named `find` `None`.
//! - Changes of [`run`] and [`mod@write`] show the lease they are made under (RL R4); `false` means "no longer mine".
//! - After an error a transaction can only be dropped.

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
pub mod difference;
pub mod draft;
pub mod inbox;
pub mod instance;
pub mod invitation;
pub mod lease;
pub mod link;
pub mod local_record;
pub mod message;
pub mod person;
pub mod person_role;
pub mod plan_change;
pub mod quarantine;
pub mod read_request;
pub mod run;
pub mod run_step;
pub mod schedule;
pub mod school;
pub mod session;
pub mod settings_revision;
pub mod sign_in_failure;
pub mod staged;
pub mod unique_value;
pub mod write;

#[cfg(feature = "testing")]
pub mod testing;

pub use column::UnknownWord;
pub use db::{BATCH, Conn, REPEATS, Reader, Repeatable, Store, Tx};
pub use error::{Result, StoreError, Trouble};
#[cfg(feature = "faults")]
pub use faults::Faults;
pub use open::ProcessLock;
