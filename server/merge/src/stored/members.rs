//! Cutting canonical JSON into members.

use crate::json::{self, Pass};

/// A member as its text has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member<'t> {
    /// `"name":value`.
    whole: &'t str,
    /// Its name; such as have no escapes.
    pub(super) name: &'t str,
    /// The text of its value.
    pub(super) value: &'t str,
    spelling: Spelling,
}

/// How the value counts for the hash of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// As it is spelled.
    Neutral,
    /// Not at all.
    Blank,
    /// Perhaps in another spelling.
    Other,
}

/// The members of an object in canonical JSON; none where it has to be read as a whole.
///
/// `like` are the members of another version of the record: where the text goes on as theirs do, it is not looked at again.
pub(super) fn cut<'t>(text: &'t str, like: &[Member<'_>]) -> Option<Vec<Member<'t>>> {
    let mut members: Vec<Member<'t>> = Vec::with_capacity(like.len().max(text.len() / TEXT_OF_A_MEMBER) + 1);
    let mut like = like.iter().peekable();
    let mut pass = Pass::new(text);
    pass.take(b'{').then_some(())?;
    if pass.take(b'}') {
        return pass.is_at_end().then_some(members);
    }
    loop {
        let known = like.next_if(|known| pass.exactly_before(known.whole.as_bytes(), b",}"));
        let member = match known {
            Some(known) => known.at(text, pass.at())?,
            None => pass_member(&mut pass, text)?,
        };
        if members.last().is_some_and(|last| last.name >= member.name) {
            return None;
        }
        if known.is_none() {
            while like.next_if(|known| known.name <= member.name).is_some() {}
        }
        members.push(member);
        if !pass.take(b',') {
            break;
        }
    }
    (pass.take(b'}') && pass.is_at_end() && pass.is_compact()).then_some(members)
}

/// Roughly how many bytes a member takes at least.
const TEXT_OF_A_MEMBER: usize = 20;

fn pass_member<'t>(pass: &mut Pass<'_>, text: &'t str) -> Option<Member<'t>> {
    let start = pass.at();
    let name = pass.quoted().filter(|name| !name.escaped)?;
    let name = &text[name.content];
    if name.starts_with('$') || !pass.take(b':') {
        return None;
    }
    let value_start = pass.at();
    pass.value()?;
    let value = &text[value_start..pass.at()];
    Some(Member { whole: &text[start..pass.at()], name, value, spelling: Spelling::of(value) })
}

impl Spelling {
    fn of(value: &str) -> Spelling {
        match value {
            "null" => Spelling::Blank,
            value if json::is_neutral(value) => Spelling::Neutral,
            _ => Spelling::Other,
        }
    }
}

impl Member<'_> {
    /// The same member where it ends in another text.
    fn at<'t>(&self, text: &'t str, end: usize) -> Option<Member<'t>> {
        let whole = text.get(end - self.whole.len()..end)?;
        let (name, value) = (whole.get(1..=self.name.len())?, whole.get(whole.len() - self.value.len()..)?);
        Some(Member { whole, name, value, spelling: self.spelling })
    }

    /// Appends the member to an object that has been begun, as its text has it.
    pub(super) fn write(&self, out: &mut String) {
        separate(out);
        out.push_str(self.whole);
    }

    /// Appends the member as it counts for the hash of its record.
    pub(super) fn write_neutral(&self, out: &mut String) {
        match self.spelling {
            Spelling::Blank => {}
            Spelling::Neutral => self.write(out),
            Spelling::Other => {
                separate(out);
                out.push_str(&self.whole[..self.whole.len() - self.value.len()]);
                json::write_neutral_text(out, self.value);
            }
        }
    }
}

/// Appends what stands between this member and the one before.
pub(super) fn separate(out: &mut String) {
    if out.len() > 1 {
        out.push(',');
    }
}
