//! A second, naive merge: the rules of the merge semantics (MS) written down once more, for obviousness only.
//! It shares no code with the engine, and covers scalar fields, nested objects and atomic lists.

mod compare;
mod fields;
mod policy;
mod record;

pub use compare::compare_form;
pub use fields::{Cell, cells, decide};
pub use record::merge_record;
