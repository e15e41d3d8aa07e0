//! The simulated SIS over real TCP: every behaviour of CN C102, every fault of C104, the witness and its log.

mod bench;

mod records;
