//! Server functions: every change a browser may ask for, one noun a file.
//!
//! Each is the `action` of a plain form under `/act` and does three things: who asks, the call, the answer. The right to do
//! it is checked behind the call. A form without script is answered with 303 to a page of the same school; an island
//! gets the same [`Outcome`] as data (UX 10.3). Nothing that is to be expected is an `Err`: the framework would put that
//! into the address of the page the form came from, and lose what was typed.

pub mod access;
pub mod account;
pub mod conflict;
pub mod difference;
mod merge;
mod outcome;
pub mod person;
pub mod settings;
#[cfg(feature = "ssr")]
mod submitted;

pub use merge::{LIMITS_OFF, ReleaseForm, StartForm, hold_drop, hold_release, merge_start, merge_stop};
pub(crate) use outcome::sentence;
pub use outcome::{ActError, Outcome, Verdict};

/// The actions that may be asked for without being signed in. Every other one leads to the sign-in first.
pub const OPEN: [&str; 4] = ["sign_in", "setup_code", "setup_account", "accept_invitation"];
