//! How changes are asked for (CN C36-C38), as configured.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::paging::Place;
use super::units::Span;
use crate::rest::pointer::Pointer;
use crate::rest::template::Template;

/// The style of asking for changes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub enum Delta {
    /// There is no way.
    None {
        /// Says `none`, if anything.
        #[serde(default)]
        tombstones: Tombstones,
    },
    /// Records changed since an instant.
    Timestamp {
        /// The parameter.
        param: String,
        /// How the instant is written.
        format: TimeFormat,
        /// Which records it takes.
        operator: Operator,
        /// How far before the mark is asked.
        overlap: Option<Span>,
        /// The path, when it is not that of the listing.
        path: Option<Template>,
        /// The items, when they are not where the listing has them.
        items: Option<Pointer>,
        /// Parameters that replace those of the listing.
        #[serde(default)]
        params: BTreeMap<String, Template>,
        /// How removed records are told of.
        tombstones: Tombstones,
    },
    /// Records changed since an opaque cursor.
    Cursor {
        /// The parameter.
        param: String,
        /// Where the next cursor is told.
        from: Place,
        /// The pointer or the header's name.
        at: String,
        /// On which page it holds.
        page: CursorPage,
        /// The path, when it is not that of the listing.
        path: Option<Template>,
        /// The items, when they are not where the listing has them.
        items: Option<Pointer>,
        /// Parameters that replace those of the listing.
        #[serde(default)]
        params: BTreeMap<String, Template>,
        /// How removed records are told of.
        tombstones: Tombstones,
    },
}

impl Default for Delta {
    fn default() -> Self {
        Self::None { tombstones: Tombstones::None }
    }
}

/// How an instant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// ISO 8601.
    Iso,
    /// As in HTTP headers.
    Rfc1123,
    /// Seconds since 1970.
    EpochS,
    /// Milliseconds since 1970.
    EpochMs,
}

/// Which records an instant takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Operator {
    /// The instant included.
    #[serde(rename = ">=")]
    From,
    /// The instant excluded: asked with one grain less (CN C37).
    #[serde(rename = ">")]
    After,
}

/// On which page the next cursor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CursorPage {
    /// The first.
    First,
    /// The last.
    Last,
}

/// How removed records are told of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tombstones {
    /// Not at all.
    #[default]
    None,
    /// Among the records.
    Inline,
}
