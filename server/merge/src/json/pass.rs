//! Passing over JSON without keeping any of it.

use std::ops::Range;

/// A place in a text that moves over one piece at a time. It only passes what is certainly right: at anything broken
/// or unusual it stops with `None`, and [`super::parse`] has to judge.
pub(crate) struct Pass<'t> {
    text: &'t [u8],
    at: usize,
    /// Whether all that was passed is spelled as [`super::write`] spells it.
    compact: bool,
}

/// What was passed as text: where its content lies, and whether that holds an escape.
pub(crate) struct Quoted {
    pub(crate) content: Range<usize>,
    pub(crate) escaped: bool,
}

impl<'t> Pass<'t> {
    /// Starts at the beginning.
    pub(crate) const fn new(text: &'t str) -> Pass<'t> {
        Pass { text: text.as_bytes(), at: 0, compact: true }
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) const fn is_compact(&self) -> bool {
        self.compact
    }

    pub(crate) fn bytes(&self, range: Range<usize>) -> &'t [u8] {
        &self.text[range]
    }

    /// The byte that comes next, behind white space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {
                    self.at += 1;
                    self.compact = false;
                }
                byte => return byte.copied(),
            }
        }
    }

    /// Passes this byte if it comes next.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Passes these bytes if they are what comes next.
    pub(crate) fn exactly(&mut self, bytes: &[u8]) -> Option<&'t [u8]> {
        let passed = self.text.get(self.at..self.at + bytes.len()).filter(|there| *there == bytes)?;
        self.at += bytes.len();
        Some(passed)
    }

    /// Passes these bytes if they are what comes next and one of `ends` follows.
    pub(crate) fn exactly_before(&mut self, bytes: &[u8], ends: &[u8]) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let there = rest.starts_with(bytes) && rest.get(bytes.len()).is_some_and(|byte| ends.contains(byte));
        self.at += if there { bytes.len() } else { 0 };
        there
    }

    /// Whether nothing but white space is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Passes `true`, `false` or `null`.
    pub(crate) fn word(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let word = [&b"null"[..], b"true", b"false"].into_iter().find(|word| rest.starts_with(word))?;
        self.at += word.len();
        Some(())
    }

    /// Passes a number without an exponent.
    pub(crate) fn number(&mut self) -> Option<()> {
        let mut at = self.at + usize::from(self.text.get(self.at) == Some(&b'-'));
        let whole = self.digits(at);
        if whole == 0 || (whole > 1 && self.text[at] == b'0') {
            return None;
        }
        at += whole;
        if self.text.get(at) == Some(&b'.') {
            let fraction = self.digits(at + 1);
            if fraction == 0 {
                return None;
            }
            at += 1 + fraction;
        }
        if matches!(self.text.get(at), Some(b'e' | b'E')) {
            return None;
        }
        self.at = at;
        Some(())
    }

    fn digits(&self, from: usize) -> usize {
        self.text[from.min(self.text.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Passes a value of any kind. Of lists and objects only brackets and texts are looked at.
    pub(crate) fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.quoted().map(drop),
            b'{' | b'[' => self.nested(),
            b't' | b'f' | b'n' => self.word(),
            _ => self.number(),
        }
    }

    fn nested(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.quoted()?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Some(());
            }
        }
    }

    /// Passes a text in quotes.
    pub(crate) fn quoted(&mut self) -> Option<Quoted> {
        if self.text.get(self.at) != Some(&b'"') {
            return None;
        }
        let from = self.at + 1;
        let (mut at, mut escaped) = (from, false);
        loop {
            at += plain_length(&self.text[at..]);
            match self.text.get(at)? {
                b'"' => break,
                b'\\' => {
                    at += self.escape(at)?;
                    escaped = true;
                }
                _ => return None,
            }
        }
        self.at = at + 1;
        Some(Quoted { content: from..at, escaped })
    }

    /// The length of the escape at this place. Surrogates are left to the reader.
    fn escape(&mut self, at: usize) -> Option<usize> {
        match self.text.get(at + 1)? {
            b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f' => Some(2),
            b'/' => {
                self.compact = false;
                Some(2)
            }
            b'u' => {
                let digits = self.text.get(at + 2..at + 6)?;
                let surrogate = matches!(digits, [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]);
                self.compact = false;
                (!surrogate && digits.iter().all(u8::is_ascii_hexdigit)).then_some(6)
            }
            _ => None,
        }
    }
}

/// How many bytes at the start are neither a quote nor a backslash nor a control character: eight at a time.
pub(super) fn plain_length(text: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    // The lowest flagged byte is the first that holds what is looked for; higher flags may be wrong.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c)) | control;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..=31);
    text.len() - rest.len() + rest.iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_plain_text_is_the_same_eight_bytes_at_a_time_and_one_by_one() {
        let samples = ["", "a", "12345678", "é€😀é€😀", "abcdefg\u{7f}\u{80}hijk", "1234567890123456"];
        for plain in samples {
            for stop in ["", "\"", "\\", "\u{1f}", "\u{0}", "\n\"\\"] {
                let text = format!("{plain}{stop}rest behind it");
                let expected = if stop.is_empty() { text.len() } else { plain.len() };
                assert_eq!(plain_length(text.as_bytes()), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn numbers_are_passed_whole_or_not_at_all() {
        for (text, end) in [("0", Some(1)), ("-12.50,", Some(6)), ("10]", Some(2)), ("0.0 ", Some(3))] {
            let mut pass = Pass::new(text);
            assert_eq!(pass.number().map(|()| pass.at()), end, "{text}");
        }
        for text in ["", "-", "01", "1.", ".5", "1e5", "1.5E-3", "+1", "-a"] {
            assert!(Pass::new(text).number().is_none(), "{text}");
        }
    }

    #[test]
    fn bytes_are_passed_where_they_come_next_and_nowhere_else() {
        let mut pass = Pass::new("ab,ab}");
        assert_eq!((pass.exactly(b"b"), pass.at()), (None, 0));
        assert_eq!((pass.exactly(b"ab,"), pass.at()), (Some(&b"ab,"[..]), 3));
        assert_eq!((pass.exactly_before(b"ab", b","), pass.at()), (false, 3));
        assert_eq!((pass.exactly_before(b"ab", b",}"), pass.at()), (true, 5));
        assert_eq!((pass.exactly(b"}}"), pass.exactly_before(b"}", b"}"), pass.at()), (None, false, 5));
        assert_eq!((pass.exactly(b"}"), pass.at()), (Some(&b"}"[..]), 6));
    }
}
