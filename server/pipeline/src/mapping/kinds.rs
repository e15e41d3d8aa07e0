//! Whether a value is one of its kind. Values are never changed here: what is lawful passes digit by digit.

use chrono::{DateTime, NaiveDate, NaiveTime};
use merge::{Number, Value};

use super::{Violation, ViolationCode};
use crate::settings::FieldKind;

/// What a value fails: the code for machines, the words for people.
pub(super) type Failure = (ViolationCode, String);

/// Whether a scalar that is not a reference, or a whole of any kind, is lawful. Null and absence are the caller's;
/// `""` is a state of its own (MS V1) for every kind that systems write as text.
pub(super) fn check_scalar(kind: &FieldKind, value: &Value) -> Result<(), Failure> {
    let lawful = match (kind, value) {
        (FieldKind::Any, _)
        | (FieldKind::Text, Value::Text(_))
        | (FieldKind::Boolean, Value::Bool(_))
        | (FieldKind::Object, Value::Object(_))
        | (FieldKind::List(_), Value::List(_)) => true,
        (FieldKind::Integer, Value::Number(number)) => scale(number) == 0,
        (FieldKind::Decimal(most), Value::Number(number)) => return check_scale(number, *most),
        (kind, Value::Text(text)) if text.is_empty() => is_written_as_text(kind),
        (FieldKind::Decimal(most), Value::Text(text)) => match Number::parse(text) {
            Some(number) => return check_scale(&number, *most),
            None => false,
        },
        (FieldKind::Date, Value::Text(text)) => is_date(text),
        (FieldKind::Time, Value::Text(text)) => is_time(text),
        (FieldKind::Instant, Value::Text(text)) => DateTime::parse_from_rfc3339(text).is_ok(),
        _ => false,
    };
    if lawful {
        Ok(())
    } else {
        Err((ViolationCode::Kind, format!("is no {kind}: {}", Violation::cut(value))))
    }
}

fn check_scale(number: &Number, most: u32) -> Result<(), Failure> {
    if scale(number) <= i64::from(most) {
        return Ok(());
    }
    let message = format!("has more than {most} digits after the point: {}", number.as_str());
    Err((ViolationCode::Digits, message))
}

fn is_written_as_text(kind: &FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Date
            | FieldKind::Time
            | FieldKind::Instant
            | FieldKind::Decimal(_)
            | FieldKind::Reference(_)
    )
}

/// Digits after the point that the value needs, however it is spelled.
fn scale(number: &Number) -> i64 {
    let normal = number.normal();
    let (digits, exponent) = normal.split_once(['E', 'e']).unwrap_or((&normal, "0"));
    let after_point = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let exponent: i64 = exponent.parse().unwrap_or(0);
    (i64::try_from(after_point).unwrap_or(i64::MAX) - exponent).max(0)
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_time(text: &str) -> bool {
    let long = || NaiveTime::parse_from_str(text, "%H:%M:%S%.f").is_ok();
    text.len() >= 5 && (NaiveTime::parse_from_str(text, "%H:%M").is_ok() || long())
}
