//! A second, naive merge: the rules of the merge semantics (MS) written down once more, for obviousness only.
//! It shares no code with the engine.

mod compare;
mod fields;
mod keyed;
mod lists;
mod policy;
mod record;
mod resolvers;
mod texts;

pub use compare::compare_form;
pub use fields::{Cell, cells, decide};
pub use record::merge_record;
