//! The same world around the *real* pipeline (RL T20, second step): its two outside systems are sides of the model's
//! world, its clock is the stage's, its store is a SQLite file, and its merge engine is the one that ships. Users act and
//! late requests land wherever it waits for a system, for time, or passes a kill point; a crash drops its future there,
//! and the next start finds only what the database holds. The ghost judges it by the same names.
//!
//! The weakened variants are worlds that break a promise to the pipeline, or a hand that makes in its database the mistake
//! that it has no switch for; each of them must be caught here too.

mod counterpart;
mod figures;
mod judge;
mod mistakes;
mod night;
mod scenario;
mod school;
mod stage;
mod weakness;
mod wire;

pub use scenario::play;
