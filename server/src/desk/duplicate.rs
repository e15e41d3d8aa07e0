//! What a record shares with others that must be unique, as people see it (MS K1, UX 7.4.4).

use app::api::{DuplicateView, OtherRecord};
use merge::{Object, Policy, Value, json, unique_values};
use pipeline::settings::TypeSettings;
use pipeline::{Duplicate, Other};
use store::conflict::{Conflict, ConflictField};

use super::conflict::Bodies;
use super::error::{DeskError, Result};

/// The sets of fields that the record of a conflict shares.
pub(super) fn views(
    merge_type: Option<&TypeSettings>,
    found: &Conflict,
    bodies: &Bodies,
    asked: &[ConflictField],
) -> Result<Vec<DuplicateView>> {
    let shared = Duplicate::read(found.duplicates.as_deref())
        .map_err(|error| DeskError::Inconsistent(error.to_string()))?;
    let view = |one: Duplicate| DuplicateView {
        useless: merge_type
            .map(|merge_type| useless(&merge_type.policy, &one, bodies, asked))
            .unwrap_or_default(),
        more: one.more(),
        fields: one.paths.into_iter().zip(one.values).collect(),
        others: one.others.into_iter().map(|Other { key, label }| OtherRecord { key, label }).collect(),
        code: one.code,
    };
    Ok(shared.into_iter().map(view).collect())
}

/// The choices for the first field of a set with which the record would share the set as before.
fn useless(policy: &Policy, one: &Duplicate, bodies: &Bodies, asked: &[ConflictField]) -> Vec<String> {
    let Some(at) = policy
        .unique
        .iter()
        .position(|set| set.iter().map(ToString::to_string).eq(one.paths.iter().cloned()))
    else {
        return Vec::new();
    };
    let Some(field) = asked.iter().find(|field| Some(&field.path) == one.paths.first()) else {
        return Vec::new();
    };
    let held = |first: Option<&str>| {
        let later = one.values.iter().skip(1).map(Option::as_deref);
        let values = std::iter::once(first).chain(later);
        let record: Option<Object> =
            one.paths.iter().zip(values).map(|(path, value)| member(path, value)).collect();
        record.and_then(|record| unique_values(policy, &record).get(at).copied().flatten())
    };
    let shared = held(one.values.first().and_then(Option::as_deref));
    let choices = [
        ("ours", bodies.ours.is_some(), &field.ours),
        ("theirs", bodies.theirs.is_some(), &field.theirs),
        ("base", bodies.base.is_some(), &field.base),
    ];
    let is_shared = |value: &Option<String>| shared.is_some() && held(value.as_deref()) == shared;
    let is_useless = |there: bool, value: &Option<String>| !there || is_shared(value);
    choices
        .iter()
        .filter(|&&(_, there, value)| is_useless(there, value))
        .map(|&(choice, ..)| choice.to_owned())
        .collect()
}

/// A field of its own with its value; a set that goes into objects is left to be judged when it is decided.
fn member(path: &str, value: Option<&str>) -> Option<(String, Value)> {
    let path: merge::FieldPath = path.parse().ok()?;
    let name = path.top().filter(|_| path.segments().len() == 1)?.to_owned();
    let value = value.and_then(|value| json::parse(value.as_bytes()).ok()).unwrap_or(Value::Null);
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The choices that are withheld for a field that is `"k@b"` on ours, `"a@b"` on theirs and nowhere else.
    fn withheld(path: &str) -> Vec<String> {
        let policy = Policy::from_toml(&format!("unique = [['{path}']]")).expect("a policy");
        let (ours, theirs) = (Some(r#""k@b""#.to_owned()), Some(r#""a@b""#.to_owned()));
        let one = Duplicate {
            code: "DUPLICATE_EMAIL".to_owned(),
            paths: vec![path.to_owned()],
            values: vec![ours.clone()],
            others: Vec::new(),
            count: 1,
        };
        let field = ConflictField {
            path: path.to_owned(),
            position: 0,
            base: None,
            ours,
            theirs,
            question: String::new(),
            reason: one.code.clone(),
            with_keys: "[]".to_owned(),
        };
        let there = Some(Object::new());
        let bodies = Bodies { base: None, ours: there.clone(), theirs: there };
        useless(&policy, &one, &bodies, &[field])
    }

    #[test]
    fn k1_a_choice_is_withheld_where_it_is_known_to_be_shared_or_has_no_record() {
        assert_eq!(withheld("email"), ["ours", "base"]);
        assert_eq!(withheld("contact.email"), ["base"], "inside an object it is judged when it is decided");
    }
}
