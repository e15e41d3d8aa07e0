//! The generated data are what the figures are about.

use serde_json::Value;

use super::data::{Order, Shape, write_lines};
use super::sections::{FIELDS, Role, Sections, Version};

const RECORDS: u32 = 2_000;

fn lines(shape: Shape, version: Version, order: Order) -> Vec<String> {
    let sections = Sections::new(RECORDS, &shape.edits(RECORDS), 4);
    let mut text = Vec::new();
    write_lines(&mut text, &sections, version, order).expect("memory takes everything");
    String::from_utf8(text).expect("UTF-8").lines().map(str::to_owned).collect()
}

fn records(shape: Shape, version: Version) -> Vec<Value> {
    let lines = lines(shape, version, Order::Sorted);
    lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The fields in which each of two listings differs from the base, by record.
fn changes(shape: Shape) -> Vec<[Vec<&'static str>; 2]> {
    let [base, ours, theirs] = Version::ALL.map(|version| records(shape, version));
    let differ = |one: &Value, other: &Value| FIELDS.into_iter().filter(|f| one[f] != other[f]).collect();
    let sides = ours.iter().zip(&theirs);
    base.iter().zip(sides).map(|(base, (ours, theirs))| [differ(base, ours), differ(base, theirs)]).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let edits = Shape::OnePercent.edits(RECORDS);
    let text = |seed| {
        let mut text = String::new();
        Sections::new(RECORDS, &edits, seed).write(17, Version::Base, &mut text);
        text
    };
    assert_eq!(text(4), text(4));
    assert_ne!(text(4), text(5));
    // Figures of different machines are about the same bytes.
    let all: Vec<String> =
        Version::ALL.map(|version| lines(Shape::OnePercent, version, Order::Sorted).concat()).into();
    assert_eq!(blake3::hash(all.concat().as_bytes()).to_hex()[..16], *"5fc173110d200fe7");
}

#[test]
fn a_line_has_twenty_fields_in_their_order_and_about_480_bytes() {
    let lines = lines(Shape::OnePercent, Version::Base, Order::Sorted);
    for line in &lines {
        let record: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(record.as_object().map(serde_json::Map::len), Some(FIELDS.len()));
        let places: Vec<_> = FIELDS.iter().map(|field| line.find(&format!("\"{field}\":"))).collect();
        assert!(places.is_sorted() && places[0] == Some(1), "{line}");
    }
    let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    assert!((470..490).contains(&(bytes / lines.len())), "{}", bytes / lines.len());
}

#[test]
fn sorted_lines_rise_by_key_and_shuffled_ones_are_the_same_in_another_order() {
    let sorted = lines(Shape::OnePercent, Version::Ours, Order::Sorted);
    assert!(sorted.is_sorted_by(|one, next| one[..24] < next[..24]));
    let shuffled = lines(Shape::OnePercent, Version::Ours, Order::Shuffled);
    let in_place = sorted.iter().zip(&shuffled).filter(|(one, other)| one == other).count();
    assert!(in_place < 10, "{in_place} lines stayed where they were");
    let mut again = shuffled.clone();
    again.sort();
    assert_eq!(again, sorted);
    let keys = |version| {
        lines(Shape::OnePercent, version, Order::Shuffled)
            .iter()
            .map(|line| line[..24].to_owned())
            .collect::<Vec<_>>()
    };
    assert_ne!(keys(Version::Ours), keys(Version::Theirs));
}

#[test]
fn one_percent_is_edited_on_each_side_and_a_tenth_of_it_collides() {
    let changes = changes(Shape::OnePercent);
    let edited = |side: usize| changes.iter().filter(|sides| !sides[side].is_empty()).count();
    assert_eq!([edited(0), edited(1)], [20, 20]);
    let both: Vec<_> =
        changes.iter().filter(|[ours, theirs]| !ours.is_empty() && !theirs.is_empty()).collect();
    assert_eq!(both, [&[vec!["room"], vec!["room"]], &[vec!["room"], vec!["room"]]]);
}

#[test]
fn six_percent_are_edited_by_one_side_each_scattered_or_together() {
    for shape in [Shape::SixPercent, Shape::Clustered] {
        let changes = changes(shape);
        let edited = |side: usize| -> Vec<usize> {
            (0..changes.len()).filter(|place| !changes[*place][side].is_empty()).collect()
        };
        let (ours, theirs) = (edited(0), edited(1));
        assert_eq!([ours.len(), theirs.len()], [120, 120]);
        assert!(ours.iter().all(|place| !theirs.contains(place)));
        let neighbours = ours.windows(2).filter(|pair| pair[0] + 1 == pair[1]).count();
        assert_eq!(neighbours == 119, shape == Shape::Clustered, "{shape:?}: {neighbours}");
    }
}

#[test]
fn the_same_records_are_edited_in_different_fields() {
    let changes = changes(Shape::SameRecord);
    let both: Vec<_> =
        changes.iter().filter(|[ours, theirs]| !ours.is_empty() || !theirs.is_empty()).collect();
    assert_eq!(both.len(), 120);
    for [ours, theirs] in both {
        assert!(!ours.is_empty() && !theirs.is_empty());
        assert!(ours.iter().all(|field| !theirs.contains(field)), "{ours:?} {theirs:?}");
    }
}

#[test]
fn roles_say_who_edited_what() {
    let sections = Sections::new(RECORDS, &Shape::OnePercent.edits(RECORDS), 4);
    for (role, sides) in sections.roles().iter().zip(changes(Shape::OnePercent)) {
        let expected = match sides.map(|fields| !fields.is_empty()) {
            [false, false] => Role::Untouched,
            [true, false] => Role::Ours,
            [false, true] => Role::Theirs,
            [true, true] => Role::Conflict,
        };
        assert_eq!(*role, expected);
    }
}
