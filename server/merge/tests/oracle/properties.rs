//! The engine equals the oracle on generated inputs under generated policies (RL F1).

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::generate::{self, Dice};
use crate::nouns::{Case, Json, Map, Policy, Presence, Verdict, show};
use crate::{naive, policies};

/// Cases that share one policy, so that reading the policy file does not take most of the time.
const CASES_PER_POLICY: u64 = 20;

#[test]
fn t01_the_engine_equals_the_naive_merge_on_generated_records() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |n| n.parse().expect("a number"));
    let cases: u64 = number("TIEBREAK_ORACLE_CASES", 100_000);
    let first: u64 = number("TIEBREAK_ORACLE_SEED", 0);
    let started = std::time::Instant::now();
    let policies = cases.div_ceil(CASES_PER_POLICY);
    let halves = [first..first + policies / 2, first + policies / 2..first + policies];
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    std::thread::scope(|scope| {
        let workers =
            halves.map(|seeds| scope.spawn(move || seeds.flat_map(differences).collect::<Vec<_>>()));
        for (label, example) in workers.into_iter().flat_map(|worker| worker.join().expect("no panic")) {
            let best = found.entry(label).or_insert_with(|| Found { count: 0, example: example.clone() });
            best.count += 1;
            if example.size() < best.example.size() {
                best.example = example;
            }
        }
    });
    println!("{} cases in {:?}", policies * CASES_PER_POLICY, started.elapsed());
    for (label, found) in &found {
        println!(
            "== {label}: {} cases, the smallest made smaller:\n{}",
            found.count,
            shrink(label, &found.example)
        );
    }
    assert!(found.is_empty(), "{} kinds of difference between engine and oracle", found.len());
}

#[test]
fn f2_generated_records_meet_every_rule_about_fields_many_times() {
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..1_000 {
        let mut dice = Dice::new(seed);
        let policy = policies::policy(&mut dice);
        for _ in 0..CASES_PER_POLICY {
            let verdict = naive::merge_record(&policy, &generate::case(&mut dice));
            verdict.decisions.values().for_each(|(rule, ..)| *met.entry(rule).or_default() += 1);
            let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
            fields.for_each(|(path, (reason, _))| {
                *met.entry(if path.contains("[k=") { "item" } else { reason }).or_default() += 1;
            });
        }
    }
    let rules =
        ["F2", "F3", "F4", "F5", "F8", "F10", "F12", "R13", "A2", "A3", "A4", "A7", "T2", "T5", "C11"];
    let questions = ["item", "both_changed", "no_base", "blank", "group", "strict", "deleted"];
    let seldom = rules.iter().chain(&questions).filter(|name| met.get(*name) < Some(&20));
    assert_eq!(seldom.collect::<Vec<_>>(), Vec::<&&str>::new(), "{met:?}");
}

#[test]
fn p03_p04_both_find_the_same_mode_at_every_path() {
    for seed in 0..5_000 {
        let mut dice = Dice::new(seed);
        let policy = policies::policy(&mut dice);
        let engine = Engine::new(&policy);
        let id = generate::case(&mut dice).id;
        assert_eq!(policy.record_mode(&id), engine.record_mode(&id), "{}", policies::to_toml(&policy));
        for text in ["id", "name", "room", "addr", "addr/city", "addr/zip/x", "addr/geo/lat", "tags", "a.b"] {
            let path = generate::path(text);
            let [naive, engine] = [policy.mode_at(&id, &path), engine.mode_at(&id, &path)];
            assert_eq!(naive, engine, "{text} under\n{}", policies::to_toml(&policy));
        }
    }
}

struct Found {
    count: usize,
    example: Example,
}

#[derive(Clone)]
struct Example {
    seed: u64,
    policy: Policy,
    case: Case,
}

impl Example {
    fn size(&self) -> usize {
        format!("{:?}{:?}", self.policy.fields, self.case).len()
    }
}

/// All cases of one seed that differ, each with the part of the answer that differs first.
fn differences(seed: u64) -> Vec<(String, Example)> {
    let mut dice = Dice::new(seed);
    let mut policy = policies::policy(&mut dice);
    policies::tolerate(&mut dice, &mut policy);
    let engine = Engine::new(&policy);
    let cases: Vec<Case> = (0..CASES_PER_POLICY).map(|_| generate::case(&mut dice)).collect();
    let example = |case| Example { seed, policy: policy.clone(), case };
    cases.into_iter().filter_map(|case| Some((differs(&engine, &policy, &case)?, example(case)))).collect()
}

/// The first part in which the two answers differ.
fn differs(engine: &Engine, policy: &Policy, case: &Case) -> Option<String> {
    let [mut naive, mut engine] = [naive::merge_record(policy, case), engine.merge_record(case)];
    for verdict in [&mut naive, &mut engine] {
        leave_open(policy, case, verdict);
    }
    difference(&naive, &engine)
}

/// Takes out what the text does not lay down: the journal of values nobody has seen, how a value that was not
/// fetched shows in a conflict, and which of its rules a unit names.
fn leave_open(policy: &Policy, case: &Case, verdict: &mut Verdict) {
    if case.unfetched.iter().any(|paths| !paths.is_empty()) {
        verdict.decisions.clear();
        if let Some(conflict) = &mut verdict.conflict {
            conflict.fields.values_mut().for_each(|(_, values)| *values = [None, None, None]);
        }
    }
    let members: Vec<String> =
        policy.groups.iter().flat_map(|group| &group.paths).map(|path| show(path)).collect();
    for (path, (rule, _, _)) in &mut verdict.decisions {
        if !path.is_empty() && (policy.strict || members.contains(path)) && ["F4", "F8", "R13"].contains(rule)
        {
            *rule = "F10";
        }
    }
}

pub fn difference(naive: &Verdict, engine: &Verdict) -> Option<String> {
    if naive == engine {
        return None;
    }
    let kinds = [naive, engine].map(|verdict| verdict.conflict.as_ref().map(|conflict| conflict.kind));
    Some(if let Some(law) = engine.broken.first() {
        (*law).to_owned()
    } else if naive.outcome != engine.outcome {
        format!("outcome {} is {}", naive.outcome, engine.outcome)
    } else if kinds[0] != kinds[1] {
        format!("kind {kinds:?}")
    } else if naive.conflict != engine.conflict {
        "contested paths".to_owned()
    } else if naive.merged != engine.merged {
        "merged record".to_owned()
    } else if naive.writes != engine.writes || naive.pending != engine.pending {
        "writes".to_owned()
    } else {
        let all = naive.decisions.keys().chain(engine.decisions.keys());
        let path = all.clone().find(|path| naive.decisions.get(*path) != engine.decisions.get(*path));
        let rules = [naive, engine]
            .map(|v| path.and_then(|path| v.decisions.get(path)).map(|(rule, level, _)| (*rule, *level)));
        format!("decisions {} {rules:?}", if path.is_some_and(String::is_empty) { "root" } else { "" })
    })
}

/// Take away whatever the difference does not need.
fn shrink(label: &str, example: &Example) -> String {
    let mut best = example.clone();
    while let Some(smaller) = smaller(&best)
        .into_iter()
        .find(|try_| differs(&Engine::new(&try_.policy), &try_.policy, &try_.case).as_deref() == Some(label))
    {
        best = smaller;
    }
    let Example { seed, policy, case } = &best;
    format!(
        "TIEBREAK_ORACLE_SEED={seed} TIEBREAK_ORACLE_CASES={CASES_PER_POLICY} finds it again; under\n{}{:?}\n{case:?}\n  oracle {:?}\n  engine {:?}\n",
        policies::to_toml(policy),
        policy.staff,
        naive::merge_record(policy, case),
        Engine::new(policy).merge_record(case)
    )
}

fn smaller(example: &Example) -> Vec<Example> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Example)| {
        let mut copy = example.clone();
        change(&mut copy);
        if format!("{:?}{:?}", copy.policy, copy.case) != format!("{:?}{:?}", example.policy, example.case) {
            all.push(copy);
        }
    };
    for index in 0..example.policy.fields.len() {
        with(&|e| drop(e.policy.fields.remove(index)));
        with(&|e| e.policy.fields[index].compare = None);
        with(&|e| e.policy.fields[index].blank = None);
        with(&|e| (e.policy.fields[index].mode, e.policy.fields[index].locked) = (None, false));
        with(&|e| e.policy.fields[index].locked = false);
        with(&|e| e.policy.fields[index].list = None);
        with(&|e| e.policy.fields[index].tolerance = None);
        with(&|e| (e.policy.fields[index].text, e.policy.fields[index].counter) = (None, None));
    }
    let plain = policies::plain();
    with(&|e| e.policy.mode = None);
    with(&|e| e.policy.hold_field = false);
    with(&|e| e.policy.fill = false);
    with(&|e| e.policy.strict = false);
    with(&|e| e.policy.ignore.clear());
    with(&|e| e.policy.resolvers.clear());
    with(&|e| e.policy.compare.clear());
    with(&|e| e.policy.blank = plain.blank);
    with(&|e| e.policy.allow = plain.allow);
    with(&|e| e.policy.groups.clear());
    with(&|e| e.policy.records.clear());
    with(&|e| e.policy.staff.clear());
    with(&|e| e.case.unfetched = [vec![], vec![]]);
    for name in generate::FIELDS {
        with(&|e| versions(&mut e.case).for_each(|record| drop(record.remove(name))));
        for version in 0..3 {
            with(&|e| drop(versions(&mut e.case).nth(version).and_then(|record| record.remove(name))));
        }
        for at in 0..4 {
            with(&|e| {
                versions(&mut e.case).for_each(|record| {
                    if let Some(Json::List(items)) = record.get_mut(name)
                        && at < items.len()
                    {
                        items.remove(at);
                    }
                });
            });
        }
        for inner in ["city", "zip", "geo"] {
            with(&|e| {
                versions(&mut e.case).for_each(|record| {
                    if let Some(Json::Object(object)) = record.get_mut(name) {
                        object.remove(inner);
                    }
                });
            });
        }
    }
    all
}

fn versions(case: &mut Case) -> impl Iterator<Item = &mut Map> {
    let live = case.sides.iter_mut().filter_map(|side| match side {
        Presence::Live(record) => Some(record),
        _ => None,
    });
    case.base.iter_mut().chain(live)
}
