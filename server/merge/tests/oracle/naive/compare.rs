//! Compare forms (MS 2, 5): two values are equal if and only if their forms are.

use crate::nouns::{Json, Path, Policy, below};
use unicode_normalization::UnicodeNormalization;

/// The form in which a value at `path` is compared. Blank, that is absent or null, is `Null` (V2).
pub fn compare_form(policy: &Policy, path: &Path, value: Option<&Json>) -> Json {
    match value {
        None | Some(Json::Null) => Json::Null,
        Some(Json::Bool(b)) => Json::Bool(*b),
        Some(Json::Number(digits)) => Json::Number(decimal(digits).expect("a JSON number")),
        Some(Json::Text(text)) => text_form(&policy.compare_at(path), text),
        Some(Json::List(items)) => {
            let item = below(path, "[*]");
            Json::List(items.iter().map(|i| compare_form(policy, &item, Some(i))).collect())
        }
        Some(Json::Object(members)) => {
            let member = |(name, member): (&String, &Json)| {
                let inner = below(path, name);
                let form = compare_form(policy, &inner, Some(member));
                (form != Json::Null && !policy.ignores(&inner)).then(|| (name.clone(), form))
            };
            Json::Object(members.iter().filter_map(member).collect())
        }
    }
}

/// N1: NFC, then the named normalisers in the order of the list in the text.
fn text_form(compare: &[&str], raw: &str) -> Json {
    if compare.contains(&"bytes") {
        return Json::Text(raw.to_owned());
    }
    let has = |name: &str| compare.contains(&name);
    let text: String = raw.nfc().collect();
    let text = if has("nfkc") { text.nfkc().collect() } else { text };
    let text = if has("trim") { text.trim().to_owned() } else { text };
    let mut blanks: Vec<char> = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    blanks.dedup_by(|next, c| *next == ' ' && *c == ' ');
    let text = if has("space") { blanks.into_iter().collect() } else { text };
    let folded = text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let text = if has("case") { folded.collect() } else { text };
    if has("empty_null") && text.is_empty() {
        return Json::Null;
    }
    Json::Text(if has("decimal") { decimal(&text).unwrap_or(text) } else { text })
}

/// N2: one text for all spellings of a number. The generated ones are short, so that no digit gets lost.
fn decimal(text: &str) -> Option<String> {
    let numeric = text.bytes().all(|b| b"0123456789.eE+-".contains(&b));
    text.parse::<f64>().ok().filter(|_| numeric).map(|number| (number + 0.0).to_string())
}
