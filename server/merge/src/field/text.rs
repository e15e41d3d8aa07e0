//! Long texts and counters that both sides changed (MS T1 to T5).

use std::borrow::Cow;
use std::ops::Range;

use super::cell::Cell;
use super::three_way::{Piece, pieces};
use crate::normalize::normal_text;
use crate::path::Step;
use crate::policy::{Comparator, Compare, Policy, TextMerge};
use crate::value::{Number, Value};

/// A text without line breaks is merged from so many characters on (T1).
const LONG: usize = 80;

/// The text with both sides' edits, if the path asks for it, all three are long, and no edits overlap or touch. There are
/// never markers in it (T3).
pub(super) fn combine(policy: &Policy, cell: &Cell<'_>, steps: &[Step<'_>]) -> Option<Value> {
    let (Value::Text(base), Value::Text(ours), Value::Text(theirs)) = (cell.base?, cell.ours?, cell.theirs?)
    else {
        return None;
    };
    let how = policy.text_steps(steps)?;
    let is_long = |text: &&String| text.contains(['\n', '\r']) || text.chars().nth(LONG - 1).is_some();
    if !cell.has_base || ![base, ours, theirs].iter().all(is_long) {
        return None;
    }
    let merge = Merge { how, compare: policy.compare_steps(steps) };
    let lines = merge.lines([base, ours, theirs])?;
    // Lines that were merged by word are one text with breaks of its own.
    Some(Value::Text(lines.join("\n").replace('\n', line_end(base))))
}

/// T5: whole numbers that both sides counted on from base.
pub(super) fn count(policy: &Policy, cell: &Cell<'_>, steps: &[Step<'_>]) -> Option<Value> {
    if !cell.has_base || !policy.counts_steps(steps) {
        return None;
    }
    let whole = |value: Option<&Value>| match value? {
        Value::Number(number) => number.normal().parse::<i128>().ok(),
        _ => None,
    };
    let (base, ours, theirs) = (whole(cell.base)?, whole(cell.ours)?, whole(cell.theirs)?);
    let sum = ours.checked_add(theirs)?.checked_sub(base)?;
    Number::parse(&sum.to_string()).map(Value::Number)
}

/// The end of a line as a text has it (T4).
pub(crate) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A text with the line ends of another one; none where it has them already.
pub(crate) fn with_line_ends_of(text: &str, other: &str) -> Option<String> {
    let plain = text.replace("\r\n", "\n");
    let spelt = if line_end(other) == "\n" { plain } else { plain.replace('\n', "\r\n") };
    (spelt != text).then_some(spelt)
}

struct Merge {
    how: TextMerge,
    compare: Compare,
}

impl Merge {
    fn lines(&self, texts: [&str; 3]) -> Option<Vec<String>> {
        let [base, ours, theirs] = texts.map(|text| {
            text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect::<Vec<_>>()
        });
        self.tokens([&base, &ours, &theirs], |contested| match self.how {
            TextMerge::Lines => None,
            TextMerge::Words => self.words(&contested.map(|lines| lines.join("\n"))),
        })
    }

    /// Goes on by word inside lines that both sides changed. Blanks between words count even if those around the text do
    /// not: else the last word of one side would pass for one that another follows, and be glued to it.
    fn words(&self, texts: &[String; 3]) -> Option<String> {
        let [base, ours, theirs] = [&texts[0], &texts[1], &texts[2]].map(|text| words(text));
        let words = Merge { how: self.how, compare: self.compare.without(Comparator::Trim) };
        words.tokens([&base, &ours, &theirs], |_| None).map(|words| words.concat())
    }

    /// The merged tokens. Where both sides changed the same, `contested` is asked.
    fn tokens<'t>(
        &self,
        tokens: [&[&'t str]; 3],
        contested: impl Fn([&[&'t str]; 3]) -> Option<String>,
    ) -> Option<Vec<String>> {
        let [base, ours, theirs] = tokens;
        let forms = tokens.map(|list| {
            list.iter().map(|token| normal_text(self.compare, token)).collect::<Vec<Cow<'_, str>>>()
        });
        let mut merged = Vec::new();
        let mut take = |from: &[&str], range: Range<usize>| {
            merged.extend(from[range].iter().map(|one| (*one).to_owned()));
        };
        for piece in pieces(&forms[0], &forms[1], &forms[2])? {
            match piece {
                Piece::Base(range) => take(base, range),
                Piece::Ours(range) => take(ours, range),
                Piece::Theirs(range) => take(theirs, range),
                // N6: of two spellings the greater, so that it does not matter which side is called ours.
                Piece::Both(of_ours, of_theirs) => {
                    for (o, t) in of_ours.zip(of_theirs) {
                        take(&[ours[o].max(theirs[t])], 0..1);
                    }
                }
                Piece::Contested(b, o, t) => {
                    let text = contested([&base[b], &ours[o], &theirs[t]])?;
                    take(&[&text], 0..1);
                }
            }
        }
        Some(merged)
    }
}

/// Words with the blanks that follow them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut blank) = (0, false);
    for (at, c) in text.char_indices() {
        if blank && !c.is_whitespace() {
            words.push(&text[start..at]);
            start = at;
        }
        blank = c.is_whitespace();
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(how: TextMerge, base: &str, ours: &str, theirs: &str) -> Option<String> {
        Merge { how, compare: Compare::NFC }.lines([base, ours, theirs]).map(|lines| lines.join("\n"))
    }

    #[test]
    fn t02_lines_that_lie_apart_are_put_together_and_lines_that_touch_are_not() {
        let lines = |ours, theirs| merged(TextMerge::Lines, "a\nb\nc\n", ours, theirs);
        assert_eq!(lines("A\nb\nc\n", "a\nb\nC\n").as_deref(), Some("A\nb\nC\n"));
        assert_eq!(lines("A\nb\nc\n", "a\nB\nc\n"), None);
        assert_eq!(lines("a\nb\nc\nd", "0\na\nb\nc\n").as_deref(), Some("0\na\nb\nc\nd"));
        assert_eq!(lines("a\nx\nb\nc\n", "a\nx\nb\nc\n").as_deref(), Some("a\nx\nb\nc\n"));
        assert_eq!(lines("", "a\nb\nc\nd\n"), None);
    }

    #[test]
    fn t02_by_word_a_line_that_both_changed_is_put_together_too() {
        let words = |ours, theirs| merged(TextMerge::Words, "one two three\nend", ours, theirs);
        assert_eq!(words("1 two three\nend", "one two 3\nend").as_deref(), Some("1 two 3\nend"));
        assert_eq!(words("1 two three\nend", "one 2 three\nend"), None);
        assert_eq!(words("one two three\nEND", "one two 3\nend").as_deref(), None);
    }

    #[test]
    fn t02_words_are_never_glued_together_whatever_does_not_count_in_comparing() {
        let compare = Compare::NFC.with(Comparator::Trim);
        let merge = Merge { how: TextMerge::Words, compare };
        let lines = merge.lines(["a b c\nend", "a b c d\nend", "x b c\nend"]);
        assert_eq!(lines.map(|lines| lines.join("\n")).as_deref(), Some("x b c d\nend"));
    }

    #[test]
    fn t04_line_ends_compare_as_one_and_are_written_as_the_receiver_has_them() {
        assert_eq!(
            merged(TextMerge::Lines, "a\r\nb\r\nc", "A\nb\nc", "a\r\nb\r\nC").as_deref(),
            Some("A\nb\nC")
        );
        assert_eq!(with_line_ends_of("a\nb", "x\r\ny").as_deref(), Some("a\r\nb"));
        assert_eq!(with_line_ends_of("a\r\nb", "x").as_deref(), Some("a\nb"));
        assert_eq!(with_line_ends_of("a\r\nb", "x\r\n"), None);
    }

    #[test]
    fn words_keep_the_blanks_behind_them() {
        for (text, wanted) in [
            ("", &[][..]),
            (" ", &[" "]),
            ("a", &["a"]),
            (" a  b\tc ", &[" ", "a  ", "b\t", "c "]),
            ("ä ö\nü", &["ä ", "ö\n", "ü"]),
        ] {
            assert_eq!(words(text), wanted);
        }
    }
}
