//! One contested field: last agreed, both sides, will be saved; four radios of one group (UX 7.4.1).

use leptos::prelude::*;
use merge::{FieldPath, Segment, Side};

use super::{Sheet, earlier, field_id, why};
use crate::api::{FieldForm, FieldView};
use crate::components::choice::seen_inputs;
use crate::components::diff::{FOLDED, WordDiff};
use crate::components::number::grouped;
use crate::components::side::SideLabel;
use crate::components::text_area::TextArea;
use crate::effect::effect;
use crate::pages::conflicts::field_label;
use crate::values;

/// The longest value that is shown whole; the rest is in the raw data.
const LONGEST: usize = 20_000;

/// The fieldset of the field at this place of the form.
pub(super) fn field(sheet: &Sheet, index: usize, field: &FieldView) -> AnyView {
    let id = field_id(&field.path);
    let choice = sheet.chosen(field).cloned();
    let problem = sheet.problem(&field.path);
    let error_id = format!("{id}-error");
    let error = problem.clone().map(|problem| {
        view! {
            <p class="field__error" id=error_id.clone()>
                {field_label(&field.path)} " " {problem}
            </p>
        }
    });
    let reason = super::form::one_reason(sheet)
        .is_none()
        .then(|| view! { <p class="conflict-field__why">{why(sheet, field)}</p> });
    let described = problem.is_some().then_some(error_id.clone());
    view! {
        <fieldset
            class="conflict-field"
            id=id.clone()
            aria-describedby=described
            data-kind=field.kind.clone()
            data-ours=short(field.ours.as_deref())
            data-theirs=short(field.theirs.as_deref())
        >
            <legend class="conflict-field__name">{field_label(&field.path)}</legend>
            {error}
            {seen_inputs(index, field)}
            <div class="conflict-field__grid">
                <div class="conflict-field__option conflict-field__option--base">
                    <span class="conflict-field__side">"◇ Last agreed: "</span>
                    {folded(agreed(sheet, field))}
                </div>
                {option(sheet, index, field, Side::Theirs, choice.as_ref())}
                {option(sheet, index, field, Side::Ours, choice.as_ref())}
                {result(sheet, index, field, choice.as_ref(), &id)}
            </div>
            {whole_text(sheet, field)}
            {reason}
            {note(sheet, field)}
            {earlier::line(sheet, field)}
        </fieldset>
    }
    .into_any()
}

/// What the settings cannot make of the field.
fn note(sheet: &Sheet, field: &FieldView) -> Option<AnyView> {
    let (_, words) = sheet.open.view.notes.iter().find(|(path, _)| *path == field.path)?;
    let words = format!("{} {words}.", field_label(&field.path));
    Some(view! { <p class="conflict-field__why">{words}</p> }.into_any())
}

/// A value for the live effect, while it is not too long to be sent twice.
fn short(value: Option<&str>) -> Option<String> {
    value.filter(|value| value.len() <= 4_000).map(str::to_owned)
}

fn radio(index: usize, choose: &'static str, choice: Option<&FieldForm>, focus: bool) -> AnyView {
    let checked = choice.and_then(|choice| choice.choose.as_deref()) == Some(choose);
    let name = format!("decision[choices][{index}][choose]");
    view! { <input type="radio" name=name value=choose checked=checked autofocus=focus /> }.into_any()
}

/// What one side holds, to be chosen.
fn option(sheet: &Sheet, index: usize, field: &FieldView, side: Side, choice: Option<&FieldForm>) -> AnyView {
    let systems = &sheet.cx.frame.systems;
    let helps = !sheet.open.view.is_useless(&field.path, side.as_str());
    // Space takes the first side of the first field right away (UX 7.4.1); what is wrong comes before it.
    let focus = side == Side::Theirs && sheet.returned.is_none() && sheet.is_first_undecided(field);
    let (class, name, held) = match side {
        Side::Theirs => ("theirs", format!("■ {}: ", systems.theirs), &field.theirs),
        Side::Ours => ("ours", format!("● {}: ", systems.ours), &field.ours),
    };
    let class = format!("conflict-field__option conflict-field__option--{class}");
    let body = view! {
        <span class="conflict-field__body">
            <span class="conflict-field__side">{name}</span>
            {compared(field, held.as_deref())}
            {chip(field, held.as_deref(), side)}
        </span>
    };
    if !helps {
        return view! { <div class=class>{body}</div> }.into_any();
    }
    view! { <label class=class>{radio(index, side.as_str(), choice, focus)} {body}</label> }.into_any()
}

/// A value with the words that differ from the last agreed one.
fn compared(field: &FieldView, held: Option<&str>) -> AnyView {
    match (text_of(field.base.as_deref()), text_of(held)) {
        (Some(before), Some(after)) if after.len() <= LONGEST => {
            view! { <WordDiff before after /> }.into_any()
        }
        _ => folded(value_of(field, held)),
    }
}

/// A value of the field. An item that a list does not have is not in it; a member that is not there was not sent.
fn value_of(field: &FieldView, held: Option<&str>) -> AnyView {
    let path = field.path.parse::<FieldPath>().unwrap_or_default();
    if held.is_none() && matches!(path.segments().last(), Some(Segment::Item(_))) {
        return view! { <span class="value value--empty">"(not in the list)"</span> }.into_any();
    }
    value(held)
}

/// Six lines of a value; a short one is not touched.
fn folded(value: AnyView) -> AnyView {
    view! { <span class="value--clamp">{value}</span> }.into_any()
}

/// The last agreed value. Two records that were added on both sides have none at all.
fn agreed(sheet: &Sheet, field: &FieldView) -> AnyView {
    if sheet.was_agreed() {
        return value_of(field, field.base.as_deref());
    }
    view! { <span class="value value--empty">"(never agreed)"</span> }.into_any()
}

/// A long text whole, the three versions one below the other, where the grid shows it folded (UX 6.9).
fn whole_text(sheet: &Sheet, field: &FieldView) -> Option<AnyView> {
    let base = text_of(field.base.as_deref());
    let texts = [base.clone(), text_of(field.theirs.as_deref()), text_of(field.ours.as_deref())];
    let longest = texts.iter().flatten().map(|text| text.chars().count()).max()?;
    if !(FOLDED..=LONGEST).contains(&longest) {
        return None;
    }
    let systems = &sheet.cx.frame.systems;
    let [_, theirs, ours] = texts;
    let side = |side: Side, text: Option<String>| {
        let before = base.clone();
        text.map(|after| {
            let text = match before {
                Some(before) => view! { <WordDiff before after whole=true /> }.into_any(),
                None => view! { <span class="value value--long" dir="auto">{after}</span> }.into_any(),
            };
            view! {
                <p>
                    <SideLabel side systems=systems.clone() />
                </p>
                <div class=format!("side side--block side--{}", side.as_str())>{text}</div>
            }
        })
    };
    let last = base.clone().map(|text| {
        view! {
            <p>"◇ Last agreed"</p>
            <div class="value value--long" dir="auto">{text}</div>
        }
    });
    Some(
        view! {
            <details class="panel">
                <summary class="panel__summary">"Show all " {grouped(longest)} " characters"</summary>
                <div class="panel__body">
                    {last} {side(Side::Theirs, theirs)} {side(Side::Ours, ours)}
                </div>
            </details>
        }
        .into_any(),
    )
}

fn text_of(value: Option<&str>) -> Option<String> {
    match merge::json::parse(value?.as_bytes()).ok()? {
        merge::Value::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// A value in spans only, for a label holds nothing else.
pub(super) fn value(json: Option<&str>) -> AnyView {
    let nothing = |words: &'static str| view! { <span class="value value--empty">{words}</span> }.into_any();
    let Some(json) = json else { return nothing("(not sent)") };
    let text = match merge::json::parse(json.as_bytes()) {
        Ok(merge::Value::Null) => return nothing("(empty)"),
        Ok(merge::Value::Text(text)) if text.is_empty() => return nothing("(blank text)"),
        Ok(merge::Value::List(items)) if items.is_empty() => return nothing("(empty list)"),
        Ok(value) => values::plain(&value),
        Err(_) => json.to_owned(),
    };
    let cut = text.char_indices().nth(LONGEST).map(|(end, _)| end);
    let more = cut.map(|_| view! { <span class="meta">" The rest is in the raw data."</span> });
    let text = cut.map_or(text.clone(), |end| text[..end].to_owned());
    view! {
        <span class="value value--long" dir="auto">
            {text}
        </span>
        {more}
    }
    .into_any()
}

/// What is hard to see in a difference between the two sides (UX 6.9).
fn chip(field: &FieldView, held: Option<&str>, side: Side) -> AnyView {
    if side == Side::Theirs {
        return ().into_any();
    }
    let words = match (text_of(held), text_of(field.theirs.as_deref())) {
        (Some(one), Some(other)) if one != other => text_difference(&one, &other),
        _ => None,
    };
    words.map(|words| view! { <span class="chip">{words}</span> }).into_any()
}

fn text_difference(one: &str, other: &str) -> Option<&'static str> {
    let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
    if without_spaces(one) == without_spaces(other) {
        return Some("only spaces differ");
    }
    (one.to_lowercase() == other.to_lowercase()).then_some("only capitals differ")
}

/// What will be saved and where it changes something: prepared for each choice, shown by the checked radio alone.
fn result(sheet: &Sheet, index: usize, field: &FieldView, choice: Option<&FieldForm>, id: &str) -> AnyView {
    let systems = &sheet.cx.frame.systems;
    let (ours, theirs) = (field.ours.as_deref(), field.theirs.as_deref());
    let prepared = |choose: &'static str, chosen: Option<&str>| {
        view! {
            <div class="conflict-field__result" data-for=choose>
                {value_of(field, chosen)}
                <span class="conflict-field__effect">{effect(systems, ours, theirs, chosen)}</span>
            </div>
        }
    };
    let other = choice.filter(|choice| choice.choose.as_deref() == Some("other"));
    let may_be_last = sheet.was_agreed() && !sheet.open.view.is_useless(&field.path, "base");
    let last_agreed = may_be_last.then(|| {
        view! {
            <label class="choice">
                {radio(index, "base", choice, false)} <span class="choice__text">"Last agreed"</span>
            </label>
        }
    });
    let typed =
        other.map_or_else(|| values::typed(&field.kind, theirs.or(ours)), |choice| choice.value.clone());
    // What script cannot compare it does not speak of, and the page says the same with and without it (UX 12.36).
    let is_told = [ours, theirs].iter().all(|held| held.is_none_or(|held| short(Some(held)).is_some()));
    let live = match other.filter(|_| is_told).map(|choice| values::read(&field.kind, &choice.value)) {
        Some(Ok(value)) => effect(systems, ours, theirs, value.map(|value| value.to_json()).as_deref()),
        Some(Err(problem)) => problem,
        None => "Both systems will change, unless one of them holds this already".to_owned(),
    };
    view! {
        <div class="conflict-field__option conflict-field__option--result">
            <span class="conflict-field__side">"Will be saved: "</span>
            <div class="conflict-field__result" data-for="none">
                "Not decided yet"
            </div>
            {prepared("theirs", theirs)}
            {prepared("ours", ours)}
            {prepared("base", field.base.as_deref())}
            <div class="conflict-field__result" data-for="other">
                <span class="conflict-field__effect" data-effect=is_told.then_some("")>
                    {live}
                </span>
            </div>
            <div class="conflict-field__rare">
                {last_agreed}
                <label class="choice">
                    {radio(index, "other", choice, false)} <span class="choice__text">"Other…"</span>
                </label>
            </div>
            <div class="conflict-field__other">
                <label class="vh" for=format!("{id}-other")>
                    "Another value for "
                    {field_label(&field.path)}
                </label>
                {input(index, field, &typed, id)}
            </div>
        </div>
    }
    .into_any()
}

/// The box for another value; its kind follows what the field holds.
fn input(index: usize, field: &FieldView, typed: &str, id: &str) -> AnyView {
    let name = format!("decision[choices][{index}][value]");
    let id = format!("{id}-other");
    let kind = field.kind.as_str();
    let (plain, mode) = match kind {
        "boolean" => return yes_or_no(&name, &id, typed),
        "date" => ("date", None),
        "time" => ("time", None),
        "integer" => ("text", Some("numeric")),
        decimal if decimal.starts_with("decimal") => ("text", Some("decimal")),
        reference if reference.starts_with("reference") => ("text", None),
        "text" if typed.chars().count() <= 80 && !typed.contains('\n') => ("text", None),
        _ => return view! { <TextArea id=id name=name text=typed.to_owned() /> }.into_any(),
    };
    view! {
        <input class="field__input" id=id name=name type=plain inputmode=mode value=typed.to_owned() autocomplete="off" />
    }
    .into_any()
}

fn yes_or_no(name: &str, id: &str, typed: &str) -> AnyView {
    let option = |value: &'static str, words: &'static str| {
        view! {
            <option value=value selected=typed == value>
                {words}
            </option>
        }
    };
    view! {
        <select class="field__input" id=id.to_owned() name=name.to_owned()>
            {option("", "(empty)")}
            {option("true", "yes")}
            {option("false", "no")}
        </select>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::text_difference;

    #[test]
    fn differences_that_are_hard_to_see_are_named() {
        assert_eq!(text_difference("a b", "a  b"), Some("only spaces differ"));
        assert_eq!(text_difference("Abc", "aBC"), Some("only capitals differ"));
        assert_eq!(text_difference("a", "b"), None);
    }
}
