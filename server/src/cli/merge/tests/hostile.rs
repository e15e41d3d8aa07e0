//! Input that is broken or meant to do harm: refused with file and line, never changed in silence.

use std::fs;
use std::path::Path;

use super::Folder;
use super::kept::kept;

const OUTPUTS: [&str; 3] = ["conflicts.ndjson", "decisions.ndjson", "merged"];

/// A listing that is fine, in each format.
fn fine(ending: &str) -> &'static [u8] {
    match ending {
        "csv" => b"id,v\n1,a\n",
        "json" => b"[{\"id\":1,\"v\":\"a\"}]\n",
        _ => b"{\"id\":1,\"v\":\"a\"}\n",
    }
}

/// A folder with three fine listings.
fn folder(ending: &'static str) -> Folder {
    let text = std::str::from_utf8(fine(ending)).expect("text");
    Folder::of(ending, text, text, text)
}

fn put(folder: &Folder, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.path(name), bytes).expect("written");
}

/// Puts the bytes in the place of each of the three files in turn. Each time the merge must say exactly `line: message` of that
/// file, and leave the outputs of before alone.
#[track_caller]
fn refused(ending: &'static str, bytes: &[u8], said: &str) {
    for side in ["base", "ours", "theirs"] {
        let folder = folder(ending);
        let file = format!("{side}.{ending}");
        put(&folder, &file, bytes);
        let merged = format!("merged.{ending}");
        let outputs = OUTPUTS.map(|name| if name == "merged" { merged.as_str() } else { name });
        for output in outputs {
            put(&folder, output, "as before");
        }
        let before = folder.names();
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        assert_eq!(folder.merge(&[]), Err(format!("{file}:{said}")), "{start:?} as {file}");
        assert_eq!(folder.names(), before, "nothing was left behind");
        for output in outputs {
            assert_eq!(folder.read(output), "as before", "{output}");
        }
    }
}

#[test]
fn x02_broken_lines_of_ndjson_are_refused_in_each_file() {
    for (text, said) in [
        ("{\"id\":1}\n\n{\"id\":\n", "3: unexpected end of text (at byte 7)"),
        ("{\"id\":1}\n{\"id\":2", "2: unexpected end of text (at byte 7)"),
        ("{\"id\":1}{\"id\":2}\n", "1: unexpected text after the value (at byte 8)"),
        ("{\"id\":1}, \n", "1: unexpected text after the value (at byte 8)"),
        ("{\"id\":1}\r{\"id\":2}\r", "1: unexpected text after the value (at byte 9)"),
        ("{\"id\":1,}\n", "1: expected a member name (at byte 8)"),
        ("{'id':1}\n", "1: expected a member name (at byte 1)"),
        ("{id:1}\n", "1: expected a member name (at byte 1)"),
        ("{\"id\" 1}\n", "1: expected `:` (at byte 6)"),
        ("{\"id\":1 \"v\":2}\n", "1: expected `,` or `}` (at byte 8)"),
        ("{\"id\":1,\"v\":[1,]}\n", "1: expected a JSON value (at byte 15)"),
        ("{\"id\":1,\"v\":tru}\n", "1: expected a JSON value (at byte 12)"),
        ("// rooms\n{\"id\":1}\n", "1: expected an object (at byte 0)"),
        ("[{\"id\":1}]\n", "1: expected an object (at byte 0)"),
        ("null\n", "1: expected an object (at byte 0)"),
        ("{\"id\":1,\"v\":\"a\tb\"}\n", "1: control character in text (at byte 14)"),
        ("{\"id\":1,\"v\":\"\\x41\"}\n", "1: unknown escape in text (at byte 13)"),
        ("{\"id\":1,\"v\":\"\\u12\"}\n", "1: `\\u` needs four hexadecimal digits (at byte 13)"),
    ] {
        refused("ndjson", text.as_bytes(), said);
    }
}

#[test]
fn v06_what_two_programs_may_understand_differently_is_refused_in_each_file() {
    for (value, said) in [
        ("NaN", "1: expected a JSON value (at byte 12)"),
        ("-Infinity", "1: not a JSON number (at byte 12)"),
        ("01", "1: not a JSON number (at byte 12)"),
        ("+1", "1: expected a JSON value (at byte 12)"),
        (".5", "1: expected a JSON value (at byte 12)"),
        ("5.", "1: not a JSON number (at byte 12)"),
        ("0x10", "1: expected `,` or `}` (at byte 13)"),
        ("1_000", "1: expected `,` or `}` (at byte 13)"),
        ("1e1000000000001", "1: not a JSON number (at byte 12)"),
        ("\"\\ud800\"", "1: lone surrogate in text (at byte 13)"),
        ("\"\\udc00\"", "1: lone surrogate in text (at byte 13)"),
        ("\"\\ud800\\u0041\"", "1: lone surrogate in text (at byte 13)"),
        ("\"\\udc00\\ud800\"", "1: lone surrogate in text (at byte 13)"),
        ("1,\"v\":2", "1: the member \"v\" is repeated (at byte 14)"),
        ("1,\"\\u0076\":2", "1: the member \"v\" is repeated (at byte 14)"),
        ("{\"a\":1,\"b\":2,\"a\":1}", "1: the member \"a\" is repeated (at byte 25)"),
        ("1,\"id\":1", "1: the member \"id\" is repeated (at byte 14)"),
    ] {
        refused("ndjson", format!("{{\"id\":1,\"v\":{value}}}\n").as_bytes(), said);
        refused("json", format!("[{{\"id\":1,\"v\":{value}}}]\n").as_bytes(), said);
    }
}

#[test]
fn v06_nesting_ends_at_64_levels_however_deep_it_goes_on() {
    let said = "1: nested deeper than 64 levels (at byte 75)";
    for levels in [64, 10_000, 1_000_000] {
        let lists = format!("{{\"id\":1,\"v\":{}{}}}\n", "[".repeat(levels), "]".repeat(levels));
        refused("ndjson", lists.as_bytes(), said);
        refused("json", format!("[{lists}]").as_bytes(), said);
    }
    refused("ndjson", format!("{{\"id\":1,\"v\":{}\n", "[".repeat(100_000)).as_bytes(), said);
    let objects = format!("{{\"id\":1,\"v\":{}1{}}}\n", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    refused("ndjson", objects.as_bytes(), "1: nested deeper than 64 levels (at byte 327)");
    let brackets = "[".repeat(10_000);
    refused("ndjson", brackets.as_bytes(), "1: expected an object (at byte 0)");
    refused("json", brackets.as_bytes(), "1: the list is not closed");
    kept(&format!("{}{}", "[".repeat(63), "]".repeat(63)));
}

#[test]
fn x02_what_is_not_utf8_is_refused_in_each_file_and_format() {
    for (text, said) in [
        (&b"{\"id\":1,\"v\":\"Andr\xe9\"}\n"[..], "1: not valid UTF-8 (at byte 17)"),
        (
            b"{\"id\":1,\"v\":\"caf\xc3\xa9\"}\n{\"id\":2,\"v\":\"caf\xe9\"}\n",
            "2: not valid UTF-8 (at byte 16)",
        ),
        (b"{\"id\":1,\"v\":\"\xc0\x80\"}\n", "1: not valid UTF-8 (at byte 13)"),
        (b"{\"id\":1,\"v\":\"\xed\xa0\x80\"}\n", "1: not valid UTF-8 (at byte 13)"),
        (b"{\"id\":1,\"\xff\":1}\n", "1: not valid UTF-8 (at byte 9)"),
        (b"{\"id\":1,\"v\":\"a\0b\"}\n", "1: control character in text (at byte 14): there is a NUL byte"),
        (b"{\"id\":1}\n\0\0\0\0", "2: expected an object (at byte 0): there is a NUL byte"),
        (
            b"{\"id\":1}\n\xef\xbb\xbf{\"id\":2}\n",
            "2: expected an object (at byte 0): there is a byte order mark, which may only begin a file",
        ),
        (b"{\"id\":1}\n\xff\xfe{\0", "2: expected an object (at byte 0): there UTF-16 begins"),
    ] {
        refused("ndjson", text, said);
    }
    refused("json", b"[\n{\"id\":1,\"v\":\"Andr\xe9\"}]", "2: not valid UTF-8 (at byte 17)");
    refused(
        "json",
        b"[\xef\xbb\xbf{\"id\":1}]",
        "1: expected an object (at byte 0): there is a byte order mark, which may only begin a file",
    );
    refused("json", b"\xef\xbb\xbf\xef\xbb\xbf[]", "1: expected a JSON list of objects");
    refused("csv", b"id,v\n1,a\n2,Andr\xe9\n", "3: not valid UTF-8");
    refused("csv", b"id,caf\xe9\n1,a\n", "1: not valid UTF-8");
    refused("csv", b"id,v\n1,a\0b\n", "2: a NUL byte in a cell");
    refused("csv", b"id,v\n1,\"a\0b\"\n", "2: a NUL byte in a cell");
}

#[test]
fn x02_utf16_is_called_by_its_name() {
    for ending in ["ndjson", "json", "csv"] {
        let text = std::str::from_utf8(fine(ending)).expect("text");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        refused(
            ending,
            &[b"\xff\xfe", little.as_slice()].concat(),
            "1: the file is UTF-16; save it as UTF-8",
        );
        refused(ending, &[b"\xfe\xff", big.as_slice()].concat(), "1: the file is UTF-16; save it as UTF-8");
        let without_mark = "1: every other byte is NUL as in UTF-16; save the file as UTF-8";
        refused(ending, &little, without_mark);
        refused(ending, &big, without_mark);
        let wide: Vec<u8> = text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect();
        refused(
            ending,
            &[b"\xff\xfe\0\0", wide.as_slice()].concat(),
            "1: the file is UTF-32; save it as UTF-8",
        );
    }
}

#[test]
fn x02_broken_lists_of_json_are_refused_in_each_file() {
    for (text, said) in [
        ("{\"id\":1}", "1: expected a JSON list of objects"),
        ("{\"id\":1}\n{\"id\":2}\n", "1: expected a JSON list of objects"),
        ("\n\n\"rooms\"", "3: expected a JSON list of objects"),
        ("[{\"id\":1}]\n]", "2: unexpected text after the list"),
        ("[{\"id\":1}]\n\n[]", "3: unexpected text after the list"),
        ("[{\"id\":1},\n{\"id\":2}", "2: the list is not closed"),
        ("[", "1: the list is not closed"),
        ("[{\"id\":1},\n]", "2: expected an object (at byte 0)"),
        ("[,{\"id\":1}]", "1: expected an object (at byte 0)"),
        ("[{\"id\":1}\n{\"id\":2}]", "2: unexpected text after the value (at byte 9)"),
        ("[{\"id\":1},\n\n  [2]]", "3: expected an object (at byte 0)"),
        ("[\n{\"id\":1,\n\"v\":}\n]", "3: expected a JSON value (at byte 13)"),
        ("[{\"id\":1}}", "1: a `}` without a `{`"),
        ("[{\"id\":1}}]", "1: a `}` without a `{`"),
        ("[{\"id\":1]", "1: the list is not closed"),
        ("[{\"id\":1,\"v\":\"]", "1: the list is not closed"),
    ] {
        refused("json", text.as_bytes(), said);
    }
}

#[test]
fn x03_broken_rows_of_csv_are_refused_in_each_file() {
    for (text, said) in [
        ("id,v\n1,a\n2\n", "3: 1 cells where the header has 2"),
        ("id,v\n1,a,b\n", "2: 3 cells where the header has 2"),
        ("id,v\n1,\"a\n2,b\n", "2: a quoted cell is not closed"),
        ("id,v\n1,\"a\"b\n", "2: text after a quoted cell"),
        ("id,v\n1,a\"b\n2,c\"\n", "2: a quote inside an unquoted cell"),
        ("id,v\n\n1, \"a\"\n", "3: a quote inside an unquoted cell"),
        ("id,v,v\n1,a,b\n", "1: the column \"v\" is there twice"),
        ("id,\"v\",v\n", "1: the column \"v\" is there twice"),
        ("id,v\r1,a\r2,b\r", "1: a carriage return without a line feed in an unquoted cell"),
        ("id,v\n1,\"a\nb\nc\"\n2\n", "5: 1 cells where the header has 2"),
        ("name,v\n1,a\n", "2: the key field `id` is missing"),
        ("id;v\n1;a\n", "2: the key field `id` is missing"),
        ("id,v\n,a\n", "2: the key field `id` must be text or a number, not null"),
        ("id,v\n\"\",a\n", "2: the key field `id` is empty"),
    ] {
        refused("csv", text.as_bytes(), said);
    }
}

#[test]
fn x04_every_record_needs_its_key() {
    for (record, said) in [
        ("{}", "2: the key field `id` is missing"),
        ("{\"ID\":1}", "2: the key field `id` is missing"),
        ("{\"id\":null}", "2: the key field `id` must be text or a number, not null"),
        ("{\"id\":\"\"}", "2: the key field `id` is empty"),
        ("{\"id\":true}", "2: the key field `id` must be text or a number, not bool"),
        ("{\"id\":[1]}", "2: the key field `id` must be text or a number, not list"),
        ("{\"id\":{\"id\":1}}", "2: the key field `id` must be text or a number, not object"),
    ] {
        refused("ndjson", format!("{{\"id\":1}}\n{record}\n").as_bytes(), said);
    }
}

#[test]
fn x02_a_file_without_records_is_an_empty_listing() {
    for (ending, texts) in [
        ("ndjson", &["", "\n", "\r\n", " \t \n\n", "\u{feff}", "\u{feff}\n"][..]),
        ("json", &["", "\n", "[]", " [ \n ] \r\n", "\u{feff}", "\u{feff}[]"]),
        ("csv", &["", "\n", "\r\n\r\n", "id,v", "id,v\n", "\u{feff}id,v\r\n", "\n\nid,v\n\n\n"]),
    ] {
        for text in texts {
            for empty in ["base", "ours", "theirs"] {
                let folder = folder(ending);
                put(&folder, &format!("{empty}.{ending}"), text);
                assert_eq!(folder.merge(&[]), Ok(0), "{text:?} as {empty}.{ending}");
                let merged = folder.read(&format!("merged.{ending}"));
                assert_eq!(merged.contains('a'), empty == "base", "{text:?} as {empty}.{ending}: {merged}");
            }
        }
    }
}

#[test]
fn x03_a_line_of_csv_is_counted_by_its_line_in_the_file_not_by_its_row() {
    refused("csv", b"\n\nid,v\n\n1,\"a\n\nb\"\n\n2\n", "9: 1 cells where the header has 2");
}

#[test]
fn k03_a_key_is_there_twice_however_its_number_is_written() {
    let twice = "{\"id\":1,\"v\":1}\n{\"id\":1.0,\"v\":1}\n";
    refused_in_base(twice, "base.ndjson:2: base has the key [1] twice");
    refused_in_base("{\"id\":2}\n{\"id\":1}\n{\"id\":20e-1}\n", "base.ndjson:3: base has the key [2] twice");
    for side in ["ours", "theirs"] {
        let folder = folder("ndjson");
        put(&folder, &format!("{side}.ndjson"), twice);
        assert_eq!(folder.merge(&[]), Ok(1), "twice in {side}");
        let conflict = folder.read("conflicts.ndjson");
        assert!(conflict.contains("\"kind\":\"ambiguous\""), "{conflict}");
    }
}

#[track_caller]
fn refused_in_base(base: &str, said: &str) {
    assert_eq!(Folder::new(base, "", "").merge(&[]), Err(said.to_owned()));
}

#[test]
fn x04_numbers_that_are_written_differently_are_one_key() {
    let folder = Folder::new("{\"id\":1,\"v\":1}\n", "{\"id\":1.0,\"v\":2}\n", "{\"id\":1e0,\"v\":1}\n");
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.read("merged.ndjson"), "{\"id\":1,\"v\":2}\n");
    let folder = Folder::new("{\"id\":1}\n", "{\"id\":\"1\"}\n", "{\"id\":1}\n");
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.read("merged.ndjson"), "{\"id\":\"1\"}\n", "text is another key");
}

#[test]
fn x04_keys_are_compared_letter_by_letter() {
    let keys = ["\" \"", "\" a\"", "\"A\"", "\"a\"", "\"a \"", "\"e\u{301}\"", "\"\u{e9}\"", "\"\u{1f600}\""];
    let listing: String = keys.iter().map(|key| format!("{{\"id\":{key}}}\n")).collect();
    let turned: String = keys.iter().rev().map(|key| format!("{{\"id\":{key}}}\n")).collect();
    let folder = Folder::new(&listing, &turned, &listing);
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.read("merged.ndjson"), listing, "eight records, by their bytes");
}

#[test]
fn x04_each_of_several_key_fields_must_be_there() {
    let folder = Folder::new("", "", "{\"term\":\"F26\",\"crn\":1}\n{\"term\":\"F26\"}\n");
    let path = |name: &str| folder.path(name).display().to_string();
    let inputs = [
        ("--base", path("base.ndjson")),
        ("--ours", path("ours.ndjson")),
        ("--theirs", path("theirs.ndjson")),
    ];
    let error = super::inputs::merge_by("term,crn", &inputs, &path("merged.ndjson")).expect_err("no key");
    assert!(error.ends_with("theirs.ndjson:2: the key field `crn` is missing"), "{error}");
    put(
        &folder,
        "theirs.ndjson",
        "{\"term\":\"F26\",\"crn\":10}\n{\"term\":\"F26\",\"crn\":9.0}\n{\"term\":1,\"crn\":1}\n",
    );
    assert_eq!(super::inputs::merge_by("term,crn", &inputs, &path("merged.ndjson")), Ok(0));
    let sorted = "{\"term\":1,\"crn\":1}\n{\"term\":\"F26\",\"crn\":9.0}\n{\"term\":\"F26\",\"crn\":10}\n";
    assert_eq!(folder.read("merged.ndjson"), sorted);
}

#[test]
fn x13_lines_of_the_staff_are_held_to_the_same_rules() {
    for (line, said) in [
        (&b"{\"key\":\n"[..], "1: unexpected end of text (at byte 8)"),
        (b"{\"key\":{\"id\":1},\"path\":\"\xe9\"}\n", "1: not valid UTF-8 (at byte 24)"),
        (b"\xff\xfe{\0", "1: the file is UTF-16; save it as UTF-8"),
    ] {
        let folder = folder("ndjson");
        put(&folder, "staff.ndjson", line);
        assert_eq!(folder.merge(&["--resolve", "@staff.ndjson"]), Err(format!("staff.ndjson:{said}")));
    }
}

#[test]
fn x01_what_a_message_quotes_cannot_make_it_endless() {
    let name = "n".repeat(1_000_000);
    let text = format!("{{\"id\":1,\"{name}\":1,\"{name}\":2}}\n");
    refused("ndjson", text.as_bytes(), &format!("1: the member \"{}…", "n".repeat(488)));
}

#[test]
fn a_policy_must_be_text_and_may_begin_with_a_byte_order_mark() {
    let folder = Folder::new(super::BASE, super::OURS, super::THEIRS);
    put(&folder, "policy.toml", "\u{feff}mode = \"resolve_ours\"\r\n");
    assert_eq!(folder.merge(&["--policy", "@policy.toml"]), Ok(0));
    put(&folder, "policy.toml", b"mode = \"\xe9\"");
    let error = folder.merge(&["--policy", "@policy.toml"]).expect_err("Latin-1");
    assert_eq!(error, "policy.toml:0: stream did not contain valid UTF-8");
    assert!(Path::new(&folder.path("merged.ndjson")).exists(), "of the first merge");
}
