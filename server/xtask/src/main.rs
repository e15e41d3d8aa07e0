//! What `cargo xtask …` runs.
fn main() {}
