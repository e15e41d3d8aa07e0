//! Merging only the members that differ says what merging whole records says.

#[path = "support/cases.rs"]
mod cases;
#[path = "support/world/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the laws use all of it")]
mod world;

use cases::cases;
use merge::{
    Decision, Input, Object, Outcome, PlannedWrite, Policy, Presence, RecordKey, Side, StoredRecord, ToStore,
    Verdict, merge_record,
};
use proptest::prelude::*;
use world::{rules, world};

fn record(text: &str) -> Object {
    merge::json::parse_object(text.as_bytes()).expect("a record")
}

fn merged(policy: &Policy, [base, ours, theirs]: [&Object; 3], key: &RecordKey) -> Verdict {
    let sides =
        Input { ours: Presence::Live(ours), theirs: Presence::Live(theirs), ..Input::new("thing", key) };
    merge_record(policy, &Input { base: Some(base), ..sides })
}

/// What a decision says; one about the whole record carries the whole record, which is not looked at.
fn told(decision: &Decision) -> Decision {
    let mut told = decision.clone();
    if told.path.is_root() {
        (told.value, told.base, told.ours, told.theirs) = (None, None, None, None);
    }
    told
}

/// What a write says, and the record that it makes as it is stored.
fn stored(write: &PlannedWrite, whole: impl Fn(&Object) -> ToStore) -> (PlannedWrite, Option<ToStore>) {
    let mut write = write.clone();
    let made = match &mut write {
        PlannedWrite::Update { record, .. } | PlannedWrite::Create { record } => {
            Some(whole(&std::mem::take(record)))
        }
        PlannedWrite::Delete => None,
    };
    (write, made)
}

/// The record with members that no version of it has changed, such as the policies' groups and times are made of.
fn with_idle_members(record: &Object) -> Object {
    let mut record = record.clone();
    for (name, value) in [("s", "hall"), ("z", ""), ("w", "2026-03-01T10:00Z"), ("l", "none")] {
        if !record.contains(name) {
            record.insert(name, value);
        }
    }
    record
}

type Wanted = Vec<(Side, PlannedWrite, Option<ToStore>)>;

fn wanted(verdict: &Verdict, whole: impl Fn(Side, &Object) -> ToStore) -> Wanted {
    let now = Side::ALL.iter().filter_map(|side| Some((*side, verdict.write(*side)?)));
    let later = verdict.pending.iter().map(|pending| (pending.side, &pending.write));
    let write = |(side, write): (Side, &PlannedWrite)| {
        let (write, made) = stored(write, |record| whole(side, record));
        (side, write, made)
    };
    now.chain(later).map(write).collect()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn merging_the_members_that_differ_says_what_merging_whole_records_says(world in world(), rules in rules()) {
        let world = world.live();
        let Some(base) = &world.base else { return Ok(()) };
        let texts = [base, &world.ours, &world.theirs].map(|record| with_idle_members(record).to_canonical());
        // As a plan reads them.
        let [base, ours, theirs] = texts.each_ref().map(|text| record(text));
        let cut: Option<Vec<StoredRecord<'_>>> = texts.iter().map(|text| StoredRecord::cut(text)).collect();
        let Some([base_text, ours_text, theirs_text]) = cut.as_deref() else { return Ok(()) };
        prop_assert_eq!(base_text.cut_version(&texts[1]), Some(ours_text.clone()));
        prop_assert_eq!(ours_text.cut_version(&texts[2]), Some(theirs_text.clone()));
        let few = StoredRecord::differing(rules.policy, [base_text, ours_text, theirs_text]);
        let Some([few_base, few_ours, few_theirs]) = &few else { return Ok(()) };

        let whole = merged(rules.policy, [&base, &ours, &theirs], &world.key);
        let quick = merged(rules.policy, [few_base, few_ours, few_theirs], &world.key);
        prop_assert_eq!(quick.outcome, whole.outcome);
        prop_assert_eq!(&quick.conflict, &whole.conflict);
        prop_assert_eq!(&quick.warnings, &whole.warnings);
        prop_assert_eq!(
            quick.decisions.iter().map(told).collect::<Vec<_>>(),
            whole.decisions.iter().map(told).collect::<Vec<_>>()
        );
        let put_back = |side: Side, record: &Object| match side {
            Side::Ours => ours_text.with(few_ours, record),
            Side::Theirs => theirs_text.with(few_theirs, record),
        };
        prop_assert_eq!(wanted(&quick, put_back), wanted(&whole, |_, record| ToStore::of(record)));
    }

    #[test]
    fn a_record_is_stored_and_hashed_the_same_from_its_text_as_from_its_members(world in world()) {
        let text = world.ours.to_canonical();
        let Some(cut) = StoredRecord::cut(&text) else { return Ok(()) };
        let whole = ToStore::of(&world.ours);
        let nothing = Object::new();
        prop_assert_eq!(&cut.with(&nothing, &nothing), &whole);
        prop_assert_eq!(&cut.with(&world.ours, &world.ours), &whole);
        prop_assert_eq!(&cut.with(&nothing, &world.ours), &whole);
    }
}

#[test]
fn texts_are_cut_only_where_the_members_speak_for_themselves() {
    let whole = [
        r#"{"$invalid":["a"],"a":1}"#,
        r#"{"$state":"pending_approval","a":1}"#,
        r#"{"a\"b":1}"#,
        r#"{"b":1,"a":1}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a": 1}"#,
        r#"{"a":1e5}"#,
        r#"{"a":[1,2}"#,
        r#"{"a":"\u0041"}"#,
        r#"{"a":1,}"#,
        r#"{"a":1}x"#,
        r#"{"a":01}"#,
        r#"{"a":1"#,
        "[]",
        "",
    ];
    let other = StoredRecord::cut(r#"{"a":1,"b":1}"#).expect("canonical");
    for text in whole {
        assert!(StoredRecord::cut(text).is_none(), "{text}");
        assert!(other.cut_version(text).is_none(), "{text}");
    }
    for text in ["{}", r#"{"a":[{"b":"]"},[]],"c":{"d":"\"}"},"e":"é\n","f":null}"#] {
        let written = StoredRecord::cut(text).expect(text).with(&Object::new(), &Object::new());
        assert_eq!(written, ToStore::of(&record(text)));
        assert_eq!(written.text, text);
    }
}

#[test]
fn a_member_that_one_version_has_before_the_others_is_the_only_one_looked_at() {
    let (without, with) = (r#"{"b":1,"c":1}"#, r#"{"a":1,"b":1,"c":1}"#);
    for place in 0..3 {
        let mut texts = [without; 3];
        texts[place] = with;
        let cut = texts.map(|text| StoredRecord::cut(text).expect("canonical"));
        let found = StoredRecord::differing(&Policy::default(), cut.each_ref()).expect("member by member");
        let mut expected = ["{}"; 3];
        expected[place] = r#"{"a":1}"#;
        assert_eq!(found.map(|object| object.to_json()), expected, "{place}");
    }
}

#[test]
fn r14_f10_c11_members_that_others_depend_on_are_looked_at_although_nobody_changed_them() {
    let text = "resolvers = ['newest']\nchanged_at = { ours = 'at', theirs = 'meta.at' }\n[[group]]\nname = 'g'\npaths = ['x.y', 'z']";
    let policy = Policy::from_toml(text).expect("a policy").with_key(&["id".to_owned()]).expect("a key");
    let texts = [1, 2, 1]
        .map(|n| format!(r#"{{"at":"t","id":7,"meta":{{"at":"u"}},"n":{n},"o":5,"x":{{"y":1}},"z":2}}"#));
    let cut = texts.each_ref().map(|text| StoredRecord::cut(text).expect("canonical"));
    let [_, ours, _] = StoredRecord::differing(&policy, cut.each_ref()).expect("no unit of all members");
    assert!(ours.keys().eq(["at", "id", "meta", "n", "x", "z"]), "{ours}");
}

#[test]
fn r13_k1_records_are_read_whole_where_every_member_stands_for_the_others() {
    let texts = [r#"{"a":1,"b":1}"#, r#"{"a":2,"b":1}"#, r#"{"a":1,"b":1}"#];
    let cut = texts.map(|text| StoredRecord::cut(text).expect("canonical"));
    for text in ["strict = true", "unique = [['b']]"] {
        let policy = Policy::from_toml(text).expect("a policy");
        assert!(StoredRecord::differing(&policy, cut.each_ref()).is_none(), "{text}");
    }
    assert!(StoredRecord::differing(&Policy::default(), cut.each_ref()).is_some());
}

#[test]
fn the_key_that_a_side_changed_is_told_from_the_members_that_differ() {
    let policy = Policy::default().with_key(&["id".to_owned()]).expect("a key");
    let texts = [r#"{"id":7,"n":1}"#, r#"{"id":8,"n":1}"#, r#"{"id":7,"n":1}"#];
    let cut = texts.map(|text| StoredRecord::cut(text).expect("canonical"));
    let few = StoredRecord::differing(&policy, cut.each_ref()).expect("members");
    let verdict = merged(&policy, few.each_ref(), &RecordKey::from(7));
    assert_eq!((verdict.outcome, verdict.warnings.len()), (Outcome::TakenOurs, 1), "MS R14");
}
