//! The last step of Force apply: a reason, a tick for each system that changes, and the button (UX 6.6, 7.4.8).

use leptos::prelude::*;
use merge::Side;

use super::{Sheet, record_verb};
use crate::api::REASON;
use crate::components::choice;
use crate::components::number::counted;
use crate::components::text_area::TextArea;
use crate::components::winner::marked;

/// The form that forces what the page shows.
pub(super) fn confirm(sheet: &Sheet<'_>) -> AnyView {
    let rows = sheet.rows().enumerate();
    let choices = rows.map(|(index, (field, chosen))| choice::inputs(index, field, Some(chosen)));
    view! {
        <form class="confirm confirm--danger" method="post" action="/act/force_apply">
            {sheet.identity()}
            <input type="hidden" name="decision[force]" value="yes" />
            {choices.collect_view()}
            <p class="confirm__way-out">
                <a href=sheet.back()>"Go back, change nothing"</a>
            </p>
            {reason(sheet)}
            {sheet.over.sides().map(|(side, count)| tick(sheet, side, count)).collect_view()}
            <p class="confirm__act">
                <button class="button button--danger" type="submit">
                    {button(sheet)}
                </button>
            </p>
        </form>
    }
    .into_any()
}

fn reason(sheet: &Sheet<'_>) -> AnyView {
    let typed = sheet.force.open.draft.as_ref().and_then(|draft| draft.reason.clone()).unwrap_or_default();
    let invalid = sheet.problems().iter().any(|(place, _)| place == REASON);
    view! {
        <div class="field">
            <label class="field__label" for="reason">
                "Why is this right?"
            </label>
            <p class="field__help" id="reason-help">
                "3 to 500 characters; shown in Activity and in the history of the conflict."
            </p>
            <TextArea id="reason" name="decision[reason]" text=typed rows=3 described_by="reason-help" invalid />
        </div>
    }
    .into_any()
}

/// One tick for each system that changes: none of them can be passed over (UX 6.6).
fn tick(sheet: &Sheet<'_>, side: Side, count: usize) -> AnyView {
    let system = marked(side, &sheet.cx.frame.systems);
    let words = match sheet.record() {
        Some(field) => {
            format!("I have seen that the record will be {} in {system}", record_verb(sheet, field, side).1)
        }
        None => format!("I have seen that {} in {system} will be overwritten", values(count)),
    };
    view! {
        <label class="choice">
            <input type="checkbox" name="decision[seen][]" value=side.as_str() required />
            <span class="choice__text">{words}</span>
        </label>
    }
    .into_any()
}

fn button(sheet: &Sheet<'_>) -> String {
    let systems = &sheet.cx.frame.systems;
    let each = sheet.over.sides().map(|(side, count)| match sheet.record() {
        Some(field) => {
            format!("{} the record in {}", record_verb(sheet, field, side).0, marked(side, systems))
        }
        None => format!("{} in {}", values(count), marked(side, systems)),
    });
    let each = each.collect::<Vec<_>>().join(" and ");
    if sheet.record().is_some() { format!("Force apply: {each}") } else { format!("Force apply to {each}") }
}

fn values(count: usize) -> String {
    counted(count, "value", "values")
}
