//! Files merged as lines, in chunks and by several threads, come out as files of which every row was read.

use super::Folder;

/// Enough records for several chunks of each file.
const RECORDS: u64 = 9_000;

/// Numbers that look as if by chance and are the same on every machine.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn record(id: u64, seats: u64, room: u64) -> String {
    let notes = "Bring your own book. ".repeat(1 + (id % 40) as usize);
    format!(r#"{{"id":{id},"title":"Section é {id}","seats":{seats},"room":"B{room}","notes":"{notes}"}}"#)
}

/// Base and two sides with edits, deletes and creates of both; every hundredth record is written in another style.
fn sides(seed: u64) -> [Vec<String>; 3] {
    let mut dice = Dice(seed);
    let mut sides = [Vec::new(), Vec::new(), Vec::new()];
    for id in 0..RECORDS {
        for (at, side) in sides.iter_mut().enumerate() {
            let line = match (at, dice.throw(40)) {
                (1, 0) | (0 | 2, 1) => continue,
                (1 | 2, 2) => record(id, 31 + dice.throw(2), 1),
                (1 | 2, 3) => record(id, 30, 2 + dice.throw(2)),
                _ => record(id, 30, 1),
            };
            side.push(if id % 100 == 7 {
                line.replace("\":", "\" : ").replace('é', "\\u00e9")
            } else {
                line
            });
        }
    }
    sides
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn shuffled(mut lines: Vec<String>, dice: &mut Dice) -> Vec<String> {
    for at in (1..lines.len()).rev() {
        lines.swap(at, dice.throw(at as u64 + 1) as usize);
    }
    lines
}

fn folder([base, ours, theirs]: &[Vec<String>; 3]) -> Folder {
    Folder::new(&text(base), &text(ours), &text(theirs))
}

/// Everything a merge gives: the number of conflicts and the three files.
fn outcome(folder: &Folder, more: &[&str]) -> (Result<u64, String>, Vec<String>) {
    let conflicts = folder.merge(more);
    let files = ["merged.ndjson", "conflicts.ndjson", "decisions.ndjson"];
    (conflicts, files.iter().map(|name| folder.read(name)).collect())
}

/// A policy that changes nothing but that rows have to be compared with each other, so that all are read.
fn read_every_row(folder: &Folder) -> (Result<u64, String>, Vec<String>) {
    folder.put("unique.toml", "unique = [[\"nowhere\"]]\n");
    outcome(folder, &["--policy", "@unique.toml"])
}

#[test]
fn x14_lines_give_the_bytes_that_rows_give_sorted_or_not() {
    let sides = sides(7);
    let sorted = folder(&sides);
    let by_rows = read_every_row(&sorted);
    assert!(by_rows.0.as_ref().is_ok_and(|conflicts| *conflicts > 10), "{:?}", by_rows.0);
    assert!(outcome(&sorted, &[]) == by_rows, "sorted");
    let mut dice = Dice(1);
    let mixed = folder(&sides.clone().map(|lines| shuffled(lines, &mut dice)));
    assert!(outcome(&mixed, &[]) == by_rows, "not sorted");
    let [base, ours, theirs] = sides;
    let one_mixed = folder(&[base, shuffled(ours, &mut dice), theirs]);
    assert!(outcome(&one_mixed, &[]) == by_rows, "one file is not sorted");
}

#[test]
fn x05_files_that_share_no_key_are_cut_into_chunks_too() {
    let [base, ours, theirs] = sides(8);
    let third = RECORDS as usize / 3;
    let sides = [base[..third].to_vec(), ours[third..2 * third].to_vec(), theirs[2 * third..].to_vec()];
    let files = folder(&sides);
    assert!(outcome(&files, &[]) == read_every_row(&files));
    let empty = folder(&[Vec::new(), sides[1].clone(), Vec::new()]);
    assert!(outcome(&empty, &[]) == read_every_row(&empty));
}

#[test]
fn k03_a_repeated_key_anywhere_is_ambiguous_among_lines_too() {
    let mut sides = sides(9);
    let last = sides[1].last().cloned().expect("a record");
    sides[1].push(last);
    let files = folder(&sides);
    let (conflicts, outputs) = outcome(&files, &[]);
    assert!(outputs[1].contains("\"kind\":\"ambiguous\""), "{conflicts:?}");
    assert!((conflicts, outputs) == read_every_row(&files));
}

#[test]
fn x01_what_is_wrong_with_a_line_far_down_is_said_with_its_number() {
    for (at, wrong, message) in [
        (8_000, r#"{"id":8000,"title":}"#, "expected a JSON value (at byte 19)"),
        (5_000, r#"{"title":"no id"}"#, "the key field `id` is missing"),
        (2_000, r#"{"id":2000,"a":1,"a":2}"#, "the member \"a\" is repeated (at byte 17)"),
    ] {
        let mut sides = sides(10);
        let line = sides[2].len().min(at);
        sides[2].insert(line, wrong.to_owned());
        let files = folder(&sides);
        let error = format!("theirs.ndjson:{}: {message}", line + 1);
        assert_eq!(files.merge(&[]), Err(error));
        assert_eq!(files.names(), ["base.ndjson", "ours.ndjson", "theirs.ndjson"]);
    }
}

#[test]
fn c06_a_decision_about_a_record_that_did_not_change_is_stale_among_lines_too() {
    let files = folder(&sides(11));
    let unchanged = (0..RECORDS)
        .map(|id| format!(r#"{{"key":{{"id":{id}}},"path":"seats","choose":"ours","revision":"r-1"}}"#));
    files.put("staff.ndjson", &unchanged.step_by(50).map(|line| line + "\n").collect::<String>());
    files.put("unique.toml", "unique = [[\"nowhere\"]]\n");
    let staff = ["--resolve", "@staff.ndjson"];
    let by_lines = outcome(&files, &staff);
    let by_rows = outcome(&files, &["--resolve", "@staff.ndjson", "--policy", "@unique.toml"]);
    assert!(by_lines == by_rows);
}
