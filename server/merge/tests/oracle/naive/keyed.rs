//! Lists whose items have keys, and that both sides changed (MS A4 to A6).

use std::collections::BTreeMap;

use super::compare::{as_base, item_keys};
use super::fields::{Cell, decide, walk};
use super::lists::canonical;
use crate::nouns::{Case, Json, Mode, Path, Policy, below, json_text, show};

type Key = Vec<Json>;

/// One version of the list: its items by key, and their order.
struct Version {
    items: BTreeMap<Key, Json>,
    order: Vec<Key>,
}

/// Merges the list item by item; not so where a key cannot be used (A6).
pub fn combine(policy: &Policy, case: &Case, cell: &mut Cell, key: &[String], in_order: bool) -> bool {
    let version = |i: usize| {
        let items = match &cell.values[i] {
            Some(Json::List(items)) => items.clone(),
            _ if i == 0 && cell.forms[0] == Json::Null => vec![],
            _ => return None,
        };
        let order = item_keys(policy, &cell.path, &items, key)?;
        Some(Version { items: order.iter().cloned().zip(items).collect(), order })
    };
    let (Some(base), Some(ours), Some(theirs)) = (version(0), version(1), version(2)) else { return false };
    let versions = [base, ours, theirs];
    let mut merged = Merged { policy, case, key, path: cell.path.clone(), ..Merged::of(policy, case) };
    for key in versions.iter().flat_map(|version| &version.order) {
        if !merged.seen.contains(key) {
            merged.seen.push(key.clone());
            merged.item(key, versions.each_ref().map(|version| version.items.get(key)));
        }
    }
    let order = match (in_order, cell.by.0) {
        (false, _) => Some(merged.base_first(&versions)),
        (true, Mode::Resolve(side)) => merged.order(&versions, None).or_else(|| {
            merged.settled = true;
            merged.order(&versions, Some(side))
        }),
        (true, _) => merged.order(&versions, None),
    };
    if order.is_none() {
        merged.questions.push((cell.path.clone(), "order", cell.values.clone()));
    }
    cell.rule = "A4";
    if merged.questions.is_empty() {
        let order = order.into_iter().flatten();
        cell.value = Some(Json::List(order.map(|key| merged.items[&key].clone()).collect()));
        (cell.settled, cell.combined) = (merged.settled, true);
    } else {
        (cell.open, cell.items, cell.value) = (Some("items"), merged.questions, cell.values[1].clone());
    }
    true
}

/// What becomes of the items.
struct Merged<'m> {
    policy: &'m Policy,
    case: &'m Case,
    path: Path,
    key: &'m [String],
    seen: Vec<Key>,
    /// The items that stay.
    items: BTreeMap<Key, Json>,
    questions: Vec<super::fields::Question>,
    settled: bool,
}

impl<'m> Merged<'m> {
    fn of(policy: &'m Policy, case: &'m Case) -> Merged<'m> {
        let (seen, items, questions) = (vec![], BTreeMap::new(), vec![]);
        Merged { policy, case, path: Path::new(), key: &[], seen, items, questions, settled: false }
    }

    /// A4: the record rule for one item, with the mode at its path.
    fn item(&mut self, key: &Key, [base, ours, theirs]: [Option<&Json>; 3]) {
        let path = self.path_of([base, ours, theirs]);
        let (mode, _) = self.policy.mode_at(&self.case.id, &path);
        let side = usize::from(ours.is_none());
        match (base, ours.is_some() && theirs.is_some(), ours.or(theirs)) {
            (_, true, _) => self.inside(key, &path, [base, ours, theirs]),
            (None, _, Some(_)) if matches!(mode, Mode::Always(winner) if winner != side) => {
                self.settled = true;
            }
            (None, _, Some(item)) => drop(self.items.insert(key.clone(), item.clone())),
            (Some(base), _, Some(left)) => {
                match (mode, as_base(self.policy, &path, Some(base), Some(left))) {
                    (Mode::Always(winner), _) if winner == side => self.settle(key, Some(left)),
                    (_, true) => {}
                    (Mode::Always(winner) | Mode::Resolve(winner), false) => {
                        self.settle(key, Some(left).filter(|_| winner == side));
                    }
                    (Mode::Manual, false) => {
                        let values = [Some(base), ours, theirs].map(Option::<&Json>::cloned);
                        self.questions.push((path, "both_changed", values));
                        self.items.extend(ours.map(|item| (key.clone(), item.clone())));
                    }
                }
            }
            (_, _, None) => {}
        }
    }

    fn settle(&mut self, key: &Key, item: Option<&Json>) {
        self.settled = true;
        self.items.extend(item.map(|item| (key.clone(), item.clone())));
    }

    /// On both sides: field by field.
    fn inside(&mut self, key: &Key, path: &Path, values: [Option<&Json>; 3]) {
        let mut cells = Vec::new();
        walk(
            self.policy,
            self.case,
            path,
            &values.map(Option::<&Json>::cloned),
            values[0].is_none(),
            &mut cells,
        );
        decide(self.policy, self.case, &mut cells);
        let mut item = Json::Object(BTreeMap::new());
        for cell in &cells {
            self.settled |= cell.settled;
            self.questions.extend(cell.questions());
            item.put(&cell.path[path.len()..], cell.value.clone());
        }
        self.items.insert(key.clone(), item);
    }

    /// The path of an item, with its key as base spells it, else the greater of the sides' items.
    fn path_of(&self, [base, ours, theirs]: [Option<&Json>; 3]) -> Path {
        let greater = ours.into_iter().chain(theirs).max_by_key(|item| json_text(item));
        let item = base.or(greater).and_then(Json::members).expect("an item with a key");
        let part = |name: &String| format!("{}={}", show(std::slice::from_ref(name)), json_text(&item[name]));
        let parts: Vec<String> = self.key.iter().map(part).collect();
        below(&self.path, &format!("[{}]", parts.join(",")))
    }

    fn base_first(&self, [base, ..]: &[Version; 3]) -> Vec<Key> {
        let old = base.order.iter().filter(|key| self.items.contains_key(*key)).cloned();
        let new = self.items.keys().filter(|key| !base.items.contains_key(*key)).cloned();
        old.chain(by_key(new.collect())).collect()
    }

    /// A5: the merged order, unless the sides contradict each other and no winner is named.
    fn order(&self, versions: &[Version; 3], winner: Option<usize>) -> Option<Vec<Key>> {
        let everywhere = |key: &&Key| versions.iter().all(|version| version.items.contains_key(*key));
        let common: Vec<Key> = versions[0].order.iter().filter(everywhere).cloned().collect();
        let place = |i: usize, key: &Key| versions[i].order.iter().position(|there| there == key);
        let swapped =
            |side: usize, a: &Key, b: &Key| (place(0, a) < place(0, b)) != (place(side, a) < place(side, b));
        let before = |a: &Key, b: &Key| match winner {
            Some(side) => place(side + 1, a) < place(side + 1, b),
            None => (place(0, a) < place(0, b)) != (swapped(1, a, b) || swapped(2, a, b)),
        };
        // A total order has one item that stands before none, one that stands before one, and so on.
        let mut placed = vec![None; common.len()];
        for a in &common {
            let later = common.iter().filter(|b| *b != a && before(a, b)).count();
            placed[common.len() - 1 - later] = Some(a.clone());
        }
        let placed = placed.into_iter().collect::<Option<Vec<Key>>>()?;
        Some(self.around(versions, &placed))
    }

    /// The others follow the nearest common item before them on their own side.
    fn around(&self, versions: &[Version; 3], common: &[Key]) -> Vec<Key> {
        let run = |i: usize, anchor: Option<&Key>| -> Vec<Key> {
            let order = &versions[i].order;
            let start =
                anchor.map_or(0, |key| 1 + order.iter().position(|there| there == key).expect("common"));
            let run = order[start..].iter().take_while(|key| !common.contains(key));
            run.filter(|key| self.items.contains_key(*key)).cloned().collect()
        };
        let mut all: Vec<Key> = Vec::new();
        for anchor in std::iter::once(None).chain(common.iter().map(Some)) {
            all.extend(anchor.cloned());
            let (ours, theirs) = (run(1, anchor), run(2, anchor));
            let both = match (ours.is_empty(), theirs.is_empty() || ours == theirs) {
                (_, true) => ours,
                (true, false) => theirs,
                (false, false) => {
                    let mut both = ours;
                    both.extend(theirs);
                    both = by_key(both);
                    both.dedup();
                    both
                }
            };
            for key in both {
                if !all.contains(&key) {
                    all.push(key);
                }
            }
        }
        all
    }
}

/// The canonical order of the keys, field by field.
fn by_key(mut keys: Vec<Key>) -> Vec<Key> {
    keys.sort_by(|a, b| {
        let pairs = a.iter().zip(b).filter(|(a, b)| a != b);
        let orders = pairs.map(|(a, b)| if canonical(vec![a.clone(), b.clone()])[0] == *a { -1 } else { 1 });
        orders.take(1).sum::<i32>().cmp(&0)
    });
    keys
}
