//! What all pages of settings share: heading, sub-navigation, the bar of the draft, and the refusal of a form (UX 7.5).

use leptos::prelude::*;

use super::error_summary::ErrorSummary;
use super::instant::Instant;
use super::number::counted;
use crate::api::{Right, SettingsDraft, SettingsEdit, SettingsView};
use crate::door::{Problem, Typed};
use crate::pages::desk::Cx;

/// A page of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Which record types are merged.
    Types,
    /// Which side wins.
    Fields,
    /// When nights start.
    Schedule,
    /// How much a merge may change.
    Limits,
    /// Who changed what.
    Changes,
    /// What is to be saved.
    Review,
}

const TABS: [(Tab, &str, &str); 5] = [
    (Tab::Types, "types", "Record types"),
    (Tab::Fields, "fields", "Which side wins"),
    (Tab::Schedule, "schedule", "Schedule"),
    (Tab::Limits, "limits", "Safety limits"),
    (Tab::Changes, "changes", "Changes"),
];

/// Whether the person may change settings; who may not sees values as text.
#[must_use]
pub fn may_change(cx: &Cx) -> bool {
    cx.frame.role.may(Right::ChangeSettings)
}

/// Heading, sub-navigation, and what is wrong with the form that came back.
#[must_use]
pub fn head(cx: &Cx, tab: Tab, title: &str, problem: Option<(String, String)>) -> AnyView {
    let links = TABS.into_iter().map(|(one, path, words)| {
        view! {
            <a
                class="tabs__item"
                href=cx.at(&format!("settings/{path}"))
                aria-current=(one == tab).then_some("page")
            >
                {words}
            </a>
        }
    });
    let read_only = (!may_change(cx))
        .then(|| view! { <p class="meta">"You can read the settings. Only admins can change them."</p> });
    view! {
        <div class="page-head">
            <h1>{title.to_owned()}</h1>
        </div>
        <nav class="tabs" aria-label="Settings">
            {links.collect_view()}
        </nav>
        {read_only}
        {problem.map(|(anchor, message)| view! { <ErrorSummary typed=problems(&anchor, message) /> })}
    }
    .into_any()
}

fn problems(anchor: &str, message: String) -> Typed {
    let field = anchor.strip_prefix("field-").unwrap_or(anchor).to_owned();
    Typed { problems: vec![Problem { field, message }], ..Typed::default() }
}

/// The form of this page that was refused, as it was typed.
#[must_use]
pub fn refused<T: Clone>(
    settings: &SettingsView,
    pick: impl FnOnce(&SettingsEdit) -> Option<&T>,
) -> Option<T> {
    pick(&settings.draft.as_ref()?.refused.as_ref()?.edit).cloned()
}

/// The bar that says what is not saved yet; nothing where everything is.
#[must_use]
pub fn draft_bar(cx: &Cx, settings: &SettingsView) -> Option<AnyView> {
    let draft = settings.draft.as_ref()?;
    if draft.changes.is_empty() && !draft.is_behind() {
        return draft.refused.is_some().then(|| refused_bar(cx));
    }
    let behind = draft.is_behind().then_some(" Somebody else has saved settings since you started.");
    Some(
        view! {
            <div class="draft-bar" role="status">
                <p class="draft-bar__text">
                    <span class="mark" aria-hidden="true">
                        "⚙ "
                    </span>
                    {format!("You have unsaved settings: {}, kept ", counted(draft.changes.len(), "change", "changes"))}
                    <Instant at=draft.kept_at />
                    "."
                    {behind}
                </p>
                <a class="button button--primary" href=cx.at("settings/review")>
                    "Review and save"
                </a>
                {discard(cx)}
            </div>
        }
        .into_any(),
    )
}

/// The same where nothing is to be saved, because all that was typed was refused.
fn refused_bar(cx: &Cx) -> AnyView {
    view! {
        <div class="draft-bar" role="status">
            <p class="draft-bar__text">
                <span class="mark" aria-hidden="true">
                    "⚙ "
                </span>
                "What you typed could not be used. It is kept here, and changes nothing."
            </p>
            {discard(cx)}
        </div>
    }
    .into_any()
}

/// The button that throws the draft away, in a form of its own.
#[must_use]
pub fn discard(cx: &Cx) -> AnyView {
    view! {
        <form method="post" action="/act/settings_discard">
            <input type="hidden" name="school" value=cx.school.clone() />
            <button class="button" type="submit">
                "Discard"
            </button>
        </form>
    }
    .into_any()
}

/// The id of the input in which a setting is typed.
#[must_use]
pub fn anchor(place: &str) -> String {
    let letters = place.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    format!("field-{}", letters.collect::<String>())
}

/// The refused form of this draft as a problem with its anchor, if `mine` says it is of this page.
#[must_use]
pub fn problem(draft: Option<&SettingsDraft>, mine: bool) -> Option<(String, String)> {
    let refused = draft?.refused.as_ref().filter(|_| mine)?;
    Some((anchor(&refused.place), refused.message.clone()))
}
