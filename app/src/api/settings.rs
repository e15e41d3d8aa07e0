use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{ScheduleEdit, SettingsEdit};

/// A school as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolLine {
    /// Its short name in links and commands.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Open conflicts.
    pub open_conflicts: i64,
}

/// What an import of settings did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedSettings {
    /// The school.
    pub school: String,
    /// The revision that holds now.
    pub revision: i64,
    /// False when the file equals what was there.
    pub changed: bool,
}

/// The settings of a school as a person sees them: with the changes of their own draft, if they have one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsView {
    /// The revision that holds now, whatever a draft says.
    pub revision: i64,
    /// Every record type, parents before children.
    pub types: Vec<TypeView>,
    /// When nights start.
    pub schedule: ScheduleView,
    /// How much one merge may change, and how long a decision is held.
    pub limits: super::LimitsEdit,
    /// What the person has changed and not saved.
    pub draft: Option<SettingsDraft>,
}

impl SettingsView {
    /// The revision that the pages show, with what the draft changes.
    #[must_use]
    pub fn shown(&self) -> i64 {
        self.draft.as_ref().map_or(self.revision, |draft| draft.started_from)
    }
}

/// A person's unsaved changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsDraft {
    /// The revision it started from.
    pub started_from: i64,
    /// When it was last kept.
    pub kept_at: DateTime<Utc>,
    /// What differs from that revision.
    pub changes: Vec<SettingChange>,
    /// What others have saved since that revision, newest first.
    pub meanwhile: Vec<SettingsRevision>,
    /// The last form that could not be used.
    pub refused: Option<RefusedEdit>,
}

impl SettingsDraft {
    /// Whether somebody else has saved settings since it was started.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !self.meanwhile.is_empty()
    }
}

/// A form of settings that could not be used: what was typed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEdit {
    /// What was typed.
    pub edit: SettingsEdit,
    /// The setting, as a dotted path of the document.
    pub place: String,
    /// What is wrong with it, and what would do.
    pub message: String,
}

/// One setting that differs between two documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// Where it stands: `type`, `room`, `field`, `capacity`, `mode`.
    pub place: Vec<String>,
    /// What was there, as TOML; none where nothing was set.
    pub before: Option<String>,
    /// What is there now.
    pub after: Option<String>,
}

/// A revision of the settings, with what it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsRevision {
    /// Its number.
    pub number: i64,
    /// When it was saved.
    pub at: DateTime<Utc>,
    /// Who saved it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// What differs from the revision before; empty for the first one.
    pub changes: Vec<SettingChange>,
}

/// One record type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeView {
    /// In links and settings.
    pub name: String,
    /// For people.
    pub label: String,
    /// Whether merges take it along.
    pub enabled: bool,
    /// The names of the types it needs first.
    pub needs: Vec<String>,
    /// The names of the types that need it, directly or through others.
    pub needed_by: Vec<String>,
    /// Who wins where nothing else is set (words of the engine, `merge::Mode`).
    pub mode: String,
    /// Whether that is set for the type, and not just what holds without any setting.
    pub own_mode: bool,
    /// What a blank does where nothing else is set: from ours to theirs, and from theirs to ours (`merge::BlankRule`).
    pub blank: (String, String),
    /// How text compares where nothing else is set: see [`super::FieldEdit::compare`].
    pub compare: String,
    /// Sets of fields of which no two records may hold the same (MS K1).
    pub unique: Vec<Vec<String>>,
    /// Fields that are settled otherwise.
    pub exceptions: i64,
    /// Its fields.
    pub fields: Vec<FieldRuleView>,
}

/// One field of a type, as the settings rule it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRuleView {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: String,
    /// Whether it is part of the key.
    pub key: bool,
    /// `in` or `out` where it only travels one way; who wins is settled by that.
    pub one_way: Option<String>,
    /// The group of fields that is settled as one, if it is in one.
    pub group: Option<String>,
    /// Whether it is left alone on both sides.
    pub apart: bool,
    /// Who wins (words of the engine, `merge::Mode`).
    pub mode: String,
    /// What is set for the field itself, as a form takes it.
    pub own: super::FieldEdit,
    /// Paths inside it that have rules of their own.
    pub inside: Vec<String>,
    /// Open conflicts that contest it.
    pub open_conflicts: i64,
}

impl FieldRuleView {
    /// Whether somebody set another winner for it.
    #[must_use]
    pub fn is_exception(&self) -> bool {
        self.one_way.is_none() && (self.apart || !self.own.mode.is_empty())
    }
}

/// When nights start by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleView {
    /// As a form takes it.
    pub form: ScheduleEdit,
    /// The zone that holds: that of the schedule, or of the school.
    pub zone: String,
    /// The next nights, at most five.
    pub next: Vec<NextNight>,
}

/// A night to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextNight {
    /// The local date that names it.
    pub date: NaiveDate,
    /// When it starts.
    pub at: DateTime<Utc>,
    /// The local date and time of that.
    pub local: String,
    /// What the clocks do to it.
    pub clocks: Clocks,
}

/// What the clocks of a zone do to a time of day on a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clocks {
    /// Nothing.
    Steady,
    /// They go forward past it: the night starts when they have.
    Skip,
    /// They go back over it: the night starts the first time.
    Repeat,
}

/// Three values to try on the rules of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryValue {
    /// The type.
    pub merge_type: String,
    /// The field.
    pub field: String,
    /// The last agreed value as typed; empty is no value.
    pub base: String,
    /// What `ours` would hold.
    pub ours: String,
    /// What `theirs` would hold.
    pub theirs: String,
}

/// What the engine makes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedValue {
    /// A person would be asked.
    pub conflict: bool,
    /// The value that both sides would hold; none where a person is asked.
    pub result: Option<String>,
    /// `ours` would be changed.
    pub writes_ours: bool,
    /// `theirs` would be changed.
    pub writes_theirs: bool,
    /// Who wins (`merge::Mode`).
    pub mode: String,
    /// Where that is set (`merge::Level`).
    pub level: String,
}
