//! Settings: into the draft, and the draft saved, put on the newest settings, thrown away, or made of an earlier revision.

#![expect(missing_docs, reason = "the macro makes a public member of every argument")]

use leptos::prelude::server;
use serde::{Deserialize, Serialize};

use super::{ActError, Outcome};
#[cfg(feature = "ssr")]
use crate::api::{ApiError, PageEdit, SettingsEdit as Edit};
use crate::api::{FieldsEdit, LimitsEdit, ScheduleEdit, TypesEdit};
#[cfg(feature = "ssr")]
use crate::{
    actions::Verdict,
    door::{Flash, Typed},
    query::{Query, segment},
    visit::Visit,
};

/// One page of settings as its form posts it: exactly one of them is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    /// The revision that the page showed; a form without it is none of ours.
    pub revision: Option<i64>,
    /// Which record types are merged.
    pub types: Option<TypesEdit>,
    /// Which side wins.
    pub fields: Option<FieldsEdit>,
    /// When nights start.
    pub schedule: Option<ScheduleEdit>,
    /// How much a merge may change.
    pub limits: Option<LimitsEdit>,
    /// Which fields the page of a type shows; it stays so.
    pub show: String,
}

#[cfg(feature = "ssr")]
impl SettingsForm {
    /// What is asked for, and the page it came from.
    fn edit(self, school: &str) -> Option<(PageEdit, String)> {
        let at = |page: &str| format!("/{school}/settings/{page}");
        let revision = self.revision?;
        let (edit, page) = match self {
            Self { types: Some(edit), .. } => (Edit::Types(edit), at("types")),
            Self { fields: Some(edit), show, .. } => {
                let page = at(&format!("fields/{}", segment(&edit.merge_type)));
                (Edit::Fields(edit), Query::default().with("show", show).at(&page))
            }
            Self { schedule: Some(edit), .. } => (Edit::Schedule(edit), at("schedule")),
            Self { limits: Some(edit), .. } => (Edit::Limits(edit), at("limits")),
            _ => return None,
        };
        Some((PageEdit { revision, edit }, page))
    }
}

/// Takes a form into the draft.
#[server(prefix = "/act", endpoint = "settings_edit")]
pub async fn settings_edit(school: String, form: SettingsForm) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let (edit, page) = form.edit(&school).ok_or(ActError::Malformed)?;
    let done = visit.api.edit_settings(&actor, &school, &edit).await;
    visit
        .answer(match done {
            Ok(()) => {
                let kept = "Kept in your draft. Nothing takes effect before you save it.";
                let review = format!("/{school}/settings/review");
                Outcome::saved(page).say(Flash::ok(kept).with_link(review, "Review and save"))
            }
            // The page that shows the draft says what is wrong, where it was typed.
            Err(ApiError::Invalid { .. }) => Outcome::not(Verdict::Invalid, page),
            Err(error) => Outcome::refused(&error, &school, page),
        })
        .await
}

/// Makes the draft the newest settings.
#[server(prefix = "/act", endpoint = "settings_save")]
pub async fn settings_save(school: String, reason: String) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let done = visit.api.save_settings(&actor, &school, &reason).await;
    if done.is_err() {
        // It is asked for again once the draft stands on the newest settings.
        visit.door.keep(Typed::new("settings-save", &[("reason", &reason)])).await;
    }
    visit
        .answer(match done {
            Ok(revision) => Outcome::saved(format!("/{school}/settings/changes/{revision}"))
                .say(Flash::ok(format!("Saved as revision {revision}. The next merge uses it."))),
            Err(error) => Outcome::refused(&error, &school, format!("/{school}/settings/review")),
        })
        .await
}

/// Puts the changes of the draft on the newest settings.
#[server(prefix = "/act", endpoint = "settings_rebase")]
pub async fn settings_rebase(school: String) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let done = visit.api.rebase_settings(&actor, &school).await;
    let review = format!("/{school}/settings/review");
    visit
        .answer(match done {
            Ok(()) => Outcome::saved(review)
                .say(Flash::ok("Your changes now stand on the newest settings. Look at them once more.")),
            Err(error) => Outcome::refused(&error, &school, review),
        })
        .await
}

/// Throws the draft away.
#[server(prefix = "/act", endpoint = "settings_discard")]
pub async fn settings_discard(school: String) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let done = visit.api.discard_settings(&actor, &school).await;
    let types = format!("/{school}/settings/types");
    visit
        .answer(match done {
            Ok(_) => {
                Outcome::saved(types).say(Flash::ok("Your unsaved changes are gone. Nothing else changed."))
            }
            Err(error) => Outcome::refused(&error, &school, types),
        })
        .await
}

/// Makes a draft of the settings as an earlier revision had them.
#[server(prefix = "/act", endpoint = "settings_revert")]
pub async fn settings_revert(school: String, revision: i64) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let done = visit.api.revert_settings(&actor, &school, revision).await;
    visit
        .answer(match done {
            Ok(()) => Outcome::saved(format!("/{school}/settings/review")).say(Flash::ok(format!(
                "This draft has the settings of revision {revision}. Nothing takes effect before you save it."
            ))),
            Err(error) => Outcome::refused(&error, &school, format!("/{school}/settings/changes/{revision}")),
        })
        .await
}
