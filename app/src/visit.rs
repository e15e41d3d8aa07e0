//! Who asks, and how: what the server knows of a request before a page is shown or a server function runs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use leptos::prelude::use_context;

use crate::actions::ActError;
use crate::api::{Actor, Api};
use crate::door::Door;

/// One request. The server puts it into the context of every page and every server function.
#[derive(Clone)]
pub struct Visit {
    /// Who is signed in.
    pub actor: Option<Actor>,
    /// Everything that may be asked.
    pub api: Arc<dyn Api>,
    /// What may be asked around signing in, bound to the session of this request.
    pub door: Arc<dyn Door>,
    /// The path and query that were asked for.
    pub path: String,
    /// Scheme, host and port under which browsers know this server; for links that people pass on.
    pub origin: String,
    /// A form that was sent without script: it is answered with a redirect, never with data.
    pub plain: bool,
    /// When the request came in.
    pub now: DateTime<Utc>,
    /// How this person wants pages to look and behave.
    pub display: Display,
}

impl Visit {
    /// The request that is being answered; none outside one.
    #[must_use]
    pub fn here() -> Option<Self> {
        use_context()
    }

    /// The request that a server function answers.
    ///
    /// # Errors
    /// When there is none: a defect of the server.
    pub fn asked() -> Result<Self, ActError> {
        Self::here().ok_or(ActError::NoAnswer)
    }

    /// The same of somebody who is signed in. The server lets nobody else through to most functions.
    ///
    /// # Errors
    /// When nobody is.
    pub fn signed_in() -> Result<(Self, Actor), ActError> {
        let visit = Self::asked()?;
        let actor = visit.actor.clone().ok_or(ActError::NoAnswer)?;
        Ok((visit, actor))
    }
}

/// What a person chose for the look and the keys of pages, kept in cookies so that the first byte is right (UX 8.1, 8.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Display {
    /// `light` or `dark`; none follows the system.
    pub theme: Option<&'static str>,
    /// `compact`; none is comfortable.
    pub density: Option<&'static str>,
    /// Keys of one letter do nothing (UX 6.11).
    pub no_single_keys: bool,
    /// The school they were in last, by its name in links; only ever compared with those they may enter.
    pub school: Option<String>,
}
