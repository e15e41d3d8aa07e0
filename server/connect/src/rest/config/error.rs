//! Why a configuration was not loaded (CN C50).

use std::fmt;

/// The key at fault, its line when the configuration came as text, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The key, such as `types.person.list.limit`; empty when the text is no TOML.
    pub key: String,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong, with the allowed values.
    pub message: String,
}

impl ConfigError {
    pub(super) fn at(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), line: None, message: message.into() }
    }

    /// A refusal of one key while the system is opened.
    pub(in crate::rest) fn refused(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::at(key, message)
    }

    pub(super) fn from_text(text: &str, key: String, source: &toml::de::Error) -> Self {
        let line = source.span().map(|span| line_of(text, span.start));
        Self { key: if key == "." { String::new() } else { key }, line, message: source.message().to_owned() }
    }

    /// Finds the line of the key in the text: the one that sets its last name, below the table that it lies in.
    pub(super) fn in_text(self, text: &str) -> Self {
        let line = self.line.or_else(|| find_line(text, &self.key));
        Self { line, ..self }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn find_line(text: &str, key: &str) -> Option<usize> {
    let names: Vec<&str> = key.split('.').map(|name| name.split('[').next().unwrap_or(name)).collect();
    let mut table = Vec::new();
    let mut best: Option<(usize, usize)> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            table = header
                .trim_end_matches(|c| c != ']')
                .trim_matches(['[', ']'])
                .split('.')
                .map(str::trim)
                .collect();
        }
        let set = line.split_once('=').map(|(name, _)| name.trim()).filter(|_| !line.starts_with('['));
        let path: Vec<&str> =
            table.iter().copied().chain(set.into_iter().flat_map(|name| name.split('.'))).collect();
        let depth = path.len();
        if depth > 0 && names.starts_with(&path) && best.is_none_or(|(most, _)| depth > most) {
            best = Some((depth, number + 1));
        }
    }
    best.map(|(_, line)| line)
}
