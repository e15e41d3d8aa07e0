//! Adding up the answers of a whole listing (X10).

use super::census::Census;
use super::group::{Answer, Group};
use super::guards::Guard;
use super::key_change::{KeyChange, Moved};
use super::plan::PlanHash;
use super::row::State;
use super::scan::Seen;
use crate::key::RecordKey;
use crate::outcome::Outcome;
use crate::policy::{Policy, WriteKind};
use crate::side::Side;
use crate::value::{Number, Object, Value};
use crate::verdict::{Verdict, Warning};

/// Warnings beyond this number are counted but not listed, so that memory does not grow with the records.
const MAX_LISTED_WARNINGS: usize = 1000;

/// The figures of a merge.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Distinct keys.
    pub records: u64,
    /// Open conflicts.
    pub conflicts: u64,
    /// Their contested paths.
    pub conflict_fields: u64,
    /// Writes due on ours.
    pub writes_ours: SideWrites,
    /// Writes due on theirs.
    pub writes_theirs: SideWrites,
    /// Writes the allow switches refuse.
    pub pending: u64,
    /// The plan (G1).
    pub plan: PlanHash,
    outcomes: [u64; Outcome::ALL.len()],
    warnings: Vec<(RecordKey, Warning)>,
    warning_count: u64,
    listed: [u64; 3],
    census: Census,
    moved: Moved,
}

/// How many writes of each kind a side is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SideWrites {
    /// New records.
    pub create: u64,
    /// Changed records.
    pub update: u64,
    /// Deleted records.
    pub delete: u64,
}

impl SideWrites {
    /// All of them, as the guard against many changes counts them (G3).
    ///
    /// ```
    /// use merge::listing::SideWrites;
    /// assert_eq!(SideWrites { create: 1, update: 20, delete: 3 }.total(), 24);
    /// ```
    pub const fn total(&self) -> u64 {
        self.create + self.update + self.delete
    }

    const fn count(&mut self, kind: WriteKind) {
        match kind {
            WriteKind::Create => self.create += 1,
            WriteKind::Update => self.update += 1,
            WriteKind::Delete => self.delete += 1,
        }
    }

    const fn append(&mut self, later: SideWrites) {
        self.create += later.create;
        self.update += later.update;
        self.delete += later.delete;
    }

    fn to_object(self) -> Object {
        [("create", self.create), ("update", self.update), ("delete", self.delete)].into_iter().collect()
    }
}

impl Summary {
    /// Adds the answer of one key (X10). Keys must come in their order, because the plan hash depends on it.
    ///
    /// ```
    /// # use merge::{Outcome, Policy, RecordKey, listing::{Group, Row, Summary, merge_group}};
    /// let record = merge::json::parse_object(br#"{"crn":1001,"room":"B12"}"#).unwrap();
    /// let row = Row::read(record, 1).unwrap();
    /// let group = Group { key: RecordKey::from(1001), base: None, ours: vec![row], theirs: Vec::new() };
    /// let mut summary = Summary::default();
    /// summary.add("section", &group, &merge_group(&Policy::default(), "section", &group));
    /// assert_eq!(summary.outcome(Outcome::CreatedOurs), 1);
    /// assert_eq!(summary.writes_theirs.create, 1);
    /// ```
    pub fn add(&mut self, type_name: &str, group: &Group, answer: &Answer) {
        let verdict = &answer.verdict;
        self.records += 1;
        self.outcomes[verdict.outcome as usize] += 1;
        if let Some(conflict) = &verdict.conflict {
            self.conflicts += 1;
            self.conflict_fields += conflict.fields.len() as u64;
        }
        self.pending += verdict.pending.len() as u64;
        self.add_writes(type_name, group, verdict);
        self.add_rows(group);
        self.moved.add(group, answer);
        for warning in &verdict.warnings {
            self.warn(&group.key, warning.clone());
        }
    }

    /// Counts a record that is the same text on all three inputs.
    pub(super) fn add_unchanged(&mut self, seen: &Seen) {
        self.census.count_all(&seen.members);
        self.records += 1;
        self.outcomes[Outcome::Unchanged as usize] += 1;
        self.listed.iter_mut().for_each(|listed| *listed += 1);
    }

    pub(super) const fn census(&mut self) -> &mut Census {
        &mut self.census
    }

    /// Takes in the summary of the keys that come after those of this one: the sums are those of one run (X14).
    ///
    /// ```
    /// # use merge::{Object, Outcome, Policy, RecordKey, listing::{Group, Row, Summary, merge_group}};
    /// let part = |key: i64| {
    ///     let row = Row::read(Object::new(), 1).unwrap();
    ///     let group = Group { key: RecordKey::from(key), base: None, ours: vec![row], theirs: Vec::new() };
    ///     let mut summary = Summary::default();
    ///     summary.add("section", &group, &merge_group(&Policy::default(), "section", &group));
    ///     summary
    /// };
    /// let mut whole = part(1001);
    /// whole.append(part(1002));
    /// assert_eq!((whole.records, whole.writes_theirs.create), (2, 2));
    /// ```
    pub fn append(&mut self, later: Summary) {
        self.records += later.records;
        self.conflicts += later.conflicts;
        self.conflict_fields += later.conflict_fields;
        self.writes_ours.append(later.writes_ours);
        self.writes_theirs.append(later.writes_theirs);
        self.pending += later.pending;
        self.plan.append(&later.plan);
        self.warning_count += later.warning_count;
        let room = MAX_LISTED_WARNINGS - self.warnings.len();
        self.warnings.extend(later.warnings.into_iter().take(room));
        let sums = self.outcomes.iter_mut().zip(later.outcomes);
        sums.chain(self.listed.iter_mut().zip(later.listed)).for_each(|(sum, more)| *sum += more);
        self.census.append(later.census);
        self.moved.append(later.moved);
    }

    /// Adds a warning about a key that no answer carries.
    ///
    /// ```
    /// # use merge::{FieldPath, Policy, RecordKey, Warning, WarningCode, listing::Summary};
    /// let mut summary = Summary::default();
    /// let warning = Warning { code: WarningCode::StaleDecision, path: FieldPath::field("room"), side: None };
    /// summary.warn(&RecordKey::from(1001), warning);
    /// let printed = summary.to_object(&Policy::default(), &["crn".to_owned()]);
    /// let warnings = r#"[{"code":"stale_decision","key":{"crn":1001},"path":"room"}]"#;
    /// assert_eq!(printed.get("warnings").unwrap().to_json(), warnings);
    /// ```
    pub fn warn(&mut self, key: &RecordKey, warning: Warning) {
        self.warning_count += 1;
        if self.warnings.len() < MAX_LISTED_WARNINGS {
            self.warnings.push((key.clone(), warning));
        }
    }

    /// How many records had this outcome (X11).
    ///
    /// ```
    /// # use merge::{Outcome, listing::{Summary, TextJoin, TextLines}};
    /// let text = || TextLines::new(b"{\"crn\":1001}\n{\"crn\":1002}");
    /// let (key, mut summary) = (["crn".to_owned()], Summary::default());
    /// let mut join = TextJoin::new([text(), text(), text()], &key);
    /// while join.next(&mut summary).unwrap().is_some() {}
    /// assert_eq!(summary.outcome(Outcome::Unchanged), 2);
    /// ```
    pub const fn outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize]
    }

    fn add_writes(&mut self, type_name: &str, group: &Group, verdict: &Verdict) {
        for (side, rows) in [(Side::Ours, &group.ours), (Side::Theirs, &group.theirs)] {
            let Some(write) = verdict.write(side) else { continue };
            let writes = match side {
                Side::Ours => &mut self.writes_ours,
                Side::Theirs => &mut self.writes_theirs,
            };
            writes.count(write.kind());
            let current = rows.first().filter(|row| row.state == State::Live).map(|row| &row.record);
            self.plan.add(type_name, &group.key, side, write, current);
        }
    }

    fn add_rows(&mut self, group: &Group) {
        let base = group.base.as_slice();
        for (at, rows) in [base, &group.ours, &group.theirs].into_iter().enumerate() {
            for row in rows.iter().filter(|row| row.is_there()) {
                self.listed[at] += 1;
                self.census.count(at, row);
            }
        }
    }

    /// The guards that would stop a night with these figures (G3 to G6).
    ///
    /// ```
    /// # use merge::{Policy, Side, listing::{GuardCode, SideWrites, Summary}};
    /// let mut summary = Summary::default();
    /// summary.writes_theirs = SideWrites { update: 101, ..SideWrites::default() };
    /// let guards = summary.guards(&Policy::default());
    /// assert_eq!((guards[0].code, guards[0].side), (GuardCode::Changes, Side::Theirs));
    /// ```
    pub fn guards(&self, policy: &Policy) -> Vec<Guard> {
        let [base, ours, theirs] = self.listed;
        let protect = &policy.protect;
        let mut guards: Vec<Guard> = [
            Guard::changes(protect, self.writes_theirs.total()),
            Guard::deletes(protect, Side::Ours, self.writes_ours.delete, ours),
            Guard::deletes(protect, Side::Theirs, self.writes_theirs.delete, theirs),
            Guard::listing(Side::Ours, ours, base),
            Guard::listing(Side::Theirs, theirs, base),
        ]
        .into_iter()
        .flatten()
        .collect();
        guards.extend(Guard::vanished(&self.census));
        guards
    }

    /// What may be one record under another key (R14), by side and by the key that is gone. Of very many deletes or creates
    /// only the first are looked at.
    ///
    /// ```
    /// # use merge::{Policy, RecordKey, listing::{Group, Row, Summary, merge_group}};
    /// let rows = |text: &str| vec![Row::read(merge::json::parse_object(text.as_bytes()).unwrap(), 1).unwrap()];
    /// let (old, new) = (rows(r#"{"crn":1,"room":"B12"}"#), rows(r#"{"crn":9,"room":"B12"}"#));
    /// let gone = Group { key: RecordKey::from(1), base: old.first().cloned(), ours: Vec::new(), theirs: old };
    /// let added = Group { key: RecordKey::from(9), base: None, ours: new, theirs: Vec::new() };
    /// let (policy, mut summary) = (Policy::default(), Summary::default());
    /// for group in [gone, added] {
    ///     summary.add("section", &group, &merge_group(&policy, "section", &group));
    /// }
    /// let change = &summary.possible_key_changes(&policy, &["crn".to_owned()])[0];
    /// assert_eq!((&change.from, &change.to), (&RecordKey::from(1), &RecordKey::from(9)));
    /// ```
    pub fn possible_key_changes(&self, policy: &Policy, key_fields: &[String]) -> Vec<KeyChange> {
        self.moved.pairs(policy, key_fields)
    }

    /// The summary as `--summary json` prints it (X10), and `pending`, `warning_count` and `possible_key_changes` in
    /// addition.
    ///
    /// ```
    /// # use merge::{Policy, Value, listing::Summary};
    /// let printed = Summary::default().to_object(&Policy::default(), &["crn".to_owned()]);
    /// assert_eq!(printed.get("records"), Some(&Value::from(0)));
    /// let outcomes = printed.get("outcomes").and_then(Value::as_object).unwrap();
    /// assert_eq!(outcomes.len(), 19, "every outcome by name");
    /// ```
    pub fn to_object(&self, policy: &Policy, key_fields: &[String]) -> Object {
        let number = |count: u64| Value::Number(Number::from(count));
        let outcomes: Object =
            Outcome::ALL.iter().map(|outcome| (outcome.as_str(), self.outcome(*outcome))).collect();
        let writes: Object =
            [("ours", self.writes_ours.to_object()), ("theirs", self.writes_theirs.to_object())]
                .into_iter()
                .collect();
        let warnings = self.warnings.iter().map(|(key, warning)| warning_object(key, warning, key_fields));
        let guards = self.guards(policy).iter().map(|guard| Value::Object(guard.to_object())).collect();
        let moved = self.possible_key_changes(policy, key_fields);
        let moved = moved.iter().map(|change| Value::Object(change.to_object(key_fields))).collect();
        let members: [(&str, Value); 11] = [
            ("records", number(self.records)),
            ("outcomes", outcomes.into()),
            ("conflicts", number(self.conflicts)),
            ("conflict_fields", number(self.conflict_fields)),
            ("writes", writes.into()),
            ("pending", number(self.pending)),
            ("warnings", Value::List(warnings.map(Value::Object).collect())),
            ("warning_count", number(self.warning_count)),
            ("guards", Value::List(guards)),
            ("possible_key_changes", Value::List(moved)),
            ("plan_hash", self.plan.to_string().into()),
        ];
        members.into_iter().collect()
    }
}

fn warning_object(key: &RecordKey, warning: &Warning, key_fields: &[String]) -> Object {
    let mut object = Object::new();
    object.insert("code", warning.code.as_str());
    object.insert("key", key.to_object(key_fields));
    object.insert("path", warning.path.to_string());
    if let Some(side) = warning.side {
        object.insert("side", side.as_str());
    }
    object
}
