//! Cutting canonical JSON into members.

use super::write_name;
use crate::json::{self, Pass};

/// A member as its text has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member<'t> {
    /// Its name; such as have no escapes.
    pub(super) name: &'t str,
    /// The text of its value.
    pub(super) value: &'t str,
}

/// The members of an object in canonical JSON; none where it has to be read as a whole.
///
/// `like` are the members of another version of the record: where the text goes on as theirs do, it is not looked at again.
pub(super) fn cut<'t>(text: &'t str, like: &[Member<'_>]) -> Option<Vec<Member<'t>>> {
    let mut members: Vec<Member<'t>> = Vec::with_capacity(like.len().max(text.len() / TEXT_OF_A_MEMBER));
    let mut like = like.iter().peekable();
    let mut pass = Pass::new(text);
    pass.take(b'{').then_some(())?;
    if pass.take(b'}') {
        return pass.is_at_end().then_some(members);
    }
    loop {
        let known = like.peek().and_then(|known| pass_known(&mut pass, text, known));
        let member = match known {
            Some(member) => member,
            None => pass_member(&mut pass, text)?,
        };
        if members.last().is_some_and(|last| last.name >= member.name) {
            return None;
        }
        while like.next_if(|known| known.name <= member.name).is_some() {}
        members.push(member);
        if !pass.take(b',') {
            break;
        }
    }
    (pass.take(b'}') && pass.is_at_end() && pass.is_compact()).then_some(members)
}

fn pass_member<'t>(pass: &mut Pass<'_>, text: &'t str) -> Option<Member<'t>> {
    let name = pass.quoted().filter(|name| !name.escaped)?;
    let name = &text[name.content];
    if name.starts_with('$') || !pass.take(b':') {
        return None;
    }
    let start = pass.at();
    pass.value()?;
    Some(Member { name, value: &text[start..pass.at()] })
}

/// Passes the member that comes next if it is this one, which was looked at before.
fn pass_known<'t>(pass: &mut Pass<'_>, text: &'t str, known: &Member<'_>) -> Option<Member<'t>> {
    let name = pass.at() + 1..pass.at() + 1 + known.name.len();
    let value = name.end + 2..name.end + 2 + known.value.len();
    let whole = text.get(name.start - 1..value.end)?;
    let is_it = text.get(name.clone())? == known.name
        && text.get(value.clone())? == known.value
        && whole.starts_with('"')
        && text.get(name.end..value.start)? == "\":"
        && matches!(text.as_bytes().get(value.end), Some(b',' | b'}'));
    if !is_it {
        return None;
    }
    pass.exactly(whole.as_bytes())?;
    Some(Member { name: &text[name], value: &text[value] })
}

/// Roughly how many bytes a member takes at least.
const TEXT_OF_A_MEMBER: usize = 20;

impl Member<'_> {
    /// Appends the member as it counts for the hash of its record, a blank one not at all.
    pub(super) fn write_neutral(&self, out: &mut String) {
        if self.value != "null" {
            write_name(out, self.name);
            json::write_neutral_text(out, self.value);
        }
    }
}
