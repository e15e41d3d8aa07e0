//! What a simulated SIS is started with.

use std::{fmt, str::FromStr, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::normalise::Normalise;

/// How much data the generator makes (CN C101).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// No records at all; tests load their own.
    Empty,
    /// 200 sections.
    Small,
    /// 8 000 sections.
    Campus,
    /// 60 000 sections.
    Large,
    /// Exactly these counts.
    Custom(Counts),
}

/// How many records of each type the generator makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Academic terms.
    pub terms: usize,
    /// Buildings.
    pub buildings: usize,
    /// Rooms.
    pub rooms: usize,
    /// Departments.
    pub departments: usize,
    /// Instructors.
    pub instructors: usize,
    /// Courses.
    pub courses: usize,
    /// Sections; the first is the canary `SEC-0`.
    pub sections: usize,
    /// People: a flat type without references, for measurements.
    pub people: usize,
}

impl Size {
    /// The counts this size stands for.
    pub fn counts(self) -> Counts {
        let counts = |terms, buildings, rooms, departments, instructors, courses, sections| Counts {
            terms,
            buildings,
            rooms,
            departments,
            instructors,
            courses,
            sections,
            people: 0,
        };
        match self {
            Self::Empty => Counts::default(),
            Self::Small => counts(3, 6, 40, 12, 60, 80, 200),
            Self::Campus => counts(4, 40, 450, 60, 900, 2_000, 8_000),
            Self::Large => counts(12, 90, 1_500, 120, 4_000, 9_000, 60_000),
            Self::Custom(counts) => counts,
        }
    }
}

impl FromStr for Size {
    type Err = String;

    /// `empty`, `small`, `campus`, `large`, or counts such as `sections=2000,courses=400,rooms=120`.
    /// Types that sections need and that are not named get what `small` has; sections and people that are not
    /// named are left out, and people alone come without the university.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "empty" => Ok(Self::Empty),
            "small" => Ok(Self::Small),
            "campus" => Ok(Self::Campus),
            "large" => Ok(Self::Large),
            _ => custom(text).map(Self::Custom),
        }
    }
}

fn custom(text: &str) -> Result<Counts, String> {
    let mut counts = Counts { sections: 0, ..Size::Small.counts() };
    let mut only_people = true;
    for part in text.split(',') {
        let wrong = || {
            format!(
                "size `{text}`: expected empty, small, campus, large or counts such as sections=2000,rooms=120"
            )
        };
        let (name, count) = part.split_once('=').ok_or_else(wrong)?;
        let count: usize = count.trim().parse().map_err(|_| wrong())?;
        only_people &= name.trim() == "people";
        *match name.trim() {
            "terms" => &mut counts.terms,
            "buildings" => &mut counts.buildings,
            "rooms" => &mut counts.rooms,
            "departments" => &mut counts.departments,
            "instructors" => &mut counts.instructors,
            "courses" => &mut counts.courses,
            "sections" => &mut counts.sections,
            "people" => &mut counts.people,
            _ => return Err(wrong()),
        } = count;
    }
    if only_people {
        counts = Counts { people: counts.people, ..Counts::default() };
    }
    Ok(counts)
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::Small => f.write_str("small"),
            Self::Campus => f.write_str("campus"),
            Self::Large => f.write_str("large"),
            Self::Custom(c) => write!(
                f,
                "terms={},buildings={},rooms={},departments={},instructors={},courses={},sections={},people={}",
                c.terms, c.buildings, c.rooms, c.departments, c.instructors, c.courses, c.sections, c.people
            ),
        }
    }
}

/// The class of counterpart that is played (RL 3.6). It presets the [`Switches`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Versions are enforced and creates are idempotent.
    #[default]
    Strong,
    /// Versions are enforced, idempotency keys are not known.
    Medium,
    /// Neither.
    Weak,
}

impl FromStr for Class {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "strong" => Ok(Self::Strong),
            "medium" => Ok(Self::Medium),
            "weak" => Ok(Self::Weak),
            _ => Err(format!("class `{text}`: expected strong, medium or weak")),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Strong => "strong",
            Self::Medium => "medium",
            Self::Weak => "weak",
        })
    }
}

/// What the server does with versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versions {
    /// ETags are sent and `If-Match` is obeyed.
    Enforced,
    /// ETags are sent and `If-Match` is ignored (CN C108, row 25).
    Reported,
    /// There are no ETags.
    None,
}

/// What a delete leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deletes {
    /// The record reads as 410 and stays in the change feed as a tombstone.
    Soft,
    /// The record reads as 404 and leaves nothing.
    Hard,
    /// Deleting answers 405.
    Off,
}

/// Each behaviour of CN C102 as a switch. They can be changed while the server runs (`POST /__sim/switches`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// Versions and the collision check.
    pub versions: Versions,
    /// A write without `If-Match` answers 428.
    pub strict: bool,
    /// Answers are kept under their `Idempotency-Key` for 24 hours.
    pub idempotency: bool,
    /// A refusal (4xx) is kept under its key as well, not only success (RL R2, `refusals`).
    pub stored_refusals: bool,
    /// Unique values are enforced (409).
    pub unique: bool,
    /// References are enforced (422).
    pub foreign_keys: bool,
    /// What a delete leaves behind.
    pub deletes: Deletes,
    /// `/changes` exists.
    pub delta: bool,
    /// `/changes` lists removed records.
    pub tombstones: bool,
    /// Listings say how many records there are.
    pub total: bool,
    /// `external_ref` is a field of every record.
    pub correlation: bool,
    /// A bearer token is needed.
    pub auth: bool,
    /// The largest page; a larger `limit` is cut silently.
    pub page_cap: usize,
    /// How long a change cursor is good for, in hours.
    pub cursor_hours: i64,
    /// How values are rewritten before they are stored.
    pub normalise: Vec<Normalise>,
}

impl From<Class> for Switches {
    fn from(class: Class) -> Self {
        Self {
            versions: if class == Class::Weak { Versions::None } else { Versions::Enforced },
            strict: false,
            idempotency: class == Class::Strong,
            stored_refusals: false,
            unique: true,
            foreign_keys: true,
            deletes: Deletes::Soft,
            delta: true,
            tombstones: true,
            total: true,
            correlation: true,
            auth: true,
            page_cap: 500,
            cursor_hours: 7 * 24,
            normalise: Vec::new(),
        }
    }
}

/// Where the server takes its time from. `POST /__sim/clock` moves it, whatever the source.
#[derive(Clone, Default)]
pub enum TimeSource {
    /// The machine's clock.
    #[default]
    Wall,
    /// Stands still until it is moved; answers are then the same on every run.
    Fixed(DateTime<Utc>),
    /// Shared with the test that started the server.
    Shared(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>),
}

impl fmt::Debug for TimeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wall => f.write_str("Wall"),
            Self::Fixed(at) => write!(f, "Fixed({at})"),
            Self::Shared(_) => f.write_str("Shared"),
        }
    }
}

/// Everything a simulated SIS is started with; `tiebreak sis-sim` and the tests fill it in.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// TCP port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The seed of the data: the same seed gives the same records, ids and answers (CN C100).
    pub seed: u64,
    /// How much data.
    pub size: Size,
    /// The bearer token that `/sis/v1` asks for.
    pub token: String,
    /// The behaviours.
    pub switches: Switches,
    /// The clock.
    pub time: TimeSource,
}

impl Default for SimOptions {
    /// A free port, seed 7, size small, class strong, token `sim-token`, the machine's clock.
    fn default() -> Self {
        Self {
            port: 0,
            seed: 7,
            size: Size::Small,
            token: "sim-token".into(),
            switches: Class::Strong.into(),
            time: TimeSource::Wall,
        }
    }
}

impl SimOptions {
    /// These options with the switches of a class.
    pub fn class(mut self, class: Class) -> Self {
        self.switches = Switches { strict: self.switches.strict, ..class.into() };
        self
    }

    /// These options with another size.
    pub fn size(mut self, size: Size) -> Self {
        self.size = size;
        self
    }

    /// These options with another seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// These options with a writer that must always send a version (428 without).
    pub fn strict(mut self) -> Self {
        self.switches.strict = true;
        self
    }

    /// These options with a clock that stands at `at` until it is moved.
    pub fn fixed_at(mut self, at: DateTime<Utc>) -> Self {
        self.time = TimeSource::Fixed(at);
        self
    }
}
