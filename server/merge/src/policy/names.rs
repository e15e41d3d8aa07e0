//! The words of a policy.

use crate::Side;
use crate::named::named;

named! {
    /// How a question between the sides is settled (MS P2).
    pub enum Mode: "mode" {
        /// A conflict waits for a person.
        Manual = "manual",
        /// Where the three-way rule finds a conflict, ours is taken.
        ResolveOurs = "resolve_ours",
        /// Where the three-way rule finds a conflict, theirs is taken.
        ResolveTheirs = "resolve_theirs",
        /// Ours is taken whatever happened.
        AlwaysOurs = "always_ours",
        /// Theirs is taken whatever happened.
        AlwaysTheirs = "always_theirs",
    }
}

impl Mode {
    /// The side this mode names; none for `manual` (P2).
    ///
    /// ```
    /// use merge::{Mode, Side};
    /// assert_eq!(Mode::ResolveTheirs.side(), Some(Side::Theirs));
    /// assert_eq!(Mode::Manual.side(), None);
    /// ```
    pub const fn side(self) -> Option<Side> {
        match self {
            Mode::Manual => None,
            Mode::ResolveOurs | Mode::AlwaysOurs => Some(Side::Ours),
            Mode::ResolveTheirs | Mode::AlwaysTheirs => Some(Side::Theirs),
        }
    }

    /// The side an `always_*` mode names; none for the others (P2).
    ///
    /// ```
    /// # use merge::{Mode, Side};
    /// assert_eq!(Mode::AlwaysOurs.always(), Some(Side::Ours));
    /// assert_eq!(Mode::ResolveOurs.always(), None);
    /// ```
    pub const fn always(self) -> Option<Side> {
        match self {
            Mode::AlwaysOurs | Mode::AlwaysTheirs => self.side(),
            _ => None,
        }
    }

    /// The side a `resolve_*` mode names; none for the others (P2).
    ///
    /// ```
    /// # use merge::{Mode, Side};
    /// assert_eq!(Mode::ResolveOurs.resolve(), Some(Side::Ours));
    /// assert_eq!(Mode::AlwaysOurs.resolve(), None);
    /// ```
    pub const fn resolve(self) -> Option<Side> {
        match self {
            Mode::ResolveOurs | Mode::ResolveTheirs => self.side(),
            _ => None,
        }
    }

    /// The same mode with the sides swapped (law L1).
    ///
    /// ```
    /// # use merge::Mode;
    /// assert_eq!(Mode::AlwaysOurs.mirror(), Mode::AlwaysTheirs);
    /// assert_eq!(Mode::Manual.mirror(), Mode::Manual);
    /// ```
    #[must_use]
    pub const fn mirror(self) -> Mode {
        match self {
            Mode::Manual => Mode::Manual,
            Mode::ResolveOurs => Mode::ResolveTheirs,
            Mode::ResolveTheirs => Mode::ResolveOurs,
            Mode::AlwaysOurs => Mode::AlwaysTheirs,
            Mode::AlwaysTheirs => Mode::AlwaysOurs,
        }
    }
}

named! {
    /// Where a mode was set; a later one wins (MS P3).
    pub enum Level: "level" {
        /// The product's default, `manual`.
        Default = "default",
        /// The merge type.
        Type = "type",
        /// A field path pattern or a field group.
        Field = "field",
        /// A record override.
        Record = "record",
        /// A staff rule.
        Rule = "rule",
        /// A staff decision.
        Decision = "decision",
    }
}

named! {
    /// How much one open conflict holds back (MS P7).
    pub enum Hold: "hold" {
        /// The whole record waits.
        Record = "record",
        /// Only the contested fields wait.
        Field = "field",
    }
}

named! {
    /// What happens to a side that sends a blank where base has a value (MS F8).
    pub enum BlankRule: "blank rule" {
        /// The blank is a value like any other.
        Propagate = "propagate",
        /// That side counts as unchanged.
        NeverClear = "never_clear",
        /// A person is asked even if the other side is untouched.
        Ask = "ask",
    }
}

named! {
    /// Blank against value where there is no base (MS F12).
    pub enum NoBaseBlank: "rule for blanks without base" {
        /// A conflict.
        Conflict = "conflict",
        /// The value fills the blank.
        Fill = "fill",
    }
}

named! {
    /// What makes two spellings of text equal (MS N1), in the order in which it is done.
    pub enum Comparator: "comparator" {
        /// Compatibility composition (NFKC).
        Nfkc = "nfkc",
        /// White space at both ends does not count.
        Trim = "trim",
        /// A run of white space is one blank.
        Space = "space",
        /// Upper and lower case are equal (full case folding).
        Case = "case",
        /// Empty text is blank.
        EmptyNull = "empty_null",
        /// Numeric text is compared by value.
        Decimal = "decimal",
        /// Text that is an instant is compared as one, at the coarser precision of the two (N4).
        Instant = "instant",
        /// Text that is a day, or an instant, is compared by its calendar day in the policy's zone (N4).
        Date = "date",
        /// Exact bytes: everything else is off, Unicode composition too.
        Bytes = "bytes",
    }
}

/// A set of comparators (MS N1), and perhaps a table of codes (N5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Compare {
    comparators: u16,
    /// The place of the table in the policy, counted from 1; 0 is none.
    codes: u8,
}

impl Compare {
    /// Text in NFC and nothing else.
    pub const NFC: Compare = Compare { comparators: 0, codes: 0 };

    /// Whether the comparator is on. `bytes` turns all others off (N1).
    ///
    /// ```
    /// # use merge::{Comparator, Compare};
    /// let compare = Compare::from_iter([Comparator::Trim, Comparator::Case]);
    /// assert!(compare.has(Comparator::Case));
    /// assert!(!compare.with(Comparator::Bytes).has(Comparator::Case));
    /// ```
    pub const fn has(self, comparator: Comparator) -> bool {
        let bytes = 1 << Comparator::Bytes as u8;
        let mask = if self.comparators & bytes != 0 { bytes } else { u16::MAX };
        self.comparators & mask & (1 << comparator as u8) != 0
    }

    /// The same set with one comparator more (N1).
    ///
    /// ```
    /// # use merge::{Comparator, Compare};
    /// let compare = Compare::NFC.with(Comparator::Trim);
    /// assert!(compare.has(Comparator::Trim) && !Compare::NFC.has(Comparator::Trim));
    /// ```
    #[must_use]
    pub const fn with(self, comparator: Comparator) -> Compare {
        Compare { comparators: self.comparators | 1 << comparator as u8, ..self }
    }

    /// The same set with one comparator less.
    #[must_use]
    pub(crate) const fn without(self, comparator: Comparator) -> Compare {
        Compare { comparators: self.comparators & !(1 << comparator as u8), ..self }
    }

    /// The same set, through the table at this place of the policy; none where places end.
    pub(crate) fn through(self, at: usize) -> Option<Compare> {
        Some(Compare { codes: u8::try_from(at + 1).ok()?, ..self })
    }

    /// The place of the table of codes in the policy.
    pub(crate) fn codes(self) -> Option<usize> {
        usize::from(self.codes).checked_sub(1)
    }
}

impl FromIterator<Comparator> for Compare {
    fn from_iter<I: IntoIterator<Item = Comparator>>(comparators: I) -> Compare {
        comparators.into_iter().fold(Compare::NFC, Compare::with)
    }
}

named! {
    /// How a list is merged (MS section 7).
    pub enum ListKind: "kind of list" {
        /// One value (A1).
        Atomic = "atomic",
        /// Order and repeats do not count (A2).
        Set = "set",
        /// Order does not count, repeats do (A3).
        Multiset = "multiset",
        /// Order counts; edits that lie apart are put together (A7).
        Ordered = "ordered",
        /// Items are paired by key and merged like records (A4).
        Keyed = "keyed",
    }
}

named! {
    /// Whether the order of a keyed list counts (MS A5).
    pub enum ListOrder: "list order" {
        /// It is merged too.
        Merge = "merge",
        /// It does not count.
        Ignore = "ignore",
    }
}

named! {
    /// Something that settles what both sides changed before a person is asked (MS C11).
    pub enum Resolver: "resolver" {
        /// One side is blank: the other's value.
        FillBlank = "fill_blank",
        /// Equal but for blanks, case and composition: one of the two spellings.
        Spelling = "spelling",
        /// One text contains the other: the longer.
        LongerText = "longer_text",
        /// Lists of scalars: merged as sets.
        Union = "union",
        /// Both sides tell when they changed the record: the later one's value.
        Newest = "newest",
    }
}

named! {
    /// How a long text is merged (MS T1, T2).
    pub enum TextMerge: "text merge" {
        /// Line by line.
        Lines = "lines",
        /// Line by line, and by word inside a line that both sides changed.
        Words = "words",
    }
}

named! {
    /// What a write does to one side's record.
    pub enum WriteKind: "kind of write" {
        /// A record the side does not have.
        Create = "create",
        /// Changed fields of a record the side has.
        Update = "update",
        /// A record the side shall no longer have.
        Delete = "delete",
    }
}
