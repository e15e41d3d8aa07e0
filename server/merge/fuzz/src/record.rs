//! The laws of MS section 14 for one record under one policy.

use merge::{
    Hold, Input, Object, Outcome, PlannedWrite, Policy, Presence, RecordKey, Value, Verdict, apply,
    merge_record,
};

/// The three versions of a record that both sides have.
#[derive(Debug, Clone)]
pub(crate) struct Three {
    pub(crate) base: Option<Object>,
    pub(crate) ours: Object,
    pub(crate) theirs: Object,
}

impl Three {
    /// A record with one value, `v`.
    pub(crate) fn of_values(
        base: Option<Option<Value>>,
        ours: Option<Value>,
        theirs: Option<Value>,
    ) -> Three {
        let record = |value: Option<Value>| -> Object {
            let id = [("id", Value::from(7))];
            id.into_iter().chain(value.map(|value| ("v", value))).collect()
        };
        Three { base: base.map(record), ours: record(ours), theirs: record(theirs) }
    }

    fn merge(&self, policy: &Policy) -> Verdict {
        let key = RecordKey::from(7);
        let input = Input {
            base: self.base.as_ref(),
            ours: Presence::Live(&self.ours),
            theirs: Presence::Live(&self.theirs),
            ..Input::new("thing", &key)
        };
        merge_record(policy, &input)
    }

    fn mirror(&self) -> Three {
        Three { base: self.base.clone(), ours: self.theirs.clone(), theirs: self.ours.clone() }
    }

    fn settled(record: &Object) -> Three {
        Three { base: Some(record.clone()), ours: record.clone(), theirs: record.clone() }
    }
}

/// Merges, and asks of the answer what every law asks of every answer.
pub(crate) fn merge_lawfully(policy: &Policy, three: &Three) -> Verdict {
    let verdict = three.merge(policy);
    mirrors(policy, three, &verdict);
    rebuilds(three, &verdict);
    stays(policy, &verdict);
    for side in [&three.ours, &three.theirs] {
        let both = Three { base: three.base.clone(), ours: side.clone(), theirs: side.clone() };
        agrees(&both.merge(policy));
    }
    verdict
}

/// L1: the sides swapped, the result is mirrored.
fn mirrors(policy: &Policy, three: &Three, there: &Verdict) {
    let back = three.mirror().merge(&policy.mirror());
    assert_eq!(mirrored(there.outcome), back.outcome.as_str());
    assert_eq!(contested(there), contested(&back));
    assert_eq!(changed(there.write_ours.as_ref()), changed(back.write_theirs.as_ref()));
    assert_eq!(changed(there.write_theirs.as_ref()), changed(back.write_ours.as_ref()));
    // P9: what is ignored is shown as ours has it, whichever side that is.
    if there.conflict.is_none() && policy.ignore.is_empty() {
        let hash = |verdict: &Verdict| verdict.merged.as_ref().map(Object::hash);
        assert_eq!(hash(there), hash(&back), "{:?} and {:?}", there.merged, back.merged);
    }
}

fn mirrored(outcome: Outcome) -> String {
    outcome.as_str().replace("theirs", "both").replace("ours", "theirs").replace("both", "ours")
}

fn contested(verdict: &Verdict) -> Vec<String> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    fields.map(|field| format!("{} {}", field.path, field.reason)).collect()
}

fn changed(write: Option<&PlannedWrite>) -> Vec<String> {
    match write {
        Some(PlannedWrite::Update { changed, .. }) => changed.iter().map(ToString::to_string).collect(),
        Some(write) => vec![write.kind().to_string()],
        None => Vec::new(),
    }
}

/// L10: the decisions lead from base to merged.
fn rebuilds(three: &Three, verdict: &Verdict) {
    let rebuilt = apply(three.base.as_ref(), &verdict.decisions);
    let same = match (&rebuilt, &verdict.merged) {
        (Some(a), Some(b)) => a.same_json(b),
        (a, b) => a.is_none() && b.is_none(),
    };
    assert!(same, "{rebuilt:?} is not {:?} by {:?}", verdict.merged, verdict.decisions);
}

/// L2: once everybody has the merged record, nothing happens any more.
fn stays(policy: &Policy, verdict: &Verdict) {
    let (Some(merged), None) = (&verdict.merged, &verdict.conflict) else {
        let held = verdict.conflict.as_ref().is_some_and(|conflict| conflict.hold == Hold::Record);
        assert!(!held || (verdict.write_ours.is_none() && verdict.write_theirs.is_none()));
        return;
    };
    let again = Three::settled(merged).merge(policy);
    assert_eq!(again.outcome, Outcome::Unchanged);
    assert!(again.decisions.is_empty(), "{:?}", again.decisions);
    assert_eq!(again.merged.as_ref(), Some(merged));
    agrees(&again);
}

/// L4: sides that are equal are never asked about nor written to.
fn agrees(verdict: &Verdict) {
    assert!(verdict.conflict.is_none(), "{:?}", verdict.conflict);
    assert!(verdict.write_ours.is_none() && verdict.write_theirs.is_none() && verdict.pending.is_empty());
}
