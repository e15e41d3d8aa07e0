//! Policies for generated records: every way of comparing, under every kind of rule, in every mode.

use std::sync::LazyLock;

use merge::{Hold, Mode, Object, Outcome, Policy, RecordKey, StaffRule};
use proptest::prelude::*;

use super::World;

/// Three of seven policies ask.
const MODES: [&str; 7] =
    ["manual", "manual", "manual", "resolve_ours", "resolve_theirs", "always_ours", "always_theirs"];

/// Settings of the type, and tables that follow them in the file.
type Part = (&'static str, &'static str);

/// What counts as the same, and what can be put together.
const COMPARISONS: [Part; 9] = [
    ("", ""),
    ("compare = ['trim', 'case', 'empty_null']", ""),
    (
        "",
        "[[field]]\npath = 'l'\nlist = 'set'\n[[field]]\npath = 'k'\nlist = 'keyed'\nkey = ['k']\n[[field]]\npath = 't'\ntext = 'lines'\n[[field]]\npath = 'c'\ncounter = true\n[[field]]\npath = 'w'\ncompare = ['instant']",
    ),
    (
        "",
        "[[field]]\npath = 'l'\nlist = 'ordered'\n[[field]]\npath = 'k'\nlist = 'keyed'\nkey = ['k']\norder = 'ignore'\n[[field]]\npath = 't'\ntext = 'words'\n[[field]]\npath = 'c'\ncounter = true\n[[field]]\npath = 'w'\ncompare = ['date']",
    ),
    (
        "compare = ['case']",
        "[[field]]\npath = 'l'\nlist = 'multiset'\n[[field]]\npath = 'k'\nlist = 'ordered'\n[[field]]\npath = 't'\ntext = 'lines'\n[[field]]\npath = 'w'\ncompare = ['instant']",
    ),
    (
        "zone = 'America/New_York'",
        "[map.rooms]\nB1 = 'North 1'\nB2 = 'North 2'\n[[field]]\npath = 'l'\nlist = 'ordered'\n[[field]]\npath = 'k'\nlist = 'keyed'\nkey = ['k']\n[[field]]\npath = 't'\ntext = 'words'\n[[field]]\npath = 'w'\ncompare = ['date']\n[[field]]\npath = 'm'\ncompare = ['trim', 'case', 'map:rooms']\n[[field]]\npath = 'c'\ncounter = true\ncompare = ['decimal']",
    ),
    (
        "compare = ['nfkc', 'space', 'instant']",
        "[[field]]\npath = 'l'\nlist = 'multiset'\n[[field]]\npath = 'k'\nlist = 'keyed'\nkey = ['k', 'p']\n[[field]]\npath = 'k[*].p'\ncompare = ['case']\n[[field]]\npath = 't'\ntext = 'words'",
    ),
    (
        "",
        "[[field]]\npath = '*'\ncompare = ['bytes']\n[[field]]\npath = 'l'\nlist = 'ordered'\n[[field]]\npath = 'k'\nlist = 'set'\n[[field]]\npath = 't'\ntext = 'lines'",
    ),
    (
        "compare = ['trim', 'decimal']",
        "[[field]]\npath = '*'\nlist = 'keyed'\nkey = ['k']\n[[field]]\npath = 'b'\nlist = 'multiset'\n[[field]]\npath = '*.*'\ncounter = true\n[[field]]\npath = 'c'\ncounter = true",
    ),
];

/// Who wins, what waits, and what may be written.
const RULES: [Part; 16] = [
    ("", ""),
    ("", ""),
    ("hold = 'field'", ""),
    ("no_base_blank = 'fill'", ""),
    ("strict = true", ""),
    ("blank = { ours_to_theirs = 'never_clear', theirs_to_ours = 'ask' }", ""),
    (
        "hold = 'field'\nblank = { theirs_to_ours = 'never_clear' }",
        "[[group]]\nname = 'g'\npaths = ['s', 'z']",
    ),
    ("", "[[group]]\nname = 'g'\npaths = ['s', 'n.x', 'l']\nmode = 'resolve_theirs'"),
    (
        "",
        "[[field]]\npath = 'a'\nmode = 'always_theirs'\n[[field]]\npath = 'n'\nmode = 'resolve_ours'\n[[field]]\npath = 'n.x'\nmode = 'manual'",
    ),
    ("hold = 'field'\nallow.theirs.update = false\nallow.ours.create = false", ""),
    (
        "",
        "[[record]]\nkey = { id = 7 }\nmode = 'resolve_theirs'\n[[field]]\npath = 'a'\nmode = 'manual'\nlocked = true",
    ),
    ("resolvers = ['fill_blank', 'spelling', 'longer_text', 'union']", ""),
    ("resolvers = ['newest', 'fill_blank']\nchanged_at = { ours = 'w', theirs = 'w' }", ""),
    ("hold = 'field'\nresolvers = ['union', 'longer_text']", "[[field]]\npath = 'k'\nmode = 'manual'"),
    ("", "[[field]]\npath = 'k[*]'\nmode = 'resolve_ours'\n[[field]]\npath = 'k[*].p'\nmode = 'manual'"),
    (
        STAFF,
        "[[field]]\npath = 'b'\nmode = 'resolve_ours'\n[[field]]\npath = 'c'\nmode = 'manual'\nlocked = true",
    ),
];

/// Where the staff has saved choices, which no policy file holds.
const STAFF: &str = "# staff";

/// A policy with the texts it was made of, because some laws hold for some settings only.
#[derive(Clone, Copy)]
pub struct Rules {
    pub mode: &'static str,
    pub settings: &'static str,
    pub policy: &'static Policy,
    /// The same with `hold = "field"`.
    pub by_field: &'static Policy,
    /// The same settings with mode `manual` and `hold = "field"`.
    pub manual: &'static Policy,
    /// Nothing but the ways of comparing.
    pub comparison: &'static Policy,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mode = {}, {}", self.mode, self.settings)
    }
}

impl Rules {
    /// Whether two records say the same under these ways of comparing: then one is no change of the other (F1).
    pub fn same(&self, a: Option<&Object>, b: Option<&Object>) -> bool {
        let (Some(a), Some(b)) = (a, b) else { return a.is_none() && b.is_none() };
        let world = World::settled(a.clone());
        let world = World { ours: b.clone(), ..world };
        merge::merge_record(self.comparison, &world.input()).outcome == Outcome::Unchanged
    }

    pub fn has(&self, setting: &str) -> bool {
        self.settings.contains(setting)
    }

    /// Whether a mode of the type or of some paths takes one side's values whatever happened.
    pub fn overrules(&self) -> bool {
        self.mode.starts_with("always") || self.has("always") || self.has(STAFF)
    }
}

fn read(text: &str) -> Policy {
    Policy::from_toml(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn made(mode: &'static str, comparison: &Part, rules: &Part) -> Rules {
    let text = |mode: &str, rules: &Part| {
        let lines = [
            &format!("mode = '{mode}'"),
            "ignore = ['e', 'k[*].e']",
            comparison.0,
            rules.0,
            comparison.1,
            rules.1,
        ];
        lines.join("\n")
    };
    let with_staff = |mut policy: Policy| {
        if rules.0 == STAFF {
            let rule = |record: Option<RecordKey>, path: &str, mode| StaffRule {
                record,
                path: Some(path.parse().unwrap_or_else(|error| panic!("{error}"))),
                mode,
            };
            policy.add_staff_rule(rule(Some(RecordKey::from(7)), "a", Mode::AlwaysOurs));
            policy.add_staff_rule(rule(None, "k[*].p", Mode::ResolveTheirs));
        }
        policy
    };
    let policy = with_staff(read(&text(mode, rules)));
    let mut by_field = policy.clone();
    let mut manual = with_staff(read(&text("manual", rules)));
    (by_field.hold, manual.hold) = (Hold::Field, Hold::Field);
    Rules {
        mode,
        settings: text("", rules).leak(),
        policy: Box::leak(Box::new(policy)),
        by_field: Box::leak(Box::new(by_field)),
        manual: Box::leak(Box::new(manual)),
        comparison: Box::leak(Box::new(read(&text("manual", &("", ""))))),
    }
}

static ALL: LazyLock<Vec<Rules>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for rules in &RULES {
        for comparison in &COMPARISONS {
            all.extend(MODES.iter().map(|mode| made(mode, comparison, rules)));
        }
    }
    all
});

pub fn rules() -> impl Strategy<Value = Rules> {
    (0..RULES.len() * COMPARISONS.len() * MODES.len()).prop_map(|at| ALL[at])
}
