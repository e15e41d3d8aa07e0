//! Compare forms: when two values are the same although they are spelled differently (MS section 5).
//!
//! Normalisers only compare; what is written is always a raw value of a side (N3).

mod text;
mod time;

pub(crate) use text::normal_text;
use time::{Written, day};

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::json;
use crate::path::{FieldPath, Step};
use crate::policy::{Comparator, Compare, ListKind, ListOrder, Policy, Tolerance};
use crate::value::{Decimal, Number, Object, Value};

/// Compares values the way a policy says for their place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparing<'p> {
    policy: &'p Policy,
    /// Whether one of the two values is base's, so that tolerances count (N7).
    with_base: bool,
}

impl<'p> Comparing<'p> {
    pub(crate) const fn new(policy: &'p Policy) -> Comparing<'p> {
        Comparing { policy, with_base: false }
    }

    /// The same for comparing with base, where a value may be a little off and yet unchanged (N7).
    pub(crate) fn against_base(&self) -> Comparing<'p> {
        Comparing { with_base: self.policy.tolerates(), ..*self }
    }

    /// Whether the value is blank here: absent, null, and empty text under `empty_null` (V2).
    pub(crate) fn is_blank(&self, steps: &[Step<'_>], value: Option<&Value>) -> bool {
        match value {
            None | Some(Value::Null) => true,
            Some(Value::Text(text)) => {
                let compare = self.policy.compare_steps(steps);
                compare.has(Comparator::EmptyNull) && normal_text(compare, text).is_empty()
            }
            Some(_) => false,
        }
    }

    /// Whether both have the same compare form here (N1, N2, V2, V5); paths that are ignored do not count (F9).
    pub(crate) fn same<'v>(
        &self,
        steps: &mut Vec<Step<'v>>,
        a: Option<&'v Value>,
        b: Option<&'v Value>,
    ) -> bool {
        match (a, b) {
            (Some(Value::Text(a)), Some(Value::Text(b))) => a == b || self.same_text(steps, a, b),
            (Some(Value::Number(a)), Some(Value::Number(b))) => {
                a.same_value(b) || self.is_near_number(steps, a, b)
            }
            (Some(Value::Bool(a)), Some(Value::Bool(b))) => a == b,
            (Some(Value::List(a)), Some(Value::List(b))) => self.same_list(steps, a, b),
            (Some(Value::Object(a)), Some(Value::Object(b))) => self.same_object(steps, a, b),
            _ => self.is_blank(steps, a) && self.is_blank(steps, b),
        }
    }

    fn same_text(&self, steps: &[Step<'_>], a: &str, b: &str) -> bool {
        let compare = self.policy.compare_steps(steps);
        if compare.has(Comparator::Instant)
            && !compare.has(Comparator::Date)
            && let Some(a) = Written::read(&normal_text(compare, a))
            && let Some(b) = Written::read(&normal_text(compare, b))
        {
            return a.same(b) || self.is_near_time(steps, a, b);
        }
        let (a, b) = (self.text_form(steps, a), self.text_form(steps, b));
        a == b || (compare.has(Comparator::Decimal) && self.is_near_decimal(steps, &a, &b))
    }

    /// How far a value here may be from base, where one of the two is base's (N7).
    fn tolerance(&self, steps: &[Step<'_>]) -> Option<&'p Tolerance> {
        if self.with_base { self.policy.tolerance_steps(steps) } else { None }
    }

    fn is_near_number(&self, steps: &[Step<'_>], a: &Number, b: &Number) -> bool {
        match self.tolerance(steps) {
            Some(Tolerance::Number(tolerance)) => a.is_near(b, tolerance),
            _ => false,
        }
    }

    fn is_near_decimal(&self, steps: &[Step<'_>], a: &str, b: &str) -> bool {
        match (self.tolerance(steps), Decimal::read(a), Decimal::read(b)) {
            (Some(Tolerance::Number(tolerance)), Some(a), Some(b)) => a.is_near(&b, &tolerance.decimal()),
            _ => false,
        }
    }

    fn is_near_time(&self, steps: &[Step<'_>], a: Written, b: Written) -> bool {
        match self.tolerance(steps) {
            Some(Tolerance::Seconds(seconds)) => a.is_near(b, *seconds),
            _ => false,
        }
    }

    /// Whether a text should be an instant or a day here and cannot be read as one (N4).
    pub(crate) fn is_no_time(&self, steps: &[Step<'_>], text: &str) -> bool {
        let compare = self.policy.compare_steps(steps);
        let timed = compare.has(Comparator::Instant) || compare.has(Comparator::Date);
        let text = normal_text(compare, text);
        timed && !text.is_empty() && self.time_form(compare, &text).is_none()
    }

    /// The one form of all texts of an instant or a day.
    fn time_form(&self, compare: Compare, text: &str) -> Option<String> {
        if compare.has(Comparator::Date) {
            return day(text, self.policy.zone).map(|day| day.to_string());
        }
        Written::read(text).filter(|_| compare.has(Comparator::Instant)).map(Written::form)
    }

    /// The compare form of a text. Where texts are merged, all line ends are one (T4).
    fn text_form<'t>(&self, steps: &[Step<'_>], text: &'t str) -> Cow<'t, str> {
        let compare = self.policy.compare_steps(steps);
        if text.contains('\r') && self.policy.text_steps(steps).is_some() {
            return Cow::Owned(normal_text(compare, &text.replace("\r\n", "\n")).into_owned());
        }
        let form = normal_text(compare, text);
        let form = self.time_form(compare, &form).map_or(form, Cow::Owned);
        match self.policy.codes(compare).and_then(|codes| codes.form(&form)) {
            Some(code) => Cow::Owned(code.to_owned()),
            None => form,
        }
    }

    /// Whether a text should be a code here and has no pair (N5).
    pub(crate) fn is_unmapped(&self, steps: &[Step<'_>], text: &str) -> bool {
        let compare = self.policy.compare_steps(steps);
        let form = normal_text(compare, text);
        !form.is_empty() && self.policy.codes(compare).is_some_and(|codes| codes.form(&form).is_none())
    }

    fn same_list<'v>(&self, steps: &mut Vec<Step<'v>>, a: &'v [Value], b: &'v [Value]) -> bool {
        let kind = self.policy.list_steps(steps);
        let free = self.order_is_free(steps, a) && self.order_is_free(steps, b);
        steps.push(Step::Item);
        let same = match kind {
            ListKind::Atomic | ListKind::Ordered | ListKind::Keyed if !free => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(steps, Some(a), Some(b)))
            }
            _ if free && self.with_base => self.same_by_key(steps, a, b),
            _ => {
                let mut sorted = |items: &'v [Value]| {
                    let mut forms: Vec<String> = items.iter().map(|item| self.form(steps, item)).collect();
                    forms.sort_unstable();
                    if kind == ListKind::Set {
                        forms.dedup();
                    }
                    forms
                };
                sorted(a) == sorted(b)
            }
        };
        steps.pop();
        same
    }

    /// Whether two lists have the same items, each compared with the one that has its key. `steps` leads to the items.
    fn same_by_key<'v>(&self, steps: &mut Vec<Step<'v>>, a: &'v [Value], b: &'v [Value]) -> bool {
        let key = self.key_of_items(&steps[..steps.len() - 1]).unwrap_or_default();
        let mut keys = |items: &'v [Value]| self.item_keys(steps, items, key).unwrap_or_default();
        let (of_a, of_b) = (keys(a), keys(b));
        let places: HashMap<&[String], &Value> = of_b.iter().map(Vec::as_slice).zip(b).collect();
        a.len() == b.len()
            && of_a.iter().zip(a).all(|(key, item)| {
                places.get(key.as_slice()).is_some_and(|there| self.same(steps, Some(item), Some(there)))
            })
    }

    /// Whether the order of these items does not count: in a keyed list that says so, if all keys are there and none is
    /// repeated (A5, A6).
    fn order_is_free<'v>(&self, steps: &mut Vec<Step<'v>>, items: &'v [Value]) -> bool {
        let Some(rule) = self.policy.keyed_steps(steps) else { return false };
        steps.push(Step::Item);
        let free = rule.order == ListOrder::Ignore && self.item_keys(steps, items, &rule.key).is_some();
        steps.pop();
        free
    }

    /// The key of the items, if the list at this path is keyed (A4).
    pub(crate) fn key_of_items(&self, steps: &[Step<'_>]) -> Option<&'p [String]> {
        self.policy.keyed_steps(steps).map(|rule| rule.key.as_slice())
    }

    /// Whether the path is left out of everything (P9).
    pub(crate) fn ignores(&self, steps: &[Step<'_>]) -> bool {
        self.policy.ignores_steps(steps)
    }

    /// The compare forms of the items' keys; none if a key is missing, blank or repeated (A6). `steps` leads to the items.
    pub(crate) fn item_keys<'v>(
        &self,
        steps: &mut Vec<Step<'v>>,
        items: &'v [Value],
        key: &[String],
    ) -> Option<Vec<Vec<String>>> {
        let mut seen = HashSet::new();
        let mut part = |item: &'v Value, name: &String| {
            let (name, value) = item.as_object()?.iter().find(|(there, _)| there == name)?;
            steps.push(Step::Name(name));
            let form = (!self.is_blank(steps, Some(value))).then(|| self.form(steps, value));
            steps.pop();
            form
        };
        let keys =
            items.iter().map(|item| key.iter().map(|name| part(item, name)).collect::<Option<Vec<_>>>());
        keys.map(|key| key.filter(|key| seen.insert(key.clone()))).collect()
    }

    fn same_object<'v>(&self, steps: &mut Vec<Step<'v>>, a: &'v Object, b: &'v Object) -> bool {
        let mut at = |name: &'v str, a: Option<&'v Value>, b: Option<&'v Value>| {
            steps.push(Step::Name(name));
            let same = self.policy.ignores_steps(steps) || self.same(steps, a, b);
            steps.pop();
            same
        };
        a.iter().enumerate().all(|(hint, (name, value))| at(name, Some(value), b.get_near(hint, name)))
            && b.iter()
                .enumerate()
                .all(|(hint, (name, value))| a.get_near(hint, name).is_some() || at(name, None, Some(value)))
    }

    /// The paths on which two records differ, as deep as both have objects, sorted by the bytes of their text.
    pub(crate) fn differing_paths(&self, a: &Object, b: &Object) -> Vec<FieldPath> {
        let mut paths = Vec::new();
        self.collect_differing(&mut Vec::new(), a, b, &mut paths);
        paths.sort_by_cached_key(FieldPath::to_string);
        paths
    }

    fn collect_differing<'v>(
        &self,
        steps: &mut Vec<Step<'v>>,
        a: &'v Object,
        b: &'v Object,
        out: &mut Vec<FieldPath>,
    ) {
        let new = b.keys().filter(|name| !a.contains(name));
        for name in a.keys().chain(new) {
            steps.push(Step::Name(name));
            if !self.policy.ignores_steps(steps) {
                match (a.get(name), b.get(name)) {
                    (Some(Value::Object(a)), Some(Value::Object(b))) => {
                        self.collect_differing(steps, a, b, out);
                    }
                    (a, b) if self.same(steps, a, b) => {}
                    _ => out.push(FieldPath::from_steps(steps)),
                }
            }
            steps.pop();
        }
    }

    /// A text that two values share exactly if they have the same compare form here.
    pub(crate) fn form<'v>(&self, steps: &mut Vec<Step<'v>>, value: &'v Value) -> String {
        let mut out = String::new();
        self.write_form(&mut out, steps, value);
        out
    }

    fn write_form<'v>(&self, out: &mut String, steps: &mut Vec<Step<'v>>, value: &'v Value) {
        match value {
            blank if self.is_blank(steps, Some(blank)) => out.push_str("null"),
            Value::Number(number) => out.push_str(&number.normal()),
            Value::Text(text) => json::write_text(out, &self.text_form(steps, text)),
            Value::List(items) => self.write_list_form(out, steps, items),
            Value::Object(object) => self.write_object_form(out, steps, object),
            other => json::write(out, other),
        }
    }

    fn write_list_form<'v>(&self, out: &mut String, steps: &mut Vec<Step<'v>>, items: &'v [Value]) {
        let kind = self.policy.list_steps(steps);
        let free = self.order_is_free(steps, items);
        steps.push(Step::Item);
        let mut forms: Vec<String> = items.iter().map(|item| self.form(steps, item)).collect();
        steps.pop();
        if free || matches!(kind, ListKind::Set | ListKind::Multiset) {
            forms.sort_unstable();
        }
        if kind == ListKind::Set {
            forms.dedup();
        }
        out.push('[');
        out.push_str(&forms.join(","));
        out.push(']');
    }

    fn write_object_form<'v>(&self, out: &mut String, steps: &mut Vec<Step<'v>>, object: &'v Object) {
        let mut members: Vec<_> = object.iter().collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        out.push('{');
        for (name, value) in members {
            steps.push(Step::Name(name));
            if !self.policy.ignores_steps(steps) && !self.is_blank(steps, Some(value)) {
                json::write_text(out, name);
                out.push(':');
                self.write_form(out, steps, value);
                out.push(',');
            }
            steps.pop();
        }
        out.push('}');
    }
}

/// Of two spellings with one compare form, the one kept when no mode names a side: the greater JSON text, where
/// absent is smallest, so that it does not matter which side is called ours (N6). Members are compared in sorted order,
/// because the order in which they were read must not show (law L7).
pub(crate) fn first_is_greater(a: Option<&Value>, b: Option<&Value>) -> bool {
    let text =
        |value: Option<&Value>| value.map_or(Cow::Borrowed(""), |value| Cow::Owned(value.to_canonical()));
    text(a) >= text(b)
}

/// Which of two instants is later, as far as the coarser says; none if one of the texts is no instant.
pub(crate) fn compare_instants(a: &str, b: &str) -> Option<Ordering> {
    Some(Written::read(a)?.order(Written::read(b)?))
}

#[cfg(test)]
mod tests;
