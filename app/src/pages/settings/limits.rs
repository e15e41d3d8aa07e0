use leptos::prelude::*;
use merge::Side;

use crate::api::{LimitRow, LimitsEdit, SettingsEdit, SettingsView};
use crate::components::frame::Section;
use crate::components::response::Code;
use crate::components::settings_head::{Tab, anchor, draft_bar, head, may_change, problem, refused};
use crate::components::winner;
use crate::pages::desk::{Content, Cx, desk_page};

/// `/{school}/settings/limits`: how much a merge may change before a person looks, and how long decisions are held (UX
/// 7.5.5).
#[component]
pub fn SettingsLimitsPage() -> impl IntoView {
    desk_page(Section::Settings, |cx| async move {
        let settings = cx.api().get_settings(&cx.actor, &cx.school).await?;
        let typed = refused(&settings, |edit| match edit {
            SettingsEdit::Limits(edit) => Some(edit),
            _ => None,
        });
        let content = content(&cx, &settings, typed.as_ref());
        Ok(if typed.is_some() { content.with_status(Code::Invalid) } else { content })
    })
}

fn content(cx: &Cx, settings: &SettingsView, typed: Option<&LimitsEdit>) -> Content {
    let problem = problem(settings.draft.as_ref(), typed.is_some());
    let limits = typed.unwrap_or(&settings.limits);
    let wrong = problem.as_ref().map(|(id, _)| id.clone());
    let table = table(cx, limits, wrong.as_deref());
    let body = if may_change(cx) {
        form(cx, settings.shown(), limits, table, wrong.as_deref())
    } else {
        text(limits, table)
    };
    let view = view! {
        {head(cx, Tab::Limits, "Safety limits", problem)}
        <div class="stack">
            <p class="meta">
                "Limits count what would be written. A type over its limit is not written to that side at all, and waits for a person."
            </p>
            {body}
        </div>
        {draft_bar(cx, settings)}
    };
    Content::new("Safety limits", view)
}

fn form(cx: &Cx, revision: i64, limits: &LimitsEdit, table: AnyView, wrong: Option<&str>) -> AnyView {
    let choice = |name: &'static str, value: bool, chosen: bool, words: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name=name value=value.to_string() checked=chosen />
                <span class="choice__text">{words}</span>
            </label>
        }
    };
    let hold = anchor("desk.hold_seconds");
    view! {
        <form class="stack" method="post" action="/act/settings_edit">
            <input type="hidden" name="school" value=cx.school.clone() />
            <input type="hidden" name="form[revision]" value=revision />
            {table}
            <p class="meta">
                "Of changed records, the first of the two that is reached counts; none is no limit. Deletes and blanked values stop when they are over both. For a type, leave a number out to follow all types."
            </p>
            <fieldset class="field">
                <legend class="field__label">"If a limit of changed records is hit"</legend>
                {choice(
                    "form[limits][whole_run]",
                    false,
                    !limits.whole_run,
                    "Write nothing of that type to that side, go on with the rest",
                )}
                {choice("form[limits][whole_run]", true, limits.whole_run, "Stop the whole merge before writing anything")}
            </fieldset>
            <fieldset class="field">
                <legend class="field__label">"Hold before writing"</legend>
                <p class="field__help" id="hold-help">
                    "How long a saved decision waits, and can be taken back without a trace, 0 to 120 seconds. At 0 it is written at once, and Undo then always writes back. A change takes effect for new decisions."
                </p>
                {choice("form[limits][hold_until_merge]", false, !limits.hold_until_merge, "Write after so many seconds")}
                <div class="field field--short">
                    <label class="field__label" for=hold.clone()>
                        "Seconds"
                    </label>
                    <input
                        class="field__input"
                        id=hold.clone()
                        name="form[limits][hold_seconds]"
                        inputmode="numeric"
                        value=limits.hold_seconds.clone()
                        aria-describedby="hold-help"
                        aria-invalid=(wrong == Some(hold.as_str())).then_some("true")
                    />
                </div>
                {choice("form[limits][hold_until_merge]", true, limits.hold_until_merge, "At the next merge only")}
            </fieldset>
            <div class="row">
                <button class="button button--primary" type="submit">
                    "Keep in draft"
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// For those who may only read.
fn text(limits: &LimitsEdit, table: AnyView) -> AnyView {
    let hold = if limits.hold_until_merge {
        "until the next merge".to_owned()
    } else {
        format!("{} s", limits.hold_seconds)
    };
    let hit = if limits.whole_run {
        "the whole merge stops before writing anything"
    } else {
        "nothing of that type is written to that side, the rest goes on"
    };
    view! {
        {table}
        <dl class="facts">
            <dt>"If a limit of changed records is hit"</dt>
            <dd>{hit}</dd>
            <dt>"Hold before writing"</dt>
            <dd>{hold}</dd>
        </dl>
    }
    .into_any()
}

fn table(cx: &Cx, limits: &LimitsEdit, wrong: Option<&str>) -> AnyView {
    let systems = &cx.frame.systems;
    let (ours, theirs) = (winner::marked(Side::Ours, systems), winner::marked(Side::Theirs, systems));
    let rows = limits.rows.iter().enumerate().map(|(at, row)| line(cx, row, at, wrong)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table limits">
                <caption>"A merge stops for a person over these"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Type"</th>
                        <th scope="col">"Changed in " {theirs}</th>
                        <th scope="col">"Changed in " {ours}</th>
                        <th scope="col">"Deletes: over both"</th>
                        <th scope="col">"Deletes: or over"</th>
                        <th scope="col">"Blanked out: over both"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn line(cx: &Cx, row: &LimitRow, at: usize, wrong: Option<&str>) -> AnyView {
    let systems = &cx.frame.systems;
    let label = if row.merge_type.is_empty() {
        "All types".to_owned()
    } else {
        cx.frame.type_label(&row.merge_type).to_owned()
    };
    let cell = |what: String, member: &str, parts: &[(&str, &str, &str)]| {
        let place = if row.merge_type.is_empty() {
            format!("limits.{member}")
        } else {
            format!("type.{}.limits.{member}", row.merge_type)
        };
        let inputs = parts.iter().enumerate().map(|(part, (name, unit, value))| {
            // The first input of a cell is the one that a problem leads to.
            let id = (part == 0).then(|| anchor(&place));
            let invalid = (part == 0 && wrong == id.as_deref()).then_some("true");
            input(cx, at, name, unit, value, format!("{label}: {what}, {unit}"), id, invalid)
        });
        view! { <td data-l=what.clone()><span class="limits__cell">{inputs.collect_view()}</span></td> }
            .into_any()
    };
    let changed = |side: Side| format!("Changed in {}", winner::marked(side, systems));
    let hidden = may_change(cx).then(|| {
        let name = format!("form[limits][rows][{at}][merge_type]");
        view! { <input type="hidden" name=name value=row.merge_type.clone() /> }
    });
    view! {
        <tr>
            <th scope="row">{label.clone()} {hidden}</th>
            {cell(
                changed(Side::Theirs),
                "changes_theirs",
                &[("theirs_count", "records", &row.theirs_count), ("theirs_percent", "%", &row.theirs_percent)],
            )}
            {cell(
                changed(Side::Ours),
                "changes_ours",
                &[("ours_count", "records", &row.ours_count), ("ours_percent", "%", &row.ours_percent)],
            )}
            {cell(
                "Deletes: over both".to_owned(),
                "deletes_hold",
                &[("deletes_count", "records", &row.deletes_count), ("deletes_percent", "%", &row.deletes_percent)],
            )}
            {cell("Deletes: or over".to_owned(), "deletes_most", &[("deletes_most", "records", &row.deletes_most)])}
            {cell(
                "Blanked out: over both".to_owned(),
                "blanked",
                &[("blanked_count", "values", &row.blanked_count), ("blanked_percent", "%", &row.blanked_percent)],
            )}
        </tr>
    }
    .into_any()
}

#[expect(clippy::too_many_arguments, reason = "one cell of a form has that many attributes")]
fn input(
    cx: &Cx,
    at: usize,
    name: &str,
    unit: &str,
    value: &str,
    label: String,
    id: Option<String>,
    invalid: Option<&'static str>,
) -> AnyView {
    let unit = unit.to_owned();
    if !may_change(cx) {
        if value.is_empty() {
            return ().into_any();
        }
        let words = if value == "none" { "no limit".to_owned() } else { format!("{value} {unit} ") };
        return view! { <span>{words}</span> }.into_any();
    }
    view! {
        <span class="field__line">
            <input
                class="field__input limits__input"
                id=id
                name=format!("form[limits][rows][{at}][{name}]")
                value=value.to_owned()
                aria-label=label
                aria-invalid=invalid
            />
            <span class="field__unit" aria-hidden="true">
                {unit}
            </span>
        </span>
    }
    .into_any()
}
