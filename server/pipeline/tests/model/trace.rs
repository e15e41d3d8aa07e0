//! What happened, in order: hashed always (RL T21), told in words when somebody asks for the story.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::ghost::Violation;
use crate::nouns::{Agreed, Answer, Key, Operation, Side, Token, Values};
use crate::write::State;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    Run,
    CleanRun,
    Crash,
    Recovers,
    UserEdits(Side, Key, Values),
    UserDeletes(Side, Key),
    UserCreates(Side, Key, Values),
    Lands(Side, Operation, Key, Option<Values>, Answer),
    Fate(Side, Operation, Key, State),
    Base(Key, Option<Agreed>),
    Conflict(Key),
    Violated(Violation),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => write!(f, "run"),
            Self::CleanRun => write!(f, "clean run"),
            Self::Crash => write!(f, "crash, run"),
            Self::Recovers => write!(f, "  recovers the open run"),
            Self::UserEdits(side, key, values) => write!(f, "  user edits {side:?} {key} {values:?}"),
            Self::UserDeletes(side, key) => write!(f, "  user deletes {side:?} {key}"),
            Self::UserCreates(side, key, values) => write!(f, "  user creates {side:?} {key} {values:?}"),
            Self::Lands(side, operation, key, wanted, answer) => {
                write!(f, "  lands {side:?} {operation:?} {key} {wanted:?} -> {answer}")
            }
            Self::Fate(side, operation, key, state) => {
                write!(f, "  write {side:?} {operation:?} {key} is {state:?}")
            }
            Self::Base(key, values) => write!(f, "  base of {key} becomes {values:?}"),
            Self::Conflict(key) => write!(f, "  conflict on {key}"),
            Self::Violated(violation) => write!(f, "  VIOLATED: {violation}"),
        }
    }
}

/// The hash of the events so far, and their story if it is wanted.
#[derive(Default)]
pub struct Trace {
    hash: Fnv,
    story: Option<String>,
}

impl Trace {
    pub fn telling() -> Self {
        Self { story: Some(String::new()), ..Self::default() }
    }

    pub fn tell(&mut self, event: Event) {
        event.hash(&mut self.hash);
        if let Some(story) = &mut self.story {
            story.push_str(&format!("{event}\n"));
        }
    }

    /// A line for the reader of the story; not part of the hash.
    pub fn note(&mut self, line: &str) {
        if let Some(story) = &mut self.story {
            story.push_str(&format!("  ({line})\n"));
        }
    }

    pub fn hash(&self) -> u64 {
        self.hash.finish()
    }

    pub fn story(&self) -> &str {
        self.story.as_deref().unwrap_or_default()
    }
}

/// A number that stands for a key or a reference.
pub fn token(of: &impl Hash) -> Token {
    let mut hasher = Fnv::default();
    of.hash(&mut hasher);
    hasher.finish()
}

/// FNV-1a: unlike the standard hasher it is the same in every version, so that hashes can be compared over machines.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
