//! The laws of MS section 14 over correlated inputs; together 100,000 cases (RL F1).

#[path = "support/world.rs"]
mod world;

use std::collections::HashSet;

use merge::listing::{Group, Row, State, Summary, merge_group};
use merge::{
    Action, ConflictKind, ContentHash, FieldPath, Hold, Object, Outcome, PlannedWrite, RecordKey, Value,
    Verdict, apply, merge_record, perform,
};
use proptest::prelude::*;
use world::{Rules, Shape, World, meaning, rules, world};

/// Cases per law; `PROPTEST_CASES` asks for more.
fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(8400);
    ProptestConfig { cases, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

fn contested(verdict: &Verdict) -> Vec<FieldPath> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    fields.map(|field| field.path.clone()).collect()
}

fn without(record: Option<&Object>, paths: &[FieldPath]) -> Option<ContentHash> {
    let mut record = record.cloned();
    for path in paths {
        perform(&mut record, Action::Set, path, None);
    }
    meaning(record.as_ref())
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

/// Whether equal compare forms are exactly equal meanings under these settings.
fn compares_plainly(rules: &Rules) -> bool {
    !rules.settings.contains("compare") && !rules.settings.contains("list")
}

fn changed_paths(write: Option<&PlannedWrite>) -> Vec<String> {
    match write {
        Some(PlannedWrite::Update { changed, .. }) => changed.iter().map(ToString::to_string).collect(),
        Some(write) => vec![write.kind().to_string()],
        None => Vec::new(),
    }
}

/// Every value below and including this one.
fn collect<'a>(value: &'a Value, into: &mut HashSet<ContentHash>, leaves: &mut Vec<&'a Value>) {
    into.insert(one(value));
    match value {
        Value::Object(object) => {
            object
                .iter()
                .filter(|(name, _)| *name != "e")
                .for_each(|(_, value)| collect(value, into, leaves));
        }
        Value::Null => {}
        value => leaves.push(value),
    }
}

fn one(value: &Value) -> ContentHash {
    let object: Object = [("v", value.clone())].into_iter().collect();
    object.hash()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn l01_swapping_the_sides_mirrors_the_result(world in world(), rules in rules()) {
        let there = merge_record(rules.policy, &world.input());
        let back = merge_record(&rules.policy.mirror(), &world.mirror().input());
        prop_assert_eq!(mirrored(there.outcome), back.outcome);
        prop_assert_eq!(contested(&there), contested(&back));
        let kind = |verdict: &Verdict| verdict.conflict.as_ref().map(|conflict| conflict.kind);
        prop_assert_eq!(kind(&there).map(ConflictKind::mirror), kind(&back));
        prop_assert_eq!(changed_paths(there.write_ours.as_ref()), changed_paths(back.write_theirs.as_ref()));
        prop_assert_eq!(changed_paths(there.write_theirs.as_ref()), changed_paths(back.write_ours.as_ref()));
        let exempt = matches!(there.outcome, Outcome::OursOnly | Outcome::TheirsOnly);
        if !exempt && there.conflict.is_none() {
            prop_assert_eq!(meaning(there.merged.as_ref()), meaning(back.merged.as_ref()));
        }
    }

    #[test]
    fn l02_a_settled_state_stays(world in world(), rules in rules()) {
        let verdict = merge_record(rules.policy, &world.input());
        let (Some(merged), None) = (verdict.merged, verdict.conflict) else { return Ok(()) };
        let settled = World { base: Some(merged.clone()), ours: merged.clone(), theirs: merged.clone(), ..world.live() };
        let again = merge_record(rules.policy, &settled.input());
        prop_assert_eq!(again.outcome, Outcome::Unchanged);
        prop_assert!(again.decisions.is_empty(), "{:?}", again.decisions);
        prop_assert!(again.write_ours.is_none() && again.write_theirs.is_none() && again.pending.is_empty());
        prop_assert_eq!(again.merged, Some(merged));
    }

    #[test]
    fn l03_edits_of_one_side_pass(world in world(), rules in rules()) {
        let Some(base) = world.base.clone() else { return Ok(()) };
        if rules.mode.starts_with("always") || rules.settings.contains("always") || rules.settings.contains("blank =") {
            return Ok(());
        }
        for swapped in [false, true] {
            let one = World { theirs: base.clone(), ..world.live() };
            let one = if swapped { one.mirror() } else { one };
            let verdict = merge_record(rules.policy, &one.input());
            prop_assert!(verdict.conflict.is_none());
            let editor = if swapped { &verdict.write_theirs } else { &verdict.write_ours };
            prop_assert!(editor.is_none(), "the editing side needs no write: {:?}", editor);
            if compares_plainly(&rules) {
                prop_assert_eq!(meaning(verdict.merged.as_ref()), meaning(Some(&world.ours)));
            }
        }
    }

    #[test]
    fn l04_equal_sides_never_conflict(world in world(), rules in rules()) {
        let both = World { theirs: world.ours.clone(), ..world.live() };
        let verdict = merge_record(rules.policy, &both.input());
        prop_assert!(verdict.conflict.is_none(), "{:?}", verdict.conflict);
        prop_assert!(verdict.write_ours.is_none() && verdict.write_theirs.is_none());
        if compares_plainly(&rules) {
            prop_assert_eq!(meaning(verdict.merged.as_ref()), meaning(Some(&world.ours)));
        }
    }

    #[test]
    fn l05_no_value_is_lost_silently(world in world(), rules in rules()) {
        if !compares_plainly(&rules) {
            return Ok(());
        }
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
            let record = Value::Object(record.clone());
            let mut leaves = Vec::new();
            collect(&record, &mut HashSet::new(), &mut leaves);
            for leaf in leaves {
                prop_assert!(kept.contains(&one(leaf)), "{} is in neither merged, conflict nor journal", leaf);
            }
        }
    }

    #[test]
    fn l07_order_of_members_does_not_count(world in world(), rules in rules()) {
        fn turned(object: &Object) -> Object {
            let members: Vec<_> = object.clone().into_iter().collect();
            let value = |value| match value {
                Value::Object(object) => Value::Object(turned(&object)),
                other => other,
            };
            members.into_iter().rev().map(|(name, member)| (name, value(member))).collect()
        }
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
    fn l08_contested_are_exactly_the_changes_that_clash(world in world()) {
        // Scalars only, so that a clash can be told without any rule of the engine.
        let flat = |record: &Object| -> Object {
            let scalar = |value: &Value| if value.as_object().is_some() { Value::from("object") } else { value.clone() };
            ["a", "b", "s"].iter().filter_map(|name| Some((*name, scalar(record.get(name)?)))).collect()
        };
        let flat_world = World {
            base: world.base.as_ref().map(flat), ours: flat(&world.ours), theirs: flat(&world.theirs), ..world.live()
        };
        let verdict = merge_record(&merge::Policy::default(), &flat_world.input());
        let at = |record: &Object, name: &str| one(record.get(name).unwrap_or(&Value::Null));
        let clashes = ["a", "b", "s"].into_iter().filter(|name| {
            let (o, t) = (at(&flat_world.ours, name), at(&flat_world.theirs, name));
            let base = flat_world.base.as_ref().map(|base| at(base, name));
            o != t && base.is_none_or(|base| o != base && t != base)
        });
        let clashes: Vec<String> = clashes.map(str::to_owned).collect();
        let contested: Vec<String> = contested(&verdict).iter().map(ToString::to_string).collect();
        prop_assert_eq!(contested, clashes);
    }

    #[test]
    fn l09_a_side_is_written_exactly_if_it_differs_from_merged(world in world(), rules in rules()) {
        let world = world.live();
        let verdict = merge_record(rules.policy, &world.input());
        if verdict.conflict.is_some() || !compares_plainly(&rules) {
            let held = rules.policy.hold == Hold::Record && verdict.conflict.is_some();
            prop_assert!(!held || (verdict.write_ours.is_none() && verdict.write_theirs.is_none()));
            return Ok(());
        }
        let refused = verdict.pending.len();
        for (side, write) in [(&world.ours, &verdict.write_ours), (&world.theirs, &verdict.write_theirs)] {
            let differs = meaning(verdict.merged.as_ref()) != meaning(Some(side));
            prop_assert_eq!(differs, write.is_some() || refused > 0 && differs);
            if let Some(PlannedWrite::Update { record, .. }) = write {
                prop_assert_eq!(meaning(Some(record)), meaning(verdict.merged.as_ref()));
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
        let row = |record: &Object, shape| Row {
            record: record.clone(),
            state: match shape {
                Shape::Live => State::Live,
                Shape::Deleted => State::Deleted,
                Shape::Missing => State::Missing,
                Shape::OutOfScope => State::OutOfScope,
            },
            unfetched: Vec::new(),
            line: 1,
        };
        let mut summary = Summary::default();
        for (at, world) in worlds.iter().enumerate() {
            let group = Group {
                key: RecordKey::from(at as i64),
                base: world.base.as_ref().map(|base| row(base, Shape::Live)),
                ours: vec![row(&world.ours, world.shapes.0)],
                theirs: vec![row(&world.theirs, world.shapes.1)],
            };
            let answer = merge_group(rules.policy, "thing", &group);
            let alone = World { key: group.key.clone(), unfetched: (Vec::new(), Vec::new()), ..world.clone() };
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
        if !rules.mode.starts_with("resolve") || !compares_plainly(&rules) {
            return Ok(());
        }
        let world = world.live();
        let manual = merge_record(rules.manual, &world.input());
        let resolved = merge_record(rules.policy, &world.input());
        let still_open = contested(&resolved);
        if still_open.is_empty() {
            let open = contested(&manual);
            prop_assert_eq!(without(manual.merged.as_ref(), &open), without(resolved.merged.as_ref(), &open));
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
        if before.conflict.is_none() && compares_plainly(&rules) {
            prop_assert_eq!(meaning(before.merged.as_ref()), meaning(after.merged.as_ref()));
        }
    }
}
