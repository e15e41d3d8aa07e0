//! "This record has changed since you opened it" (UX 6.8): nothing was saved, and no choice is lost.

use leptos::prelude::*;

use super::{Sheet, field, has_moved, history};
use crate::api::{ConflictDraft, FieldView, Right};
use crate::components::choice;
use crate::components::notice::Notice;
use crate::pages::conflicts::field_label;
use crate::values;

/// The page after a save that came too late: what was seen, what is now, what was chosen.
pub(super) fn moved(sheet: &Sheet) -> AnyView {
    let Some(draft) = &sheet.returned else { return ().into_any() };
    let rows = sheet.asked.iter().map(|one| row(sheet, draft, one));
    let review = sheet.address(sheet.open.view.line.number);
    let systems = &sheet.cx.frame.systems;
    let heading = format!("There is a newer version of {}", sheet.label());
    view! {
        <section class="stack" aria-labelledby="newer">
            <h2 id="newer" tabindex="-1" autofocus>
                {heading}
            </h2>
            <Notice>"It changed after you opened this page. Your decision was not saved, and nothing was written."</Notice>
            <div class="table-frame" role="region" aria-label="What has changed" tabindex="0">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Field"</th>
                            <th scope="col">{format!("■ {} now", systems.theirs)}</th>
                            <th scope="col">{format!("● {} now", systems.ours)}</th>
                            <th scope="col">"You saw"</th>
                            <th scope="col">"Your choice"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            <p class="row">
                <a class="button button--primary" href=review>
                    "Review with the new values"
                </a>
                <span class="meta">"Keeps your other choices; asks again only for what has moved."</span>
            </p>
            {sheet.may(Right::Force).then(|| anyway(sheet, draft))}
        </section>
    }
    .into_any()
}

fn row(sheet: &Sheet, draft: &ConflictDraft, one: &FieldView) -> AnyView {
    let systems = &sheet.cx.frame.systems;
    let choice = draft.choices.iter().find(|choice| choice.path == one.path);
    let is_moved = choice.is_none_or(|choice| has_moved(one, choice));
    let seen = choice.map(|choice| {
        view! {
            <span>"■ " {saw(&choice.saw_theirs, one.theirs.as_deref())}</span>
            <br />
            <span>"● " {saw(&choice.saw_ours, one.ours.as_deref())}</span>
        }
    });
    let chose = choice.and_then(|choice| {
        choice.choose.as_deref().map(|choose| choice::words(choose, systems, || choice.value.clone()))
    });
    let chose = chose.unwrap_or_else(|| "none yet".to_owned());
    let state = if is_moved { "changed" } else { "unchanged" };
    let class = if is_moved { "chip chip--on" } else { "chip" };
    view! {
        <tr>
            <th scope="row">{field_label(&one.path)} " " <span class=class>{state}</span></th>
            <td data-l=systems.theirs.clone()>{field::value(one.theirs.as_deref())}</td>
            <td data-l=systems.ours.clone()>{field::value(one.ours.as_deref())}</td>
            <td data-l="You saw">{seen}</td>
            <td data-l="Your choice">{chose}</td>
        </tr>
    }
    .into_any()
}

/// What the person saw of a side. Of a long value the form has kept the beginning only.
fn saw(kept: &str, now: Option<&str>) -> AnyView {
    if kept == values::seen(now) {
        return field::value(now);
    }
    match values::begun(kept) {
        Some(beginning) => view! {
            <span class="value value--long" dir="auto">
                {beginning}
                "…"
            </span>
            <span class="meta">" The rest is not kept."</span>
        }
        .into_any(),
        None => field::value((!kept.is_empty()).then_some(kept)),
    }
}

/// For leads: save on top of the values this page shows. It does not switch off the other system's collision check.
fn anyway(sheet: &Sheet, draft: &ConflictDraft) -> AnyView {
    let view = &sheet.open.view;
    let choices = sheet.asked.iter().enumerate().map(|(index, one)| {
        choice::inputs(index, one, draft.choices.iter().find(|choice| choice.path == one.path))
    });
    view! {
        <form class="confirm" method="post" action="/act/decide">
            <input type="hidden" name="school" value=sheet.cx.school.clone() />
            <input type="hidden" name="decision[conflict]" value=view.line.number />
            <input type="hidden" name="decision[revision]" value=view.revision.clone() />
            <input type="hidden" name="decision[view]" value=sheet.list.to_string() />
            <input type="hidden" name="decision[anyway]" value="yes" />
            {choices.collect_view()}
            <label class="choice">
                <input type="checkbox" name="decision[confirm]" value="yes" required />
                <span class="choice__text">"I have seen the new values in this table"</span>
            </label>
            <p class="confirm__act">
                <button class="button button--danger" type="submit" name="decision[go]" value="stay">
                    "Save my choices anyway"
                </button>
            </p>
        </form>
    }
    .into_any()
}

/// A colleague was faster: their decision stands.
pub(super) fn decided_meanwhile(sheet: &Sheet) -> AnyView {
    let who = sheet.open.view.decisions.first().map(|decision| decision.person.clone());
    let text = match who {
        Some(who) => format!(
            "{who} decided this conflict first. Your decision was not saved, and nothing is written twice."
        ),
        None => "This conflict was settled meanwhile. Your decision was not saved, and nothing was written."
            .to_owned(),
    };
    let back = sheet.list.at(&sheet.cx.at("conflicts"));
    view! {
        <Notice>{text}</Notice>
        <p>
            <a class="button button--primary" href=back>
                "Keep that decision"
            </a>
        </p>
        {history::settled(sheet)}
    }
    .into_any()
}
