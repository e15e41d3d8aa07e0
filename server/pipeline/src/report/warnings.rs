//! What the engine warned of: counted while a run merges, told in its report (MS A6, N4, N5, V3).

use std::collections::BTreeMap;

use merge::{FieldPath, Segment, Side, Verdict, WarningCode};
use serde::{Deserialize, Serialize};

use super::cut;
use super::words::many;
use crate::settings::Settings;

/// Different warnings that are counted; what comes after them is of no more use to a reader.
const KINDS_MOST: usize = 200;

/// Alike warnings about records of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningCount {
    /// The record type.
    pub type_name: String,
    /// What they are about.
    pub code: WarningCode,
    /// The field.
    pub path: String,
    /// The side, if it is about one.
    pub side: Option<Side>,
    /// How many records.
    pub count: u64,
    /// The first of them, for people.
    pub label: String,
}

/// Warnings while they are counted: how many are alike, and the first record.
#[derive(Debug, Default)]
pub(crate) struct Warnings(BTreeMap<Kind, (u64, String)>);

/// What alike warnings share: record type, code, field and side.
type Kind = (String, WarningCode, String, Option<Side>);

impl Warnings {
    /// Takes in what the engine said of one record.
    pub(crate) fn add(&mut self, type_name: &str, label: &str, verdict: &Verdict) {
        for warning in &verdict.warnings {
            let key = (type_name.to_owned(), warning.code, field_of(&warning.path), warning.side);
            if self.0.len() < KINDS_MOST || self.0.contains_key(&key) {
                self.0.entry(key).or_insert_with(|| (0, label.to_owned())).0 += 1;
            }
        }
    }

    pub(crate) fn counts(&self) -> Vec<WarningCount> {
        self.0.iter().map(|(kind, (count, label))| counted(kind.clone(), *count, label.clone())).collect()
    }
}

fn counted((type_name, code, path, side): Kind, count: u64, label: String) -> WarningCount {
    WarningCount { type_name, code, path, side, count, label }
}

/// The field without the items of lists on the way to it, so that alike warnings are counted as one.
fn field_of(path: &FieldPath) -> String {
    let names = path.segments().iter().filter(|segment| matches!(segment, Segment::Name(_)));
    names.cloned().collect::<FieldPath>().to_string()
}

impl WarningCount {
    /// What it means, in a sentence.
    #[must_use]
    pub fn sentence(&self, settings: &Settings) -> String {
        let label = settings.merge_type(&self.type_name).map_or(self.type_name.as_str(), |one| &one.label);
        let system = self.side.map(|side| format!(" in {}", settings.side_name(side))).unwrap_or_default();
        let what = meaning(self.code);
        let more = if self.count > 1 { ", first " } else { ", " };
        let records = many(self.count, "record");
        format!("{label}: {}{system} {what} ({records}{more}{})", cut(&self.path), cut(&self.label))
    }
}

/// What a warning says of a field.
#[must_use]
pub fn meaning(code: WarningCode) -> &'static str {
    match code {
        WarningCode::NotFetched => "was not sent, although that side always wins; the other value stays",
        WarningCode::StaleDecision => "was decided on older values",
        WarningCode::NotContested => "was decided, but is not contested",
        WarningCode::NotATime => "holds a text that is no date or time; it is compared as text",
        WarningCode::Unmapped => "holds a code without a pair in its code table; it is compared as it is",
        WarningCode::ListKey => {
            "has an item whose key is missing, empty or repeated; the list is merged as one value"
        }
        WarningCode::Duplicate => "has the value of another record that should be the only one",
        WarningCode::KeyChange => "is part of the key and was changed; the record stays the same one",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use merge::{Input, Policy, Presence, RecordKey, merge_record};

    #[test]
    fn alike_warnings_are_counted_as_one_with_the_first_record() {
        let policy = Policy::from_toml("compare = ['instant']").expect("a policy");
        let record = |text: &str| merge::json::parse_object(text.as_bytes()).expect("a record");
        let (base, ours) = (record(r#"{"at":"2026-01-01T00:00:00Z"}"#), record(r#"{"at":"soon"}"#));
        let key = RecordKey::from(1);
        let input = Input {
            base: Some(&base),
            ours: Presence::Live(&ours),
            theirs: Presence::Live(&base),
            ..Input::new("term", &key)
        };
        let verdict = merge_record(&policy, &input);
        let mut warnings = Warnings::default();
        for label in ["Fall", "Spring"] {
            warnings.add("term", label, &verdict);
        }
        let counts = warnings.counts();
        assert_eq!(counts.len(), 1);
        let WarningCount { code, path, side, count, label, .. } = &counts[0];
        assert_eq!((*code, path.as_str(), *side), (WarningCode::NotATime, "at", Some(Side::Ours)));
        assert_eq!((*count, label.as_str()), (2, "Fall"));
    }
}
