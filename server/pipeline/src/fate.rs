//! What became of a write whose fate is unknown: the table of RL 3.4 (R15 to R18) as a pure function.
//!
//! The caller has waited (R15) and looked; [`fate_of`] only judges. Nothing here reads or writes.

use store::plan_change::Operation;

/// At most so many attempts in one run, then the write is parked (R18).
pub const MAX_ATTEMPTS: u32 = 4;

/// What the write wanted, and what has been tried.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// Create, update or delete.
    pub operation: Operation,
    /// Requests that may have left the house.
    pub attempts: u32,
    /// Whether the counterpart answers a repeated create with the first answer (strong, RL 3.6).
    pub idempotent: bool,
}

/// What a strong read of the record shows now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Absence is proved (CN C58).
    Absent,
    /// The record holds what the write wanted (for a delete: cannot be).
    Post,
    /// The record holds what it held before the write.
    Pre,
    /// The record holds something else.
    Other,
    /// A create: exactly one record carries our correlation reference.
    OurReference,
    /// A create: exactly one record has the natural key, without our reference, and equals what we sent.
    NaturalKeyEqual,
    /// A create: exactly one record has the natural key, without our reference, and differs from what we sent.
    NaturalKeyDifferent,
    /// A create: several records match.
    Several,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It took effect; the wanted values are known to have been held, even if edited since.
    Applied,
    /// It did not take effect: send again with the same key.
    SendAgain,
    /// It did not take effect and is no longer wanted as it stands: the next merge plans anew.
    Superseded,
    /// Nobody can say. Nothing is written, the base keeps its unproved fields, the next merge decides (cautiously).
    Ambiguous,
    /// A record of that key is there and may not be ours: take the link, write nothing, let a person compare.
    Adopted,
    /// Left for the next run, and reported.
    Parked,
}

/// Judges an unknown write by what is there now.
#[must_use]
pub fn fate_of(tried: Tried, seen: Seen) -> Fate {
    let fate = match tried.operation {
        Operation::Create => fate_of_create(tried, seen),
        Operation::Update => match seen {
            Seen::Post => Fate::Applied,
            Seen::Pre => Fate::SendAgain,
            Seen::Absent => Fate::Superseded,
            _ => Fate::Ambiguous,
        },
        Operation::None => Fate::Superseded,
        Operation::Delete => match seen {
            Seen::Absent => Fate::Applied,
            Seen::Pre => Fate::SendAgain,
            _ => Fate::Superseded,
        },
    };
    if fate == Fate::SendAgain && tried.attempts >= MAX_ATTEMPTS { Fate::Parked } else { fate }
}

fn fate_of_create(tried: Tried, seen: Seen) -> Fate {
    match seen {
        Seen::Absent if !tried.idempotent && tried.attempts >= 2 => Fate::Parked,
        Seen::Absent => Fate::SendAgain,
        Seen::OurReference | Seen::NaturalKeyEqual => Fate::Applied,
        Seen::Several => Fate::Parked,
        _ => Fate::Adopted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(operation: Operation, attempts: u32) -> Tried {
        Tried { operation, attempts, idempotent: true }
    }

    #[test]
    fn r15_an_update_is_judged_by_what_is_there() {
        let update = tried(Operation::Update, 1);
        assert_eq!(fate_of(update, Seen::Post), Fate::Applied);
        assert_eq!(fate_of(update, Seen::Pre), Fate::SendAgain);
        assert_eq!(fate_of(update, Seen::Other), Fate::Ambiguous);
        assert_eq!(fate_of(update, Seen::Absent), Fate::Superseded);
    }

    #[test]
    fn r15_a_create_is_known_again_by_its_reference() {
        let create = tried(Operation::Create, 1);
        assert_eq!(fate_of(create, Seen::Absent), Fate::SendAgain);
        assert_eq!(fate_of(create, Seen::OurReference), Fate::Applied);
        assert_eq!(fate_of(create, Seen::NaturalKeyDifferent), Fate::Adopted);
        assert_eq!(fate_of(create, Seen::Several), Fate::Parked);
    }

    #[test]
    fn r15_a_create_without_keys_is_sent_twice_at_most() {
        let create = Tried { operation: Operation::Create, attempts: 2, idempotent: false };
        assert_eq!(fate_of(create, Seen::Absent), Fate::Parked);
        assert_eq!(fate_of(Tried { attempts: 1, ..create }, Seen::Absent), Fate::SendAgain);
    }

    #[test]
    fn r15_a_delete_is_never_repeated_over_an_edit() {
        let delete = tried(Operation::Delete, 1);
        assert_eq!(fate_of(delete, Seen::Absent), Fate::Applied);
        assert_eq!(fate_of(delete, Seen::Pre), Fate::SendAgain);
        assert_eq!(fate_of(delete, Seen::Other), Fate::Superseded);
    }

    #[test]
    fn r18_four_attempts_and_then_it_is_parked() {
        assert_eq!(fate_of(tried(Operation::Update, 3), Seen::Pre), Fate::SendAgain);
        assert_eq!(fate_of(tried(Operation::Update, 4), Seen::Pre), Fate::Parked);
        assert_eq!(fate_of(tried(Operation::Update, 4), Seen::Post), Fate::Applied);
    }
}
