//! A queued mail as a message, after our own check of everything that reaches a header (RL S43, X12).

use std::time::SystemTime;

use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use store::message::Message;
use thiserror::Error;

/// Why a stored mail can never be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum UnfitMail {
    /// A line break, NUL or another control character where one line is needed.
    #[error("holds a control character: {0:?}")]
    ControlCharacter(String),
    /// The list of recipients is not what we store.
    #[error("its recipients cannot be read: {0}")]
    Recipients(String),
    /// The Message-ID is none.
    #[error("its Message-ID is none: {0:?}")]
    MessageId(String),
    /// lettre will not make it.
    #[error("cannot be made: {0}")]
    Message(String),
}

/// The text, provided that it cannot begin another header.
pub(super) fn one_line(text: &str) -> Result<&str, UnfitMail> {
    if text.chars().any(char::is_control) {
        return Err(UnfitMail::ControlCharacter(text.to_owned()));
    }
    Ok(text)
}

/// Bare addresses from the mail's JSON list. They come from the settings, never from records.
pub(super) fn read_recipients(mail: &Message) -> Result<Vec<Address>, UnfitMail> {
    let texts: Vec<String> =
        serde_json::from_str(&mail.recipients).map_err(|error| UnfitMail::Recipients(error.to_string()))?;
    if texts.is_empty() {
        return Err(UnfitMail::Recipients("there are none".to_owned()));
    }
    let parse = |text: &String| {
        one_line(text)?.parse().map_err(|_| UnfitMail::Recipients(format!("{text:?} is no address")))
    };
    texts.iter().map(parse).collect()
}

/// The message for one recipient. Its date is that of the queuing, so that a repeat is the same mail.
pub(super) fn build(mail: &Message, from: &Mailbox, to: Address) -> Result<lettre::Message, UnfitMail> {
    let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
    lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&mail.subject)?)
        .message_id(Some(check_message_id(&mail.message_id)?.to_owned()))
        .date(SystemTime::from(mail.created_at))
        .raw_header(HeaderValue::new(auto, "auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(mail.text_body.clone(), mail.html_body.clone()))
        .map_err(|error| UnfitMail::Message(error.to_string()))
}

fn check_message_id(text: &str) -> Result<&str, UnfitMail> {
    let inner = one_line(text)?.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let lawful = |part: &str| {
        !part.is_empty()
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
    };
    match inner.and_then(|inner| inner.split_once('@')) {
        Some((left, right)) if lawful(left) && lawful(right) => Ok(text),
        _ => Err(UnfitMail::MessageId(text.to_owned())),
    }
}
