//! The nouns that the world and the protocol share.

use std::fmt;

/// A record has two fields, x and y, each holding a number that nobody else ever used.
pub type Values = [u32; 2];
/// Which of the fields.
pub type Field = usize;
/// Both of them.
pub const FIELDS: [Field; 2] = [0, 1];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    A,
    B,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// The natural key: one of the records that were agreed at the start, or one that a user made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Known(u32),
    New(u32),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(number) => write!(f, "k{number}"),
            Self::New(number) => write!(f, "n{number}"),
        }
    }
}

/// What of a record was edited or conflicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Existence,
    Field(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Create,
    Update,
    Delete,
}

/// What one side shows of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub key: Key,
    pub values: Values,
    pub version: u32,
}

/// One request as it travels; `seen` is what the plan read, for the ghost's eyes only.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub side: Side,
    pub key: Key,
    pub operation: Operation,
    pub id: Option<u32>,
    pub seen: Option<Values>,
    pub wanted: Option<Values>,
    pub if_match: Option<u32>,
    pub idempotency_key: Option<(u32, Key)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    Done(u32),
    Missing,
    Stale,
    Timeout,
}
