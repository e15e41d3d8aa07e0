//! What stands around every page of a school.

use app::api::{Actor, Banner, BannerKind, Frame, Now, OtherSchool, Role, SchoolName, Systems, TypeName};
use merge::Side;
use pipeline::settings::{Settings, TypeSettings};
use store::conflict::ConflictStatus;

use super::error::Result;
use super::{Desk, school};

impl Desk {
    /// Names, the actor's part, and what waits.
    pub(super) async fn frame(&self, actor: &Actor, slug: &str) -> Result<Frame> {
        let mut reader = self.pipeline.store.read().await?;
        let (found, settings) = school::with_settings(&mut reader, slug).await?;
        let open = store::conflict::ConflictFilter {
            statuses: vec![ConflictStatus::Open],
            ..store::conflict::ConflictFilter::default()
        };
        let open_conflicts = store::conflict::count(&mut reader, found.id, &open).await?;
        let banner = super::merge::now(self, &mut reader, found.id, &settings).await?.map(banner);
        let all = school::names(&mut reader).await?;
        let others = all.into_iter().filter(|one| one.slug != slug).filter_map(|school| {
            let role = actor.role_in(&school.slug)?;
            Some(OtherSchool { school, role })
        });
        Ok(Frame {
            others: others.collect(),
            school: SchoolName { slug: found.slug, name: found.name },
            systems: systems(&settings),
            types: types(&settings),
            role: actor.role_in(slug).unwrap_or(Role::Viewer),
            person: actor.name.clone(),
            open_conflicts,
            banner,
        })
    }
}

/// What goes on as the line under the header.
fn banner(now: Now) -> Banner {
    let kind = match now.state.as_str() {
        "held" => BannerKind::Held,
        "running" | "requested" => BannerKind::Running,
        _ => BannerKind::Overdue,
    };
    Banner { kind, merge: now.merge, text: now.text, detail: now.detail, at: now.at }
}

/// The configured names of the two systems.
pub(super) fn systems(settings: &Settings) -> Systems {
    Systems {
        ours: settings.side_name(Side::Ours).to_owned(),
        theirs: settings.side_name(Side::Theirs).to_owned(),
    }
}

fn types(settings: &Settings) -> Vec<TypeName> {
    let name = |one: &TypeSettings| TypeName {
        name: one.name.clone(),
        label: one.label.clone(),
        enabled: one.enabled,
    };
    settings.types.iter().map(name).collect()
}
