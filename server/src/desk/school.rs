//! Schools.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use app::api::{Actor, SchoolLine, SchoolName};
use pipeline::PipelineError;
use pipeline::settings::Settings;
use store::Conn;
use store::ids::SchoolId;
use store::school::School;

use super::Desk;
use super::error::{Result, not_found};

/// Schools read at once; an installation has tens of them.
const SCHOOLS: u32 = 500;

impl Desk {
    /// The schools in which the actor has a part.
    pub(super) async fn schools(&self, actor: &Actor) -> Result<Vec<SchoolLine>> {
        let mut reader = self.pipeline.store.read().await?;
        let mut lines = Vec::new();
        let mut after = String::new();
        loop {
            let mut schools = store::school::list(&mut reader, &after, SCHOOLS).await?;
            let Some(last) = schools.last() else { return Ok(lines) };
            after = last.slug.clone();
            schools.retain(|school| actor.role_in(&school.slug).is_some());
            let ids: Vec<SchoolId> = schools.iter().map(|school| school.id).collect();
            let open: BTreeMap<SchoolId, i64> =
                store::conflict::count_open(&mut reader, &ids).await?.into_iter().collect();
            lines.extend(schools.into_iter().map(|school| SchoolLine {
                open_conflicts: open.get(&school.id).copied().unwrap_or(0),
                slug: school.slug,
                name: school.name,
            }));
        }
    }
}

/// The names of the schools there are.
pub(super) async fn names(conn: &mut Conn) -> Result<Vec<SchoolName>> {
    let schools = store::school::list(conn, "", SCHOOLS).await?;
    Ok(schools.into_iter().map(|school| SchoolName { slug: school.slug, name: school.name }).collect())
}

/// The school of this slug, which the caller has checked the actor's part in.
pub(super) async fn find(conn: &mut Conn, slug: &str) -> Result<School> {
    let found = store::school::find_by_slug(conn, slug).await?;
    Ok(found.ok_or_else(|| not_found(format!("school {slug}")))?)
}

/// The school with its newest settings.
pub(super) async fn with_settings(conn: &mut Conn, slug: &str) -> Result<(School, Arc<Settings>)> {
    let school = find(conn, slug).await?;
    let revision =
        store::settings_revision::current(conn, school.id).await?.ok_or(PipelineError::NoSettings)?;
    Ok((school, parsed(&revision.hash, &revision.document)?))
}

/// Documents that were parsed before, by their hash: every page of a school needs its settings, and they seldom change.
static PARSED: Mutex<BTreeMap<String, Arc<Settings>>> = Mutex::new(BTreeMap::new());
/// More documents than these are forgotten again.
const PARSED_MOST: usize = 64;

fn parsed(hash: &str, document: &str) -> Result<Arc<Settings>> {
    let known = PARSED.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned();
    if let Some(settings) = known {
        return Ok(settings);
    }
    let settings = Arc::new(Settings::parse(document).map_err(PipelineError::from)?);
    let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    if parsed.len() >= PARSED_MOST {
        parsed.clear();
    }
    parsed.insert(hash.to_owned(), Arc::clone(&settings));
    Ok(settings)
}
