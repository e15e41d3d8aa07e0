use serde::{Deserialize, Serialize};

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// Where the part is.
    pub place: Place,
    /// At most so many lines, 1 to 200.
    pub limit: u32,
}

/// A place in a list. The text in it is opaque: taken from [`Page::next`] or [`Page::previous`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The beginning.
    #[default]
    First,
    /// What follows this line.
    After(String),
    /// What stands before this line.
    Before(String),
    /// The end.
    Last,
}

impl PageRequest {
    /// So many lines after a place, or from the beginning.
    #[must_use]
    pub fn after(place: Option<String>, limit: u32) -> Self {
        Self { place: place.map_or(Place::First, Place::After), limit }
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { place: Place::First, limit: 50 }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The lines.
    pub items: Vec<T>,
    /// How many match the filter in all.
    pub total: i64,
    /// How many of them stand before the first line of this part.
    pub before: i64,
    /// Where the part before this one ends, if there is one.
    pub previous: Option<String>,
    /// Where the next part begins, if there is more.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same part with a line made of each of its lines.
    pub fn map<U>(mut self, line: impl FnMut(T) -> U) -> Page<U> {
        let items = std::mem::take(&mut self.items).into_iter().map(line).collect();
        self.with(items)
    }

    /// The same part with these lines.
    pub fn with<U>(self, items: Vec<U>) -> Page<U> {
        Page { items, total: self.total, before: self.before, previous: self.previous, next: self.next }
    }
}
