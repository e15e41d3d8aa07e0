//! What the other side held when a write was planned, kept with the write for the base (RL R19).
//!
//! A write may stay open over nights in which the other side moves on. When it is confirmed at last, what the other side
//! holds *now* proves nothing of what both have held: that was read when the write was planned. A write keeps it in few
//! words, as the fields in which the other side held something else than what was written.

use std::collections::BTreeSet;

use merge::{FieldPath, Known, Object, Value};
use store::write::Write;

use crate::error::{PipelineError, Result};
use crate::settle::same_value;

/// The text to keep with a write that makes its side hold `post` (none: deletes the record there), when the other side is
/// known to hold `other`. `None` when nothing follows for the base: only one of the two has the record, or nobody knows.
pub(crate) fn apart(post: Option<&Object>, other: Known<'_>) -> Option<String> {
    let fields = match (post, other) {
        (Some(post), Known::Held(body)) => differing(post, body, &[]),
        (Some(post), Known::Partly(body, unknown)) => differing(post, body, unknown),
        (None, Known::Absent) => BTreeSet::new(),
        _ => return None,
    };
    serde_json::to_string(&fields).ok()
}

fn differing<'a>(post: &'a Object, body: &'a Object, unknown: &'a [FieldPath]) -> BTreeSet<&'a str> {
    let differs = |(at, (name, value)): &(usize, (&'a str, &'a Value))| {
        !same_value(Some(value), body.get_near(*at, name))
    };
    let is_new = |(at, (name, value)): &(usize, (&'a str, &'a Value))| {
        !value.is_null() && post.get_near(*at, name).is_none()
    };
    let members = post.iter().enumerate().filter(differs).chain(body.iter().enumerate().filter(is_new));
    let differ = members.map(|(_, (name, _))| name);
    differ.chain(unknown.iter().filter_map(FieldPath::top)).collect()
}

/// What is known of the other side at the time when a write was planned, as [`apart`] kept it.
pub(crate) struct Planned(Vec<FieldPath>);

impl Planned {
    /// Reads what was kept with a write, if anything was.
    pub(crate) fn of(write: &Write) -> Result<Option<Self>> {
        let Some(text) = &write.apart else { return Ok(None) };
        let fields: Vec<String> = serde_json::from_str(text)
            .map_err(|error| PipelineError::Inconsistent(format!("fields apart from a write: {error}")))?;
        Ok(Some(Self(fields.into_iter().map(FieldPath::field).collect())))
    }

    /// The other side then; `post` is what was written to this one.
    pub(crate) fn known<'a>(&'a self, post: Option<&'a Object>) -> Known<'a> {
        match post {
            None => Known::Absent,
            Some(post) if self.0.is_empty() => Known::Held(post),
            Some(post) => Known::Partly(post, &self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use merge::json::parse_object;

    fn record(text: &str) -> Object {
        parse_object(text.as_bytes()).expect("a record")
    }

    #[test]
    fn r19_only_fields_that_were_equal_and_read_are_known() {
        let post = record(r#"{"code":"A","seats":2,"name":"x","note":"n"}"#);
        let other = record(r#"{"code":"A","seats":3,"name":"x","extra":1,"gone":null}"#);
        let unknown = [FieldPath::field("name")];
        let text = apart(Some(&post), Known::Partly(&other, &unknown));
        assert_eq!(text.as_deref(), Some(r#"["extra","name","note","seats"]"#));
        assert_eq!(apart(Some(&post), Known::Held(&post)).as_deref(), Some("[]"));
    }

    #[test]
    fn r19_nothing_follows_where_only_one_side_had_the_record() {
        let post = record(r#"{"code":"A"}"#);
        assert_eq!(apart(Some(&post), Known::Absent), None);
        assert_eq!(apart(Some(&post), Known::Unknown), None);
        assert_eq!(apart(None, Known::Held(&post)), None);
        assert_eq!(apart(None, Known::Unknown), None);
        assert_eq!(apart(None, Known::Absent).as_deref(), Some("[]"));
    }
}
