//! Lists under correlated edits: what the pages say of keyed and ordered lists, and the laws, seen from outside
//! (MS A4 to A7, section 14).

#[path = "support/cases.rs"]
mod cases;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use cases::cases;
use merge::{Input, Object, Outcome, Policy, Presence, RecordKey, Value, Verdict, apply, merge_record};
use proptest::prelude::*;

/// An item: its key, and two fields.
type Item = (u8, u8, u8);

#[derive(Debug, Clone, Copy)]
enum Edit {
    Remove(usize),
    SetP(usize, u8),
    SetQ(usize, u8),
    Insert(usize, Item),
    Swap(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = || 0..5_usize;
    prop_oneof![
        2 => place().prop_map(Edit::Remove),
        3 => (place(), 0..3u8).prop_map(|(at, value)| Edit::SetP(at, value)),
        2 => (place(), 0..3u8).prop_map(|(at, value)| Edit::SetQ(at, value)),
        2 => (place(), 0..7u8, 0..3u8).prop_map(|(at, key, p)| Edit::Insert(at, (key, p, 0))),
        2 => (place(), place()).prop_map(|(a, b)| Edit::Swap(a, b)),
    ]
}

/// The list after the edits. A key that is there already is not inserted again unless `repeats`.
fn edited(list: &[Item], edits: &[Edit], repeats: bool) -> Vec<Item> {
    let mut list = list.to_vec();
    for edit in edits {
        let len = list.len();
        match *edit {
            Edit::Remove(at) if at < len => drop(list.remove(at)),
            Edit::SetP(at, value) if at < len => list[at].1 = value,
            Edit::SetQ(at, value) if at < len => list[at].2 = value,
            Edit::Insert(at, item) if repeats || list.iter().all(|(key, ..)| *key != item.0) => {
                list.insert(at.min(len), item);
            }
            Edit::Swap(a, b) if a < len && b < len => list.swap(a, b),
            _ => {}
        }
    }
    list
}

fn record(list: &[Item]) -> Object {
    let item = |(key, p, q): &Item| {
        let members =
            [("k", Value::from(i64::from(*key))), ("p", i64::from(*p).into()), ("q", i64::from(*q).into())];
        Value::Object(members.into_iter().collect())
    };
    let list = Value::List(list.iter().map(item).collect());
    [("id", Value::from(7)), ("v", list)].into_iter().collect()
}

/// The list of a record; fields that went are left out by the tests that read it.
fn list_of(record: &Object) -> Vec<Item> {
    let Some(Value::List(items)) = record.get("v") else { return Vec::new() };
    let number = |item: &Object, name: &str| {
        item.get(name).and_then(|value| value.to_json().parse().ok()).unwrap_or(99)
    };
    items
        .iter()
        .filter_map(Value::as_object)
        .map(|item| (number(item, "k"), number(item, "p"), number(item, "q")))
        .collect()
}

#[test]
fn f12_a_blank_against_a_keyed_list_is_asked_as_a_whole() {
    let policy = &POLICIES[0].2;
    let (with, without) = (record(&[(1, 0, 0)]), record(&[]));
    let blank: Object = [("id", Value::from(7))].into_iter().collect();
    let key = RecordKey::from(7);
    for base in [None, Some(&without)] {
        let input = Input {
            base,
            ours: Presence::Live(&blank),
            theirs: Presence::Live(&with),
            ..Input::new("thing", &key)
        };
        let verdict = merge_record(policy, &input);
        assert_eq!(contested(&verdict), BTreeSet::from(["v".to_owned()]), "{base:?}");
    }
}

#[derive(Debug, Clone)]
struct Three {
    base: Vec<Item>,
    ours: Vec<Item>,
    theirs: Vec<Item>,
}

fn three(repeats: bool) -> impl Strategy<Value = Three> {
    let edits = |most| prop::collection::vec(edit(), 0..=most);
    (0..6u8, edits(4), edits(4), edits(1)).prop_map(move |(length, ours, theirs, shared)| {
        let base: Vec<Item> = (0..length).map(|key| (key, 0, 0)).collect();
        let common = edited(&base, &shared, repeats);
        Three { ours: edited(&common, &ours, repeats), theirs: edited(&common, &theirs, repeats), base }
    })
}

const MODES: [&str; 5] = ["manual", "resolve_ours", "resolve_theirs", "always_ours", "always_theirs"];
const LISTS: [&str; 5] = [
    "list = 'keyed'\nkey = ['k']",
    "list = 'keyed'\nkey = ['k']\norder = 'ignore'",
    "list = 'ordered'",
    "list = 'set'",
    "list = 'multiset'",
];

static POLICIES: LazyLock<Vec<(&str, &str, Policy)>> = LazyLock::new(|| {
    let read = |mode, list| {
        let text = format!("mode = '{mode}'\n[[field]]\npath = 'v'\n{list}");
        (mode, list, Policy::from_toml(&text).unwrap_or_else(|error| panic!("{text}: {error}")))
    };
    LISTS.iter().flat_map(|list| MODES.iter().map(move |mode| read(*mode, *list))).collect()
});

fn merged(policy: &Policy, three: &Three) -> Verdict {
    let key = RecordKey::from(7);
    let (base, ours, theirs) = (record(&three.base), record(&three.ours), record(&three.theirs));
    let input = Input {
        base: Some(&base),
        ours: Presence::Live(&ours),
        theirs: Presence::Live(&theirs),
        ..Input::new("thing", &key)
    };
    merge_record(policy, &input)
}

fn contested(verdict: &Verdict) -> BTreeSet<String> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    fields.map(|field| field.path.to_string()).collect()
}

fn by_key(list: &[Item]) -> BTreeMap<u8, Item> {
    list.iter().map(|item| (item.0, *item)).collect()
}

/// What A4 contests, item by item, told without any code of the engine.
fn clashes(three: &Three) -> BTreeSet<String> {
    let [base, ours, theirs] = [&three.base, &three.ours, &three.theirs].map(|list| by_key(list));
    let keys: BTreeSet<u8> = base.keys().chain(ours.keys()).chain(theirs.keys()).copied().collect();
    let mut clashes = BTreeSet::new();
    for key in keys {
        match (base.get(&key), ours.get(&key), theirs.get(&key)) {
            (base, Some(ours), Some(theirs)) => {
                for (name, get) in [("p", (|item| item.1) as fn(&Item) -> u8), ("q", |item| item.2)] {
                    let (b, o, t) = (base.map(get), get(ours), get(theirs));
                    if o != t && b != Some(o) && b != Some(t) {
                        clashes.insert(format!("v[k={key}].{name}"));
                    }
                }
            }
            (Some(base), Some(left), None) | (Some(base), None, Some(left)) if base != left => {
                clashes.insert(format!("v[k={key}]"));
            }
            _ => {}
        }
    }
    clashes
}

/// Whether `a` stands before `b`, if both are there.
fn before(list: &[Item], a: u8, b: u8) -> Option<bool> {
    let place = |key| list.iter().position(|item| item.0 == key);
    Some(place(a)? < place(b)?)
}

fn differ(three: &Three) -> bool {
    three.ours != three.base && three.theirs != three.base && three.ours != three.theirs
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a04_items_clash_exactly_where_both_sides_changed_them(three in three(false)) {
        prop_assume!(differ(&three));
        for policy in [&POLICIES[0].2, &POLICIES[5].2] {
            let mut found = contested(&merged(policy, &three));
            found.remove("v");
            prop_assert_eq!(found, clashes(&three));
        }
    }

    #[test]
    fn a04_every_clean_change_of_an_item_is_taken(three in three(false)) {
        let verdict = merged(&POLICIES[0].2, &three);
        prop_assume!(verdict.conflict.is_none());
        let result = by_key(&list_of(&verdict.merged.expect("a record")));
        let [base, ours, theirs] = [&three.base, &three.ours, &three.theirs].map(|list| by_key(list));
        for (side, other) in [(&ours, &theirs), (&theirs, &ours)] {
            for (key, item) in side {
                let Some(old) = base.get(key) else {
                    prop_assert!(result.contains_key(key), "the new item {} is there", key);
                    continue;
                };
                match result.get(key) {
                    Some(now) => {
                        prop_assert!(item.1 == old.1 || now.1 == item.1, "p of {} is taken", key);
                        prop_assert!(item.2 == old.2 || now.2 == item.2, "q of {} is taken", key);
                    }
                    None => prop_assert!(!other.contains_key(key) && item == old, "{} was removed", key),
                }
            }
            for key in base.keys().filter(|key| !side.contains_key(key)) {
                prop_assert!(!result.contains_key(key), "{} was removed by a side", key);
            }
        }
    }

    #[test]
    fn a05_a_pair_is_swapped_if_and_only_if_a_side_swapped_it(three in three(false)) {
        let verdict = merged(&POLICIES[0].2, &three);
        prop_assume!(verdict.conflict.is_none());
        let result = list_of(&verdict.merged.expect("a record"));
        for (a, b) in three.base.iter().flat_map(|a| three.base.iter().map(move |b| (a.0, b.0))) {
            let places = [&three.base, &three.ours, &three.theirs].map(|list| before(list, a, b));
            let [Some(base), Some(ours), Some(theirs)] = places else { continue };
            let swapped = ours != base || theirs != base;
            prop_assert_eq!(before(&result, a, b), Some(base != swapped), "{} and {}", a, b);
        }
    }

    #[test]
    fn a05_without_order_no_list_is_contested_for_it(three in three(false)) {
        prop_assert!(!contested(&merged(&POLICIES[5].2, &three)).contains("v"));
    }

    #[test]
    fn a06_a_list_with_a_repeated_key_is_one_value(three in three(true)) {
        let repeats = |list: &[Item]| by_key(list).len() < list.len();
        prop_assume!(differ(&three) && [&three.ours, &three.theirs].into_iter().any(|list| repeats(list)));
        let verdict = merged(&POLICIES[0].2, &three);
        prop_assert_eq!(contested(&verdict), BTreeSet::from(["v".to_owned()]));
        let warnings: Vec<String> =
            verdict.warnings.iter().map(|warning| format!("{} {}", warning.code, warning.path)).collect();
        prop_assert_eq!(warnings, ["list_key v"]);
    }

    #[test]
    fn l01_swapping_the_sides_mirrors_the_result(three in three(true), at in 0..25_usize) {
        let policy = &POLICIES[at].2;
        let other = Three { ours: three.theirs.clone(), theirs: three.ours.clone(), base: three.base.clone() };
        let (there, back) = (merged(policy, &three), merged(&policy.mirror(), &other));
        prop_assert_eq!(contested(&there), contested(&back));
        if there.conflict.is_none() {
            prop_assert_eq!(there.merged.map(|record| record.to_json()), back.merged.map(|record| record.to_json()));
        }
    }

    #[test]
    fn l02_a_settled_list_stays(three in three(true), at in 0..25_usize) {
        let verdict = merged(&POLICIES[at].2, &three);
        let (Some(record), None) = (verdict.merged, verdict.conflict) else { return Ok(()) };
        let list = list_of(&record);
        let again = merged(&POLICIES[at].2, &Three { base: list.clone(), ours: list.clone(), theirs: list });
        prop_assert_eq!(again.outcome, Outcome::Unchanged);
        prop_assert!(again.decisions.is_empty());
    }

    #[test]
    fn l03_edits_of_one_side_pass(three in three(true), at in 0..25_usize) {
        let (mode, list, policy) = &POLICIES[at];
        prop_assume!(!mode.starts_with("always"));
        let verdict = merged(policy, &Three { theirs: three.base.clone(), ..three.clone() });
        prop_assert!(verdict.conflict.is_none() && verdict.write_ours.is_none());
        if !list.contains("set") && !list.contains("ignore") {
            prop_assert_eq!(list_of(&verdict.merged.expect("a record")), three.ours);
        }
    }

    #[test]
    fn l04_equal_lists_never_conflict(three in three(true), at in 0..25_usize) {
        let verdict = merged(&POLICIES[at].2, &Three { theirs: three.ours.clone(), ..three });
        prop_assert!(verdict.conflict.is_none() && verdict.write_ours.is_none() && verdict.write_theirs.is_none());
    }

    #[test]
    fn l10_decisions_rebuild_the_list(three in three(true), at in 0..25_usize) {
        let verdict = merged(&POLICIES[at].2, &three);
        let rebuilt = apply(Some(&record(&three.base)), &verdict.decisions);
        prop_assert_eq!(rebuilt.map(|record| record.to_json()), verdict.merged.map(|record| record.to_json()));
    }
}
