//! What the pages about merges share.

pub mod changes;
pub mod head;
pub mod phases;
pub mod status;
pub mod timeline;
pub mod totals;
pub mod trend;
pub mod words;
