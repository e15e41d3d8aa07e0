//! A record that one side has deleted and the other has changed (UX 7.4.2).

use leptos::prelude::*;

use super::{Sheet, earlier, field_id, problem_sentence};
use crate::api::Losses;
use crate::components::choice::seen_inputs;
use crate::components::number::counted;

/// Delete it too, bring it back, or keep the difference.
pub(super) fn question(sheet: &Sheet) -> AnyView {
    let view = &sheet.open.view;
    let systems = &sheet.cx.frame.systems;
    let (gone, kept, gone_in, kept_in) = if view.present.ours {
        ("theirs", "ours", format!("■ {}", systems.theirs), format!("● {}", systems.ours))
    } else {
        ("ours", "theirs", format!("● {}", systems.ours), format!("■ {}", systems.theirs))
    };
    let chosen =
        sheet.asked.first().and_then(|field| sheet.chosen(field)).and_then(|form| form.choose.clone());
    let losses = sheet.open.losses.clone().unwrap_or_default();
    let back = view.settled.len() + view.fields.len();
    let saw = sheet.asked.first().map(|whole| seen_inputs(0, whole));
    let problem = sheet.problem("").map(|problem| {
        view! { <p class="field__error">{problem_sentence("", &problem)}</p> }
    });
    let radio = |value: &'static str, words: String| {
        let checked = chosen.as_deref() == Some(value);
        view! {
            <label class="choice">
                <input type="radio" name="decision[choices][0][choose]" value=value checked=checked />
                <span class="choice__text">{words}</span>
            </label>
        }
    };
    view! {
        <fieldset class="choice-list" id=field_id("")>
            <legend class="choice-list__question">"What should happen?"</legend>
            {problem}
            {saw}
            {sheet.asked.first().and_then(|whole| earlier::line(sheet, whole))}
            <div class="choice-list__item choice-list__item--danger">
                {radio(gone, format!("Delete it in {kept_in} too"))}
                <p class="choice-list__effect">{lost(&losses)} " Can be undone for 30 days."</p>
                <div class="choice-list__more">
                    <label class="choice">
                        <input type="checkbox" name="decision[confirm]" value="yes" />
                        <span class="choice__text">{format!("Delete 1 record in {kept_in}")}</span>
                    </label>
                </div>
            </div>
            <div class="choice-list__item">
                {radio(kept, format!("Bring it back in {gone_in}"))}
                <p class="choice-list__effect">
                    {format!("Creates it there again with {}.", counted(back, "field", "fields"))}
                </p>
            </div>
            <div class="choice-list__item">
                {radio("leave", "Keep the difference".to_owned())}
                <p class="choice-list__effect">
                    {format!("{kept_in} keeps it, {gone_in} stays without it. We ask again only if either changes it.")}
                </p>
            </div>
        </fieldset>
    }
    .into_any()
}

/// "Loses 3 changes; 2 Sections point at it."
fn lost(losses: &Losses) -> String {
    let changes = match losses.changes {
        0 => "Loses no changed field".to_owned(),
        count => format!("Loses {}", counted(count, "changed field", "changed fields")),
    };
    let pointing: Vec<String> =
        losses.pointing.iter().map(|(label, count)| format!("{count} of {label}")).collect();
    if pointing.is_empty() {
        format!("{changes}; nothing points at it.")
    } else {
        format!("{changes}; these point at it: {}.", pointing.join(", "))
    }
}
