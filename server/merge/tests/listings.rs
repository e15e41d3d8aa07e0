//! Whole listings: ambiguous keys, collisions, figures, the plan, the guards (MS sections 10, 13 and X10).

use merge::listing::{Group, Guard, GuardCode, Row, Summary, decide_group, merge_group};
use merge::{
    Choice, ConflictKind, FieldPath, Object, Outcome, Policy, Protect, RecordKey, Side, UniqueIndex, Verdict,
};

fn object(text: &str) -> Object {
    merge::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn policy(text: &str) -> Policy {
    Policy::from_toml(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn rows(texts: &[&str]) -> Vec<Row> {
    texts.iter().map(|text| Row::read(object(text), 1).unwrap_or_else(|error| panic!("{error}"))).collect()
}

fn group(key: i64, base: &[&str], ours: &[&str], theirs: &[&str]) -> Group {
    Group { key: RecordKey::from(key), base: rows(base).pop(), ours: rows(ours), theirs: rows(theirs) }
}

#[test]
fn k03_several_rows_of_one_side_are_all_held() {
    let twice = group(1, &[r#"{"v":1}"#], &[r#"{"v":1}"#], &[r#"{"v":2}"#, r#"{"v":3}"#]);
    let answer = merge_group(&policy("mode = 'always_theirs'"), "thing", &twice);
    let conflict = answer.verdict.conflict.expect("is held");
    assert_eq!(conflict.kind, ConflictKind::Ambiguous);
    assert!(conflict.fields.is_empty() && answer.verdict.write_ours.is_none());
    assert_eq!(answer.verdict.merged, Some(object(r#"{"v":1}"#)), "as ours has it");
    assert_eq!(answer.rows.map(|rows| (rows.base, rows.ours, rows.theirs)), Some((1, 1, 2)));
    let turned = group(1, &[r#"{"v":1}"#], &[r#"{"v":1}"#], &[r#"{"v":3}"#, r#"{"v":2}"#]);
    let again = merge_group(&Policy::default(), "thing", &turned).verdict.conflict.expect("is held");
    assert_eq!((again.id, again.revision), (conflict.id, conflict.revision), "L7: order does not count");
    assert!(decide_group(&Policy::default(), "thing", &twice, &[(FieldPath::root(), Choice::Ours)]).is_err());
}

/// Merges groups, then holds what collides.
fn collide(policy: &Policy, groups: &[Group]) -> Vec<Verdict> {
    let mut index = UniqueIndex::new(policy);
    let mut verdicts: Vec<Verdict> =
        groups.iter().map(|group| merge_group(policy, "person", group).verdict).collect();
    groups.iter().zip(&verdicts).for_each(|(group, verdict)| index.add(&group.key, verdict));
    for (group, verdict) in groups.iter().zip(&mut verdicts) {
        let collisions = index.collisions(&group.key, verdict);
        verdict.collide(policy, &group.input("person"), &collisions);
    }
    verdicts
}

#[test]
fn k01_one_conflict_per_record_and_one_field_per_set() {
    let policy = policy("unique = [['email'], ['first', 'last']]\ncompare = ['case', 'empty_null']");
    let person = |email: &str, first: &str| format!(r#"{{"email":"{email}","first":"{first}","last":"X"}}"#);
    let (a, b, c) = (person("a@x", "Ann"), person("A@X", "ann"), person("", "Bo"));
    let groups = [
        group(1, &[], &[&a], &[]),
        group(2, &[], &[], &[&b]),
        group(3, &[], &[&c], &[]),
        group(4, &[], &[&c], &[]),
    ];
    let verdicts = collide(&policy, &groups);
    let codes = |verdict: &Verdict| -> Vec<String> {
        let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
        fields
            .map(|field| {
                format!(
                    "{} with {:?}",
                    field.reason,
                    field.with.iter().map(RecordKey::label).collect::<Vec<_>>()
                )
            })
            .collect()
    };
    assert_eq!(codes(&verdicts[0]), [r#"DUPLICATE_EMAIL with ["2"]"#, r#"DUPLICATE_FIRST_LAST with ["2"]"#]);
    assert_eq!(codes(&verdicts[1]).len(), 2);
    assert_eq!(
        codes(&verdicts[2]),
        [r#"DUPLICATE_FIRST_LAST with ["4"]"#],
        "a blank e-mail collides with none"
    );
    assert!(
        verdicts.iter().all(|verdict| verdict.outcome == Outcome::Conflict && verdict.write_theirs.is_none())
    );
    assert_eq!(verdicts[1].merged, None, "a held record appears as ours has it: not at all");
}

#[test]
fn k02_unchanged_records_that_collide_are_warned_about() {
    let policy = policy("unique = [['email']]");
    let same = r#"{"email":"a"}"#;
    let unchanged = |key| group(key, &[same], &[same], &[same]);
    let verdicts = collide(&policy, &[unchanged(1), unchanged(2)]);
    assert!(verdicts.iter().all(|verdict| verdict.conflict.is_none() && verdict.warnings.len() == 1));
    let verdicts =
        collide(&policy, &[unchanged(1), group(2, &[r#"{"email":"b"}"#], &[same], &[r#"{"email":"b"}"#])]);
    assert!(verdicts.iter().all(|verdict| verdict.conflict.is_some()), "one of them changed");
}

#[test]
fn c09_a_collision_joins_the_conflict_the_record_has_already() {
    let policy = policy("unique = [['email']]");
    let groups = [
        group(1, &[r#"{"email":"a","v":1}"#], &[r#"{"email":"b","v":2}"#], &[r#"{"email":"a","v":3}"#]),
        group(2, &[], &[r#"{"email":"b"}"#], &[]),
    ];
    let conflict = collide(&policy, &groups).remove(0).conflict.expect("is held");
    assert_eq!(conflict.kind, ConflictKind::Duplicate, "comes before `field`");
    let paths: Vec<String> = conflict.fields.iter().map(|field| field.path.to_string()).collect();
    assert_eq!(paths, ["email", "v"]);
    assert_eq!(conflict.causes(), [ConflictKind::Duplicate, ConflictKind::Field]);
}

#[test]
fn c09_a_conflict_of_one_kind_has_no_other_cause() {
    let policy = policy("unique = [['email']]");
    let taken = group(2, &[], &[r#"{"email":"a"}"#], &[]);
    let collides = collide(&policy, &[group(1, &[], &[r#"{"email":"a"}"#], &[]), taken]).remove(0);
    assert_eq!(collides.conflict.expect("is held").causes(), [ConflictKind::Duplicate]);
    let contested = group(3, &[r#"{"v":1}"#], &[r#"{"v":2}"#], &[r#"{"v":3}"#]);
    let contested = collide(&policy, &[contested]).remove(0);
    assert_eq!(contested.conflict.expect("is held").causes(), [ConflictKind::Field]);
}

fn summary(policy: &Policy, groups: &[Group]) -> Summary {
    let mut summary = Summary::default();
    for group in groups {
        summary.add("thing", group, &merge_group(policy, "thing", group));
    }
    summary
}

#[test]
fn x10_the_summary_counts_outcomes_conflicts_and_writes() {
    let groups = [
        group(1, &[r#"{"v":1}"#], &[r#"{"v":2}"#], &[r#"{"v":3}"#]),
        group(2, &[r#"{"v":1}"#], &[r#"{"v":2}"#], &[r#"{"v":1}"#]),
        group(3, &[r#"{"v":1}"#], &[r#"{"v":1}"#], &[]),
        group(4, &[], &[], &[r#"{"v":1}"#]),
    ];
    let policy = Policy::default();
    let text = summary(&policy, &groups).to_object(&policy, &["id".to_owned()]).to_json();
    assert!(text.starts_with(r#"{"records":4,"outcomes":{"unchanged":0,"taken_ours":1,"#), "{text}");
    assert!(text.contains(r#""conflict":1},"conflicts":1,"conflict_fields":1,"#), "{text}");
    let writes =
        r#""writes":{"ours":{"create":1,"update":0,"delete":1},"theirs":{"create":0,"update":1,"delete":0}}"#;
    assert!(text.contains(writes), "{text}");
    assert!(merge::json::parse(text.as_bytes()).is_ok());
}

#[test]
fn g01_the_plan_hash_covers_writes_and_the_values_they_expect() {
    let policy = Policy::default();
    let plan = |ours: &str, theirs: &str| {
        summary(&policy, &[group(1, &[r#"{"v":1,"w":1}"#], &[ours], &[theirs])]).plan.to_string()
    };
    let first = plan(r#"{"v":2,"w":1}"#, r#"{"v":1,"w":1}"#);
    assert_eq!(first, plan(r#"{"w":1,"v":2.0}"#, r#"{"v":1,"w":1}"#), "spelling does not count");
    assert_ne!(first, plan(r#"{"v":3,"w":1}"#, r#"{"v":1,"w":1}"#), "another value");
    assert_ne!(first, plan(r#"{"v":2,"w":2}"#, r#"{"v":1,"w":1}"#), "another path");
    let deletes = |theirs: &str| summary(&policy, &[group(1, &[theirs], &[], &[theirs])]).plan.to_string();
    assert_ne!(deletes(r#"{"v":1}"#), deletes(r#"{"v":2}"#), "another value to be deleted");
}

#[test]
fn g03_changes_wait_above_the_limit_and_go_at_it() {
    let protect = Protect::default();
    assert_eq!(Guard::changes(&protect, 100), None);
    assert_eq!(
        Guard::changes(&protect, 101).map(|guard| (guard.code, guard.limit)),
        Some((GuardCode::Changes, 100))
    );
    assert_eq!(Guard::changes(&Protect { changes: None, ..protect }, 1_000_000), None);
    assert!(Guard::changes(&Protect { changes: Some(0), ..protect }, 1).is_some());
}

#[test]
fn g04_deletes_have_a_count_and_a_share() {
    let protect = Protect::default();
    let held = |deletes, of| Guard::deletes(&protect, Side::Ours, deletes, of).is_some();
    assert!(!held(10, 100) && held(11, 100));
    assert!(!held(30, 1000) && held(31, 1000), "more than ten, and more than 3 %");
    assert!(!held(200, 10_000) && held(201, 10_000), "never more than 200");
    assert!(!held(2, 10) && held(3, 10), "never more than 20 %");
    assert!(!held(0, 0));
}

#[test]
fn g05_an_empty_or_collapsed_listing_is_noticed() {
    let code = |listed, before| Guard::listing(Side::Theirs, listed, before).map(|guard| guard.code);
    assert_eq!(code(0, 1), Some(GuardCode::EmptyListing));
    assert_eq!(code(0, 0), None);
    assert_eq!(code(69, 100), Some(GuardCode::CollapsedListing));
    assert_eq!(code(70, 100), None);
}

#[test]
fn g06_a_field_that_vanished_is_noticed() {
    let with = r#"{"v":1,"n":{"x":1}}"#;
    let groups = |count: i64| -> Vec<Group> {
        (0..count).map(|key| group(key, &[with], &[with], &[r#"{"v":1,"n":{"x":null}}"#])).collect()
    };
    let policy = Policy::default();
    assert!(summary(&policy, &groups(19)).guards(&policy).is_empty());
    let guards = summary(&policy, &groups(20)).guards(&policy);
    let found: Vec<_> = guards.iter().map(|guard| (guard.code, guard.side, guard.path.as_deref())).collect();
    assert_eq!(found, [(GuardCode::VanishedField, Side::Theirs, Some("n.x"))]);
}
