//! A field that may differ on purpose: said where it does, and declared on a conflict (MS C10).

use leptos::prelude::*;

use super::Sheet;
use crate::api::{FieldView, Right};
use crate::components::field::TextField;
use crate::components::instant::Instant;
use crate::components::text_area::TextArea;
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
    let chosen = typed.value("field");
    let options = fields.into_iter().map(|field| {
        let selected = field.path == chosen;
        view! {
            <option value=field.path.clone() selected=selected>
                {field_label(&field.path)}
            </option>
        }
    });
    let problem = typed.problem("difference[reason]").or_else(|| typed.problem("difference[field]"));
    let invalid = problem.is_some();
    let problem = problem.map(|problem| {
        view! {
            <p class="field__error">
                {problem}
            </p>
        }
    });
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
                        <div class="field">
                            <label class="field__label" for="differ-field">
                                "Field"
                            </label>
                            <select class="field__input" id="differ-field" name="difference[field]">
                                {options.collect_view()}
                            </select>
                        </div>
                        <div class="field">
                            <label class="field__label" for="differ-reason">
                                "Why may they differ?"
                            </label>
                            <p class="field__help" id="differ-help">
                                "Up to 500 characters; shown in Activity and with the difference."
                            </p>
                            {problem}
                            <TextArea
                                id="differ-reason"
                                name="difference[reason]"
                                text=typed.value("reason")
                                rows=2
                                described_by="differ-help"
                                invalid
                            />
                        </div>
                        <TextField
                            name="difference[until]"
                            label="Last day"
                            kind="date"
                            value=typed.value("until")
                            help="Leave it empty to let them differ for as long as nothing changes."
                            problem=typed.problem("difference[until]")
                            optional=true
                        />
                        <button class="button" type="submit">
                            "Let this field differ"
                        </button>
                    </form>
                </div>
            </details>
        }
        .into_any(),
    )
}

/// Fields that are decided together, or must be unique, cannot differ by themselves.
fn may_differ(field: &FieldView) -> bool {
    matches!(field.reason.as_str(), "both_changed" | "no_base" | "blank" | "order")
}
