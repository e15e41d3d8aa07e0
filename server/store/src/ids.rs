//! Identifiers: UUIDv7 made by the caller from its clock and its randomness, one type for each kind of row.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A UUIDv7 for the instant `now`: milliseconds first, then the fraction of the millisecond, then the 62 low bits
/// of `random`. Ids made one after the other sort in that order as far as the clock is fine enough.
#[must_use]
pub fn new(now: DateTime<Utc>, random: u64) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let fraction = u16::try_from(u64::from(now.timestamp_subsec_nanos() % 1_000_000) * 4096 / 1_000_000);
    let mut tail = [0; 10];
    tail[..2].copy_from_slice(&fraction.unwrap_or(0).to_be_bytes());
    tail[2..].copy_from_slice(&random.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(sqlx::Type, serde::Serialize, serde::Deserialize)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id: see [`new`].
            #[must_use]
            pub fn new(now: DateTime<Utc>, random: u64) -> Self {
                Self(new(now, random))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

id! {
    /// One institution.
    SchoolId;
    /// One execution for one school.
    RunId;
    /// The pair of remote ids under which both sides know the same record.
    LinkId;
    /// One row of a plan. The write that is made from it has the same bytes.
    PlanChangeId;
    /// One intended change to one side.
    WriteId;
    /// One question for a person. People say its number.
    ConflictId;
    /// One answer of a person.
    DecisionId;
    /// One path of a record that differs on purpose.
    DifferenceId;
    /// One outgoing mail.
    MessageId;
    /// One row of the audit chain.
    AuditId;
    /// One form that was not saved.
    DraftId;
    /// One person who may sign in.
    PersonId;
    /// One start of one process.
    BootId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_time_and_sort_by_it() {
        let earlier = DateTime::from_timestamp_micros(1_760_000_000_000_100).expect("in range");
        let later = DateTime::from_timestamp_micros(1_760_000_000_000_400).expect("in range");
        let (first, second) = (new(earlier, u64::MAX), new(later, 0));
        assert_eq!((first.get_version_num(), second.get_version_num()), (7, 7));
        assert!(first < second);
    }
}
