use serde::{Deserialize, Serialize};

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// Continue after this place; `None` is the beginning. Opaque: taken from [`Page::next`].
    pub after: Option<String>,
    /// At most so many lines, 1 to 200.
    pub limit: u32,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { after: None, limit: 50 }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The lines.
    pub items: Vec<T>,
    /// How many match the filter in all.
    pub total: i64,
    /// Where the next part begins, if there is more.
    pub next: Option<String>,
}
