//! The two sides of every merge.

use crate::named::named;

named! {
    /// One of the two systems of record (MS 1).
    pub enum Side: "side" {
        /// The platform's own records.
        Ours = "ours",
        /// The other system, mostly the student information system.
        Theirs = "theirs",
    }
}

impl Side {
    /// The opposite side.
    ///
    /// ```
    /// use merge::Side;
    /// assert_eq!(Side::Ours.other(), Side::Theirs);
    /// ```
    pub const fn other(self) -> Side {
        match self {
            Side::Ours => Side::Theirs,
            Side::Theirs => Side::Ours,
        }
    }
}
