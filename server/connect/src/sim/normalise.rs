//! Values that the server stores in its own form (RL P11): an answer then shows something else than was sent.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::{Field, Shape};

/// One way in which the server rewrites what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// Blanks at both ends of a text go.
    Trim,
    /// Several blanks become one.
    CollapseSpaces,
    /// `code`, `number` and their kin become upper case.
    UpperCodes,
    /// `email` becomes lower case.
    LowerEmail,
    /// Curly quotes and long dashes become plain ones.
    PlainPunctuation,
    /// Line ends become `\n`.
    UnixLines,
    /// An empty text becomes null.
    EmptyAsNull,
    /// A null text becomes empty, where the field is not required.
    NullAsEmpty,
    /// Lists of texts and ids are sorted.
    SortLists,
    /// A repeated element of a list goes.
    DropRepeats,
    /// Texts are cut after 40 characters.
    CutAt40,
    /// Decimals are rounded to whole numbers.
    RoundDecimals,
}

impl Normalise {
    /// All twelve.
    pub const ALL: [Self; 12] = [
        Self::Trim,
        Self::CollapseSpaces,
        Self::UpperCodes,
        Self::LowerEmail,
        Self::PlainPunctuation,
        Self::UnixLines,
        Self::EmptyAsNull,
        Self::NullAsEmpty,
        Self::SortLists,
        Self::DropRepeats,
        Self::CutAt40,
        Self::RoundDecimals,
    ];
}

/// A value in the form the server stores it in.
pub(super) fn stored(field: &Field, value: &Value, ways: &[Normalise]) -> Value {
    ways.iter().fold(value.clone(), |value, way| rewrite(*way, field, value))
}

fn rewrite(way: Normalise, field: &Field, value: Value) -> Value {
    let text = matches!(field.shape, Shape::Text(_));
    match (way, value) {
        (Normalise::EmptyAsNull, Value::String(given)) if text && given.is_empty() => Value::Null,
        (Normalise::NullAsEmpty, Value::Null) if text && !field.required && !field.indexed => "".into(),
        (way, Value::String(given)) if text => rewrite_text(way, field, given).into(),
        (Normalise::SortLists, Value::Array(mut items)) if items.iter().all(Value::is_string) => {
            items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            items.into()
        }
        (Normalise::DropRepeats, Value::Array(items)) => {
            let mut kept: Vec<Value> = Vec::with_capacity(items.len());
            for item in items {
                if !kept.contains(&item) {
                    kept.push(item);
                }
            }
            kept.into()
        }
        (Normalise::RoundDecimals, Value::Number(given)) if field.shape == Shape::Decimal => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "credits are small; beyond that it saturates"
            )]
            let whole = given.as_f64().unwrap_or_default().round() as i64;
            whole.into()
        }
        (_, value) => value,
    }
}

fn rewrite_text(way: Normalise, field: &Field, text: String) -> String {
    match way {
        Normalise::Trim => text.trim().to_owned(),
        Normalise::CollapseSpaces => {
            text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Normalise::UpperCodes
            if matches!(field.name, "code" | "number" | "employee_number" | "cross_list") =>
        {
            text.to_uppercase()
        }
        Normalise::LowerEmail if field.name == "email" => text.to_lowercase(),
        Normalise::PlainPunctuation => {
            text.replace(['‘', '’'], "'").replace(['“', '”'], "\"").replace(['–', '—'], "-")
        }
        Normalise::UnixLines => text.replace("\r\n", "\n"),
        Normalise::CutAt40 => text.chars().take(40).collect(),
        _ => text,
    }
}
