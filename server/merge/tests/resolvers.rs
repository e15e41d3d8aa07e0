//! The resolver chain (MS C11).

use merge::{FieldPath, Input, Outcome, Policy, Presence, RecordKey, Value, Verdict, merge_record};

/// Merges one field of three values, given as JSON.
fn merged(policy: &str, values: [&str; 3]) -> Verdict {
    merged_records(policy, values.map(|value| format!(r#"{{"id":7,"v":{value}}}"#)))
}

fn merged_records(policy: &str, records: [String; 3]) -> Verdict {
    let policy = Policy::from_toml(policy).unwrap_or_else(|error| panic!("{policy}: {error}"));
    let [base, ours, theirs] =
        records.map(|record| merge::json::parse_object(record.as_bytes()).expect("JSON"));
    let key = RecordKey::from(7);
    let input = Input {
        base: Some(&base),
        ours: Presence::Live(&ours),
        theirs: Presence::Live(&theirs),
        ..Input::new("thing", &key)
    };
    merge_record(&policy, &input)
}

/// What the value becomes, or nothing where a person is asked; the same with the sides swapped.
fn settled(policy: &str, [base, ours, theirs]: [&str; 3]) -> Option<String> {
    let (there, back) = (merged(policy, [base, ours, theirs]), merged(policy, [base, theirs, ours]));
    let value = |verdict: &Verdict| {
        let record = verdict.merged.as_ref().filter(|_| verdict.conflict.is_none());
        record.and_then(|record| record.get("v")).map(Value::to_json)
    };
    assert_eq!(value(&there), value(&back), "both ways round");
    value(&there)
}

#[test]
fn c11_each_resolver_settles_its_own_kind_of_question_and_no_other() {
    let cases: [(&str, [&str; 3], Option<&str>); 13] = [
        ("fill_blank", ["1", "null", "2"], Some("2")),
        ("fill_blank", ["1", "2", "3"], None),
        ("spelling", [r#""Ann""#, r#""BO  B""#, r#"" Bo b""#], Some(r#""BO  B""#)),
        ("spelling", [r#""Ann""#, r#""Bob""#, r#""Bo b""#], None),
        ("spelling", ["1", "2", "3"], None),
        ("longer_text", [r#""x""#, r#""Hall 1""#, r#""Hall 1, north""#], Some(r#""Hall 1, north""#)),
        ("longer_text", [r#""x""#, r#""Hall 1""#, r#""Hall 2, north""#], None),
        ("longer_text", ["1", "12", "123"], None),
        ("union", ["[1]", "[1,3]", "[2,1]"], Some("[1,2,3]")),
        ("union", ["[1,2]", "[1]", "[1,2,3]"], Some("[1,3]")),
        ("union", ["[1]", "[[2],1]", "[3,1]"], None),
        ("union", ["[1]", "2", "[3,1]"], None),
        ("union", ["null", "[1]", "[2]"], Some("[1,2]")),
    ];
    for (resolver, values, wanted) in cases {
        let found = settled(&format!("resolvers = ['{resolver}']"), values);
        assert_eq!(found.as_deref(), wanted, "{resolver} {values:?}");
        assert_eq!(settled("", values), None, "all are off by default");
    }
}

#[test]
fn c11_the_first_that_has_an_answer_settles_it_and_is_named_in_the_journal() {
    let verdict = merged("resolvers = ['spelling', 'longer_text']", ["\"x\"", "\"ab\"", "\"AB c\""]);
    assert!(verdict.conflict.is_some(), "neither fits");
    let verdict = merged("resolvers = ['spelling', 'longer_text']", ["\"x\"", "\"ab\"", "\"ab \""]);
    assert_eq!(verdict.outcome, Outcome::Resolved);
    assert_eq!(verdict.decisions[0].to_string(), "C11, level=type, mode=manual, resolver=spelling");
    let verdict = merged("resolvers = ['longer_text', 'spelling']", ["\"x\"", "\"ab\"", "\"ab \""]);
    assert_eq!(verdict.decisions[0].to_string(), "C11, level=type, mode=manual, resolver=longer_text");
}

#[test]
fn c11_modes_and_plain_changes_come_before_the_chain() {
    let verdict = merged("mode = 'resolve_ours'\nresolvers = ['fill_blank']", ["1", "null", "2"]);
    assert_eq!(verdict.decisions[0].to_string(), "F5, level=type, mode=resolve_ours");
    assert_eq!(merged("resolvers = ['fill_blank']", ["1", "null", "1"]).outcome, Outcome::TakenOurs);
    let asked = "resolvers = ['fill_blank']\nblank = { ours_to_theirs = 'ask' }";
    assert!(merged(asked, ["1", "null", "2"]).conflict.is_some(), "who asks to be asked is asked (F8)");
}

#[test]
fn c11_unknown_and_repeated_resolvers_are_refused() {
    for (text, message) in [
        ("resolvers = ['newer']", "is not a resolver"),
        ("resolvers = ['union', 'union']", "names `union` twice"),
        ("resolvers = ['union', 'newest']", "resolvers: `newest` needs `changed_at`"),
        ("changed_at = { ours = 'at' }", "changed_at.theirs: is missing"),
        ("changed_at = { ours = 'at', theirs = 'at', both = 'at' }", "changed_at.both: unknown member"),
        ("changed_at = 7", "changed_at: must be a table"),
        ("changed_at = 'a..b'", "changed_at: "),
    ] {
        let error = Policy::from_toml(text).expect_err("refused").to_string();
        assert!(error.contains(message), "{error}");
    }
}

const NEWEST: &str = "resolvers = ['newest']\nignore = ['saved', 'meta']\nchanged_at = { ours = 'saved', theirs = 'meta.modified' }";

/// Both sides have changed the field, each with its own time of change, given as JSON.
fn at_times(ours: &str, theirs: &str) -> Verdict {
    let base = r#"{"id":7,"v":1}"#.to_owned();
    let ours = format!(r#"{{"id":7,"v":2,"saved":{ours}}}"#);
    let theirs = format!(r#"{{"id":7,"v":3,"meta":{{"modified":{theirs}}}}}"#);
    merged_records(NEWEST, [base, ours, theirs])
}

fn value(verdict: &Verdict) -> Option<String> {
    verdict.merged.as_ref()?.get("v").map(Value::to_json)
}

#[test]
fn c11_newest_takes_the_side_that_was_changed_later_and_journals_both_times() {
    let [early, late] = ["\"2026-03-02T09:00:00Z\"", "\"2026-03-02T04:00:01-05:00\""];
    let verdict = at_times(early, late);
    assert_eq!((value(&verdict).as_deref(), verdict.outcome), (Some("3"), Outcome::Resolved));
    let line = verdict.decisions.iter().find(|line| line.path == FieldPath::field("v")).expect("a line");
    assert_eq!(line.to_string(), "C11, level=type, mode=manual, resolver=newest");
    let times = line.times.as_ref().expect("the reason");
    assert_eq!(
        (times.ours.as_str(), times.theirs.as_str()),
        ("2026-03-02T09:00:00Z", "2026-03-02T04:00:01-05:00")
    );
    assert!(verdict.write_ours.is_some() && verdict.write_theirs.is_none());
    assert_eq!(value(&at_times(late, early)).as_deref(), Some("2"));
}

#[test]
fn c11_newest_passes_where_a_time_is_missing_unreadable_or_the_same() {
    let time = "\"2026-03-02T09:00:30Z\"";
    for other in ["null", "7", "\"\"", "\"yesterday\"", "\"2026-03-02\"", time, "\"2026-03-02T09:00Z\""] {
        for verdict in [at_times(time, other), at_times(other, time)] {
            assert!(verdict.conflict.is_some(), "{other}");
        }
    }
    let later = "\"2026-03-02T09:01Z\"";
    assert_eq!(value(&at_times(time, later)).as_deref(), Some("3"), "later even as the coarser tells it");
}

#[test]
fn c11_a_time_that_was_not_fetched_is_no_time() {
    let policy =
        Policy::from_toml("resolvers = ['newest']\nchanged_at = 'at'\nignore = ['at']").expect("a policy");
    let record = |v: i64, at: &str| [("v", Value::from(v)), ("at", Value::from(at))].into_iter().collect();
    let [base, ours, theirs] = [(1, "2026-03-01T00:00Z"), (2, "2026-03-02T00:00Z"), (3, "2026-03-03T00:00Z")]
        .map(|(v, at)| record(v, at));
    let (key, hidden) = (RecordKey::from(7), [FieldPath::field("at")]);
    let sides =
        Input { ours: Presence::Live(&ours), theirs: Presence::Live(&theirs), ..Input::new("thing", &key) };
    let input = Input { base: Some(&base), ..sides };
    assert_eq!(value(&merge_record(&policy, &input)).as_deref(), Some("3"));
    assert!(merge_record(&policy, &Input { unfetched_ours: &hidden, ..input }).conflict.is_some());
}

#[test]
fn c11_a_resolver_that_settles_a_field_of_an_item_is_named_with_its_list() {
    let policy = format!("{NEWEST}\n[[field]]\npath = 'l'\nlist = 'keyed'\nkey = ['k']");
    let record = |p: i64, at: &str| {
        format!(r#"{{"l":[{{"k":1,"p":{p}}}],"saved":"{at}","meta":{{"modified":"{at}"}}}}"#)
    };
    let records = [record(1, ""), record(2, "2026-03-02T00:00Z"), record(3, "2026-03-01T00:00Z")];
    let verdict = merged_records(&policy, records);
    assert_eq!(verdict.decisions[0].to_string(), "A4, level=default, mode=manual, resolver=newest");
    assert!(verdict.decisions[0].times.is_some());
    assert_eq!(
        verdict.merged.expect("a record").get("l").map(Value::to_json).as_deref(),
        Some(r#"[{"k":1,"p":2}]"#)
    );
}
