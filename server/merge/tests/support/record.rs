//! One record under one policy.

use merge::{Input, Object, Policy, Presence, RecordKey, Verdict, merge_record};

pub fn object(text: &str) -> Object {
    merge::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub fn policy(text: &str) -> Policy {
    Policy::from_toml(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A side: `—` for a deleted record, `?` for a missing one, `out` for one out of scope, else JSON; with `…` before it the
/// record waits for approval.
pub fn presence<'a>(text: &str, record: &'a mut Object) -> Presence<'a> {
    match text {
        "—" => Presence::Deleted,
        "?" => Presence::Missing,
        "out" => Presence::OutOfScope,
        text => {
            *record = object(text.trim_start_matches('…'));
            if text.starts_with('…') { Presence::Pending(record) } else { Presence::Live(record) }
        }
    }
}

/// Merges three versions given as text.
pub fn merge_texts(policy: &Policy, base: &str, ours: &str, theirs: &str) -> Verdict {
    let base = (base != "—").then(|| object(base));
    let (mut our_record, mut their_record) = (Object::new(), Object::new());
    let key = RecordKey::from(1);
    let input = Input {
        base: base.as_ref(),
        ours: presence(ours, &mut our_record),
        theirs: presence(theirs, &mut their_record),
        ..Input::new("thing", &key)
    };
    merge_record(policy, &input)
}
