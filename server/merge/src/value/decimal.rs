//! Exact decimals: what numbers are compared by.

use std::cmp::Ordering;
use std::fmt;

/// The largest power of ten a number may carry. Beyond it exact comparison could overflow.
const MAX_EXPONENT: i64 = 1_000_000_000_000;
/// The most places before or behind the point at which a distance begins.
const MAX_PLACES: i64 = 100;
/// Numbers that would take more digits than this side by side are not near each other.
const MAX_ALIGNED: i64 = 1 << 16;

/// An exact decimal: `0.d1d2d3… × 10^magnitude`, without leading or trailing zero digits; zero has no digits.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    magnitude: i64,
    digits: Vec<u8>,
}

impl Decimal {
    /// Reads numeric text a little wider than JSON's grammar: a leading `+`, leading zeros, `.5` and `5.` are fine.
    pub(crate) fn read(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], read_exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.as_bytes().first()? {
            b'-' => (true, &mantissa[1..]),
            b'+' => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.len() + fraction.len() == 0
            || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = all.iter().take_while(|digit| **digit == b'0').count();
        let trailing = all[leading..].iter().rev().take_while(|digit| **digit == b'0').count();
        let digits = all[leading..all.len() - trailing].to_vec();
        if digits.is_empty() {
            return Some(Decimal::default());
        }
        let magnitude = exponent + whole.len() as i64 - leading as i64;
        Some(Decimal { negative, magnitude, digits })
    }

    /// Whether it can say how far apart two numbers may be (N7).
    pub(crate) fn is_distance(&self) -> bool {
        !self.negative && self.magnitude.abs() <= MAX_PLACES && self.digits.len() <= 100
    }

    /// Whether the two are no further apart than `distance`.
    pub(crate) fn is_near(&self, other: &Decimal, distance: &Decimal) -> bool {
        self == other || self.distance(other).is_some_and(|apart| apart <= *distance)
    }

    /// How far apart the two are; none if they are too different in size to be written side by side.
    fn distance(&self, other: &Decimal) -> Option<Decimal> {
        let top = self.magnitude.max(other.magnitude);
        let bottom = self.bottom().min(other.bottom());
        let places = usize::try_from(top - bottom).ok().filter(|places| *places as i64 <= MAX_ALIGNED)?;
        let (mut large, mut small) = (self.aligned(top, places), other.aligned(top, places));
        if large < small {
            std::mem::swap(&mut large, &mut small);
        }
        let add = self.negative != other.negative;
        let mut carry = 0;
        for (digit, less) in large.iter_mut().zip(&small).rev() {
            let sum = if add { *digit + less + carry } else { 10 + *digit - less - carry };
            (*digit, carry) = (sum % 10, if add { sum / 10 } else { u8::from(sum < 10) });
        }
        let magnitude = top + i64::from(add && carry > 0);
        let first = (magnitude > top).then_some(1);
        Some(Decimal::of_digits(&first.into_iter().chain(large).collect::<Vec<u8>>(), magnitude))
    }

    /// The place behind its last digit.
    const fn bottom(&self) -> i64 {
        self.magnitude - self.digits.len() as i64
    }

    /// Its digits as numbers, in this many places from the place `top` on.
    fn aligned(&self, top: i64, places: usize) -> Vec<u8> {
        let before = usize::try_from(top - self.magnitude).unwrap_or(places).min(places);
        let digits = std::iter::repeat_n(0, before).chain(self.digits.iter().map(|digit| digit - b'0'));
        digits.chain(std::iter::repeat(0)).take(places).collect()
    }

    /// `0.d1d2d3… × 10^magnitude` of digits that may begin and end with zeros.
    fn of_digits(digits: &[u8], magnitude: i64) -> Decimal {
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        let trailing = digits[leading..].iter().rev().take_while(|digit| **digit == 0).count();
        let digits: Vec<u8> =
            digits[leading..digits.len() - trailing].iter().map(|digit| digit + b'0').collect();
        if digits.is_empty() {
            return Decimal::default();
        }
        Decimal { negative: false, magnitude: magnitude - leading as i64, digits }
    }
}

fn read_exponent(text: &str) -> Option<i64> {
    let exponent = text.parse().ok()?;
    (-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent).then_some(exponent)
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let sign = |decimal: &Decimal| match (decimal.digits.is_empty(), decimal.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        if by_sign != Ordering::Equal {
            return by_sign;
        }
        let by_size = self.magnitude.cmp(&other.magnitude).then_with(|| self.digits.cmp(&other.digits));
        if self.negative { by_size.reverse() } else { by_size }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = std::str::from_utf8(&self.digits).unwrap_or_default();
        let places = digits.len() as i64;
        if digits.is_empty() {
            return f.write_str("0");
        }
        let sign = if self.negative { "-" } else { "" };
        match self.magnitude {
            m if m >= places && m <= 20 => write!(f, "{sign}{digits}{}", "0".repeat((m - places) as usize)),
            m if m > 0 && m < places => {
                write!(f, "{sign}{}.{}", &digits[..m as usize], &digits[m as usize..])
            }
            m if (-20..=0).contains(&m) => write!(f, "{sign}0.{}{digits}", "0".repeat(-m as usize)),
            m => write!(f, "{sign}{digits}E{}", m - places),
        }
    }
}
