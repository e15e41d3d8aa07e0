//! Compare forms (MS 2, 5): two values are equal if and only if their forms are.

use std::collections::BTreeSet;

use crate::nouns::{Json, List, Path, Policy, below};
use unicode_normalization::UnicodeNormalization;

/// The form in which a value at `path` is compared. Blank, that is absent or null, is `Null` (V2).
pub fn compare_form(policy: &Policy, path: &Path, value: Option<&Json>) -> Json {
    match value {
        None | Some(Json::Null) => Json::Null,
        Some(Json::Bool(b)) => Json::Bool(*b),
        Some(Json::Number(digits)) => Json::Number(decimal(digits).expect("a JSON number")),
        // T4: the line ends of a text that is merged do not count.
        Some(Json::Text(text)) if policy.text_at(path).is_some() => {
            text_form(&policy.compare_at(path), &text.replace("\r\n", "\n"))
        }
        Some(Json::Text(text)) => text_form(&policy.compare_at(path), text),
        Some(Json::List(items)) => list_form(policy, path, items),
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

/// N7: whether a value counts as base's: the form is the same, or what differs are numbers within the tolerance.
pub fn as_base(policy: &Policy, path: &Path, base: Option<&Json>, value: Option<&Json>) -> bool {
    if compare_form(policy, path, base) == compare_form(policy, path, value) {
        return true;
    }
    match (base, value) {
        (Some(Json::Number(a)), Some(Json::Number(b))) => is_near(policy, path, a, b),
        (Some(a @ Json::Text(_)), Some(b @ Json::Text(_)))
            if policy.compare_at(path).contains(&"decimal") =>
        {
            match [a, b].map(|text| compare_form(policy, path, Some(text))) {
                [Json::Text(a), Json::Text(b)] => is_near(policy, path, &a, &b),
                _ => false,
            }
        }
        (Some(Json::List(a)), Some(Json::List(b))) => items_as_base(policy, path, a, b),
        (Some(Json::Object(a)), Some(Json::Object(b))) => a.keys().chain(b.keys()).all(|name| {
            let inner = below(path, name);
            policy.ignores(&inner) || as_base(policy, &inner, a.get(name), b.get(name))
        }),
        _ => false,
    }
}

fn is_near(policy: &Policy, path: &Path, a: &str, b: &str) -> bool {
    let [Some(a), Some(b)] = [a, b].map(|digits| decimal(digits)?.parse::<f64>().ok()) else { return false };
    policy.tolerance_at(path).is_some_and(|most| ((a - b).abs() * 1000.0).round() <= most)
}

/// The items of sets are what they are; those of other lists are compared in their order or by their keys.
fn items_as_base(policy: &Policy, path: &Path, a: &[Json], b: &[Json]) -> bool {
    let item = below(path, "[*]");
    let same = |(a, b): (&Json, &Json)| as_base(policy, &item, Some(a), Some(b));
    let kind = policy.list_at(path);
    if let Some(List::Keyed { key, in_order: false }) = &kind
        && let [Some(of_a), Some(of_b)] = [a, b].map(|items| item_keys(policy, path, items, key))
    {
        let there = |key| of_b.iter().position(|there| there == key).map(|at| &b[at]);
        return a.len() == b.len()
            && of_a.iter().zip(a).all(|(key, a)| there(key).is_some_and(|b| same((a, b))));
    }
    !matches!(kind, Some(List::Set | List::Multiset)) && a.len() == b.len() && a.iter().zip(b).all(same)
}

/// MS 7: what order and repeats count for.
fn list_form(policy: &Policy, path: &Path, items: &[Json]) -> Json {
    let mut forms = item_forms(policy, path, items);
    match policy.list_at(path) {
        Some(List::Set) => forms = BTreeSet::from_iter(forms).into_iter().collect(),
        Some(List::Multiset) => forms.sort(),
        Some(List::Keyed { key, in_order: false }) if item_keys(policy, path, items, &key).is_some() => {
            forms.sort();
        }
        _ => {}
    }
    Json::List(forms)
}

/// A8: the normalisers of a list's path apply to each item.
pub fn item_forms(policy: &Policy, path: &Path, items: &[Json]) -> Vec<Json> {
    items.iter().map(|item| compare_form(policy, &below(path, "[*]"), Some(item))).collect()
}

/// A6: the compare forms of the items' keys, unless one is missing, blank or repeated.
pub fn item_keys(policy: &Policy, path: &Path, items: &[Json], key: &[String]) -> Option<Vec<Vec<Json>>> {
    let form = |item: &Json, name: &String| {
        let value = item.members()?.get(name);
        Some(compare_form(policy, &below(&below(path, "[*]"), name), value))
            .filter(|form| *form != Json::Null)
    };
    let key_of = |item: &Json| key.iter().map(|name| form(item, name)).collect::<Option<Vec<Json>>>();
    let keys: Vec<Vec<Json>> = items.iter().map(key_of).collect::<Option<_>>()?;
    (BTreeSet::from_iter(&keys).len() == keys.len()).then_some(keys)
}

/// N1: NFC, then the named normalisers in the order of the list in the text.
pub fn text_form(compare: &[&str], raw: &str) -> Json {
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
pub fn decimal(text: &str) -> Option<String> {
    let numeric = text.bytes().all(|b| b"0123456789.eE+-".contains(&b));
    text.parse::<f64>().ok().filter(|_| numeric).map(|number| (number + 0.0).to_string())
}
