//! P30: any database call of a run may fail, and nothing is doubled and nothing is lost.

#[path = "../world/bench.rs"]
mod bench;
mod calls;
#[path = "../world/mod.rs"]
mod world;
