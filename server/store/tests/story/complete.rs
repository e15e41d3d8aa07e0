//! The story is complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// `module::function` for every public function that takes a connection.
fn public_functions(source: &Path) -> BTreeSet<String> {
    let mut functions = BTreeSet::new();
    for file in rust_files(source) {
        let below = file.strip_prefix(source).expect("below");
        let module =
            below.components().next().expect("a name").as_os_str().to_string_lossy().replace(".rs", "");
        for line in fs::read_to_string(&file).expect("readable").lines() {
            if let Some(rest) = line.strip_prefix("pub async fn ") {
                let name = rest.split(['(', '<']).next().expect("a name");
                functions.insert(format!("{module}::{name}"));
            }
        }
    }
    functions.retain(|function| !function.starts_with("testing::") && !function.starts_with("open::"));
    functions
}

#[test]
fn every_function_has_its_place_in_the_story() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let story: String = rust_files(&root.join("tests/story"))
        .iter()
        .map(|file| fs::read_to_string(file).expect("readable"))
        .collect();
    let functions = public_functions(&root.join("src"));
    assert!(functions.len() > 100, "found only {}", functions.len());
    let left_out: Vec<&String> =
        functions.iter().filter(|function| !story.contains(&format!("{function}("))).collect();
    assert!(left_out.is_empty(), "not in the story: {left_out:?}");
}
