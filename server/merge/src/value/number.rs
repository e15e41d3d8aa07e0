//! Numbers as they were written.

use std::cmp::Ordering;
use std::fmt;

use super::Decimal;

/// A JSON number that keeps its digits as read and compares by exact decimal value (MS N2).
///
/// No value ever passes through a float, so `0.1`, `1e400` and twenty-digit ids survive unchanged.
///
/// ```
/// use merge::Number;
/// let one = Number::parse("1").unwrap();
/// assert!(one.same_value(&Number::parse("1.00").unwrap()));
/// assert_eq!(Number::parse("1.00").unwrap().as_str(), "1.00");
/// ```
///
/// `==` compares the digits, [`Number::same_value`] the value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

/// Numbers of this length are spelled plainly, whatever their digits.
const MAX_PLAIN: usize = 20;

impl Number {
    /// Reads a number in JSON's grammar (V6). `None` for anything else, and for exponents beyond ±10¹².
    ///
    /// ```
    /// # use merge::Number;
    /// assert_eq!(Number::parse("3.00").unwrap().as_str(), "3.00");
    /// assert!(Number::parse("1e400").is_some(), "beyond any float");
    /// assert!(Number::parse("007").is_none() && Number::parse("NaN").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Number> {
        if !begins_as_json(text.as_bytes()) {
            return None;
        }
        Decimal::read(text)?;
        Some(Number(text.into()))
    }

    /// The digits as read (X8).
    ///
    /// ```
    /// # use merge::Number;
    /// assert_eq!(Number::parse("1.50E1").unwrap().as_str(), "1.50E1");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Orders two numbers by exact value (N2).
    ///
    /// ```
    /// # use merge::Number;
    /// let number = |text: &str| Number::parse(text).unwrap();
    /// assert!(number("9007199254740992").compare(&number("9007199254740993")).is_lt());
    /// assert!(number("1.5").compare(&number("15e-1")).is_eq());
    /// ```
    pub fn compare(&self, other: &Number) -> Ordering {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        let is_plain = |number: &[u8]| number.iter().all(u8::is_ascii_digit);
        // Whole numbers without a sign, as most ids are, are in the order of their texts if these are equally long.
        if is_plain(a) && is_plain(b) {
            return a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        }
        if a == b { Ordering::Equal } else { self.decimal().cmp(&other.decimal()) }
    }

    /// Whether both are the same number, however spelled (N2).
    ///
    /// ```
    /// # use merge::Number;
    /// let (short, long) = (Number::parse("3").unwrap(), Number::parse("3.00").unwrap());
    /// assert!(short.same_value(&long) && short != long);
    /// ```
    pub fn same_value(&self, other: &Number) -> bool {
        self.compare(other) == Ordering::Equal
    }

    /// The one spelling all equal numbers share: digits without needless zeros, plain up to twenty places,
    /// else `digitsEexponent`.
    ///
    /// ```
    /// # use merge::Number;
    /// let normal = |text: &str| Number::parse(text).unwrap().normal();
    /// assert_eq!([normal("3.00"), normal("0.3E1"), normal("1e400")], ["3", "3", "1E400"]);
    /// ```
    pub fn normal(&self) -> String {
        if Number::is_normal(&self.0) { self.0.to_string() } else { self.decimal().to_string() }
    }

    /// Whether the text of a number is certainly the spelling that all equal numbers share, as that of most numbers is.
    pub(crate) fn is_normal(text: &str) -> bool {
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let plain = |digits: &[u8]| digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        let point = || digits.iter().position(|byte| *byte == b'.');
        match digits {
            [b'0'] => digits.len() == text.len(),
            [.., b'0'] => plain(digits) && digits.len() <= MAX_PLAIN && point().is_none(),
            _ => plain(digits) && digits.len() <= MAX_PLAIN,
        }
    }

    /// The number as `i64`, if it is a whole number in range.
    ///
    /// ```
    /// # use merge::Number;
    /// assert_eq!(Number::parse("30.0").unwrap().as_i64(), Some(30));
    /// assert_eq!(Number::parse("30.5").unwrap().as_i64(), None);
    /// ```
    pub fn as_i64(&self) -> Option<i64> {
        self.normal().parse().ok()
    }

    /// Whether it can say how far apart two numbers may be: not negative, and of a size that can be written out (N7).
    pub(crate) fn is_distance(&self) -> bool {
        self.decimal().is_distance()
    }

    /// Whether the two are no further apart than `distance` (N7).
    pub(crate) fn is_near(&self, other: &Number, distance: &Number) -> bool {
        self.decimal().is_near(&other.decimal(), &distance.decimal())
    }

    pub(crate) fn decimal(&self) -> Decimal {
        Decimal::read(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! from_whole {
    ($($kind:ty),+) => {$(
        impl From<$kind> for Number {
            fn from(number: $kind) -> Number {
                Number(number.to_string().into())
            }
        }
    )+};
}
from_whole!(i64, u64, i32, u32);

/// Whether it begins as JSON's numbers do. [`Decimal::read`] sees to the exponent.
fn begins_as_json(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let whole = count_digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned[0] == b'0') {
        return false;
    }
    let mut rest = &unsigned[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = count_digits(fraction);
        if digits == 0 {
            return false;
        }
        rest = &fraction[digits..];
    }
    matches!(rest, [] | [b'e' | b'E', ..])
}

fn count_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
    }

    #[test]
    fn n2_the_spelling_that_equal_numbers_share_is_known_when_it_is_seen() {
        let texts = ["0", "7", "10", "1200", "12345678901234567890", "0.5", "-3", "-0.25", "0.0001", "10.5"];
        for text in texts {
            assert!(Number::is_normal(text), "{text}");
            assert_eq!(number(text).decimal().to_string(), text);
        }
        for text in ["-0", "0.0", "1.0", "1.50", "10.0", "1e3", "1E400", "123456789012345678901", "-1.00"] {
            assert!(!Number::is_normal(text), "{text}");
        }
        assert_eq!(number("1.50").normal(), "1.5");
    }

    #[test]
    fn n2_one_number_has_many_spellings() {
        for text in ["1", "1.0", "1.00", "1E0", "10e-1", "0.1e+1"] {
            assert!(number("1").same_value(&number(text)), "{text}");
            assert_eq!(number(text).normal(), "1");
            assert_eq!(number(text).as_str(), text, "digits stay as read");
            assert_eq!(format!("{:>8}", number(text)), format!("{text:>8}"));
        }
        assert!(number("0").same_value(&number("-0.00")));
    }

    #[test]
    fn n2_neighbours_far_beyond_a_float_stay_apart() {
        assert!(!number("9007199254740993").same_value(&number("9007199254740992")));
        assert!(!number("0.1000000000000000000000001").same_value(&number("0.1")));
        assert!(number("1e400").compare(&number("1e401")).is_lt());
    }

    #[test]
    fn n07_numbers_are_near_exactly_up_to_the_distance() {
        for (a, b, distance, near) in [
            ("10", "10.5", "0.5", true),
            ("10", "10.50000000000000000000001", "0.5", false),
            ("-0.2", "0.3", "0.5", true),
            ("-0.2", "0.31", "0.5", false),
            ("99.9", "100.1", "0.2", true),
            ("7", "-7", "14", true),
            ("7", "-7", "13.9", false),
            ("-0.55", "0.55", "1.1", true),
            ("-0.55", "0.55", "1.0", false),
            ("1e3", "1000", "0", true),
            ("0", "1e-9", "1e-9", true),
            ("9007199254740993", "9007199254740992", "0.5", false),
            ("1e1000000000", "1", "1e90", false),
            ("1e1000000000", "1e1000000000", "0", true),
        ] {
            let (a, b, distance) = (number(a), number(b), number(distance));
            assert_eq!(a.is_near(&b, &distance), near, "{a:?} {b:?} {distance:?}");
            assert_eq!(b.is_near(&a, &distance), near, "{b:?} {a:?} {distance:?}");
        }
        for (text, fits) in
            [("0.05", true), ("-0.05", false), ("1e100", false), ("1e-102", false), ("0", true)]
        {
            assert_eq!(number(text).is_distance(), fits, "{text}");
        }
    }

    #[test]
    fn numbers_order_by_value() {
        let sorted = ["-1e3", "-10", "-2", "-0.5", "0", "1e-30", "0.5", "2", "10", "11", "1e3"];
        for pair in sorted.windows(2) {
            assert!(number(pair[0]).compare(&number(pair[1])).is_lt(), "{pair:?}");
        }
    }

    #[test]
    fn normal_form_reads_back_as_the_same_number() {
        for text in ["0.00120", "120", "1.5", "-3e25", "7e-40", "123456.789", "1234567890123456789012345"] {
            let normal = number(text).normal();
            assert!(number(text).same_value(&number(&normal)), "{text} became {normal}");
        }
    }

    #[test]
    fn only_the_grammar_of_json_is_a_number() {
        for text in ["", "-", "01", "+1", ".5", "5.", "1e", "1e+", "1e--1", "NaN", "Infinity", "0x1", "1 "] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn v06_no_exponent_is_too_large_to_be_refused() {
        for exponent in ["1000000000000", "-1000000000000", "+1000000000000"] {
            assert!(Number::parse(&format!("1e{exponent}")).is_some(), "{exponent}");
        }
        let smallest = i64::MIN.to_string();
        for exponent in ["1000000000001", "-1000000000001", &smallest, "99999999999999999999"] {
            assert!(Number::parse(&format!("1e{exponent}")).is_none(), "{exponent}");
        }
    }
}
