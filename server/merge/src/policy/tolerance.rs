//! How far a value may be from base and still count as unchanged (MS N7).

use std::fmt;
use std::str::FromStr;

use crate::value::Number;

/// How far a value may be from base, and no further, to count as unchanged (MS N7). Written as a number, or as a time with
/// its unit: `s`, `m`, `h` or `d`.
///
/// It is only for comparing with base: two sides that both moved away from it are compared with each other as they are,
/// and many small steps do not add up unseen, because base stays where it is.
///
/// ```
/// use merge::Tolerance;
/// assert_eq!("0.05".parse(), Ok(Tolerance::Number(merge::Number::parse("0.05").unwrap())));
/// assert_eq!("2m".parse(), Ok(Tolerance::Seconds(120)));
/// assert_eq!(Tolerance::Seconds(120).to_string(), "2m");
/// assert!("-1".parse::<Tolerance>().is_err() && "soon".parse::<Tolerance>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tolerance {
    /// For numbers, and for numeric text under `decimal`.
    Number(Number),
    /// For texts under `instant`.
    Seconds(u32),
}

/// A text that is no tolerance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a number from 0 with at most 100 places, or a time such as \"90s\", \"5m\", \"2h\" or \"1d\""
)]
pub struct BadTolerance;

/// The units of time, the largest first.
const UNITS: [(char, u32); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl FromStr for Tolerance {
    type Err = BadTolerance;

    fn from_str(text: &str) -> Result<Tolerance, BadTolerance> {
        if let Some(number) = Number::parse(text) {
            return Some(number).filter(Number::is_distance).map(Tolerance::Number).ok_or(BadTolerance);
        }
        let (_, unit) = UNITS.iter().find(|(letter, _)| text.ends_with(*letter)).ok_or(BadTolerance)?;
        let count = &text[..text.len() - 1];
        let is_number = count.bytes().all(|byte| byte.is_ascii_digit());
        let count: u32 = count.parse().ok().filter(|_| is_number).ok_or(BadTolerance)?;
        count.checked_mul(*unit).map(Tolerance::Seconds).ok_or(BadTolerance)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tolerance::Number(number) => f.pad(number.as_str()),
            Tolerance::Seconds(seconds) => {
                let whole = UNITS.iter().find(|(_, unit)| *seconds > 0 && seconds % unit == 0);
                let (letter, unit) = whole.unwrap_or(&('s', 1));
                f.pad(&format!("{}{letter}", seconds / unit))
            }
        }
    }
}
