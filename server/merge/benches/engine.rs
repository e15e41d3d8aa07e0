//! How long the engine takes for one record: `cargo bench -p merge --bench engine`.
//!
//! The records are the sections that `cargo xtask bench` generates, 20 fields each, read beforehand; what reading and
//! writing them costs stands beside it. Each line is the quickest of several rounds over a few hundred records, so that
//! what else the machine does shows as little as possible.

#[path = "../../xtask/src/bench/sections/mod.rs"]
mod sections;

use std::hint::black_box;
use std::time::{Duration, Instant};

use merge::{Input, Object, Outcome, Policy, Presence, RecordKey, Value, json, merge_record};
use sections::{Edits, FIELDS, Role, Sections, Spread, Version};

type Trouble = Box<dyn std::error::Error>;

/// Few enough to stay in the caches, many enough to differ.
const RECORDS: u32 = 200;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(200);

fn main() -> Result<(), Trouble> {
    // `cargo bench` says `--bench`. Without it nothing is measured: so a run of all targets as tests goes by.
    if !std::env::args().skip(1).any(|word| word == "--bench" || word == "measure") {
        return Ok(());
    }
    println!("| records of {} fields | ns a record | records a second |", FIELDS.len());
    println!("|---|---:|---:|");
    reading_and_writing()?;
    for (name, spread, conflicts, role, outcome) in [
        ("unchanged", Spread::Scattered, 0, Role::Untouched, Outcome::Unchanged),
        ("changed on one side", Spread::Scattered, 0, Role::Ours, Outcome::TakenOurs),
        ("changed on both sides", Spread::SameRecord, 0, Role::Both, Outcome::Merged),
        ("in conflict", Spread::SameRecord, RECORDS, Role::Conflict, Outcome::Conflict),
    ] {
        let edited = if role == Role::Untouched { 0 } else { RECORDS };
        let edits = Edits { spread, each: edited, conflicts };
        let records = versions(&edits, role)?;
        measure(name, &Policy::default(), outcome, &records);
    }
    lists()?;
    texts()
}

/// A record as three versions.
struct Versions {
    key: RecordKey,
    base: Object,
    ours: Object,
    theirs: Object,
}

impl Versions {
    fn input(&self) -> Input<'_> {
        Input {
            base: Some(&self.base),
            ours: Presence::Live(&self.ours),
            theirs: Presence::Live(&self.theirs),
            ..Input::new("section", &self.key)
        }
    }

    /// The versions with one more member, or another value of one.
    fn with(mut self, name: &str, values: [Value; 3]) -> Self {
        for (version, value) in [&mut self.base, &mut self.ours, &mut self.theirs].into_iter().zip(values) {
            version.insert(name, value);
        }
        self
    }
}

/// All records of one role.
fn versions(edits: &Edits, role: Role) -> Result<Vec<Versions>, Trouble> {
    // Scattered edits need as many records again for the other side.
    let sections = Sections::new(2 * RECORDS, edits, 4);
    let places = (0..2 * RECORDS).filter(|place| sections.roles()[*place as usize] == role);
    let version = |place, version| -> Result<Object, Trouble> {
        let mut line = String::new();
        sections.write(place, version, &mut line);
        Ok(json::parse_object(line.as_bytes())?)
    };
    let record = |place| {
        let [base, ours, theirs] = Version::ALL.map(|own| version(place, own));
        let base = base?;
        let key = RecordKey::from_object(&base, &["id".to_owned()])?;
        Ok(Versions { key, base, ours: ours?, theirs: theirs? })
    };
    places.take(RECORDS as usize).map(record).collect()
}

fn measure(name: &str, policy: &Policy, outcome: Outcome, records: &[Versions]) {
    for record in records {
        assert_eq!(merge_record(policy, &record.input()).outcome, outcome, "{name}: {}", record.base);
    }
    time(name, records, |record| drop(black_box(merge_record(policy, black_box(&record.input())))));
}

/// Times a piece of work over all records, again and again, and prints the quickest round.
fn time<T>(name: &str, records: &[T], work: impl Fn(&T)) {
    let mut quickest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (begun, mut done) = (Instant::now(), 0);
        while begun.elapsed() < ROUND {
            records.iter().for_each(&work);
            done += records.len();
        }
        quickest = quickest.min(begun.elapsed().as_secs_f64() / done as f64);
    }
    println!("| {name} | {:.0} | {:.0} |", quickest * 1e9, 1.0 / quickest);
}

/// What a listing costs besides merging.
fn reading_and_writing() -> Result<(), Trouble> {
    let untouched = Edits { spread: Spread::Scattered, each: 0, conflicts: 0 };
    let records = versions(&untouched, Role::Untouched)?;
    let lines: Vec<String> = records.iter().map(|record| record.base.to_json()).collect();
    time("read once", &lines, |line| drop(black_box(json::parse_object(black_box(line.as_bytes())))));
    time("written once", &records, |record| drop(black_box(record.base.to_json())));
    time("hashed once", &records, |record| {
        black_box(record.base.hash());
    });
    Ok(())
}

/// Five meetings by their day: each side changes one, and adds one.
fn lists() -> Result<(), Trouble> {
    let policy = Policy::from_toml("[[field]]\npath = 'meetings'\nlist = 'keyed'\nkey = ['day']")?;
    let meeting = |day: &str, room: &str| -> Object { [("day", day), ("room", room)].into_iter().collect() };
    let meetings = |rooms: [&str; 5], extra: Option<&str>| -> Value {
        let days = ["M", "T", "W", "R", "F"].into_iter().zip(rooms);
        let days = days.chain(extra.map(|day| (day, "Annex 1")));
        days.map(|(day, room)| Value::Object(meeting(day, room))).collect::<Vec<_>>().into()
    };
    let values = [
        meetings(["A 1", "A 1", "A 1", "A 1", "A 1"], None),
        meetings(["A 2", "A 1", "A 1", "A 1", "A 1"], Some("S")),
        meetings(["A 1", "A 1", "A 1", "B 1", "A 1"], Some("U")),
    ];
    let untouched = Edits { spread: Spread::Scattered, each: 0, conflicts: 0 };
    let records = versions(&untouched, Role::Untouched)?;
    let records: Vec<_> = records.into_iter().map(|one| one.with("meetings", values.clone())).collect();
    measure("with a keyed list that both sides changed", &policy, Outcome::Merged, &records);
    Ok(())
}

/// A text of three lines: each side changes a word of another one.
fn texts() -> Result<(), Trouble> {
    let policy = Policy::from_toml("[[field]]\npath = 'notes'\ntext = 'words'")?;
    let text = |week: &str, exams: &str| {
        Value::from(format!(
            "Students must also enroll in one of the discussion sections before the {week} week of term.\n\
             Meets with the graduate section; see the department for the reading list.\n\
             Evening exams on {exams} dates to be announced; the lab fee is not refundable."
        ))
    };
    let values = [text("second", "two"), text("third", "two"), text("second", "three")];
    let untouched = Edits { spread: Spread::Scattered, each: 0, conflicts: 0 };
    let records = versions(&untouched, Role::Untouched)?;
    let records: Vec<_> = records.into_iter().map(|one| one.with("notes", values.clone())).collect();
    measure("with a text that both sides changed", &policy, Outcome::Merged, &records);
    Ok(())
}
