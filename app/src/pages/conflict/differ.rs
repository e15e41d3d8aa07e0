//! A field that may differ on purpose: said where it does, and declared on a conflict (MS C10).

use leptos::prelude::*;

use super::Sheet;
use crate::api::{FieldView, Right};
use crate::components::field::TextField;
use crate::components::instant::Instant;
use crate::components::text_area::TextArea;
use crate::door::Typed;
use crate::pages::conflicts::field_label;

/// Where the record differs on purpose already.
pub(super) fn standing(sheet: &Sheet) -> Option<AnyView> {
    let lines = &sheet.open.view.differences;
    let items = lines.iter().map(|one| {
        let until = one.until.map(|at| view! { ", until " <Instant at /> });
        view! {
            <li>
                <strong>{field_label(&one.path)}</strong>
                ": “"
                <bdi>{one.reason.clone()}</bdi>
                "”, "
                {one.person.clone()}
                ", "
                <Instant at=one.at />
                {until}
            </li>
        }
    });
    (!lines.is_empty()).then(|| {
        view! {
            <section class="stack" aria-labelledby="differences">
                <h2 id="differences">"Differs on purpose"</h2>
                <ul>{items.collect_view()}</ul>
                <p class="meta">
                    "We ask again only if a value changes. "
                    <a href=sheet.cx.at("differences")>"All differences on purpose"</a>
                </p>
            </section>
        }
        .into_any()
    })
}

/// The form that declares one; only for fields that are decided by themselves.
pub(super) fn form(sheet: &Sheet) -> Option<AnyView> {
    let view = &sheet.open.view;
    let fields: Vec<&FieldView> = sheet.asked.iter().filter(|field| may_differ(field)).collect();
    if fields.is_empty() || view.is_about_existence() || !sheet.may(Right::Decide) {
        return None;
    }
    let typed = &sheet.typed;
    let open = (!typed.form.is_empty()).then_some("");
    Some(
        view! {
            <details class="panel" id="differ" open=open>
                <summary class="panel__summary">"Differs on purpose…"</summary>
                <div class="panel__body">
                    <p>
                        "Both systems keep their values of one field. Nothing is written, and we ask again only if either of them changes. A list differs as a whole."
                    </p>
                    <form class="stack" method="post" action="/act/difference_declare">
                        <input type="hidden" name="school" value=sheet.cx.school.clone() />
                        <input type="hidden" name="difference[conflict]" value=view.line.number />
                        <input type="hidden" name="difference[revision]" value=view.revision.clone() />
                        {which(typed, &fields)}
                        {reason(typed)}
                        <TextField
                            name="difference[until]"
                            label="Last day"
                            kind="date"
                            value=typed.value("until")
                            help="Leave it empty to let them differ for as long as nothing changes."
                            problem=typed.problem("difference[until]")
                            optional=true
                        />
                        <div class="row">
                            <button class="button" type="submit">
                                "Let this field differ"
                            </button>
                        </div>
                    </form>
                </div>
            </details>
        }
        .into_any(),
    )
}

fn which(typed: &Typed, fields: &[&FieldView]) -> AnyView {
    const ID: &str = "field-difference[field]";
    let chosen = typed.value("field");
    let options = fields.iter().map(|field| {
        let selected = field.path == chosen;
        view! {
            <option value=field.path.clone() selected=selected>
                {field_label(&field.path)}
            </option>
        }
    });
    let problem = typed.problem("difference[field]");
    let (invalid, described) = match problem {
        Some(_) => (Some("true"), Some("differ-field-error")),
        None => (None, None),
    };
    view! {
        <div class="field">
            <label class="field__label" for=ID>
                "Field"
            </label>
            {wrong("differ-field-error", problem)}
            <select
                class="field__input"
                id=ID
                name="difference[field]"
                aria-invalid=invalid
                aria-describedby=described
            >
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

fn reason(typed: &Typed) -> AnyView {
    const ID: &str = "field-difference[reason]";
    let problem = typed.problem("difference[reason]");
    let invalid = problem.is_some();
    let described = if invalid { "differ-help differ-reason-error" } else { "differ-help" };
    view! {
        <div class="field">
            <label class="field__label" for=ID>
                "Why may they differ?"
            </label>
            <p class="field__help" id="differ-help">
                "Up to 500 characters; shown in Activity and with the difference."
            </p>
            {wrong("differ-reason-error", problem)}
            <TextArea
                id=ID
                name="difference[reason]"
                text=typed.value("reason")
                rows=2
                described_by=described
                invalid
            />
        </div>
    }
    .into_any()
}

fn wrong(id: &'static str, problem: Option<String>) -> Option<AnyView> {
    let line = |problem: String| {
        view! {
            <p class="field__error" id=id>
                {problem}
            </p>
        }
    };
    problem.map(|problem| line(problem).into_any())
}

/// Fields that are decided together, or must be unique, cannot differ by themselves.
fn may_differ(field: &FieldView) -> bool {
    matches!(field.reason.as_str(), "both_changed" | "no_base" | "blank" | "order")
}
