//! Records as they are stored, in canonical JSON: what no side has changed is passed over, not read.
//!
//! A night finds many records of which one field changed. Reading three texts of twenty members each, merging twenty cells
//! and writing twenty members anew is work for the nineteen that are the same everywhere. So the texts are cut into their
//! members, the few that differ are read and merged, and what comes out is put into the text of the side that is written.

mod members;

use crate::json;
use crate::policy::Policy;
use crate::value::{ContentHash, Object, Value};

use members::{Member, cut, separate};

/// A record in canonical JSON, cut into its members; none of them is read.
///
/// ```
/// use merge::{Input, PlannedWrite, Policy, Presence, RecordKey, StoredRecord, merge_record};
/// let [base, ours, theirs] = [
///     r#"{"crn":1001,"room":"B12","seats":30,"title":"Logic"}"#,
///     r#"{"crn":1001,"room":"B12","seats":32,"title":"Logic"}"#,
///     r#"{"crn":1001,"room":"B12","seats":30,"title":"Logic"}"#,
/// ].map(|text| StoredRecord::cut(text).unwrap());
/// let policy = Policy::default();
/// let few = StoredRecord::differing(&policy, [&base, &ours, &theirs]).unwrap();
/// assert_eq!(few.each_ref().map(|record| record.len()), [1, 1, 1], "the seats");
///
/// let key = RecordKey::from(1001);
/// let sides = Input { ours: Presence::Live(&few[1]), theirs: Presence::Live(&few[2]), ..Input::new("section", &key) };
/// let verdict = merge_record(&policy, &Input { base: Some(&few[0]), ..sides });
/// let Some(PlannedWrite::Update { record, .. }) = verdict.write_theirs else { panic!("theirs is written") };
/// let written = theirs.with(&few[2], &record);
/// assert_eq!(written.text, r#"{"crn":1001,"room":"B12","seats":32,"title":"Logic"}"#);
/// assert_eq!(written.hash, merge::json::parse_object(written.text.as_bytes()).unwrap().hash());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord<'t> {
    members: Vec<Member<'t>>,
}

/// A record on its way into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToStore {
    /// Canonical JSON ([`Object::to_canonical`]).
    pub text: String,
    /// What the record says ([`Object::hash`]).
    pub hash: ContentHash,
}

impl ToStore {
    /// A record of which all members are at hand.
    ///
    /// ```
    /// # use merge::ToStore;
    /// let section = merge::json::parse_object(br#"{"room":"B12","crn":1001}"#).unwrap();
    /// assert_eq!(ToStore::of(&section).text, r#"{"crn":1001,"room":"B12"}"#);
    /// ```
    pub fn of(record: &Object) -> ToStore {
        ToStore { text: record.to_canonical(), hash: record.hash() }
    }
}

impl<'t> StoredRecord<'t> {
    /// Cuts a text that [`Object::to_canonical`] wrote.
    ///
    /// None where a record has to be read as a whole after all: a member with a reserved name (`$…`) says something about
    /// the others (V3), a name with an escape is not what it looks like. None too for a text that is not canonical as far
    /// as this looks.
    ///
    /// ```
    /// use merge::StoredRecord;
    /// assert!(StoredRecord::cut(r#"{"crn":1001,"room":"B12"}"#).is_some());
    /// assert!(StoredRecord::cut(r#"{"$unfetched":["room"],"crn":1001}"#).is_none());
    /// assert!(StoredRecord::cut(r#"{"room":"B12","crn":1001}"#).is_none(), "canonical JSON is sorted");
    /// ```
    #[must_use]
    pub fn cut(text: &'t str) -> Option<StoredRecord<'t>> {
        Some(StoredRecord { members: cut(text, &[])? })
    }

    /// Cuts the text of another version of this record, of which mostly little is different.
    ///
    /// ```
    /// use merge::StoredRecord;
    /// let [base, ours] = [r#"{"crn":1001,"seats":30}"#, r#"{"crn":1001,"room":"A01","seats":30}"#];
    /// let base = StoredRecord::cut(base).unwrap();
    /// assert_eq!(base.cut_version(ours), StoredRecord::cut(ours));
    /// ```
    #[must_use]
    pub fn cut_version<'v>(&self, text: &'v str) -> Option<StoredRecord<'v>> {
        Some(StoredRecord { members: cut(text, &self.members)? })
    }

    /// Base, ours and theirs with those members only that a merge must look at, in this order: those that are not the same
    /// in all three, and those that a policy looks at because of others (R14, F10, C11). Merging these gives the decisions,
    /// conflicts and changes that merging the whole records gives.
    ///
    /// None where the policy does not merge member by member ([`Policy::merges_member_by_member`]).
    ///
    /// ```
    /// use merge::{Policy, StoredRecord};
    /// let texts = [r#"{"a":1,"b":1,"c":1}"#, r#"{"a":1,"b":2,"c":1}"#, r#"{"a":1,"b":1,"c":1}"#];
    /// let cut = texts.map(|text| StoredRecord::cut(text).unwrap());
    /// let grouped = Policy::from_toml("[[group]]\nname = 'g'\npaths = ['b', 'c']").unwrap();
    /// let [_, ours, _] = StoredRecord::differing(&grouped, cut.each_ref()).unwrap();
    /// assert_eq!(ours.to_json(), r#"{"b":2,"c":1}"#);
    /// ```
    #[must_use]
    pub fn differing(policy: &Policy, versions: [&StoredRecord<'t>; 3]) -> Option<[Object; 3]> {
        if !policy.merges_member_by_member() {
            return None;
        }
        let mut found = [Object::new(), Object::new(), Object::new()];
        let mut rest = versions.map(|version| version.members.as_slice());
        while let Some(name) = next_name(&rest) {
            let values = rest.each_mut().map(|members| take_named(members, name));
            if values[0] == values[1] && values[0] == values[2] && !policy.always_looks_at(name) {
                continue;
            }
            for (object, value) in found.iter_mut().zip(values) {
                if let Some(value) = value {
                    object.push(name.to_owned(), json::parse(value.as_bytes()).ok()?);
                }
            }
        }
        Some(found)
    }

    /// The record with the members of `after` in the place of those of `before`, which are some of its own.
    ///
    /// ```
    /// use merge::{Object, StoredRecord};
    /// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
    /// let section = StoredRecord::cut(r#"{"crn":1001,"note":"x","seats":30}"#).unwrap();
    /// let written = section.with(&record(r#"{"note":"x"}"#), &record(r#"{"room":"A01"}"#));
    /// assert_eq!(written.text, r#"{"crn":1001,"room":"A01","seats":30}"#);
    /// ```
    #[must_use]
    pub fn with(&self, before: &Object, after: &Object) -> ToStore {
        let mut changed: Vec<(&str, &Value)> = after.iter().collect();
        changed.sort_unstable_by_key(|(name, _)| *name);
        let mut changed = changed.into_iter().peekable();
        let stays = |member: &&Member<'t>| !before.contains(member.name) && !after.contains(member.name);
        let mut out = Writing::with_room_for(self);
        for member in self.members.iter().filter(stays) {
            while let Some((name, value)) = changed.next_if(|(name, _)| *name < member.name) {
                out.put(name, value);
            }
            out.copy(member);
        }
        changed.for_each(|(name, value)| out.put(name, value));
        out.finish()
    }

    fn length(&self) -> usize {
        self.members.iter().map(|member| member.name.len() + member.value.len() + 4).sum()
    }
}

/// The first name in the order of canonical JSON that one of the versions has next.
fn next_name<'t>(rest: &[&[Member<'t>]; 3]) -> Option<&'t str> {
    let [base, ours, theirs] = rest.map(|members| members.first().map(|member| member.name));
    // Versions of one record mostly have the same members.
    if base.is_some() && base == ours && base == theirs {
        return base;
    }
    [base, ours, theirs].into_iter().flatten().min()
}

/// The value of the next member, if it has this name.
fn take_named<'t>(members: &mut &[Member<'t>], name: &str) -> Option<&'t str> {
    let (first, rest) = members.split_first().filter(|(first, _)| first.name == name)?;
    *members = rest;
    Some(first.value)
}

/// A record that is written in both forms at once: as it is stored, and as it is hashed.
struct Writing {
    text: String,
    neutral: String,
}

impl Writing {
    fn with_room_for(record: &StoredRecord<'_>) -> Writing {
        let room = || {
            let mut text = String::with_capacity(record.length() + record.length() / 4);
            text.push('{');
            text
        };
        Writing { text: room(), neutral: room() }
    }

    /// Adds a member as its text has it.
    fn copy(&mut self, member: &Member<'_>) {
        member.write(&mut self.text);
        member.write_neutral(&mut self.neutral);
    }

    fn put(&mut self, name: &str, value: &Value) {
        write_name(&mut self.text, name);
        json::write_canonical(&mut self.text, value);
        if !value.is_null() {
            write_name(&mut self.neutral, name);
            json::write_neutral(&mut self.neutral, value);
        }
    }

    fn finish(mut self) -> ToStore {
        self.text.push('}');
        self.neutral.push('}');
        ToStore { text: self.text, hash: ContentHash::of(self.neutral.as_bytes()) }
    }
}

/// Appends the name of the next member of an object.
fn write_name(out: &mut String, name: &str) {
    separate(out);
    json::write_text(out, name);
    out.push(':');
}
