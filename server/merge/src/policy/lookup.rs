//! Which setting holds where (MS P3, P4, P5).

use super::{
    BlankRule, Codes, Comparator, Compare, FieldRule, Group, Level, ListKind, Mode, OverrideKey, Policy,
    StaffRule, TextMerge, Tolerance,
};
use crate::key::RecordKey;
use crate::path::{FieldPath, Pattern, Step, steps};
use crate::side::Side;
use crate::times::Times;

impl Policy {
    /// Who wins at a path of a record, and the level that says so (P3, P4).
    ///
    /// ```
    /// # use merge::{FieldPath, Level, Mode, Policy, RecordKey};
    /// let text = "mode = 'resolve_ours'\n[[field]]\npath = 'room'\nmode = 'resolve_theirs'";
    /// let (policy, key) = (Policy::from_toml(text).unwrap(), RecordKey::from(1001));
    /// assert_eq!(policy.mode_at(&key, &FieldPath::field("room")), (Mode::ResolveTheirs, Level::Field));
    /// assert_eq!(policy.mode_at(&key, &FieldPath::field("seats")), (Mode::ResolveOurs, Level::Type));
    /// ```
    pub fn mode_at(&self, key: &RecordKey, path: &FieldPath) -> (Mode, Level) {
        self.for_record(key).mode_at(&steps(path))
    }

    /// Who wins in record-level questions: create, delete, delete against update (P5).
    ///
    /// ```
    /// # use merge::{Level, Mode, Policy, RecordKey};
    /// let policy = Policy::from_toml("[[field]]\npath = 'room'\nmode = 'resolve_theirs'").unwrap();
    /// let key = RecordKey::from(1001);
    /// assert_eq!(policy.record_mode(&key), (Mode::Manual, Level::Default), "a field's mode has no say");
    /// ```
    pub fn record_mode(&self, key: &RecordKey) -> (Mode, Level) {
        self.for_record(key).record_mode()
    }

    /// How text compares at a path (N1).
    ///
    /// ```
    /// # use merge::{Comparator, FieldPath, Policy};
    /// let policy = Policy::from_toml("[[field]]\npath = 'email'\ncompare = ['trim', 'case']").unwrap();
    /// assert!(policy.compare_at(&FieldPath::field("email")).has(Comparator::Case));
    /// assert!(!policy.compare_at(&FieldPath::field("name")).has(Comparator::Case));
    /// ```
    pub fn compare_at(&self, path: &FieldPath) -> Compare {
        self.compare_steps(&steps(path))
    }

    /// The names of a way to compare, as `compare = […]` has them.
    ///
    /// ```
    /// use merge::{FieldPath, Policy};
    /// let policy = Policy::from_toml("compare = ['map:halls', 'case']\n[map.halls]\nA = '1'").unwrap();
    /// assert_eq!(policy.names_of(policy.compare_at(&FieldPath::field("hall"))), ["case", "map:halls"]);
    /// ```
    pub fn names_of(&self, compare: Compare) -> Vec<String> {
        let comparators = Comparator::ALL.iter().filter(|one| compare.has(**one)).map(ToString::to_string);
        let table = self.codes(compare).map(|codes| format!("map:{}", codes.name()));
        comparators.chain(table).collect()
    }

    /// What happens to a blank that `from` sends at a path (F8).
    ///
    /// ```
    /// # use merge::{BlankRule, FieldPath, Policy, Side};
    /// let policy = Policy::from_toml("blank = { theirs_to_ours = 'never_clear' }").unwrap();
    /// let email = FieldPath::field("email");
    /// assert_eq!(policy.blank_at(&email, Side::Theirs), BlankRule::NeverClear);
    /// assert_eq!(policy.blank_at(&email, Side::Ours), BlankRule::Propagate);
    /// ```
    pub fn blank_at(&self, path: &FieldPath, from: Side) -> BlankRule {
        self.blank_steps(&steps(path), from)
    }

    /// The part of the policy that matters to one record.
    pub(crate) fn for_record(&self, key: &RecordKey) -> RecordPolicy<'_> {
        let bound = |record: &&super::RecordOverride| matches!(&record.key, OverrideKey::Bound(bound) if bound == key);
        let named = |record: &&super::RecordOverride| match &record.key {
            OverrideKey::Named(fields) if fields.len() == 1 => {
                let names: Vec<String> = fields.keys().map(str::to_owned).collect();
                RecordKey::from_object(fields, &names).is_ok_and(|named| named == *key)
            }
            _ => false,
        };
        let own =
            self.records.iter().rev().find(|record| bound(record) || named(record)).map(|record| record.mode);
        let rules = self.rules.iter().filter(|rule| rule.record.as_ref().is_none_or(|record| record == key));
        RecordPolicy { policy: self, own, rules: rules.collect(), times: None }
    }

    /// The policy as far as it holds for all records and for good: without overrides and staff rules.
    pub(crate) const fn for_any_record(&self) -> RecordPolicy<'_> {
        RecordPolicy { policy: self, own: None, rules: Vec::new(), times: None }
    }

    /// The most specific rule that covers the path and has the setting (P4).
    fn setting<'p, T>(
        &'p self,
        steps: &[Step<'_>],
        get: impl Fn(&'p FieldRule) -> Option<T>,
    ) -> Option<(&'p FieldRule, T)> {
        let mut best: Option<(&FieldRule, T)> = None;
        for rule in &self.fields {
            let Some(found) = get(rule) else { continue };
            let heavier = best.as_ref().is_none_or(|(there, _)| rule.path.weight() >= there.path.weight());
            if heavier && rule.path.covers_steps(steps) {
                best = Some((rule, found));
            }
        }
        best
    }

    pub(crate) fn compare_steps(&self, steps: &[Step<'_>]) -> Compare {
        self.setting(steps, |rule| rule.compare).map_or(self.compare, |(_, compare)| compare)
    }

    /// Whether two values may differ that are both the same as a third: a coarse instant is the same as two finer ones
    /// (N4), and with a tolerance two may be on either side of base (N7).
    pub(crate) fn compares_loosely(&self) -> bool {
        let instants = |compare: Compare| compare.has(Comparator::Instant);
        instants(self.compare)
            || self.fields.iter().filter_map(|rule| rule.compare).any(instants)
            || self.tolerates()
    }

    /// Whether a value can be one to be warned about, whatever happens to it (A6, N4, N5).
    pub(crate) fn may_warn(&self) -> bool {
        let reads = |compare: Compare| {
            compare.has(Comparator::Instant) || compare.has(Comparator::Date) || compare.codes().is_some()
        };
        let keyed = |rule: &FieldRule| rule.list == Some(ListKind::Keyed);
        reads(self.compare) || self.fields.iter().any(|rule| keyed(rule) || rule.compare.is_some_and(reads))
    }

    /// Whether members of a record that no version has changed have no say in what becomes of the others. They do in a strict
    /// record (R13), and where fields must be unique (K1).
    ///
    /// ```
    /// # use merge::Policy;
    /// assert!(Policy::default().merges_member_by_member());
    /// assert!(!Policy::from_toml("strict = true").unwrap().merges_member_by_member());
    /// ```
    pub const fn merges_member_by_member(&self) -> bool {
        !self.strict && self.unique.is_empty()
    }

    /// Whether a member matters to other members although nobody has changed it: it is part of the key (R14) or of a group (F10), or tells
    /// when the record was changed (C11).
    pub(crate) fn always_looks_at(&self, member: &str) -> bool {
        let of_group = self.groups.iter().flat_map(|group| &group.paths);
        let times = self.changed_at.iter().flat_map(|paths| [&paths.ours, &paths.theirs]);
        self.key.iter().any(|name| name == member)
            || of_group.chain(times).any(|path| path.top() == Some(member))
    }

    /// Whether there is a tolerance anywhere (N7).
    pub(crate) fn tolerates(&self) -> bool {
        self.fields.iter().any(|rule| rule.tolerance.is_some())
    }

    /// How far a value at this path may be from base (N7).
    pub(crate) fn tolerance_steps(&self, steps: &[Step<'_>]) -> Option<&Tolerance> {
        self.setting(steps, |rule| rule.tolerance.as_ref()).map(|(_, tolerance)| tolerance)
    }

    /// The declared key, if it is known (R14).
    pub(crate) fn key(&self) -> &[String] {
        &self.key
    }

    /// The table of codes through which texts are compared, if there is one (N5).
    pub(crate) fn codes(&self, compare: Compare) -> Option<&Codes> {
        self.codes.get(compare.codes()?)
    }

    /// All tables of codes through which something is compared.
    pub(crate) fn all_codes(&self) -> &[Codes] {
        &self.codes
    }

    pub(crate) fn blank_steps(&self, steps: &[Step<'_>], from: Side) -> BlankRule {
        let rule = self.setting(steps, |rule| rule.blank.sent_by(from)).map(|(_, blank)| blank);
        rule.or(self.blank.sent_by(from)).unwrap_or(BlankRule::Propagate)
    }

    pub(crate) fn list_steps(&self, steps: &[Step<'_>]) -> ListKind {
        let exact = |rule: &FieldRule| rule.list.filter(|_| rule.path.is_exactly(steps));
        self.setting(steps, exact).map_or(ListKind::Atomic, |(_, kind)| kind)
    }

    /// The rule of the list at exactly this path, if its items have keys.
    pub(crate) fn keyed_steps(&self, steps: &[Step<'_>]) -> Option<&FieldRule> {
        let exact = |rule: &FieldRule| rule.list.filter(|_| rule.path.is_exactly(steps));
        self.setting(steps, exact).filter(|(_, kind)| *kind == ListKind::Keyed).map(|(rule, _)| rule)
    }

    /// How a long text at this path is merged, if it is (T1).
    pub(crate) fn text_steps(&self, steps: &[Step<'_>]) -> Option<TextMerge> {
        self.setting(steps, |rule| rule.text).map(|(_, how)| how)
    }

    /// Whether the number at this path is a counter (T5).
    pub(crate) fn counts_steps(&self, steps: &[Step<'_>]) -> bool {
        self.setting(steps, |rule| rule.counter).is_some_and(|(_, counter)| counter)
    }

    pub(crate) fn ignores_steps(&self, steps: &[Step<'_>]) -> bool {
        self.ignore.iter().any(|pattern| pattern.covers_steps(steps))
    }
}

/// A policy seen from one record: its override and the staff rules that may concern it.
#[derive(Debug)]
pub(crate) struct RecordPolicy<'p> {
    pub(crate) policy: &'p Policy,
    own: Option<Mode>,
    rules: Vec<&'p StaffRule>,
    /// When the sides say they changed the record, if both do (C11).
    times: Option<Times<&'p str>>,
}

impl<'p> RecordPolicy<'p> {
    /// The same for versions that the sides say they changed at these times (C11).
    pub(crate) const fn at(mut self, times: Option<Times<&'p str>>) -> RecordPolicy<'p> {
        self.times = times;
        self
    }

    pub(crate) fn mode_at(&self, steps: &[Step<'_>]) -> (Mode, Level) {
        let field = self.policy.setting(steps, |rule| rule.mode);
        if let Some((_, mode)) = field.filter(|(rule, _)| rule.locked) {
            return (mode, Level::Field);
        }
        let covers = |rule: &&&StaffRule| rule.path.as_ref().is_none_or(|path| path.covers_steps(steps));
        let weight = |rule: &&&StaffRule| (rule.path.as_ref().map(Pattern::weight), rule.record.is_some());
        if let Some(rule) = self.rules.iter().filter(covers).max_by_key(weight) {
            return (rule.mode, Level::Rule);
        }
        if let Some(mode) = self.own {
            return (mode, Level::Record);
        }
        match field {
            Some((_, mode)) => (mode, Level::Field),
            None => self.type_mode(),
        }
    }

    /// When the sides say they changed the record (C11).
    pub(crate) const fn times(&self) -> Option<Times<&'p str>> {
        self.times
    }

    /// The mode of the whole record: levels 1, 2, 4 and 5 (P5).
    pub(crate) fn record_mode(&self) -> (Mode, Level) {
        self.above_type().unwrap_or_else(|| self.type_mode())
    }

    /// The mode of a group: its own, else the type's; record overrides and staff rules beat both (F10, P3).
    pub(crate) fn group_mode(&self, group: &Group) -> (Mode, Level) {
        let own = group.mode.map(|mode| (mode, Level::Field));
        self.above_type().or(own).unwrap_or_else(|| self.type_mode())
    }

    fn above_type(&self) -> Option<(Mode, Level)> {
        let rule =
            self.rules.iter().filter(|rule| rule.path.is_none()).max_by_key(|rule| rule.record.is_some());
        let own = self.own.map(|mode| (mode, Level::Record));
        rule.map(|rule| (rule.mode, Level::Rule)).or(own)
    }

    fn type_mode(&self) -> (Mode, Level) {
        self.policy.mode.map_or((Mode::Manual, Level::Default), |mode| (mode, Level::Type))
    }
}
