//! Small values that can be put together, all of them: every triple of short lists, texts and numbers, in every mode.

use crate::exhaustive::World;
use crate::nouns::{Case, FieldRule, Json, List, Map, Policy, Presence};
use crate::policies::plain;

/// Checks every triple of these values at a path with this rule, and every pair without base.
fn every_triple(rule: FieldRule, values: &[Option<Json>]) {
    let fields = vec![FieldRule { pattern: vec!["v".to_owned()], ..rule }];
    every_triple_under(&Policy { fields, ..plain() }, values);
}

fn every_triple_under(policy: &Policy, values: &[Option<Json>]) {
    let mut world = World::of(policy);
    for ours in values {
        for theirs in values {
            world.check(&case(None, ours, theirs));
            for base in values {
                world.check(&case(Some(base), ours, theirs));
            }
        }
    }
    println!("{} cases", world.cases);
}

fn record(value: &Option<Json>) -> Map {
    let id = Some(("id".to_owned(), Json::Number("7".to_owned())));
    id.into_iter().chain(value.clone().map(|value| ("v".to_owned(), value))).collect()
}

fn case(base: Option<&Option<Json>>, ours: &Option<Json>, theirs: &Option<Json>) -> Case {
    let sides = [ours, theirs].map(|side| Presence::Live(record(side)));
    Case { id: Json::Number("7".to_owned()), base: base.map(record), sides, unfetched: [vec![], vec![]] }
}

fn rule(list: List) -> FieldRule {
    FieldRule { list: Some(list), ..FieldRule::default() }
}

/// All sequences of up to so many of these.
fn sequences<T: Clone>(of: &[T], most: usize) -> Vec<Vec<T>> {
    let mut all = vec![vec![]];
    let mut longest = all.clone();
    for _ in 0..most {
        let longer = |one: &Vec<T>| {
            of.iter().map(|item| [one.as_slice(), std::slice::from_ref(item)].concat()).collect::<Vec<_>>()
        };
        longest = longest.iter().flat_map(longer).collect();
        all.extend(longest.clone());
    }
    all
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

/// Lists of scalars, and two values that are none.
fn lists(items: &[&str], most: usize) -> Vec<Option<Json>> {
    let items: Vec<Json> = items.iter().map(|item| text(item)).collect();
    let lists = sequences(&items, most).into_iter().map(|items| Some(Json::List(items)));
    lists.chain([None, Some(text("no list"))]).collect()
}

#[test]
fn a02_every_small_set() {
    every_triple(rule(List::Set), &lists(&["a", "b"], 3));
}

#[test]
fn a02_n06_every_small_set_of_items_in_two_spellings() {
    let compare = Some(vec!["case"]);
    every_triple(FieldRule { compare, ..rule(List::Set) }, &lists(&["a", "A", "b"], 2));
}

#[test]
fn a03_every_small_multiset() {
    every_triple(rule(List::Multiset), &lists(&["a", "b"], 3));
}

#[test]
fn a07_every_small_ordered_list() {
    every_triple(rule(List::Ordered), &lists(&["a", "b"], 3));
}

#[test]
fn a07_every_small_ordered_list_of_items_in_two_spellings() {
    let compare = Some(vec!["case"]);
    every_triple(FieldRule { compare, ..rule(List::Ordered) }, &lists(&["a", "A", "b"], 2));
}

fn item(key: &str, p: &str) -> Json {
    let members = [("k", Json::Number(key.to_owned())), ("p", text(p))];
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn keyed(in_order: bool) -> FieldRule {
    rule(List::Keyed { key: vec!["k".to_owned()], in_order })
}

#[test]
fn a04_a06_every_small_keyed_list_with_two_keys_that_may_repeat() {
    let items = [item("1", "x"), item("1", "y"), item("2", "x"), item("2", "y")];
    let lists = sequences(&items, 2).into_iter().map(|items| Some(Json::List(items)));
    every_triple(keyed(true), &lists.chain([None]).collect::<Vec<_>>());
}

#[test]
fn a05_every_order_of_up_to_three_items() {
    let items = ["1", "2", "3"].map(|key| item(key, "x"));
    let once = |items: &Vec<Json>| items.iter().enumerate().all(|(at, item)| !items[..at].contains(item));
    let lists = sequences(&items, 3).into_iter().filter(once).map(|items| Some(Json::List(items)));
    let values: Vec<_> = lists.collect();
    assert_eq!(values.len(), 16);
    for in_order in [true, false] {
        every_triple(keyed(in_order), &values);
    }
}

#[test]
fn t02_every_small_text_by_line_and_by_word() {
    let lines = |most: usize| sequences(&["a", "b"], most).into_iter().filter(|lines| lines.len() > 1);
    let mut values: Vec<_> = lines(3).map(|lines| Some(text(&lines.join("\n")))).collect();
    values.extend([Some(text("a\r\nb\r\na")), Some(text("a")), None]);
    for how in ["lines", "words"] {
        every_triple(FieldRule { text: Some(how), ..FieldRule::default() }, &values);
    }
}

#[test]
fn t02_every_line_of_up_to_three_words() {
    let lines = sequences(&["a ", "b "], 3).into_iter().map(|words| Some(text(&(words.concat() + "\nend"))));
    every_triple(FieldRule { text: Some("words"), ..FieldRule::default() }, &lines.collect::<Vec<_>>());
}

#[test]
fn t05_every_small_count() {
    let numbers = ["0", "1", "-2", "3.0", "1e1", "1.5"].map(|digits| Some(Json::Number(digits.to_owned())));
    let values: Vec<_> = numbers.into_iter().chain([None, Some(Json::Null), Some(text("1"))]).collect();
    every_triple(FieldRule { counter: Some(true), ..FieldRule::default() }, &values);
}

#[test]
fn c11_every_small_question_under_the_resolvers() {
    let list = |items: &[&str]| Some(Json::List(items.iter().map(|item| text(item)).collect()));
    let texts = ["a", "A ", "ab", "b"].map(|one| Some(text(one)));
    let lists = [list(&["a"]), list(&["a", "b"]), list(&["c"])];
    let values: Vec<_> = texts.into_iter().chain(lists).chain([None, Some(Json::Null)]).collect();
    for resolvers in
        [vec!["fill_blank"], vec!["spelling", "longer_text"], vec!["union", "longer_text", "spelling"]]
    {
        every_triple_under(&Policy { resolvers, ..plain() }, &values);
    }
}
