//! Who is played: the modelled protocol or the real pipeline, whole or weakened.

use std::fmt;
use std::str::FromStr;

use crate::real;
use crate::scenario;
use crate::trace::Trace;
use crate::variants::Variant;
use crate::world::{Tally, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Model(Variant),
    Real(Variant),
}

/// How a scenario came out.
pub struct Played {
    pub tally: Tally,
    pub hash: u64,
    pub story: String,
}

impl Played {
    pub fn of(world: &World) -> Self {
        let story = world.trace.story().to_owned();
        Self { tally: world.tally.clone(), hash: world.trace.hash(), story }
    }
}

impl Subject {
    pub fn play(self, number: u64) -> Played {
        self.play_into(number, Trace::default())
    }

    pub fn tell(self, number: u64) -> Played {
        self.play_into(number, Trace::telling())
    }

    fn play_into(self, number: u64, trace: Trace) -> Played {
        match self {
            Self::Model(variant) => Played::of(&scenario::play(variant, number, trace)),
            Self::Real(variant) => real::play(variant, number, trace),
        }
    }

    pub fn variant(self) -> Variant {
        match self {
            Self::Model(variant) | Self::Real(variant) => variant,
        }
    }

    /// The command that tells the story of one scenario.
    pub fn replay(self, number: u64) -> String {
        format!(
            "replay: MODEL_TRACE={self}:{number} cargo test -p pipeline --test model story_of -- --nocapture"
        )
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(variant) => write!(f, "{variant}"),
            Self::Real(variant) => write!(f, "real-{variant}"),
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("real-") {
            Some(variant) => variant.parse().map(Self::Real),
            None => text.parse().map(Self::Model),
        }
    }
}
