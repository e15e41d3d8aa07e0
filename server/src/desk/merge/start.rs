//! What a merge can be asked for (UX 7.6).

use app::api::{StartType, StartView};
use pipeline::report::{LimitLine, assemble};
use pipeline::settings::Settings;
use store::Conn;
use store::ids::SchoolId;
use store::run::{RunFilter, RunKind};

use super::super::error::Result;
use super::super::{Desk, school};
use super::{label, now, usual};

impl Desk {
    /// What the form of a new merge offers.
    pub(in crate::desk) async fn start(&self, slug: &str) -> Result<StartView> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let revision = store::settings_revision::current(&mut reader, school.id).await?;
        Ok(StartView {
            types: types(&settings),
            settings_revision: revision.map_or(0, |revision| revision.number),
            usual: usual(&mut reader, school.id, vec![RunKind::Nightly, RunKind::Manual]).await?,
            usual_trial: usual(&mut reader, school.id, vec![RunKind::Trial]).await?,
            now: now(self, &mut reader, school.id, &settings).await?,
            last_trial: last_trial(&mut reader, school.id).await?,
        })
    }
}

fn types(settings: &Settings) -> Vec<StartType> {
    let enabled = settings.types.iter().filter(|one| one.enabled);
    let start = |one: &pipeline::settings::TypeSettings| StartType {
        name: one.name.clone(),
        label: one.label.clone(),
        needs: needs(settings, &one.name),
    };
    enabled.map(start).collect()
}

/// Everything a type needs, also by way of what it needs, as far as it is switched on.
fn needs(settings: &Settings, name: &str) -> Vec<String> {
    let mut wanted = vec![name.to_owned()];
    // Parents stand before children, so one walk from the end finds them all.
    for one in settings.types.iter().rev() {
        if wanted.contains(&one.name) {
            wanted.extend(
                one.depends_on.iter().filter(|parent| !wanted.contains(parent)).cloned().collect::<Vec<_>>(),
            );
        }
    }
    let needed =
        settings.types.iter().filter(|one| one.enabled && one.name != name && wanted.contains(&one.name));
    needed.map(|one| label(settings, &one.name)).collect()
}

/// What the limits held back in the last trial that has ended.
async fn last_trial(conn: &mut Conn, school: SchoolId) -> Result<Option<(i64, Vec<String>)>> {
    let filter = RunFilter { kinds: vec![RunKind::Trial], outcomes: vec!["trial"], ..RunFilter::default() };
    let Some(trial) = store::run::list(conn, school, &filter, 1).await?.into_iter().next() else {
        return Ok(None);
    };
    let report = assemble(conn, trial.id).await?;
    Ok(Some((trial.number, report.limits.iter().map(LimitLine::text).collect())))
}
