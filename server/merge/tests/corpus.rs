//! The fuzz targets with the files written for them: what must hold for any bytes holds for these (`cargo xtask fuzz`
//! tries others).

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::path::{Path, PathBuf};

fn replay(target: &str) {
    let (_, check) = fuzz::TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 5, "{target} has hardly any files");
    for file in files {
        // A test that fails shows its output, so the last file named is the one.
        println!("{}", file.display());
        check(&fs::read(file).expect("a readable file"));
    }
}

#[test]
fn x03_any_csv_is_refused_or_reads_back() {
    replay("csv");
}

#[test]
fn v06_any_json_is_refused_or_keeps_every_digit() {
    replay("json");
}

#[test]
fn l01_any_three_lists_merge_the_same_both_ways() {
    replay("list");
}

#[test]
fn p04_any_policy_is_refused_with_its_line_or_keeps_the_laws() {
    replay("policy");
}

#[test]
fn t03_any_three_texts_give_no_line_that_nobody_wrote() {
    replay("text");
}

#[test]
fn every_target_has_a_program_and_no_program_is_left_over() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let entries = fs::read_dir(folder).expect("the folder of the programs");
    let mut programs: Vec<String> = entries
        .map(|entry| {
            entry.expect("a file").path().file_stem().expect("a name").to_string_lossy().into_owned()
        })
        .collect();
    programs.sort();
    assert_eq!(programs, fuzz::TARGETS.map(|(name, _)| name));
}
