//! The resolver chain (MS C11).

use merge::{Input, Object, Outcome, Policy, Presence, RecordKey, Value, Verdict, merge_record};

/// Merges one field of three values, given as JSON.
fn merged(policy: &str, values: [&str; 3]) -> Verdict {
    let policy = Policy::from_toml(policy).unwrap_or_else(|error| panic!("{policy}: {error}"));
    let [base, ours, theirs]: [Object; 3] = values.map(|value| {
        let value = merge::json::parse(value.as_bytes()).expect("JSON");
        [("id", Value::from(7)), ("v", value)].into_iter().collect()
    });
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
    ] {
        let error = Policy::from_toml(text).expect_err("refused").to_string();
        assert!(error.contains(message), "{error}");
    }
}
