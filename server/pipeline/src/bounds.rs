//! What a record may hold at most, and what none may hold (RL Q5). A record beyond it is set aside; the others go on.

use connect::{Item, Record, RemoteId};
use merge::{Object, Value};

const FIELD_BYTES: usize = 2 << 20;
const RECORD_BYTES: usize = 8 << 20;
const MEMBERS: usize = 10_000;

/// The item as it came, or what is wrong with it in its place. No text with a NUL passes, in an id neither: PostgreSQL
/// keeps none, and a whole run would end on it.
pub(crate) fn within_bounds(item: Item) -> Item {
    match item {
        Item::Live(record) => match why_not(&record) {
            None => Item::Live(record),
            Some(why) => {
                Item::Bad { id: usable(record.id), why, raw: record.fields.to_json().into_bytes().into() }
            }
        },
        Item::Tombstone { id, .. } if has_nul(id.as_str()) => {
            Item::Bad { id: None, why: NUL_IN_ID.to_owned(), raw: Vec::new().into() }
        }
        Item::Bad { id, why, raw } => Item::Bad { id: id.and_then(usable), why, raw },
        item @ Item::Tombstone { .. } => item,
    }
}

const NUL_IN_ID: &str = "its id has a NUL character";

fn usable(id: RemoteId) -> Option<RemoteId> {
    (!has_nul(id.as_str())).then_some(id)
}

fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

fn why_not(record: &Record) -> Option<String> {
    if has_nul(record.id.as_str()) {
        return Some(NUL_IN_ID.to_owned());
    }
    let mut whole = Load::default();
    for (name, value) in record.fields.iter() {
        let mut field = Load::default();
        field.member(name, value);
        if field.has_nul {
            return Some(format!("`{}` has a NUL character", name.escape_debug()));
        }
        if field.bytes > FIELD_BYTES {
            return Some(format!("`{name}` is larger than 2 MiB"));
        }
        whole.bytes += field.bytes;
        whole.members += field.members;
    }
    if whole.bytes > RECORD_BYTES {
        return Some("it is larger than 8 MiB".to_owned());
    }
    (whole.members > MEMBERS).then(|| format!("it has more than {MEMBERS} members"))
}

/// What some values weigh. Bytes are those of texts, names and digits, so that how a system spells its JSON is no matter.
#[derive(Default)]
struct Load {
    bytes: usize,
    members: usize,
    has_nul: bool,
}

impl Load {
    fn member(&mut self, name: &str, value: &Value) {
        self.members += 1;
        self.text(name);
        self.value(value);
    }

    fn object(&mut self, object: &Object) {
        for (name, value) in object.iter() {
            self.member(name, value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => self.bytes += 1,
            Value::Number(number) => self.bytes += number.as_str().len(),
            Value::Text(text) => self.text(text),
            Value::List(list) => list.iter().for_each(|item| self.value(item)),
            Value::Object(object) => self.object(object),
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes += text.len();
        self.has_nul |= has_nul(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(fields: Object) -> Option<String> {
        why_not(&Record { id: "1".into(), version: None, modified: None, fields })
    }

    fn object(members: impl IntoIterator<Item = (String, Value)>) -> Object {
        members.into_iter().collect()
    }

    /// A field of one letter that holds so many bytes with its name.
    fn field(letter: char, bytes: usize) -> (String, Value) {
        (letter.to_string(), Value::Text("x".repeat(bytes - 1)))
    }

    #[test]
    fn q05_a_field_holds_two_mebibytes() {
        assert_eq!(why(object([field('a', FIELD_BYTES)])), None);
        assert_eq!(why(object([field('a', FIELD_BYTES + 1)])).expect("why"), "`a` is larger than 2 MiB");
    }

    #[test]
    fn q05_a_record_holds_eight_mebibytes() {
        let full = || ('a'..='d').map(|letter| field(letter, FIELD_BYTES));
        assert_eq!(why(object(full())), None);
        let more = full().chain([field('e', 1)]);
        assert_eq!(why(object(more)).expect("why"), "it is larger than 8 MiB");
    }

    #[test]
    fn q05_a_record_has_ten_thousand_members_at_all_depths() {
        let inner = |count: usize| object((0..count).map(|n| (n.to_string(), Value::Null)));
        let outer = |count: usize| object([("a".to_owned(), Value::List(vec![Value::Object(inner(count))]))]);
        assert_eq!(why(outer(MEMBERS - 1)), None);
        assert_eq!(why(outer(MEMBERS)).expect("why"), "it has more than 10000 members");
    }

    #[test]
    fn q05_a_nul_is_found_wherever_it_is() {
        for text in [r#"{"a":"x\u0000"}"#, r#"{"a":{"b":["\u0000"]}}"#, r#"{"a":{"\u0000":1}}"#] {
            let fields = merge::json::parse_object(text.as_bytes()).expect("an object");
            assert_eq!(why(fields).expect("why"), "`a` has a NUL character");
        }
        let record =
            |id: &str| Record { id: id.into(), version: None, modified: None, fields: Object::new() };
        assert!(matches!(within_bounds(Item::Live(record("1\0"))), Item::Bad { id: None, .. }));
        assert!(matches!(within_bounds(Item::Live(record("1"))), Item::Live(_)));
        let removed = Item::Tombstone { id: "1\0".into(), version: None, at: None };
        assert!(matches!(within_bounds(removed), Item::Bad { id: None, .. }));
    }
}
