//! What must hold for any bytes. Each target is a function that takes bytes and panics where a rule is broken.
//!
//! libFuzzer calls it with bytes that it makes up (`cargo xtask fuzz`), the tests of `merge` with the files of `corpus/`,
//! which are written by hand and small.

pub mod csv;
pub mod json;
pub mod list;
pub mod policy;
mod record;
pub mod text;

/// A target: its name, which is also that of its folder in `corpus/`, and what must hold.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 5] = [
    ("csv", csv::check),
    ("json", json::check),
    ("list", list::check),
    ("policy", policy::check),
    ("text", text::check),
];
