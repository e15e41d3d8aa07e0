use serde::{Deserialize, Serialize};

/// A form of settings: one page of them. All of it is taken into the draft, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsEdit {
    /// Which record types are merged.
    Types(TypesEdit),
    /// Which side wins, for one type.
    Fields(FieldsEdit),
    /// When nights start.
    Schedule(ScheduleEdit),
    /// How much a merge may change, and how long decisions are held.
    Limits(LimitsEdit),
}

/// A page of settings as it was sent. The revision is the one the page showed: what the person did not touch on it is as
/// it was then, and no wish of theirs (UX 6.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageEdit {
    /// The revision that the page showed.
    pub revision: i64,
    /// What it asks for.
    pub edit: SettingsEdit,
}

/// Which record types are merged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TypesEdit {
    /// The types that are on.
    pub on: Vec<String>,
    /// Turn off what needs a type that is turned off.
    pub with_others: bool,
}

/// Which side wins, for one type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldsEdit {
    /// The type.
    pub merge_type: String,
    /// Who wins where nothing else is set (`merge::Mode`); empty sets nothing.
    pub mode: String,
    /// Its fields, those that are to change among them.
    pub rows: Vec<FieldEdit>,
    /// What the ticked rows are set to; empty leaves them as they are.
    pub ticked_mode: String,
}

/// What is set for one field. Empty is: as for the type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldEdit {
    /// The field.
    pub name: String,
    /// Who wins (`merge::Mode`), or `apart`: left alone on both sides.
    pub mode: String,
    /// What a blank does (`merge::BlankRule`, or `-` for as the type): from ours to theirs, a comma, from theirs to ours.
    pub blank: String,
    /// How text compares: comparators with commas (`merge::Comparator`), or `text` for none of them.
    pub compare: String,
    /// It is ticked.
    pub ticked: bool,
}

/// When nights start by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleEdit {
    /// Whether they do.
    pub on: bool,
    /// Whether `pattern` says when, and not `at` and `days`.
    pub by_pattern: bool,
    /// The time of day.
    pub at: String,
    /// The days of the week, 1 for Monday to 7 for Sunday.
    pub days: Vec<u32>,
    /// A cron pattern of five fields.
    pub pattern: String,
    /// The time zone; empty for that of the school.
    pub zone: String,
}

/// How much a merge may change before a person looks, and how long decisions are held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsEdit {
    /// How long a saved decision waits before it is written, in seconds.
    pub hold_seconds: String,
    /// It waits until the next merge instead.
    pub hold_until_merge: bool,
    /// A type over its limit stops the whole merge.
    pub whole_run: bool,
    /// The school's limits (without a type), then those of each type.
    pub rows: Vec<LimitRow>,
}

/// The limits of the school, or of one type. Numbers as typed; of a type an empty one is: as for all types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitRow {
    /// The type; empty for all.
    pub merge_type: String,
    /// Changed records in `ours`: so many, `none` for any number.
    pub ours_count: String,
    /// The same as a share, in percent.
    pub ours_percent: String,
    /// Changed records in `theirs`.
    pub theirs_count: String,
    /// The same as a share, in percent.
    pub theirs_percent: String,
    /// Deletes that go without a look: more than this, and …
    pub deletes_count: String,
    /// … more than this share, in percent, stop the merge.
    pub deletes_percent: String,
    /// More deletes than this stop the merge, whatever the share.
    pub deletes_most: String,
    /// One field emptied in more records than this, and …
    pub blanked_count: String,
    /// … more than this share, in percent, stops the merge.
    pub blanked_percent: String,
}
