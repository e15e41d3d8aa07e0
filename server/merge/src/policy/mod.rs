//! Policies: who wins, what compares equal, and what may be written (MS sections 3 and 17).

mod check;
mod codes;
mod error;
mod lookup;
mod members;
mod names;
mod read;
mod relations;
#[cfg(test)]
mod tests;
mod tolerance;

pub(crate) use codes::Codes;
pub use error::PolicyError;
pub(crate) use lookup::RecordPolicy;
pub use names::{
    BlankRule, Comparator, Compare, Hold, Level, ListKind, ListOrder, Mode, NoBaseBlank, Resolver, TextMerge,
    WriteKind,
};
pub use relations::{ChangedAt, Reference};
pub use tolerance::{BadTolerance, Tolerance};

use chrono_tz::Tz;

use crate::key::RecordKey;
use crate::path::{FieldPath, Pattern};
use crate::side::Side;
use crate::value::Object;

/// The policy of one merge type.
///
/// The default holds every default of MS section 17. Policies are mostly read from TOML:
///
/// ```
/// use merge::{FieldPath, Level, Mode, Policy, RecordKey};
/// let policy = Policy::from_toml(r#"
///     mode = "resolve_ours"
///     [[field]]
///     path = "room"
///     mode = "resolve_theirs"
/// "#).unwrap();
/// let key = RecordKey::from("1001");
/// assert_eq!(policy.mode_at(&key, &FieldPath::field("room")), (Mode::ResolveTheirs, Level::Field));
/// assert_eq!(policy.mode_at(&key, &FieldPath::field("name")), (Mode::ResolveOurs, Level::Type));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Mode of the merge type (level 2). `None` leaves the product's default, `manual`.
    pub mode: Option<Mode>,
    /// How much one conflict holds back (P7).
    pub hold: Hold,
    /// Whether all fields of a record form one group (R13).
    pub strict: bool,
    /// Blank against value without a base (F12).
    pub no_base_blank: NoBaseBlank,
    /// Transient paths (P9).
    pub ignore: Vec<Pattern>,
    /// Sets of fields no two records may share (K1).
    pub unique: Vec<Vec<FieldPath>>,
    /// What fields refer to (K4).
    pub references: Vec<Reference>,
    /// What is asked, in this order, before a person is (C11).
    pub resolvers: Vec<Resolver>,
    /// Where the sides tell when a record was changed (C11 `newest`).
    pub changed_at: Option<ChangedAt>,
    /// How text compares where no field rule says otherwise (N1).
    pub compare: Compare,
    /// Where calendar days begin and end (N4).
    pub zone: Tz,
    /// What blanks do where no field rule says otherwise (F8).
    pub blank: Blank,
    /// Where writes may go (P6).
    pub allow: Allow,
    /// Limits of a night (G3, G4).
    pub protect: Protect,
    fields: Vec<FieldRule>,
    groups: Vec<Group>,
    records: Vec<RecordOverride>,
    rules: Vec<StaffRule>,
    codes: Vec<Codes>,
    /// The declared key, once it is known (R14).
    key: Vec<String>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            mode: None,
            hold: Hold::Record,
            strict: false,
            no_base_blank: NoBaseBlank::Conflict,
            ignore: Vec::new(),
            unique: Vec::new(),
            references: Vec::new(),
            resolvers: Vec::new(),
            changed_at: None,
            compare: Compare::NFC,
            zone: Tz::UTC,
            blank: Blank::default(),
            allow: Allow::default(),
            protect: Protect::default(),
            fields: Vec::new(),
            groups: Vec::new(),
            records: Vec::new(),
            rules: Vec::new(),
            codes: Vec::new(),
            key: Vec::new(),
        }
    }
}

/// An exception for the paths a pattern covers (level 3). Settings left out are looked up elsewhere (P4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// The paths it covers.
    pub path: Pattern,
    /// Who wins there.
    pub mode: Option<Mode>,
    /// How text compares there.
    pub compare: Option<Compare>,
    /// How far a number or an instant there may be from base and still count as unchanged (N7).
    pub tolerance: Option<Tolerance>,
    /// What blanks do there.
    pub blank: Blank,
    /// How the list at exactly this path is merged.
    pub list: Option<ListKind>,
    /// The fields by which the items of a keyed list are paired (A4); empty for other lists.
    pub key: Vec<String>,
    /// Whether the order of a keyed list counts (A5).
    pub order: ListOrder,
    /// How long texts are merged there (T1).
    pub text: Option<TextMerge>,
    /// Whether whole numbers there are counted on from both sides (T5).
    pub counter: Option<bool>,
    /// Whether record overrides and staff rules cannot beat it (P3).
    pub locked: bool,
}

/// What a blank does, by the direction it would travel; `None` leaves it to the next level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Blank {
    /// Ours sends a blank.
    pub ours_to_theirs: Option<BlankRule>,
    /// Theirs sends a blank.
    pub theirs_to_ours: Option<BlankRule>,
}

impl Blank {
    const fn sent_by(&self, side: Side) -> Option<BlankRule> {
        match side {
            Side::Ours => self.ours_to_theirs,
            Side::Theirs => self.theirs_to_ours,
        }
    }
}

/// Fields that are settled as one unit (F10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, for people.
    pub name: String,
    /// The paths of its members.
    pub paths: Vec<FieldPath>,
    /// Its mode; without one the type's.
    pub mode: Option<Mode>,
}

/// A mode for one record (level 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOverride {
    key: OverrideKey,
    /// Who wins in this record.
    pub mode: Mode,
}

/// The key of an override: as written, until the order of the key fields is known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum OverrideKey {
    Named(Object),
    Bound(RecordKey),
}

/// A saved choice of the staff (level 5). Expired ones are the caller's to leave out: the engine knows no clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRule {
    /// The record it is for; none for all records of the type.
    pub record: Option<RecordKey>,
    /// The paths it covers; none for the whole record, which includes create and delete questions (P5).
    pub path: Option<Pattern>,
    /// Who wins there.
    pub mode: Mode,
}

/// Where writes may go (P6). All on by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allow {
    /// Writes to ours.
    pub ours: AllowSide,
    /// Writes to theirs.
    pub theirs: AllowSide,
}

/// What may be written to one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllowSide {
    /// New records.
    pub create: bool,
    /// Changes.
    pub update: bool,
    /// Deletes.
    pub delete: bool,
}

impl Default for AllowSide {
    fn default() -> AllowSide {
        AllowSide { create: true, update: true, delete: true }
    }
}

impl Allow {
    /// Whether such a write may be sent to the side.
    ///
    /// ```
    /// use merge::{Policy, Side, WriteKind};
    /// let policy = Policy::from_toml("[allow.theirs]\ndelete = false").unwrap();
    /// assert!(!policy.allow.permits(Side::Theirs, WriteKind::Delete));
    /// ```
    pub const fn permits(&self, side: Side, kind: WriteKind) -> bool {
        let allowed = match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        };
        match kind {
            WriteKind::Create => allowed.create,
            WriteKind::Update => allowed.update,
            WriteKind::Delete => allowed.delete,
        }
    }
}

/// Limits of a night; `None` is no limit, which must be chosen with `"none"` (G3, G4, RL G5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protect {
    /// Changed records that may be pushed to theirs.
    pub changes: Option<u64>,
    /// Deletes per side that pass whatever their share.
    pub delete_count: Option<u64>,
    /// Deletes per side in percent of what it holds that pass whatever their number.
    pub delete_percent: Option<u64>,
}

impl Default for Protect {
    fn default() -> Protect {
        Protect { changes: Some(100), delete_count: Some(10), delete_percent: Some(3) }
    }
}

impl Policy {
    /// The field rules, as written (P4).
    ///
    /// ```
    /// # use merge::{ListKind, Policy};
    /// let policy = Policy::from_toml("[[field]]\npath = 'tags'\nlist = 'set'").unwrap();
    /// assert_eq!(policy.fields()[0].list, Some(ListKind::Set));
    /// ```
    pub fn fields(&self) -> &[FieldRule] {
        &self.fields
    }

    /// The field groups, as written (F10).
    ///
    /// ```
    /// # use merge::Policy;
    /// let policy = Policy::from_toml("[[group]]\nname = 'address'\npaths = ['street', 'city']").unwrap();
    /// assert_eq!(policy.groups()[0].paths.len(), 2);
    /// ```
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The record overrides, as written (P3).
    ///
    /// ```
    /// # use merge::{Mode, Policy};
    /// let policy = Policy::from_toml("[[record]]\nkey = { crn = 1001 }\nmode = 'always_ours'").unwrap();
    /// assert_eq!(policy.records()[0].mode, Mode::AlwaysOurs);
    /// ```
    pub fn records(&self) -> &[RecordOverride] {
        &self.records
    }

    /// Adds a staff rule (level 5 of P3). Where several fit, the most specific wins, then the one added last.
    ///
    /// ```
    /// # use merge::{FieldPath, Level, Mode, Policy, RecordKey, StaffRule};
    /// let mut policy = Policy::default();
    /// let path = Some("room".parse().unwrap());
    /// policy.add_staff_rule(StaffRule { record: None, path, mode: Mode::ResolveTheirs });
    /// let mode = policy.mode_at(&RecordKey::from(1001), &FieldPath::field("room"));
    /// assert_eq!(mode, (Mode::ResolveTheirs, Level::Rule));
    /// ```
    pub fn add_staff_rule(&mut self, rule: StaffRule) {
        self.rules.push(rule);
    }

    /// Adds a mode for one record (level 4 of P3), beating one written earlier.
    ///
    /// ```
    /// # use merge::{Level, Mode, Policy, RecordKey};
    /// let mut policy = Policy::default();
    /// policy.add_record_override(RecordKey::from(1001), Mode::AlwaysOurs);
    /// assert_eq!(policy.record_mode(&RecordKey::from(1001)), (Mode::AlwaysOurs, Level::Record));
    /// assert_eq!(policy.record_mode(&RecordKey::from(1002)), (Mode::Manual, Level::Default));
    /// ```
    pub fn add_record_override(&mut self, key: RecordKey, mode: Mode) {
        self.records.push(RecordOverride { key: OverrideKey::Bound(key), mode });
    }

    /// The same policy with the sides swapped (law L1).
    ///
    /// ```
    /// use merge::{Mode, Policy};
    /// let policy = Policy::from_toml("mode = 'always_ours'").unwrap();
    /// assert_eq!(policy.mirror().mode, Some(Mode::AlwaysTheirs));
    /// ```
    #[must_use]
    pub fn mirror(&self) -> Policy {
        let mut policy = self.clone();
        let swap = |blank: &mut Blank| std::mem::swap(&mut blank.ours_to_theirs, &mut blank.theirs_to_ours);
        policy.mode = policy.mode.map(Mode::mirror);
        swap(&mut policy.blank);
        if let Some(paths) = &mut policy.changed_at {
            std::mem::swap(&mut paths.ours, &mut paths.theirs);
        }
        std::mem::swap(&mut policy.allow.ours, &mut policy.allow.theirs);
        for field in &mut policy.fields {
            field.mode = field.mode.map(Mode::mirror);
            swap(&mut field.blank);
        }
        for group in &mut policy.groups {
            group.mode = group.mode.map(Mode::mirror);
        }
        for record in &mut policy.records {
            record.mode = record.mode.mirror();
        }
        for rule in &mut policy.rules {
            rule.mode = rule.mode.mirror();
        }
        policy
    }
}
