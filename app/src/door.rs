//! What a visitor may ask around signing in: the part of the server that knows sessions.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::api::Role;

/// Bound to the session of one request. A door that lets nobody in (a test's) needs no more than the first two.
#[async_trait]
pub trait Door: Send + Sync {
    /// What the page before wanted to be said on this one; it is said once.
    async fn flash(&self) -> Option<Flash>;
    /// Keeps what the next page has to say.
    async fn say(&self, flash: Flash);

    /// Keeps a form that could not be used for the next time its page is shown. Never a secret (UX 6.5).
    async fn keep(&self, _: Typed) {}
    /// The form of this name that was kept; it is given once.
    async fn kept(&self, _: &str) -> Option<Typed> {
        None
    }

    /// Signs a person in by their password. The session gets a new id (RL S14).
    async fn sign_in(&self, _: &str, _: &str) -> DoorResult<()> {
        closed()
    }
    /// Ends the session.
    async fn sign_out(&self) -> DoorResult<()> {
        closed()
    }

    /// Where the set-up of the installation stands for this visitor (UX 7.1).
    async fn setup(&self) -> DoorResult<SetupStep> {
        closed()
    }
    /// Gives the set-up code.
    async fn give_setup_code(&self, _: &str) -> DoorResult<()> {
        closed()
    }
    /// Makes the first account, of an admin, and signs them in.
    async fn make_first_account(&self, _: &NewAccount) -> DoorResult<()> {
        closed()
    }

    /// The invitation of this link, while it can be used.
    async fn invitation(&self, _: &str) -> DoorResult<Option<Invited>> {
        closed()
    }
    /// Makes the account that an invitation is for, and signs its person in.
    async fn accept_invitation(&self, _token: &str, _name: &str, _password: &str) -> DoorResult<()> {
        closed()
    }

    /// Changes the password of whoever is signed in, and ends their other sessions (RL S17).
    async fn change_password(&self, _current: &str, _new: &str) -> DoorResult<()> {
        closed()
    }
    /// The sessions of whoever is signed in, the latest used first.
    async fn sessions(&self) -> DoorResult<Vec<SessionLine>> {
        closed()
    }
    /// Ends their sessions but this one, and answers how many there were.
    async fn end_other_sessions(&self) -> DoorResult<u64> {
        closed()
    }

    /// Keeps a form that was posted when the sign-in had ended (UX 6.5).
    async fn keep_post(&self, _: KeptPost) {}
    /// That form, while it is kept.
    async fn kept_post(&self) -> Option<KeptPost> {
        None
    }
    /// Forgets that form.
    async fn forget_post(&self) {}
}

fn closed<T>() -> DoorResult<T> {
    Err(DoorError::NotNow("This cannot be done here.".to_owned()))
}

/// What the door answers.
pub type DoorResult<T> = Result<T, DoorError>;

/// Why the door did nothing. Texts are for the visitor (RL S5).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// What was typed cannot be used.
    #[error("what was typed cannot be used")]
    Invalid(Vec<Problem>),
    /// Too many tries; the next one is judged from then on.
    #[error("too many tries")]
    Wait(DateTime<Utc>),
    /// It cannot be done as things are.
    #[error("{0}")]
    NotNow(String),
    /// Something failed inside; the log has it under this number.
    #[error("something failed inside; the log has it under {0}")]
    Internal(String),
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Name of the field.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem of this field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A form that could not be used: what was typed, without secrets, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// Which form.
    pub form: String,
    /// Names of fields and what was typed.
    pub values: Vec<(String, String)>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Nothing is judged before then.
    pub wait: Option<DateTime<Utc>>,
}

impl Typed {
    /// A form with what was typed.
    pub fn new(form: impl Into<String>, values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { form: form.into(), values, ..Self::default() }
    }

    /// With why it could not be used.
    #[must_use]
    pub fn because(mut self, error: DoorError) -> Self {
        match error {
            DoorError::Invalid(problems) => self.problems = problems,
            DoorError::Wait(until) => self.wait = Some(until),
            DoorError::NotNow(text) => self.problems = vec![Problem::new("", text)],
            DoorError::Internal(incident) => {
                let text = format!(
                    "Something failed inside. Nothing was saved. The number for support is {incident}."
                );
                self.problems = vec![Problem::new("", text)];
            }
        }
        self
    }

    /// What was typed into a field.
    #[must_use]
    pub fn value(&self, field: &str) -> String {
        let typed = self.values.iter().find(|(name, _)| name == field);
        typed.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn problem(&self, field: &str) -> Option<String> {
        self.problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.clone())
    }
}

/// Where the set-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupStep {
    /// The code is wanted.
    Code,
    /// The account of the first admin is wanted.
    Account,
    /// Somebody is there: it is over.
    Done,
}

/// The account of the first admin. Has no `Debug`: it holds a password.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
}

/// An invitation as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Whom it is for.
    pub email: String,
    /// Their name, as whoever invites wrote it.
    pub name: String,
    /// Name of the school; `None` is every school.
    pub school: Option<String>,
    /// The role.
    pub role: Role,
    /// Who invites.
    pub by: String,
    /// Until when it can be used.
    pub until: DateTime<Utc>,
}

/// One session of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// When they signed in.
    pub since: DateTime<Utc>,
    /// When it was last used.
    pub seen: DateTime<Utc>,
    /// Whether it is this one.
    pub is_this: bool,
}

/// A form that came after the sign-in had ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPost {
    /// Address of the server function.
    pub action: String,
    /// Names and values of its fields.
    pub fields: Vec<(String, String)>,
    /// The page it came from.
    pub from: String,
    /// Until when it is kept.
    pub until: DateTime<Utc>,
}

/// A message about what was just done, shown once on the next page (UX 6.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Whether it went well.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// The decision that a press of Undo takes back, and the conflict it belongs to.
    pub undo: Option<(String, i64)>,
    /// A place to look: address and words.
    pub link: Option<(String, String)>,
}

/// How a message sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// It was done.
    Ok,
    /// It was not done, or only in part.
    Warn,
}

impl Flash {
    /// Something went well.
    #[must_use]
    pub fn ok(text: impl Into<String>) -> Self {
        Self { tone: Tone::Ok, text: text.into(), undo: None, link: None }
    }

    /// Something did not go.
    #[must_use]
    pub fn warn(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warn, ..Self::ok(text) }
    }

    /// With a button that takes the decision back.
    #[must_use]
    pub fn with_undo(self, decision: impl Into<String>, conflict: i64) -> Self {
        Self { undo: Some((decision.into(), conflict)), ..self }
    }

    /// With a place to look.
    #[must_use]
    pub fn with_link(self, address: impl Into<String>, words: impl Into<String>) -> Self {
        Self { link: Some((address.into(), words.into())), ..self }
    }
}
