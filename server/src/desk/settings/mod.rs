//! Settings: one document a school, taken whole or not at all.

mod changes;
mod document;
mod draft;
mod edit;
mod history;
mod limits;
mod schedule;
mod try_value;
mod view;

use app::api::{Actor, ImportedSettings};
use pipeline::PipelineError;
use pipeline::settings::Settings;
use serde_json::json;
use store::Tx;
use store::ids::SchoolId;
use store::school::School;
use store::settings_revision::NewSettings;

use super::error::{Result, invalid};
use super::rights::{Call, require, require_everywhere};
use super::{Desk, school};

impl Desk {
    /// Reads a document, opens both systems by it, and makes it the newest revision of its school.
    pub(in crate::desk) async fn import(
        &self,
        actor: &Actor,
        document: &str,
        reason: &str,
    ) -> Result<ImportedSettings> {
        let settings = Settings::parse(document).map_err(|error| {
            let place = error.line.map_or_else(|| "settings".to_owned(), |line| format!("line {line}"));
            let member = if error.member.is_empty() { String::new() } else { format!("{}: ", error.member) };
            invalid(place, format!("{member}{}", error.message))
        })?;
        self.systems.check_configurations(&settings).map_err(|fault| {
            let place = fault.line.map_or_else(|| "settings".to_owned(), |line| format!("line {line}"));
            invalid(place, format!("{}: {}", fault.member, fault.message))
        })?;
        let mut tx = self.pipeline.store.begin().await?;
        let (school, made) = self.school_of(&mut tx, actor, &settings).await?;
        let before =
            store::settings_revision::current(&mut tx, school.id).await?.map(|revision| revision.number);
        let new = NewSettings { document, hash: &settings.hash, author: &actor.name, reason };
        let saved =
            store::settings_revision::save(&mut tx, school.id, &new, self.pipeline.clock.now()).await?;
        let changed = before != Some(saved.number);
        if changed {
            if school.name != settings.school.name {
                store::school::rename(&mut tx, school.id, &settings.school.name).await?;
            }
            let detail =
                json!({ "revision": saved.number, "hash": saved.hash, "reason": reason, "new_school": made });
            let target = format!("settings revision {}", saved.number);
            self.pipeline.audit(&mut tx, school.id, &actor.name, "settings.import", &target, &detail).await?;
        }
        tx.commit().await?;
        self.nudge.send_replace(());
        Ok(ImportedSettings { school: school.slug, revision: saved.number, changed })
    }

    /// The school the settings belong to; it is made when its slug is new.
    async fn school_of(&self, tx: &mut Tx, actor: &Actor, settings: &Settings) -> Result<(School, bool)> {
        let slug = &settings.school.slug;
        if let Some(found) = store::school::find_by_slug(tx, slug).await? {
            require(actor, slug, Call::ImportSettings)?;
            return Ok((found, false));
        }
        require_everywhere(actor, Call::ImportSettings)?;
        let clock = &self.pipeline.clock;
        let id = SchoolId::new(clock.now(), clock.random());
        store::school::add(tx, id, slug, &settings.school.name, clock.now()).await?;
        Ok((school::find(tx, slug).await?, true))
    }

    /// The newest document, as it came.
    pub(in crate::desk) async fn export(&self, school: &str) -> Result<String> {
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let revision = store::settings_revision::current(&mut reader, school.id).await?;
        Ok(revision.ok_or(PipelineError::NoSettings)?.document)
    }
}
