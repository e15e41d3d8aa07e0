//! Reading and writing JSON without losing digits, order or the difference between absent and null.
//!
//! The reader is stricter than most: what two programs may understand differently is bad input (MS V6).

mod compact;
mod neutral;
mod pass;
mod read;
mod split;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use compact::write_compact;
pub(crate) use neutral::{is_neutral, write_neutral_text};
pub(crate) use pass::Pass;
pub(crate) use read::parse_prefix;
pub use read::{MAX_DEPTH, parse, parse_object, parse_object_around};
pub(crate) use split::find_members;
pub use split::{items_of_list, readable_members};
pub(crate) use write::{
    room_for, write, write_canonical, write_canonical_object, write_exact, write_exact_object, write_neutral,
    write_neutral_object, write_object, write_text,
};

/// Why a text is not usable JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at byte {offset})")]
pub struct JsonError {
    /// Bytes before the place where reading stopped.
    pub offset: usize,
    /// What is wrong, for people.
    pub message: String,
}
