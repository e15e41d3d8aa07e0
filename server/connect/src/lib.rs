//! The outside systems behind one trait.
//!
//! [`System`] is all that the rest of Tiebreak knows of a system of record (CN C1): pages of records, single reads,
//! guarded writes, and errors told apart by what must happen next. [`rest`] speaks to any REST system by configuration;
//! [`sim`] plays an SIS over real HTTP.

mod capability;
mod clock;
#[cfg(feature = "testing")]
pub mod contract;
mod error;
pub mod rest;
pub mod sim;
mod system;
#[cfg(feature = "testing")]
pub mod testing;

pub use capability::{Capabilities, Class, DeltaKind, Versions};
pub use clock::{Clock, SystemClock};
pub use error::SystemError;
pub use system::{
    CheckReport, Create, Cx, Delete, Deleted, IdempotencyKey, Item, Mark, NaturalKey, NotKept, Page,
    PageStream, Partition, Proof, Record, RemoteId, System, TypeCheck, TypeName, Update, Version, Written,
};
