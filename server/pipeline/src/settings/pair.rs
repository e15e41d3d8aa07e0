//! Two of something, one for each side.

use std::ops::{Index, IndexMut};

use merge::Side;

/// One value for each side, reached by [`Side`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Pair<T> {
    /// The value of our side.
    pub ours: T,
    /// The value of the other system's side.
    pub theirs: T,
}

impl<T> Pair<T> {
    /// Makes both values, ours first.
    pub fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        Self { ours: make(Side::Ours), theirs: make(Side::Theirs) }
    }

    /// Makes both values, ours first, and stops at the first error.
    ///
    /// # Errors
    /// What `make` gives.
    pub fn try_from_fn<E>(mut make: impl FnMut(Side) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self { ours: make(Side::Ours)?, theirs: make(Side::Theirs)? })
    }

    /// Both values with their side, ours first.
    pub fn iter(&self) -> impl Iterator<Item = (Side, &T)> {
        [(Side::Ours, &self.ours), (Side::Theirs, &self.theirs)].into_iter()
    }

    /// A pair made from this one, value by value.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Pair<U> {
        Pair { ours: change(self.ours), theirs: change(self.theirs) }
    }
}

impl<T> Index<Side> for Pair<T> {
    type Output = T;

    fn index(&self, side: Side) -> &T {
        match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }
}

impl<T> IndexMut<Side> for Pair<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Ours => &mut self.ours,
            Side::Theirs => &mut self.theirs,
        }
    }
}
