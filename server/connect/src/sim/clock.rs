//! The clock of the simulated SIS: any source, moved and frozen at will.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::options::TimeSource;

#[derive(Debug)]
pub(super) struct Clock {
    source: TimeSource,
    offset: TimeDelta,
    frozen: Option<DateTime<Utc>>,
    /// How wrong the clock is just now (`clock_skew`).
    skew: TimeDelta,
}

impl Clock {
    pub fn new(source: TimeSource) -> Self {
        Self { source, offset: TimeDelta::zero(), frozen: None, skew: TimeDelta::zero() }
    }

    /// The time now, to the millisecond.
    pub fn now(&self) -> DateTime<Utc> {
        let at = self.frozen.unwrap_or_else(|| self.source_now() + self.offset);
        (at + self.skew).trunc_subsecs(3)
    }

    /// Whether time passes without anybody moving the clock.
    pub fn runs(&self) -> bool {
        self.frozen.is_none() && !matches!(self.source, TimeSource::Fixed(_))
    }

    pub fn set(&mut self, at: DateTime<Utc>) {
        match &mut self.frozen {
            Some(frozen) => *frozen = at,
            None => self.offset = at - self.source_now(),
        }
    }

    pub fn advance(&mut self, by: TimeDelta) {
        self.set(self.now() + by);
    }

    /// Makes the clock wrong by so much more.
    pub fn skew(&mut self, by: TimeDelta) {
        self.skew += by;
    }

    pub fn freeze(&mut self, freeze: bool) {
        match (freeze, self.frozen) {
            (true, None) => self.frozen = Some(self.now()),
            (false, Some(at)) => {
                self.frozen = None;
                self.set(at);
            }
            _ => {}
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the simulated SIS is an outside system with a clock of its own"
    )]
    fn source_now(&self) -> DateTime<Utc> {
        match &self.source {
            TimeSource::Wall => Utc::now(),
            TimeSource::Fixed(at) => *at,
            TimeSource::Shared(clock) => clock(),
        }
    }
}
