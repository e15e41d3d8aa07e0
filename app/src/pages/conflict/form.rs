//! The form of a conflict: one post decides it, keeps it, or fills what is undecided (UX 7.4.1, 10.3).

use leptos::prelude::*;

use super::{Sheet, earlier, field, field_id, problem_sentence, whole, why};
use crate::api::{DraftState, Right};
use crate::components::error_summary::summary;
use crate::components::side::SideLabel;
use merge::Side;

/// The whole form, with what is wrong with it first.
pub(super) fn form(sheet: &Sheet) -> AnyView {
    let view = &sheet.open.view;
    let number = view.line.number;
    let is_whole = view.is_about_existence();
    let fields = if is_whole { whole::question(sheet) } else { grid(sheet) };
    let force = sheet.may(Right::Force).then(force_form);
    view! {
        {problems(sheet)}
        <form class="stack" id="decide" method="post" action="/act/decide">
            // Enter presses the first button of a form: this one decides and goes on (UX 6.5).
            <button class="vh" type="submit" name="decision[go]" value="next" tabindex="-1" aria-hidden="true">
                "Save and open next"
            </button>
            <input type="hidden" name="school" value=sheet.cx.school.clone() />
            <input type="hidden" name="decision[conflict]" value=number />
            <input type="hidden" name="decision[revision]" value=view.revision.clone() />
            <input type="hidden" name="decision[view]" value=sheet.list.to_string() />
            {(!is_whole && sheet.asked.len() > 1 && view.duplicates.is_empty()).then(|| fill(sheet))}
            {earlier::button(sheet)}
            {fields}
            {bar(sheet)}
        </form>
        {force}
    }
    .into_any()
}

/// What is wrong, with a link to each field; the focus is on it (UX 6.5).
fn problems(sheet: &Sheet) -> AnyView {
    let Some(draft) = sheet.returned.as_ref().filter(|draft| draft.state == DraftState::Invalid) else {
        return ().into_any();
    };
    let undecided = draft.problems.iter().filter(|(_, problem)| problem == "is not decided yet").count();
    let later = (undecided > 0 && undecided < sheet.asked.len()).then(|| {
        let words = format!("Save {} and leave {undecided} for later", sheet.asked.len() - undecided);
        view! {
            <button class="button" type="submit" form="decide" name="decision[go]" value="stay">
                {words}
            </button>
        }
    });
    let lines = draft.problems.iter().map(|(path, problem)| {
        // What is said of the whole form has a place of its own only where the question is about the whole record.
        let has_place = sheet.asked.iter().any(|field| field.path == *path);
        (has_place.then(|| field_id(path)), problem_sentence(path, problem))
    });
    summary("Nothing was saved yet", lines, later)
}

/// One side for everything that is undecided. Choices that were made are sent along, so none is lost.
fn fill(sheet: &Sheet) -> AnyView {
    let systems = sheet.cx.frame.systems.clone();
    let button = |side: Side, key: &'static str| {
        let systems = systems.clone();
        view! {
            <button
                class="button"
                type="submit"
                formaction="/act/fill_undecided"
                name="all"
                value=side.as_str()
                data-key=key
            >
                "All from "
                <SideLabel side systems />
            </button>
        }
    };
    view! {
        <div class="row">
            <span>"Use one side for every undecided field:"</span>
            {button(Side::Theirs, "!")}
            {button(Side::Ours, "@")}
        </div>
    }
    .into_any()
}

fn grid(sheet: &Sheet) -> AnyView {
    let systems = sheet.cx.frame.systems.clone();
    let fields = sheet.asked.iter().enumerate().map(|(index, one)| field::field(sheet, index, one));
    view! {
        <div class="conflict-head" aria-hidden="true">
            <div class="conflict-head__row">
                <span class="side side--base">"◇ Last agreed"</span>
                <span>
                    <SideLabel side=Side::Theirs systems=systems.clone() />
                </span>
                <span>
                    <SideLabel side=Side::Ours systems />
                </span>
                <span class="side side--result">"Will be saved"</span>
            </div>
        </div>
        {one_reason(sheet).map(|why| view! { <p class="meta">{why}</p> })}
        {fields.collect_view()}
    }
    .into_any()
}

/// Why all fields are contested, when it is the same for each; it is said once then.
pub(super) fn one_reason(sheet: &Sheet) -> Option<String> {
    let first = sheet.asked.first().filter(|_| sheet.asked.len() > 1)?;
    sheet.asked.iter().all(|field| field.reason == first.reason).then(|| why(sheet, first))
}

/// The buttons, always in sight.
fn bar(sheet: &Sheet) -> AnyView {
    let chosen = sheet.asked.iter().filter(|field| sheet.chosen(field).is_some()).count();
    let hold = match sheet.open.hold_seconds {
        None => "A decision is written at the next merge.".to_owned(),
        Some(0) => "A decision is written at once; Undo then writes back.".to_owned(),
        Some(seconds) => format!("A decision is written after {seconds} s; until then Undo is free."),
    };
    let next = match sheet.open.place.next {
        Some(next) => sheet.address(next),
        None => sheet.list.at(&sheet.cx.at("conflicts")),
    };
    view! {
        <div class="action-bar">
            <div class="action-bar__main">
                <button
                    class="button button--primary"
                    type="submit"
                    name="decision[go]"
                    value="next"
                >
                    "Save and open next"
                </button>
                <button class="button" type="submit" name="decision[go]" value="stay">
                    "Save"
                </button>
            </div>
            <div class="action-bar__rest">
                <a class="button button--quiet" href=next.clone() data-key="s">
                    "Skip"
                </a>
            </div>
            <p class="action-bar__where">
                <span data-count="">{chosen} " of " {sheet.asked.len()} " decided"</span>
                <span class="meta">" · " {hold.clone()}</span>
            </p>
            // What a phone has no room for (UX 7.4.7).
            <details class="menu action-bar__more">
                <summary class="button">"More"</summary>
                <ul class="menu__list">
                    <li>
                        <a href=next>"Skip"</a>
                    </li>
                    <li class="meta">{hold}</li>
                </ul>
            </details>
        </div>
    }
    .into_any()
}

/// The way to Force apply: the choices are kept and the record is read again on both sides first, so it is a button of the
/// form, not a link (RL S3).
fn force_form() -> AnyView {
    view! {
        <details class="panel">
            <summary class="panel__summary">"More"</summary>
            <div class="panel__body">
                <p>
                    "Force apply writes a decision even if the other system says that somebody changed the record meanwhile.                      Both systems are read again first, and you see what would be written over."
                </p>
                <button
                    class="button button--danger"
                    type="submit"
                    form="decide"
                    formaction="/act/read_again"
                >
                    "Force apply…"
                </button>
            </div>
        </details>
    }
    .into_any()
}
