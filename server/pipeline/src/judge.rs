//! What a merge would make of one record as it stands: the same reading and the same engine, without a run.

use std::collections::BTreeSet;

use merge::{Known, Object, Policy, Side, Verdict, base, merge_record};
use store::candidate::Candidate;

use crate::error::Result;
use crate::record::Record;
use crate::settings::TypeSettings;

/// A record as the merge sees it now.
#[derive(Debug)]
pub struct Judged {
    /// What the engine says.
    pub verdict: Verdict,
    /// The fields of which both sides hold values that compare equal (MS N1), blank ones included.
    pub equal: BTreeSet<String>,
}

/// Judges one record by the policy of its type.
///
/// # Errors
/// When a stored body is not what we stored.
pub fn judge(merge_type: &TypeSettings, candidate: &Candidate) -> Result<Judged> {
    let record = Record::read(candidate)?;
    let verdict = merge_record(&merge_type.policy, &record.input(merge_type));
    let equal = match (record.body(Side::Ours), record.body(Side::Theirs)) {
        (Some(ours), Some(theirs)) => {
            let fields = merge_type.fields.iter().map(|field| &field.name);
            fields.filter(|name| is_equal(&merge_type.policy, name, ours, theirs)).cloned().collect()
        }
        _ => BTreeSet::new(),
    };
    Ok(Judged { verdict, equal })
}

/// Whether both sides hold the same in one field. Asked of records of that field alone, because the members of a group
/// only move together.
fn is_equal(policy: &Policy, name: &str, ours: &Object, theirs: &Object) -> bool {
    let alone = |record: &Object| -> Object {
        record.get(name).map(|value| (name.to_owned(), value.clone())).into_iter().collect()
    };
    let (ours, theirs) = (alone(ours), alone(theirs));
    let blank = |record: &Object| record.get(name).is_none_or(merge::Value::is_null);
    if blank(&ours) && blank(&theirs) {
        return true;
    }
    let joined = base::join(policy, None, Known::Held(&ours), Known::Held(&theirs));
    joined.moved.iter().any(|path| path.top() == Some(name))
        && joined.base.is_some_and(|base| base.get(merge::UNFETCHED).is_none())
}
