use super::*;

fn policy(text: &str) -> Policy {
    Policy::from_toml(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn path(text: &str) -> FieldPath {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str) -> String {
    let error = Policy::from_toml(text).map(|_| text).expect_err("is refused");
    format!("{}: {error}", error.line.unwrap_or_default())
}

#[test]
fn the_defaults_are_those_of_the_page() {
    let written = r#"
        version = 1
        hold = "record"
        strict = false
        no_base_blank = "conflict"
        compare = []
        [allow.ours]
        create = true
        [protect]
        changes = 100
        delete_count = 10
        delete_percent = 3
    "#;
    assert_eq!(policy(written), Policy::default());
    assert_eq!(policy(""), Policy::default());
    assert_eq!(Policy::default().blank_at(&path("a"), Side::Ours), BlankRule::Propagate);
    assert_eq!(Policy::default().record_mode(&1.into()), (Mode::Manual, Level::Default));
}

#[test]
fn the_policy_of_the_page_is_read_as_far_as_this_version_goes() {
    let text = r#"
        ignore = ["etag", "last_seen"]
        unique = [["member_key"], ["email"]]
        blank = { ours_to_theirs = "propagate", theirs_to_ours = "ask" }
        [[field]]
        path = "email"
        compare = ["trim", "case"]
        blank = { theirs_to_ours = "never_clear" }
        [[field]]
        path = "tags"
        list = "set"
        [[group]]
        name = "address"
        paths = ["street", "zip", "city"]
        [[record]]
        key = { id = 7 }
        mode = "resolve_ours"
    "#;
    let policy = policy(text);
    assert!(policy.ignores(&path("etag.inner")) && !policy.ignores(&path("name")));
    assert_eq!(policy.blank_at(&path("email"), Side::Theirs), BlankRule::NeverClear);
    assert_eq!(policy.blank_at(&path("name"), Side::Theirs), BlankRule::Ask);
    assert!(policy.compare_at(&path("email")).has(Comparator::Case));
    assert_eq!(policy.mode_at(&7.into(), &path("x")), (Mode::ResolveOurs, Level::Record));
    assert_eq!(policy.groups()[0].paths.len(), 3);
}

#[test]
fn unknown_members_and_wrong_kinds_name_member_and_line() {
    for (text, message) in [
        ("hold = 'record'\nmood = 'x'", "2: mood: unknown member; expected version"),
        ("mode = 'mine'", "1: mode: `mine` is not a mode; expected one of manual, resolve_ours"),
        ("version = 2", "1: version: this program reads version 1"),
        ("strict = 1", "1: strict: must be true or false"),
        ("ignore = 'a'", "1: ignore: must be a list of texts"),
        ("ignore = ['a..b']", "1: ignore: `a..b` is not a pattern"),
        ("unique = ['email']", "1: unique: must be a list of lists"),
        ("\n[allow.ours]\nwrite = true", "3: allow.ours.write: unknown member"),
        ("[protect]\nchanges = -1", "2: protect.changes: must be a whole number from 0"),
        ("[[field]]\nmode = 'manual'", "1: field[1].path: is missing"),
        ("[[field]]\npath = 'a'\n\n[[field]]\npath = 'b'\nmode = 3", "6: field[2].mode: must be text"),
        ("[[group]]\nname = 'g'", "1: group[1].paths: a group needs paths"),
        ("[[record]]\nkey = {}\nmode = 'manual'", "2: record[1].key: names no key field"),
        ("[[record]]\nkey = {id=true}\nmode = 'manual'", "2: record[1].key.id: must be text"),
        ("field = 1", "1: field: must be written as [[field]]"),
        ("mode = 'manual'\nmode = 'manual'", "2: "),
    ] {
        let error = refused(text);
        assert!(error.starts_with(message), "{text}: {error}");
    }
}

#[test]
fn a04_a_keyed_list_names_its_key_and_no_other_list_does() {
    for (member, message) in [
        ("list = 'keyed'", "key: a keyed list needs the fields of its items' key"),
        ("list = 'keyed'\nkey = []", "key: a keyed list needs the fields of its items' key"),
        ("list = 'keyed'\nkey = ['k', 'k']", "key: must be names of fields, each once"),
        ("list = 'keyed'\nkey = ['']", "key: must be names of fields, each once"),
        ("list = 'keyed'\nkey = 'k'", "key: must be a list of texts"),
        ("list = 'set'\nkey = ['k']", "key: is for `list = \"keyed\"`"),
        ("order = 'ignore'", "order: is for `list = \"keyed\"`"),
        ("list = 'keyed'\nkey = ['k']\norder = 'none'", "order: `none` is not a list order"),
    ] {
        let error = refused(&format!("[[field]]\npath = 'v'\n{member}"));
        assert!(error.contains(message), "{member}: {error}");
    }
}

#[test]
fn n05_codes_are_compared_through_tables_that_mean_one_thing() {
    for (text, message) in [
        ("compare = ['map:rooms']", "compare: there is no [map.rooms]"),
        ("compare = ['map:a', 'map:b']\n[map.a]\n[map.b]", "compare: names more than one map"),
        ("compare = ['map:a']\n[map.a]\n1 = '2'\n2 = '3'", "the code \"2\" stands for two different things"),
        ("[map.a]\nx = 1", "map.a.x: must be text"),
        ("[map]\na = 'x'", "map.a: must be a table"),
        ("zone = 'Mars/Base'", "zone: must be the name of a time zone"),
    ] {
        let error = refused(text);
        assert!(error.contains(message), "{text}: {error}");
    }
}

#[test]
fn p03_later_levels_win() {
    let mut policy = policy("mode = 'resolve_ours'\n[[field]]\npath = 'a'\nmode = 'resolve_theirs'");
    let key = RecordKey::from(7);
    let at = |policy: &Policy| policy.mode_at(&key, &path("a"));
    assert_eq!(policy.mode_at(&key, &path("b")), (Mode::ResolveOurs, Level::Type));
    assert_eq!(at(&policy), (Mode::ResolveTheirs, Level::Field));
    policy.add_record_override(key.clone(), Mode::AlwaysOurs);
    assert_eq!(at(&policy), (Mode::AlwaysOurs, Level::Record));
    policy.add_staff_rule(StaffRule {
        record: None,
        path: Some("a".parse().expect("pattern")),
        mode: Mode::Manual,
    });
    assert_eq!(at(&policy), (Mode::Manual, Level::Rule));
    assert_eq!(
        policy.record_mode(&key),
        (Mode::AlwaysOurs, Level::Record),
        "P5: a rule for a path is not for records"
    );
    assert_eq!(policy.record_mode(&8.into()), (Mode::ResolveOurs, Level::Type));
}

#[test]
fn p03_a_locked_field_rule_is_not_beaten() {
    let text = "[[field]]\npath = 'a'\nmode = 'always_ours'\nlocked = true";
    let mut policy = policy(text);
    let key = RecordKey::from(7);
    policy.add_record_override(key.clone(), Mode::AlwaysTheirs);
    policy.add_staff_rule(StaffRule { record: Some(key.clone()), path: None, mode: Mode::AlwaysTheirs });
    assert_eq!(policy.mode_at(&key, &path("a.b")), (Mode::AlwaysOurs, Level::Field));
    assert_eq!(policy.mode_at(&key, &path("b")), (Mode::AlwaysTheirs, Level::Rule));
}

#[test]
fn p04_the_most_specific_pattern_wins_and_then_the_later() {
    let rules = [
        ("*", "resolve_ours"),
        ("a", "resolve_theirs"),
        ("a.*", "always_ours"),
        ("a.b", "always_theirs"),
        ("*.b", "manual"),
    ];
    let rules = rules.map(|(path, mode)| format!("[[field]]\npath = '{path}'\nmode = '{mode}'\n"));
    let policy = policy(&rules.concat());
    let mode = |at: &str| policy.mode_at(&1.into(), &path(at)).0;
    assert_eq!(mode("x"), Mode::ResolveOurs);
    assert_eq!(mode("a"), Mode::ResolveTheirs);
    assert_eq!(mode("a.x"), Mode::AlwaysOurs);
    assert_eq!(mode("a.b.c"), Mode::AlwaysTheirs);
    assert_eq!(mode("x.b"), Mode::Manual);
    let later = Policy::from_toml(
        "[[field]]\npath = 'a.*'\nmode = 'resolve_ours'\n[[field]]\npath = '*.b'\nmode = 'always_ours'",
    );
    assert_eq!(later.map(|policy| policy.mode_at(&1.into(), &path("a.b")).0), Ok(Mode::AlwaysOurs));
}

#[test]
fn p04_settings_are_looked_up_each_on_its_own() {
    let policy = policy(
        "[[field]]\npath='a'\nmode='resolve_ours'\ncompare=['case']\n[[field]]\npath='a.b'\ncompare=['trim']",
    );
    assert_eq!(policy.mode_at(&1.into(), &path("a.b.c")), (Mode::ResolveOurs, Level::Field));
    assert_eq!(policy.compare_at(&path("a.b.c")), Compare::NFC.with(Comparator::Trim));
    assert_eq!(policy.compare_at(&path("x")), Compare::NFC);
}

#[test]
fn p04_the_same_setting_twice_for_one_pattern_is_an_error() {
    let twice = |first: &str, second: &str| {
        format!("[[field]]\npath = 'a'\n{first}\n[[field]]\npath = 'a'\n{second}")
    };
    assert!(
        refused(&twice("mode = 'manual'", "mode = 'always_ours'"))
            .contains("field[2].mode: `a` has this setting")
    );
    assert!(refused(&twice("compare = []", "compare = ['case']")).contains("field[2].compare"));
    policy(&twice("mode = 'manual'", "compare = ['case']"));
    policy(&twice("blank = { ours_to_theirs = 'ask' }", "blank = { theirs_to_ours = 'ask' }"));
}

#[test]
fn p04_each_setting_is_looked_at_by_itself() {
    let settings = [
        "mode = 'manual'",
        "compare = []",
        "tolerance = 1",
        "blank = { ours_to_theirs = 'ask' }",
        "list = 'set'",
        "text = 'lines'",
        "counter = true",
        "locked = true",
    ];
    for first in settings {
        for second in settings {
            let text = format!("[[field]]\npath = 'a'\n{first}\n[[field]]\npath = 'a'\n{second}");
            assert_eq!(Policy::from_toml(&text).is_err(), first == second, "{text}");
        }
    }
}

#[test]
fn p04_the_kind_of_a_list_holds_at_exactly_its_path() {
    let policy = policy("[[field]]\npath = 'a'\nlist = 'set'");
    let kind = |text: &str| policy.list_steps(&crate::path::steps(&path(text)));
    assert_eq!((kind("a"), kind("a.b"), kind("b")), (ListKind::Set, ListKind::Atomic, ListKind::Atomic));
}

#[test]
fn the_rules_of_a_policy_can_be_looked_at_as_they_were_written() {
    let policy = policy(
        "[[field]]\npath = 'a'\n[[field]]\npath = 'b'\n[[record]]\nkey = { id = 1 }\nmode = 'resolve_ours'",
    );
    assert_eq!(policy.fields().iter().map(|rule| rule.path.to_string()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(policy.records().iter().map(|record| record.mode).collect::<Vec<_>>(), [Mode::ResolveOurs]);
}

#[test]
fn a_policy_under_a_type_is_read_without_what_the_product_keeps_there() {
    let text = "[type.room]\nlabel = 'Rooms'\nmode = 'always_ours'\n[type.term]\nmode = 'manual'";
    assert_eq!(Policy::from_toml_type(text, "room").map(|policy| policy.mode), Ok(Some(Mode::AlwaysOurs)));
    let error = Policy::from_toml_type("[type.room]\nmoed = 'manual'", "room").expect_err("is refused");
    assert_eq!((error.member.as_str(), error.line), ("type.room.moed", Some(2)));
}

#[test]
fn x04_a_record_override_names_a_key_that_a_record_can_have() {
    let named = |key: &str| format!("[[record]]\nkey = {{ id = {key} }}\nmode = 'manual'");
    for key in ["7", "1.5", "'a'"] {
        policy(&named(key));
    }
    for key in ["''", "true", "[1]"] {
        assert!(refused(&named(key)).contains("must be text (not empty) or a number"), "{key}");
    }
}

#[test]
fn a_set_of_comparators_holds_each_once() {
    let set = Compare::NFC.with(Comparator::Trim).with(Comparator::Case);
    assert_eq!(set.with(Comparator::Trim), set);
    assert_eq!(set.without(Comparator::Trim), Compare::NFC.with(Comparator::Case));
    assert_eq!(set.without(Comparator::Space), set);
}

#[test]
fn p10_groups_and_strict_records_have_no_resolve_exceptions() {
    let group = "[[group]]\nname = 'g'\npaths = ['s', 'z.y']\n";
    let field = |path: &str, mode: &str| format!("[[field]]\npath = '{path}'\nmode = '{mode}'\n");
    for path in ["s", "z", "z.y", "z.y.x", "*"] {
        assert!(refused(&format!("{group}{}", field(path, "resolve_ours"))).contains("MS P10"), "{path}");
    }
    policy(&format!("{group}{}{}", field("s", "always_ours"), field("z.x", "resolve_ours")));
    assert!(refused(&format!("strict = true\n{}", field("a", "resolve_theirs"))).contains("MS P10"));
    assert!(refused(&format!("strict = true\n{group}mode = 'resolve_ours'")).contains("MS P10"));
    policy(&format!("strict = true\n{}", field("a", "always_theirs")));
    for path in ["s", "s.x", "z"] {
        let other = format!("{group}[[group]]\nname = 'h'\npaths = ['{path}']");
        assert!(refused(&other).contains("in a group already"), "{path}");
    }
}

#[test]
fn record_overrides_are_bound_to_the_declared_key() {
    let text = "[[record]]\nkey = { crn = 7, term = 'F26' }\nmode = 'resolve_ours'";
    let policy =
        policy(text).with_key(&["term".into(), "crn".into()]).unwrap_or_else(|error| panic!("{error}"));
    let key = RecordKey::parse_canonical(r#"["F26",7.0]"#).expect("key");
    assert_eq!(policy.record_mode(&key), (Mode::ResolveOurs, Level::Record));
    assert_eq!(policy.record_mode(&7.into()), (Mode::Manual, Level::Default));
    let unbound = self::policy(text);
    let in_its_order = RecordKey::parse_canonical(r#"[7,"F26"]"#).expect("key");
    assert_eq!(
        unbound.record_mode(&in_its_order).1,
        Level::Default,
        "which field comes first is not declared"
    );
}

#[test]
fn n05_a_way_to_compare_is_named_as_the_policy_names_it() {
    let policy = policy("compare = ['map:halls', 'case']\n[map.halls]\nA = '1'");
    assert_eq!(policy.names_of(policy.compare_at(&path("hall"))), ["case", "map:halls"]);
    assert!(policy.names_of(Compare::NFC).is_empty());
}

#[test]
fn l01_a_policy_mirrored_twice_is_itself() {
    let text = "mode = 'always_ours'\nblank = { ours_to_theirs = 'ask' }\n[allow.ours]\ndelete = false\n[[field]]\npath = 'a'\nmode = 'resolve_theirs'\n[[record]]\nkey = {id=1}\nmode = 'resolve_ours'";
    let policy = policy(text);
    assert_ne!(policy.mirror(), policy);
    assert_eq!(policy.mirror().mirror(), policy);
    assert!(!policy.mirror().allow.theirs.delete);
}

#[test]
fn no_limit_must_be_chosen() {
    assert_eq!(policy("[protect]\nchanges = 'none'").protect.changes, None);
    assert_eq!(policy("[protect]\nchanges = 0").protect.changes, Some(0));
    for unclear in ["'many'", "-1", "1.5", "true"] {
        assert!(refused(&format!("[protect]\nchanges = {unclear}")).contains("or \"none\""), "{unclear}");
    }
}

#[test]
fn k01_n05_values_that_compare_otherwise_are_declared_otherwise() {
    let declared = |text: &str| policy(text).unique_declaration();
    let through = |codes: &str| {
        declared(&format!("unique = [['room']]\ncompare = ['map:halls']\n[map.halls]\n{codes}"))
    };
    assert_ne!(through("A = '1'"), through("A = '2'"), "another table of codes");
    assert_eq!(through("A = '1'"), through("A = '1'"));
    assert_ne!(declared("unique = [['room']]"), declared("unique = [['room'], ['email']]"));
    assert_ne!(declared("unique = [['room']]"), declared("unique = [['room']]\nignore = ['room']"));
    assert_eq!(declared("unique = [['room']]"), declared("unique = [['room']]\nmode = 'always_ours'"));
}
