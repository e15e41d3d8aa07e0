//! Every public function and method of the crate shows by a runnable example what it is for.

use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
    let nested = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(nested).filter(|path| path.extension().is_some_and(|ending| ending == "rs")).collect()
}

/// The name of the function that a line begins, if everybody may call it.
fn public_function(line: &str) -> Option<&str> {
    let declared = line.trim_start().strip_prefix("pub ")?;
    let (_, name) = declared.split_once("fn ").filter(|(before, _)| ["", "const "].contains(before))?;
    name.split(['(', '<']).next()
}

/// The public functions of a source whose doc comments hold no example.
fn bare(source: &str) -> Vec<&str> {
    let lines: Vec<&str> = source.lines().collect();
    let has_example = |at: &usize| {
        let above = lines[..*at].iter().rev().map(|line| line.trim_start());
        above.take_while(|line| line.starts_with("///") || line.starts_with("#[")).any(is_fence)
    };
    let functions = (0..lines.len()).filter(|at| !has_example(at));
    functions.filter_map(|at| public_function(lines[at])).collect()
}

fn is_fence(line: &str) -> bool {
    line.trim_start_matches('/').trim() == "```"
}

#[test]
fn every_public_function_has_an_example() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 40, "these are not all sources: {sources:?}");
    for path in sources {
        let source = std::fs::read_to_string(&path).expect("a source");
        assert_eq!(bare(&source), [""; 0], "{} has functions without an example", path.display());
    }
}

#[test]
fn a_function_without_an_example_is_found_and_an_inner_one_is_passed_over() {
    let shown = "/// Adds.\n///\n/// ```\n/// assert_eq!(add(1), 2);\n/// ```\n#[must_use]\npub fn add(n: u8) -> u8 {";
    assert_eq!(bare(shown), [""; 0]);
    let source = "/// Adds.\npub const fn add<T>(n: T) {\n    pub(crate) fn carry() {}\n    fn own() {}";
    assert_eq!(bare(source), ["add"]);
    let unrun = "/// ```text\npub fn add() {";
    assert_eq!(bare(unrun), ["add"], "what is not run shows nothing");
}
