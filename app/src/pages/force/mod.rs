mod confirm;

use leptos::prelude::*;
use merge::Side;

use super::conflict::{conflict_address, has_moved, list_of, problem_sentence};
use super::conflicts::field_label;
use super::desk::{Content, Cx, desk_page};
use crate::api::{FieldForm, FieldView, ForceView, REASON};
use crate::components::error_summary;
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::notice::Notice;
use crate::components::number::counted;
use crate::components::response::Code;
use crate::components::value::ValueText;
use crate::components::winner::marked;
use crate::overwrite::{Overwritten, held, wanted, writes};
use crate::query::Query;

/// `/{school}/conflicts/{number}/force`: what would be written over, before it is (UX 7.4.8).
#[component]
pub fn ForcePage() -> impl IntoView {
    desk_page(Section::Conflicts, |cx| async move {
        let number = cx.param("number")?;
        let force = cx.api().open_force(&cx.actor, &cx.school, number).await?;
        Ok(content(&Sheet::of(&cx, &force)))
    })
}

/// Everything the parts of the page are made from.
struct Sheet<'a> {
    cx: &'a Cx,
    force: &'a ForceView,
    /// The list the person came from.
    list: Query,
    asked: Vec<FieldView>,
    /// The person's choice for each of them.
    chosen: Vec<FieldForm>,
    over: Overwritten,
    /// Whether this is the answer to a form that was not taken.
    is_returned: bool,
}

impl<'a> Sheet<'a> {
    fn of(cx: &'a Cx, force: &'a ForceView) -> Self {
        let draft = force.open.draft.as_ref();
        let drafted = draft.map(|draft| draft.choices.as_slice()).unwrap_or_default();
        let asked = force.open.view.asked();
        let of = |field: &FieldView| {
            let choice = drafted.iter().find(|choice| choice.path == field.path).cloned();
            FieldForm { path: field.path.clone(), ..choice.unwrap_or_default() }
        };
        Self {
            chosen: asked.iter().map(of).collect(),
            over: Overwritten::by(&force.open.view, drafted),
            is_returned: draft.is_some_and(|draft| cx.query.get("draft") == Some(draft.id.as_str())),
            list: list_of(cx),
            asked,
            cx,
            force,
        }
    }

    fn rows(&self) -> impl Iterator<Item = (&FieldView, &FieldForm)> {
        self.asked.iter().zip(&self.chosen)
    }

    /// The whole record, where the question is what becomes of it.
    fn record(&self) -> Option<&FieldView> {
        self.asked.first().filter(|_| self.force.open.view.is_about_existence())
    }

    /// What is wrong with the form that came back.
    fn problems(&self) -> &[(String, String)] {
        let draft = self.force.open.draft.as_ref().filter(|_| self.is_returned);
        draft.map(|draft| draft.problems.as_slice()).unwrap_or_default()
    }

    /// Whether what the form was about has changed since.
    fn has_moved(&self) -> bool {
        let draft = self.force.open.draft.as_ref().filter(|_| self.is_returned);
        draft.is_some_and(|draft| draft.revision != self.force.open.view.revision)
    }

    /// The way back to the conflict, in the same list.
    fn back(&self) -> String {
        conflict_address(&self.cx.school, self.force.open.view.line.number, &self.list.to_string())
    }

    /// Which conflict a form is about, and from which list the person came.
    fn identity(&self) -> AnyView {
        let view = &self.force.open.view;
        view! {
            <input type="hidden" name="school" value=self.cx.school.clone() />
            <input type="hidden" name="decision[conflict]" value=view.line.number />
            <input type="hidden" name="decision[revision]" value=view.revision.clone() />
            <input type="hidden" name="decision[view]" value=self.list.to_string() />
        }
        .into_any()
    }
}

fn content(sheet: &Sheet<'_>) -> Content {
    let view = &sheet.force.open.view;
    let title = format!("Force apply: {}", view.line.label);
    let body = if view.is_open() { form(sheet) } else { nothing(sheet) };
    let content = Content::new(
        title.clone(),
        view! {
            <header class="page-head">
                <h1>{title}</h1>
                <p class="page-head__meta">{format!("Conflict {}", view.line.number)}</p>
            </header>
            {body}
        },
    );
    match (sheet.has_moved(), sheet.problems().is_empty()) {
        (true, _) => content.with_status(Code::Conflict),
        (false, false) => content.with_status(Code::Invalid),
        (false, true) => content,
    }
}

fn nothing(sheet: &Sheet<'_>) -> AnyView {
    view! {
        <Notice>"There is nothing to force: the conflict is decided, or both sides agree by now."</Notice>
        <p>
            <a href=sheet.back()>"Back to the conflict"</a>
        </p>
    }
    .into_any()
}

fn form(sheet: &Sheet<'_>) -> AnyView {
    let moved = sheet.has_moved().then(|| {
        view! {
            <Notice>
                "The record moved again. Nothing was written. These are the newest values; look at them and tick again."
            </Notice>
        }
    });
    view! {
        {summary(sheet)}
        {moved}
        <p>
            "This writes your choice even if the other system says that somebody changed the record meanwhile. Their change is \
             lost there. Checks of the other system, safety limits and roles still hold."
        </p>
        {reading(sheet)}
        {table(sheet)}
        <p>{overwritten(sheet)}</p>
        {act(sheet)}
    }
    .into_any()
}

/// What is wrong with the form that came back; the focus is on it (UX 6.5).
fn summary(sheet: &Sheet<'_>) -> AnyView {
    let problems = sheet.problems();
    if problems.is_empty() {
        return ().into_any();
    }
    let lines = problems.iter().map(|(path, problem)| {
        ((path == REASON).then(|| "reason".to_owned()), problem_sentence(path, problem))
    });
    error_summary::summary("Nothing was written", lines, ())
}

fn table(sheet: &Sheet<'_>) -> AnyView {
    let systems = &sheet.cx.frame.systems;
    let rows = sheet.rows().map(|(field, choice)| row(sheet, field, choice));
    view! {
        <div class="table-frame" role="region" aria-label="What will be written" tabindex="0">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">{format!("■ In {} now", systems.theirs)}</th>
                        <th scope="col">{format!("● In {} now", systems.ours)}</th>
                        <th scope="col">"Will be written"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(sheet: &Sheet<'_>, field: &FieldView, choice: &FieldForm) -> AnyView {
    let systems = &sheet.cx.frame.systems;
    let moved = (choice.choose.is_some() && has_moved(field, choice))
        .then(|| view! { " " <span class="chip chip--on">"changed since you looked"</span> });
    let wanted = match (writes(choice), field.path.is_empty()) {
        (false, _) if choice.choose.is_some() => "nothing: both stay as they are".into_any(),
        (false, _) => "(no choice)".into_any(),
        (true, true) => record_written(sheet, field).into_any(),
        (true, false) => view! { <ValueText json=wanted(field, choice) /> }.into_any(),
    };
    // A side without the record holds nothing; a side with it holds perhaps no value.
    let held = |json: &Option<String>| match json {
        None if field.path.is_empty() => {
            view! { <span class="value value--empty">"(not there)"</span> }.into_any()
        }
        json => view! { <ValueText json=json.clone() /> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{field_label(&field.path)} {moved}</th>
            <td data-l=systems.theirs.clone()>{held(&field.theirs)}</td>
            <td data-l=systems.ours.clone()>{held(&field.ours)}</td>
            <td data-l="Will be written">{wanted}</td>
        </tr>
    }
    .into_any()
}

/// What a choice for the whole record does to a side: as a command, and as what has been done to it.
fn record_verb(sheet: &Sheet<'_>, field: &FieldView, side: Side) -> (&'static str, &'static str) {
    let becomes = sheet.chosen.first().and_then(|choice| wanted(field, choice));
    match (held(field, side), becomes) {
        (Some(_), None) => ("delete", "deleted"),
        (None, Some(_)) => ("create", "created"),
        _ => ("change", "changed"),
    }
}

/// "Delete the record in ● Scheduler".
fn record_written(sheet: &Sheet<'_>, field: &FieldView) -> String {
    let verb = |(side, _)| {
        let system = marked(side, &sheet.cx.frame.systems);
        match record_verb(sheet, field, side).0 {
            "delete" => format!("Delete the record in {system}"),
            "create" => format!("Create the record in {system}"),
            _ => format!("Change the record in {system}"),
        }
    };
    sheet.over.sides().map(verb).collect::<Vec<_>>().join("; ")
}

fn overwritten(sheet: &Sheet<'_>) -> String {
    if let Some(field) = sheet.record() {
        let done = |(side, _)| {
            let verb = record_verb(sheet, field, side).1;
            format!("The record will be {verb} in {}. ", marked(side, &sheet.cx.frame.systems))
        };
        let done: String = sheet.over.sides().map(done).collect();
        return format!("{done}What is overwritten is kept in Activity and can be written back for 30 days.");
    }
    format!(
        "Overwritten: {} in {}, {} in {}. They are kept in Activity and can be written back for 30 days.",
        counted(sheet.over.theirs, "value", "values"),
        marked(Side::Theirs, &sheet.cx.frame.systems),
        counted(sheet.over.ours, "value", "values"),
        marked(Side::Ours, &sheet.cx.frame.systems),
    )
}

/// The button, or why there is none and what to do first.
fn act(sheet: &Sheet<'_>) -> AnyView {
    let undecided = sheet.chosen.iter().any(|choice| choice.choose.is_none());
    let leaves = !undecided && !sheet.chosen.iter().all(writes);
    let first = if undecided {
        "Choose a value for each field first, and save; then come back here."
    } else if leaves {
        "Keeping the difference writes nothing, so there is nothing to force. Choose what should become of the record first."
    } else if !sheet.force.is_fresh {
        return view! {
            <Notice>
                "These values are older than a minute. Read both systems again before you force anything."
            </Notice>
        }
        .into_any();
    } else if sheet.over == Overwritten::default() {
        "Both systems hold what you chose already: there is nothing to force. Save your choices instead."
    } else {
        return confirm::confirm(sheet);
    };
    let words = if undecided { "Choose values" } else { "Back to your choices" };
    view! {
        <Notice>{first}</Notice>
        <p>
            <a class="button button--primary" href=sheet.back()>
                {words}
            </a>
        </p>
    }
    .into_any()
}

/// How new the values are, and the way to newer ones.
fn reading(sheet: &Sheet<'_>) -> AnyView {
    let force = sheet.force;
    let text = match (force.read_at, &force.error) {
        (_, Some(error)) => {
            view! { <Notice>{format!("The record could not be read again: {error}. Nothing was written.")}</Notice> }
                .into_any()
        }
        (Some(at), None) => view! { <p>"Both systems were read again " <Instant at /> "."</p> }.into_any(),
        (None, None) => view! { <p>"The record has not been read again yet."</p> }.into_any(),
    };
    let here = sheet.cx.at(&format!("conflicts/{}/force", force.open.view.line.number));
    let here = Query::default().with("view", &sheet.list).at(&here);
    view! {
        {text}
        <form class="row" method="post" action="/act/read_again">
            {sheet.identity()}
            <button class="button" type="submit">
                "Read again"
            </button>
            <a href=here>"Refresh"</a>
        </form>
    }
    .into_any()
}
