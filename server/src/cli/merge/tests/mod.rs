//! The command against files in a temporary folder (MS section 16).

mod cases;
mod hostile;
mod inputs;
mod kept;
mod lines;
mod relations;

use std::fs;
use std::path::PathBuf;

use clap::Parser;
use merge::{Object, Value};
use tempfile::TempDir;

use super::{MergeArgs, merge_files};
use crate::cli::apply::{ApplyArgs, apply_file};

#[derive(Parser)]
struct Merge {
    #[command(flatten)]
    args: MergeArgs,
}

#[derive(Parser)]
struct Apply {
    #[command(flatten)]
    args: ApplyArgs,
}

/// A folder with input files; output files appear in it.
struct Folder {
    folder: TempDir,
    ending: &'static str,
}

const BASE: &str = "{\"id\":1,\"name\":\"Ann\",\"phone\":\"1\"}\n{\"id\":2,\"name\":\"Bob\",\"phone\":\"5\"}\n{\"id\":3,\"name\":\"Cy\"}\n";
const OURS: &str =
    "{\"id\":1,\"name\":\"Ann\",\"phone\":\"2\"}\n{\"id\":2,\"name\":\"Rob\",\"phone\":\"5\"}\n";
const THEIRS: &str = "{\"id\":1,\"name\":\"Anna\",\"phone\":\"3\"}\n{\"id\":2,\"name\":\"Bob\",\"phone\":\"6\"}\n{\"id\":3,\"name\":\"Cy\"}\n{\"id\":4,\"name\":\"Di\"}\n";

impl Folder {
    fn new(base: &str, ours: &str, theirs: &str) -> Folder {
        Folder::of("ndjson", base, ours, theirs)
    }

    fn of(ending: &'static str, base: &str, ours: &str, theirs: &str) -> Folder {
        let folder = Folder { folder: TempDir::new().expect("temporary folder"), ending };
        for (name, text) in [("base", base), ("ours", ours), ("theirs", theirs)] {
            folder.put(&format!("{name}.{ending}"), text);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs the merge with all outputs; `more` are further arguments, `@` before a name stands for the folder.
    fn merge(&self, more: &[&str]) -> Result<u64, String> {
        let file = |option: &str, name: &str| [option.to_owned(), self.path(name).display().to_string()];
        let input = |side: &str| file(&format!("--{side}"), &format!("{side}.{}", self.ending));
        let mut args = vec!["merge".to_owned(), "--key".to_owned(), "id".to_owned()];
        args.extend([input("base"), input("ours"), input("theirs")].into_iter().flatten());
        args.extend(file("--out", &format!("merged.{}", self.ending)));
        args.extend(file("--conflicts", "conflicts.ndjson"));
        args.extend(file("--decisions", "decisions.ndjson"));
        args.extend(more.iter().map(|arg| match arg.strip_prefix('@') {
            Some(name) => self.path(name).display().to_string(),
            None => (*arg).to_owned(),
        }));
        let parsed = Merge::try_parse_from(args).map_err(|error| error.to_string())?;
        let folder = format!("{}/", self.folder.path().display());
        merge_files(&parsed.args).map_err(|error| error.to_string().replace(&folder, ""))
    }

    fn merged(&self) -> Vec<String> {
        self.read(&format!("merged.{}", self.ending)).lines().map(str::to_owned).collect()
    }

    fn lines(&self, name: &str) -> Vec<Object> {
        self.read(name)
            .lines()
            .map(|line| merge::json::parse_object(line.as_bytes()).expect("JSON"))
            .collect()
    }

    fn apply(&self, out: &str) -> Result<(), String> {
        let base = self.path(&format!("base.{}", self.ending)).display().to_string();
        let (decisions, out) = (self.path("decisions.ndjson"), self.path(out));
        let (decisions, out) = (decisions.display().to_string(), out.display().to_string());
        let args = ["apply", "--base", &base, "--decisions", &decisions, "--key", "id", "--out", &out];
        let parsed = Apply::try_parse_from(args).map_err(|error| error.to_string())?;
        apply_file(&parsed.args).map_err(|error| error.to_string())
    }
}

#[test]
fn the_complete_small_run_comes_out_as_the_page_says() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    assert_eq!(folder.merge(&[]), Ok(1));
    let merged = [
        r#"{"id":1,"name":"Ann","phone":"2"}"#,
        r#"{"id":2,"name":"Rob","phone":"6"}"#,
        r#"{"id":4,"name":"Di"}"#,
    ];
    assert_eq!(folder.merged(), merged);
    let conflicts = folder.lines("conflicts.ndjson");
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].get("key").map(Value::to_json).as_deref(), Some(r#"{"id":1}"#));
    let fields = conflicts[0].get("fields").map(Value::to_json).unwrap_or_default();
    let expected = r#"[{"path":"phone","base":"1","ours":"2","theirs":"3","present":{"base":true,"ours":true,"theirs":true},"reason":"both_changed"}]"#;
    assert_eq!(fields, expected);
}

#[test]
fn with_hold_field_the_clean_name_of_the_small_run_goes_on() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    folder.put("policy.toml", "hold = \"field\"");
    assert_eq!(folder.merge(&["--policy", "@policy.toml"]), Ok(1));
    assert_eq!(folder.merged()[0], r#"{"id":1,"name":"Anna","phone":"2"}"#);
}

#[test]
fn x01_bad_input_names_file_and_line_and_leaves_the_outputs_alone() {
    let folder = Folder::new(BASE, OURS, &format!("{THEIRS}{{\"id\":\n"));
    folder.put("merged.ndjson", "as before");
    let error = folder.merge(&[]).expect_err("is bad input");
    assert!(error.starts_with("theirs.ndjson:5: "), "{error}");
    assert_eq!(folder.read("merged.ndjson"), "as before");
    assert_eq!(folder.names(), ["base.ndjson", "merged.ndjson", "ours.ndjson", "theirs.ndjson"]);
}

#[test]
fn x01_each_kind_of_bad_input_is_one_line() {
    for (theirs, policy, message) in [
        ("{\"id\":1}\n{\"name\":\"x\"}\n", "", "theirs.ndjson:2: the key field `id` is missing"),
        ("{\"id\":true}\n", "", "theirs.ndjson:1: the key field `id` must be text or a number, not bool"),
        ("{\"id\":1,\"$state\":\"gone\"}\n", "", "theirs.ndjson:1: `$state` must be"),
        ("{\"id\":1,\"v\":NaN}\n", "", "theirs.ndjson:1: "),
        ("[]\n", "", "theirs.ndjson:1: expected an object"),
        ("", "hold = \"field\"\nmood = 1\n", "policy.toml:2: mood: unknown member"),
        (
            "",
            "[[field]]\npath = \"a\"\nlist = \"keyed\"\n",
            "policy.toml:1: field[1].key: a keyed list needs the fields of its items' key",
        ),
        ("", "mode = \n", "policy.toml:1: "),
    ] {
        let folder = Folder::new(BASE, OURS, theirs);
        folder.put("policy.toml", policy);
        let error = folder.merge(&["--policy", "@policy.toml"]).expect_err(message);
        assert!(error.starts_with(message), "{error}");
        assert!(!error.contains('\n'));
    }
}

#[test]
fn x01_a_file_that_cannot_be_opened_is_line_0() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    fs::remove_file(folder.path("ours.ndjson")).expect("removed");
    assert!(folder.merge(&[]).expect_err("no file").starts_with("ours.ndjson:0: "));
}

#[test]
fn k03_a_key_twice_is_ambiguous_on_a_side_and_bad_input_in_base() {
    let twice = "{\"id\":1,\"v\":1}\n{\"id\":1,\"v\":2}\n";
    let folder = Folder::new("{\"id\":1,\"v\":1}\n", twice, "{\"id\":1,\"v\":1}\n");
    assert_eq!(folder.merge(&[]), Ok(1));
    assert_eq!(folder.merged(), [r#"{"id":1,"v":1}"#, r#"{"id":1,"v":2}"#], "every row if ours has several");
    let conflict = &folder.lines("conflicts.ndjson")[0];
    assert_eq!(conflict.get("kind").and_then(Value::as_text), Some("ambiguous"));
    assert_eq!(conflict.get("fields").map(Value::to_json).as_deref(), Some("[]"));
    assert_eq!(
        conflict.get("rows").map(Value::to_json).as_deref(),
        Some(r#"{"base":1,"ours":2,"theirs":1}"#)
    );
    let folder = Folder::new(twice, "", "");
    assert_eq!(folder.merge(&[]), Err("base.ndjson:2: base has the key [1] twice".to_owned()));
}

#[test]
fn x05_unsorted_files_give_the_same_bytes_as_sorted_ones() {
    let sorted = Folder::new(BASE, OURS, THEIRS);
    sorted.merge(&[]).expect("merges");
    let turned = |text: &str| text.lines().rev().map(|line| format!("{line}\n\n")).collect::<String>();
    let folder = Folder::new(&turned(BASE), &turned(OURS), &turned(THEIRS));
    folder.merge(&[]).expect("merges");
    for name in ["merged.ndjson", "conflicts.ndjson", "decisions.ndjson"] {
        assert_eq!(folder.read(name), sorted.read(name), "{name}");
    }
}

#[test]
fn x02_json_and_ndjson_with_a_byte_order_mark_say_the_same() {
    let list = |text: &str| format!("\u{feff}[\n{}\n]", text.trim_end().replace('\n', ",\n"));
    let folder = Folder::of("json", &list(BASE), &list(OURS), &list(THEIRS));
    assert_eq!(folder.merge(&[]), Ok(1));
    let merged = merge::json::parse(folder.read("merged.json").as_bytes()).expect("one list");
    assert_eq!(merged.as_list().map(<[Value]>::len), Some(3));
    let broken = Folder::of("json", "[\n{\"id\":1},\n{\"id\":}\n]", "[]", "");
    assert!(broken.merge(&[]).expect_err("broken").starts_with("base.json:3: "));
}

#[test]
fn x03_csv_keeps_null_and_empty_text_apart() {
    let folder = Folder::of("csv", "id,a,b\n1,x,y\n", "id,a,b\n1,,y\n", "id,a,b,c\n1,x,\"\",z\n");
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.read("merged.csv"), "id,a,b,c\r\n1,,\"\",z\r\n");
}

#[test]
fn v03_a_column_that_one_csv_file_lacks_was_not_fetched() {
    let folder = Folder::of("csv", "id,a,b\n1,x,y\n", "id,a\n1,z\n", "id,a,b\n1,x,y\n");
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.read("merged.csv"), "id,a,b\r\n1,z,y\r\n", "b is not cleared");
}

#[test]
fn v03_paths_a_record_lists_as_not_fetched_count_as_unchanged() {
    let folder = Folder::new(
        "{\"id\":1,\"a\":1,\"n\":{\"x\":1}}\n",
        "{\"id\":1,\"a\":2,\"$unfetched\":[\"n.x\"]}\n",
        "{\"id\":1,\"a\":1,\"n\":{\"x\":2}}\n",
    );
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.merged(), [r#"{"id":1,"a":2,"n":{"x":2}}"#]);
}

#[test]
fn d03_the_state_of_a_record_overrides_its_absence() {
    let theirs = "{\"id\":1,\"$state\":\"missing\"}\n{\"id\":2,\"$state\":\"out_of_scope\"}\n{\"id\":3,\"$state\":\"deleted\"}\n";
    let all = "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n{\"id\":4}\n";
    let folder = Folder::new(all, all, theirs);
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.merged(), [r#"{"id":1}"#, r#"{"id":2}"#]);
    assert!(
        Folder::new(theirs, "", "").merge(&[]).expect_err("a state in base").contains("no meaning in a base")
    );
}

fn staff_line(folder: &Folder, path: &str, choose: &str) -> String {
    let revision = folder.lines("conflicts.ndjson")[0].get("revision").cloned().expect("revision");
    format!("{{\"key\":{{\"id\":1}},\"path\":\"{path}\",{choose},\"revision\":{revision},\"by\":\"Kim\"}}\n")
}

#[test]
fn x13_decisions_of_the_staff_settle_what_they_saw() {
    for (choose, phone) in [
        (r#""choose":"ours""#, r#""phone":"2""#),
        (r#""choose":"theirs""#, r#""phone":"3""#),
        (r#""choose":"base""#, r#""phone":"1""#),
        (r#""choose":"value","value":"9""#, r#""phone":"9""#),
        (r#""choose":"clear""#, r#""phone":null"#),
    ] {
        let folder = Folder::new(BASE, OURS, THEIRS);
        folder.merge(&[]).expect("merges");
        folder.put("staff.ndjson", &staff_line(&folder, "phone", choose));
        assert_eq!(folder.merge(&["--resolve", "@staff.ndjson"]), Ok(0), "{choose}");
        assert_eq!(folder.merged()[0], format!("{{\"id\":1,\"name\":\"Anna\",{phone}}}"));
        assert!(folder.read("decisions.ndjson").contains(r#""rule":"C5","level":"decision""#));
    }
}

#[test]
fn c06_a_stale_decision_leaves_the_conflict_open() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    folder.merge(&[]).expect("merges");
    folder.put("staff.ndjson", &staff_line(&folder, "phone", r#""choose":"ours""#));
    folder.put("theirs.ndjson", &THEIRS.replace("\"3\"", "\"4\""));
    assert_eq!(folder.merge(&["--resolve", "@staff.ndjson"]), Ok(1));
    folder.put("staff.ndjson", &staff_line(&folder, "name", r#""choose":"ours""#));
    assert_eq!(
        folder.merge(&["--resolve", "@staff.ndjson"]),
        Ok(1),
        "a path that is not contested decides nothing"
    );
}

#[test]
fn x13_a_delete_against_an_update_is_decided_for_the_whole_record() {
    for (choose, merged) in [
        (r#""choose":"ours""#, vec![]),
        (r#""choose":"theirs""#, vec![r#"{"id":1,"v":2}"#]),
        (r#""choose":"base""#, vec![r#"{"id":1,"v":1}"#]),
        (r#""choose":"value","value":{"id":1,"v":3}"#, vec![r#"{"id":1,"v":3}"#]),
        (r#""choose":"clear""#, vec![]),
    ] {
        let folder = Folder::new("{\"id\":1,\"v\":1}\n", "", "{\"id\":1,\"v\":2}\n");
        assert_eq!(folder.merge(&[]), Ok(1));
        folder.put("staff.ndjson", &staff_line(&folder, "", choose));
        assert_eq!(folder.merge(&["--resolve", "@staff.ndjson"]), Ok(0), "{choose}");
        assert_eq!(folder.merged(), merged, "{choose}");
        folder.apply("applied.ndjson").expect("applies");
        assert_eq!(folder.read("applied.ndjson"), folder.read("merged.ndjson"));
    }
}

#[test]
fn x13_lines_that_cannot_be_understood_are_bad_input() {
    for (line, message) in [
        (r#"{"path":"v","choose":"ours"}"#, "`key` must be an object"),
        (r#"{"key":{"id":1},"path":"v","choose":"mine"}"#, "`mine` is no choice"),
        (r#"{"key":{"id":1},"path":"v","choose":"value"}"#, "`value` is missing"),
        (r#"{"key":{"id":1},"path":"a..b","choose":"ours"}"#, "is not a field path"),
    ] {
        let folder = Folder::new(BASE, OURS, THEIRS);
        folder.put("staff.ndjson", line);
        let error = folder.merge(&["--resolve", "@staff.ndjson"]).expect_err(message);
        assert!(error.starts_with("staff.ndjson:1: ") && error.contains(message), "{error}");
    }
}

#[test]
fn k01_records_that_share_what_must_be_unique_are_held() {
    let base = "{\"id\":1,\"email\":\"a@x\"}\n{\"id\":2,\"email\":\"b@x\"}\n";
    let ours = "{\"id\":1,\"email\":\"a@x\"}\n{\"id\":2,\"email\":\"A@x\"}\n";
    let folder = Folder::new(base, ours, base);
    folder.put("policy.toml", "unique = [[\"email\"]]\ncompare = [\"case\"]\nmode = \"resolve_ours\"");
    assert_eq!(folder.merge(&["--policy", "@policy.toml"]), Ok(2), "no mode resolves it");
    let conflicts = folder.lines("conflicts.ndjson");
    let text = conflicts[1].to_json();
    assert!(
        text.contains(r#""kind":"duplicate""#) && text.contains(r#""reason":"DUPLICATE_EMAIL""#),
        "{text}"
    );
    assert!(text.contains(r#""with":[{"id":1}]"#), "{text}");
    let folder = Folder::new(ours, ours, ours);
    folder.put("policy.toml", "unique = [[\"email\"]]\ncompare = [\"case\"]");
    assert_eq!(folder.merge(&["--policy", "@policy.toml"]), Ok(0), "K2: unchanged records are warned about");
}

#[test]
fn p03_type_tables_of_a_configuration_serve_as_policies() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    folder.put("policy.toml", "[type.person]\nmode = \"resolve_theirs\"\n[[type.person.record]]\nkey = {id = 1}\nmode = \"resolve_ours\"");
    assert_eq!(folder.merge(&["--policy", "@policy.toml", "--type", "person"]), Ok(0));
    assert_eq!(folder.merged()[0], r#"{"id":1,"name":"Anna","phone":"2"}"#);
    let whole = include_str!("../../../../xtask/demo/settings.toml");
    folder.put("settings.toml", whole);
    assert_eq!(folder.merge(&["--policy", "@settings.toml", "--type", "room"]), Ok(1));
    folder.put("settings.toml", &whole.replace("[type.room]", "[type.room]\nholdd = \"field\""));
    let error =
        folder.merge(&["--policy", "@settings.toml", "--type", "room"]).expect_err("an unknown member");
    assert!(error.contains("holdd"), "{error}");
    let error = folder.merge(&["--policy", "@policy.toml", "--type", "room"]).expect_err("no such type");
    assert!(error.starts_with("policy.toml:1: type: there is no [type.room]"), "{error}");
}

#[test]
fn l10_apply_rebuilds_the_output_from_lines_in_any_order() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    folder.merge(&[]).expect("merges");
    let turned: String =
        folder.read("decisions.ndjson").lines().rev().map(|line| format!("{line}\n")).collect();
    folder.put("decisions.ndjson", &turned);
    folder.apply("applied.ndjson").expect("applies");
    assert_eq!(folder.read("applied.ndjson"), folder.read("merged.ndjson"));
    folder.put("decisions.ndjson", "{\"key\":{\"id\":1},\"path\":\"\",\"action\":\"set\",\"value\":1}\n");
    assert!(folder.apply("applied.ndjson").expect_err("a set needs a path").contains("decisions.ndjson:1: "));
}

#[test]
fn two_outputs_in_one_file_are_a_wrong_argument() {
    let folder = Folder::new(BASE, OURS, THEIRS);
    let error = folder.merge(&["--summary", "yaml"]).expect_err("unknown format");
    assert!(error.contains("yaml"));
    let same = folder.path("base.ndjson").display().to_string();
    let inputs = ["m", "--key", "id", "--base", &same, "--ours", &same, "--theirs", &same];
    let args = inputs.into_iter().chain(["--out", "x", "--conflicts", "x"]);
    let parsed = Merge::try_parse_from(args).unwrap_or_else(|error| panic!("{error}"));
    assert!(merge_files(&parsed.args).is_err());
}
