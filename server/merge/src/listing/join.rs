//! The merge-join of three sorted streams.

use std::cmp::Ordering;

use super::group::Group;
use super::row::Row;
use crate::key::RecordKey;
use crate::named::named;

named! {
    /// One of the three inputs of a merge.
    pub enum Source: "input" {
        /// The last agreed values.
        Base = "base",
        /// Our listing.
        Ours = "ours",
        /// Their listing.
        Theirs = "theirs",
    }
}

/// Why joining stopped. `E` is the error of the streams.
#[derive(Debug, PartialEq, Eq)]
pub enum JoinError<E> {
    /// A stream failed.
    Source(E),
    /// A stream is not sorted by key; sort it and start again.
    Unsorted(Source),
    /// Base holds a key twice, at the line given (K3).
    RepeatedInBase {
        /// The key.
        key: RecordKey,
        /// Line of the second record.
        line: u64,
    },
}

/// An iterator over the keys of three streams of rows, each sorted by key; holds the rows of one key at a time (X5).
///
/// ```
/// use merge::listing::{Join, Row};
/// use merge::{Object, RecordKey};
/// let rows = |keys: &[i64]| {
///     let row = |key: &i64| Ok::<_, ()>((RecordKey::from(*key), Row::read(Object::new(), 1).unwrap()));
///     keys.iter().map(row).collect::<Vec<_>>().into_iter()
/// };
/// let groups = Join::new(rows(&[1, 2]), rows(&[2, 3]), rows(&[2]));
/// let keys: Vec<String> = groups.map(|group| group.unwrap().key.label()).collect();
/// assert_eq!(keys, ["1", "2", "3"]);
/// ```
pub struct Join<B, O, T> {
    base: Stream<B>,
    ours: Stream<O>,
    theirs: Stream<T>,
    failed: bool,
}

type Keyed<E> = Result<(RecordKey, Row), E>;

impl<E, B, O, T> Join<B, O, T>
where
    B: Iterator<Item = Keyed<E>>,
    O: Iterator<Item = Keyed<E>>,
    T: Iterator<Item = Keyed<E>>,
{
    /// Joins three streams of rows with their keys, which must be sorted (X5).
    ///
    /// ```
    /// # use merge::{Object, RecordKey, listing::{Join, JoinError, Row, Source}};
    /// # let rows = |keys: &'static [i64]| {
    /// #     let row = |key: &i64| Ok::<_, ()>((RecordKey::from(*key), Row::read(Object::new(), 1).unwrap()));
    /// #     keys.iter().map(row)
    /// # };
    /// let mut groups = Join::new(rows(&[1]), rows(&[2, 1]), rows(&[1, 2]));
    /// assert_eq!(groups.next().unwrap().unwrap().key, RecordKey::from(1));
    /// assert_eq!(groups.next(), Some(Err(JoinError::Unsorted(Source::Ours))));
    /// ```
    pub fn new(base: B, ours: O, theirs: T) -> Join<B, O, T> {
        let (base, ours) = (Stream::new(base, Source::Base), Stream::new(ours, Source::Ours));
        Join { base, ours, theirs: Stream::new(theirs, Source::Theirs), failed: false }
    }

    fn group(&mut self) -> Result<Option<Group>, JoinError<E>> {
        let keys = [self.base.key()?, self.ours.key()?, self.theirs.key()?];
        let Some(key) = keys.into_iter().flatten().min().cloned() else { return Ok(None) };
        let mut base = self.base.take(&key)?.into_iter();
        let group =
            Group { base: base.next(), ours: self.ours.take(&key)?, theirs: self.theirs.take(&key)?, key };
        match base.next() {
            Some(again) => Err(JoinError::RepeatedInBase { key: group.key, line: again.line }),
            None => Ok(Some(group)),
        }
    }
}

impl<E, B, O, T> Iterator for Join<B, O, T>
where
    B: Iterator<Item = Keyed<E>>,
    O: Iterator<Item = Keyed<E>>,
    T: Iterator<Item = Keyed<E>>,
{
    type Item = Result<Group, JoinError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let group = self.group().transpose();
        self.failed = matches!(group, Some(Err(_)));
        group
    }
}

/// One input with the row that comes next.
struct Stream<I> {
    rows: I,
    next: Option<(RecordKey, Row)>,
    source: Source,
}

impl<E, I: Iterator<Item = Keyed<E>>> Stream<I> {
    const fn new(rows: I, source: Source) -> Stream<I> {
        Stream { rows, next: None, source }
    }

    /// The key of the next row.
    fn key(&mut self) -> Result<Option<&RecordKey>, JoinError<E>> {
        if self.next.is_none() {
            self.next = self.rows.next().transpose().map_err(JoinError::Source)?;
        }
        Ok(self.next.as_ref().map(|(key, _)| key))
    }

    /// Takes the rows of one key; the row after them must have a greater one.
    fn take(&mut self, key: &RecordKey) -> Result<Vec<Row>, JoinError<E>> {
        let mut taken = Vec::new();
        while let Some(order) = self.key()?.map(|next| next.cmp(key)) {
            match order {
                Ordering::Greater => break,
                Ordering::Less => return Err(JoinError::Unsorted(self.source)),
                Ordering::Equal => taken.extend(self.next.take().map(|(_, row)| row)),
            }
        }
        Ok(taken)
    }
}
