//! Whole listings: three streams of records sorted by key become one answer per key (MS sections 10, 13, 16).
//!
//! Nothing here reads files or keeps records: [`Join`] pulls rows from three iterators and holds one key at a time,
//! [`merge_group`] answers one key, and [`Summary`] and [`PlanHash`] add the answers up.

mod group;
mod guards;
mod join;
mod plan;
mod row;
mod summary;

pub use group::{Answer, Group, RowCounts, decide_group, merge_group};
pub use guards::{Guard, GuardCode};
pub use join::{Join, JoinError, Source};
pub use plan::PlanHash;
pub use row::{Row, RowError, State};
pub use summary::{SideWrites, Summary};
