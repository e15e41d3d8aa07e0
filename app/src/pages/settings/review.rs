use leptos::prelude::*;

use crate::api::{SettingsDraft, SettingsRevision, SettingsView};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::response::Code;
use crate::components::setting_changes::SettingChanges;
use crate::components::settings_head::{Tab, discard, head, may_change};
use crate::pages::desk::{Content, Cx, desk_page};

/// `/{school}/settings/review`: what a save would change, and what others have saved meanwhile (UX 7.5.9).
#[component]
pub fn SettingsReviewPage() -> impl IntoView {
    desk_page(Section::Settings, |cx| async move {
        let settings = cx.api().get_settings(&cx.actor, &cx.school).await?;
        let draft = settings.draft.clone().filter(|draft| !draft.changes.is_empty());
        let is_next = draft.as_ref().is_some_and(|draft| !draft.is_behind());
        let typed = if is_next { cx.visit.door.kept("settings-save").await } else { None };
        let reason = typed.unwrap_or_default().value("reason");
        Ok(match draft.filter(|_| may_change(&cx)) {
            Some(draft) if draft.is_behind() => behind(&cx, &draft).with_status(Code::Conflict),
            Some(draft) => review(&cx, &settings, draft, reason),
            None => nothing(&cx),
        })
    })
}

const TITLE: &str = "Review your settings";

fn review(cx: &Cx, settings: &SettingsView, draft: SettingsDraft, reason: String) -> Content {
    let next = match settings.schedule.next.first() {
        Some(night) => format!(
            "Takes effect at the next merge, planned for {} ({}).",
            night.local, settings.schedule.zone
        ),
        None => "Takes effect at the next merge. None is planned: the nightly merge is off.".to_owned(),
    };
    let trial = cx.at("merges/new");
    let view = view! {
        {head(cx, Tab::Review, TITLE, None)}
        <div class="stack">
            <h2>"What you changed"</h2>
            <SettingChanges changes=draft.changes frame=cx.frame.clone() />
            <p>{next} " Until you save, every merge uses the settings as they were."</p>
            <form class="stack" method="post" action="/act/settings_save">
                <input type="hidden" name="school" value=cx.school.clone() />
                <div class="field">
                    <label class="field__label" for="reason">
                        "Why are you changing this?"
                    </label>
                    <p class="field__help" id="reason-help">
                        "Stays with the change for those who ask later."
                    </p>
                    <input
                        class="field__input"
                        id="reason"
                        name="reason"
                        value=reason
                        maxlength="500"
                        aria-describedby="reason-help"
                    />
                </div>
                <div class="row">
                    <button class="button button--primary" type="submit">
                        "Save settings"
                    </button>
                    <a class="button" href=cx.at("settings/types")>
                        "Keep as draft"
                    </a>
                </div>
            </form>
            {discard(cx)}
            <p class="meta">
                "To see what the saved settings would change, "
                <a href=trial>"run a trial merge"</a>
                ": it shows its plan and saves nothing."
            </p>
        </div>
    };
    Content::new(TITLE, view)
}

/// Somebody else has saved settings since the draft was started (UX 6.8).
fn behind(cx: &Cx, draft: &SettingsDraft) -> Content {
    let mine: Vec<_> = draft.changes.iter().map(|change| change.place.clone()).collect();
    let both = draft
        .meanwhile
        .iter()
        .flat_map(|revision| &revision.changes)
        .filter(|change| mine.contains(&change.place))
        .count();
    let overlap = match both {
        0 => "None of it touches what you changed.".to_owned(),
        1 => "1 of these settings you have changed too: yours would replace it.".to_owned(),
        many => format!("{many} of these settings you have changed too: yours would replace them."),
    };
    let newer = draft.meanwhile.iter().map(|revision| saved(cx, revision)).collect_view();
    let view = view! {
        {head(cx, Tab::Review, "The settings have changed since you started", None)}
        <div class="stack">
            <p>
                {format!("Your draft started from revision {}. It was not saved. ", draft.started_from)}
                {overlap}
            </p>
            <h2>"What was saved meanwhile"</h2>
            {newer}
            <h2>"What you changed"</h2>
            <SettingChanges changes=draft.changes.clone() frame=cx.frame.clone() />
            <div class="row">
                <form method="post" action="/act/settings_rebase">
                    <input type="hidden" name="school" value=cx.school.clone() />
                    <button class="button button--primary" type="submit">
                        "Put my changes on the newest settings"
                    </button>
                </form>
                {discard(cx)}
            </div>
            <p class="meta">"You see the result before anything is saved."</p>
        </div>
    };
    Content::new("The settings have changed since you started", view)
}

fn saved(cx: &Cx, revision: &SettingsRevision) -> AnyView {
    view! {
        <section class="stack">
            <h3>
                <a href=cx.at(&format!("settings/changes/{}", revision.number))>
                    {format!("Revision {}", revision.number)}
                </a>
            </h3>
            <p class="meta">
                "by "
                {revision.author.clone()}
                ", "
                <Instant at=revision.at />
                {(!revision.reason.is_empty()).then(|| format!(": {}", revision.reason))}
            </p>
            <SettingChanges changes=revision.changes.clone() frame=cx.frame.clone() />
        </section>
    }
    .into_any()
}

fn nothing(cx: &Cx) -> Content {
    let types = cx.at("settings/types");
    let view = view! {
        {head(cx, Tab::Review, TITLE, None)}
        <EmptyState why=Nothing::Yet title="Nothing to save">
            <p>"You have changed no settings."</p>
            <p>
                <a href=types>"Go to the settings"</a>
            </p>
        </EmptyState>
    };
    Content::new(TITLE, view)
}
