//! The nouns by themselves: values, keys and paths, as callers outside of a merge use them.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use merge::{ConflictField, FieldPath, KeyPart, Number, Object, Reason, RecordKey, Value};

fn object(text: &str) -> Object {
    merge::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn key(text: &str) -> RecordKey {
    RecordKey::parse_canonical(text).unwrap_or_else(|error| panic!("{error}"))
}

fn path(text: &str) -> FieldPath {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn v05_each_kind_of_value_is_read_as_what_it_is_and_as_nothing_else() {
    let section =
        object(r#"{"crn":1001,"open":true,"full":false,"room":"B12","tags":[],"at":{},"note":null}"#);
    let at = |name: &str| section.get(name).expect("a member");
    assert_eq!(at("crn").as_number().map(Number::as_str), Some("1001"));
    assert_eq!(
        [at("open").as_bool(), at("full").as_bool(), at("crn").as_bool()],
        [Some(true), Some(false), None]
    );
    let read = |value: &Value| {
        let object = value.as_object().is_some();
        [value.as_number().is_some(), value.as_bool().is_some(), value.as_text().is_some(), object]
    };
    assert_eq!(read(at("room")), [false, false, true, false]);
    assert_eq!(read(at("at")), [false, false, false, true]);
    assert!(at("tags").as_list().is_some_and(<[Value]>::is_empty) && at("room").as_list().is_none());
    assert!(at("note").is_null() && !at("room").is_null());
    assert_eq!(format!("{} {}", at("room"), at("tags")), r#""B12" []"#);
}

#[test]
fn x04_a_key_of_several_parts_is_written_and_read_back_part_by_part() {
    let section = key(r#"["F26",1001]"#);
    assert_eq!(section.canonical(), r#"["F26",1001]"#);
    assert_eq!(section.to_string(), "F26 / 1001");
    assert_eq!(section.to_object(&["term".into(), "crn".into()]), object(r#"{"term":"F26","crn":1001}"#));
    assert!(section.parts()[1] < section.parts()[0] && key("[2]").parts() < key("[10]").parts());
    assert!(RecordKey::parse_canonical(r#"["F26",""]"#).is_err(), "a part is never empty text");
}

#[test]
fn x04_equal_keys_have_one_hash_and_different_ones_mostly_others() {
    let hasher = RandomState::new();
    let hash = |text: &str| hasher.hash_one(key(text));
    assert_eq!(hash("[1001]"), hash("[1001.0]"));
    let different: HashSet<u64> = (0..100).map(|crn| hash(&format!(r#"["F26",{crn}]"#))).collect();
    assert!(different.len() > 90);
    let parts = ["1", "2"].map(|text| hasher.hash_one(KeyPart::Text(text.to_owned())));
    assert_ne!(parts[0], parts[1]);
}

#[test]
fn paths_are_told_apart_by_their_hash_and_read_back_from_json() {
    let hasher = RandomState::new();
    let paths = ["room", "seats", r#"meetings[day="Mon"]"#, r#"meetings[day="Wed"]"#, "meetings.day"];
    let hashes: HashSet<u64> = paths.iter().map(|text| hasher.hash_one(path(text))).collect();
    assert!(hashes.len() > 3, "{hashes:?}");
    for text in paths {
        let json = serde_json::to_string(&path(text)).expect("JSON");
        assert_eq!(serde_json::from_str::<FieldPath>(&json).expect("a path"), path(text));
    }
    assert!(serde_json::from_str::<FieldPath>(r#""a..b""#).is_err());
}

#[test]
fn paths_of_items_are_read_back_whatever_their_key_fields_are_called() {
    for text in
        [r#"l["a=b"=1]"#, r#"l["a,b"=1,c="x"]"#, r#"l["a.b"=1]"#, "l[day=1,from=2].room", r#"l[""=1]"#]
    {
        assert_eq!(path(text).to_string(), text);
    }
}

#[test]
fn o01_a_value_is_found_at_its_path_and_an_item_of_a_list_has_none() {
    let student = object(r#"{"name":"Ann","address":{"city":"Ulm"},"phones":[{"k":1}]}"#);
    assert_eq!(student.at(&path("address.city")), Some(&Value::from("Ulm")));
    assert_eq!(student.at(&path("name")), Some(&Value::from("Ann")));
    for absent in ["", "address.zip", "name.first", "phones[k=1]"] {
        assert_eq!(student.at(&path(absent)), None, "{absent}");
    }
}

#[test]
fn c08_a_question_is_known_again_by_its_three_values() {
    let question = |base: &str, ours: &str, theirs: Option<&str>| {
        let value = |text: &str| merge::json::parse(text.as_bytes()).expect("JSON");
        let field = ConflictField {
            path: path("seats"),
            base: Some(value(base)),
            ours: Some(value(ours)),
            theirs: theirs.map(value),
            reason: Reason::BothChanged,
            with: Vec::new(),
        };
        field.question()
    };
    let asked = question("1", "2", Some("3"));
    assert!(asked.starts_with("q-") && asked.len() == 18, "{asked}");
    assert_eq!(question("1.0", "2", Some("3.00")), asked, "numbers by value");
    let others = [question("1", "2", Some("4")), question("1", "3", Some("2")), question("1", "2", None)];
    assert!(
        !others.contains(&asked) && others[0] != others[1] && question("1", "2", Some("null")) != others[2]
    );
}

#[test]
fn v06_levels_around_a_record_are_granted_to_the_line_that_holds_it() {
    let nested = |levels: usize| format!(r#"{{"v":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    let reads = |levels: usize, around: usize| {
        merge::json::parse_object_around(nested(levels).as_bytes(), around).is_ok()
    };
    assert!(reads(63, 0) && !reads(64, 0));
    assert!(reads(65, 2) && !reads(66, 2));
}
