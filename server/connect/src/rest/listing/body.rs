//! The body of a page. A record that cannot be read alone is set aside; the others of its page go on (RL Q1).

use std::ops::Range;

use bytes::Bytes;
use merge::{Value, json};

use crate::Item;
use crate::error::SystemError;
use crate::rest::answer::{Answer, malformed};
use crate::rest::config::RecordShape;
use crate::rest::pointer::Pointer;

/// A page's body: what is around its items, and the items.
pub(super) struct Body {
    /// The whole of it; where an item could not be read, without the items.
    pub(super) whole: Value,
    /// The items one by one, where they had to be read so.
    pieces: Option<Vec<Piece>>,
}

struct Piece {
    /// The item, or those of its members that can be read.
    value: Value,
    flaw: Option<Flaw>,
}

struct Flaw {
    why: String,
    raw: Bytes,
}

impl Body {
    /// Reads the body of a page whose items are at `items_at`.
    pub(super) fn read(
        answer: &Answer,
        accept_types: &[String],
        items_at: &Pointer,
    ) -> Result<Self, SystemError> {
        answer.expect_json(accept_types)?;
        match json::parse(&answer.body) {
            Ok(whole) => Ok(Self { whole, pieces: None }),
            Err(error) => {
                in_pieces(&answer.body, items_at).ok_or_else(|| malformed("body", error.to_string()))
            }
        }
    }

    /// The items of the page.
    pub(super) fn values(&self, items_at: &Pointer) -> Result<Vec<&Value>, SystemError> {
        match &self.pieces {
            Some(pieces) => Ok(pieces.iter().map(|piece| &piece.value).collect()),
            None => items_at
                .items(&self.whole)
                .ok_or_else(|| malformed(&items_at.to_string(), "there is no list of items".to_owned())),
        }
    }

    /// The items as records; `values` are those of this body.
    pub(super) fn items(&self, record: &RecordShape, values: &[&Value]) -> Vec<Item> {
        let flaws = self.pieces.iter().flatten().map(|piece| piece.flaw.as_ref());
        let flaws = flaws.chain(std::iter::repeat(None));
        let item = |(value, flaw): (&&Value, Option<&Flaw>)| match flaw {
            Some(flaw) => Item::Bad { id: record.id_of(value), why: flaw.why.clone(), raw: flaw.raw.clone() },
            None => record.item(value, None),
        };
        values.iter().zip(flaws).map(item).collect()
    }
}

/// The items of a body that cannot be read as a whole. Nothing where that is not the fault of an item.
fn in_pieces(body: &Bytes, items_at: &Pointer) -> Option<Body> {
    let path = items_at.members()?;
    let spans = json::items_of_list(body, &path).ok()?;
    let mut around = Vec::with_capacity(body.len());
    let mut pieces = Vec::with_capacity(spans.len());
    let mut end = 0;
    for span in spans {
        around.extend_from_slice(&body[end..span.start]);
        around.extend_from_slice(b"null");
        end = span.end;
        pieces.push(piece(body, span));
    }
    around.extend_from_slice(&body[end..]);
    Some(Body { whole: json::parse(&around).ok()?, pieces: Some(pieces) })
}

fn piece(body: &Bytes, span: Range<usize>) -> Piece {
    let raw = body.slice(span);
    match json::parse(&raw) {
        Ok(value) => Piece { value, flaw: None },
        Err(error) => {
            let value = Value::Object(json::readable_members(&raw));
            Piece { value, flaw: Some(Flaw { why: error.to_string(), raw }) }
        }
    }
}
