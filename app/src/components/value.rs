//! A value of a record, as text (UX 6.9).

use leptos::prelude::*;

/// More characters than these are folded.
const FOLDED_OVER: usize = 400;
/// More characters than these are not sent along; the raw data has them.
const CUT_OVER: usize = 20_000;

/// A value given as JSON text; none is a member that is not there.
#[component]
pub fn ValueText(
    /// The JSON text.
    json: Option<String>,
) -> impl IntoView {
    let Some(json) = json else { return empty("(not sent)") };
    match merge::json::parse(json.as_bytes()) {
        Ok(value) => shown(&value),
        Err(_) => text(json),
    }
}

/// A value as one line of plain text, for tables and titles; long ones are cut.
#[must_use]
pub fn in_short(json: Option<&str>) -> String {
    let Some(json) = json else { return "(not sent)".to_owned() };
    let whole = match merge::json::parse(json.as_bytes()) {
        Ok(merge::Value::Null) => return "(empty)".to_owned(),
        Ok(merge::Value::Text(text)) if text.is_empty() => return "(blank text)".to_owned(),
        Ok(merge::Value::Text(text)) => text,
        Ok(merge::Value::Bool(yes)) => yes_or_no(yes).to_owned(),
        _ => json.to_owned(),
    };
    match whole.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

fn shown(value: &merge::Value) -> AnyView {
    match value {
        merge::Value::Null => empty("(empty)"),
        merge::Value::Text(blank) if blank.is_empty() => empty("(blank text)"),
        merge::Value::Text(words) => text(words.clone()),
        merge::Value::Bool(yes) => plain(yes_or_no(*yes).to_owned()),
        merge::Value::Number(number) => plain(number.as_str().to_owned()),
        merge::Value::List(items) if items.is_empty() => empty("(empty list)"),
        merge::Value::List(items) => {
            let items = items.iter().map(|item| view! { <li>{shown(item)}</li> }).collect_view();
            view! { <ul class="value value__items">{items}</ul> }.into_any()
        }
        merge::Value::Object(object) => text(object.to_json()),
    }
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}

fn empty(words: &'static str) -> AnyView {
    view! { <span class="value value--empty">{words}</span> }.into_any()
}

fn plain(words: String) -> AnyView {
    view! {
        <span class="value" dir="auto">
            {words}
        </span>
    }
    .into_any()
}

fn text(words: String) -> AnyView {
    let length = words.chars().count();
    if length <= FOLDED_OVER && !words.contains('\n') {
        return plain(words);
    }
    if length <= FOLDED_OVER {
        return view! {
            <span class="value value--long" dir="auto">
                {words}
            </span>
        }
        .into_any();
    }
    let start: String = words.chars().take(FOLDED_OVER).collect();
    let (whole, more) = match words.char_indices().nth(CUT_OVER) {
        Some((end, _)) => (words[..end].to_owned(), Some("The rest is in the raw data.")),
        None => (words, None),
    };
    view! {
        <span class="value value--long value--clamp" dir="auto">
            {start}
            "…"
        </span>
        <details>
            <summary>"Show all " {super::number::grouped(length)} " characters"</summary>
            <span class="value value--long" dir="auto">
                {whole}
            </span>
            {more}
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_has_three_different_words() {
        assert_eq!(in_short(None), "(not sent)");
        assert_eq!(in_short(Some("null")), "(empty)");
        assert_eq!(in_short(Some("\"\"")), "(blank text)");
        assert_eq!(in_short(Some("\"SCI-204\"")), "SCI-204");
        assert_eq!(in_short(Some(&format!("\"{}\"", "ä".repeat(100)))), format!("{}…", "ä".repeat(80)));
    }
}
