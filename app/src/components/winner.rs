//! Which side wins, in words (UX 3, 7.5.2): the configured names first, the field's own terms as secondary help.

use merge::{Level, Mode, Side};

use crate::api::Systems;

/// The modes in the order in which they are offered.
pub const MODES: [Mode; 5] =
    [Mode::Manual, Mode::ResolveOurs, Mode::ResolveTheirs, Mode::AlwaysOurs, Mode::AlwaysTheirs];

/// A system with its mark.
#[must_use]
pub fn marked(side: Side, systems: &Systems) -> String {
    match side {
        Side::Ours => format!("● {}", systems.ours),
        Side::Theirs => format!("■ {}", systems.theirs),
    }
}

/// What a mode is called on screens.
#[must_use]
pub fn words(mode: Mode, systems: &Systems) -> String {
    match mode {
        Mode::Manual => "Ask a person".to_owned(),
        Mode::ResolveOurs => format!("Prefer {} on conflict", marked(Side::Ours, systems)),
        Mode::ResolveTheirs => format!("Prefer {} on conflict", marked(Side::Theirs, systems)),
        Mode::AlwaysOurs => format!("Always {}", marked(Side::Ours, systems)),
        Mode::AlwaysTheirs => format!("Always {}", marked(Side::Theirs, systems)),
    }
}

/// The same in a few letters, for a field that inherits it.
#[must_use]
pub fn short(mode: Mode, systems: &Systems) -> String {
    match mode {
        Mode::ResolveOurs => format!("Prefer {}", marked(Side::Ours, systems)),
        Mode::ResolveTheirs => format!("Prefer {}", marked(Side::Theirs, systems)),
        _ => words(mode, systems),
    }
}

/// The term of the field, which staff know from elsewhere.
#[must_use]
pub fn term(mode: Mode, systems: &Systems) -> Option<String> {
    match mode {
        Mode::Manual => Some("Manual resolution".to_owned()),
        Mode::ResolveOurs => Some(format!("Resolve as {}", systems.ours)),
        Mode::ResolveTheirs => Some(format!("Resolve as {}", systems.theirs)),
        Mode::AlwaysOurs | Mode::AlwaysTheirs => None,
    }
}

/// What a mode does.
#[must_use]
pub fn effect(mode: Mode, systems: &Systems) -> String {
    let Systems { ours, theirs } = systems;
    let flows = "A change on one side flows to the other.";
    match mode {
        Mode::Manual => format!("{flows} Where both changed, a person is asked."),
        Mode::ResolveOurs => format!("{flows} Where both changed, {ours} wins and nobody is asked."),
        Mode::ResolveTheirs => format!("{flows} Where both changed, {theirs} wins and nobody is asked."),
        Mode::AlwaysOurs => {
            format!("{theirs} is brought to the value of {ours}, also where only {theirs} changed.")
        }
        Mode::AlwaysTheirs => {
            format!("{ours} is brought to the value of {theirs}, also where only {ours} changed.")
        }
    }
}

/// Where values travel under a mode: mark and words.
#[must_use]
pub fn way(mode: Mode, systems: &Systems) -> (&'static str, String) {
    let Systems { ours, theirs } = systems;
    match mode.always() {
        Some(Side::Theirs) => ("→", format!("{theirs} to {ours}")),
        Some(Side::Ours) => ("←", format!("{ours} to {theirs}")),
        None => ("⇄", "both ways".to_owned()),
    }
}

/// Where a mode was set, in brackets after it: "(own setting)", "(Sections)".
#[must_use]
pub fn origin(level: Level, type_label: &str) -> String {
    match level {
        Level::Default => "the default".to_owned(),
        Level::Type => format!("as for all of {type_label}"),
        Level::Field => "set for this field".to_owned(),
        Level::Record => "set for this record".to_owned(),
        Level::Rule => "a rule".to_owned(),
        Level::Decision => "a decision".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x37_the_five_options_carry_the_configured_names_and_the_terms_of_the_field() {
        let systems = Systems { ours: "Scheduler".to_owned(), theirs: "Banner".to_owned() };
        let words: Vec<String> = MODES.iter().map(|mode| words(*mode, &systems)).collect();
        assert_eq!(
            words,
            [
                "Ask a person",
                "Prefer ● Scheduler on conflict",
                "Prefer ■ Banner on conflict",
                "Always ● Scheduler",
                "Always ■ Banner"
            ]
        );
        assert_eq!(term(Mode::ResolveTheirs, &systems).as_deref(), Some("Resolve as Banner"));
        assert_eq!(way(Mode::AlwaysTheirs, &systems), ("→", "Banner to Scheduler".to_owned()));
    }
}
