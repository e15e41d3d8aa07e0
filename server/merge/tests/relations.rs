//! What records are to each other and to their systems: references, approvals, changed keys (MS K4 to K6, R14).

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

use merge::listing::{Group, KeyChange, Row, Summary, merge_group};
use merge::{
    BlockReason, ConflictKind, Outcome, Policy, RecordKey, ReferenceIndex, Side, Verdict, apply, merge_record,
};
use record::{merge_texts, object, policy};
use show::show;

/// The rows of one key: base, ours and theirs; `—` is none.
fn group(key: i64, versions: [&str; 3]) -> Group {
    let [base, ours, theirs] = versions.map(|text| {
        let row = |text: &str| Row::read(object(text), 1).unwrap_or_else(|error| panic!("{text}: {error}"));
        (text != "—").then(|| row(text))
    });
    Group {
        key: RecordKey::from(key),
        base,
        ours: ours.into_iter().collect(),
        theirs: theirs.into_iter().collect(),
    }
}

/// Merges groups, then holds what refers to nothing.
fn followed(policy: &Policy, groups: &[Group]) -> Vec<Verdict> {
    let mut index = ReferenceIndex::new(policy, "unit");
    let mut verdicts: Vec<Verdict> =
        groups.iter().map(|group| merge_group(policy, "unit", group).verdict).collect();
    groups.iter().zip(&verdicts).for_each(|(group, verdict)| index.add(&group.input("unit"), verdict));
    index.settle();
    for (group, verdict) in groups.iter().zip(&mut verdicts) {
        let dangling = index.dangling(verdict);
        verdict.dangle(policy, &group.input("unit"), &dangling);
    }
    verdicts
}

const PARENT: &str = "[[reference]]\nfields = 'parent'";

#[test]
fn k04_a_reference_whose_target_is_not_in_the_merged_set_is_held_as_dangling() {
    let groups = [
        group(1, ["—", r#"{"id":1,"parent":null}"#, "—"]),
        group(2, ["—", r#"{"id":2,"parent":1}"#, "—"]),
        group(3, ["—", "—", r#"{"id":3,"parent":9}"#]),
    ];
    let verdicts = followed(&policy(PARENT), &groups);
    assert_eq!([verdicts[0].outcome, verdicts[1].outcome], [Outcome::CreatedOurs; 2]);
    let conflict = verdicts[2].conflict.as_ref().expect("a question");
    assert_eq!(conflict.kind, ConflictKind::Dangling);
    assert_eq!(
        (conflict.fields[0].path.to_string(), conflict.fields[0].reason.as_str()),
        ("parent".to_owned(), "dangling")
    );
    assert_eq!(conflict.fields[0].theirs, Some(9.into()));
    assert!(verdicts[2].write_ours.is_none() && verdicts[2].merged.is_none(), "as ours has it (X7)");
    assert_eq!(verdicts[2].outcome, Outcome::Conflict);
    assert_eq!(verdicts[2].decisions[0].rule.as_str(), "K4");
}

#[test]
fn k04_a_record_that_stays_on_theirs_only_is_not_in_the_merged_set() {
    let groups = [group(1, ["—", "—", r#"{"id":1}"#]), group(2, ["—", r#"{"id":2,"parent":1}"#, "—"])];
    let verdicts = followed(&policy(&format!("mode = 'always_ours'\n{PARENT}")), &groups);
    assert_eq!([verdicts[0].outcome, verdicts[1].outcome], [Outcome::TheirsOnly, Outcome::Conflict]);
}

#[test]
fn k04_a_target_that_goes_leaves_those_behind_who_refer_to_it() {
    let (parent, child) = (r#"{"id":1}"#, r#"{"id":2,"parent":1}"#);
    let groups = [group(1, [parent, "—", parent]), group(2, [child, child, child])];
    let verdicts = followed(&policy(PARENT), &groups);
    assert_eq!(verdicts[0].outcome, Outcome::DeletedOurs);
    assert_eq!(verdicts[1].conflict.as_ref().map(|conflict| conflict.kind), Some(ConflictKind::Dangling));
    assert_eq!(verdicts[1].merged, Some(object(child)));
    let both = [group(1, [parent, "—", parent]), group(2, [child, "—", child])];
    assert!(followed(&policy(PARENT), &both).iter().all(|verdict| verdict.conflict.is_none()), "both go");
}

#[test]
fn k06_whoever_refers_to_a_record_that_is_held_and_so_not_there_waits_for_it() {
    let new = |key: i64, parent: i64| {
        let record = format!(r#"{{"id":{key},"parent":{parent}}}"#);
        group(key, ["—", "—", &record])
    };
    let verdicts = followed(&policy(PARENT), &[new(1, 9), new(2, 1), new(3, 2), new(4, 4), new(5, 4)]);
    let held: Vec<bool> = verdicts.iter().map(|verdict| verdict.conflict.is_some()).collect();
    assert_eq!(held, [true, false, false, false, false]);
    let reason = |verdict: &Verdict| verdict.blocked.as_ref().map(ToString::to_string).unwrap_or_default();
    let reasons: Vec<String> = verdicts.iter().map(reason).collect();
    assert_eq!(reasons, ["", "blocked by unit 1", "blocked by unit 2", "", ""]);
    assert_eq!(show(&verdicts[1]), "— blocked | K6 record=—");
    assert!(verdicts[1].write_ours.is_none(), "not created before its parent");
}

#[test]
fn k06_a_record_that_waits_stays_as_ours_has_it_and_keeps_its_warnings() {
    let parent = group(1, ["—", "—", r#"{"id":1,"parent":9}"#]);
    let child = group(2, [r#"{"id":2}"#, r#"{"id":2,"v":1}"#, r#"{"id":2,"parent":1,"at":"soon"}"#]);
    let rules = format!("[[field]]\npath = 'at'\ncompare = ['instant']\n{PARENT}");
    let waiting = followed(&policy(&rules), &[parent, child]).remove(1);
    assert_eq!(waiting.merged, Some(object(r#"{"id":2,"v":1}"#)));
    assert_eq!(waiting.warnings.len(), 1, "soon is not a time (N4)");
}

#[test]
fn k06_a_parent_in_conflict_or_waiting_for_approval_is_waited_for_until_it_is_settled() {
    let child = |at: i64| group(at, ["—", "—", &format!(r#"{{"id":{at},"parent":1}}"#)]);
    let waits = [group(1, ["—", "—", r#"{"id":1,"$state":"pending_approval"}"#]), child(2)];
    let verdicts = followed(&policy(PARENT), &waits);
    assert_eq!([verdicts[0].outcome, verdicts[1].outcome], [Outcome::Blocked; 2]);
    let parent = [r#"{"id":1,"v":1}"#, "—", r#"{"id":1,"v":2}"#];
    let verdicts = followed(&policy(PARENT), &[group(1, parent), child(2)]);
    assert_eq!([verdicts[0].outcome, verdicts[1].outcome], [Outcome::Conflict, Outcome::Blocked]);
    let settled = policy(&format!("mode = 'resolve_theirs'\n{PARENT}"));
    let verdicts = followed(&settled, &[group(1, parent), child(2)]);
    assert_eq!([verdicts[0].outcome, verdicts[1].outcome], [Outcome::Resolved, Outcome::CreatedTheirs]);
}

#[test]
fn k06_what_is_asked_of_a_child_is_asked_all_the_same_and_nowhere_is_more_than_held() {
    let parent = group(1, ["—", "—", r#"{"id":1,"parent":9}"#]);
    let own = group(2, [r#"{"id":2,"v":1}"#, r#"{"id":2,"v":2,"parent":1}"#, r#"{"id":2,"v":3}"#]);
    let verdicts = followed(&policy(&format!("hold = 'field'\n{PARENT}")), &[parent.clone(), own]);
    let conflict = verdicts[1].conflict.as_ref().expect("a question");
    assert_eq!((conflict.kind, conflict.fields.len()), (ConflictKind::Field, 1));
    assert!(verdicts[1].write_theirs.is_none(), "the parent is not there: nothing of it is written");
    let list = group(3, ["—", "—", r#"{"id":3,"parent":[1,8]}"#]);
    let verdicts = followed(&policy(PARENT), &[parent, list]);
    assert_eq!(verdicts[1].outcome, Outcome::Conflict, "8 is nowhere");
    let own_parent = group(4, [r#"{"id":4,"v":1,"parent":4}"#, "—", r#"{"id":4,"v":2,"parent":4}"#]);
    let verdicts = followed(&policy(PARENT), &[own_parent]);
    let conflict = verdicts[0].conflict.as_ref().expect("a question");
    assert_eq!(conflict.kind, ConflictKind::DeleteUpdate, "nobody waits for themselves");
}

#[test]
fn k04_k05_a_record_that_is_left_alone_is_not_held_for_its_references() {
    let child = r#"{"id":2,"parent":9}"#;
    let stated = |state: &str| child.replace('}', &format!(r#","$state":"{state}"}}"#));
    for (state, outcome) in [
        ("pending_approval", Outcome::Blocked),
        ("out_of_scope", Outcome::OutOfScope),
        ("missing", Outcome::Missing),
    ] {
        let groups =
            [group(2, [child, child, &stated(state)]), group(3, ["—", r#"{"id":3,"parent":2}"#, "—"])];
        let verdicts = followed(&policy(PARENT), &groups);
        assert!(verdicts[0].conflict.is_none() && verdicts[0].outcome == outcome, "{state}");
        assert_eq!(verdicts[1].outcome, Outcome::CreatedOurs, "{state}: what it refers to stays");
    }
}

#[test]
fn k04_several_fields_refer_together_and_a_list_refers_with_each_item() {
    let rules = "compare = ['case']\n[[reference]]\nfields = ['house', 'room']\nto = ['b', 'n']\n[[reference]]\nfields = ['near']";
    let held = |referring: &str| {
        let target = r#"{"b":"North","n":7}"#;
        let groups = [group(1, ["—", target, "—"]), group(2, ["—", referring, "—"])];
        followed(&policy(rules), &groups)[1].conflict.clone()
    };
    assert!(held(r#"{"house":"NORTH","room":7.0}"#).is_none(), "as the fields of the target compare");
    assert!(held(r#"{"house":"North","room":8}"#).is_some());
    assert!(held(r#"{"house":"North","room":null}"#).is_none(), "a blank refers to nothing");
    assert!(held(r#"{"near":[1,2]}"#).is_none() && held(r#"{"near":[]}"#).is_none());
    assert!(held(r#"{"near":[1,3]}"#).is_some());
    assert!(held(r#"{"near":"1"}"#).is_some(), "keys compare exactly (X4)");
    assert!(held(r#"{"near":{"id":1}}"#).is_some(), "no key at all");
    let both = held(r#"{"house":"South","room":1,"near":[8,9]}"#).expect("a question");
    let paths: Vec<String> = both.fields.iter().map(|field| field.path.to_string()).collect();
    assert_eq!(paths, ["house", "near"], "one field for each reference");
}

#[test]
fn k04_references_to_other_types_are_named_and_not_looked_up() {
    let policy = policy(
        "[[reference]]\nfields = 'building'\ntype = 'building'\n[[reference]]\nfields = 'up'\ntype = 'unit'",
    );
    assert_eq!(policy.types_referred_to("unit"), ["building"]);
    assert_eq!(policy.types_referred_to("building"), ["unit"]);
    let needed = ["unit", "building", "room"].map(|name| ReferenceIndex::new(&policy, name).is_needed());
    assert_eq!(needed, [true, true, false], "nothing is looked up where nothing refers to the type");
    let verdicts = followed(&policy, &[group(1, ["—", r#"{"building":9,"up":1}"#, "—"])]);
    assert!(verdicts[0].conflict.is_none());
}

#[test]
fn k04_a_key_of_text_is_referred_to_by_its_text() {
    let child = |parent: &str| group(2, ["—", &format!(r#"{{"id":2,"parent":"{parent}"}}"#), "—"]);
    let north = Group { key: RecordKey::from("North"), ..group(1, ["—", r#"{"id":"North"}"#, "—"]) };
    let outcome = |parent| followed(&policy(PARENT), &[north.clone(), child(parent)])[1].outcome;
    assert_eq!([outcome("North"), outcome("South")], [Outcome::CreatedOurs, Outcome::Conflict]);
}

#[test]
fn x07_k04_rows_of_an_ambiguous_key_stay_and_can_be_referred_to() {
    let rows = |texts: &[&str]| -> Vec<Row> {
        texts.iter().map(|text| Row::read(object(text), 1).expect("a row")).collect()
    };
    let twice = rows(&[r#"{"id":1,"v":1}"#, r#"{"id":1,"v":2}"#]);
    let once = rows(&[r#"{"id":1}"#]);
    for (ours, theirs) in [(once.clone(), twice.clone()), (twice, once)] {
        let ambiguous = Group { ours, theirs, ..group(1, ["—", "—", "—"]) };
        let verdicts =
            followed(&policy(PARENT), &[ambiguous, group(2, ["—", "—", r#"{"id":2,"parent":1}"#])]);
        assert_eq!(verdicts[0].conflict.as_ref().map(|open| open.kind), Some(ConflictKind::Ambiguous));
        assert_eq!(verdicts[1].outcome, Outcome::CreatedTheirs);
    }
}

#[test]
fn k06_nobody_waits_for_a_record_that_is_left_alone_whatever_that_one_refers_to() {
    let gone = r#"{"id":2,"parent":1}"#;
    let left_alone = group(2, [gone, r#"{"id":2,"$state":"missing"}"#, gone]);
    let groups = [
        group(1, ["—", "—", r#"{"id":1,"parent":9}"#]),
        left_alone,
        group(3, ["—", "—", r#"{"id":3,"parent":2}"#]),
    ];
    let verdicts = followed(&policy(PARENT), &groups);
    assert_eq!([verdicts[0].outcome, verdicts[1].outcome], [Outcome::Conflict, Outcome::Missing]);
    assert_eq!(verdicts[2].outcome, Outcome::CreatedTheirs);
}

#[test]
fn k04_what_else_is_asked_of_the_record_is_asked_with_it() {
    let groups = [group(2, [r#"{"v":1}"#, r#"{"v":2,"parent":9}"#, r#"{"v":3}"#])];
    let conflict = followed(&policy(PARENT), &groups)[0].conflict.clone().expect("a question");
    assert_eq!(conflict.kind, ConflictKind::Dangling, "the first of the kinds (C9)");
    assert_eq!(conflict.fields.len(), 2);
    assert_eq!(conflict.causes(), [ConflictKind::Dangling, ConflictKind::Field]);
}

#[test]
fn k04_a_reference_that_cannot_be_understood_is_refused_with_its_place() {
    for (text, message) in [
        ("fields = []", "reference[1].fields: a reference needs fields"),
        ("to = 'a'", "reference[1].fields: is missing"),
        ("fields = ['a', 'b']\nto = 'a'", "reference[1].to: must name as many"),
        ("fields = 'a'\nkind = 'b'", "reference[1].kind: unknown member"),
        ("fields = 'a'\ntype = 7", "reference[1].type: must be text"),
        ("fields = 7", "reference[1].fields: must be a list of texts"),
    ] {
        let error = Policy::from_toml(&format!("[[reference]]\n{text}")).expect_err("refused");
        assert!(error.to_string().starts_with(message), "{error}");
        assert!(error.line.is_some());
    }
}

#[test]
fn k04_what_names_a_record_by_its_key_has_as_many_fields_as_the_key() {
    let [one, two] = [vec!["id".to_owned()], vec!["house".to_owned(), "room".to_owned()]];
    let pair = policy("[[reference]]\nfields = ['up']\ntype = 'other'\n[[reference]]\nfields = ['a', 'b']");
    assert!(pair.clone().with_key(&two).is_ok(), "the key of another type is not known here");
    let error = pair.with_key(&one).expect_err("two fields for one");
    assert_eq!(error.to_string(), "reference[2].fields: must be as many as the key fields id (MS K4)");
    let error = policy(PARENT).with_key(&two).expect_err("one field for two");
    assert_eq!(
        error.to_string(),
        "reference[1].fields: must be as many as the key fields house, room (MS K4)"
    );
    let by_fields = policy("[[reference]]\nfields = 'near'\nto = 'room'");
    assert!(by_fields.with_key(&two).is_ok(), "it names the fields itself");
}

#[test]
fn k05_a_record_that_waits_for_approval_on_either_side_is_blocked_and_not_written() {
    for mode in ["manual", "resolve_theirs", "always_ours"] {
        let policy = policy(&format!("mode = '{mode}'"));
        for (versions, stays) in [
            ([r#"{"v":1}"#, r#"…{"v":2}"#, r#"{"v":3}"#], r#"{"v":2}"#),
            ([r#"{"v":1}"#, r#"{"v":2}"#, r#"…{"v":3}"#], r#"{"v":2}"#),
            (["—", "—", r#"…{"v":3}"#], "—"),
            (["—", r#"…{"v":3}"#, "—"], r#"{"v":3}"#),
            ([r#"{"v":1}"#, "—", r#"…{"v":1}"#], "—"),
            ([r#"{"v":1}"#, "?", r#"…{"v":1}"#], "—"),
        ] {
            let verdict = merge_texts(&policy, versions[0], versions[1], versions[2]);
            assert_eq!(show(&verdict), format!("{stays} blocked | K5 record={stays}"), "{mode} {versions:?}");
            assert_eq!(verdict.blocked, Some(BlockReason::PendingApproval));
            assert!(verdict.conflict.is_none() && verdict.pending.is_empty());
            let base = (versions[0] != "—").then(|| object(versions[0]));
            assert_eq!(apply(base.as_ref(), &verdict.decisions), verdict.merged, "L10");
        }
    }
    let left = merge_texts(&Policy::default(), r#"{"v":1}"#, "out", r#"…{"v":2}"#);
    assert_eq!((left.outcome, left.blocked), (Outcome::OutOfScope, None), "R6: it is none of ours");
}

#[test]
fn k05_a_record_says_by_its_state_that_it_waits() {
    let waiting = group(1, [r#"{"v":1}"#, r#"{"v":1}"#, r#"{"v":2,"$state":"pending_approval"}"#]);
    let answer = merge_group(&Policy::default(), "unit", &waiting);
    assert_eq!(answer.verdict.outcome, Outcome::Blocked);
    assert_eq!(
        answer.verdict.decisions[0].theirs,
        Some(object(r#"{"v":2}"#).into()),
        "without its state (L5)"
    );
    let mut summary = Summary::default();
    summary.add("unit", &waiting, &answer);
    assert_eq!((summary.outcome(Outcome::Blocked), summary.conflicts), (1, 0));
    assert!(summary.guards(&Policy::default()).is_empty(), "it is listed");
}

#[test]
fn r14_a_changed_key_of_a_linked_record_is_an_edit_of_the_key_field_with_a_warning() {
    let policy = policy("").with_key(&["crn".to_owned(), "term".to_owned()]).expect("a policy");
    let record = |crn: i64, term: &str| format!(r#"{{"crn":{crn},"term":"{term}","room":"B12"}}"#);
    let (old, new) = (record(1, "F26"), record(2, "F26"));
    let verdict = merge_texts(&policy, &old, &new, &old);
    assert_eq!(verdict.outcome, Outcome::TakenOurs);
    assert!(verdict.write_theirs.is_some());
    let told = |verdict: &Verdict| -> Vec<String> {
        verdict.warnings.iter().map(|one| format!("{} {} {:?}", one.code, one.path, one.side)).collect()
    };
    assert_eq!(told(&verdict), ["key_change crn Some(Ours)"]);
    let both = merge_texts(&policy, &old, &new, &record(1, "S27"));
    assert_eq!(told(&both), ["key_change crn Some(Ours)", "key_change term Some(Theirs)"]);
    assert!(told(&merge_texts(&policy, &old, &old.replace(":1,", ":1.0,"), &old)).is_empty(), "one number");
    assert!(told(&merge_texts(&Policy::default(), &old, &new, &old)).is_empty(), "no key is known");
    assert_eq!(
        merge_record(&policy, &group(1, [&old, &new, &old]).input("section")).warnings,
        verdict.warnings
    );
}

/// What the summary of these groups takes for possible key changes.
fn moved(settings: &str, groups: &[Group]) -> Vec<(Side, i64, i64)> {
    let (policy, mut whole) = (policy(settings), Summary::default());
    for group in groups {
        let mut part = Summary::default();
        part.add("unit", group, &merge_group(&policy, "unit", group));
        whole.append(part);
    }
    let key = |key: &RecordKey| key.label().parse().expect("a number");
    let change = |change: KeyChange| (change.side, key(&change.from), key(&change.to));
    whole.possible_key_changes(&policy, &["id".to_owned()]).into_iter().map(change).collect()
}

#[test]
fn r14_without_a_link_a_delete_and_a_create_of_almost_one_record_are_shown_together() {
    let record = |id: i64, changed: usize| {
        let fields = (0..10).map(|at| format!(r#""f{at}":{}"#, if at < changed { 9 } else { 1 }));
        format!(r#"{{"id":{id},{}}}"#, fields.collect::<Vec<_>>().join(","))
    };
    let gone = |id: i64| group(id, [&record(id, 0), "—", &record(id, 0)]);
    let new = |id: i64, changed: usize| group(id, ["—", &record(id, changed), "—"]);
    assert_eq!(moved("", &[gone(1), new(5, 1)]), [(Side::Ours, 1, 5)]);
    assert_eq!(moved("", &[new(0, 1), gone(1)]), [(Side::Ours, 1, 0)], "whichever comes first");
    assert!(moved("", &[gone(1), new(5, 2)]).is_empty(), "below 90 % (RL G24)");
    assert_eq!(moved("ignore = ['f0']", &[gone(1), new(5, 1)]), [(Side::Ours, 1, 5)]);
    assert_eq!(
        moved("", &[gone(1), new(5, 1), new(6, 0), new(7, 0)]),
        [(Side::Ours, 1, 6)],
        "the one most like it"
    );
    assert_eq!(moved("", &[gone(1), gone(2), new(5, 0)]), [(Side::Ours, 1, 5)], "each once");
    let theirs = group(5, ["—", "—", &record(5, 0)]);
    assert!(moved("", &[gone(1), theirs]).is_empty(), "one went on ours, the other came on theirs");
    let empty = [group(1, [r#"{"id":1}"#, "—", r#"{"id":1}"#]), group(5, ["—", r#"{"id":5}"#, "—"])];
    assert!(moved("", &empty).is_empty(), "two keys and nothing to tell them by");
    let gone_too = record(5, 0).replace("\"id\"", r#""$state":"deleted","id""#);
    let listed = [gone(1), group(5, ["—", &gone_too, "—"])];
    assert!(moved("", &listed).is_empty(), "a row that says its record is gone is no new record");
}

#[test]
fn r14_g24_fields_that_one_of_the_two_holds_differ_and_those_that_neither_does_are_not_counted() {
    let is_one = |settings: &str, old: &str, new: &str| {
        let (old, new) = (format!(r#"{{"id":1,{old}}}"#), format!(r#"{{"id":5,{new}}}"#));
        !moved(settings, &[group(1, [&old, "—", &old]), group(5, ["—", &new, "—"])]).is_empty()
    };
    let same = r#""a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1"#;
    assert!(is_one("", same, &format!(r#"{same},"j":1"#)), "9 of 10");
    assert!(!is_one("", same, &format!(r#"{same},"j":1,"k":1"#)), "9 of 11");
    assert!(!is_one("", &format!(r#"{same},"j":1,"k":1"#), &format!(r#"{same},"j":null"#)));
    let blanks = r#""a":null,"b":null,"c":null,"d":null,"e":null,"f":null,"g":null,"h":null,"i":null"#;
    assert!(!is_one("", &format!(r#"{blanks},"j":1,"k":1"#), &format!(r#"{blanks},"j":1,"k":2"#)), "1 of 2");
    let (old, new) = (format!(r#"{same},"j":1,"k":1"#), format!(r#"{same},"j":2,"k":2"#));
    assert!(!is_one("", &old, &new) && is_one("ignore = ['j', 'k']", &old, &new), "9 of 11, 9 of 9");
}

#[test]
fn x10_a_possible_key_change_is_printed_with_its_side_and_both_keys() {
    let change = KeyChange { side: Side::Theirs, from: RecordKey::from(1), to: RecordKey::from("B") };
    let printed = change.to_object(&["id".to_owned()]).to_json();
    assert_eq!(printed, r#"{"side":"theirs","from":{"id":1},"to":{"id":"B"}}"#);
}
