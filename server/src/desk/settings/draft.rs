//! The draft that a person has of the settings: edited, saved, thrown away (UX 7.5).
//!
//! It holds the whole document and the revision it started from. Nothing takes effect before it is saved, and it is only
//! saved on the revision it knows.

use app::api::{Actor, PageEdit, RefusedEdit, SettingsDraft, SettingsEdit, SettingsView};
use pipeline::PipelineError;
use pipeline::settings::Settings;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::draft::{Draft, NewDraft};
use store::ids::{DraftId, SchoolId};
use store::school::School;
use store::settings_revision::{NewSettings, SettingsRevision};
use store::{Conn, Tx};

use super::changes::{changes, replay};
use super::document::Document;
use super::edit::{self, Refusal};
use super::view::{self, OpenConflicts};
use super::{history, limits, schedule};
use crate::desk::error::{DeskError, Result, invalid, not_now};
use crate::desk::{Desk, school};

const SUBJECT: &str = "settings";
/// Paths whose open conflicts are counted.
const PATHS: u32 = 10_000;
/// Revisions of others that a draft tells of.
pub(super) const MEANWHILE: u32 = 20;
const OK: i64 = 200;
const INVALID: i64 = 422;

/// What a draft keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    revision: i64,
    document: String,
    refused: Option<RefusedEdit>,
}

/// The settings a person works on.
pub(super) struct Work {
    pub(super) school: School,
    current: SettingsRevision,
    draft: Option<Draft>,
    kept: Kept,
}

impl Work {
    pub(super) fn document(&self) -> &str {
        &self.kept.document
    }

    fn is_behind(&self) -> bool {
        self.kept.revision != self.current.number
    }
}

pub(super) async fn work(conn: &mut Conn, actor: &Actor, slug: &str) -> Result<Work> {
    let school = school::find(conn, slug).await?;
    let current =
        store::settings_revision::current(conn, school.id).await?.ok_or(PipelineError::NoSettings)?;
    let draft = store::draft::find(conn, Some(school.id), &actor.id, SUBJECT).await?;
    let kept = match &draft {
        Some(draft) => serde_json::from_str(&draft.body)
            .map_err(|error| DeskError::Inconsistent(format!("draft {}: {error}", draft.id)))?,
        None => Kept { revision: current.number, document: current.document.clone(), refused: None },
    };
    Ok(Work { school, current, draft, kept })
}

impl Desk {
    /// The settings with the changes of the actor's draft.
    pub(in crate::desk) async fn settings(&self, actor: &Actor, slug: &str) -> Result<SettingsView> {
        let mut reader = self.pipeline.store.read().await?;
        let work = work(&mut reader, actor, slug).await?;
        let settings = Settings::parse(work.document()).map_err(PipelineError::from)?;
        let document = parsed(work.document())?;
        let open = open_conflicts(&mut reader, work.school.id).await?;
        let draft = match &work.draft {
            Some(draft) => Some(told(&mut reader, &work, draft).await?),
            None => None,
        };
        Ok(SettingsView {
            revision: work.current.number,
            types: view::types(&settings, &open),
            schedule: schedule::view(&document, &settings, self.pipeline.clock.now()),
            limits: limits::form(&document, &settings),
            draft,
        })
    }

    /// Takes a form into the draft, all of it or nothing. A form posts every row of its page, so it is read against the
    /// revision that the page showed: what others have saved since stays, and the draft is behind (UX 6.8).
    pub(in crate::desk) async fn edit(&self, actor: &Actor, slug: &str, form: &PageEdit) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        let mut work = work(&mut tx, actor, slug).await?;
        if work.draft.is_none() && form.revision != work.kept.revision {
            let shown = history::find(&mut tx, work.school.id, form.revision).await?;
            work.kept = Kept { revision: shown.number, document: shown.document, refused: None };
        }
        let edit = &form.edit;
        let taken = if form.revision == work.kept.revision {
            self.taken(work.document(), edit)?
        } else {
            Err(outdated(&mut tx, &work, form.revision).await?)
        };
        let (kept, refusal) = match taken {
            Ok(document) => (Kept { document, refused: None, ..work.kept.clone() }, None),
            Err(refusal) => {
                let Refusal { place, message } = refusal.clone();
                let refused = RefusedEdit { edit: edit.clone(), place, message };
                (Kept { refused: Some(refused), ..work.kept.clone() }, Some(refusal))
            }
        };
        if kept.refused.is_none() && kept.document == work.current.document && !work.is_behind() {
            if let Some(draft) = &work.draft {
                store::draft::remove(&mut tx, draft.id).await?;
            }
        } else {
            self.keep_settings(&mut tx, actor, &work, &kept).await?;
        }
        tx.commit().await?;
        match refusal {
            None => Ok(()),
            Some(refusal) => Err(invalid(refusal.place, refusal.message).into()),
        }
    }

    /// The document with what a form asks for.
    fn taken(&self, document: &str, edit: &SettingsEdit) -> Result<Result<String, Refusal>> {
        let settings = Settings::parse(document).map_err(PipelineError::from)?;
        let mut document = parsed(document)?;
        Ok(edit::apply(&mut document, &settings, edit).and_then(|()| {
            let text = document.text();
            self.usable(&text).map(|_| text)
        }))
    }

    async fn keep_settings(&self, tx: &mut Tx, actor: &Actor, work: &Work, kept: &Kept) -> Result<()> {
        let unwritable = |error| DeskError::Inconsistent(format!("a draft of settings: {error}"));
        let body = serde_json::to_string(kept).map_err(unwritable)?;
        let problems = kept.refused.as_ref().map(|refused| json!({ &refused.place: &refused.message }));
        let clock = &self.pipeline.clock;
        let draft = NewDraft {
            id: DraftId::new(clock.now(), clock.random()),
            school: Some(work.school.id),
            person: &actor.id,
            subject: SUBJECT,
            status: if kept.refused.is_some() { INVALID } else { OK },
            problems: &problems.unwrap_or_else(|| json!({})).to_string(),
            body: &body,
        };
        store::draft::put(tx, &draft, clock.now()).await?;
        Ok(())
    }

    /// Makes the draft the newest settings.
    pub(in crate::desk) async fn save(&self, actor: &Actor, slug: &str, reason: &str) -> Result<i64> {
        let mut tx = self.pipeline.store.begin().await?;
        let work = work(&mut tx, actor, slug).await?;
        let Some(draft) = &work.draft else { return Err(not_now("there is nothing to save").into()) };
        if work.is_behind() {
            let message = "somebody else has saved settings since you started; look at what changed first";
            return Err(not_now(message).into());
        }
        let settings =
            self.usable(work.document()).map_err(|refusal| invalid(refusal.place, refusal.message))?;
        if settings.school.slug != work.school.slug {
            return Err(invalid("school.slug", "cannot be changed here").into());
        }
        let changed = told_changes(&work.current.document, work.document())?;
        if changed.is_empty() {
            return Err(not_now("there is nothing to save").into());
        }
        let now = self.pipeline.clock.now();
        let new = NewSettings {
            document: work.document(),
            hash: &settings.hash,
            author: &actor.name,
            reason: reason.trim(),
        };
        let saved = store::settings_revision::save(&mut tx, work.school.id, &new, now).await?;
        if work.school.name != settings.school.name {
            store::school::rename(&mut tx, work.school.id, &settings.school.name).await?;
        }
        store::draft::remove(&mut tx, draft.id).await?;
        let places: Vec<String> = changed.iter().map(|change| change.place.join(".")).collect();
        let detail =
            json!({ "revision": saved.number, "hash": saved.hash, "reason": reason, "changed": places });
        let target = format!("settings revision {}", saved.number);
        self.pipeline.audit(&mut tx, work.school.id, &actor.name, "settings.save", &target, &detail).await?;
        tx.commit().await?;
        self.nudge.send_replace(());
        Ok(saved.number)
    }

    /// Puts the changes of the draft on the newest settings.
    pub(in crate::desk) async fn rebase(&self, actor: &Actor, slug: &str) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        let work = work(&mut tx, actor, slug).await?;
        if work.draft.is_none() || !work.is_behind() {
            return Ok(());
        }
        let started = store::settings_revision::get(&mut tx, work.school.id, work.kept.revision).await?;
        let mine = told_changes(&started.document, work.document())?;
        let document = replay(&work.current.document, &mine)
            .map_err(|error| DeskError::Inconsistent(format!("changed settings: {error}")))?;
        self.usable(&document).map_err(|refusal| {
            let message = format!("your changes do not fit the newest settings: {}", refusal.message);
            invalid(refusal.place, message)
        })?;
        let kept = Kept { revision: work.current.number, document, refused: None };
        self.keep_settings(&mut tx, actor, &work, &kept).await?;
        Ok(tx.commit().await?)
    }

    /// Throws the draft away.
    pub(in crate::desk) async fn discard(&self, actor: &Actor, slug: &str) -> Result<bool> {
        let mut tx = self.pipeline.store.begin().await?;
        let work = work(&mut tx, actor, slug).await?;
        let Some(draft) = &work.draft else { return Ok(false) };
        let removed = store::draft::remove(&mut tx, draft.id).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// Makes a draft of what an earlier revision said.
    pub(in crate::desk) async fn revert(&self, actor: &Actor, slug: &str, revision: i64) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        let work = work(&mut tx, actor, slug).await?;
        if work.draft.is_some() && work.document() != work.current.document {
            return Err(not_now("you have unsaved settings; save or discard them first").into());
        }
        let old = history::find(&mut tx, work.school.id, revision).await?;
        self.usable(&old.document).map_err(|refusal| {
            let message = format!("revision {revision} cannot be used any more: {}", refusal.message);
            invalid(refusal.place, message)
        })?;
        let kept = Kept { revision: work.current.number, document: old.document, refused: None };
        self.keep_settings(&mut tx, actor, &work, &kept).await?;
        Ok(tx.commit().await?)
    }

    /// The settings of a document that can be used as it is.
    fn usable(&self, document: &str) -> Result<Settings, Refusal> {
        let settings = Settings::parse(document)
            .map_err(|error| Refusal { place: error.member, message: error.message })?;
        self.systems
            .check_configurations(&settings)
            .map_err(|fault| Refusal { place: fault.member, message: fault.message })?;
        Ok(settings)
    }
}

/// Why a page that shows another revision than the draft knows is not taken.
async fn outdated(conn: &mut Conn, work: &Work, shown: i64) -> Result<Refusal> {
    let newer = history::since(conn, work.school.id, shown.min(work.kept.revision)).await?;
    let who: Vec<String> =
        newer.iter().map(|one| format!("{} (revision {})", one.author, one.number)).collect();
    let message = format!(
        "The settings were saved by {} since this page was made. Nothing of it was taken; compare it with what holds now, \
         and send it again",
        who.join(", ")
    );
    Ok(Refusal { place: "revision".to_owned(), message })
}

/// The draft as its owner sees it.
async fn told(conn: &mut Conn, work: &Work, draft: &Draft) -> Result<SettingsDraft> {
    let (started, meanwhile) = if work.is_behind() {
        let started = store::settings_revision::get(conn, work.school.id, work.kept.revision).await?;
        let newer = history::since(conn, work.school.id, work.kept.revision).await?;
        (started.document, newer)
    } else {
        (work.current.document.clone(), Vec::new())
    };
    Ok(SettingsDraft {
        started_from: work.kept.revision,
        kept_at: draft.updated_at,
        changes: told_changes(&started, work.document())?,
        meanwhile,
        refused: work.kept.refused.clone(),
    })
}

pub(super) fn told_changes(before: &str, after: &str) -> Result<Vec<app::api::SettingChange>> {
    changes(before, after).map_err(|error| DeskError::Inconsistent(format!("stored settings: {error}")))
}

fn parsed(document: &str) -> Result<Document> {
    Document::parse(document).map_err(|error| DeskError::Inconsistent(format!("stored settings: {error}")))
}

/// How many open conflicts contest each field.
async fn open_conflicts(conn: &mut Conn, school: SchoolId) -> Result<OpenConflicts> {
    let mut open = OpenConflicts::new();
    for contested in store::conflict::open_paths(conn, school, PATHS).await? {
        let Ok(path) = contested.path.parse::<merge::FieldPath>() else { continue };
        let field = path.top().unwrap_or_default().to_owned();
        *open.entry((contested.type_name, field)).or_default() += contested.count;
    }
    Ok(open)
}
