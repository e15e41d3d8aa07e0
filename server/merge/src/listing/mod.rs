//! Whole listings: three streams of records sorted by key become one answer per key (MS sections 10, 13, 16).
//!
//! Nothing here reads files or keeps records: [`Join`] pulls rows from three iterators and holds one key at a time,
//! [`merge_group`] answers one key, and [`Summary`] and [`PlanHash`] add the answers up. [`TextJoin`] does the same over
//! lines of JSON, and reads only those records that are not the same on all three.

mod census;
mod group;
mod guards;
mod join;
mod key_change;
mod key_text;
mod lines;
mod plan;
mod row;
mod scan;
mod summary;
mod text;

pub use group::{Answer, Group, RowCounts, decide_group, merge_group};
pub use guards::{Guard, GuardCode};
pub use join::{Join, JoinError, Source};
pub use key_change::KeyChange;
pub use key_text::find_key;
pub use lines::{Lines, TextLines};
pub use plan::PlanHash;
pub use row::{Row, RowError, State};
pub use summary::{SideWrites, Summary};
pub use text::{Step, TextJoin, Unchanged, Unclear};
