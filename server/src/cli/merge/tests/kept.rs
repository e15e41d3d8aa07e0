//! Values, texts and formats that are strange and fine: what goes in comes out, byte by byte.

use super::Folder;

/// Sends a value through the merge in each way a value can go; it must come out byte by byte as it went in.
#[track_caller]
pub(super) fn kept(value: &str) {
    let with = |value: &str| format!("{{\"id\":1,\"v\":{value}}}\n");
    let (before, after) = (with("\"before\""), with(value));
    for (base, ours, theirs) in [
        (after.as_str(), after.as_str(), after.as_str()),
        (&before, &after, &before),
        (&before, &before, &after),
        (&before, &after, &after),
        ("", &after, ""),
        ("", "", &after),
        ("", &after, &after),
    ] {
        let folder = Folder::new(base, ours, theirs);
        assert_eq!(folder.merge(&[]), Ok(0));
        assert!(folder.read("merged.ndjson") == after, "{value:.80}");
        folder.apply("applied.ndjson").expect("applies");
        assert!(folder.read("applied.ndjson") == after, "{value:.80}");
    }
    let folder = Folder::new(&before, &after, &with("\"another\""));
    assert_eq!(folder.merge(&[]), Ok(1));
    assert!(folder.read("merged.ndjson") == after, "{value:.80}");
    assert!(folder.read("conflicts.ndjson").contains(&format!("\"ours\":{value},")), "{value:.80}");
}

#[test]
fn x08_numbers_keep_their_digits_whatever_they_are() {
    for number in [
        "-0",
        "-0.0",
        "0e0",
        "1E5",
        "1e+05",
        "1.50",
        "9007199254740993",
        "1e400",
        "-1e-400",
        "1e1000000000000",
    ] {
        kept(number);
    }
    kept(&"1234567890".repeat(40));
    kept(&format!("-0.{}1", "0".repeat(400)));
    kept(&"9".repeat(100_000));
}

#[test]
fn v05_numbers_past_the_reach_of_a_float_are_told_apart() {
    for (a, b) in [
        ("9007199254740992", "9007199254740993"),
        ("1e400", "1e401"),
        ("1e-400", "0"),
        ("0.1", "0.10000000000000000000000000000000000001"),
    ] {
        let with = |value: &str| format!("{{\"id\":1,\"v\":{value}}}\n");
        let folder = Folder::new(&with(a), &with(b), &with(a));
        assert_eq!(folder.merge(&[]), Ok(0));
        assert_eq!(folder.read("merged.ndjson"), with(b));
        let folder = Folder::new(&with("7"), &with(a), &with(b));
        assert_eq!(folder.merge(&[]), Ok(1), "{a} and {b} are two numbers");
    }
}

#[test]
fn x08_texts_keep_their_letters_whatever_they_are() {
    for text in [
        "",
        " ",
        "\\u0000",
        "a\\u0000b\\u0001\\u001f",
        "\u{7f}\u{85}\u{9b}2J",
        "\u{feff}\u{2028}\u{202e}\u{fffe}\u{10ffff}",
        "e\u{301} is not \u{e9}",
        "\u{1f600}",
        "\\\"\\\\\\n\\r\\t",
        "{\\\"id\\\":2}",
    ] {
        kept(&format!("\"{text}\""));
    }
    kept("{\"\":1,\"a.b\":2,\"a\":{\"b\":3},\"\u{feff}\":4,\"\\u0000\":5}");
    kept("[[],{},null,true,\"\",0,[[]]]");
}

#[test]
fn x08_an_escaped_letter_is_that_letter() {
    let base = "{\"id\":1,\"v\":\"\\u00e9\\/\\ud83d\\ude00\"}\n";
    let ours = "{\"id\":1,\"v\":\"\u{e9}/\u{1f600}\"}\n";
    let folder = Folder::new(base, ours, base);
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.read("merged.ndjson"), ours);
    assert_eq!(folder.read("decisions.ndjson"), "", "nothing changed");
}

#[test]
fn x08_a_text_of_fifty_megabytes_is_kept() {
    let text = "0123456789".repeat(5_000_000);
    let (before, after) = ("{\"id\":1,\"v\":0}\n", format!("{{\"id\":1,\"v\":\"{text}\"}}\n"));
    let folder = Folder::new(before, &after, before);
    assert_eq!(folder.merge(&[]), Ok(0));
    assert!(folder.read("merged.ndjson") == after);
    let after = format!("{{\"id\":1,\"v\":\"{}\"}}\n", &text[..5_000_000]);
    let list = |record: &str| format!("[{}]", record.trim_end());
    let folder = Folder::of("json", &list(before), &list(&after), &list(before));
    assert_eq!(folder.merge(&[]), Ok(0));
    assert!(folder.read("merged.json") == format!("[\n{}]\n", after));
}

#[test]
fn x02_ends_of_lines_and_the_last_one_do_not_count() {
    let plain = Folder::new(super::BASE, super::OURS, super::THEIRS);
    plain.merge(&[]).expect("merges");
    let with_returns = |text: &str| text.replace('\n', "\r\n");
    let without_end = |text: &str| text.trim_end().to_owned();
    let spaced =
        |text: &str| format!("\u{feff}\n{}\n \t\r\n", text.replace("{", " { ").replace('\n', "\t\n\n"));
    for change in [&with_returns as &dyn Fn(&str) -> String, &without_end, &spaced] {
        let folder = Folder::new(&change(super::BASE), &change(super::OURS), &change(super::THEIRS));
        assert_eq!(folder.merge(&[]), Ok(1));
        for name in ["merged.ndjson", "conflicts.ndjson", "decisions.ndjson"] {
            assert_eq!(folder.read(name), plain.read(name), "{name}");
        }
    }
}

#[test]
fn x03_csv_keeps_what_rfc_4180_can_say() {
    let header = "\u{feff}\"id\",\"a \"\"b\"\"\",\" c \"\r\n";
    for row in [
        "1,\"x,y\",\" \"\r\n",
        "1,\"one\ntwo\r\nthree\r\",\"\"\r\n",
        "1,\"\"\"\",\r\n",
        "\" 1 \",\u{e9},\u{1f600}\r\n",
    ] {
        let (empty, full) = (header.to_owned(), format!("{header}{row}"));
        let folder = Folder::of("csv", &empty, &full, &empty);
        assert_eq!(folder.merge(&[]), Ok(0), "{row:?}");
        let merged = folder.read("merged.csv");
        let kept = merged.strip_prefix("id,\"a \"\"b\"\"\", c \r\n");
        assert_eq!(
            kept.map(|row| row.replace("\" \"", " ")),
            Some(row.replace("\" 1 \"", " 1 ").replace("\" \"", " "))
        );
    }
}

#[test]
fn x02_each_file_may_be_written_in_a_format_of_its_own() {
    let folder = Folder::new("{\"id\":\"1\",\"v\":\"a\"}\n", "", "");
    folder.put("ours.csv", "id,v\n1,b\n");
    folder.put("theirs.json", "[{\"v\":\"a\",\"id\":\"1\"}]");
    let merged = folder.merge(&["--ours", "@ours.csv", "--theirs", "@theirs.json"]);
    assert!(merged.expect_err("given twice").contains("cannot be used multiple times"));
    let path = |name: &str| folder.path(name).display().to_string();
    let inputs = [("--base", "base.ndjson"), ("--ours", "ours.csv"), ("--theirs", "theirs.json")];
    assert_eq!(
        super::inputs::merge(&inputs.map(|(option, name)| (option, path(name))), &path("merged.csv")),
        Ok(0)
    );
    assert_eq!(folder.read("merged.csv"), "id,v\r\n1,b\r\n");
}

#[test]
fn x03_what_csv_cannot_say_is_refused_and_nothing_is_written() {
    let folder = Folder::new("", "{\"id\":1,\"v\":\"a\\u0000b\"}\n", "");
    let path = |name: &str| folder.path(name).display().to_string();
    let inputs = [("--base", "base.ndjson"), ("--ours", "ours.ndjson"), ("--theirs", "theirs.ndjson")];
    let inputs = inputs.map(|(option, name)| (option, path(name)));
    let said =
        format!("{}:0: a text has a NUL byte, which csv cannot hold; write ndjson or json", path("m.csv"));
    assert_eq!(super::inputs::merge(&inputs, &path("m.csv")), Err(said));
    assert_eq!(folder.names(), ["base.ndjson", "ours.ndjson", "theirs.ndjson"]);
    assert_eq!(super::inputs::merge(&inputs, &path("m.json")), Ok(0));
}
