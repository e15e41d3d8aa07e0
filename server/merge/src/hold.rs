//! Holding a record as a whole for what it is to others (MS K1, K4, K6).

use crate::conflict::{Conflict, ConflictField, Present, Reason};
use crate::decision::{Decision, Rule, get};
use crate::key::RecordKey;
use crate::outcome::{ConflictKind, Outcome};
use crate::policy::{Hold, Policy};
use crate::record_rule::Input;
use crate::references::Dangling;
use crate::value::Object;
use crate::verdict::{BlockReason, Verdict};

impl Verdict {
    /// Holds the record for its references that lead nowhere (K4). No mode can say what they should lead to. Where all that
    /// it names are there or held, it waits for these and asks nothing (K6). Where nothing is done about the record anyway,
    /// it does neither (R6, D2, K5).
    ///
    /// ```
    /// # use merge::{ConflictKind, Dangling, FieldPath, Input, Outcome, Policy, Presence, RecordKey, merge_record};
    /// let unit = merge::json::parse_object(br#"{"id":2,"parent":1}"#).unwrap();
    /// let (policy, key) = (Policy::default(), RecordKey::from(2));
    /// let input = Input { ours: Presence::Live(&unit), ..Input::new("unit", &key) };
    /// let mut verdict = merge_record(&policy, &input);
    /// let dangling = Dangling { paths: vec![FieldPath::field("parent")], waits_for: None };
    /// let mut waiting = verdict.clone();
    /// verdict.dangle(&policy, &input, &[dangling.clone()]);
    /// assert_eq!(verdict.conflict.unwrap().kind, ConflictKind::Dangling);
    /// assert!(verdict.write_theirs.is_none());
    /// waiting.dangle(&policy, &input, &[Dangling { waits_for: Some(1.into()), ..dangling }]);
    /// assert_eq!(waiting.outcome, Outcome::Blocked);
    /// assert_eq!(waiting.blocked.unwrap().to_string(), "blocked by unit 1");
    /// ```
    pub fn dangle(&mut self, policy: &Policy, input: &Input<'_>, dangling: &[Dangling]) {
        if self.is_left_alone() {
            return;
        }
        let fields: Vec<ConflictField> =
            dangling.iter().filter(|one| one.waits_for.is_none()).map(|one| field(input, one)).collect();
        if !fields.is_empty() {
            return self.hold_for(policy, input, Rule::K4, ConflictKind::Dangling, fields);
        }
        let mut others = dangling.iter().filter_map(|one| one.waits_for.as_ref());
        if let Some(parent) = others.find(|parent| *parent != input.key) {
            self.wait_for(policy, input, parent);
        }
    }

    /// Whether neither side is written, whatever the record refers to: it is out of scope, missing or waits for approval.
    pub(crate) const fn is_left_alone(&self) -> bool {
        matches!(self.outcome, Outcome::OutOfScope | Outcome::Missing | Outcome::Blocked)
    }

    /// Holds the record as a whole for these fields, and for what else is open about it.
    pub(crate) fn hold_for(
        &mut self,
        policy: &Policy,
        input: &Input<'_>,
        rule: Rule,
        kind: ConflictKind,
        mut fields: Vec<ConflictField>,
    ) {
        if fields.is_empty() {
            return;
        }
        let mut kind = kind;
        if let Some(open) = self.conflict.take() {
            kind = kind.min(open.kind);
            fields.extend(open.fields);
        }
        self.hold_whole(policy, input, rule, kind, fields);
    }

    /// K6: nothing is written until the other record is settled. What is asked about this one is asked all the same.
    fn wait_for(&mut self, policy: &Policy, input: &Input<'_>, parent: &RecordKey) {
        if let Some(open) = self.conflict.take() {
            return self.hold_whole(policy, input, Rule::K6, open.kind, open.fields);
        }
        let (mode, stays) = (policy.record_mode(input.key), input.ours.live().cloned());
        let waiting = Verdict {
            decisions: vec![Decision::whole(input, Rule::K6, mode, stays.clone())],
            merged: stays,
            blocked: Some(BlockReason::held_record(input.type_name, parent)),
            warnings: std::mem::take(&mut self.warnings),
            ..Verdict::new(Outcome::Blocked)
        };
        *self = waiting;
    }

    fn hold_whole(
        &mut self,
        policy: &Policy,
        input: &Input<'_>,
        rule: Rule,
        kind: ConflictKind,
        fields: Vec<ConflictField>,
    ) {
        let present = Present {
            base: input.base.is_some(),
            ours: input.ours.live().is_some(),
            theirs: input.theirs.live().is_some(),
        };
        let conflict = Conflict::new(input.type_name, input.key, kind, Hold::Record, present, fields);
        let mode = policy.record_mode(input.key);
        let warnings = std::mem::take(&mut self.warnings);
        *self = Verdict::held(input, rule, mode, input.ours.live());
        (self.conflict, self.warnings) = (Some(conflict), warnings);
    }
}

fn field(input: &Input<'_>, dangling: &Dangling) -> ConflictField {
    let path = dangling.paths.first().cloned().unwrap_or_default();
    let value = |record: Option<&Object>| record.and_then(|record| get(record, &path)).cloned();
    let (base, ours, theirs) = (value(input.base), value(input.ours.live()), value(input.theirs.live()));
    ConflictField { path, base, ours, theirs, reason: Reason::Dangling, with: Vec::new() }
}
