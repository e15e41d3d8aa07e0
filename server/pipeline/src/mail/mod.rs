//! The way of a report to the mail server: at least once, with the same Message-ID on every repeat (RL P32, R14).
//!
//! A mail is queued in the transaction of what it reports and sent afterwards. Whatever the mail server does, the mail
//! stays queued until it was taken or is three days old.

mod envelope;
mod server;
#[cfg(feature = "testing")]
pub mod sink;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use connect::Clock;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use store::Store;
use store::message::{self, Message};
use thiserror::Error;
use tokio::sync::Mutex;
use tracing::{info, warn};

use self::envelope::{UnfitMail, one_line, read_recipients};
use crate::error::Result;
use crate::kill::{self, KillPoint};

/// The longest one mail may take to be handed over; lettre itself sets no limit (RL X12).
const LIMIT: Duration = Duration::from_secs(30);
/// Mails looked at in one go.
const AT_ONCE: u32 = 20;
/// The first wait after a failure, and the longest.
const WAIT: TimeDelta = TimeDelta::minutes(1);
const WAIT_MOST: TimeDelta = TimeDelta::hours(1);
/// A mail that nobody took for so long is given up.
const GIVE_UP: TimeDelta = TimeDelta::days(3);

/// Hands mails to one mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    limit: Duration,
    /// One mail at a time: the loop and a run that has just ended must not both send the same.
    turn: Mutex<()>,
}

/// What is wrong with the configuration of mail. Passwords are never in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MailError {
    /// The address of the mail server cannot be used.
    #[error(
        "mail.url: {0} (expected smtps://user:password@host, smtp://host?tls=required, or smtp://localhost:25 for a \
         server on this machine)"
    )]
    Url(String),
    /// Reports would cross a network unencrypted (RL S43).
    #[error("mail.url: mail to {0} would go out unencrypted; use smtps:// or ?tls=required")]
    Unencrypted(String),
    /// The sender cannot be used.
    #[error("mail.from: {0:?} is not a mail address")]
    From(String),
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sent {
    /// Every recipient's mail was taken, or refused for good while another one's was taken.
    Taken,
    /// Nobody's was, or somebody's only for now; with the server's words.
    NotYet { reason: String, refused: bool },
}

impl Mailer {
    /// A mailer for the server at `url` (`smtps://…`, or `smtp://…?tls=required`; without encryption only on this
    /// machine) that sends as `from`. Nothing is connected yet.
    ///
    /// # Errors
    /// When either cannot be used.
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        let transport = server::transport(url)?;
        let none = || MailError::From(from.to_owned());
        let from = one_line(from).map_err(|_| none())?.parse().map_err(|_| none())?;
        Ok(Self { transport, from, limit: LIMIT, turn: Mutex::new(()) })
    }

    /// The same mailer with another time limit.
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Sends a mail to each of its recipients by itself, so that one bad address keeps nobody else from it and nobody
    /// reads who else gets it.
    async fn send(&self, mail: &Message) -> Result<Sent, UnfitMail> {
        let (mut taken, mut refused, mut put_off) = (0, None, None);
        for recipient in read_recipients(mail)? {
            let message = envelope::build(mail, &self.from, recipient)?;
            match tokio::time::timeout(self.limit, self.transport.send(message)).await {
                Ok(Ok(_)) => taken += 1,
                Ok(Err(error)) if error.is_permanent() => refused = Some(error.to_string()),
                Ok(Err(error)) => put_off = Some(error.to_string()),
                Err(_) => put_off = Some(format!("no answer within {} s", self.limit.as_secs())),
            }
        }
        Ok(match (put_off, refused) {
            (Some(reason), _) => Sent::NotYet { reason, refused: false },
            (None, Some(reason)) if taken == 0 => Sent::NotYet { reason, refused: true },
            (None, Some(reason)) => {
                warn!(mail = %mail.message_id, reason, "the mail server refused a recipient for good");
                Sent::Taken
            }
            (None, None) => Sent::Taken,
        })
    }
}

/// T8: hands every queued mail that is due to the mail server and writes down what became of it. A mail that was not
/// taken waits longer each time, from a minute to an hour, and is given up after three days.
///
/// Answers how many were taken.
///
/// # Errors
/// Only when the database fails; the mail server's troubles are kept with the mail.
pub async fn deliver_due(store: &Store, mailer: &Mailer, clock: &dyn Clock) -> Result<u64> {
    let _turn = mailer.turn.lock().await;
    let mut taken = 0;
    loop {
        let mut reader = store.read().await?;
        let due = message::due(&mut reader, clock.now(), AT_ONCE).await?;
        drop(reader);
        if due.is_empty() {
            return Ok(taken);
        }
        for mail in &due {
            taken += u64::from(deliver(store, mailer, clock, mail).await?);
        }
    }
}

/// Sends one mail; true when it was taken.
async fn deliver(store: &Store, mailer: &Mailer, clock: &dyn Clock, mail: &Message) -> Result<bool> {
    let sent = mailer.send(mail).await;
    let taken = sent == Ok(Sent::Taken);
    if taken {
        kill::reach(KillPoint::K13);
    }
    let now = clock.now();
    let mut tx = store.begin().await?;
    match sent {
        Ok(Sent::Taken) => {
            message::mark_sent(&mut tx, mail.id, now).await?;
            info!(mail = %mail.message_id, "mail sent");
        }
        Ok(Sent::NotYet { reason, refused }) => {
            let retry = retry_at(mail, now, refused, clock.random());
            warn!(mail = %mail.message_id, reason, again = ?retry, "mail not sent");
            message::mark_failed(&mut tx, mail.id, &reason, retry).await?;
        }
        Err(unfit) => {
            warn!(mail = %mail.message_id, %unfit, "mail given up");
            message::mark_failed(&mut tx, mail.id, &unfit.to_string(), None).await?;
        }
    }
    tx.commit().await?;
    Ok(taken)
}

/// When a mail is tried again: after a minute, then four times as long each time, an hour at most and with up to a
/// tenth on top so that many mails do not come at once. A refusal for good waits the hour: a person has to mend it.
fn retry_at(mail: &Message, now: DateTime<Utc>, refused: bool, random: u64) -> Option<DateTime<Utc>> {
    if now - mail.created_at >= GIVE_UP {
        return None;
    }
    let times = [1, 4, 16, 60];
    let longer = times.get(usize::try_from(mail.attempts).unwrap_or(0)).copied().unwrap_or(60);
    let wait = if refused { WAIT_MOST } else { WAIT * longer };
    let thousandths = i32::try_from(random % 100).unwrap_or(0);
    Some(now + wait + wait * thousandths / 1000)
}
