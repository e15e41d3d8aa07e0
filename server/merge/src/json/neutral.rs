//! Canonical JSON in the form that counts for hashes, without parsing.

use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::pass::Pass;
use super::read::parse;
use super::write::write_neutral;
use crate::value::Number;

/// Appends a value as [`write_neutral`] writes what its text says. The text must be what
/// [`write_canonical`](super::write_canonical) wrote.
pub(crate) fn write_neutral_text(out: &mut String, text: &str) {
    let from = out.len();
    let mut copy = Copying { out, text, pass: Pass::new(text) };
    if copy.value().is_none() {
        out.truncate(from);
        if let Ok(value) = parse(text.as_bytes()) {
            write_neutral(out, &value);
        }
    }
}

/// Whether the text of a value is certainly what [`write_neutral`] writes. Canonical JSON has no needless escapes, and of most
/// text a look at each letter says that it is in NFC; what is inside a list or an object is not looked at.
pub(crate) fn is_neutral(text: &str) -> bool {
    match text.as_bytes() {
        [b'"', ..] => text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes,
        [b't' | b'f' | b'n', ..] => true,
        [b'-' | b'0'..=b'9', ..] => Number::is_normal(text),
        _ => false,
    }
}

/// Copies what is neutral already. At anything that may have another spelling it stops with `None`.
struct Copying<'o, 't> {
    out: &'o mut String,
    text: &'t str,
    pass: Pass<'t>,
}

impl Copying<'_, '_> {
    fn value(&mut self) -> Option<()> {
        match self.pass.peek()? {
            b'{' => self.object(),
            b'[' => self.list(),
            _ => self.copy(),
        }
    }

    fn copy(&mut self) -> Option<()> {
        let start = self.pass.at();
        self.pass.value()?;
        let piece = self.text.get(start..self.pass.at())?;
        is_neutral(piece).then(|| self.out.push_str(piece))
    }

    fn list(&mut self) -> Option<()> {
        self.bracket(b'[')?;
        if self.pass.peek()? == b']' {
            return self.bracket(b']');
        }
        loop {
            self.value()?;
            if !self.pass.take(b',') {
                return self.bracket(b']');
            }
            self.out.push(',');
        }
    }

    /// Blank members are left out.
    fn object(&mut self) -> Option<()> {
        self.bracket(b'{')?;
        if self.pass.peek()? == b'}' {
            return self.bracket(b'}');
        }
        let first = self.out.len();
        loop {
            let before = self.out.len();
            if before > first {
                self.out.push(',');
            }
            let start = self.pass.at();
            self.pass.quoted()?;
            self.pass.take(b':').then_some(())?;
            self.out.push_str(self.text.get(start..self.pass.at())?);
            if self.pass.peek()? == b'n' {
                self.pass.word()?;
                self.out.truncate(before);
            } else {
                self.value()?;
            }
            if !self.pass.take(b',') {
                return self.bracket(b'}');
            }
        }
    }

    fn bracket(&mut self, bracket: u8) -> Option<()> {
        self.out.push(char::from(bracket));
        self.pass.take(bracket).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_as_what_it_says() {
        for text in [
            r#"{"a":1,"b":[],"c":{}}"#,
            r#"{"a":null,"b":2,"c":null,"d":{"e":null}}"#,
            r#"{"a":null}"#,
            r#"[null,true,false,"x",[{"a":null,"b":"\n\u0007"}],-3,0.5]"#,
            "[1.50,1]",
            "{\"a\":[{\"b\":\"cafe\u{301}\"}],\"c\":null}",
            "\"e\u{301}\"",
            "\"Inés 北京 \u{1f600}\"",
            "\"\u{1100}\u{1161}\"",
            "-0",
            "100",
        ] {
            let value = parse(text.as_bytes()).expect("JSON");
            let (mut expected, mut written) = ("before ".to_owned(), "before ".to_owned());
            write_neutral(&mut expected, &value);
            write_neutral_text(&mut written, text);
            assert_eq!(written, expected, "{text}");
        }
    }

    #[test]
    fn what_says_it_as_its_text_does_is_copied_and_not_parsed() {
        for (text, copied) in [
            (r#"{"a":1,"b":[],"c":{},"d":[{"e":[1,2]},[]]}"#, true),
            (r#"{"a":null,"b":true,"c":null}"#, true),
            (r#"["Inés 北京","B12",-3,0.5,false]"#, true),
            ("{}", true),
            ("[1.50]", false),
            (r#"{"a":-0}"#, false),
            ("\"e\u{301}\"", false),
        ] {
            let mut out = String::new();
            let whole = Copying { out: &mut out, text, pass: Pass::new(text) }.value();
            assert_eq!(whole.is_some(), copied, "{text}");
        }
    }
}
