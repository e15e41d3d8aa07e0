use leptos::prelude::*;

use crate::api::SettingsRevision;
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::setting_changes::SettingChanges;
use crate::components::settings_head::{Tab, draft_bar, head, may_change};
use crate::pages::desk::{Content, Cx, desk_page};

/// `/{school}/settings/changes/{rev}`: one revision before and after, and the way back to it (UX 7.5.10).
#[component]
pub fn SettingsChangePage() -> impl IntoView {
    desk_page(Section::Settings, |cx| async move {
        let number: i64 = cx.param("rev")?;
        let settings = cx.api().get_settings(&cx.actor, &cx.school).await?;
        let revision = cx.api().get_settings_change(&cx.actor, &cx.school, number).await?;
        let title = format!("Settings, revision {number}");
        let reason = Some(revision.reason.clone()).filter(|reason| !reason.is_empty());
        let what = what(&cx, &revision);
        let back = (number != settings.revision && may_change(&cx)).then(|| revert(&cx, number));
        let in_use = (number == settings.revision).then_some("These settings are in use.");
        let view = view! {
            {head(&cx, Tab::Changes, &title, None)}
            <div class="stack">
                <p class="meta">"Saved by " {revision.author.clone()} ", " <Instant at=revision.at /> ". " {in_use}</p>
                {reason.map(|reason| view! { <p dir="auto">"“" {reason} "”"</p> })}
                {what}
                {back}
            </div>
            {draft_bar(&cx, &settings)}
        };
        Ok(Content::new(title, view))
    })
}

fn what(cx: &Cx, revision: &SettingsRevision) -> AnyView {
    if revision.number == 1 {
        return view! { <p>"The first settings of this school."</p> }.into_any();
    }
    if revision.changes.is_empty() {
        return view! { <p>"No setting changed, only comments or the order."</p> }.into_any();
    }
    view! { <SettingChanges changes=revision.changes.clone() frame=cx.frame.clone() /> }.into_any()
}

/// Never a blind revert: it makes a draft.
fn revert(cx: &Cx, number: i64) -> AnyView {
    view! {
        <form class="stack" method="post" action="/act/settings_revert">
            <input type="hidden" name="school" value=cx.school.clone() />
            <input type="hidden" name="revision" value=number />
            <p>"You can go back to the settings of this revision. That makes a draft: you see what it changes, and save it or not."</p>
            <div class="row">
                <button class="button" type="submit">
                    {format!("Make a draft of revision {number}")}
                </button>
            </div>
        </form>
    }
    .into_any()
}
