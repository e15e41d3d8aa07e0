//! Reports go out over SMTP, once at least, under one Message-ID (RL P32, R14, S43). The sink is a real SMTP server on a
//! real socket that keeps the raw bytes.

#[path = "world/sink.rs"]
mod sink;

use std::time::Duration;

use chrono::TimeDelta;
use connect::{Clock as _, SystemClock};
use pipeline::mail::{MailError, Mailer, deliver_due};
use sink::{Mood, Sink};
use store::ids::{MessageId, SchoolId};
use store::message::{MessageState, NewMessage};
use store::testing::{TestEngine, TestStore};

async fn queue(test: &TestStore, subject: &str, recipients: &str) -> MessageId {
    let id = MessageId::new(SystemClock.now(), SystemClock.random());
    let mut tx = test.store.begin().await.expect("a transaction");
    let message_id = format!("<{id}@tiebreak.test>");
    let message = NewMessage {
        id,
        school: None::<SchoolId>,
        run: None,
        message_id: &message_id,
        recipients,
        subject,
        text_body: "All is well.\n.\nA line with a dot alone.",
        html_body: "<p>All is well.</p>",
    };
    store::message::add(&mut tx, &message, SystemClock.now()).await.expect("a mail");
    tx.commit().await.expect("a commit");
    id
}

async fn state(test: &TestStore, id: MessageId) -> (MessageState, i64) {
    let mut reader = test.store.read().await.expect("a reader");
    let message = store::message::get(&mut reader, id).await.expect("the mail");
    (message.state, message.attempts)
}

/// The real clock, moved ahead.
struct Ahead(TimeDelta);

#[async_trait::async_trait]
impl connect::Clock for Ahead {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        SystemClock.now() + self.0
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration).await;
    }

    fn random(&self) -> u64 {
        SystemClock.random()
    }
}

#[tokio::test]
async fn p32_a_report_goes_out_once_and_under_its_own_message_id() {
    let (sink, test) =
        (Sink::start().await, store::testing::fresh(TestEngine::Sqlite).await.expect("a database"));
    let id = queue(&test, "Merge #7: Ångström", r#"["ann@example.edu","bob@example.edu"]"#).await;
    assert_eq!(deliver_due(&test.store, &sink.mailer(), &SystemClock).await.expect("delivery"), 1);
    assert_eq!(deliver_due(&test.store, &sink.mailer(), &SystemClock).await.expect("delivery"), 0);
    assert_eq!(state(&test, id).await, (MessageState::Sent, 1));
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(&format!("Message-ID: <{id}@tiebreak.test>")), "{}", mails[0]);
    assert!(mails[0].contains("To: ann@example.edu, bob@example.edu"), "{}", mails[0]);
    assert!(mails[0].contains("text/plain") && mails[0].contains("text/html"), "{}", mails[0]);
}

#[tokio::test]
async fn p32_a_mail_server_that_says_later_gets_the_same_mail_later() {
    let (sink, test) =
        (Sink::start().await, store::testing::fresh(TestEngine::Sqlite).await.expect("a database"));
    sink.be(Mood::TryLater);
    let id = queue(&test, "Merge #7", r#"["ann@example.edu"]"#).await;
    deliver_due(&test.store, &sink.mailer(), &SystemClock).await.expect("delivery");
    assert_eq!(state(&test, id).await, (MessageState::Queued, 1));
    assert_eq!(deliver_due(&test.store, &sink.mailer(), &SystemClock).await.expect("not due yet"), 0);
    sink.be(Mood::Takes);
    let later = Ahead(TimeDelta::minutes(2));
    assert_eq!(deliver_due(&test.store, &sink.mailer(), &later).await.expect("delivery"), 1);
    assert_eq!((state(&test, id).await.0, sink.mails().len()), (MessageState::Sent, 1));
}

#[tokio::test]
async fn p32_a_mail_that_is_never_taken_is_given_up_after_a_day() {
    let (sink, test) =
        (Sink::start().await, store::testing::fresh(TestEngine::Sqlite).await.expect("a database"));
    sink.be(Mood::Refuses);
    let id = queue(&test, "Merge #7", r#"["ann@example.edu"]"#).await;
    for hours in 0..20 {
        let later = Ahead(TimeDelta::hours(hours * 13));
        deliver_due(&test.store, &sink.mailer(), &later).await.expect("the process lives");
    }
    assert_eq!(state(&test, id).await, (MessageState::Failed, 7));
}

#[tokio::test]
async fn s43_a_line_break_in_a_subject_or_an_address_reaches_no_header() {
    let (sink, test) =
        (Sink::start().await, store::testing::fresh(TestEngine::Sqlite).await.expect("a database"));
    queue(&test, "Merge\r\nBcc: eve@example.org", r#"["ann@example.edu"]"#).await;
    queue(&test, "Merge", "[\"ann@example.edu\\r\\nBcc: eve@example.org\"]").await;
    queue(&test, "Merge", r#"["no address"]"#).await;
    assert_eq!(deliver_due(&test.store, &sink.mailer(), &SystemClock).await.expect("the process lives"), 0);
    assert!(sink.mails().is_empty());
}

#[test]
fn a_mail_server_that_cannot_be_used_is_named() {
    assert!(matches!(Mailer::new("http://x", "a@example.edu"), Err(MailError::Url(_))));
    assert!(matches!(Mailer::new("smtp://127.0.0.1:25", "nobody"), Err(MailError::From(_))));
}
