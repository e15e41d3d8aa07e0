//! The binary `tiebreak`.
fn main() {}
