//! What a person may choose for a record that shares what must be unique (MS K1, C5).

use merge::{
    Choice, DecideError, FieldPath, Input, Object, PlannedWrite, Policy, Presence, RecordKey, Verdict,
    decide_collided,
};

fn path(text: &str) -> FieldPath {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Decides about one path that collides; `—` is no record.
fn decided(policy: &str, versions: [&str; 3], at: &str, choice: Choice) -> Result<Verdict, DecideError> {
    let policy = Policy::from_toml(policy).unwrap_or_else(|error| panic!("{policy}: {error}"));
    let record = |text: &str| (text != "—").then(|| object(text));
    let [base, ours, theirs] = versions.map(record);
    let presence = |record| Option::map_or(record, Presence::Deleted, Presence::Live);
    let key = RecordKey::from(7);
    let input = Input {
        base: base.as_ref(),
        ours: presence(ours.as_ref()),
        theirs: presence(theirs.as_ref()),
        ..Input::new("person", &key)
    };
    decide_collided(&policy, &input, &[path(at)], &[(path(at), choice)])
}

fn object(text: &str) -> Object {
    merge::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

const KEMI: &str = r#"{"email":"k@b","name":"Kemi"}"#;

#[test]
fn k01_c05_a_version_without_a_record_cannot_be_chosen_for_a_field_that_collides() {
    let refused = Err(DecideError::NoRecord { path: path("email") });
    for (versions, choice) in [
        (["—", "—", KEMI], Choice::Ours),
        (["—", "—", KEMI], Choice::Base),
        (["—", KEMI, "—"], Choice::Theirs),
        (["—", KEMI, KEMI], Choice::Base),
    ] {
        assert_eq!(decided("", versions, "email", choice.clone()), refused, "{versions:?} {choice:?}");
    }
    let merged = |choice| decided("", ["—", "—", KEMI], "email", choice).expect("a decision").merged;
    assert_eq!(merged(Choice::Theirs), Some(object(KEMI)));
    assert_eq!(merged(Choice::Clear), Some(object(r#"{"email":null,"name":"Kemi"}"#)), "the way to empty it");
}

#[test]
fn k01_c05_a_choice_for_a_field_that_collides_and_cannot_be_settled_by_itself_is_refused() {
    let agreed = r#"{"email":"a@b","name":"Kemi"}"#;
    let group = "[[group]]\nname = 'g'\npaths = ['email', 'name']";
    let other = || Choice::Value("k2@b".into());
    let refused = |at: &str| Err(DecideError::Together { path: path(at) });
    for (policy, versions) in [
        (group, [agreed, agreed, KEMI]),
        ("strict = true", [agreed, agreed, KEMI]),
        ("ignore = ['email']", [agreed, agreed, KEMI]),
        ("mode = 'always_ours'", [agreed, agreed, "—"]),
        ("mode = 'always_ours'", ["—", "—", KEMI]),
    ] {
        assert_eq!(decided(policy, versions, "email", other()), refused("email"), "{policy} {versions:?}");
    }
    let of_object = [r#"{"v":1}"#, r#"{"v":1}"#, r#"{"v":1,"contact":{"email":"k@b"}}"#];
    assert_eq!(decided("", of_object, "contact.email", other()), refused("contact.email"));
    let opened = r#"{"contact":{"email":"a@b"}}"#;
    let moved = [opened, opened, r#"{"contact":{"email":"k@b"}}"#];
    assert!(decided("", moved, "contact.email", other()).is_ok(), "a field of its own");
    assert!(decided("", [agreed, agreed, KEMI], "email", other()).is_ok());
    assert!(decided(group, ["—", "—", KEMI], "email", other()).is_ok(), "a new record takes it as it is");
}

#[test]
fn c05_a_new_record_is_created_as_chosen_and_its_own_side_is_told_what_changed() {
    let new = |choice| decided("", ["—", "—", KEMI], "email", choice).expect("a decision");
    let other = new(Choice::Value("k2@b".into()));
    let (created, updated) = (other.write_ours.expect("a create"), other.write_theirs.expect("an update"));
    assert_eq!(other.merged, Some(object(r#"{"email":"k2@b","name":"Kemi"}"#)));
    assert_eq!(created, PlannedWrite::Create { record: object(r#"{"email":"k2@b","name":"Kemi"}"#) });
    let record = object(r#"{"email":"k2@b","name":"Kemi"}"#);
    assert_eq!(updated, PlannedWrite::Update { changed: vec![path("email")], record });
    let same = new(Choice::Theirs);
    assert!(same.write_ours.is_some() && same.write_theirs.is_none(), "their side has it as it is");
}

#[test]
fn c05_c11_what_a_person_has_chosen_is_not_told_as_settled_by_a_resolver() {
    let [base, ours, theirs] = ["x", "k@b", "k@b.c"].map(|email| format!(r#"{{"email":"{email}"}}"#));
    let versions = [base.as_str(), ours.as_str(), theirs.as_str()];
    let chosen = decided("resolvers = ['longer_text']", versions, "email", Choice::Value("k2@b".into()));
    assert_eq!(chosen.expect("a decision").decisions[0].to_string(), "C5, level=decision, mode=manual");
}
