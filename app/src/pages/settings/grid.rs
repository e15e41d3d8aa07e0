use leptos::prelude::*;
use merge::Mode;

use crate::api::{FieldRuleView, TypeView};
use crate::components::frame::Section;
use crate::components::settings_head::{Tab, draft_bar, head};
use crate::components::winner;
use crate::pages::desk::{Content, Cx, desk_page};

/// `/{school}/settings/fields`: all types and fields at one glance, to read and to print (UX 7.5.2).
#[component]
pub fn SettingsGridPage() -> impl IntoView {
    desk_page(Section::Settings, |cx| async move {
        let settings = cx.api().get_settings(&cx.actor, &cx.school).await?;
        let tables = settings.types.iter().map(|one| table(&cx, one)).collect_view();
        let view = view! {
            {head(&cx, Tab::Fields, "Which side wins", None)}
            <div class="stack">
                <p>
                    {format!(
                        "? ask a person · ●? prefer {ours} · ■? prefer {theirs} · ● always {ours} · ■ always {theirs} · – kept apart. Open a type to change it.",
                        ours = cx.frame.systems.ours,
                        theirs = cx.frame.systems.theirs,
                    )}
                </p>
                <div class="grid">{tables}</div>
            </div>
            {draft_bar(&cx, &settings)}
        };
        Ok(Content::new("Which side wins", view))
    })
}

fn table(cx: &Cx, one: &TypeView) -> AnyView {
    let systems = &cx.frame.systems;
    let default = one.mode.parse::<Mode>().unwrap_or(Mode::Manual);
    let rows = one.fields.iter().map(|field| {
        let mode = field.mode.parse::<Mode>().unwrap_or(Mode::Manual);
        let words = if field.apart { "kept apart".to_owned() } else { winner::words(mode, systems) };
        view! {
            <tr data-exception=field.is_exception().then_some("true")>
                <th scope="row">{field.name.clone()}</th>
                <td>
                    <span aria-hidden="true">{mark(field, mode)}</span>
                    <span class="vh">{words}</span>
                </td>
            </tr>
        }
    });
    view! {
        <section>
            <h2>
                <a href=cx.at(&format!("settings/fields/{}", one.name))>{one.label.clone()}</a>
            </h2>
            <table class="table table--plain matrix matrix__grid">
                <caption>{winner::words(default, systems)} {(!one.enabled).then_some(", off")}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Wins"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn mark(field: &FieldRuleView, mode: Mode) -> &'static str {
    match mode {
        _ if field.apart => "–",
        Mode::Manual => "?",
        Mode::ResolveOurs => "●?",
        Mode::ResolveTheirs => "■?",
        Mode::AlwaysOurs => "●",
        Mode::AlwaysTheirs => "■",
    }
}
