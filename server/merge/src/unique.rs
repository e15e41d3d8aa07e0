//! Records that share what must be unique (MS K1, K2).

use std::collections::HashMap;

use crate::conflict::{Conflict, ConflictField, Present, Reason};
use crate::decision::{Rule, get};
use crate::key::RecordKey;
use crate::normalize::Comparing;
use crate::outcome::{ConflictKind, Outcome};
use crate::path::{FieldPath, steps};
use crate::policy::{FieldRule, Hold, Policy};
use crate::record_rule::Input;
use crate::value::{ContentHash, Object, Value};
use crate::verdict::{Verdict, Warning, WarningCode};

/// All values that must be unique, collected in a first pass over the verdicts; a second pass asks it for collisions.
///
/// It keeps one hash per record and set of fields, and the keys of the records: with `unique` declared, memory grows
/// with the number of records.
///
/// ```
/// use merge::{Input, Policy, Presence, RecordKey, UniqueIndex};
/// let policy = Policy::from_toml(r#"unique = [["email"]]"#).unwrap();
/// let record = merge::json::parse_object(br#"{"email":"a@b"}"#).unwrap();
/// let mut index = UniqueIndex::new(&policy);
/// let verdicts = [1, 2].map(|key| {
///     let key = RecordKey::from(key);
///     let input = Input { ours: Presence::Live(&record), ..Input::new("person", &key) };
///     let verdict = merge::merge_record(&policy, &input);
///     index.add(&key, &verdict);
///     verdict
/// });
/// let collisions = index.collisions(&RecordKey::from(1), &verdicts[0]);
/// assert_eq!(collisions[0].code, "DUPLICATE_EMAIL");
/// assert_eq!(collisions[0].with, [RecordKey::from(2)]);
/// ```
#[derive(Debug)]
pub struct UniqueIndex<'p> {
    policy: &'p Policy,
    /// For each hash of set and values, the records that have it.
    holders: HashMap<ContentHash, Vec<usize>>,
    records: Vec<(RecordKey, bool)>,
}

/// One set of fields that a record shares with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// `DUPLICATE_` and the names of the fields.
    pub code: String,
    /// The fields.
    pub paths: Vec<FieldPath>,
    /// The other records, sorted by key.
    pub with: Vec<RecordKey>,
    /// Whether the record is held for it; else it is only warned about (K2).
    pub held: bool,
}

impl<'p> UniqueIndex<'p> {
    /// An index for the sets the policy declares (K1).
    ///
    /// ```
    /// # use merge::{Input, Policy, RecordKey, UniqueIndex, merge_record};
    /// let policy = Policy::from_toml(r#"unique = [["member_key"], ["building", "room"]]"#).unwrap();
    /// let key = RecordKey::from("S-17");
    /// let gone = merge_record(&policy, &Input::new("student", &key));
    /// assert!(UniqueIndex::new(&policy).collisions(&key, &gone).is_empty());
    /// ```
    pub fn new(policy: &'p Policy) -> UniqueIndex<'p> {
        UniqueIndex { policy, holders: HashMap::new(), records: Vec::new() }
    }

    /// Takes in the merged values of a record; blanks collide with nothing (K1).
    ///
    /// ```
    /// # use merge::{Input, Policy, Presence, RecordKey, UniqueIndex, merge_record};
    /// let policy = Policy::from_toml(r#"unique = [["email"]]"#).unwrap();
    /// let student = merge::json::parse_object(br#"{"name":"Ann","email":null}"#).unwrap();
    /// let mut index = UniqueIndex::new(&policy);
    /// for key in ["S-17", "S-18"].map(RecordKey::from) {
    ///     let input = Input { ours: Presence::Live(&student), ..Input::new("student", &key) };
    ///     let verdict = merge_record(&policy, &input);
    ///     index.add(&key, &verdict);
    ///     assert!(index.collisions(&key, &verdict).is_empty());
    /// }
    /// ```
    pub fn add(&mut self, key: &RecordKey, verdict: &Verdict) {
        let Some(record) = &verdict.merged else { return };
        let at = self.records.len();
        let hashes: Vec<ContentHash> = unique_values(self.policy, record).into_iter().flatten().collect();
        for hash in hashes {
            self.holders.entry(hash).or_default().push(at);
        }
        self.records.push((key.clone(), verdict.has_changed()));
    }

    /// The collisions of a record that was added (K1); where no record changed, they are warnings (K2).
    ///
    /// ```
    /// # use merge::{Input, Policy, Presence, RecordKey, UniqueIndex, merge_record};
    /// # let policy = Policy::from_toml(r#"unique = [["email"]]"#).unwrap();
    /// # let student = merge::json::parse_object(br#"{"email":"a@b"}"#).unwrap();
    /// # let (live, keys) = (Presence::Live(&student), ["S-17", "S-18"].map(RecordKey::from));
    /// let mut index = UniqueIndex::new(&policy);
    /// let unchanged = keys.each_ref().map(|key| {
    ///     let input = Input { base: Some(&student), ours: live, theirs: live, ..Input::new("student", key) };
    ///     let verdict = merge_record(&policy, &input);
    ///     index.add(key, &verdict);
    ///     verdict
    /// });
    /// let collisions = index.collisions(&keys[0], &unchanged[0]);
    /// assert_eq!(collisions[0].with, [RecordKey::from("S-18")]);
    /// assert!(!collisions[0].held, "neither record changed: a warning");
    /// ```
    pub fn collisions(&self, key: &RecordKey, verdict: &Verdict) -> Vec<Collision> {
        let Some(record) = &verdict.merged else { return Vec::new() };
        let sets = self.policy.unique.iter().zip(unique_values(self.policy, record));
        let collision = |(paths, hash): (&Vec<FieldPath>, Option<ContentHash>)| {
            let holders = self.holders.get(&hash?)?.iter().map(|at| &self.records[*at]);
            let others: Vec<_> = holders.filter(|(other, _)| other != key).collect();
            if others.is_empty() {
                return None;
            }
            let mut with: Vec<RecordKey> = others.iter().map(|(other, _)| other.clone()).collect();
            with.sort();
            let held = verdict.has_changed() || others.iter().any(|(_, changed)| *changed);
            Some(Collision::new(paths, with, held))
        };
        sets.filter_map(collision).collect()
    }
}

/// What a record holds of each declared set, as a hash of the compare forms; none where a value is blank (K1). Two records of
/// a type collide if and only if they have a hash in common. It is for whoever keeps them elsewhere than in a [`UniqueIndex`].
///
/// ```
/// use merge::{Policy, unique_values};
/// let policy = Policy::from_toml("compare = ['case']\nunique = [['email'], ['building', 'room']]").unwrap();
/// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
/// let ann = unique_values(&policy, &record(r#"{"email":"ann@north.edu","building":"SCI"}"#));
/// let kemi = unique_values(&policy, &record(r#"{"email":"Ann@north.edu"}"#));
/// assert_eq!(ann, kemi);
/// assert!(ann[0].is_some() && ann[1].is_none(), "a blank collides with nothing");
/// ```
pub fn unique_values(policy: &Policy, record: &Object) -> Vec<Option<ContentHash>> {
    let comparing = Comparing::new(policy);
    let hash = |(at, paths): (usize, &Vec<FieldPath>)| {
        let mut text = at.to_string();
        for path in paths {
            let mut steps = steps(path);
            let value = get(record, path).filter(|value| !comparing.is_blank(&steps, Some(value)))?;
            text.push('\t');
            // The form borrows its steps from path and value alike, so it gets steps that live as long.
            text.push_str(&comparing.form(&mut steps, value));
        }
        Some(ContentHash::of(text.as_bytes()))
    };
    policy.unique.iter().enumerate().map(hash).collect()
}

impl Policy {
    /// Changes whenever what [`unique_values`] answers may change: the sets, or how their values compare. What was kept of
    /// records under another one says nothing any more.
    ///
    /// ```
    /// use merge::Policy;
    /// let of = |text: &str| Policy::from_toml(text).unwrap().unique_declaration();
    /// assert_eq!(of("unique = [['email']]"), of("unique = [['email']]\nmode = 'resolve_ours'"));
    /// assert_ne!(of("unique = [['email']]"), of("unique = [['email']]\ncompare = ['case']"));
    /// ```
    pub fn unique_declaration(&self) -> ContentHash {
        let compared =
            |rule: &FieldRule| (rule.path.clone(), rule.compare, rule.list, rule.key.clone(), rule.order);
        let fields: Vec<_> = self.fields().iter().map(compared).collect();
        let settings = (&self.unique, self.compare, self.zone, &self.ignore, fields, self.all_codes());
        ContentHash::of(format!("{settings:?}").as_bytes())
    }
}

impl Collision {
    /// A collision of one declared set.
    ///
    /// ```
    /// # use merge::{Collision, FieldPath, RecordKey};
    /// let set = [FieldPath::field("building"), FieldPath::field("room")];
    /// let collision = Collision::new(&set, vec![RecordKey::from(7)], true);
    /// assert_eq!(collision.code, "DUPLICATE_BUILDING_ROOM");
    /// ```
    pub fn new(set: &[FieldPath], with: Vec<RecordKey>, held: bool) -> Collision {
        Collision { code: code(set), paths: set.to_vec(), with, held }
    }
}

fn code(paths: &[FieldPath]) -> String {
    let names: Vec<String> = paths.iter().map(|path| path.to_string().to_uppercase()).collect();
    format!("DUPLICATE_{}", names.join("_"))
}

impl Verdict {
    /// Whether the record's values changed in this run (K2).
    ///
    /// ```
    /// # use merge::{Input, Policy, Presence, RecordKey, merge_record};
    /// # let (policy, key) = (Policy::default(), RecordKey::from("S-17"));
    /// let student = merge::json::parse_object(br#"{"email":"a@b"}"#).unwrap();
    /// let agreed = Input { base: Some(&student), ours: Presence::Live(&student), ..Input::new("student", &key) };
    /// let agreed = Input { theirs: Presence::Live(&student), ..agreed };
    /// assert!(!merge_record(&policy, &agreed).has_changed());
    /// assert!(merge_record(&policy, &Input { base: None, ..agreed }).has_changed(), "it is new");
    /// ```
    pub const fn has_changed(&self) -> bool {
        !matches!(
            self.outcome,
            Outcome::Unchanged | Outcome::Missing | Outcome::OutOfScope | Outcome::Blocked
        )
    }

    /// Holds the record for its collisions, or warns of them (K1, K2). No mode resolves a collision.
    ///
    /// ```
    /// # use merge::{Collision, ConflictKind, FieldPath, Input, Policy, Presence, RecordKey, merge_record};
    /// # let student = merge::json::parse_object(br#"{"email":"a@b"}"#).unwrap();
    /// # let (policy, key) = (Policy::from_toml(r#"unique = [["email"]]"#).unwrap(), RecordKey::from("S-17"));
    /// let input = Input { ours: Presence::Live(&student), ..Input::new("student", &key) };
    /// let mut verdict = merge_record(&policy, &input);
    /// let (paths, with) = (vec![FieldPath::field("email")], vec![RecordKey::from("S-18")]);
    /// let collision = Collision { code: "DUPLICATE_EMAIL".to_owned(), paths, with, held: true };
    /// verdict.collide(&policy, &input, &[collision]);
    /// assert_eq!(verdict.conflict.unwrap().kind, ConflictKind::Duplicate);
    /// assert!(verdict.write_theirs.is_none());
    /// ```
    pub fn collide(&mut self, policy: &Policy, input: &Input<'_>, collisions: &[Collision]) {
        let (held, noted): (Vec<&Collision>, Vec<&Collision>) = collisions.iter().partition(|c| c.held);
        let warn = |collision: &Collision| Warning {
            code: WarningCode::Duplicate,
            path: collision.paths.first().cloned().unwrap_or_default(),
            side: None,
        };
        self.warnings.extend(noted.into_iter().map(warn));
        if held.is_empty() {
            return;
        }
        let mut fields: Vec<ConflictField> =
            held.into_iter().map(|collision| field(input, collision)).collect();
        let mut kind = ConflictKind::Duplicate;
        if let Some(open) = self.conflict.take() {
            kind = kind.min(open.kind);
            fields.extend(open.fields);
        }
        let present = Present {
            base: input.base.is_some(),
            ours: input.ours.live().is_some(),
            theirs: input.theirs.live().is_some(),
        };
        let conflict = Conflict::new(input.type_name, input.key, kind, Hold::Record, present, fields);
        let mode = policy.record_mode(input.key);
        let warnings = std::mem::take(&mut self.warnings);
        *self = Verdict::held(input, Rule::K1, mode, input.ours.live());
        (self.conflict, self.warnings) = (Some(conflict), warnings);
    }
}

fn field(input: &Input<'_>, collision: &Collision) -> ConflictField {
    let path = collision.paths.first().cloned().unwrap_or_default();
    let value = |record: Option<&Object>| record.and_then(|record| get(record, &path)).cloned();
    let values: [Option<Value>; 3] =
        [value(input.base), value(input.ours.live()), value(input.theirs.live())];
    let [base, ours, theirs] = values;
    let reason = Reason::Duplicate(collision.code.clone());
    ConflictField { path, base, ours, theirs, reason, with: collision.with.clone() }
}
