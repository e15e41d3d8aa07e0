//! The simulated SIS over real TCP: every behaviour of CN C102, every fault of C104, the witness and its log.

mod bench;
mod control;
mod faults;
mod lists;
mod races;
mod records;
mod settings;
mod witness;
