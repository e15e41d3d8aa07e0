//! `/{school}/conflicts/{number}`: both records side by side, decided field by field (UX 7.4).

mod changed;
mod differ;
mod duplicate;
mod earlier;
mod field;
mod form;
mod head;
mod history;
mod next;
mod whole;

pub use next::NextConflictPage;

use leptos::prelude::*;

use super::conflicts::{field_label, filter_of};
use super::desk::{Content, Cx, desk_page};
use crate::actions::sentence;
use crate::api::{ConflictDraft, DraftState, FieldForm, FieldView, OpenConflict, REASON, Right};
use crate::components::error_summary::ErrorSummary;
use crate::components::frame::Section;
use crate::components::kind;
use crate::components::response::Code;
use crate::door::Typed;
use crate::islands::ConflictFlow;
use crate::query::Query;
use crate::values::seen;

/// One conflict.
#[component]
pub fn ConflictPage() -> impl IntoView {
    desk_page(Section::Conflicts, |cx| async move {
        let number = cx.param("number")?;
        let list = list_of(&cx);
        let open = cx.api().open_conflict(&cx.actor, &cx.school, number, &filter_of(&list)).await?;
        let typed = cx.visit.door.kept(&kept_as(number)).await.unwrap_or_default();
        Ok(content(&Sheet::new(cx, list, open, typed)))
    })
}

/// The list the person came from, as a query.
pub(super) fn list_of(cx: &Cx) -> Query {
    Query::of(&format!("?{}", cx.query.get("view").unwrap_or_default()))
}

/// Everything the parts of the page are made from.
pub(super) struct Sheet {
    pub(super) cx: Cx,
    pub(super) list: Query,
    pub(super) open: OpenConflict,
    /// What is asked: each contested field, or the whole record.
    pub(super) asked: Vec<FieldView>,
    /// The draft that the address names: its problems and what has moved are told first.
    pub(super) returned: Option<ConflictDraft>,
    /// A difference that could not be declared, as it was typed.
    pub(super) typed: Typed,
}

impl Sheet {
    fn new(cx: Cx, list: Query, open: OpenConflict, typed: Typed) -> Self {
        let named = cx.query.get("draft");
        let returned = open.draft.clone().filter(|draft| named == Some(draft.id.as_str()));
        let asked = open.view.asked();
        Self { cx, list, open, asked, returned, typed }
    }

    /// Whether it can be decided.
    pub(super) fn is_open(&self) -> bool {
        self.open.view.is_open()
    }

    /// Whether there is a last agreed record; of two that were added on both sides there is none.
    pub(super) fn was_agreed(&self) -> bool {
        self.open.view.line.kind != "both_added"
    }

    pub(super) fn may(&self, right: Right) -> bool {
        self.cx.frame.role.may(right)
    }

    /// What the person has chosen for a field, unless what they saw has moved.
    pub(super) fn chosen(&self, field: &FieldView) -> Option<&FieldForm> {
        let draft = self.open.draft.as_ref()?;
        let choice = draft.choices.iter().find(|choice| choice.path == field.path)?;
        let is_same = draft.revision == self.open.view.revision || !has_moved(field, choice);
        (choice.choose.is_some() && is_same).then_some(choice)
    }

    /// Whether this is the field that is decided next.
    pub(super) fn is_first_undecided(&self, field: &FieldView) -> bool {
        let first = self.asked.iter().find(|field| self.chosen(field).is_none());
        first.is_some_and(|first| first.path == field.path)
    }

    /// What is wrong with the choice for a path.
    pub(super) fn problem(&self, path: &str) -> Option<String> {
        let draft = self.returned.as_ref()?;
        draft.problems.iter().find(|(at, _)| at == path).map(|(_, problem)| problem.clone())
    }

    /// The address of a conflict in the same list.
    pub(super) fn address(&self, number: i64) -> String {
        conflict_address(&self.cx.school, number, &self.list.to_string())
    }

    /// The name of the record as the page says it.
    pub(super) fn label(&self) -> &str {
        &self.open.view.line.label
    }
}

/// The address of a conflict as part of a list.
#[must_use]
pub fn conflict_address(school: &str, number: i64, list: &str) -> String {
    let query = if list.is_empty() { Query::default() } else { Query::default().with("view", list) };
    query.at(&format!("/{school}/conflicts/{number}"))
}

/// Under what a difference that could not be declared is kept: another conflict does not show it.
#[must_use]
pub fn kept_as(conflict: i64) -> String {
    format!("difference of conflict {conflict}")
}

/// Whether what a side holds of a field is not what the person saw.
pub(super) fn has_moved(field: &FieldView, choice: &FieldForm) -> bool {
    choice.saw_ours != seen(field.ours.as_deref()) || choice.saw_theirs != seen(field.theirs.as_deref())
}

/// What is wrong, as a sentence: the field's name goes before what is said of it; what is said of the whole form stands alone.
pub(super) fn problem_sentence(path: &str, problem: &str) -> String {
    match path {
        "" | REASON => sentence(problem),
        path => format!("{} {problem}", field_label(path)),
    }
}

/// The id of a field's fieldset. Paths that differ, be it in the key of an item, have ids that differ.
pub(super) fn field_id(path: &str) -> String {
    let safe = path.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphanumeric() => letter.to_string(),
        '_' | '.' => "-".to_owned(),
        other => format!("-{:x}-", u32::from(other)),
    });
    let safe: String = safe.collect();
    if safe.is_empty() { "field-record".to_owned() } else { format!("field-{safe}") }
}

fn content(sheet: &Sheet) -> Content {
    let view = &sheet.open.view;
    let fields: Vec<String> = sheet.asked.iter().map(|field| field_label(&field.path)).collect();
    let title = format!("{}, {} · Conflict {}", view.line.label, fields.join(", "), view.line.number);
    let state = sheet.returned.as_ref().map(|draft| draft.state);
    let body = match (sheet.is_open(), state) {
        (true, Some(DraftState::Changed)) => changed::moved(sheet),
        (true, _) => question(sheet),
        (false, Some(DraftState::Changed)) => changed::decided_meanwhile(sheet),
        (false, _) => history::settled(sheet),
    };
    let content = Content::new(
        title,
        view! {
            {head::head(sheet)}
            <ErrorSummary typed=sheet.typed.clone() />
            {duplicate::shared(sheet)}
            {body}
            {(sheet.is_open() && state != Some(DraftState::Changed)).then(|| differ::form(sheet))}
            {differ::standing(sheet)}
            {history::below(sheet)}
        },
    );
    match state {
        Some(DraftState::Invalid) => content.with_status(Code::Invalid),
        Some(DraftState::Changed) => content.with_status(Code::Conflict),
        _ if !sheet.typed.form.is_empty() => content.with_status(Code::Invalid),
        _ => content,
    }
}

/// What has to be decided, as a form; for those who may not decide, as a table.
fn question(sheet: &Sheet) -> AnyView {
    if !sheet.may(Right::Decide) {
        return view! {
            {history::comparison(sheet)}
            <p class="meta">"Only resolvers, leads and admins can decide."</p>
        }
        .into_any();
    }
    let (form, single_keys) = (form::form(sheet), !sheet.cx.visit.display.no_single_keys);
    let systems = sheet.cx.frame.systems.clone();
    view! { <ConflictFlow single_keys systems>{form}</ConflictFlow> }.into_any()
}

/// Why a path is a question, in a sentence.
pub(super) fn why(sheet: &Sheet, field: &FieldView) -> String {
    let systems = &sheet.cx.frame.systems;
    let line = &sheet.open.view.line;
    match field.reason.as_str() {
        "both_changed" => format!(
            "{} and {} both changed it since they last agreed, and the settings say to ask a person.",
            systems.theirs, systems.ours
        ),
        "no_base" => "The two systems differ, and have never agreed on it.".to_owned(),
        "blank" => {
            "One system emptied it, and the settings say to ask before a value is blanked out.".to_owned()
        }
        "group" => "It belongs to a group of fields that are decided together.".to_owned(),
        "strict" => "The settings say that this record is decided as a whole.".to_owned(),
        "order" => "Both systems changed the order of the list, and the two cannot be had at once. The system you choose \
                    gives the order; other changes of its items stay."
            .to_owned(),
        "deleted" => format!("{}, and the settings say to ask a person.", kind::sentence(line, systems)),
        "dangling" => "It names a record that is not there.".to_owned(),
        _ => "Two records share a value that must be unique.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{field_id, field_label};

    #[test]
    fn items_of_lists_are_told_apart_by_words_and_ids() {
        assert_eq!(field_label("phones[type=\"home_2\"].ext_number"), "Phones (type home_2): ext number");
        assert_eq!(field_label("v[day=\"Mon\",start=9]"), "V (day Mon, start 9)");
        assert_eq!(
            (field_label("address.city"), field_label("")),
            ("Address.city".into(), "(record)".into())
        );
        assert_eq!(field_id("room_number"), "field-room-number");
        assert_ne!(field_id("v[k=\"é\"]"), field_id("v[k=\"è\"]"));
        assert_ne!(field_id("v[k=1]"), field_id("v[k=\"1\"]"));
    }
}
