//! What an answer means (CN 3.3): rules first, then the operation's lists, the system's lists and the table.

use merge::Value;

use super::answer::Answer;
use super::config::{Config, MatchRule, Meaning, StatusRules, WriteKind};
use super::template::plain_text;
use crate::error::SystemError;

/// What an answer means, and for which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The meaning; `None` for answers that only a wrong configuration gets.
    pub meaning: Option<Meaning>,
    /// The field at fault, when known.
    pub field: Option<String>,
}

/// What is known of the call when its answer is judged.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// What it was for.
    pub kind: WriteKind,
    /// The operation's own lists.
    pub status: &'a StatusRules,
    /// Whether it carried a version.
    pub sent_version: bool,
}

/// Judges an answer.
pub fn judge(config: &Config, call: Call<'_>, answer: &Answer) -> Verdict {
    let mut rules = config.matches.iter().filter(|rule| concerns(rule, call.kind, answer)).peekable();
    // A page that nobody asks a question about is not parsed for it.
    let body = if answer.status >= 300 || rules.peek().is_some() { answer.any_json() } else { None };
    for rule in rules {
        if let Some(field) = rule_holds(rule, answer, body.as_ref()) {
            return Verdict { meaning: Some(rule.then), field: field.or_else(|| rule.field.clone()) };
        }
    }
    let field = body.as_ref().and_then(|body| config.error.field.find(body)).map(plain_text);
    let listed = call.status.meaning_of(answer.status).or_else(|| config.status.meaning_of(answer.status));
    let meaning = listed.or_else(|| table(config, call, answer));
    Verdict { meaning, field: field.filter(|name| !name.is_empty()) }
}

/// The system's reason for people: from the places configured, else the beginning of the body.
pub fn reason(config: &Config, answer: &Answer) -> String {
    const LONGEST: usize = 300;
    let body = answer.any_json();
    let place = |body: &Value| {
        let message = config.error.message.find(body).map(plain_text);
        let details = config.error.details.as_ref().and_then(|at| at.find(body)).map(plain_text);
        let texts: Vec<String> =
            [message, details].into_iter().flatten().filter(|text| !text.is_empty()).collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    };
    let text = body.as_ref().and_then(place).unwrap_or_else(|| {
        let text = String::from_utf8_lossy(&answer.body);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    let short: String = text.chars().take(LONGEST).collect();
    format!("status {}{}{short}", answer.status, if short.is_empty() { "" } else { ": " })
}

/// The error that a meaning other than `ok` is on a read.
pub fn read_error(config: &Config, verdict: Verdict, answer: &Answer) -> SystemError {
    let message = reason(config, answer);
    match verdict.meaning {
        Some(Meaning::Missing) => SystemError::NotFound,
        Some(Meaning::Auth) => SystemError::Auth { message },
        Some(Meaning::Throttled) => SystemError::Throttled { after: answer.slow_down },
        Some(Meaning::Retryable) => SystemError::Unreachable { message },
        Some(Meaning::Ok | Meaning::Ambiguous) => SystemError::Malformed { at: "body".to_owned(), message },
        Some(Meaning::Refused | Meaning::Stale | Meaning::Duplicate) => {
            SystemError::Refused { field: verdict.field, code: answer.status.to_string(), message }
        }
        None => SystemError::Misconfigured { message },
    }
}

/// The table of CN 3.3, without the rows that the lists replace.
fn table(config: &Config, call: Call<'_>, answer: &Answer) -> Option<Meaning> {
    let meaning = default_meaning(call, answer)?;
    let replaced = call.status.replaces(meaning) || config.status.replaces(meaning);
    match (replaced, answer.status) {
        (false, _) => Some(meaning),
        (true, 500..) => Some(Meaning::Retryable),
        (true, 400..=499) => Some(Meaning::Refused),
        (true, _) => Some(Meaning::Ambiguous),
    }
}

fn default_meaning(call: Call<'_>, answer: &Answer) -> Option<Meaning> {
    let is_write = call.kind.is_write();
    Some(match answer.status {
        200 | 201 | 202 | 204 => Meaning::Ok,
        412 => Meaning::Stale,
        409 if call.kind == WriteKind::Create => Meaning::Duplicate,
        409 if is_write && call.sent_version => Meaning::Stale,
        404 | 410 if call.kind != WriteKind::Create => Meaning::Missing,
        403 if is_write => Meaning::Refused,
        401 | 403 => Meaning::Auth,
        429 => Meaning::Throttled,
        503 if answer.slow_down.is_some() && !is_write => Meaning::Throttled,
        408 | 425 | 500..=599 => Meaning::Retryable,
        // The server lacks the path, the method, the media type, or wants versions: no record will fare better.
        404 | 410 | 405 | 406 | 415 | 428 | 300..=399 => return None,
        400..=499 => Meaning::Refused,
        _ => Meaning::Ambiguous,
    })
}

fn concerns(rule: &MatchRule, kind: WriteKind, answer: &Answer) -> bool {
    rule.op.is_none_or(|op| op == kind) && rule.status.is_none_or(|status| status == answer.status)
}

/// `Some` when the rest of the rule holds, with the field that its pattern named.
fn rule_holds(rule: &MatchRule, answer: &Answer, body: Option<&Value>) -> Option<Option<String>> {
    let whole = || Value::Text(String::from_utf8_lossy(&answer.body).into_owned());
    let value = match (&rule.header, &rule.at) {
        (Some(header), _) => Value::Text(answer.header(header.0.as_str())?),
        (None, Some(at)) => at.find(body?)?.clone(),
        (None, None) => whole(),
    };
    if let Some(wanted) = &rule.equals {
        return from_toml(wanted).same_json(&value).then_some(None);
    }
    let text = plain_text(&value);
    if let Some(part) = &rule.contains {
        return text.contains(part.as_str()).then_some(None);
    }
    if let Some(pattern) = &rule.regex {
        let captures = pattern.0.captures(&text)?;
        return Some(captures.name("field").map(|field| field.as_str().to_owned()));
    }
    Some(None)
}

/// A configured value as JSON; dates become texts.
pub fn from_toml(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => merge::Number::parse(&number.to_string())
            .map_or_else(|| Value::Text(number.to_string()), Value::Number),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(instant) => Value::Text(instant.to_string()),
        toml::Value::Array(list) => Value::List(list.iter().map(from_toml).collect()),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(name, inner)| (name.clone(), from_toml(inner))).collect())
        }
    }
}

/// The text of an error without the words around it.
pub fn short_reason(error: &SystemError) -> String {
    match error {
        SystemError::Auth { message } | SystemError::Refused { message, .. } => message.clone(),
        other => other.to_string(),
    }
}
