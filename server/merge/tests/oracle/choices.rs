//! Choices of the staff (MS C5) and the moves of base (MS B1, RL R20), against the naive merge.

use std::collections::BTreeSet;

use crate::engine::Engine;
use crate::generate::{self, Dice};
use crate::nouns::{Case, Choice, Group, Json, Mode, Path, Policy, Presence, Verdict, WRITES, Write, show};
use crate::properties::difference;
use crate::{naive, policies};

fn generated(seed: u64) -> (Dice, Policy, Engine) {
    let mut dice = Dice::new(seed);
    let policy = policies::policy(&mut dice);
    let engine = Engine::new(&policy);
    (dice, policy, engine)
}

#[test]
fn c05_choices_settle_their_paths_and_leave_the_others_as_they_were() {
    let mut decided = 0;
    for seed in 0..1_000 {
        let (mut dice, policy, engine) = generated(seed);
        for _ in 0..20 {
            let case = generate::case(&mut dice);
            let open = naive::merge_record(&policy, &case);
            let Some(conflict) = &open.conflict else { continue };
            // Choices for the items of a list are another test's (`laws.rs`).
            let items = contested(&policy, &case).iter().any(|cell| !cell.items.is_empty());
            if items || case.unfetched[0].len() + case.unfetched[1].len() > 0 {
                continue;
            }
            if conflict.kind == "field" || conflict.kind == "both_added" {
                check_fields(&mut dice, &policy, &engine, &case);
            } else {
                check_record(&mut dice, &policy, &engine, &case);
            }
            decided += 1;
        }
    }
    println!("{decided} conflicts decided");
    assert!(decided > 2_000, "too few conflicts");
}

/// Some of the contested paths get a choice; the oracle says what the rest of the record is like.
fn check_fields(dice: &mut Dice, policy: &Policy, engine: &Engine, case: &Case) {
    let paths = contested(policy, case);
    let mut chosen = Vec::new();
    for cell in &paths {
        if dice.percent(80) {
            chosen.push((cell, choice(dice)));
        }
    }
    // The clean paths are merged when the hold is the field's, whatever the policy says.
    let clean =
        naive::merge_record(&Policy { hold_field: true, allow: [[true; 3]; 2], ..policy.clone() }, case);
    let mut expected = naive::merge_record(policy, case);
    let conflict = expected.conflict.as_mut().expect("the caller saw a conflict");
    conflict.fields.retain(|path, _| !chosen.iter().any(|(cell, _)| show(&cell.path) == *path));
    if conflict.fields.is_empty() {
        (expected.conflict, expected.outcome) = (None, "resolved");
    }
    if policy.hold_field || expected.conflict.is_none() {
        let mut merged = Json::Object(clean.merged.expect("both sides have the record"));
        let mut writes = clean.writes;
        for (cell, choice) in &chosen {
            let value = chosen_value(choice, &cell.values);
            for side in [0, 1] {
                if naive::compare_form(policy, &cell.path, value.as_ref()) != cell.forms[side + 1] {
                    add(&mut writes[side], show(&cell.path));
                }
            }
            assert!(merged.put(&cell.path, value), "a contested path is below objects only");
        }
        expected.merged = merged.members().cloned();
        for side in [0, 1] {
            let due = writes[side].take();
            let refused = due.is_some() && !policy.allow[side][1];
            (expected.pending[side], expected.writes[side]) =
                if refused { (Some("update"), None) } else { (None, due) };
        }
    }
    let choices: Vec<(Path, Choice)> =
        chosen.iter().map(|(cell, c)| (cell.path.clone(), c.clone())).collect();
    compare(policy, case, &choices, expected, engine);
}

fn contested(policy: &Policy, case: &Case) -> Vec<naive::Cell> {
    let [Presence::Live(ours), Presence::Live(theirs)] = &case.sides else { return Vec::new() };
    let mut cells = naive::cells(policy, case, [ours, theirs]);
    naive::decide(policy, case, &mut cells);
    cells.retain(|cell| cell.open.is_some());
    cells
}

fn add(write: &mut Option<Write>, path: String) {
    match write {
        Some(Write::Update(paths)) => drop(paths.insert(path)),
        _ => *write = Some(Write::Update(BTreeSet::from([path]))),
    }
}

fn choice(dice: &mut Dice) -> Choice {
    match dice.below(5) {
        side @ (0 | 1) => Choice::Side(side),
        2 => Choice::Base,
        3 => Choice::Value(Json::Text("a third".to_owned())),
        _ => Choice::Clear,
    }
}

fn chosen_value(choice: &Choice, [base, ours, theirs]: &[Option<Json>; 3]) -> Option<Json> {
    match choice {
        Choice::Side(0) => ours.clone(),
        Choice::Side(_) => theirs.clone(),
        Choice::Base => base.clone(),
        Choice::Value(value) => Some(value.clone()),
        Choice::Clear => Some(Json::Null),
    }
}

/// Deleted against changed: the record as one side has it, or none.
fn check_record(dice: &mut Dice, policy: &Policy, engine: &Engine, case: &Case) {
    let living = usize::from(!matches!(case.sides[0], Presence::Live(_)));
    let Presence::Live(record) = &case.sides[living] else { return };
    let choice = dice.pick(&[Choice::Side(0), Choice::Side(1), Choice::Clear]);
    let lives = matches!(choice, Choice::Side(side) if side == living);
    let mut expected = naive::merge_record(policy, case);
    (expected.outcome, expected.conflict, expected.merged) = ("resolved", None, None);
    let (side, write, kind) = if lives { (1 - living, Write::Create, 0) } else { (living, Write::Delete, 2) };
    if lives {
        expected.merged = Some(record.clone());
    }
    if policy.allow[side][kind] {
        expected.writes[side] = Some(write);
    } else {
        expected.pending[side] = Some(WRITES[kind]);
    }
    compare(policy, case, &[(Path::new(), choice)], expected, engine);
}

/// Everything but the journal, of which the oracle knows only what no person decided.
fn compare(policy: &Policy, case: &Case, choices: &[(Path, Choice)], mut expected: Verdict, engine: &Engine) {
    let mut verdict = engine.decide(case, choices);
    for (path, _) in choices {
        if let Some((rule, level, _)) = verdict.decisions.get(&show(path)) {
            assert_eq!((*rule, *level), ("C5", "decision"), "{choices:?} in {case:?}");
        }
    }
    verdict.decisions.clear();
    expected.decisions.clear();
    let part = difference(&expected, &verdict);
    assert!(
        part.is_none(),
        "{part:?}\n  expected {expected:?}\n  engine {verdict:?}\n  for {choices:?} in\n{case:?}\nunder\n{}",
        policies::to_toml(policy)
    );
}

#[test]
fn i2_i3_base_moves_exactly_where_both_sides_hold_the_same() {
    for seed in 0..1_000 {
        let (mut dice, policy, engine) = generated(seed);
        for _ in 0..20 {
            check_join(&policy, &engine, &generate::case(&mut dice));
        }
    }
}

fn check_join(policy: &Policy, engine: &Engine, case: &Case) {
    let (joined, dropped) = engine.join(case);
    let say = || format!("{case:?}\n  base is now {joined:?} under\n{}", policies::to_toml(policy));
    match &case.sides {
        [Presence::Live(ours), Presence::Live(theirs)] => {
            let record = Json::Object(joined.clone().unwrap_or_default());
            let cells = naive::cells(policy, case, [ours, theirs]);
            let cells: Vec<&naive::Cell> = cells.iter().filter(|cell| !cell.fixed).collect();
            for cell in &cells {
                let is = naive::compare_form(policy, &cell.path, record.at(&cell.path));
                let moves = match unit_of(policy, case, &cell.path, &cells) {
                    // One side wins all of it: no question is open that half a move could answer.
                    Some((Mode::Always(_), _)) => continue,
                    // Base moves for all of a unit or for nothing, or the next run would see half a change.
                    Some((_, members)) => members.into_iter().all(agreed),
                    None => agreed(cell),
                };
                let wanted = if moves { &cell.forms[1] } else { &cell.forms[0] };
                assert_eq!(&is, wanted, "{} in {}", show(&cell.path), say());
            }
        }
        [Presence::Deleted, Presence::Deleted] => assert_eq!((&joined, dropped), (&None, true), "{}", say()),
        _ => assert_eq!((&joined, dropped), (&case.base, false), "{}", say()),
    }
}

/// Both sides are known to hold the same at this path.
fn agreed(cell: &naive::Cell) -> bool {
    cell.fetched == [true; 2] && cell.forms[1] == cell.forms[2]
}

/// The unit a path belongs to, as far as the type knows: its mode and its members.
fn unit_of<'a>(
    policy: &Policy,
    case: &Case,
    path: &Path,
    cells: &[&'a naive::Cell],
) -> Option<(Mode, Vec<&'a naive::Cell>)> {
    let policy = Policy { records: vec![], staff: vec![], ..policy.clone() };
    let whole = policy.strict.then_some(Group { paths: vec![Path::new()], mode: None });
    let inside = |group: &Group, path: &Path| {
        group.paths.iter().any(|member| path.starts_with(member)) && !policy.excepted(&case.id, path)
    };
    let group = policy.groups.iter().chain(&whole).find(|group| inside(group, path))?;
    let members = cells.iter().copied().filter(|cell| inside(group, &cell.path)).collect();
    Some((policy.group_mode(&case.id, group).0, members))
}
