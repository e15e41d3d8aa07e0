//! The laws of MS section 14 over correlated inputs, under every kind of rule and every way of comparing (RL F1).

#[path = "support/cases.rs"]
mod cases;
#[path = "support/world/mod.rs"]
mod world;

use std::collections::{HashMap, HashSet};

use cases::cases;
use merge::listing::{Group, Row, State, Summary, merge_group};
use merge::{
    Action, Choice, ConflictField, ConflictKind, ContentHash, FieldPath, Hold, Object, Outcome, PlannedWrite,
    Reason, RecordKey, Rule, Segment, UNFETCHED, Value, Verdict, apply, decide, merge_record, perform,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use world::{Shape, World, at, meaning, rules, world};

fn contested(verdict: &Verdict) -> Vec<FieldPath> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    fields.map(|field| field.path.clone()).collect()
}

/// The record without some paths; an item of a list takes its list with it.
fn without(record: Option<&Object>, paths: &[FieldPath]) -> Option<Object> {
    let mut record = record.cloned();
    for path in paths {
        let names = path.segments().iter().take_while(|segment| matches!(segment, Segment::Name(_)));
        perform(&mut record, Action::Set, &names.cloned().collect(), None);
    }
    record
}

const fn mirrored(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::TakenOurs => Outcome::TakenTheirs,
        Outcome::TakenTheirs => Outcome::TakenOurs,
        Outcome::CreatedOurs => Outcome::CreatedTheirs,
        Outcome::CreatedTheirs => Outcome::CreatedOurs,
        Outcome::DeletedOurs => Outcome::DeletedTheirs,
        Outcome::DeletedTheirs => Outcome::DeletedOurs,
        Outcome::OursOnly => Outcome::TheirsOnly,
        Outcome::TheirsOnly => Outcome::OursOnly,
        outcome => outcome,
    }
}

/// The contested paths with their reasons and the meanings of their values, as the other side sees them if `swapped`.
fn questions(verdict: &Verdict, swapped: bool) -> Vec<(String, String, [Option<ContentHash>; 3])> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    let meaning = |value: &Option<Value>| value.as_ref().map(one);
    let question = |field: &ConflictField| {
        let (ours, theirs) = (meaning(&field.ours), meaning(&field.theirs));
        let sides = if swapped { [theirs, ours] } else { [ours, theirs] };
        (field.path.to_string(), field.reason.to_string(), [meaning(&field.base), sides[0], sides[1]])
    };
    fields.map(question).collect()
}

fn changed_paths(write: Option<&PlannedWrite>) -> Vec<String> {
    match write {
        Some(PlannedWrite::Update { changed, .. }) => changed.iter().map(ToString::to_string).collect(),
        Some(write) => vec![write.kind().to_string()],
        None => Vec::new(),
    }
}

/// Every value below and including this one, as rough as the roughest way of comparing.
fn collect(value: &Value, into: &mut HashSet<ContentHash>, leaves: &mut Vec<Value>) {
    let value = &rough(value);
    into.insert(one(value));
    match value {
        Value::Object(object) => {
            object
                .iter()
                .filter(|(name, _)| *name != "e")
                .for_each(|(_, value)| collect(value, into, leaves));
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, into, leaves)),
        Value::Null => {}
        value => leaves.push(value.clone()),
    }
}

/// Spellings of one value made one: what only differs in spelling is not lost when one of the two is kept.
fn rough(value: &Value) -> Value {
    match value {
        Value::Text(text) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            match words.join(" ").to_lowercase() {
                empty if empty.is_empty() => Value::Null,
                text => text.strip_suffix(".0").unwrap_or(&text).replace('\u{e9}', "e\u{301}").into(),
            }
        }
        Value::List(items) => Value::List(items.iter().map(rough).collect()),
        Value::Object(object) => {
            object.iter().map(|(name, value)| (name.to_owned(), rough(value))).collect::<Object>().into()
        }
        other => other.clone(),
    }
}

fn one(value: &Value) -> ContentHash {
    let object: Object = [("v", value.clone())].into_iter().collect();
    object.hash()
}

/// The same record with its members, and those of everything in it, turned round.
fn turned(object: &Object) -> Object {
    let members: Vec<_> = object.clone().into_iter().collect();
    members.into_iter().rev().map(|(name, member)| (name, turned_value(member))).collect()
}

fn turned_value(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(turned(&object)),
        Value::List(items) => Value::List(items.into_iter().map(turned_value).collect()),
        other => other,
    }
}

fn row(record: &Object, shape: Shape, unfetched: &[FieldPath]) -> Row {
    let state = match shape {
        Shape::Live => State::Live,
        Shape::Deleted => State::Deleted,
        Shape::Missing => State::Missing,
        Shape::OutOfScope => State::OutOfScope,
        Shape::Pending => State::PendingApproval,
    };
    Row { record: record.clone(), state, unfetched: unfetched.to_vec(), line: 1 }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn l01_swapping_the_sides_mirrors_the_result(world in world(), rules in rules()) {
        let there = merge_record(rules.policy, &world.input());
        let back = merge_record(&rules.policy.mirror(), &world.mirror().input());
        prop_assert_eq!(mirrored(there.outcome), back.outcome);
        prop_assert_eq!(questions(&there, false), questions(&back, true));
        let kind = |verdict: &Verdict| verdict.conflict.as_ref().map(|conflict| conflict.kind);
        prop_assert_eq!(kind(&there).map(ConflictKind::mirror), kind(&back));
        prop_assert_eq!(changed_paths(there.write_ours.as_ref()), changed_paths(back.write_theirs.as_ref()));
        prop_assert_eq!(changed_paths(there.write_theirs.as_ref()), changed_paths(back.write_ours.as_ref()));
        let exempt = matches!(there.outcome, Outcome::OursOnly | Outcome::TheirsOnly | Outcome::Blocked);
        if !exempt && there.conflict.is_none() {
            prop_assert_eq!(meaning(there.merged.as_ref()), meaning(back.merged.as_ref()));
        }
    }

    #[test]
    fn l02_a_settled_state_stays(world in world(), rules in rules()) {
        let verdict = merge_record(rules.policy, &world.input());
        let (Some(merged), None) = (verdict.merged, verdict.conflict) else { return Ok(()) };
        let settled = World::settled(merged.clone());
        let again = merge_record(rules.policy, &settled.input());
        prop_assert_eq!(again.outcome, Outcome::Unchanged);
        prop_assert!(again.decisions.is_empty(), "{:?}", again.decisions);
        prop_assert!(again.write_ours.is_none() && again.write_theirs.is_none() && again.pending.is_empty());
        prop_assert_eq!(again.merged, Some(merged));
    }

    #[test]
    fn l03_edits_of_one_side_pass(world in world(), rules in rules()) {
        let Some(base) = world.base.clone().filter(|base| !base.contains(UNFETCHED)) else { return Ok(()) };
        if rules.overrules() || rules.has("blank =") {
            return Ok(());
        }
        for swapped in [false, true] {
            let one = World { theirs: base.clone(), ..world.live() };
            let one = if swapped { one.mirror() } else { one };
            let verdict = merge_record(rules.policy, &one.input());
            prop_assert!(verdict.conflict.is_none());
            let editor = if swapped { &verdict.write_theirs } else { &verdict.write_ours };
            prop_assert!(editor.is_none(), "the editing side needs no write: {:?}", editor);
            prop_assert!(rules.same(verdict.merged.as_ref(), Some(&world.ours)), "{:?}", verdict.merged);
        }
    }

    #[test]
    fn l04_equal_sides_never_conflict(world in world(), rules in rules()) {
        let both = World { theirs: world.ours.clone(), ..world.live() };
        let verdict = merge_record(rules.policy, &both.input());
        prop_assert!(verdict.conflict.is_none(), "{:?}", verdict.conflict);
        prop_assert!(verdict.write_ours.is_none() && verdict.write_theirs.is_none());
        prop_assert!(rules.same(verdict.merged.as_ref(), Some(&world.ours)), "{:?}", verdict.merged);
    }

    #[test]
    fn l05_no_value_is_lost_silently(world in world(), rules in rules()) {
        let verdict = merge_record(rules.policy, &world.input());
        let (mut kept, mut rest) = (HashSet::new(), Vec::new());
        let merged = verdict.merged.clone().map(Value::Object);
        let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
        let conflict = fields.flat_map(|field| [&field.base, &field.ours, &field.theirs]);
        let journal = verdict.decisions.iter().flat_map(|decision| [&decision.value, &decision.ours, &decision.theirs]);
        let base = world.base.clone().map(Value::Object);
        for value in std::iter::once(&merged).chain(conflict).chain(journal).chain([&base]).flatten() {
            collect(value, &mut kept, &mut rest);
        }
        let input = world.input();
        for (side, unfetched) in [(input.ours, input.unfetched_ours), (input.theirs, input.unfetched_theirs)] {
            let Some(record) = side.live().filter(|_| unfetched.is_empty()) else { continue };
            // Instants, days and codes have spellings that only their own ways of comparing know.
            let others = without(Some(record), &["w", "m"].map(FieldPath::field)).map(Value::Object);
            let mut leaves = Vec::new();
            others.iter().for_each(|record| collect(record, &mut HashSet::new(), &mut leaves));
            for leaf in leaves {
                prop_assert!(kept.contains(&one(&leaf)), "{} is in neither merged, conflict nor journal", leaf);
            }
        }
    }

    #[test]
    fn l07_order_of_members_does_not_count(world in world(), rules in rules()) {
        let other = World {
            base: world.base.as_ref().map(turned),
            ours: turned(&world.ours),
            theirs: turned(&world.theirs),
            ..world.clone()
        };
        let (a, b) = (merge_record(rules.policy, &world.input()), merge_record(rules.policy, &other.input()));
        prop_assert_eq!(a.outcome, b.outcome);
        prop_assert_eq!(meaning(a.merged.as_ref()), meaning(b.merged.as_ref()));
        let names = |verdict: &Verdict| {
            verdict.conflict.as_ref().map(|conflict| (conflict.id.clone(), conflict.revision.clone()))
        };
        prop_assert_eq!(names(&a), names(&b));
    }

    #[test]
    fn l08_contested_are_exactly_the_changes_that_clash(world in world(), rules in rules()) {
        // Scalars only, so that a clash can be told by comparing one field at a time.
        const NAMES: [&str; 6] = ["a", "b", "m", "s", "w", "z"];
        let flat = |record: &Object| -> Object {
            let is_scalar = |value: &&Value| value.as_object().is_none() && value.as_list().is_none();
            NAMES.iter().filter_map(|name| Some((*name, record.get(name).filter(is_scalar)?.clone()))).collect()
        };
        let flat = World {
            base: world.base.as_ref().map(flat), ours: flat(&world.ours), theirs: flat(&world.theirs), ..world.live()
        };
        let verdict = merge_record(rules.comparison, &flat.input());
        let only = |record: &Object, name: &str| -> Object {
            record.iter().filter(|(there, _)| *there == name).map(|(name, value)| (name, value.clone())).collect()
        };
        let clashes = NAMES.into_iter().filter(|name| {
            let (o, t) = (only(&flat.ours, name), only(&flat.theirs, name));
            let base = flat.base.as_ref().map(|base| only(base, name));
            let changed = |side: &Object| !rules.same(base.as_ref(), Some(side));
            !rules.same(Some(&o), Some(&t)) && (base.is_none() || changed(&o) && changed(&t))
        });
        let clashes: Vec<String> = clashes.map(str::to_owned).collect();
        let contested: Vec<String> = contested(&verdict).iter().map(ToString::to_string).collect();
        prop_assert_eq!(contested, clashes);
    }

    #[test]
    fn l09_a_side_is_written_exactly_if_it_differs_from_merged(world in world(), rules in rules()) {
        let world = world.live();
        let verdict = merge_record(rules.policy, &world.input());
        if rules.policy.hold == Hold::Record && verdict.conflict.is_some() {
            prop_assert!(verdict.write_ours.is_none() && verdict.write_theirs.is_none() && verdict.pending.is_empty());
            return Ok(());
        }
        let open = contested(&verdict);
        let merged = without(verdict.merged.as_ref(), &open);
        for (side, record) in [(merge::Side::Ours, &world.ours), (merge::Side::Theirs, &world.theirs)] {
            let refused = verdict.pending.iter().find(|pending| pending.side == side).map(|pending| &pending.write);
            let write = verdict.write(side).or(refused);
            let differs = !rules.same(without(Some(record), &open).as_ref(), merged.as_ref());
            prop_assert_eq!(differs, write.is_some(), "{:?} {:?}", side, write);
            if let Some(PlannedWrite::Update { record: written, .. }) = write {
                prop_assert!(rules.same(without(Some(written), &open).as_ref(), merged.as_ref()));
                let kept = |path: &FieldPath| at(written, path) == at(record, path);
                prop_assert!(open.iter().all(kept), "P7: contested paths stay as they are on each side");
            }
        }
    }

    #[test]
    fn l10_decisions_rebuild_the_result(world in world(), rules in rules()) {
        let verdict = merge_record(rules.policy, &world.input());
        let rebuilt = apply(world.base.as_ref(), &verdict.decisions);
        let same = match (&rebuilt, &verdict.merged) {
            (Some(a), Some(b)) => a.same_json(b),
            (a, b) => a.is_none() && b.is_none(),
        };
        prop_assert!(same, "{:?} is not {:?} by {:?}", rebuilt, verdict.merged, verdict.decisions);
    }

    #[test]
    fn l06_l11_each_record_counts_once_and_depends_on_itself_only(
        worlds in prop::collection::vec(world(), 1..5), rules in rules()
    ) {
        let mut summary = Summary::default();
        for (at, world) in worlds.iter().enumerate() {
            let group = Group {
                key: RecordKey::from(at as i64),
                base: world.base.as_ref().map(|base| row(base, Shape::Live, &[])),
                ours: vec![row(&world.ours, world.shapes.0, &world.unfetched.0)],
                theirs: vec![row(&world.theirs, world.shapes.1, &world.unfetched.1)],
            };
            let answer = merge_group(rules.policy, "thing", &group);
            let alone = World { key: group.key.clone(), ..world.clone() };
            let alone_verdict = merge_record(rules.policy, &alone.input());
            prop_assert_eq!(&answer.verdict, &alone_verdict);
            summary.add("thing", &group, &answer);
        }
        let total: u64 = Outcome::ALL.iter().map(|outcome| summary.outcome(*outcome)).sum();
        prop_assert_eq!(total, worlds.len() as u64);
        prop_assert_eq!(summary.records, total);
    }

    #[test]
    fn l12_resolving_modes_change_contested_paths_only(world in world(), rules in rules()) {
        if !rules.mode.starts_with("resolve") {
            return Ok(());
        }
        let world = world.live();
        let manual = merge_record(rules.manual, &world.input());
        let resolved = merge_record(rules.by_field, &world.input());
        // What the resolvers settle in manual would be a question without them.
        let asked = manual.decisions.iter().filter(|decision| {
            decision.rule == Rule::C11 || rules.has("resolvers") && decision.rule == Rule::A4
        });
        let open: Vec<FieldPath> =
            contested(&manual).into_iter().chain(asked.map(|decision| decision.path.clone())).collect();
        let clean = |verdict: &Verdict| without(verdict.merged.as_ref(), &open);
        prop_assert!(rules.same(clean(&manual).as_ref(), clean(&resolved).as_ref()), "{:?} {:?}", manual, resolved);
        let still_open = contested(&resolved);
        prop_assert!(still_open.iter().all(|path| contested(&manual).contains(path)), "{:?}", still_open);
    }

    #[test]
    fn c05_choosing_one_side_for_all_that_is_asked_is_what_its_mode_does(world in world(), rules in rules()) {
        if rules.mode != "resolve_theirs" || rules.has("blank =") {
            return Ok(());
        }
        let asked = merge_record(rules.manual, &world.input());
        let Some(conflict) = &asked.conflict else { return Ok(()) };
        // A person who chooses a side for a list in two orders takes that side's list; a mode takes its order only.
        if conflict.fields.iter().any(|field| field.reason == Reason::Order) {
            return Ok(());
        }
        let whole = matches!(conflict.kind, ConflictKind::DeleteUpdate | ConflictKind::UpdateDelete);
        let paths = if whole { vec![FieldPath::root()] } else { contested(&asked) };
        let choices: Vec<_> = paths.into_iter().map(|path| (path, Choice::Theirs)).collect();
        let decided = decide(rules.manual, &world.input(), &choices).expect("the choices fit");
        prop_assert_eq!(decided.conflict, None);
        let mode = merge_record(rules.policy, &world.input());
        if mode.conflict.is_none() && !rules.has("resolvers") {
            prop_assert!(rules.same(decided.merged.as_ref(), mode.merged.as_ref()), "{:?} {:?}", decided.merged, mode.merged);
        }
    }

    #[test]
    fn b01_base_joins_what_both_sides_hold_and_nothing_else(world in world(), rules in rules()) {
        use merge::{Known, base::join};
        let joined = join(rules.policy, world.base.as_ref(), Known::Held(&world.ours), Known::Held(&world.theirs));
        let base = joined.base.expect("both sides have the record");
        let again = join(rules.policy, Some(&base), Known::Held(&world.ours), Known::Held(&world.theirs));
        prop_assert!(again.moved.is_empty(), "the same facts move base twice: {:?}", again.moved);
        prop_assert_eq!(again.base, Some(base.clone()));
        // Whatever could be merged before is merged the same from the joined base.
        let next = World { base: Some(base), ..world.live() };
        let (before, after) =
            (merge_record(rules.policy, &world.live().input()), merge_record(rules.policy, &next.input()));
        prop_assert_eq!(contested(&before), contested(&after));
        if before.conflict.is_none() {
            prop_assert!(rules.same(before.merged.as_ref(), after.merged.as_ref()));
        }
    }
}

#[test]
fn f2_generated_records_meet_every_rule_and_every_outcome_many_times() {
    let mut runner = TestRunner::deterministic();
    let (mut outcomes, mut by_rule) = (HashMap::new(), HashMap::new());
    for _ in 0..20_000 {
        let drawn = (world(), rules()).new_tree(&mut runner).expect("a record and a policy").current();
        let verdict = merge_record(drawn.1.policy, &drawn.0.input());
        *outcomes.entry(verdict.outcome).or_insert(0) += 1;
        verdict.decisions.iter().for_each(|decision| *by_rule.entry(decision.rule).or_insert(0) += 1);
    }
    // Records collide with others, and refer to others, in listings only; persons decide nothing here, nor declare that
    // something differs on purpose.
    let elsewhere = [Rule::F1, Rule::K1, Rule::K3, Rule::K4, Rule::K6, Rule::C5, Rule::C10];
    let seldom: Vec<Outcome> =
        Outcome::ALL.iter().copied().filter(|it| outcomes.get(it) < Some(&25)).collect();
    assert_eq!(seldom, Vec::<Outcome>::new(), "{outcomes:?}");
    let seldom = Rule::ALL.iter().filter(|it| !elsewhere.contains(it) && by_rule.get(it) < Some(&10));
    assert_eq!(seldom.collect::<Vec<_>>(), Vec::<&Rule>::new(), "{by_rule:?}");
}
