//! Decisions taken back (UX 6.7).

use app::api::{Actor, ApiError, Role, Undo, Undone};
use merge::Side;
use pipeline::settings::Settings;
use pipeline::undo::{UndoHow, UndoRefused, UndoRequest};
use store::StoreError;
use store::ids::DecisionId;
use store::plan_change::Operation;

use super::error::{DeskError, Result, not_found, not_now};
use super::{Desk, school};

impl Desk {
    /// One press takes back one decision, once.
    pub(super) async fn undone(&self, actor: &Actor, slug: &str, undo: &Undo) -> Result<Undone> {
        let unknown = || not_found(format!("decision {}", undo.decision));
        let decision: DecisionId = undo.decision.parse().map_err(|_| unknown())?;
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let found = store::decision::get(&mut reader, decision).await.map_err(|error| match error {
            StoreError::NotFound { .. } => DeskError::Api(unknown()),
            other => other.into(),
        })?;
        // RL S28: what another school decided does not exist here, whatever the actor may do.
        if store::conflict::get(&mut reader, found.conflict).await?.school != school.id {
            return Err(unknown().into());
        }
        drop(reader);
        // RL 8.1: resolvers undo what they decided themselves. Names are chosen freely, so the id tells who that was.
        if found.person_id != actor.id && actor.role_in(slug).is_none_or(|role| role < Role::Lead) {
            return Err(ApiError::Forbidden { needs: Role::Lead }.into());
        }
        let request = UndoRequest { school: school.id, decision, person: &actor.name, person_id: &actor.id };
        match self.pipeline.undo(&settings, &request).await? {
            Ok(done) => {
                self.nudge.send_replace(());
                Ok(match done.how {
                    UndoHow::NeverSent => Undone::NeverWritten,
                    UndoHow::WritesBack { held_until, .. } => Undone::WritesBack { held_until },
                })
            }
            Err(UndoRefused::NoDecision) => Err(unknown().into()),
            Err(refused) => Err(not_now(sentence(&settings, &refused)).into()),
        }
    }
}

fn sentence(settings: &Settings, refused: &UndoRefused) -> String {
    let fields = match refused {
        UndoRefused::Overtaken(fields) => fields,
        UndoRefused::NotAllowed { side, operation, fields } => {
            let system = settings.side_name(*side);
            let what = match operation {
                Operation::Create => format!("records to be created in {system}"),
                Operation::Delete => format!("records to be deleted in {system}"),
                _ if fields.is_empty() => format!("records to be changed in {system}"),
                _ => format!("{} to be written to {system}", fields.join(", ")),
            };
            return format!(
                "the settings do not allow {what} any more; nothing was written back. Allow it in the settings and undo again"
            );
        }
        other => return other.to_string(),
    };
    let named = |(side, field): &(Side, String)| {
        let what = if field.is_empty() { "the whole record" } else { field };
        format!("{what} in {}", settings.side_name(*side))
    };
    let fields: Vec<String> = fields.iter().map(named).collect();
    format!("{refused} ({}); nothing was written back, so decide it anew", fields.join(", "))
}
