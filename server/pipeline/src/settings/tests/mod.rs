mod mistakes;

use std::time::Duration;

use merge::{FieldPath, Level, ListKind, ListOrder, Mode, RecordKey, Resolver, Side, TextMerge, Tolerance};

use super::*;

const NORTHFIELD: &str = r#"version = 1
[school]
slug = "northfield"
name = "Northfield University"
zone = "America/New_York"
[systems.ours]
name = "Scheduler"
kind = "local"
[systems.theirs]
name = "Banner"
long_name = "Ellucian Banner"
kind = "rest"
base_url = "https://banner.example.edu/api"
[systems.theirs.types.term]
[systems.theirs.types.room]
[systems.theirs.types.section]
[schedule]
nightly = true
at = "02:30"
[limits]
changes_theirs = 50
changes_ours = { percent = 20 }
deletes_hold = { count = 4 }
[mail]
to = ["registrar@example.edu", "ann@example.edu", "registrar@example.edu"]
[desk]
hold_seconds = 0
[type.section]
label = "Sections"
key = ["term", "number"]
depends_on = ["room"]
mode = "resolve_theirs"
ignore = ["notes"]
absent = { theirs = "unfetched" }
[type.section.protect]
changes = 10
delete_percent = 7
[type.section.limits]
blanked = { count = 1, percent = 1 }
[[type.section.field]]
path = "capacity"
mode = "always_ours"
[[type.section.record]]
key = { term = "2026FA", number = "01" }
mode = "manual"
[type.section.fields]
term = { kind = "reference(term)", theirs = "term_id" }
number = { kind = "text" }
room = { kind = "reference(room)", by = "key" }
capacity = { kind = "integer", required = true }
credits = { kind = "decimal(2)" }
meetings = { kind = "list" }
rooms_before = { kind = "list(reference(room))", theirs = "old_room_ids" }
seats_taken = { kind = "integer", direction = "in" }
notes = { kind = "text" }
[type.room]
key = ["code"]
[type.room.fields]
code = { kind = "text" }
[type.term]
enabled = true
key = ["code"]
[type.term.fields]
code = { kind = "text" }
"#;

fn northfield() -> Settings {
    Settings::parse(NORTHFIELD).unwrap_or_else(|error| panic!("{error}"))
}

/// The error after the first `from` of the document became `to`, with the number of the line where that stood.
fn error_after(from: &str, to: &str) -> (SettingsError, usize) {
    let place = NORTHFIELD.find(from).unwrap_or_else(|| panic!("{from} is not in the document"));
    let line =
        NORTHFIELD[..place].lines().count() + usize::from(place == 0 || NORTHFIELD[..place].ends_with('\n'));
    let document = NORTHFIELD.replacen(from, to, 1);
    match Settings::parse(&document) {
        Ok(_) => panic!("{to} was taken"),
        Err(error) => (error, line),
    }
}

#[test]
fn a_document_becomes_settings_and_stays_as_it_was_written() {
    let settings = northfield();
    assert_eq!(settings.document, NORTHFIELD);
    assert_eq!(settings.hash.len(), 64);
    assert_eq!(
        (settings.school.slug.as_str(), settings.school.zone.name()),
        ("northfield", "America/New_York")
    );
    assert_eq!((settings.side_name(Side::Ours), settings.side_name(Side::Theirs)), ("Scheduler", "Banner"));
    assert_eq!(settings.systems.theirs.long_name, "Ellucian Banner");
    assert_eq!(settings.systems.ours.connector, toml::Table::new());
    let connector = &settings.systems.theirs.connector;
    assert_eq!(
        connector.get("base_url").and_then(toml::Value::as_str),
        Some("https://banner.example.edu/api")
    );
    assert_eq!(connector.get("kind").and_then(toml::Value::as_str), Some("rest"));
    assert!(!connector.contains_key("name") && !connector.contains_key("long_name"));
    assert_eq!(settings.mail.to, ["registrar@example.edu", "ann@example.edu"]);
    assert_eq!(settings.desk.hold, Hold::For(Duration::ZERO));
    let nightly = settings.schedule.nightly.as_ref().expect("a night");
    assert_eq!(
        (nightly.to_string().as_str(), settings.schedule.zone.name()),
        ("30 2 * * *", "America/New_York")
    );
}

#[test]
fn types_come_parents_first_and_fields_in_declared_order() {
    let settings = northfield();
    let names: Vec<&str> = settings.types.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["room", "term", "section"]);
    let section = settings.merge_type("section").expect("sections");
    let fields: Vec<&str> = section.fields.iter().map(|field| field.name.as_str()).collect();
    let declared =
        ["term", "number", "room", "capacity", "credits", "meetings", "rooms_before", "seats_taken", "notes"];
    assert_eq!(fields, declared);
    assert_eq!(section.depends_on, ["room", "term"], "declared ones and those referred to, each once");
    assert_eq!((section.label.as_str(), names.len()), ("Sections", 3));
    assert_eq!(settings.merge_type("room").expect("rooms").label, "Room");
    assert_eq!(settings.children_of("room").map(|one| one.name.as_str()).collect::<Vec<_>>(), ["section"]);
    assert!(settings.merge_type("building").is_none());
}

#[test]
fn descendants_go_through_types_in_between() {
    let document = NORTHFIELD.replace("[type.room]\nkey", "[type.room]\ndepends_on = [\"term\"]\nkey");
    let settings = Settings::parse(&document).expect("settings");
    let names = |found: Vec<&TypeSettings>| found.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(settings.descendants_of("term")), ["room", "section"]);
    assert_eq!(names(settings.descendants_of("section")), Vec::<String>::new());
}

#[test]
fn fields_have_kinds_names_on_both_sides_and_forms_of_reference() {
    let settings = northfield();
    let section = settings.merge_type("section").expect("sections");
    let term = section.field("term").expect("term");
    assert_eq!(term.kind, FieldKind::Reference("term".to_owned()));
    assert_eq!((term.members.ours.as_str(), term.members.theirs.as_str()), ("term", "term_id"));
    assert_eq!(term.references, Pair { ours: ReferenceForm::Key, theirs: ReferenceForm::Id });
    assert_eq!(section.field("room").expect("room").references.theirs, ReferenceForm::Key);
    assert_eq!(section.field_of_member(Side::Theirs, "old_room_ids").expect("found").name, "rooms_before");
    assert_eq!(section.field_of_member(Side::Ours, "old_room_ids"), None);
    let seats = section.field("seats_taken").expect("seats");
    assert!(seats.is_read(Side::Theirs) && !seats.is_written(Side::Theirs) && seats.is_written(Side::Ours));
    assert!(section.field("capacity").expect("capacity").required);
    assert_eq!(section.absent, Pair { ours: Absent::Blank, theirs: Absent::Unfetched });
    for kind in ["text", "decimal(2)", "list", "list(reference(room))", "reference(term)", "any"] {
        let document = NORTHFIELD.replacen(
            "notes = { kind = \"text\" }",
            &format!("notes = {{ kind = \"{kind}\" }}"),
            1,
        );
        let settings = Settings::parse(&document).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let read = settings.merge_type("section").and_then(|one| one.field("notes")).expect("notes");
        assert_eq!(read.kind.to_string(), kind);
    }
}

#[test]
fn c04_a_connector_is_told_which_members_hold_its_ids() {
    let settings = northfield();
    let types =
        settings.systems.theirs.connector.get("types").and_then(toml::Value::as_table).expect("types");
    let fields = types["section"].get("fields").and_then(toml::Value::as_table).expect("fields");
    let told: Vec<(&str, &str)> =
        fields.iter().map(|(member, kind)| (member.as_str(), kind.as_str().unwrap_or_default())).collect();
    assert_eq!(told, [("old_room_ids", "list(reference(room))"), ("term_id", "reference(term)")]);
    assert!(types["room"].get("fields").is_none());
    let own = NORTHFIELD.replacen(
        "[systems.theirs.types.section]\n",
        "[systems.theirs.types.section]\nfields = { term_id = \"text\" }\n",
        1,
    );
    let settings = Settings::parse(&own).expect("settings");
    let said = &settings.systems.theirs.connector["types"]["section"]["fields"]["term_id"];
    assert_eq!(said.as_str(), Some("text"), "what the connector's own settings say stands");
}

#[test]
fn p02_p03_a_types_policy_stands_in_its_table() {
    let settings = northfield();
    let policy = &settings.merge_type("section").expect("sections").policy;
    let (key, other) = (key("2026FA", "02"), key("2026FA", "01"));
    let at = |key: &RecordKey, path: &str| policy.mode_at(key, &FieldPath::field(path));
    assert_eq!(at(&key, "room"), (Mode::ResolveTheirs, Level::Type));
    assert_eq!(at(&key, "capacity"), (Mode::AlwaysOurs, Level::Field));
    assert_eq!(at(&other, "room"), (Mode::Manual, Level::Record));
    assert!(policy.ignores(&FieldPath::field("notes")));
}

fn key(term: &str, number: &str) -> RecordKey {
    RecordKey::parse_canonical(&format!("[\"{term}\",\"{number}\"]")).expect("a key")
}

#[test]
fn a_field_that_comes_in_only_is_always_theirs_whatever_a_record_says() {
    let settings = northfield();
    let policy = &settings.merge_type("section").expect("sections").policy;
    let path = FieldPath::field("seats_taken");
    assert_eq!(policy.mode_at(&key("2026FA", "01"), &path), (Mode::AlwaysTheirs, Level::Field));
    let document = NORTHFIELD.replacen("direction = \"in\"", "direction = \"out\"", 1);
    let settings = Settings::parse(&document).expect("settings");
    let section = settings.merge_type("section").expect("sections");
    assert_eq!(section.policy.mode_at(&key("2026FA", "01"), &path).0, Mode::AlwaysOurs);
    assert!(!section.field("seats_taken").expect("seats").is_read(Side::Theirs));
}

#[test]
fn g05_limits_of_a_type_go_before_those_of_the_school_and_those_before_the_defaults() {
    let settings = northfield();
    let (school, section) = (&settings.limits, &settings.merge_type("section").expect("sections").limits);
    assert_eq!(school.changes.theirs, ChangeLimit { count: Some(50), percent: None });
    assert_eq!(school.changes.ours, ChangeLimit { count: None, percent: Some(20) });
    assert_eq!(school.guards.deletes_hold, Threshold { count: 4, percent: 3 });
    assert_eq!(settings.merge_type("room").expect("rooms").limits, *school);
    assert_eq!(section.changes.theirs, ChangeLimit { count: Some(10), percent: None });
    assert_eq!(section.guards.deletes_hold, Threshold { count: 4, percent: 7 });
    assert_eq!(section.guards.blanked, Threshold { count: 1, percent: 1 });
    assert_eq!(section.guards.collapse_percent, 70);
}

#[test]
fn g05_the_defaults_are_a_hundred_for_theirs_and_none_for_ours() {
    let limits = Limits::default();
    assert!(limits.changes.theirs.allows(100, 1) && !limits.changes.theirs.allows(101, 1_000_000));
    assert!(limits.changes.ours.allows(u64::MAX, 0));
    let both = ChangeLimit { count: Some(10), percent: Some(5) };
    assert!(both.allows(5, 100) && !both.allows(6, 100) && !both.allows(11, 1_000), "the first one reached");
    assert!(!ChangeLimit { count: Some(0), percent: None }.allows(1, 100), "0 sends nothing");
    let threshold = Threshold { count: 10, percent: 3 };
    assert!(!threshold.passed_by(10, 100) && !threshold.passed_by(11, 400) && threshold.passed_by(11, 100));
}

#[test]
fn a_schedule_is_off_unless_it_is_switched_on_and_may_name_days_and_zone() {
    let with = |schedule: &str| {
        let document = NORTHFIELD.replacen("nightly = true\nat = \"02:30\"\n", schedule, 1);
        Settings::parse(&document).unwrap_or_else(|error| panic!("{schedule}: {error}")).schedule
    };
    assert_eq!(with("nightly = false\nat = \"02:30\"\n").nightly, None);
    assert_eq!(with("").nightly, None);
    assert_eq!(with("nightly = true\n").nightly.expect("on").to_string(), "0 2 * * *");
    let weekdays = with("nightly = true\ncron = \"15 3 * * 1-5\"\nzone = \"Europe/Berlin\"\n");
    assert_eq!(
        (weekdays.nightly.expect("on").to_string().as_str(), weekdays.zone.name()),
        ("15 3 * * 1-5", "Europe/Berlin")
    );
}

#[test]
fn the_mapping_hash_moves_with_what_is_read_and_with_nothing_else() {
    let hash = |from: &str, to: &str| {
        let document = NORTHFIELD.replacen(from, to, 1);
        Settings::parse(&document).unwrap_or_else(|error| panic!("{to}: {error}")).mapping_hash()
    };
    let before = northfield().mapping_hash();
    for (from, to) in [
        ("at = \"02:30\"", "at = \"03:30\""),
        ("mode = \"resolve_theirs\"", "mode = \"manual\""),
        ("changes = 10", "changes = 11"),
        ("Ellucian Banner", "Banner 9"),
    ] {
        assert_eq!(hash(from, to), before, "{to}");
    }
    for (from, to) in [
        ("banner.example.edu", "banner2.example.edu"),
        ("theirs = \"term_id\"", "theirs = \"term\""),
        ("kind = \"decimal(2)\"", "kind = \"decimal(3)\""),
        ("direction = \"in\"", "direction = \"both\""),
        (", by = \"key\"", ""),
        ("[type.term]\nenabled = true", "[type.term]\nenabled = false"),
    ] {
        assert_ne!(hash(from, to), before, "{to}");
    }
}

#[test]
fn decisions_wait_for_seconds_or_for_the_next_merge() {
    let hold = |line: &str| {
        let document = NORTHFIELD.replacen("hold_seconds = 0", line, 1);
        Settings::parse(&document).expect("settings").desk.hold
    };
    assert_eq!(hold(""), Hold::For(Duration::from_secs(10)));
    assert_eq!(hold("hold_seconds = 120"), Hold::For(Duration::from_secs(120)));
    assert_eq!(hold("hold = \"next-merge\""), Hold::NextMerge);
    let now = chrono::DateTime::UNIX_EPOCH;
    assert_eq!(hold("hold_seconds = 5").until(now), Some(now + Duration::from_secs(5)));
    assert_eq!(Hold::NextMerge.until(now), None);
}

#[test]
fn every_way_to_merge_a_field_is_reached_from_the_document_of_a_school() {
    let rules = r#"resolvers = ["fill_blank", "longer_text", "newest"]
changed_at = { ours = "notes", theirs = "credits" }
zone = "Europe/Berlin"
[type.section.map.halls]
A = "1"
[[type.section.field]]
path = "meetings"
list = "keyed"
key = ["day", "start"]
order = "ignore"
[[type.section.field]]
path = "rooms_before"
list = "ordered"
[[type.section.field]]
path = "notes"
text = "words"
[[type.section.field]]
path = "seats_taken"
counter = true
tolerance = 2
[[type.section.field]]
path = "credits"
compare = ["date"]
[[type.section.field]]
path = "room"
compare = ["case", "map:halls"]
[type.section.protect]"#;
    let document = NORTHFIELD.replacen("[type.section.protect]", rules, 1);
    let settings = Settings::parse(&document).unwrap_or_else(|error| panic!("{error}"));
    let policy = &settings.merge_type("section").expect("declared").policy;
    let rule = |path: &str| {
        policy.fields().iter().find(|rule| rule.path.to_string() == path && rule.mode.is_none()).expect(path)
    };
    let meetings = rule("meetings");
    assert_eq!((meetings.list, meetings.order), (Some(ListKind::Keyed), ListOrder::Ignore));
    assert_eq!(meetings.key, ["day", "start"]);
    assert_eq!(rule("rooms_before").list, Some(ListKind::Ordered));
    assert_eq!(rule("notes").text, Some(TextMerge::Words));
    assert_eq!(rule("seats_taken").counter, Some(true));
    assert_eq!(rule("seats_taken").tolerance, Some(Tolerance::Number(2.into())));
    assert_eq!(policy.resolvers, [Resolver::FillBlank, Resolver::LongerText, Resolver::Newest]);
    let changed_at = policy.changed_at.as_ref().expect("the times of change");
    assert_eq!([Side::Ours, Side::Theirs].map(|side| changed_at.of(side).to_string()), ["notes", "credits"]);
    let names = |path: &str| policy.names_of(policy.compare_at(&FieldPath::field(path)));
    assert_eq!(names("room"), ["case", "map:halls"]);
    assert_eq!((names("credits"), policy.zone.name()), (vec!["date".to_owned()], "Europe/Berlin"));
}

#[test]
fn n04_days_are_those_of_the_school_unless_a_type_has_its_own_zone() {
    let settings = northfield();
    let zone = |name: &str| settings.merge_type(name).expect("declared").policy.zone.name();
    assert_eq!(zone("section"), "America/New_York");
    let document = NORTHFIELD.replacen("label = \"Sections\"", "zone = \"Asia/Tokyo\"", 1);
    let settings = Settings::parse(&document).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(settings.merge_type("section").expect("declared").policy.zone.name(), "Asia/Tokyo");
    assert_eq!(settings.merge_type("room").expect("declared").policy.zone.name(), "America/New_York");
    let policy = merge::Policy::from_toml_type(NORTHFIELD, "room").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(policy.zone.name(), "America/New_York", "and in files, too");
}
