//! Makes the systems of a school ready from its settings and the secrets of this installation.

use std::sync::Arc;

use connect::System;
use connect::rest::RestSystem;
use merge::Side;
use pipeline::OpenSystems;
use pipeline::local::LocalSystem;
use pipeline::settings::{Settings, SystemKind};
use store::Store;
use store::ids::SchoolId;

use crate::config::Secrets;
use crate::lines::line_of;

/// Opens systems of every kind that settings may name.
pub(crate) struct Systems {
    store: Store,
    secrets: Secrets,
}

/// What is wrong with a connector's part of the settings, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: Option<usize>,
    pub(crate) member: String,
    pub(crate) message: String,
}

impl Systems {
    pub(crate) fn new(store: Store, secrets: Secrets) -> Self {
        Self { store, secrets }
    }

    /// Opens what can be opened without a school, so that mistakes are found when settings are imported.
    pub(crate) fn check_configurations(&self, settings: &Settings) -> Result<(), Fault> {
        for (side, system) in settings.systems.iter() {
            if system.kind == SystemKind::Rest {
                self.open_rest(settings, side)?;
            }
        }
        Ok(())
    }

    fn open_rest(&self, settings: &Settings, side: Side) -> Result<RestSystem, Fault> {
        let connector = &settings.systems[side].connector;
        RestSystem::open(connector, &|name| self.secrets.get(name)).map_err(|error| {
            let below = if error.key.is_empty() { String::new() } else { format!(".{}", error.key) };
            let member = format!("systems.{side}{below}");
            Fault { line: line_of(&settings.document, &member), member, message: error.message }
        })
    }
}

impl OpenSystems for Systems {
    fn open(&self, school: SchoolId, settings: &Settings, side: Side) -> Result<Arc<dyn System>, String> {
        match settings.systems[side].kind {
            SystemKind::Local => Ok(Arc::new(LocalSystem::open(self.store.clone(), school, settings, side))),
            SystemKind::Rest => {
                let system = self.open_rest(settings, side);
                system.map(|system| Arc::new(system) as Arc<dyn System>).map_err(|fault| fault.to_string())
            }
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}: {}", self.member, self.message)
    }
}
