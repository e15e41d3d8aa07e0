//! Passwords: how they are kept, and which ones are taken (RL S19, S20).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use connect::Clock;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use super::common;

/// Memory of one hash.
const MEMORY_KIB: u32 = 64 * 1024;
/// Passes over that memory.
const PASSES: u32 = 3;
/// Lanes.
const LANES: u32 = 1;
/// Hashes made at once: together they take 256 MiB.
const AT_ONCE: usize = 4;
/// Least characters.
const LEAST: usize = 12;
/// Least characters for admins.
const LEAST_ADMIN: usize = 15;
/// Most characters.
const MOST: usize = 1024;
/// Characters that must be left when the person's own words are taken out.
const LEFT: usize = 8;
/// What is compared with when there is no such person, so that it takes as long; no password fits it.
const NOBODY: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$Tm9ib2R5IGxpdmVzIGhlcmU$Z9sVhU7mW4r0mX2n3Jq8n1oQb5yFh2cR6dKpT0aLxEw";

/// Makes and compares hashes, a few at a time and off the threads that answer requests.
#[derive(Clone)]
pub(crate) struct Passwords {
    gate: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
}

/// How a password compares with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It does not fit.
    No,
    /// It fits.
    Yes,
    /// It fits, and the hash was made with less effort than today's.
    Outdated,
}

/// A hash could not be made or compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    #[error("the thread that hashes has ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
    #[error("hashing has ended: {0}")]
    Closed(#[from] tokio::sync::AcquireError),
}

impl Passwords {
    /// Takes its salts from the clock's generator.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { gate: Arc::new(Semaphore::new(AT_ONCE)), clock }
    }

    /// The hash of a password, with its parameters, as a PHC string.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&self.clock.random().to_le_bytes());
        salt[8..].copy_from_slice(&self.clock.random().to_le_bytes());
        let password = composed(password);
        self.aside(move || {
            let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
            Ok(hash.map_err(|error| PasswordError::Hash(error.to_string()))?.to_string())
        })
        .await
    }

    /// Whether a password fits. Without a hash it takes as long, and does not.
    pub(crate) async fn fits(&self, password: &str, hash: Option<&str>) -> Result<Fit, PasswordError> {
        let (known, hash) = (hash.is_some(), hash.unwrap_or(NOBODY).to_owned());
        let password = composed(password);
        let fit = self.aside(move || compare(&password, &hash)).await?;
        Ok(if known { fit } else { Fit::No })
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.gate.acquire().await?;
        tokio::task::spawn_blocking(work).await?
    }
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
    let params = params.map_err(|error| PasswordError::Hash(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn compare(password: &str, hash: &str) -> Result<Fit, PasswordError> {
    let broken = |error: argon2::password_hash::phc::Error| PasswordError::Hash(error.to_string());
    let parsed = PasswordHash::new(hash).map_err(broken)?;
    if argon2()?.verify_password(password.as_bytes(), &parsed).is_err() {
        return Ok(Fit::No);
    }
    let made_with = Params::try_from(&parsed).map_err(|error| PasswordError::Hash(error.to_string()))?;
    let today = made_with.m_cost() >= MEMORY_KIB && made_with.t_cost() >= PASSES;
    Ok(if today { Fit::Yes } else { Fit::Outdated })
}

/// The same letters give the same bytes, whichever keyboard they come from.
fn composed(password: &str) -> String {
    password.nfc().collect()
}

/// Why a new password is not taken, in words for the person; `own` are words that others would try first: the address,
/// the name, the school. Nothing is said about kinds of characters, and nothing is cut off (RL S20).
pub(crate) fn refusal(password: &str, is_admin: bool, own: &[&str]) -> Option<String> {
    let length = composed(password).chars().count();
    let least = if is_admin { LEAST_ADMIN } else { LEAST };
    if length < least {
        return Some(format!("Use at least {least} characters, any characters."));
    }
    if length > MOST {
        return Some(format!("Use at most {MOST} characters."));
    }
    let lower = composed(password).to_lowercase();
    if common::is_common(&lower) {
        return Some("This password is one of those that are tried first. Choose another.".to_owned());
    }
    let words = own.iter().flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
    let mut left = lower;
    for word in words.chain(["tiebreak"]).filter(|word| word.chars().count() > 2) {
        left = left.replace(&word.to_lowercase(), "");
    }
    (left.chars().count() < LEFT).then(|| {
        "This password is mostly your name, your address or the school's name. Choose another.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::SystemClock;

    fn passwords() -> Passwords {
        Passwords::new(Arc::new(SystemClock))
    }

    #[tokio::test]
    async fn s19_hashes_are_argon2id_with_64_mib_three_passes_and_a_salt_of_their_own() {
        let passwords = passwords();
        let one = passwords.hash("correct horse battery").await.expect("a hash");
        let other = passwords.hash("correct horse battery").await.expect("a hash");
        assert!(one.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{one}");
        assert_ne!(one, other);
        assert_eq!(passwords.fits("correct horse battery", Some(&one)).await.expect("compared"), Fit::Yes);
        assert_eq!(passwords.fits("correct horse batterx", Some(&one)).await.expect("compared"), Fit::No);
    }

    #[tokio::test]
    async fn s19_a_hash_made_with_less_effort_is_said_to_be_outdated() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(1024, 1, 1, None).expect("parameters"),
        );
        let hash = weak.hash_password_with_salt(b"p", b"0123456789abcdef").expect("a hash").to_string();
        assert_eq!(passwords().fits("p", Some(&hash)).await.expect("compared"), Fit::Outdated);
    }

    #[tokio::test]
    async fn s21_nobody_has_a_hash_that_costs_as_much_and_never_fits() {
        let parsed = PasswordHash::new(NOBODY).expect("a hash");
        let params = Params::try_from(&parsed).expect("parameters");
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert_eq!(passwords().fits("anything", None).await.expect("compared"), Fit::No);
    }

    #[tokio::test]
    async fn s20_nothing_is_cut_off_and_near_twins_differ() {
        let passwords = passwords();
        let long = "é".repeat(199);
        let hash = passwords.hash(&format!("{long}a")).await.expect("a hash");
        for (twin, fit) in [
            (format!("{long}a"), Fit::Yes),
            (format!("{long}b"), Fit::No),
            (format!("{}a", "e\u{301}".repeat(199)), Fit::Yes),
        ] {
            assert_eq!(passwords.fits(&twin, Some(&hash)).await.expect("compared"), fit);
        }
    }

    #[test]
    fn s20_length_and_what_is_tried_first_decide_and_nothing_else() {
        let own = ["mara.lind@northfield.test", "Mara Lind", "Northfield University", "northfield"];
        for (password, is_admin, taken) in [
            ("short", false, false),
            ("elevenchars", false, false),
            ("zwölf zeiche", false, true),
            ("zwölf zeiche", true, false),
            ("plain lower case words", true, true),
            ("                      x y z  qv", true, true),
            ("password1234", false, false),
            ("Passw0rd!Passw0rd!", true, false),
            ("123456789012345", true, false),
            ("aaaaaaaaaaaaaaaa", true, false),
            ("qwertyuiop123456", true, false),
            ("northfield2026!", true, false),
            ("mara.lind.tiebreak", true, false),
            ("maralind plays the tuba", true, true),
        ] {
            let refused = refusal(password, is_admin, &own);
            assert_eq!(refused.is_none(), taken, "{password}: {refused:?}");
        }
        let counted = |to: u32| (100..to).map(|number| format!("{number}.")).collect::<String>();
        assert!(refusal(&counted(150), true, &own).is_none(), "200 characters");
        assert!(refusal(&counted(357), true, &own).is_some(), "over 1,024");
    }
}
