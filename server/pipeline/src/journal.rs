//! The automatic decisions as they are kept with a planned change (MS C4, P8).

use merge::{Decision, FieldPath, Rule, Value, Verdict};
use serde::{Deserialize, Serialize};

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JournalLine {
    /// Where.
    pub path: String,
    /// The rule that decided.
    pub rule: String,
    /// Where its mode was set.
    pub level: String,
    /// The mode in force.
    pub mode: String,
    /// The resolver that settled it, if one did (MS C11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolver: Option<String>,
    /// When the sides say they changed the record, ours first, if that settled it (MS C11 `newest`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<[String; 2]>,
    /// What the sides held, ours first, where the result is made of both and is neither's (MS T3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<[Option<String>; 2]>,
}

impl JournalLine {
    /// The field it is about; none when it is about the record as a whole.
    #[must_use]
    pub fn field(&self) -> Option<String> {
        let path: FieldPath = self.path.parse().ok()?;
        path.top().map(str::to_owned)
    }
}

/// The journal of a verdict as JSON.
pub(crate) fn journal(verdict: &Verdict) -> String {
    let lines: Vec<JournalLine> = verdict.decisions.iter().map(line).collect();
    serde_json::to_string(&lines).unwrap_or_else(|_| "[]".to_owned())
}

/// Reads what is kept with a change. A change that was blocked keeps something else in its place.
#[must_use]
pub fn read_journal(text: &str) -> Vec<JournalLine> {
    serde_json::from_str(text).unwrap_or_default()
}

fn line(decision: &Decision) -> JournalLine {
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_json);
    JournalLine {
        path: decision.path.to_string(),
        rule: decision.rule.to_string(),
        level: decision.level.to_string(),
        mode: decision.mode.to_string(),
        resolver: decision.resolver.map(|resolver| resolver.to_string()),
        times: decision.times.clone().map(|times| [times.ours, times.theirs]),
        inputs: is_made_of_both(decision).then(|| [json(&decision.ours), json(&decision.theirs)]),
    }
}

/// Whether the value is neither side's, but put together by a rule or a resolver.
fn is_made_of_both(decision: &Decision) -> bool {
    let combines =
        matches!(decision.rule, Rule::A2 | Rule::A3 | Rule::A4 | Rule::A7 | Rule::T2 | Rule::T5 | Rule::C11);
    combines && decision.value != decision.ours && decision.value != decision.theirs
}

#[cfg(test)]
mod tests {
    use super::*;
    use merge::{Input, Object, Policy, Presence, RecordKey, merge_record};

    fn record(text: &str) -> Object {
        merge::json::parse_object(text.as_bytes()).expect("a record")
    }

    fn journaled(policy: &str, values: [&str; 3]) -> Vec<JournalLine> {
        journaled_records(policy, values.map(|value| format!("{{\"v\":{value}}}")))
    }

    fn journaled_records(policy: &str, records: [String; 3]) -> Vec<JournalLine> {
        let [base, ours, theirs] = records.map(|text| record(&text));
        let key = RecordKey::from(1);
        let input = Input {
            base: Some(&base),
            ours: Presence::Live(&ours),
            theirs: Presence::Live(&theirs),
            ..Input::new("thing", &key)
        };
        read_journal(&journal(&merge_record(&Policy::from_toml(policy).expect("a policy"), &input)))
    }

    #[test]
    fn t03_what_is_merged_of_both_sides_is_kept_with_both_inputs() {
        let counter = "[[field]]\npath = 'v'\ncounter = true";
        let lines = journaled(counter, ["5", "7", "4"]);
        assert_eq!((lines[0].rule.as_str(), lines[0].resolver.as_deref()), ("T5", None));
        assert_eq!(lines[0].inputs, Some([Some("7".to_owned()), Some("4".to_owned())]));
        let lines = journaled(counter, ["5", "7", "5"]);
        assert_eq!((lines[0].rule.as_str(), &lines[0].inputs), ("F2", &None), "one side's value is its own");
    }

    #[test]
    fn c11_the_resolver_is_named() {
        let lines = journaled("resolvers = ['longer_text']", ["\"a\"", "\"a hall\"", "\"a ha\""]);
        assert_eq!((lines[0].rule.as_str(), lines[0].level.as_str()), ("C11", "type"));
        assert_eq!(lines[0].resolver.as_deref(), Some("longer_text"));
        assert_eq!(lines[0].inputs, None, "what lost is what the other side held before");
    }

    #[test]
    fn c11_the_times_by_which_the_newest_change_was_taken_are_kept() {
        let [early, late] = ["2026-03-01T10:00Z", "2026-03-01T11:00Z"];
        let records = [(1, ""), (2, early), (3, late)].map(|(v, at)| format!(r#"{{"v":{v},"at":"{at}"}}"#));
        let policy = "resolvers = ['newest']\nchanged_at = 'at'\nignore = ['at']";
        let lines = journaled_records(policy, records);
        let line = lines.iter().find(|line| line.path == "v").expect("a line");
        assert_eq!(line.times, Some([early.to_owned(), late.to_owned()]));
    }

    #[test]
    fn a_row_that_waits_for_something_has_no_journal() {
        assert_eq!(read_journal(r#"[{"blocked_by":"unreadable_field"}]"#), [JournalLine::default()]);
        assert_eq!(read_journal("?"), []);
    }
}
