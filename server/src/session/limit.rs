//! How often signing in may fail (RL S21): per account a delay that doubles, per address and in all so many a minute.
//! The counters are rows of the database, so that a restart or a second node forgives nothing.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use connect::Clock;
use sha2::{Digest as _, Sha256};
use store::person::folded;
use store::sign_in_failure::{self as failures, SignInFailure};
use store::{Conn, Store, StoreError};

use super::rows::hexadecimal;

/// Failures of an account after which the next ones wait.
const FREE: i64 = 5;
/// The longest an account waits.
const LONGEST: i64 = 15 * 60;
/// Failures of one address in a minute.
const ADDRESS: i64 = 20;
/// Failures of everybody in a minute.
const ALL: i64 = 100;
/// Wrong set-up codes in a minute (UX 7.1).
const SETUP: i64 = 3;

const EVERYBODY: &str = "all";
const SETUP_SUBJECT: &str = "setup";

/// The counters.
#[derive(Clone)]
pub(crate) struct Limits {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
}

/// A try that may be judged. It counts as a failure until it is taken back.
pub(super) struct Try {
    account: Option<String>,
    windows: Vec<String>,
}

/// Whether a try may be judged.
pub(super) enum Admission {
    /// It may.
    Judge(Try),
    /// Not before then.
    Wait(DateTime<Utc>),
}

/// How an account is named among the counters: mistyped addresses are nobody's business.
fn account(email: &str) -> String {
    format!("account:{}", hexadecimal(&Sha256::digest(folded(email))))
}

impl Limits {
    /// Counts a try to sign in, unless it has to wait.
    pub(super) async fn sign_in(&self, email: &str, from: Option<IpAddr>) -> Result<Admission, StoreError> {
        let mut windows = vec![(EVERYBODY.to_owned(), ALL)];
        windows.extend(from.map(|address| (format!("address:{}", network(address)), ADDRESS)));
        self.admit(Some(account(email)), windows).await
    }

    /// Counts a try to give the set-up code, unless it has to wait.
    pub(super) async fn setup(&self) -> Result<Admission, StoreError> {
        self.admit(None, vec![(SETUP_SUBJECT.to_owned(), SETUP)]).await
    }

    async fn admit(
        &self,
        account: Option<String>,
        windows: Vec<(String, i64)>,
    ) -> Result<Admission, StoreError> {
        let now = self.clock.now();
        let minute = now - TimeDelta::minutes(1);
        let mut tx = self.store.begin().await?;
        if let Some(until) = wait(&mut tx, account.as_deref(), &windows, now).await? {
            return Ok(Admission::Wait(until));
        }
        for (subject, _) in &windows {
            failures::count(&mut tx, subject, minute, now).await?;
        }
        if let Some(subject) = &account {
            let failed = failures::count(&mut tx, subject, now - TimeDelta::days(1), now).await?;
            if let Some(delay) = delay(failed.count) {
                failures::block(&mut tx, subject, now + delay).await?;
            }
        }
        tx.commit().await?;
        Ok(Admission::Judge(Try { account, windows: windows.into_iter().map(|(name, _)| name).collect() }))
    }

    /// The try was good: nothing of it counts.
    pub(super) async fn was_good(&self, judged: &Try) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if let Some(account) = &judged.account {
            failures::forget(&mut tx, account).await?;
        }
        for subject in &judged.windows {
            failures::take_back(&mut tx, subject).await?;
        }
        tx.commit().await
    }

    /// Forgets what is too old to count.
    pub(super) async fn remove_old(&self) -> Result<u64, StoreError> {
        let mut tx = self.store.begin().await?;
        let removed = failures::remove_old(&mut tx, self.clock.now() - TimeDelta::days(1)).await?;
        tx.commit().await?;
        Ok(removed)
    }
}

/// Lets an account try again at once (RL S22). Answers whether it had to wait or had failed.
pub(crate) async fn unlock(conn: &mut Conn, email: &str) -> Result<bool, StoreError> {
    failures::forget(conn, &account(email)).await
}

async fn wait(
    conn: &mut Conn,
    account: Option<&str>,
    windows: &[(String, i64)],
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let mut until = None;
    if let Some(account) = account {
        let found = failures::find(conn, account).await?;
        until = found.and_then(|found| found.blocked_until).filter(|until| *until > now);
    }
    for (subject, most) in windows {
        let full = |found: &SignInFailure| found.count >= *most && found.since + TimeDelta::minutes(1) > now;
        let found = failures::find(conn, subject).await?.filter(full);
        until = until.max(found.map(|found| found.since + TimeDelta::minutes(1)));
    }
    Ok(until)
}

/// From the fifth failure on: a second, doubling to a quarter of an hour.
fn delay(count: i64) -> Option<TimeDelta> {
    let beyond = u32::try_from(count - FREE).ok()?;
    let seconds = 2_i64.checked_pow(beyond).unwrap_or(LONGEST).min(LONGEST);
    Some(TimeDelta::seconds(seconds))
}

/// Whoever has a block of IPv6 addresses has at least a /64 of them: it counts as one.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s21_the_delay_begins_with_the_fifth_failure_and_doubles_to_a_quarter_of_an_hour() {
        let seconds: Vec<Option<i64>> = [1, 4, 5, 6, 7, 14, 15, 16, 100]
            .map(|count| delay(count).map(|delay| delay.num_seconds()))
            .into();
        let wanted = [None, None, Some(1), Some(2), Some(4), Some(512), Some(900), Some(900), Some(900)];
        assert_eq!(seconds, wanted);
    }

    #[test]
    fn s21_a_block_of_ipv6_addresses_counts_as_one() {
        let of = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::9"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
