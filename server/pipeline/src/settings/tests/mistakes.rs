//! Documents that are refused, each with its line and member.

use super::{NORTHFIELD, error_after};
use crate::settings::Settings;

/// What is wrong, where the error must point: the member, and a word of the message. The line is that of the change.
const MISTAKES: [(&str, &str, &str, &str); 50] = [
    ("version = 1", "version = 2", "version", "only version"),
    ("slug = \"northfield\"", "slug = \"North Field\"", "school.slug", "lower case"),
    ("slug = \"northfield\"", "slog = \"northfield\"", "school.slug", "missing"),
    ("zone = \"America/New_York\"", "zone = \"New York\"", "school.zone", "unknown time zone"),
    ("name = \"Northfield University\"", "name = \"a\\nb\"", "school.name", "control"),
    ("name = \"Northfield University\"", "name = 7", "school.name", "must be text"),
    ("name = \"Scheduler\"", "name = \"A very long name\"", "systems.ours.name", "14"),
    ("kind = \"local\"", "kind = \"sql\"", "systems.ours.kind", "unknown kind"),
    ("kind = \"local\"", "kind = \"local\"\nbase_url = \"x\"", "systems.ours.base_url", "unknown member"),
    (
        "[systems.theirs.types.term]",
        "[systems.theirs.types.trem]",
        "systems.theirs.types.trem",
        "no [type.trem]",
    ),
    ("at = \"02:30\"", "at = \"2:30 am\"", "schedule.at", "time of day"),
    ("at = \"02:30\"", "cron = \"0 2,3 * * *\"", "schedule.cron", "one minute and one hour"),
    ("at = \"02:30\"", "cron = \"nightly\"", "schedule.cron", "cron pattern"),
    (
        "at = \"02:30\"",
        "every = \"day\"",
        "schedule.every",
        "unknown member (known here: at, cron, nightly, zone)",
    ),
    ("nightly = true", "nightly = \"yes\"", "schedule.nightly", "true or false"),
    ("changes_theirs = 50", "changes_theirs = -1", "limits.changes_theirs", "from 0"),
    ("changes_theirs = 50", "changes_theirs = \"\"", "limits.changes_theirs", "none"),
    ("changes_theirs = 50", "changes_theirs = {}", "limits.changes_theirs", "none"),
    ("changes_theirs = 50", "changes = 50", "limits.changes", "unknown member"),
    (
        "deletes_hold = { count = 4 }",
        "deletes_hold = { percent = 101 }",
        "limits.deletes_hold.percent",
        "0 to 100",
    ),
    ("\"ann@example.edu\"", "\"Ann <ann@example.edu>\"", "mail.to[2]", "not a mail address"),
    ("hold_seconds = 0", "hold_seconds = 121", "desk.hold_seconds", "0 to 120"),
    ("hold_seconds = 0", "hold = \"never\"", "desk.hold", "next-merge"),
    ("hold_seconds = 0", "hold_seconds = 0\nhold = \"next-merge\"", "desk.hold", "one of them"),
    ("[type.term]\nenabled", "[type.Term]\nenabled", "type.Term", "no type name"),
    ("key = [\"term\", \"number\"]", "key = []", "type.section.key", "at least one"),
    ("key = [\"term\", \"number\"]", "key = [\"term\", \"nr\"]", "type.section.key", "`nr`"),
    ("key = [\"term\", \"number\"]", "key = [\"term\", \"term\"]", "type.section.key", "twice"),
    ("key = [\"term\", \"number\"]", "key = [\"term\", \"meetings\"]", "type.section.key", "cannot be a key"),
    ("key = [\"term\", \"number\"]", "key = [\"term\", \"seats_taken\"]", "type.section.key", "both ways"),
    (
        "depends_on = [\"room\"]",
        "depends_on = [\"rom\"]",
        "type.section.depends_on[1]",
        "unknown type \"rom\"",
    ),
    ("depends_on = [\"room\"]", "depends_on = [\"section\"]", "type.section.depends_on[1]", "itself"),
    ("mode = \"resolve_theirs\"", "mode = \"theirs\"", "type.section.mode", "mode"),
    ("mode = \"resolve_theirs\"", "moed = \"manual\"", "type.section.moed", ""),
    ("ignore = [\"notes\"]", "ignore = [\"nots\"]", "type.section.ignore[1]", "not among the fields"),
    (
        "absent = { theirs = \"unfetched\" }",
        "absent = { theirs = \"gone\" }",
        "type.section.absent.theirs",
        "blank",
    ),
    ("changes = 10", "delete_count = -3", "type.section.protect.delete_count", ""),
    (
        "ignore = [\"notes\"]",
        "changed_at = { ours = \"notes\", theirs = \"nots\" }",
        "type.section.changed_at.theirs",
        "not among the fields",
    ),
    (
        "ignore = [\"notes\"]",
        "reference = [{ fields = \"notes\" }]",
        "type.section.reference",
        "is for files",
    ),
    ("path = \"capacity\"", "path = \"kapacity\"", "type.section.field[1].path", "not among the fields"),
    ("mode = \"always_ours\"", "mode = \"always\"", "type.section.field[1].mode", ""),
    ("number = \"01\" }", "nr = \"01\" }", "type.section.record[1].key", "key fields"),
    ("kind = \"reference(term)\"", "kind = \"reference(trem)\"", "type.section.fields.term", "unknown type"),
    (
        "number = { kind = \"text\" }",
        "number = { kind = \"string\" }",
        "type.section.fields.number.kind",
        "unknown kind",
    ),
    (
        "number = { kind = \"text\" }",
        "number = { kind = \"text\", by = \"key\" }",
        "type.section.fields.number.by",
        "references only",
    ),
    ("number = { kind = \"text\" }", "number = {}", "type.section.fields.number.kind", "missing"),
    (
        "number = { kind = \"text\" }",
        "number = { kind = \"text\", ours = \"term\" }",
        "type.section.fields.number",
        "already field `term`",
    ),
    (
        "credits = { kind = \"decimal(2)\" }",
        "credits = { kind = \"decimal\" }",
        "type.section.fields.credits.kind",
        "decimal(SCALE)",
    ),
    (
        "notes = { kind = \"text\" }",
        "\"$state\" = { kind = \"text\" }",
        "type.section.fields.$state",
        "no field name",
    ),
    (
        "direction = \"in\"",
        "direction = \"inwards\"",
        "type.section.fields.seats_taken.direction",
        "both, in, out",
    ),
];

#[test]
fn every_mistake_is_named_with_its_line_and_member() {
    for (from, to, member, word) in MISTAKES {
        let (error, line) = error_after(from, to);
        assert_eq!(error.member, member, "{to}: {error}");
        assert!(error.message.contains(word), "{to}: {error}");
        assert!(error.line.is_some_and(|at| at >= 1), "{to}: {error}");
        // A missing member is reported at its table, and one that another change made wrong at its own line.
        if !["missing", "unknown type", "not among the fields"]
            .iter()
            .any(|late| error.message.contains(late))
        {
            let lines = to.lines().count();
            let at = error.line.unwrap_or_default();
            assert!((line..line + lines).contains(&at), "{to}: {error}, and it stands in line {line}");
        }
    }
}

#[test]
fn text_that_is_no_toml_is_told_with_its_line() {
    let (error, line) = error_after("kind = \"local\"", "kind = local");
    assert_eq!((error.line, error.member.as_str()), (Some(line), ""));
    let (error, line) = error_after("kind = \"local\"", "kind = \"local\"\nkind = \"local\"");
    assert_eq!(error.line, Some(line + 1), "{error}");
}

#[test]
fn types_that_need_each_other_are_a_circle_that_is_spelled_out() {
    let (error, _) = error_after("[type.room]\nkey", "[type.room]\ndepends_on = [\"section\"]\nkey");
    assert!(error.member.ends_with(".depends_on"), "{error}");
    assert!(error.message.contains("section needs room needs section"), "{error}");
}

#[test]
fn a_type_may_refer_to_itself() {
    let document = NORTHFIELD.replacen(
        "code = { kind = \"text\" }",
        "code = { kind = \"text\" }\nwing_of = { kind = \"reference(room)\" }",
        1,
    );
    let settings = Settings::parse(&document).expect("settings");
    assert!(settings.merge_type("room").expect("rooms").depends_on.is_empty());
}

#[test]
fn a_key_field_cannot_refer_to_a_type_with_a_key_of_several_fields() {
    let (error, _) = error_after(
        "key = [\"code\"]\n[type.term.fields]\n",
        "key = [\"code\", \"year\"]\n[type.term.fields]\nyear = { kind = \"integer\" }\n",
    );
    assert_eq!(error.member, "type.section.key");
    assert!(error.message.contains("whose key has 2 fields"), "{error}");
}

#[test]
fn a_limit_is_said_in_one_place_only() {
    let (error, _) = error_after("[type.section.limits]\n", "[type.section.limits]\nchanges_theirs = 5\n");
    assert_eq!(error.member, "type.section.protect.changes");
    assert!(error.message.contains("limits.changes_theirs"), "{error}");
}

#[test]
fn a_type_that_is_merged_needs_its_part_in_the_connector() {
    let (error, _) = error_after("[systems.theirs.types.term]\n", "");
    assert_eq!(error.member, "systems.theirs.types.term");
    let document = NORTHFIELD.replacen("[systems.theirs.types.term]\n", "", 1).replacen(
        "[type.term]\nenabled = true",
        "[type.term]\nenabled = false",
        1,
    );
    assert!(Settings::parse(&document).is_ok(), "one that is switched off does not");
}

#[test]
fn the_direction_of_a_field_leaves_no_room_for_a_mode() {
    let (error, _) = error_after("path = \"capacity\"", "path = \"seats_taken\"");
    assert_eq!(error.member, "type.section.field[1].mode");
    assert!(error.message.contains("direction"), "{error}");
}

#[test]
fn two_systems_of_one_name_are_refused() {
    let (error, _) = error_after("name = \"Banner\"", "name = \"Scheduler\"");
    assert_eq!(error.member, "systems.theirs");
}
