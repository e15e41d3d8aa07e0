//! The set-up code: printed once when the server starts and there are no people, so that a stranger who finds the page
//! cannot claim the installation (UX 7.1, RL S24).

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

/// How long the code works, and how long whoever gave it may take for the next step.
pub(super) const WORKS_FOR: TimeDelta = TimeDelta::minutes(30);
/// Letters of a code: none is taken for another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS: usize = 3;
const GROUP: usize = 4;

/// The one code, while it works.
#[derive(Default)]
pub(crate) struct SetupCode(Mutex<Option<(Vec<u8>, DateTime<Utc>)>>);

impl SetupCode {
    /// Makes a new code; the one before it works no more.
    pub(super) fn renew(&self, now: DateTime<Utc>, random: u64) -> String {
        let letters: Vec<char> = (0..GROUPS * GROUP)
            .filter_map(|place| LETTERS.get((random >> (5 * place) & 31) as usize).copied().map(char::from))
            .collect();
        let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
        let code = groups.join("-");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((digest(&code), now + WORKS_FOR));
        code
    }

    /// Whether this is the code. If so, it has been used.
    pub(super) fn take(&self, code: &str, now: DateTime<Utc>) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = held.as_ref().is_some_and(|(wanted, until)| *until > now && *wanted == digest(code));
        if is_it {
            *held = None;
        }
        is_it
    }
}

/// Codes are compared by their hashes, so that the time it takes says nothing about the code.
fn digest(code: &str) -> Vec<u8> {
    let letters: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    Sha256::digest(letters).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s24_a_code_works_once_and_for_half_an_hour() {
        let now = DateTime::from_timestamp(1_760_000_000, 0).expect("in range");
        let setup = SetupCode::default();
        let code = setup.renew(now, 0x0123_4567_89ab_cdef);
        assert_eq!(code.len(), 14, "{code}");
        assert!(!setup.take("wrong", now));
        assert!(setup.take(&code.to_uppercase().replace('-', " "), now), "as people type it");
        assert!(!setup.take(&code, now), "once");
        let later = setup.renew(now, 7);
        assert!(!setup.take(&code, now), "the one before");
        assert!(!setup.take(&later, now + WORKS_FOR), "too late");
    }
}
