//! The nouns that the world and the protocol share.

use std::fmt;
use std::str::FromStr;

/// A record has two fields, x and y, each holding a number that nobody else ever used.
pub type Values = [u32; 2];
/// What a base says: nothing of a field on which the sides never agreed.
pub type Agreed = [Option<u32>; 2];
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

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.get(1..).and_then(|digits| digits.parse().ok());
        match (text.chars().next(), number) {
            (Some('k'), Some(number)) => Ok(Self::Known(number)),
            (Some('n'), Some(number)) => Ok(Self::New(number)),
            _ => Err(format!("no such key: {text}")),
        }
    }
}

impl Key {
    /// Records that users leave alone: without them a listing may come out empty, which stops a real night (RL G13).
    pub fn is_still(self) -> bool {
        matches!(self, Self::Known(number) if number >= FIRST_STILL)
    }
}

/// The first of the keys that users leave alone.
pub const FIRST_STILL: u32 = 1_000;

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

/// A key or reference that a create carries, as a number.
pub type Token = u64;

/// What one side shows of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    pub key: Key,
    pub values: Values,
    pub version: u32,
    /// By which a create of ours is known again.
    pub reference: Option<Token>,
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
    /// The fields that an update carries; the others stay as they are.
    pub carries: [bool; 2],
    pub if_match: Option<u32>,
    pub idempotency_key: Option<Token>,
    pub reference: Option<Token>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The record, and what was left of it.
    Done(u32, Option<Record>),
    Missing,
    Stale,
    Timeout,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(id, _) => write!(f, "done, id {id}"),
            Self::Missing => write!(f, "missing"),
            Self::Stale => write!(f, "stale"),
            Self::Timeout => write!(f, "timeout"),
        }
    }
}
