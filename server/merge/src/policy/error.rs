//! What is wrong with a policy.

use std::fmt;

/// A policy that cannot be used, with the member at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", Prefix(.member))]
pub struct PolicyError {
    /// The member, for example `field[2].mode` for the second `[[field]]`; empty for the file as a whole.
    pub member: String,
    /// What is wrong, for people.
    pub message: String,
    /// The line of the member in the text, counted from 1, if there is a text.
    pub line: Option<usize>,
}

impl PolicyError {
    pub(super) fn new(member: impl Into<String>, message: impl fmt::Display) -> PolicyError {
        PolicyError { member: member.into(), message: message.to_string(), line: None }
    }

    /// The same error with its line in the text of the policy, and with the full name of its member if the policy
    /// stands under `[type.NAME]`.
    ///
    /// ```
    /// # use merge::Policy;
    /// let text = "hold = \"field\"\nmode = \"mine\"";
    /// let error = Policy::from_table(&text.parse().unwrap()).unwrap_err();
    /// assert_eq!((error.member.as_str(), error.line), ("mode", None));
    /// assert_eq!(error.located(text, None).line, Some(2));
    /// ```
    #[must_use]
    pub fn located(mut self, text: &str, type_name: Option<&str>) -> PolicyError {
        if let Some(name) = type_name {
            let member = format!("type.{name}.{}", self.member);
            member.trim_end_matches('.').clone_into(&mut self.member);
        }
        self.line = line_of(text, &self.member).or(Some(1));
        self
    }
}

struct Prefix<'a>(&'a str);

impl fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "{}: ", self.0) }
    }
}

/// Finds the line of a member such as `field[2].mode` in the text; of its nearest ancestor if it is not there.
fn line_of(text: &str, member: &str) -> Option<usize> {
    use toml::de::{DeTable, DeValue};
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut offset = None;
    for step in member.split('.') {
        let (name, index) = match step.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (step, None),
        };
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else { break };
        offset = Some(key.span().start);
        let mut value = value;
        if let (DeValue::Array(items), Some(index)) = (value.get_ref(), index)
            && let Some(item) = items.get(index.wrapping_sub(1))
        {
            offset = Some(item.span().start);
            value = item;
        }
        let DeValue::Table(inner) = value.get_ref() else { break };
        table = inner;
    }
    offset.map(|offset| line_at(text, offset))
}

pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}
