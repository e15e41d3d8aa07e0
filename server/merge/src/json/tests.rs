use super::*;

fn round(text: &str) -> String {
    parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).to_json()
}

fn refused(text: &[u8]) -> String {
    parse(text).map(|value| value.to_json()).expect_err("is bad input").message
}

#[test]
fn what_is_read_is_written_back_in_order_and_with_its_digits() {
    for text in [
        r#"{"b":1.50,"a":[true,false,null,"x"],"c":{}}"#,
        "[]",
        "-0.0",
        "1E5",
        "123456789012345678901234567890",
    ] {
        assert_eq!(round(text), text);
    }
    assert_eq!(round(" { \"a\" : [ 1 , 2 ] } \r\n"), r#"{"a":[1,2]}"#);
}

#[test]
fn text_is_unescaped_and_escaped_again() {
    assert_eq!(round(r#""\u0041\/\ud83d\ude00\"\\\n\u0001""#), "\"A/😀\\\"\\\\\\n\\u0001\"");
}

#[test]
fn v6_nan_and_infinities_are_bad_input() {
    for text in ["NaN", "Infinity", "-Infinity", "nan", "1e", "-", "01", "+1", ".5", "1.", "0x10"] {
        refused(text.as_bytes());
    }
}

#[test]
fn v6_lone_surrogates_are_bad_input() {
    for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud800x""#, r#""\ud800\u0041""#, r#""\ud83d\ud83d""#] {
        assert_eq!(refused(text.as_bytes()), "lone surrogate in text", "{text}");
    }
}

#[test]
fn v6_repeated_member_names_are_bad_input_at_any_depth_and_width() {
    assert!(refused(br#"{"a":1,"b":{"c":1,"c":2}}"#).contains("\"c\""));
    assert!(refused(br#"{"a":1,"\u0061":2}"#).contains("\"a\""));
    assert!(refused(r#"{"é":1,"é":2}"#.as_bytes()).contains("\"é\""), "the last of all names");
    let wide: Vec<String> = (0..100).map(|n| format!("\"m{n}\":{n}")).collect();
    assert!(parse(format!("{{{}}}", wide.join(",")).as_bytes()).is_ok());
    for member in 0..wide.len() {
        let name = format!("\"m{member}\"");
        assert!(refused(format!("{{{},{name}:1}}", wide.join(",")).as_bytes()).contains(&name));
    }
}

#[test]
fn v6_sixty_four_levels_are_read_and_sixty_five_are_not() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(nested(64).as_bytes()).is_ok());
    assert!(refused(nested(65).as_bytes()).contains("64"));
    assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
}

#[test]
fn broken_text_is_refused_with_its_place() {
    for (text, offset) in [
        (&b"{\"id\":"[..], 6),
        (b"", 0),
        (b"{\"a\" 1}", 5),
        (b"[1 2]", 3),
        (b"{a:1}", 1),
        (b"[1,]", 3),
        (b"1 2", 2),
        (b"\"a\nb\"", 2),
        (b"\"\xff\"", 1),
        (b"\"abc\xff\"", 4),
        (b"tru", 0),
        (b"\"\\x\"", 1),
    ] {
        let error = parse(text).expect_err("is bad input");
        assert_eq!(error.offset, offset, "{}: {error}", String::from_utf8_lossy(text));
    }
}

#[test]
fn canonical_json_sorts_members_at_all_depths_and_keeps_digits() {
    let value = parse(br#"{"b":{"z":1.0,"a":null},"a":[{"y":1,"x":2}]}"#).expect("is JSON");
    assert_eq!(value.to_canonical(), r#"{"a":[{"x":2,"y":1}],"b":{"a":null,"z":1.0}}"#);
}

#[test]
fn a_record_is_stored_as_its_canonical_json() {
    let record = parse_object(br#"{"b":{"z":1.0,"a":null},"a":1}"#).expect("is an object");
    assert_eq!(record.to_canonical(), r#"{"a":1,"b":{"a":null,"z":1.0}}"#);
}

#[test]
fn what_has_a_short_escape_is_written_with_it() {
    assert_eq!(
        round(r#""\u0008\u0009\u000a\u000c\u000d\u0022\u005c\u001f\u007f""#),
        "\"\\b\\t\\n\\f\\r\\\"\\\\\\u001f\u{7f}\""
    );
}

#[test]
fn the_content_hash_sees_values_and_not_spelling() {
    let hash = |text: &str| parse_object(text.as_bytes()).expect("is an object").hash();
    assert_eq!(hash(r#"{"a":1,"b":"e\u0301"}"#), hash(r#"{"b":"\u00e9","a":1.00,"c":null}"#));
    for other in [r#"{"a":1,"b":""}"#, r#"{"a":"1"}"#, r#"{"a":true}"#, r#"{"a":[1]}"#, r#"{"a":[1,null]}"#] {
        assert_ne!(hash(r#"{"a":1}"#), hash(other), "{other}");
    }
}

fn items(text: &str, path: &[&str]) -> Vec<String> {
    let spans = items_of_list(text.as_bytes(), path).unwrap_or_else(|error| panic!("{text}: {error}"));
    spans.into_iter().map(|span| text[span].to_owned()).collect()
}

#[test]
fn a_list_is_taken_apart_whatever_its_items_are() {
    assert_eq!(
        items(r#"[1, "a,]\"" ,{"b":[{}]},[ ],null]"#, &[]),
        ["1", r#""a,]\"""#, r#"{"b":[{}]}"#, "[ ]", "null"]
    );
    assert_eq!(
        items(r#"{"a":{"b":"}"},"data":{"rows":[ {"x":"\ud800"} ]}}"#, &["data", "rows"]),
        [r#"{"x":"\ud800"}"#]
    );
    assert!(items(r#"{"data" : [ ] }"#, &["data"]).is_empty());
    let deep = format!("[1,{}{},2]", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(items(&deep, &[]).len(), 3);
}

#[test]
fn a_list_that_is_not_there_or_never_ends_is_not_taken_apart() {
    for (text, path) in [
        ("", &[][..]),
        ("{}", &[]),
        ("[1", &[]),
        ("[1,]", &[]),
        ("[\"a]", &[]),
        ("[{\"a\":[1}", &[]),
        ("{}", &["data"]),
        ("{\"data\":{}}", &["data"]),
        ("{\"data\":[", &["data"]),
        ("[]", &["data"]),
    ] {
        assert!(items_of_list(text.as_bytes(), path).is_err(), "{text}");
    }
}

#[test]
fn a_list_that_is_not_there_is_missed_at_its_place() {
    for (text, path, offset) in [
        ("{}", &["data"][..], 2),
        (r#"{"a":1 }"#, &["data"], 8),
        (r#"{"data":{"a":[]}}"#, &["data", "rows"], 16),
        (r#"["\"#, &[], 3),
    ] {
        let error = items_of_list(text.as_bytes(), path).expect_err("no list");
        assert_eq!(error.offset, offset, "{text}: {error}");
    }
}

#[test]
fn of_a_record_that_cannot_be_read_the_members_that_can_are_known() {
    let text = r#"{"id":1,"name":"\ud800","twice":1,"ok":[true],"twice":2,"bad":01,"last":"x"}"#;
    assert_eq!(readable_members(text.as_bytes()).to_json(), r#"{"id":1,"ok":[true],"last":"x"}"#);
    assert_eq!(readable_members(br#"{"id":1,"\ud800":2,"after":3}"#).to_json(), r#"{"id":1}"#);
    assert!(readable_members(b"[1]").is_empty());
}
