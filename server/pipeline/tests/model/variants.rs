//! The whole protocol, and the fourteen ways to leave a part of it out (RL T22).

use std::fmt;
use std::str::FromStr;

/// What the modelled protocol does, one switch a protection; the last two are mistakes rather than protections.
#[derive(Clone, Copy, Debug)]
pub struct Flags {
    /// Writes are stored before they are sent, and settled after a crash.
    pub write_log: bool,
    /// Look before sending again, instead of resending blindly.
    pub settle: bool,
    /// Updates and deletes carry the version that was read.
    pub if_match: bool,
    /// Creates carry a key that is stable over resends and runs.
    pub idempotency_key: bool,
    /// A create can be recognised even after a user has edited it.
    pub correlation: bool,
    /// A write that stays open is kept for the next run.
    pub park: bool,
    /// The base moves field by field.
    pub field_base: bool,
    /// Read right before writing: the substitute for `if_match`.
    pub compare_first: bool,
    /// Wait out the longest request before looking.
    pub wait_in_flight: bool,
    /// The plan becomes the base before it is sent.
    pub base_from_plan: bool,
    /// What the last read shows becomes the base.
    pub base_from_reread: bool,
}

const FULL: Flags = Flags {
    write_log: true,
    settle: true,
    if_match: true,
    idempotency_key: true,
    correlation: true,
    park: true,
    field_base: true,
    compare_first: false,
    wait_in_flight: false,
    base_from_plan: false,
    base_from_reread: false,
};

/// V0 is the whole protocol of RL section 3; each other one lacks a protection, and must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant(pub u8);

impl Variant {
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=14).map(Self)
    }

    pub fn flags(self) -> Flags {
        let weak = Flags { if_match: false, compare_first: true, ..FULL };
        match self.0 {
            1 => Flags { write_log: false, ..FULL },
            2 => Flags { if_match: false, ..FULL },
            3 => weak,
            4 => Flags { wait_in_flight: true, ..weak },
            5 => Flags { idempotency_key: false, ..FULL },
            6 => Flags { idempotency_key: false, wait_in_flight: true, ..FULL },
            7 => Flags { idempotency_key: false, settle: false, ..FULL },
            8 => Flags { base_from_plan: true, ..FULL },
            9 => Flags { base_from_reread: true, ..FULL },
            10 => Flags { field_base: false, ..FULL },
            11 => Flags { park: false, ..FULL },
            12 => Flags { correlation: false, ..FULL },
            13 => Flags { write_log: false, if_match: false, idempotency_key: false, settle: false, ..FULL },
            14 => Flags { idempotency_key: false, wait_in_flight: true, ..weak },
            _ => FULL,
        }
    }

    pub fn describe(self) -> &'static str {
        match self.0 {
            1 => "no write log: a crash starts over",
            2 => "no If-Match",
            3 => "compare then write instead of If-Match",
            4 => "V3 and waiting out requests in flight",
            5 => "no idempotency key, look before resending",
            6 => "V5 and waiting out requests in flight",
            7 => "no idempotency key, blind resend",
            8 => "base taken from the plan before the writes",
            9 => "base taken from the read at the end",
            10 => "base per record instead of per field",
            11 => "open writes dropped after four attempts",
            12 => "no correlation reference on creates",
            13 => "none of it",
            14 => "weak counterpart: no If-Match, no key; log, compare, wait",
            _ => "full protocol",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}", self.0)
    }
}

impl FromStr for Variant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::all()
            .find(|variant| variant.to_string() == text)
            .ok_or_else(|| format!("no such variant: {text}"))
    }
}
