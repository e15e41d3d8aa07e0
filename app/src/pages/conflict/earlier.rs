//! What was decided before on the same three values: said, and taken over by one press (MS C8).

use leptos::prelude::*;

use super::Sheet;
use crate::api::FieldView;
use crate::components::choice;
use crate::components::instant::Instant;
use crate::components::number::counted;
use crate::components::value::in_short;

/// What was chosen for a field when the record last had these values; nothing where nobody has.
pub(super) fn line(sheet: &Sheet, field: &FieldView) -> Option<AnyView> {
    let view = &sheet.open.view;
    let earlier = view.earlier(&field.path)?;
    let chosen = &earlier.choice;
    let what = choice::words(&chosen.choose, &sheet.cx.frame.systems, || in_short(chosen.value.as_deref()));
    let number = earlier.conflict;
    let same = (number != view.line.number).then(|| {
        view! {
            " ("
            <a href=sheet.cx.at(&format!("conflicts/{number}"))>{format!("conflict {number}")}</a>
            ")"
        }
    });
    Some(
        view! {
            <p class="meta">
                "Earlier decision: " <bdi>{what}</bdi> ", by " {earlier.person.clone()} ", " <Instant at=earlier.at />
                {same} ". All three values are the same as then."
            </p>
        }
        .into_any(),
    )
}

/// One press takes over what was decided before; nothing is decided by it.
pub(super) fn button(sheet: &Sheet) -> Option<AnyView> {
    let is_offered =
        |field: &&FieldView| sheet.chosen(field).is_none() && sheet.open.view.earlier(&field.path).is_some();
    let count = sheet.asked.iter().filter(is_offered).count();
    (count > 0).then(|| {
        let words = match sheet.asked.len() {
            1 => "Choose as in the earlier decision".to_owned(),
            _ => format!("Choose as in the earlier decisions: {}", counted(count, "field", "fields")),
        };
        view! {
            <div class="row">
                <button
                    class="button"
                    type="submit"
                    formaction="/act/fill_undecided"
                    name="all"
                    value="earlier"
                >
                    {words}
                </button>
            </div>
        }
        .into_any()
    })
}
