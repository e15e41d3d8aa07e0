//! Numbers as people read them.

/// A count with a comma before every three digits.
#[must_use]
pub fn grouped(count: impl TryInto<i64>) -> String {
    let count: i64 = count.try_into().unwrap_or(i64::MAX);
    let digits = count.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if count < 0 {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: "1 record", "31,872 records".
#[must_use]
pub fn counted(count: impl TryInto<i64>, one: &str, many: &str) -> String {
    let count: i64 = count.try_into().unwrap_or(i64::MAX);
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three_digits() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(412), "412");
        assert_eq!(grouped(31_872), "31,872");
        assert_eq!(grouped(-1_234_567), "−1,234,567");
        assert_eq!(counted(1, "record", "records"), "1 record");
        assert_eq!(counted(1_000, "record", "records"), "1,000 records");
    }
}
