//! Where input comes from and where output goes: packed, through pipes, over other files.

use std::fs;
use std::io::Write as _;

use clap::Parser;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::merge_files;
use super::{Apply, BASE, Folder, Merge, OURS, THEIRS, apply_file};

/// Merges files that are where the caller says.
pub(super) fn merge(inputs: &[(&str, String)], out: &str) -> Result<u64, String> {
    merge_by("id", inputs, out)
}

/// The same with another key.
pub(super) fn merge_by(key: &str, inputs: &[(&str, String)], out: &str) -> Result<u64, String> {
    let mut args = vec!["merge", "--key", key, "--out", out];
    args.extend(inputs.iter().flat_map(|(option, path)| [*option, path.as_str()]));
    let parsed = Merge::try_parse_from(args).map_err(|error| error.to_string())?;
    merge_files(&parsed.args).map_err(|error| error.to_string())
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).expect("packed");
    packer.finish().expect("packed")
}

/// Files of these names in a folder, as options.
fn inputs(folder: &Folder, names: [&str; 3]) -> [(&'static str, String); 3] {
    let path = |name: &str| folder.path(name).display().to_string();
    [("--base", path(names[0])), ("--ours", path(names[1])), ("--theirs", path(names[2]))]
}

fn out(folder: &Folder) -> String {
    folder.path("merged.ndjson").display().to_string()
}

#[test]
fn packed_files_give_what_plain_ones_give_whatever_they_are_called() {
    let plain = Folder::new(BASE, OURS, THEIRS);
    plain.merge(&[]).expect("merges");
    let folder = Folder::new("", "", "");
    let (first, second) = THEIRS.split_at(70);
    fs::write(folder.path("b.ndjson.gz"), packed(BASE.as_bytes())).expect("written");
    fs::write(folder.path("o"), packed(OURS.as_bytes())).expect("written");
    fs::write(folder.path("t.GZ"), [packed(first.as_bytes()), packed(second.as_bytes())].concat())
        .expect("written");
    assert_eq!(merge(&inputs(&folder, ["b.ndjson.gz", "o", "t.GZ"]), &out(&folder)), Ok(1));
    assert_eq!(folder.read("merged.ndjson"), plain.read("merged.ndjson"));
    let turned: String = BASE.lines().rev().map(|line| format!("{line}\n")).collect();
    fs::write(folder.path("b.ndjson.gz"), packed(turned.as_bytes())).expect("written");
    assert_eq!(merge(&inputs(&folder, ["b.ndjson.gz", "o", "t.GZ"]), &out(&folder)), Ok(1));
    assert_eq!(folder.read("merged.ndjson"), plain.read("merged.ndjson"), "in any order");
}

#[test]
fn x02_the_ending_before_gz_says_how_a_packed_file_is_written() {
    let folder = Folder::new("", "", "");
    fs::write(folder.path("b.csv.gz"), packed(b"id,v\n1,a\n")).expect("written");
    fs::write(folder.path("o.json.gz"), packed(b"[{\"id\":\"1\",\"v\":\"b\"}]")).expect("written");
    fs::write(folder.path("t.ndjson.gz"), packed(b"{\"id\":\"1\",\"v\":\"a\"}\n")).expect("written");
    assert_eq!(merge(&inputs(&folder, ["b.csv.gz", "o.json.gz", "t.ndjson.gz"]), &out(&folder)), Ok(0));
    assert_eq!(folder.read("merged.ndjson"), "{\"id\":\"1\",\"v\":\"b\"}\n");
}

#[test]
fn x01_packed_data_that_is_broken_is_refused_under_its_own_name() {
    let whole = packed(OURS.as_bytes());
    for (bytes, said) in [
        (whole[..whole.len() - 9].to_vec(), "0: the gzip data is cut off"),
        (
            [&whole[..], b"{\"id\":9}\n\0\0"].concat(),
            "0: something that gzip did not write follows the gzip data",
        ),
        (packed(b"{\"id\":1}\n{\"id\":\n"), "2: unexpected end of text (at byte 7)"),
    ] {
        for side in ["base", "ours", "theirs"] {
            let folder = Folder::new(BASE, OURS, THEIRS);
            fs::write(folder.path(&format!("{side}.ndjson")), &bytes).expect("written");
            assert_eq!(folder.merge(&[]), Err(format!("{side}.ndjson:{said}")));
            assert_eq!(folder.names(), ["base.ndjson", "ours.ndjson", "theirs.ndjson"]);
        }
    }
}

#[test]
fn policies_staff_decisions_and_what_apply_reads_may_be_packed() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    assert_eq!(folder.merge(&[]), Ok(1));
    let staff = super::staff_line(&folder, "phone", r#""choose":"ours""#);
    fs::write(folder.path("staff.gz"), packed(staff.as_bytes())).expect("written");
    assert_eq!(folder.merge(&["--resolve", "@staff.gz"]), Ok(0));
    fs::write(folder.path("policy.gz"), packed(b"mode = \"resolve_theirs\"\n")).expect("written");
    assert_eq!(folder.merge(&["--policy", "@policy.gz"]), Ok(0));
    for name in ["base", "decisions"] {
        let bytes = packed(folder.read(&format!("{name}.ndjson")).as_bytes());
        fs::write(folder.path(name), bytes).expect("written");
    }
    let path = |name: &str| folder.path(name).display().to_string();
    let (base, decisions, applied) = (path("base"), path("decisions"), path("applied"));
    let args = ["apply", "--base", &base, "--decisions", &decisions, "--key", "id", "--out", &applied];
    let parsed = Apply::try_parse_from(args).expect("arguments");
    assert_eq!(apply_file(&parsed.args).map_err(|error| error.to_string()), Ok(()));
    assert_eq!(folder.read("applied"), folder.read("merged.ndjson"));
}

#[test]
fn one_file_may_be_all_three_inputs() {
    let folder = Folder::new(BASE, "", "");
    let same = ["base.ndjson"; 3];
    assert_eq!(merge(&inputs(&folder, same), &out(&folder)), Ok(0));
    assert_eq!(folder.read("merged.ndjson"), BASE);
}

#[test]
fn x01_an_input_that_is_no_readable_file_is_line_0() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    let path = |name: &str| folder.path(name).display().to_string();
    for name in [".", "nowhere.ndjson", "base.ndjson/inside"] {
        for at in 0..3 {
            let mut names = ["base.ndjson", "ours.ndjson", "theirs.ndjson"];
            names[at] = name;
            let error = merge(&inputs(&folder, names), &out(&folder)).expect_err("no file");
            assert!(error.starts_with(&format!("{}:0: ", path(name))), "{error}");
        }
    }
    let error = merge(&inputs(&folder, ["."; 3]), &out(&folder)).expect_err("a folder");
    assert!(error.ends_with(":0: is a folder"), "{error}");
    assert_eq!(folder.names(), ["base.ndjson", "ours.ndjson", "theirs.ndjson"]);
}

#[cfg(target_os = "linux")]
#[test]
fn x01_an_input_that_fails_while_it_is_read_is_line_0() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    let mut files = inputs(&folder, ["base.ndjson", "ours.ndjson", "theirs.ndjson"]);
    // The memory of this process: it can be opened, but nothing is at its beginning.
    files[1].1 = "/proc/self/mem".to_owned();
    let error = merge(&files, &out(&folder)).expect_err("not readable");
    assert!(error.starts_with("/proc/self/mem:0: Input/output error"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_says_it_is_empty_and_is_not_is_read() {
    let folder = Folder::new("", "", "");
    let mut files = inputs(&folder, ["base.ndjson", "ours.ndjson", "theirs.ndjson"]);
    files[2].1 = "/proc/version".to_owned();
    let error = merge(&files, &out(&folder)).expect_err("no records");
    assert_eq!(error, "/proc/version:1: expected an object (at byte 0)");
}

#[test]
fn no_output_is_written_over_an_input() {
    for (option, input) in [
        ("--out", "base.ndjson"),
        ("--conflicts", "theirs.ndjson"),
        ("--decisions", "policy.toml"),
        ("--out", "./ours.ndjson"),
    ] {
        let folder = Folder::new(BASE, OURS, THEIRS);
        folder.put("policy.toml", "");
        let path = |name: &str| folder.path(name).display().to_string();
        let mut args = vec!["merge".to_owned(), "--key".to_owned(), "id".to_owned()];
        for (option, path) in inputs(&folder, ["base.ndjson", "ours.ndjson", "theirs.ndjson"]) {
            args.extend([option.to_owned(), path]);
        }
        args.extend(["--policy".to_owned(), path("policy.toml"), option.to_owned(), path(input)]);
        let parsed = Merge::try_parse_from(args).expect("arguments");
        let error = merge_files(&parsed.args).map_err(|error| error.to_string()).expect_err("an input");
        assert!(error.starts_with(&format!("{option} would be written over ")), "{error}");
        assert_eq!(
            [folder.read("base.ndjson"), folder.read("ours.ndjson"), folder.read("theirs.ndjson")],
            [BASE, OURS, THEIRS]
        );
    }
}

#[test]
fn x01_an_output_that_cannot_be_written_is_line_0_and_nothing_is_written() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    let path = |name: &str| folder.path(name).display().to_string();
    let files = inputs(&folder, ["base.ndjson", "ours.ndjson", "theirs.ndjson"]);
    for (name, said) in [
        (".", "is a folder"),
        ("nowhere/merged.ndjson", "nothing can be written in "),
        ("base.ndjson/merged.ndjson", "nothing can be written in "),
    ] {
        let error = merge(&files, &path(name)).expect_err("no file");
        assert!(error.starts_with(&format!("{}:0: {said}", path(name))), "{error}");
        assert!(!error.contains(".tiebreak-"), "the name of a temporary file says nothing: {error}");
    }
    assert_eq!(folder.names(), ["base.ndjson", "ours.ndjson", "theirs.ndjson"]);
}

#[test]
fn an_output_that_someone_made_read_only_stays_as_it_is() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    folder.put("merged.ndjson", "as before");
    let mut permissions = fs::metadata(folder.path("merged.ndjson")).expect("metadata").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.path("merged.ndjson"), permissions).expect("read-only");
    assert_eq!(folder.merge(&[]), Err("merged.ndjson:0: is read-only".to_owned()));
    assert_eq!(folder.read("merged.ndjson"), "as before");
    assert_eq!(folder.names(), ["base.ndjson", "merged.ndjson", "ours.ndjson", "theirs.ndjson"]);
}

#[cfg(unix)]
#[test]
fn an_output_that_replaces_a_file_is_for_the_same_readers_and_in_the_same_place() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = Folder::new(BASE, OURS, THEIRS);
    fs::create_dir(folder.path("elsewhere")).expect("a folder");
    folder.put("elsewhere/private", "as before");
    fs::set_permissions(folder.path("elsewhere/private"), fs::Permissions::from_mode(0o600))
        .expect("private");
    symlink(folder.path("elsewhere/private"), folder.path("merged.ndjson")).expect("a link");
    assert_eq!(folder.merge(&[]), Ok(1));
    assert!(folder.path("merged.ndjson").is_symlink());
    assert!(folder.read("elsewhere/private").starts_with("{\"id\":1,"));
    let mode = fs::metadata(folder.path("elsewhere/private")).expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
