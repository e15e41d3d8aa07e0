//! How a listing goes on from page to page (CN C32), as configured.

use serde::Deserialize;

use super::units::HeaderName;
use crate::rest::pointer::Pointer;
use crate::rest::template::Template;

/// The style of paging, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub enum Paging {
    /// Everything comes at once.
    None {},
    /// By page number.
    Page {
        /// The number of the first page.
        first: u64,
        /// The parameter of the number, unless `{page}` stands in the parameters.
        param: Option<String>,
        /// The parameter of the size, unless `{limit}` does.
        size_param: Option<String>,
        /// What ends the listing.
        end: Vec<End>,
    },
    /// By number of records before the page.
    Offset {
        /// The number of the first record.
        first: u64,
        /// The parameter of the number, unless `{offset}` stands in the parameters.
        param: Option<String>,
        /// The parameter of the size, unless `{limit}` does.
        size_param: Option<String>,
        /// What ends the listing.
        end: Vec<End>,
    },
    /// By a link in the body.
    BodyUrl {
        /// Where the link is.
        at: Pointer,
        /// What a relative link is relative to.
        #[serde(default)]
        relative_to: RelativeTo,
        /// What ends the listing.
        #[serde(default = "no_next")]
        end: Vec<End>,
    },
    /// By the `Link` header.
    LinkHeader {
        /// The relation of the next page.
        #[serde(default = "next")]
        rel: String,
        /// What ends the listing.
        #[serde(default = "no_next")]
        end: Vec<End>,
    },
    /// By a header that is the link.
    HeaderUrl {
        /// The header.
        header: HeaderName,
        /// What ends the listing.
        #[serde(default = "no_next")]
        end: Vec<End>,
    },
    /// By a token that is sent back.
    Token {
        /// Where the token comes from.
        from: Place,
        /// The pointer or the header's name.
        at: String,
        /// The parameter in which it is sent back.
        param: String,
        /// What ends the listing.
        #[serde(default = "no_next")]
        end: Vec<End>,
    },
    /// By a value of the last item.
    Keyset {
        /// The parameter, unless `{last.…}` stands in the parameters.
        param: Option<String>,
        /// The value, such as `{last./id}`.
        from: Option<Template>,
        /// True when the item of the value itself comes again.
        #[serde(default)]
        inclusive: bool,
        /// What ends the listing.
        end: Vec<End>,
    },
}

impl Default for Paging {
    fn default() -> Self {
        Self::None {}
    }
}

/// What ends a listing; any one that is named does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// No next link or token.
    NoNext,
    /// A page without items.
    Empty,
    /// A page with fewer items than asked for.
    ShortPage,
    /// As many records as the system says there are.
    Total,
    /// A page past the end answers "missing".
    Status,
}

/// What a relative link is relative to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelativeTo {
    /// The server's root.
    #[default]
    Root,
    /// The request that was answered.
    Request,
    /// The base URL.
    Service,
}

/// Where a token or cursor is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the body.
    Body,
    /// In a header.
    Header,
}

impl Paging {
    /// What ends the listing.
    pub fn ends(&self) -> &[End] {
        match self {
            Self::None {} => &[],
            Self::Page { end, .. }
            | Self::Offset { end, .. }
            | Self::BodyUrl { end, .. }
            | Self::LinkHeader { end, .. }
            | Self::HeaderUrl { end, .. }
            | Self::Token { end, .. }
            | Self::Keyset { end, .. } => end,
        }
    }

    /// True for the styles that count, in which rows shift when others come and go (CN C35).
    pub fn counts(&self) -> bool {
        matches!(self, Self::Page { .. } | Self::Offset { .. })
    }
}

fn no_next() -> Vec<End> {
    vec![End::NoNext]
}

fn next() -> String {
    "next".to_owned()
}
