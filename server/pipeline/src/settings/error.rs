//! What is wrong with a settings document, and where.

use thiserror::Error;

/// The first thing wrong with a settings document. `Display` names the line, the member and the reason, so that one
/// line on a terminal is enough to find and mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{}{message}", Self::place(*.line), Self::name(.member))]
pub struct SettingsError {
    /// The line in the document, counted from 1; none where the document has no such place.
    pub line: Option<usize>,
    /// The member as a dotted path (`type.section.key`); empty where the text itself is not TOML.
    pub member: String,
    /// What is wrong, in words, with the values that would do.
    pub message: String,
}

impl SettingsError {
    fn place(line: Option<usize>) -> String {
        line.map_or_else(String::new, |line| format!("line {line}: "))
    }

    fn name(member: &str) -> String {
        if member.is_empty() { String::new() } else { format!("{member}: ") }
    }
}
