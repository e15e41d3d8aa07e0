//! Settings in words: where they stand and what they say (UX 3, 7.5).

use merge::{Mode, Side};

use super::number::counted;
use super::winner;
use crate::api::{Frame, SettingChange, Systems};

/// Where a setting stands: `Sections › capacity › which side wins`.
#[must_use]
pub fn place(change: &SettingChange, frame: &Frame) -> String {
    let parts: Vec<&str> = change.place.iter().map(String::as_str).collect();
    let words = match parts.as_slice() {
        ["type", name, rest @ ..] => {
            let mut words = vec![frame.type_label(name).to_owned()];
            words.extend(of_type(rest, &frame.systems));
            words
        }
        ["schedule", member] => vec!["Schedule".to_owned(), schedule(member).to_owned()],
        ["limits", member] => vec!["Safety limits".to_owned(), limit(member, &frame.systems)],
        ["desk", "hold_seconds"] => vec!["Hold before writing, in seconds".to_owned()],
        ["desk", "hold"] => vec!["Hold before writing".to_owned()],
        ["systems", "ours", rest @ ..] => connection(&frame.systems.ours, rest),
        ["systems", "theirs", rest @ ..] => connection(&frame.systems.theirs, rest),
        ["school", rest @ ..] => std::iter::once("School".to_owned()).chain(plain(rest)).collect(),
        ["mail", rest @ ..] => std::iter::once("Mail".to_owned()).chain(plain(rest)).collect(),
        other => plain(other),
    };
    words.join(" › ")
}

fn plain(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| part.replace('_', " ")).collect()
}

fn connection(system: &str, rest: &[&str]) -> Vec<String> {
    std::iter::once(format!("Connection to {system}")).chain(plain(rest)).collect()
}

fn of_type(rest: &[&str], systems: &Systems) -> Vec<String> {
    match rest {
        ["enabled"] => vec!["merged".to_owned()],
        ["mode"] => vec!["which side wins".to_owned()],
        ["ignore"] => vec!["kept apart".to_owned()],
        ["compare"] => vec!["compare as".to_owned()],
        ["unique"] => vec!["must be unique".to_owned()],
        ["blank", way] => vec![blank_way(way, systems)],
        ["resolvers"] => vec!["settled before a person is asked".to_owned()],
        ["changed_at"] => vec!["field with the time of change".to_owned()],
        ["changed_at", side] => vec![changed_at(side, systems)],
        ["field", field, "tolerance"] => vec![(*field).to_owned(), "how far it may be off".to_owned()],
        ["field", field, "mode"] => vec![(*field).to_owned(), "which side wins".to_owned()],
        ["field", field, "compare"] => vec![(*field).to_owned(), "compare as".to_owned()],
        ["field", field, "blank", way] => vec![(*field).to_owned(), blank_way(way, systems)],
        ["field", field, other @ ..] => std::iter::once((*field).to_owned()).chain(plain(other)).collect(),
        ["limits", member] => vec!["safety limits".to_owned(), limit(member, systems)],
        other => plain(other),
    }
}

fn blank_way(way: &str, systems: &Systems) -> String {
    let from = if way == "ours_to_theirs" { Side::Ours } else { Side::Theirs };
    format!("empty values from {}", winner::marked(from, systems))
}

fn changed_at(side: &str, systems: &Systems) -> String {
    let side = if side == "ours" { Side::Ours } else { Side::Theirs };
    format!("field with the time of change in {}", winner::marked(side, systems))
}

fn schedule(member: &str) -> &str {
    match member {
        "nightly" => "nightly merge",
        "at" => "time",
        "cron" => "days and time, as a pattern",
        "zone" => "time zone",
        other => other,
    }
}

fn limit(member: &str, systems: &Systems) -> String {
    match member {
        "changes_ours" => format!("changed records in {}", winner::marked(Side::Ours, systems)),
        "changes_theirs" => format!("changed records in {}", winner::marked(Side::Theirs, systems)),
        "deletes_hold" => "deletes".to_owned(),
        "deletes_most" => "deletes, whatever the share".to_owned(),
        "blanked" => "values blanked out".to_owned(),
        "whole_run" => "a limit stops the whole merge".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What a setting says, or said.
#[must_use]
pub fn value(change: &SettingChange, text: Option<&str>, systems: &Systems) -> String {
    let of_field = change.place.get(2).is_some_and(|part| part == "field");
    let Some(text) = text else {
        return if of_field { "as for the type" } else { "(not set)" }.to_owned();
    };
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let last = change.place.last().map_or("", String::as_str);
    let inside_blank = change.place.iter().rev().nth(1).is_some_and(|part| part == "blank");
    match (last, text) {
        ("mode", _) => {
            bare.parse::<Mode>().map_or_else(|_| bare.to_owned(), |mode| winner::words(mode, systems))
        }
        ("enabled" | "nightly", "true") => "on".to_owned(),
        ("enabled" | "nightly", "false") => "off".to_owned(),
        (_, "true") => "yes".to_owned(),
        (_, "false") => "no".to_owned(),
        ("compare", _) => compare(&text.replace(['[', ']', '"', ' '], "")),
        ("resolvers", _) => resolvers(&text.replace(['[', ']', '"'], "")),
        ("ignore", _) => text.replace(['[', ']', '"'], ""),
        ("hold", _) if bare == "next-merge" => "at the next merge".to_owned(),
        _ if inside_blank => blank(bare).to_owned(),
        ("blanked", _) => threshold(bare, ("value", "values")),
        ("deletes_hold" | "changes_ours" | "changes_theirs", _) => threshold(bare, ("record", "records")),
        _ => bare.to_owned(),
    }
}

/// What settles a field that both sides changed, in its order (MS C11).
fn resolvers(names: &str) -> String {
    let word = |name: &str| match name.trim() {
        "fill_blank" => "a value over none".to_owned(),
        "spelling" => "equal but for spaces and capitals".to_owned(),
        "longer_text" => "the longer of two texts".to_owned(),
        "union" => "the items of both lists".to_owned(),
        "newest" => "the later change".to_owned(),
        other => other.to_owned(),
    };
    names.split(',').map(word).collect::<Vec<_>>().join(", ")
}

/// `{ count = 5, percent = 2 }` as people say it.
fn threshold(text: &str, (one, many): (&str, &str)) -> String {
    let part = |name: &str| -> Option<String> {
        let after = text.split(&format!("{name} = ")).nth(1)?;
        Some(after.chars().take_while(char::is_ascii_digit).collect())
    };
    let things = |count: &str| counted(count.parse::<i64>().unwrap_or_default(), one, many);
    match (part("count"), part("percent")) {
        (Some(count), Some(percent)) => format!("{}, {percent} %", things(&count)),
        (Some(count), None) => things(&count),
        (None, Some(percent)) => format!("{percent} %"),
        (None, None) if text == "none" => "no limit".to_owned(),
        (None, None) => text.to_owned(),
    }
}

/// What is done with an empty value.
#[must_use]
pub fn blank(rule: &str) -> &str {
    match rule {
        "propagate" => "allow",
        "never_clear" => "never blank out",
        "ask" => "ask a person",
        other => other,
    }
}

/// A rule for empty values of both ways, as [`crate::api::FieldEdit::blank`] has it.
#[must_use]
pub fn blanks(rules: &str, systems: &Systems) -> String {
    let (to_theirs, to_ours) = rules.split_once(',').unwrap_or((rules, rules));
    if to_theirs == to_ours {
        return blank(to_theirs).to_owned();
    }
    let word = |rule: &str| if rule == "-" { "as the type".to_owned() } else { blank(rule).to_owned() };
    format!("from {}: {}; from {}: {}", systems.ours, word(to_theirs), systems.theirs, word(to_ours))
}

/// How text compares, as [`crate::api::FieldEdit::compare`] has it.
#[must_use]
pub fn compare(names: &str) -> String {
    match names {
        "" | "text" => "as text".to_owned(),
        "bytes" => "exact".to_owned(),
        "trim" => "ignore spaces at the ends".to_owned(),
        "trim,space" => "ignore spaces".to_owned(),
        "case" => "ignore capitals".to_owned(),
        "trim,space,case" => "ignore capitals and spaces".to_owned(),
        "decimal" => "as number".to_owned(),
        "date" => "as day".to_owned(),
        "instant" => "as moment in time".to_owned(),
        codes if codes.starts_with("map:") && !codes.contains(',') => {
            format!("by the code table {}", codes.trim_start_matches("map:"))
        }
        other => other.replace(',', ", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(place: &[&str]) -> SettingChange {
        let place = place.iter().map(|part| (*part).to_owned()).collect();
        SettingChange { place, before: None, after: None }
    }

    #[test]
    fn values_are_said_in_the_words_of_the_screens() {
        let systems = Systems { ours: "Scheduler".to_owned(), theirs: "Banner".to_owned() };
        let said = |place: &[&str], text: &str| value(&change(place), Some(text), &systems);
        assert_eq!(said(&["type", "room", "mode"], "\"always_theirs\""), "Always ■ Banner");
        assert_eq!(said(&["type", "room", "enabled"], "false"), "off");
        assert_eq!(
            said(&["type", "room", "field", "a", "blank", "theirs_to_ours"], "\"never_clear\""),
            "never blank out"
        );
        assert_eq!(
            said(&["type", "room", "field", "a", "compare"], "[\"trim\", \"space\", \"case\"]"),
            "ignore capitals and spaces"
        );
        assert_eq!(
            said(&["type", "room", "resolvers"], "[\"union\", \"newest\"]"),
            "the items of both lists, the later change"
        );
        assert_eq!(said(&["limits", "deletes_hold"], "{ count = 5, percent = 2 }"), "5 records, 2 %");
        assert_eq!(value(&change(&["schedule", "at"]), None, &systems), "(not set)");
    }
}
