//! Correlated inputs: a base, perturbed twice, so that the sides have something to agree and to differ about.

use crate::nouns::{Case, Json, Map, Path, Presence};

/// A small seeded source of choices; the same seed gives the same case on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("smaller than n")
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

pub fn path(text: &str) -> Path {
    text.split('/').map(str::to_owned).collect()
}

const NUMBERS: [&str; 9] = ["1", "1.0", "1.00", "1E0", "2", "2.50", "2.5", "-3", "0"];
const TEXTS: [&str; 16] = [
    "Ann",
    "ANN",
    "ann ",
    "Anna",
    "caf\u{e9}",
    "cafe\u{301}",
    "Straße",
    "STRASSE",
    "1",
    "1.0",
    "1E0",
    "x  y",
    " x y",
    "",
    "",
    "2",
];
/// Spellings of one thing under some normaliser; an edit often moves within one row only.
const VARIANTS: [&[&str]; 6] = [
    &["Ann", "ANN", "ann ", " Ann"],
    &["caf\u{e9}", "cafe\u{301}", "CAF\u{c9}"],
    &["Straße", "STRASSE", "strasse"],
    &["1", "1.0", "1E0", "10E-1"],
    &["x  y", " x y", "x y"],
    &["2", "2.0"],
];

fn number(dice: &mut Dice) -> Json {
    Json::Number(dice.pick(&NUMBERS).to_owned())
}

fn text(dice: &mut Dice) -> Json {
    Json::Text(dice.pick(&TEXTS).to_owned())
}

fn scalar(dice: &mut Dice) -> Json {
    match dice.below(10) {
        0 => Json::Null,
        1 => Json::Bool(dice.percent(50)),
        2..=5 => number(dice),
        _ => text(dice),
    }
}

fn list(dice: &mut Dice) -> Json {
    let mut items = Vec::new();
    for _ in 0..dice.below(4) {
        items.push(if dice.percent(15) { Json::Object(members(dice, &["x"], scalar)) } else { scalar(dice) });
    }
    Json::List(items)
}

fn members(dice: &mut Dice, names: &[&str], value: fn(&mut Dice) -> Json) -> Map {
    let mut members = Map::new();
    for name in names {
        if dice.percent(80) {
            members.insert((*name).to_owned(), value(dice));
        }
    }
    members
}

fn address(dice: &mut Dice) -> Json {
    let mut address = members(dice, &["city", "zip"], scalar);
    if dice.percent(40) {
        address.insert("geo".to_owned(), Json::Object(members(dice, &["lat", "lon"], number)));
    }
    Json::Object(address)
}

/// A value of the kind the field usually has; any field may hold another kind now and then.
fn value(dice: &mut Dice, name: &str) -> Json {
    match (name, dice.below(12)) {
        (_, 0) => scalar(dice),
        ("addr", 1) => list(dice),
        ("addr" | "geo", _) | (_, 1) => address(dice),
        ("tags", _) => list(dice),
        ("items", _) => items(dice),
        ("notes", _) => notes(dice),
        ("saved", _) => Json::Text(dice.pick(&TIMES).to_owned()),
        ("seats", _) => Json::Number(dice.pick(&["10", "10.0", "12", "7", "7.5"]).to_owned()),
        ("n" | "lat" | "lon", _) => number(dice),
        ("name", _) => text(dice),
        _ => scalar(dice),
    }
}

/// Items with keys; now and then one without, or with one that is there already.
fn items(dice: &mut Dice) -> Json {
    let mut items = Vec::new();
    for key in 1..=dice.below(5) {
        items.push(item(dice, key));
    }
    Json::List(items)
}

fn item(dice: &mut Dice, key: usize) -> Json {
    let mut item = members(dice, &["p", "q"], |dice| Json::Text(dice.pick(&["x", "y", "X"]).to_owned()));
    if !dice.percent(2) {
        item.insert("k".to_owned(), Json::Number(key.to_string()));
    }
    Json::Object(item)
}

fn notes(dice: &mut Dice) -> Json {
    let mut lines: Vec<&str> = Vec::new();
    for _ in 0..dice.below(6) {
        lines.push(dice.pick(&LINES));
    }
    Json::Text(lines.join(dice.pick(&["\n", "\n", "\n", "\r\n"])))
}

const LINES: [&str; 6] = ["a b c d", "a b", "c d e", "A b", "", "f"];

pub const FIELDS: [&str; 11] =
    ["name", "room", "n", "addr", "tags", "items", "notes", "seats", "seen", "saved", "a.b"];

/// When a record was changed: two precisions, two offsets, and what is no time.
const TIMES: [&str; 6] = [
    "2026-03-01T10:05Z",
    "2026-03-01T10:05:31Z",
    "2026-03-01T05:05:59-05:00",
    "2026-03-01T10:06:00Z",
    "2026-03-01T05:59-05:00",
    "yesterday",
];

fn record(dice: &mut Dice, id: &Json) -> Map {
    let mut record = Map::from([("id".to_owned(), id.clone())]);
    for name in FIELDS {
        if dice.percent(70) {
            record.insert(name.to_owned(), value(dice, name));
        }
    }
    record
}

/// The same value in another spelling, where it has one.
fn respelled(dice: &mut Dice, old: &Json) -> Json {
    match old {
        Json::Number(digits) => match digits.as_str() {
            "1" | "1.0" | "1.00" | "1E0" => {
                Json::Number(dice.pick(&["1", "1.0", "1.00", "1E0", "0.1e1"]).to_owned())
            }
            "2.5" | "2.50" => Json::Number(dice.pick(&["2.5", "2.50", "25E-1"]).to_owned()),
            "0" => Json::Number(dice.pick(&["0", "0.0", "-0"]).to_owned()),
            _ => old.clone(),
        },
        Json::Text(text) => {
            let row = VARIANTS.iter().find(|row| row.contains(&text.as_str()));
            row.map_or(old.clone(), |row| Json::Text(dice.pick(row).to_owned()))
        }
        Json::List(items) => Json::List(items.iter().map(|item| respelled(dice, item)).collect()),
        Json::Object(_) => edited(dice, old, "addr"),
        Json::Bool(_) | Json::Null => old.clone(),
    }
}

fn edited(dice: &mut Dice, old: &Json, name: &str) -> Json {
    match old {
        Json::Object(members) if dice.percent(85) => {
            let mut members = members.clone();
            perturb(dice, &mut members, &["city", "zip", "geo", "lat"]);
            Json::Object(members)
        }
        Json::List(items) if name == "items" && dice.percent(85) => edited_items(dice, items),
        Json::Text(text) if name == "notes" && dice.percent(85) => edited_notes(dice, text),
        Json::List(items) if dice.percent(60) => {
            let mut items = items.clone();
            if !items.is_empty() && dice.percent(40) {
                items.remove(dice.below(items.len()));
            } else {
                items.insert(dice.below(items.len() + 1), scalar(dice));
            }
            Json::List(items)
        }
        _ => value(dice, name),
    }
}

fn edited_items(dice: &mut Dice, items: &[Json]) -> Json {
    let mut items = items.to_vec();
    for _ in 0..=dice.below(2) {
        let (a, b) = (dice.below(items.len() + 1), dice.below(items.len() + 1));
        match dice.below(10) {
            0 | 1 if a < items.len() => drop(items.remove(a)),
            2 | 3 if a.max(b) < items.len() => items.swap(a, b),
            4 | 5 => {
                let key = dice.below(6) + 1;
                let taken =
                    items.iter().any(|item| item.at(&path("k")) == Some(&Json::Number(key.to_string())));
                if !taken || dice.percent(5) {
                    items.insert(a, item(dice, key));
                }
            }
            _ => {
                if let Some(Json::Object(item)) = items.get_mut(a) {
                    let name = dice.pick(&["p", "q", "r"]);
                    match dice.below(5) {
                        0 => item.remove(name),
                        _ => item.insert(name.to_owned(), scalar(dice)),
                    };
                }
            }
        }
    }
    Json::List(items)
}

/// Another line, a line less or more, another word, or only other line ends.
fn edited_notes(dice: &mut Dice, text: &str) -> Json {
    let end = if text.contains('\r') != dice.percent(10) { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.replace("\r\n", "\n").split('\n').map(str::to_owned).collect();
    let at = dice.below(lines.len());
    match dice.below(7) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, dice.pick(&LINES).to_owned()),
        2 => lines[at] = dice.pick(&LINES).to_owned(),
        3 => lines[at] = lines[at].replacen('a', "z", 1),
        4 => lines[at] = lines[at].replacen('d', "y w", 1),
        5 => lines[at] += " e",
        _ => {}
    }
    Json::Text(lines.join(end))
}

fn perturb(dice: &mut Dice, record: &mut Map, names: &[&str]) {
    for name in names {
        let name = (*name).to_owned();
        // What can be put together is edited more often, so that both sides meet in it.
        let kinds =
            if ["tags", "items", "notes", "seats", "saved"].contains(&name.as_str()) { 12 } else { 24 };
        let new = match (record.get(&name), dice.below(kinds)) {
            (Some(_), 0) => None,
            (_, 1) => Some(Json::Null),
            (Some(Json::Null), 2..=4) => None,
            (None, 2) => Some(value(dice, &name)),
            (Some(old), 2..=4) => Some(respelled(dice, &old.clone())),
            (Some(old), 5..=9) => Some(edited(dice, &old.clone(), &name)),
            _ => continue,
        };
        match new {
            Some(value) => record.insert(name, value),
            None => record.remove(&name),
        };
    }
}

fn presence(dice: &mut Dice, live: Map) -> Presence {
    match dice.below(40) {
        0..=3 => Presence::Deleted,
        4 => Presence::Missing,
        5 => Presence::OutOfScope,
        6 => Presence::Pending(live),
        _ => Presence::Live(live),
    }
}

/// Take the values of some paths out of a side: they were not fetched.
fn hide(dice: &mut Dice, side: &mut Map) -> Vec<Path> {
    if !dice.percent(8) {
        return Vec::new();
    }
    let hidden = path(dice.pick(&["name", "room", "addr", "addr/city", "tags", "items", "seen", "saved"]));
    match (hidden.as_slice(), side.get_mut("addr")) {
        ([_, inner], Some(Json::Object(addr))) => addr.remove(inner),
        ([_, _], _) => return Vec::new(),
        ([name, ..], _) => side.remove(name),
        ([], _) => None,
    };
    vec![hidden]
}

/// One record: a base, two perturbed copies of it, 10 % of the fields edited alike on both sides.
pub fn case(dice: &mut Dice) -> Case {
    let id = if dice.percent(70) { Json::Number("7".to_owned()) } else { Json::Text("k".to_owned()) };
    let base = record(dice, &id);
    let [mut ours, mut theirs] = [base.clone(), base.clone()];
    perturb(dice, &mut ours, &FIELDS);
    perturb(dice, &mut theirs, &FIELDS);
    for name in FIELDS {
        if dice.percent(10) {
            match ours.get(name).cloned() {
                Some(value) => theirs
                    .insert(name.to_owned(), if dice.percent(50) { respelled(dice, &value) } else { value }),
                None => theirs.remove(name),
            };
        }
    }
    let base = dice.percent(80).then_some(base);
    let unfetched =
        if base.is_some() { [hide(dice, &mut ours), hide(dice, &mut theirs)] } else { [vec![], vec![]] };
    let mut sides = [presence(dice, ours), presence(dice, theirs)];
    if base.is_none() && !sides.iter().any(|side| matches!(side, Presence::Live(_))) {
        sides[0] = Presence::Live(record(dice, &id));
    }
    Case { id, base, sides, unfetched }
}
