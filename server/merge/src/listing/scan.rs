//! Looking over the text of a record that is the same on all three inputs.

use std::ops::Range;

use super::census::{Census, Looking, ROOT};
use super::row::is_reserved;
use crate::json::{MAX_DEPTH, Pass};

/// What was seen of a record's text.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Where the key fields' values lie, in declared order.
    pub(super) key: Vec<Range<usize>>,
    /// Whether the text is spelled as a written record is.
    pub(super) compact: bool,
    /// The members it has, as the census knows them.
    pub(super) members: Vec<usize>,
}

/// Goes once over a record's text: checks all that reading it would check, finds its key and notes which members it has.
/// `None` if the text is broken or in any way unusual, so that it has to be read to be judged.
pub(super) fn scan(text: &str, key: &[String], census: &mut Census, seen: &mut Seen) -> Option<()> {
    seen.members.clear();
    seen.key.clear();
    seen.key.resize(key.len(), 0..0);
    let mut scan = Scan { pass: Pass::new(text), depth: 0, key, keys_left: key.len(), census, seen };
    scan.object(ROOT, true)?;
    let whole = scan.pass.is_at_end() && scan.keys_left == 0;
    scan.seen.compact = scan.pass.is_compact();
    whole.then_some(())
}

struct Scan<'s, 't> {
    pass: Pass<'t>,
    depth: usize,
    key: &'s [String],
    /// How many key fields were not found yet: they usually come first.
    keys_left: usize,
    census: &'s mut Census,
    seen: &'s mut Seen,
}

impl<'t> Scan<'_, 't> {
    fn value(&mut self, at: usize, counted: bool) -> Option<()> {
        match self.pass.peek()? {
            b'"' => self.pass.quoted().map(drop),
            b'-' | b'0'..=b'9' => self.pass.number(),
            b'{' => self.object(at, counted),
            b'[' => self.list(at),
            _ => self.pass.word(),
        }
    }

    /// Everything between two brackets; `each` passes one item.
    fn nested(
        &mut self,
        [open, close]: [u8; 2],
        mut each: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH || !self.pass.take(open) {
            return None;
        }
        if !self.pass.take(close) {
            loop {
                each(self)?;
                if !self.pass.take(b',') {
                    break;
                }
            }
            if !self.pass.take(close) {
                return None;
            }
        }
        self.depth -= 1;
        Some(())
    }

    fn list(&mut self, at: usize) -> Option<()> {
        let items = self.census.items(at)?;
        self.nested(*b"[]", |scan| scan.value(items, false))
    }

    fn object(&mut self, at: usize, counted: bool) -> Option<()> {
        let mut looking = self.census.look(at);
        self.nested(*b"{}", |scan| scan.member(&mut looking, at, counted))
    }

    fn member(&mut self, looking: &mut Looking, parent: usize, counted: bool) -> Option<()> {
        let (name, member) = match self.expected_name(looking) {
            Some((name, member)) => (name, self.census.enter_expected(looking, member)?),
            None => self.any_name(looking, parent)?,
        };
        let is_null = self.pass.peek() == Some(b'n');
        let from = self.pass.at();
        self.value(member, counted)?;
        if counted && !is_null {
            self.seen.members.push(member);
        }
        if parent == ROOT
            && self.keys_left > 0
            && let Some(at) = self.key.iter().position(|field| field.as_bytes() == name)
        {
            self.seen.key[at] = from..self.pass.at();
            self.keys_left -= 1;
        }
        Some(())
    }

    /// Passes the name and its colon if they are what records of one shape have here.
    fn expected_name(&mut self, looking: &Looking) -> Option<(&'t [u8], usize)> {
        let (member, spelled) = self.census.expected(looking)?;
        let passed = self.pass.exactly(spelled)?;
        Some((&passed[1..passed.len() - 2], member))
    }

    /// Passes any name and its colon. What a reserved member says, this scan does not understand.
    fn any_name(&mut self, looking: &mut Looking, parent: usize) -> Option<(&'t [u8], usize)> {
        self.pass.peek();
        let name = self.pass.quoted().filter(|name| !name.escaped)?;
        let name = self.pass.bytes(name.content);
        let member = self.census.enter(looking, name)?;
        let understood = self.pass.take(b':') && !(parent == ROOT && is_reserved(name));
        understood.then_some((name, member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn passes(text: &str) -> bool {
        let (mut census, mut seen) = (Census::default(), Seen::default());
        scan(text, &["id".to_owned()], &mut census, &mut seen).is_some()
    }

    #[test]
    fn v06_what_the_reader_refuses_is_never_passed() {
        for text in [
            "",
            "[]",
            r#"{"id":1"#,
            r#"{"id":1}}"#,
            r#"{"id":1,}"#,
            r#"{"id":01}"#,
            r#"{"id":1,"id":1}"#,
            r#"{"id":1,"a":[{"b":1,"b":2}]}"#,
            r#"{"id":1,"a":"\ud800"}"#,
            r#"{"id":1,"a":"\x"}"#,
            r#"{"id":1,"a":NaN}"#,
            r#"{"id":1,"a":1e99999999999999}"#,
            "{\"id\":1,\"a\":\"\u{1}\"}",
            &format!(r#"{{"id":1,"a":{}{}}}"#, "[".repeat(64), "]".repeat(64)),
        ] {
            assert!(json::parse_object(text.as_bytes()).is_err(), "{text}");
            assert!(!passes(text), "{text}");
        }
    }

    #[test]
    fn usual_records_pass_and_unusual_ones_are_left_to_the_reader() {
        for text in [
            r#"{"id":1}"#,
            r#" { "id" : "x" , "a" : [ ] , "b":{"c":[{"d":null},{"d":1}]} } "#,
            r#"{"id":-1.50,"a":"caf\u00e9 \n é","b":[true,false,[[]],{}]}"#,
            &format!(r#"{{"id":1,"a":{}{}}}"#, "[".repeat(63), "]".repeat(63)),
        ] {
            assert!(json::parse_object(text.as_bytes()).is_ok(), "{text}");
            assert!(passes(text), "{text}");
        }
        for text in [r#"{"id":1,"$state":null}"#, r#"{"a":1}"#, r#"{"id":1,"a":1e5}"#, r#"{"\u0069d":1}"#] {
            assert!(json::parse_object(text.as_bytes()).is_ok(), "{text}");
            assert!(!passes(text), "{text}");
        }
    }

    #[test]
    fn only_texts_spelled_as_they_are_written_count_as_compact() {
        for (text, compact) in [
            (r#"{"id":1,"a":"\n\"é"}"#, true),
            (r#"{"id":1, "a":2}"#, false),
            (r#"{"id":1,"a":"\u00e9"}"#, false),
            (r#"{"id":1,"a":"\/"}"#, false),
        ] {
            let (mut census, mut seen) = (Census::default(), Seen::default());
            scan(text, &["id".to_owned()], &mut census, &mut seen).expect("usual");
            assert_eq!(seen.compact, compact, "{text}");
            let written = json::parse_object(text.as_bytes()).expect("JSON").to_json();
            assert_eq!(written == text, compact, "{text}");
        }
    }

    #[test]
    fn a_key_is_the_records_own_wherever_it_stands_and_blank_members_are_not_counted() {
        let text = r#"{"a":null,"o":{"id":5,"n":null},"l":[{"id":6}],"id":17}"#;
        let (mut census, mut seen) = (Census::default(), Seen::default());
        for _ in 0..2 {
            scan(text, &["id".to_owned()], &mut census, &mut seen).expect("usual");
            assert_eq!(&text[seen.key[0].clone()], "17");
            census.count_all(&seen.members);
        }
        let counted = census.paths().into_iter().map(|(path, counts)| format!("{path} {counts:?}"));
        let twice = ["id", "l", "o", "o.id"].map(|path| format!("{path} [2, 2, 2]"));
        assert_eq!(counted.collect::<Vec<_>>(), twice);
    }
}
