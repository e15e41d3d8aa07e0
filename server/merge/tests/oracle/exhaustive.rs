//! The small world, all of it: three fields that are absent or hold one of three values (RL F2).
//!
//! Which of the three fields has which history does not count, so that of the orders of three histories one is
//! taken, and it moves through the names. Everything else is complete: all triples of versions, all modes, both
//! holds wherever something is contested, all states of presence on either side, with and without base.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::naive;
use crate::nouns::{Case, Json, Map, Policy, Presence};
use crate::policies::{MODES, plain};
use crate::properties::difference;

const NAMES: [&str; 3] = ["v", "w", "x"];
/// Absent, 1, 2, 3.
const STATES: usize = 4;

/// A version of the record, by the state of each field.
fn record(states: [usize; 3]) -> Map {
    let present = NAMES.iter().zip(states).filter(|(_, state)| *state > 0);
    let mut record: Map =
        present.map(|(name, n)| ((*name).to_owned(), Json::Number(n.to_string()))).collect();
    record.insert("id".to_owned(), Json::Number("7".to_owned()));
    record
}

/// The versions that three field histories make up; a history is one number, base-4 digits b, o and t.
fn versions(histories: [usize; 3]) -> [Map; 3] {
    let turn = histories.iter().sum::<usize>() % 3;
    [STATES * STATES, STATES, 1].map(|place| {
        let mut states = histories.map(|history| history / place % STATES);
        states.rotate_left(turn);
        record(states)
    })
}

/// All choices of three histories, without regard to order.
fn choices(histories: usize) -> impl Iterator<Item = [usize; 3]> {
    (0..histories).flat_map(move |a| (a..histories).flat_map(move |b| (b..histories).map(move |c| [a, b, c])))
}

fn case(base: Option<Map>, sides: [Presence; 2]) -> Case {
    Case { id: Json::Number("7".to_owned()), base, sides, unfetched: [vec![], vec![]] }
}

/// The five modes, each with both holds; the second hold is tried only where something is contested.
pub struct World {
    policies: Vec<(Policy, Engine)>,
    pub cases: usize,
    revisions: Revisions,
}

impl World {
    fn new(fill: bool) -> World {
        World::of(&Policy { fill, ..plain() })
    }

    /// The modes and holds, with these settings.
    pub fn of(settings: &Policy) -> World {
        let mut policies = Vec::new();
        for mode in MODES {
            for hold_field in [false, true] {
                let policy = Policy { mode: Some(mode), hold_field, ..settings.clone() };
                policies.push((policy.clone(), Engine::new(&policy)));
            }
        }
        World { policies, cases: 0, revisions: Revisions::default() }
    }

    pub fn check(&mut self, case: &Case) {
        for pair in self.policies.chunks(2) {
            for (policy, engine) in pair {
                let naive = naive::merge_record(policy, case);
                let (verdict, revision) = engine.answer(case);
                if let Some(part) = difference(&naive, &verdict) {
                    panic!("{part}\n{case:?}\n{policy:?}\n  oracle {naive:?}\n  engine {verdict:?}");
                }
                self.cases += 1;
                if let (Some(conflict), Some(revision)) = (&naive.conflict, revision) {
                    self.revisions.check(&revision, &format!("{:?}", (conflict, live(case))));
                }
                if naive.conflict.is_none() {
                    break;
                }
            }
        }
    }
}

/// Revisions of conflicts and what they stand for, both ways.
#[derive(Default)]
struct Revisions {
    questions: BTreeMap<String, String>,
    revisions: BTreeMap<String, String>,
}

impl Revisions {
    /// C1: the revision changes if and only if the question does.
    fn check(&mut self, revision: &str, question: &str) {
        let seen = self.questions.entry(revision.to_owned()).or_insert_with(|| question.to_owned());
        assert_eq!(seen, question, "two questions with the revision {revision}");
        let seen = self.revisions.entry(question.to_owned()).or_insert_with(|| revision.to_owned());
        assert_eq!(seen, revision, "two revisions of one question");
    }
}

/// Which of the three versions exist.
fn live(case: &Case) -> [bool; 3] {
    let [ours, theirs] = case.sides.each_ref().map(|side| matches!(side, Presence::Live(_)));
    [case.base.is_some(), ours, theirs]
}

#[test]
fn f2_every_small_record_in_base_and_on_both_sides() {
    let mut world = World::new(false);
    for histories in choices(STATES.pow(3)) {
        let [base, ours, theirs] = versions(histories);
        world.check(&case(Some(base), [Presence::Live(ours), Presence::Live(theirs)]));
    }
    println!("{} cases", world.cases);
}

#[test]
fn f2_every_small_record_that_is_new_on_both_sides() {
    for fill in [false, true] {
        let mut world = World::new(fill);
        for histories in choices(STATES.pow(2)) {
            let [_, ours, theirs] = versions(histories);
            world.check(&case(None, [Presence::Live(ours), Presence::Live(theirs)]));
        }
        println!("{} cases", world.cases);
    }
}

#[test]
fn f2_every_small_record_that_lives_on_one_side() {
    let mut world = World::new(false);
    for histories in choices(STATES.pow(2)) {
        let [_, old, live] = versions(histories);
        for gone in [Presence::Deleted, Presence::Missing, Presence::OutOfScope] {
            for base in [None, Some(old.clone())] {
                world.check(&case(base.clone(), [Presence::Live(live.clone()), gone.clone()]));
                world.check(&case(base, [gone.clone(), Presence::Live(live.clone())]));
            }
        }
    }
    println!("{} cases", world.cases);
}

#[test]
fn f2_every_small_record_that_lives_on_neither_side() {
    let mut world = World::new(false);
    let gone = [Presence::Deleted, Presence::Missing, Presence::OutOfScope];
    for ours in &gone {
        for theirs in &gone {
            world.check(&case(Some(record([1, 2, 0])), [ours.clone(), theirs.clone()]));
        }
    }
    println!("{} cases", world.cases);
}
