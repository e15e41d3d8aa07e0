//! The protocol of RL section 3, played against two systems whose users edit at any moment, with lost requests, lost
//! answers, late requests and crashes at every step (RL T20 to T24). Scenario n depends on n alone: its number is a
//! full report of what went wrong, and a failing test prints the command that tells the story.
//!
//! V0, the whole protocol, must do no damage. Each of V1 to V14 lacks one protection and must be caught doing some: a
//! variant that stays clean means that the checker is blind.
//!
//! It is played twice: by the protocol modelled here, and by the real pipeline in the same world (`real`).
//!
//! `MODEL_SCENARIOS` raises the number of scenarios, for the long runs of a soak.

mod app;
mod coroutine;
mod figures;
mod ghost;
mod join;
mod measure;
mod merge;
mod nouns;
mod plan;
mod push;
mod real;
mod rng;
mod scenario;
mod seeds;
mod side;
mod story;
mod subject;
mod trace;
mod variants;
mod weather;
mod world;
mod write;
