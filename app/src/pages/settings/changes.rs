use leptos::prelude::*;

use crate::api::{PageRequest, SettingsRevision};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::number::counted;
use crate::components::setting_words as words;
use crate::components::settings_head::{Tab, draft_bar, head};
use crate::pages::desk::{Content, Cx, desk_page};
use crate::query::Query;

const LINES: u32 = 25;
/// Settings that are named in a line.
const NAMED: usize = 3;

/// `/{school}/settings/changes`: who changed which settings, when and why (UX 7.5.10).
#[component]
pub fn SettingsChangesPage() -> impl IntoView {
    desk_page(Section::Settings, |cx| async move {
        let settings = cx.api().get_settings(&cx.actor, &cx.school).await?;
        let part = PageRequest::after(cx.query.get("after").map(str::to_owned), LINES);
        let changes = cx.api().list_settings_changes(&cx.actor, &cx.school, &part).await?;
        let total = counted(changes.total, "revision", "revisions");
        let rows = changes.items.iter().map(|revision| row(&cx, revision, settings.revision)).collect_view();
        let path = cx.at("settings/changes");
        let older = changes.next.map(|place| Query::default().with("after", place).at(&path));
        let newest = cx.query.get("after").is_some().then_some(path);
        let pages = (older.is_some() || newest.is_some()).then(|| {
            view! {
                <nav class="pager" aria-label="Pages">
                    {newest.map(|address| view! { <a class="pager__link" href=address>"Newest"</a> })}
                    {older.map(|address| view! { <a class="pager__link" href=address>"Older"</a> })}
                </nav>
            }
        });
        let view = view! {
            {head(&cx, Tab::Changes, "Changes of settings", None)}
            <div class="stack">
                <div class="table-frame">
                    <table class="table">
                        <caption>{total} ", newest first"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Revision"</th>
                                <th scope="col">"When"</th>
                                <th scope="col">"Who"</th>
                                <th scope="col">"Why"</th>
                                <th scope="col">"What"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {pages}
                <p>
                    <a href=cx.at("settings/export.toml") download>
                        "Download the settings as a file (TOML)"
                    </a>
                </p>
            </div>
            {draft_bar(&cx, &settings)}
        };
        Ok(Content::new("Changes of settings", view))
    })
}

fn row(cx: &Cx, revision: &SettingsRevision, current: i64) -> AnyView {
    let named: Vec<String> =
        revision.changes.iter().take(NAMED).map(|change| words::place(change, &cx.frame)).collect();
    let more = revision.changes.len().saturating_sub(NAMED);
    let what = match (revision.number, revision.changes.is_empty()) {
        (1, _) => "The first settings".to_owned(),
        (_, true) => "Only comments or order".to_owned(),
        _ if more > 0 => format!("{} and {more} more", named.join("; ")),
        _ => named.join("; "),
    };
    let why = if revision.reason.is_empty() { "–".to_owned() } else { revision.reason.clone() };
    view! {
        <tr>
            <th scope="row">
                <a href=cx.at(&format!("settings/changes/{}", revision.number))>
                    {format!("Revision {}", revision.number)}
                </a>
                {(revision.number == current).then_some(" (in use)")}
            </th>
            <td data-l="When">
                <Instant at=revision.at />
            </td>
            <td data-l="Who">{revision.author.clone()}</td>
            <td data-l="Why" dir="auto">
                {why}
            </td>
            <td data-l="What">{what}</td>
        </tr>
    }
    .into_any()
}
