//! Reports go out over SMTP, once at least, under one Message-ID (RL P32, R14, S43). The sink is a real SMTP server on a
//! real socket that keeps the raw bytes.

use std::time::Duration;

use chrono::TimeDelta;
use connect::Clock as _;
use connect::testing::QuickClock;
use pipeline::mail::sink::{Mood, Sink};
use pipeline::mail::{MailError, Mailer, deliver_due};
use store::ids::MessageId;
use store::message::{Message, MessageState, NewMessage};
use store::testing::{TestStore, fresh_sqlite};

const SUBJECT: &str = "Merge finished, 37 conflicts to decide (Northfield, 3 Mar)";
const ID: &str = "<018f6a2e-0000-7000-8000-000000000001@tiebreak.example.edu>";

struct Post {
    database: TestStore,
    sink: Sink,
    mailer: Mailer,
    clock: QuickClock,
}

impl Post {
    async fn new() -> Self {
        let sink = Sink::start().await.expect("a sink");
        let mailer = Mailer::new(&sink.url(), "Tiebreak <tiebreak@example.edu>").expect("a mailer");
        let database = fresh_sqlite().await.expect("a database");
        Self { database, sink, mailer, clock: QuickClock::default() }
    }

    async fn queue(&self, message_id: &str, recipients: &str, subject: &str) -> MessageId {
        let now = self.clock.now();
        let id = MessageId::new(now, self.clock.random());
        let message = NewMessage {
            id,
            school: None,
            run: None,
            message_id,
            recipients,
            subject,
            text_body: "37 conflicts\n.\nRoom: Zürich\n",
            html_body: "<p>37 conflicts</p>",
        };
        let mut tx = self.database.store.begin().await.expect("begins");
        store::message::add(&mut tx, &message, now).await.expect("added");
        tx.commit().await.expect("commits");
        id
    }

    async fn queue_one(&self) -> MessageId {
        self.queue(ID, r#"["ann@example.edu"]"#, SUBJECT).await
    }

    async fn deliver(&self) -> u64 {
        deliver_due(&self.database.store, &self.mailer, &self.clock).await.expect("delivered")
    }

    async fn row(&self, id: MessageId) -> Message {
        let mut reader = self.database.store.read().await.expect("reads");
        store::message::get(&mut reader, id).await.expect("a row")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p32_a_report_reaches_a_real_mail_server_with_both_bodies() {
    let post = Post::new().await;
    let id = post.queue(ID, r#"["ann@example.edu","bo@example.edu"]"#, SUBJECT).await;
    assert_eq!(post.deliver().await, 1);
    let caught = post.sink.caught();
    assert_eq!(caught.len(), 2, "one mail a recipient");
    for (mail, to) in caught.iter().zip(["ann@example.edu", "bo@example.edu"]) {
        assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("tiebreak@example.edu", &[to.to_owned()][..]));
        assert_eq!(mail.header("Message-ID").as_deref(), Some(ID));
        assert_eq!(mail.header("To").as_deref(), Some(to));
        assert_eq!(mail.header("Subject").as_deref(), Some(SUBJECT));
        assert!(mail.data.contains("text/plain") && mail.data.contains("text/html"));
        assert!(mail.data.contains("<p>37 conflicts</p>"));
    }
    let row = post.row(id).await;
    assert_eq!((row.state, row.attempts), (MessageState::Sent, 1));
    post.deliver().await;
    assert_eq!(post.sink.caught().len(), 2, "a sent mail stays sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p32_a_mail_put_off_refused_or_left_hanging_goes_out_later_with_the_same_id() {
    let moods = [
        Mood::Answer("451 4.3.0 later"),
        Mood::Answer("550 5.7.1 not from you"),
        Mood::RefuseRecipient("ann", "452 4.2.2 full"),
        Mood::Hang,
        Mood::TakeAndVanish,
    ];
    for mood in moods {
        let mut post = Post::new().await;
        post.mailer = post.mailer.with_limit(Duration::from_millis(300));
        let id = post.queue_one().await;
        post.sink.next([mood.clone()]);
        post.deliver().await;
        let row = post.row(id).await;
        assert_eq!((row.state, row.attempts), (MessageState::Queued, 1), "{mood:?}");
        assert!(row.last_error.is_some() && row.next_attempt_at > post.clock.now(), "{mood:?}");
        let before = post.sink.connections();
        post.deliver().await;
        assert_eq!(post.sink.connections(), before, "{mood:?}: not before its time");
        post.clock.advance(Duration::from_secs(2 * 3600));
        post.deliver().await;
        assert_eq!(post.row(id).await.state, MessageState::Sent, "{mood:?}");
        let caught = post.sink.caught();
        assert!(caught.iter().all(|mail| mail.header("Message-ID").as_deref() == Some(ID)), "{mood:?}");
        assert_eq!(caught.len(), 1 + usize::from(mood == Mood::TakeAndVanish), "{mood:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_is_not_there_is_tried_ever_more_rarely_for_three_days() {
    let post = Post::new().await;
    let id = post.queue_one().await;
    let mailer = Mailer::new("smtp://127.0.0.1:1", "tiebreak@example.edu").expect("a mailer");
    let mut waits = Vec::new();
    while post.row(id).await.state == MessageState::Queued {
        let before = post.clock.now();
        deliver_due(&post.database.store, &mailer, &post.clock).await.expect("delivered");
        let wait = post.row(id).await.next_attempt_at - before;
        waits.push(wait);
        post.clock.advance(wait.to_std().unwrap_or_default());
        assert!(waits.len() < 100, "never given up");
    }
    assert!(waits[0] >= TimeDelta::minutes(1) && waits[0] < TimeDelta::seconds(67), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= TimeDelta::minutes(66)), "{waits:?}");
    assert!(waits.len() > 60 && post.row(id).await.state == MessageState::Failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_address_keeps_nobody_else_from_the_report() {
    let post = Post::new().await;
    let id = post.queue(ID, r#"["gone@example.edu","ann@example.edu"]"#, SUBJECT).await;
    post.sink.next([Mood::RefuseRecipient("gone", "550 5.1.1 unknown"), Mood::Take]);
    post.deliver().await;
    assert_eq!(post.row(id).await.state, MessageState::Sent);
    assert_eq!(
        post.sink.caught().iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(),
        [["ann@example.edu"]]
    );
}

/// What a record, a school's name or a settings file may try to put into a header.
const BREAKS: [&str; 6] = ["\r\n", "\n", "\r", "\0", "\u{85}", "\r\n\r\n"];
const ATTACKS: [&str; 10] = [
    "Bcc: eve@evil.example",
    "To: eve@evil.example",
    "X-Evil: 1",
    ".\r\nMAIL FROM:<eve@evil.example>",
    "<script>alert(1)</script>",
    "Content-Type: text/html",
    "\tfolded: yes",
    "=?utf-8?q?=0D=0ABcc:_eve@evil.example?=",
    "Subject: other",
    "--boundary",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s43_sixty_payloads_in_the_subject_never_make_a_header_of_their_own() {
    let post = Post::new().await;
    let mut ids = Vec::new();
    for (number, attack) in ATTACKS.iter().enumerate() {
        for (way, line_break) in BREAKS.iter().enumerate() {
            let message_id = format!("<{number}-{way}@tiebreak.example.edu>");
            let subject = format!("Merge finished{line_break}{attack}");
            ids.push(post.queue(&message_id, r#"["ann@example.edu"]"#, &subject).await);
        }
    }
    post.deliver().await;
    assert_eq!(ids.len(), 60);
    for id in ids {
        let row = post.row(id).await;
        assert_eq!(row.state, MessageState::Failed, "{:?}", row.subject);
    }
    assert!(post.sink.caught().is_empty(), "nothing of it went out, and the process lives");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s43_a_mail_has_our_headers_and_no_others() {
    let post = Post::new().await;
    let subject = "Merge finished: Bcc: eve@evil.example =?utf-8?q?=0D=0ABcc:_eve@evil.example?= Zürich";
    post.queue(ID, r#"["ann@example.edu"]"#, subject).await;
    post.deliver().await;
    let caught = post.sink.caught();
    let mut names: Vec<String> = caught[0]
        .headers()
        .iter()
        .filter_map(|line| line.split_once(':').map(|(name, _)| name.to_owned()))
        .collect();
    names.sort();
    let ours =
        ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
    assert_eq!(names, ours);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s43_recipients_and_message_ids_that_are_none_are_given_up() {
    let post = Post::new().await;
    let bad = [
        (ID, r#"["ann@example.edu\r\nBcc: eve@evil.example"]"#),
        ("<1@x>", r#"["Ann <ann@example.edu>"]"#),
        ("<2@x>", "[]"),
        ("<3@x>", "ann@example.edu"),
        ("<4@x>\r\nBcc: eve@evil.example", r#"["ann@example.edu"]"#),
        ("5@x", r#"["ann@example.edu"]"#),
        ("<>", r#"["ann@example.edu"]"#),
    ];
    for (message_id, recipients) in bad {
        let id = post.queue(message_id, recipients, SUBJECT).await;
        post.deliver().await;
        assert_eq!(post.row(id).await.state, MessageState::Failed, "{message_id:?} {recipients}");
    }
    assert_eq!(post.sink.connections(), 0);
}

#[test]
fn s43_reports_do_not_cross_a_network_unencrypted() {
    let from = "tiebreak@example.edu";
    for url in ["smtp://mail.example.edu", "smtp://10.0.0.5:25", "smtp://mail.example.edu?tls=opportunistic"]
    {
        assert!(matches!(Mailer::new(url, from), Err(MailError::Unencrypted(_))), "{url}");
    }
    for url in ["mail.example.edu", "http://mail.example.edu", "smtps://", "smtp://h?tls=maybe"] {
        assert!(matches!(Mailer::new(url, from), Err(MailError::Url(_))), "{url}");
    }
}

#[tokio::test]
async fn encrypted_servers_and_this_machine_are_fine() {
    let from = "Tiebreak at Northfield <tiebreak@example.edu>";
    let fine = [
        "smtps://user:pass@mail.example.edu",
        "smtp://mail.example.edu?tls=required",
        "smtp://127.0.0.1:2525",
        "smtp://localhost",
        "smtp://[::1]:25",
    ];
    for url in fine {
        assert!(Mailer::new(url, from).is_ok(), "{url}");
    }
    for from in ["nobody", "Ann\r\nBcc: eve@evil.example <ann@example.edu>", ""] {
        assert!(matches!(Mailer::new(fine[2], from), Err(MailError::From(_))), "{from:?}");
    }
}

#[test]
fn configuration_errors_never_hold_the_password() {
    for url in
        ["smtp://user:canary@mail.example.edu", "smtp://user:canary@h?tls=maybe", "smt p://user:canary@h"]
    {
        let error = Mailer::new(url, "a@b.example").err().expect("refused").to_string();
        assert!(!error.contains("canary"), "{error}");
    }
}
