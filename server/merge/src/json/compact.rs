//! Rewriting JSON in the spelling of the writer without parsing it.

use super::read::Reader;
use super::write::write_text;

/// Appends an object as reading and writing it would: without white space, with the least escaping, digits and member
/// order kept. The text must be JSON that the reader accepts.
pub(crate) fn write_compact(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['"', ' ', '\t', '\n', '\r']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = match rest.strip_prefix('"') {
            Some(_) => write_quoted(out, rest),
            None => &rest[1..],
        };
    }
    out.push_str(rest);
}

/// Appends the text in quotes that comes first; returns what follows it.
fn write_quoted<'t>(out: &mut String, text: &'t str) -> &'t str {
    let end = text[1..].find(['"', '\\']).map_or(text.len(), |at| at + 1);
    if text[end..].starts_with('"') {
        out.push_str(&text[..=end]);
        return &text[end + 1..];
    }
    let mut reader = Reader::new(text.as_bytes());
    let content = reader.string().unwrap_or_default();
    write_text(out, &content);
    &text[reader.at..]
}

#[cfg(test)]
mod tests {
    use super::write_compact;
    use crate::json::parse_object;

    #[test]
    fn it_writes_what_reading_and_writing_would() {
        for text in [
            r#"{}"#,
            r#" { "a" : [ 1 , 2.50 , "x y" ] , "b":{ } } "#,
            r#"{"a":"caf\u00e9 \/ \u0007 \n","\u0062":null,"c":"\ud83d\ude00"}"#,
            "{\t\"a\":\r\n\"  kept  \"}",
            r#"{"a":"\\","b":"\"","c":"é"}"#,
        ] {
            let mut out = String::new();
            write_compact(&mut out, text);
            assert_eq!(out, parse_object(text.as_bytes()).expect("JSON").to_json(), "{text}");
        }
    }
}
