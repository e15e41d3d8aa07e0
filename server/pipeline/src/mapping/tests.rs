use std::collections::BTreeMap;

use connect::RemoteId;
use merge::{FieldPath, Number, Object, RecordKey, Side, Value};
use proptest::prelude::*;

use super::*;
use crate::settings::Settings;

const SETTINGS: &str = r#"version = 1
[school]
slug = "north"
name = "North"
zone = "UTC"
[systems.ours]
name = "Scheduler"
kind = "local"
[systems.theirs]
name = "Banner"
kind = "rest"
[systems.theirs.types]
room = {}
course = {}
section = {}
[type.room]
key = ["code"]
[type.room.fields]
code = { kind = "text" }
[type.course]
key = ["subject", "number"]
[type.course.fields]
subject = { kind = "text" }
number = { kind = "integer" }
[type.section]
key = ["name"]
absent = { ours = "blank" }
[type.section.fields]
name = { kind = "text", theirs = "title" }
seats = { kind = "integer" }
credits = { kind = "decimal(2)" }
open = { kind = "boolean" }
first_day = { kind = "date" }
starts = { kind = "time" }
changed = { kind = "instant" }
room = { kind = "reference(room)", theirs = "room_id" }
course = { kind = "reference(course)", theirs = "course_id" }
old_rooms = { kind = "list(reference(room))", theirs = "old_room_ids" }
tags = { kind = "list(text)" }
place = { kind = "object" }
notes = { kind = "any" }
taken = { kind = "integer", direction = "in" }
secret = { kind = "text", direction = "out" }
"#;

fn settings() -> Settings {
    Settings::parse(SETTINGS).unwrap_or_else(|error| panic!("{error}"))
}

fn section(settings: &Settings) -> &TypeSettings {
    settings.merge_type("section").expect("sections")
}

fn object(text: &str) -> Object {
    merge::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The world's rooms have the ids `1`, `2` …, and its courses `c1`, `c2` …; anything else is not known.
fn key_of(target: &str, id: &RemoteId) -> Option<RecordKey> {
    let id = id.as_str();
    let text = match target {
        "room" => format!("[\"R{}\"]", id.parse::<u32>().ok()?),
        _ => format!("[\"MATH\",{}]", id.strip_prefix('c')?.parse::<u32>().ok()?),
    };
    RecordKey::parse_canonical(&text).ok()
}

fn id_of(target: &str, key: &RecordKey) -> Option<RemoteId> {
    let label = key.label();
    match target {
        "room" => label.strip_prefix('R').map(RemoteId::from),
        _ => label.strip_prefix("MATH / ").map(|number| RemoteId(format!("c{number}"))),
    }
}

fn read(side: Side, text: &str) -> Mapped {
    let settings = settings();
    to_neutral(section(&settings), side, &object(text), &key_of)
}

fn write(side: Side, text: &str) -> Result<RemoteBody, Unresolved> {
    let settings = settings();
    to_remote(section(&settings), side, &object(text), &id_of)
}

/// The codes of the violations, by field.
fn violated(mapped: &Mapped) -> BTreeMap<String, &'static str> {
    mapped.violations.iter().map(|one| (one.field.to_string(), one.code.as_str())).collect()
}

#[test]
fn a_record_gets_the_names_and_the_order_of_the_settings() {
    let mapped = read(Side::Theirs, r#"{"seats":30,"title":"BIO 210","etag":"x","room_id":7}"#);
    assert_eq!(mapped.body.to_json(), r#"{"name":"BIO 210","seats":30,"room":"R7"}"#);
    assert!(mapped.violations.is_empty());
    assert_eq!(mapped.unfetched, [FieldPath::field("secret")], "what is never read from there says nothing");
}

#[test]
fn c56_absent_null_and_empty_text_stay_apart() {
    let mapped = read(Side::Ours, r#"{"name":"","seats":null,"first_day":"","room":""}"#);
    assert_eq!(mapped.body.to_json(), r#"{"name":"","seats":null,"first_day":"","room":""}"#);
    assert!(mapped.violations.is_empty() && mapped.unfetched.is_empty());
    let body = write(Side::Theirs, r#"{"name":"","seats":null}"#).expect("written");
    assert_eq!(
        (body.members.to_json().as_str(), body.cleared.as_slice()),
        (r#"{"title":""}"#, &["seats".to_owned()][..])
    );
}

#[test]
fn c55_a_value_of_another_kind_is_a_violation_of_its_field_alone() {
    let wrong = r#"{"title":7,"seats":"30","credits":"three","open":"yes","first_day":"2026-02-30","starts":"25:00",
        "changed":"2026-03-02T09:30:00","room_id":{},"course_id":[1],"old_room_ids":"1","tags":["a",null],"place":[],
        "notes":{"any":[1]},"taken":1.5}"#;
    let mapped = read(Side::Theirs, wrong);
    assert_eq!(mapped.body.to_json(), r#"{"notes":{"any":[1]}}"#);
    let fields: Vec<String> = violated(&mapped).into_keys().collect();
    let expected = [
        "changed",
        "course",
        "credits",
        "first_day",
        "name",
        "old_rooms",
        "open",
        "place",
        "room",
        "seats",
        "starts",
        "tags",
        "taken",
    ];
    assert_eq!(fields, expected);
    for violation in &mapped.violations {
        assert!(mapped.unfetched.contains(&violation.field), "{} counts as not fetched", violation.field);
    }
}

#[test]
fn c55_no_digit_is_lost_in_silence() {
    let mapped = read(Side::Ours, r#"{"credits":1.255,"seats":1e2}"#);
    assert_eq!(violated(&mapped), BTreeMap::from([("credits".to_owned(), "digits")]));
    assert_eq!(mapped.body.to_json(), r#"{"seats":1e2}"#, "digits stay as they were read");
    for fine in ["1.25", "1.250", "125e-2", "3", "\"3.50\"", "100000000000000000000.25", "-0.5"] {
        assert!(read(Side::Ours, &format!("{{\"credits\":{fine}}}")).violations.is_empty(), "{fine}");
    }
}

#[test]
fn c55_a_reference_that_nobody_knows_is_a_violation_and_never_null() {
    let mapped = read(Side::Theirs, r#"{"room_id":"north","course_id":"c12","old_room_ids":[1,"x"]}"#);
    assert_eq!(mapped.body.to_json(), r#"{"course":["MATH",12]}"#);
    let unknown = "unknown_reference";
    assert_eq!(
        violated(&mapped),
        BTreeMap::from([("old_rooms".to_owned(), unknown), ("room".to_owned(), unknown)])
    );
}

#[test]
fn v04_what_a_partial_answer_lacks_is_not_fetched() {
    let document = SETTINGS.replace("absent = { ours = \"blank\" }", "absent = { theirs = \"unfetched\" }");
    let settings = Settings::parse(&document).expect("settings");
    let mapped =
        to_neutral(section(&settings), Side::Theirs, &object(r#"{"title":"A","seats":null}"#), &key_of);
    assert_eq!(mapped.body.to_json(), r#"{"name":"A","seats":null}"#);
    assert_eq!(mapped.unfetched.len(), section(&settings).fields.len() - 2);
    assert!(mapped.violations.is_empty());
}

#[test]
fn c52_a_required_field_without_a_value_violates() {
    let document =
        SETTINGS.replace("open = { kind = \"boolean\" }", "open = { kind = \"boolean\", required = true }");
    let settings = Settings::parse(&document).expect("settings");
    for record in ["{}", r#"{"open":null}"#] {
        let mapped = to_neutral(section(&settings), Side::Ours, &object(record), &key_of);
        assert_eq!(violated(&mapped), BTreeMap::from([("open".to_owned(), "required")]));
    }
}

#[test]
fn c04_an_id_is_one_id_whether_it_comes_as_number_or_text() {
    let settings = settings();
    let members = object(r#"{"room_id":7,"old_room_ids":["7",8,8.0,""],"course_id":null,"tags":[9]}"#);
    let found = references_in(section(&settings), Side::Theirs, &members);
    let found: Vec<(&str, &str)> = found.iter().map(|(target, id)| (target.as_str(), id.as_str())).collect();
    assert_eq!(found, [("room", "7"), ("room", "8")]);
    assert!(
        references_in(section(&settings), Side::Ours, &object(r#"{"room":"R7"}"#)).is_empty(),
        "ours has keys"
    );
}

#[test]
fn a_field_that_comes_in_only_is_never_written_there() {
    let fields = r#"{"taken":5,"secret":"s"}"#;
    assert_eq!(write(Side::Theirs, fields).expect("written").members.to_json(), r#"{"secret":"s"}"#);
    assert_eq!(write(Side::Ours, fields).expect("written").members.to_json(), r#"{"taken":5,"secret":"s"}"#);
}

#[test]
fn k06_a_reference_to_a_record_that_the_side_lacks_is_named() {
    let error = write(Side::Theirs, r#"{"name":"A","old_rooms":["R1","X9"]}"#).expect_err("unresolved");
    assert_eq!((error.field.to_string().as_str(), error.type_name.as_str()), ("old_rooms", "room"));
    assert_eq!(error.key.canonical(), r#"["X9"]"#);
    assert!(write(Side::Ours, r#"{"old_rooms":["R1","X9"]}"#).is_ok(), "keys need no ids");
}

#[test]
fn v03_c55_a_staged_text_carries_what_was_not_fetched_and_what_could_not_be_taken() {
    let mut mapped = read(Side::Ours, r#"{"name":"A","seats":"many"}"#);
    mapped.unfetched =
        vec![FieldPath::field("seats"), FieldPath::field("a.b"), FieldPath::field("place").child("city")];
    let text = mapped.encode();
    assert_eq!(text, r#"{"$invalid":["seats"],"$unfetched":["seats","[\"a.b\"]","place.city"],"name":"A"}"#);
    let record = StagedRecord {
        body: mapped.body.clone(),
        unfetched: mapped.unfetched.clone(),
        invalid: vec![FieldPath::field("seats")],
    };
    assert_eq!(StagedRecord::parse(&text), Ok(record));
    let plain = Mapped { body: mapped.body, ..Mapped::default() };
    assert_eq!(plain.encode(), r#"{"name":"A"}"#);
    assert_eq!(StagedRecord::parse("{}"), Ok(StagedRecord::default()));
    for bad in ["[]", "{", r#"{"$unfetched":"room"}"#, r#"{"$invalid":[1]}"#, r#"{"$unfetched":["a..b"]}"#] {
        assert!(StagedRecord::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn values_in_messages_are_cut() {
    let mapped = read(Side::Ours, &format!("{{\"seats\":\"{}\"}}", "ä".repeat(5_000)));
    assert!(mapped.violations[0].message.chars().count() < 230, "{}", mapped.violations[0].message);
}

/// A value with which `kind` is lawful on `side`, or null.
fn lawful(kind: &FieldKind, form: ReferenceForm) -> BoxedStrategy<Value> {
    let text =
        |pattern: &str| proptest::string::string_regex(pattern).expect("a pattern").prop_map(Value::Text);
    let value = match kind {
        FieldKind::Text => "\\PC{0,12}".prop_map(Value::Text).boxed(),
        FieldKind::Integer => {
            prop_oneof![any::<i64>().prop_map(Value::from), Just(number("7.00")), Just(number("3e2"))].boxed()
        }
        FieldKind::Decimal(_) => {
            (any::<i32>(), 0..100).prop_map(|(whole, part)| number(&format!("{whole}.{part:02}"))).boxed()
        }
        FieldKind::Boolean => any::<bool>().prop_map(Value::Bool).boxed(),
        FieldKind::Date => text("20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])").boxed(),
        FieldKind::Time => text("([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?").boxed(),
        FieldKind::Instant => text("20[0-9]{2}-0[1-9]-1[0-9]T1[0-9]:[0-5][0-9]:00(Z|[+]0[1-9]:30)").boxed(),
        FieldKind::Reference(target) => reference(target, form),
        FieldKind::List(item) => {
            let item = lawful(item, form).prop_filter("no null items", |item| !item.is_null());
            prop::collection::vec(item, 0..4).prop_map(Value::List).boxed()
        }
        FieldKind::Object => {
            "[a-z]{0,5}".prop_map(|text| Value::Object(object(&format!("{{\"a\":\"{text}\"}}")))).boxed()
        }
        FieldKind::Any => prop_oneof![Just(Value::Bool(true)), "[a-z]{0,5}".prop_map(Value::Text)].boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 6 => value].boxed()
}

fn number(digits: &str) -> Value {
    Value::Number(Number::parse(digits).expect("a number"))
}

fn reference(target: &str, form: ReferenceForm) -> BoxedStrategy<Value> {
    let target = target.to_owned();
    (1_u32..50)
        .prop_map(move |number| match (form, target.as_str()) {
            (ReferenceForm::Id, "room") => Value::Text(number.to_string()),
            (ReferenceForm::Id, _) => Value::Text(format!("c{number}")),
            (ReferenceForm::Key, "room") => Value::Text(format!("R{number}")),
            (ReferenceForm::Key, _) => {
                Value::List(vec![Value::Text("MATH".to_owned()), Value::from(i64::from(number))])
            }
        })
        .boxed()
}

/// A lawful record of `side`; each member is there or not.
fn record(side: Side) -> BoxedStrategy<Object> {
    let settings = settings();
    let members: Vec<BoxedStrategy<Option<(String, Value)>>> = section(&settings)
        .fields
        .iter()
        .filter(|field| field.is_read(side) && field.is_written(side))
        .map(|field| {
            let member = field.members[side].clone();
            let value = lawful(&field.kind, field.references[side]);
            prop::option::of(value.prop_map(move |value| (member.clone(), value))).boxed()
        })
        .collect();
    members.prop_map(|members| members.into_iter().flatten().collect::<Object>()).boxed()
}

/// What a body says, with emptied members as null again.
fn said(body: &RemoteBody) -> Object {
    let emptied = body.cleared.iter().map(|member| (member.clone(), Value::Null));
    let members = body.members.iter().map(|(name, value)| (name.to_owned(), value.clone()));
    members.chain(emptied).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// `put(s, get(s)) = s` (CN C54): what was read is written back as it was.
    #[test]
    fn c54_i15_writing_what_was_read_gives_the_record_back(ours in record(Side::Ours), theirs in record(Side::Theirs)) {
        let settings = settings();
        for (side, members) in [(Side::Ours, ours), (Side::Theirs, theirs)] {
            let mapped = to_neutral(section(&settings), side, &members, &key_of);
            prop_assert!(mapped.violations.is_empty(), "{:?}", mapped.violations);
            let body = to_remote(section(&settings), side, &mapped.body, &id_of).expect("resolved");
            let back = said(&body);
            prop_assert!(back.same_json(&members), "{side}: {members} became {back}");
            prop_assert_eq!(back.len(), members.len());
        }
    }

    /// `get(put(v)) = v` (CN C54): what is written to the other side reads back as the same neutral record, so that a
    /// second run writes nothing (I6).
    #[test]
    fn c54_i15_what_is_written_to_the_other_side_reads_back_as_it_was(ours in record(Side::Ours)) {
        let settings = settings();
        let neutral = to_neutral(section(&settings), Side::Ours, &ours, &key_of).body;
        let body = to_remote(section(&settings), Side::Theirs, &neutral, &id_of).expect("resolved");
        let back = to_neutral(section(&settings), Side::Theirs, &said(&body), &key_of);
        prop_assert!(back.violations.is_empty(), "{:?}", back.violations);
        let mut written = neutral.clone();
        written.remove("taken");
        written.remove("secret");
        prop_assert!(back.body.same_json(&written), "{written} became {}", back.body);
    }

    /// Whatever comes in, every field is read, absent, or not fetched, and nothing panics.
    #[test]
    fn c55_every_field_is_read_absent_or_not_fetched(name in "\\PC{0,8}", digits in "-?[1-9][0-9]{0,30}(\\.[0-9]{1,30})?(e-?[0-9]{1,3})?") {
        let settings = settings();
        for value in [Value::Text(name), number(&digits), Value::Null, Value::List(vec![Value::Null]), Value::Object(Object::new())] {
            let members: Object = section(&settings).fields.iter()
                .map(|field| (field.members.theirs.clone(), value.clone())).collect();
            let mapped = to_neutral(section(&settings), Side::Theirs, &members, &key_of);
            for field in &section(&settings).fields {
                let read = mapped.body.contains(&field.name);
                let unfetched = mapped.unfetched.contains(&FieldPath::field(field.name.as_str()));
                prop_assert!(read != unfetched, "{}: {}", field.name, value);
                if read {
                    let kept = &mapped.body.get(&field.name).expect("read");
                    prop_assert!(field.kind.target().is_some() || **kept == value, "{} became {kept}", value);
                }
            }
        }
    }
}
