//! References that lead nowhere (MS K4), or to a record that is held (K6).

use std::collections::HashMap;

use crate::decision::get;
use crate::key::{KeyPart, RecordKey};
use crate::normalize::Comparing;
use crate::outcome::ConflictKind;
use crate::path::{FieldPath, steps};
use crate::policy::{Policy, Reference};
use crate::record_rule::Input;
use crate::value::{ContentHash, Object, Value};
use crate::verdict::Verdict;

/// What the records of a type refer to among themselves, collected in a first pass over the verdicts; a second pass asks it
/// which references lead nowhere.
///
/// Only references to the type that is merged are looked up: what [`Policy::types_referred_to`] names, is not here to be
/// found. It keeps hashes of what each record is and refers to, and the keys of those that refer: with such references
/// declared, memory grows with the number of records.
///
/// ```
/// use merge::{Input, Policy, Presence, RecordKey, ReferenceIndex, merge_record};
/// let policy = Policy::from_toml("[[reference]]\nfields = 'parent'").unwrap();
/// let record = merge::json::parse_object(br#"{"id":2,"parent":1}"#).unwrap();
/// let key = RecordKey::from(2);
/// let input = Input { ours: Presence::Live(&record), ..Input::new("unit", &key) };
/// let verdict = merge_record(&policy, &input);
/// let mut index = ReferenceIndex::new(&policy, "unit");
/// index.add(&input, &verdict);
/// index.settle();
/// assert_eq!(index.dangling(&verdict)[0].paths[0].to_string(), "parent");
/// ```
#[derive(Debug)]
pub struct ReferenceIndex<'p> {
    policy: &'p Policy,
    own: Vec<&'p Reference>,
    /// How many records can be named in this way.
    named: HashMap<ContentHash, u32>,
    /// What records that are held would be named, if they were not.
    held: HashMap<ContentHash, RecordKey>,
    /// Who refers to what, where something is referred to.
    referring: HashMap<ContentHash, Vec<usize>>,
    records: Vec<Referring>,
}

/// A record that refers to others.
#[derive(Debug)]
struct Referring {
    key: RecordKey,
    /// The names by which it is no longer known once it is held and appears as ours has it.
    lost: Vec<ContentHash>,
    held: bool,
}

/// One reference of a record that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dangling {
    /// The fields that refer.
    pub paths: Vec<FieldPath>,
    /// The record they name, where that one is only held: then this one waits for it (K6) and is no question.
    pub waits_for: Option<RecordKey>,
}

impl<'p> ReferenceIndex<'p> {
    /// An index for the references of this type to itself (K4).
    ///
    /// ```
    /// # use merge::{Policy, ReferenceIndex};
    /// let policy = Policy::from_toml("[[reference]]\nfields = 'building'\ntype = 'building'").unwrap();
    /// assert!(!ReferenceIndex::new(&policy, "room").is_needed());
    /// assert!(ReferenceIndex::new(&policy, "building").is_needed());
    /// ```
    pub fn new(policy: &'p Policy, type_name: &str) -> ReferenceIndex<'p> {
        let own = policy.references.iter().filter(|reference| reference.is_to(type_name)).collect();
        let (named, held, referring) = (HashMap::new(), HashMap::new(), HashMap::new());
        ReferenceIndex { policy, own, named, held, referring, records: Vec::new() }
    }

    /// Whether there is anything to look up (K4).
    ///
    /// ```
    /// # use merge::{Policy, ReferenceIndex};
    /// assert!(!ReferenceIndex::new(&Policy::default(), "room").is_needed());
    /// ```
    pub const fn is_needed(&self) -> bool {
        !self.own.is_empty()
    }

    /// Takes in the merged values of a record (K4).
    ///
    /// ```
    /// # use merge::{Input, Policy, Presence, RecordKey, ReferenceIndex, merge_record};
    /// # let policy = Policy::from_toml("[[reference]]\nfields = 'parent'").unwrap();
    /// let mut index = ReferenceIndex::new(&policy, "unit");
    /// for (key, text) in [(1, r#"{"parent":null}"#), (2, r#"{"parent":1}"#)] {
    ///     let (key, record) = (RecordKey::from(key), merge::json::parse_object(text.as_bytes()).unwrap());
    ///     let input = Input { ours: Presence::Live(&record), ..Input::new("unit", &key) };
    ///     let verdict = merge_record(&policy, &input);
    ///     index.add(&input, &verdict);
    ///     assert!(index.dangling(&verdict).is_empty(), "blanks lead nowhere and are no question");
    /// }
    /// ```
    pub fn add(&mut self, input: &Input<'_>, verdict: &Verdict) {
        if verdict.conflict.is_some() || verdict.blocked.is_some() {
            for record in [input.ours.live(), input.theirs.live()].into_iter().flatten() {
                let names = self.names(input.key, record).into_iter();
                self.held.extend(names.map(|name| (name, input.key.clone())));
            }
        }
        // Of an ambiguous key every row of ours stays (X7), so that it can be referred to.
        let stays = || verdict.conflict.as_ref().filter(|open| open.kind == ConflictKind::Ambiguous);
        let Some(record) = verdict.merged.as_ref().or_else(|| stays().and(input.ours.live())) else { return };
        let names = self.names(input.key, record);
        names.iter().for_each(|name| *self.named.entry(*name).or_default() += 1);
        let wanted: Vec<ContentHash> = self.wanted(record).into_iter().map(|(_, name)| name).collect();
        if wanted.is_empty() || verdict.is_left_alone() {
            return;
        }
        let of_ours = input.ours.live().map(|ours| self.names(input.key, ours)).unwrap_or_default();
        let lost = names.into_iter().filter(|name| !of_ours.contains(name)).collect();
        for name in wanted {
            self.referring.entry(name).or_default().push(self.records.len());
        }
        self.records.push(Referring { key: input.key.clone(), lost, held: false });
    }

    /// To be called when all records are in: a record that is held for its reference appears as ours has it, if at all, and
    /// others may have referred to what it was to become. They wait for it (K6).
    ///
    /// ```
    /// # use merge::{Input, Policy, Presence, RecordKey, ReferenceIndex, merge_record};
    /// # let policy = Policy::from_toml("[[reference]]\nfields = 'parent'").unwrap();
    /// let mut index = ReferenceIndex::new(&policy, "unit");
    /// let verdicts = [(2, r#"{"parent":1}"#), (3, r#"{"parent":2}"#)].map(|(key, text)| {
    ///     let (key, record) = (RecordKey::from(key), merge::json::parse_object(text.as_bytes()).unwrap());
    ///     let input = Input { theirs: Presence::Live(&record), ..Input::new("unit", &key) };
    ///     let verdict = merge_record(&policy, &input);
    ///     index.add(&input, &verdict);
    ///     verdict
    /// });
    /// index.settle();
    /// let waits_for = |verdict| index.dangling(verdict)[0].waits_for.clone();
    /// assert_eq!(verdicts.each_ref().map(waits_for), [None, Some(2.into())], "2 is not created, nor is 3");
    /// ```
    pub fn settle(&mut self) {
        let missing = |name: &&ContentHash| !self.named.contains_key(*name);
        let mut missing: Vec<ContentHash> = self.referring.keys().filter(missing).copied().collect();
        while let Some(name) = missing.pop() {
            for at in self.referring.get(&name).into_iter().flatten() {
                let record = &mut self.records[*at];
                if std::mem::replace(&mut record.held, true) {
                    continue;
                }
                for lost in record.lost.drain(..) {
                    let Some(count) = self.named.get_mut(&lost) else { continue };
                    *count -= 1;
                    if *count == 0 {
                        self.named.remove(&lost);
                        self.held.insert(lost, record.key.clone());
                        missing.push(lost);
                    }
                }
            }
        }
    }

    /// The references of a record that was added that lead nowhere (K4, K6), in the order in which they are declared.
    ///
    /// ```
    /// # use merge::{Input, Policy, Presence, RecordKey, ReferenceIndex, merge_record};
    /// # let policy = Policy::from_toml("[[reference]]\nfields = 'parent'").unwrap();
    /// let unit = merge::json::parse_object(br#"{"id":1,"parent":1}"#).unwrap();
    /// let (key, mut index) = (RecordKey::from(1), ReferenceIndex::new(&policy, "unit"));
    /// let input = Input { ours: Presence::Live(&unit), ..Input::new("unit", &key) };
    /// let verdict = merge_record(&policy, &input);
    /// index.add(&input, &verdict);
    /// index.settle();
    /// assert!(index.dangling(&verdict).is_empty(), "it refers to itself");
    /// ```
    pub fn dangling(&self, verdict: &Verdict) -> Vec<Dangling> {
        let Some(record) = &verdict.merged else { return Vec::new() };
        let mut lost: Vec<(usize, Option<&RecordKey>)> = Vec::new();
        for (at, name) in self.wanted(record).into_iter().filter(|(_, name)| !self.named.contains_key(name)) {
            let waits_for = self.held.get(&name);
            match lost.last_mut().filter(|last| last.0 == at) {
                // Of a list that names several, one that is nowhere is a question.
                Some(last) => last.1 = last.1.and(waits_for),
                None => lost.push((at, waits_for)),
            }
        }
        let dangling = |(at, waits_for): (usize, Option<&RecordKey>)| Dangling {
            paths: self.own[at].fields.clone(),
            waits_for: waits_for.cloned(),
        };
        lost.into_iter().map(dangling).collect()
    }

    /// The hashes by which references find the record.
    fn names(&self, key: &RecordKey, record: &Object) -> Vec<ContentHash> {
        let name = |reference: &Reference| {
            if reference.to.is_empty() {
                return Some(hash(&[], [key.canonical()]));
            }
            let form = |path: &FieldPath| self.form(path, get(record, path)?);
            let forms: Vec<String> = reference.to.iter().map(form).collect::<Option<_>>()?;
            Some(hash(&reference.to, forms))
        };
        let mut names: Vec<ContentHash> = self.own.iter().filter_map(|reference| name(reference)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What the record refers to, with the place of the reference in the declaration.
    fn wanted(&self, record: &Object) -> Vec<(usize, ContentHash)> {
        let each = self.own.iter().enumerate();
        each.flat_map(|(at, reference)| self.targets(reference, record).into_iter().map(move |to| (at, to)))
            .collect()
    }

    /// The hashes of the records that one reference names; none where one of its fields is blank.
    fn targets(&self, reference: &Reference, record: &Object) -> Vec<ContentHash> {
        let values: Option<Vec<&Value>> = reference.fields.iter().map(|path| get(record, path)).collect();
        match values.as_deref() {
            Some([Value::List(items)]) => {
                items.iter().filter_map(|item| self.target(reference, &[item])).collect()
            }
            Some(values) => self.target(reference, values).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn target(&self, reference: &Reference, values: &[&Value]) -> Option<ContentHash> {
        let comparing = Comparing::new(self.policy);
        let is_blank = |(path, value): (&FieldPath, &&Value)| comparing.is_blank(&steps(path), Some(value));
        if reference.fields.iter().zip(values).any(is_blank) {
            return None;
        }
        if reference.to.is_empty() {
            return Some(hash(&[], [key_text(values)]));
        }
        let forms = reference.to.iter().zip(values).map(|(path, value)| {
            // A value that would be blank there is the name of nothing.
            self.form(path, value).unwrap_or_default()
        });
        Some(hash(&reference.to, forms))
    }

    /// How a value compares at a path of the record that is named; none for a blank.
    fn form(&self, path: &FieldPath, value: &Value) -> Option<String> {
        let (comparing, mut steps) = (Comparing::new(self.policy), steps(path));
        (!comparing.is_blank(&steps, Some(value))).then(|| comparing.form(&mut steps, value))
    }
}

/// The key that values would be; of values that are no key a text that no key has.
fn key_text(values: &[&Value]) -> String {
    let part = |value: &&Value| match value {
        Value::Number(number) => Some(KeyPart::Number(number.clone())),
        Value::Text(text) => Some(KeyPart::Text(text.clone())),
        _ => None,
    };
    let parts: Option<Vec<KeyPart>> = values.iter().map(part).collect();
    parts.map_or_else(String::new, |parts| RecordKey::new(parts).canonical())
}

fn hash(paths: &[FieldPath], forms: impl IntoIterator<Item = String>) -> ContentHash {
    let mut text: String = paths.iter().map(|path| format!("{path}\n")).collect();
    for form in forms {
        text.push('\t');
        text.push_str(&form);
    }
    ContentHash::of(text.as_bytes())
}
