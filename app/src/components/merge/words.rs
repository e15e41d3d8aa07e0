//! Words about a merge that several pages use.

use chrono::TimeDelta;

use crate::api::MergeLine;

/// What it was asked to do: everything, some types, or only to look.
#[must_use]
pub fn kind(line: &MergeLine) -> String {
    let what = if line.types.is_empty() { "everything".to_owned() } else { line.types.join(", ") };
    match line.kind.as_str() {
        "trial" if line.types.is_empty() => "trial".to_owned(),
        "trial" => format!("trial: {what}"),
        _ if line.limits_off => format!("{what}, limits off"),
        _ => what,
    }
}

/// How long it took; none while it has not ended.
#[must_use]
pub fn took(line: &MergeLine) -> Option<String> {
    Some(duration((line.ended_at? - line.started_at?).num_seconds()))
}

/// A length of time: `38 s`, `2 min 10 s`, `1 h 4 min`.
#[must_use]
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0 => "under 1 s".to_owned(),
        1..60 => format!("{seconds} s"),
        60..600 if seconds % 60 > 0 => format!("{} min {} s", seconds / 60, seconds % 60),
        60..3_600 => format!("{} min", seconds / 60),
        _ if seconds % 3_600 < 60 => format!("{} h", seconds / 3_600),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A time that has gone by or is to come, roughly: `4 min`, `9 h`, `12 days`.
#[must_use]
pub fn roughly(time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    let many = |count: i64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    match minutes {
        0 => "under 1 min".to_owned(),
        1..90 => format!("{minutes} min"),
        90..2_880 if minutes < 600 && minutes % 60 > 0 => format!("{} h {} min", minutes / 60, minutes % 60),
        90..2_880 => format!("{} h", minutes / 60),
        _ => many(minutes / 1_440, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_with_two_units_at_most() {
        let said: Vec<String> = [0, 38, 60, 130, 2_460, 3_600, 3_840].map(duration).into();
        assert_eq!(said, ["under 1 s", "38 s", "1 min", "2 min 10 s", "41 min", "1 h", "1 h 4 min"]);
        let said: Vec<String> =
            [0, 4, 552, 1_200, 17_280].map(|minutes| roughly(TimeDelta::minutes(minutes))).into();
        assert_eq!(said, ["under 1 min", "4 min", "9 h 12 min", "20 h", "12 days"]);
    }
}
