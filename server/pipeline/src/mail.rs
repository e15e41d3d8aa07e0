//! Sends the reports: SMTP, once at least, always under the same Message-ID (RL T8, R14, P32, S43).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use connect::Clock;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport as _, Tokio1Executor};
use store::Store;
use store::message::Message;
use tracing::{info, warn};

use crate::error::Result;
use crate::kill::{self, KillPoint};

/// The mail server may take so long with one mail.
const LIMIT: Duration = Duration::from_secs(30);
/// Waits before a mail is tried again; after the last one it is given up.
const WAITS_MINUTES: [i64; 6] = [1, 5, 15, 60, 240, 720];
/// Mails taken up at once.
const AT_ONCE: u32 = 20;

/// A way to a mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why mail cannot be sent as configured.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The address of the mail server cannot be used.
    #[error(
        "mail.url: {0} (expected smtps://user:password@host:465, or smtp://host:25 for a server on this machine)"
    )]
    Url(String),
    /// The sender cannot be used.
    #[error("mail.from: `{0}` is not a mail address")]
    From(String),
    /// A mail cannot be built or was not taken.
    #[error("{0}")]
    Send(String),
}

impl Mailer {
    /// Speaks to the server at `url` (`smtps://…`, or `smtp://…` with `?tls=required` or without TLS) as `from`.
    ///
    /// # Errors
    /// When either cannot be used; nothing is sent yet.
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| MailError::Url(error.to_string()))?
            .timeout(Some(LIMIT))
            .build();
        let from = from.parse().map_err(|_| MailError::From(from.to_owned()))?;
        Ok(Self { transport, from })
    }

    /// Hands one mail to the server.
    ///
    /// # Errors
    /// When it cannot be built, or the server does not take it within half a minute.
    pub async fn send(&self, message: &Message) -> Result<(), MailError> {
        let mail = self.build(message)?;
        match tokio::time::timeout(LIMIT, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(MailError::Send(error.to_string())),
            Err(_) => {
                Err(MailError::Send(format!("the mail server did not answer within {} s", LIMIT.as_secs())))
            }
        }
    }

    fn build(&self, message: &Message) -> Result<lettre::Message, MailError> {
        let wrong = |what: String| MailError::Send(what);
        // S43: a line break in a header is somebody else's header.
        if message.subject.chars().chain(message.message_id.chars()).any(char::is_control) {
            return Err(wrong("the subject holds control characters".to_owned()));
        }
        let recipients: Vec<String> =
            serde_json::from_str(&message.recipients).map_err(|error| wrong(error.to_string()))?;
        let mut mail = lettre::Message::builder()
            .from(self.from.clone())
            .message_id(Some(message.message_id.clone()))
            .subject(message.subject.clone());
        for recipient in recipients {
            mail = mail
                .to(recipient.parse().map_err(|_| wrong(format!("`{recipient}` is not a mail address")))?);
        }
        let body = MultiPart::alternative_plain_html(message.text_body.clone(), message.html_body.clone());
        mail.multipart(body).map_err(|error| wrong(error.to_string()))
    }
}

/// Sends every mail that is due. One that cannot go now is tried again later, at growing intervals; in the end it is given
/// up, and the report stays where the run is.
///
/// # Errors
/// When the database fails. A mail server that fails is no error here.
pub async fn deliver_due(store: &Store, mailer: &Mailer, clock: &dyn Clock) -> Result<u64> {
    let mut reader = store.read().await?;
    let due = store::message::due(&mut reader, clock.now(), AT_ONCE).await?;
    drop(reader);
    let mut sent = 0;
    for message in due {
        let outcome = mailer.send(&message).await;
        kill::reach(KillPoint::K13);
        let mut tx = store.begin().await?;
        match outcome {
            Ok(()) => {
                store::message::mark_sent(&mut tx, message.id, clock.now()).await?;
                info!(message_id = message.message_id, "report mailed");
                sent += 1;
            }
            Err(error) => {
                let retry_at = next_attempt(message.attempts, clock.now());
                warn!(message_id = message.message_id, %error, ?retry_at, "report could not be mailed");
                store::message::mark_failed(&mut tx, message.id, &error.to_string(), retry_at).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(sent)
}

fn next_attempt(attempts: i64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let wait = WAITS_MINUTES.get(usize::try_from(attempts).ok()?)?;
    Some(now + TimeDelta::minutes(*wait))
}
