//! The three-way merge of one record, as simple as two fields without rules allow.

use crate::nouns::{FIELDS, Part, Values};

/// `Ok(None)` means that the record is to be gone on both sides; an error says what conflicts.
pub fn merge(base: Option<Values>, a: Option<Values>, b: Option<Values>) -> Result<Option<Values>, Part> {
    let (left, right) = match (a, b) {
        _ if a == b => return Ok(a),
        (Some(left), Some(right)) => (left, right),
        _ => {
            let live = a.or(b);
            return match base {
                None => Ok(live),
                Some(_) if live == base => Ok(None),
                Some(_) => Err(Part::Existence),
            };
        }
    };
    let mut merged = left;
    for field in FIELDS {
        let before = base.map(|base| base[field]);
        merged[field] = match (left[field], right[field]) {
            (ours, theirs) if ours == theirs => ours,
            (ours, theirs) if before == Some(ours) => theirs,
            (ours, theirs) if before == Some(theirs) => ours,
            _ => return Err(Part::Field(field)),
        };
    }
    Ok(Some(merged))
}
