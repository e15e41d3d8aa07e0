//! The engine against a second, naive merge that was written from the text of the merge semantics alone (RL T1).

mod choices;
mod engine;
mod exhaustive;
mod fixtures;
mod generate;
mod kinds;
mod naive;
mod nouns;
mod policies;
mod properties;
