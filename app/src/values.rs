//! Values of the two systems as people read and type them. What comes in and goes out is JSON text.

use merge::{Number, Object, Value, json};

/// A value as one text, without the marks of JSON where they say nothing.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join("\n"),
        Value::Object(object) => members(object),
        other => other.to_json(),
    }
}

fn members(object: &Object) -> String {
    let member = |(name, value): (&str, &Value)| format!("{name}: {}", plain(value).replace('\n', ", "));
    object.iter().map(member).collect::<Vec<_>>().join(" · ")
}

/// What a field's text box holds for a value.
#[must_use]
pub fn typed(kind: &str, value: Option<&str>) -> String {
    let Some(parsed) = value.and_then(|text| json::parse(text.as_bytes()).ok()) else { return String::new() };
    match (kind, &parsed) {
        (_, Value::Null) => String::new(),
        (_, Value::Text(text)) => text.clone(),
        ("boolean", Value::Bool(yes)) => if *yes { "true" } else { "false" }.to_owned(),
        (kind, Value::List(items)) if is_list_of_lines(kind) => {
            items.iter().map(plain).collect::<Vec<_>>().join("\n")
        }
        _ => parsed.to_json(),
    }
}

/// What was typed for a field of this kind, as a value; nothing typed is no value.
///
/// # Errors
/// What is wrong with it, in words for the person who typed it.
pub fn read(kind: &str, text: &str) -> Result<Option<Value>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let text = text.replace("\r\n", "\n");
    let value = match kind {
        "text" | "date" | "time" | "instant" => Value::Text(text),
        "boolean" => match text.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err("choose yes or no".to_owned()),
        },
        "integer" => number(&text)?,
        kind if kind.starts_with("decimal") => number(&text)?,
        kind if kind.starts_with("reference") => Value::Text(text),
        kind if is_list_of_lines(kind) => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Value::List(lines.map(|line| Value::Text(line.to_owned())).collect())
        }
        _ => json::parse(text.as_bytes()).map_err(|error| format!("is not JSON: {error}"))?,
    };
    Ok(Some(value))
}

fn number(text: &str) -> Result<Value, String> {
    let found = Number::parse(text.trim()).map(Value::Number);
    found.ok_or_else(|| format!("\"{}\" is not a number", text.trim()))
}

/// Lists that are typed one item a line.
#[must_use]
pub fn is_list_of_lines(kind: &str) -> bool {
    kind == "list(text)" || kind.starts_with("list(reference(")
}

/// A value as a page remembers that it was seen: itself, or its beginning and length where it is long.
#[must_use]
pub fn seen(value: Option<&str>) -> String {
    const SHORT: usize = 300;
    let text = value.unwrap_or_default();
    match text.char_indices().nth(SHORT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…{}", &text[..end], text.len()),
    }
}

/// The beginning of a long value, where [`seen`] kept no more of it: as far as it can be read, without the marks of JSON.
#[must_use]
pub fn begun(kept: &str) -> Option<String> {
    let (beginning, length) = kept.rsplit_once('…')?;
    if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let close = match beginning.as_bytes().first()? {
        b'"' => "\"",
        b'[' => "]",
        b'{' => "}",
        _ => return Some(beginning.to_owned()),
    };
    // The cut may be within an escape or a member: what cannot be closed there is left out.
    let ends = beginning.char_indices().rev().map(|(at, letter)| at + letter.len_utf8());
    let read = |end: usize| json::parse(format!("{}{close}", &beginning[..end]).as_bytes()).ok();
    ends.filter_map(read).next().map(|value| plain(&value))
}

/// Whether two values are the same in JSON, whatever the order of members and the digits of numbers; null and absent
/// are the same.
#[must_use]
pub fn same(one: Option<&str>, other: Option<&str>) -> bool {
    let parse = |value: Option<&str>| {
        value.and_then(|text| json::parse(text.as_bytes()).ok()).filter(|value| !value.is_null())
    };
    match (parse(one), parse(other)) {
        (None, None) => true,
        (Some(one), Some(other)) => one.same_json(&other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_value_of_its_kind() {
        let json = |kind, text| read(kind, text).map(|value| value.map(|value| value.to_json()));
        assert_eq!(json("text", "12"), Ok(Some("\"12\"".to_owned())));
        assert_eq!(json("integer", " 12 "), Ok(Some("12".to_owned())));
        assert_eq!(json("decimal(2)", "1.50"), Ok(Some("1.50".to_owned())));
        assert_eq!(json("boolean", "false"), Ok(Some("false".to_owned())));
        assert_eq!(json("list(text)", "a\r\n\r\nb"), Ok(Some(r#"["a","b"]"#.to_owned())));
        assert_eq!(json("text", ""), Ok(None));
        assert!(json("integer", "twelve").is_err());
        assert!(json("object", "{").is_err());
    }

    #[test]
    fn a_value_that_is_typed_again_as_shown_is_the_same() {
        for (kind, value) in
            [("text", "\"a b\""), ("integer", "30"), ("list(text)", r#"["a","b"]"#), ("object", r#"{"a":1}"#)]
        {
            let again = read(kind, &typed(kind, Some(value))).expect("readable").expect("a value");
            assert!(same(Some(value), Some(&again.to_json())), "{kind}");
        }
    }

    #[test]
    fn of_a_long_value_the_beginning_is_read_without_the_marks_of_json() {
        let text = format!("\"{}\\n{}\"", "a".repeat(298), "b".repeat(100));
        assert_eq!(begun(&seen(Some(&text))), Some("a".repeat(298)));
        let object = format!("{{\"code\":\"A\",\"text\":\"{}\"}}", "b".repeat(400));
        assert_eq!(begun(&seen(Some(&object))), Some("code: A".to_owned()));
        assert_eq!(begun("\"short\""), None);
        assert_eq!(begun("\"to be continued…\""), None);
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        assert!(same(Some("1.0"), Some("1")));
        assert!(same(None, Some("null")));
        assert!(!same(Some("\"1\""), Some("1")));
    }
}
