//! Scripted faults: rules that are matched in order, each use logged (CN C104).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{dice::Dice, edit::Edit, list::Tweak};

/// Which requests a rule is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// HTTP method; any if absent.
    pub method: Option<String>,
    /// Path below `/sis/v1`, such as `/sections/*`; `*` stands for any text without a slash, `**` for any text.
    pub path: Option<String>,
    /// Text that the query must contain, such as `after=`.
    pub query: Option<String>,
    /// Text that the body must contain.
    pub body: Option<String>,
    /// The first request that is hit, counted over those that match.
    pub nth: u64,
    /// How many are hit; 0 for all that follow.
    pub times: u64,
    /// Only every so many-th of them.
    pub every: u64,
    /// The chance of a hit, by the seed of the server.
    pub chance: f64,
}

impl Default for Match {
    fn default() -> Self {
        Self { method: None, path: None, query: None, body: None, nth: 1, times: 1, every: 1, chance: 1.0 }
    }
}

/// Whether a fault strikes before or after the request is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Nothing is applied.
    Before,
    /// The request is applied.
    After,
}

/// What goes wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Any status with any headers and body; by default nothing is applied.
    Status {
        /// The status code.
        code: u16,
        /// Headers such as `Retry-After`.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// JSON, or text that is sent as plain text.
        #[serde(default)]
        body: Option<Value>,
        /// Before or after the request is applied.
        #[serde(default = "before")]
        when: When,
    },
    /// No answer for so long, or until the client gives up.
    Hang {
        /// How long; for ever if absent.
        #[serde(default)]
        seconds: Option<f64>,
        /// Before or after the request is applied.
        #[serde(default = "before")]
        when: When,
    },
    /// A TCP reset after so many bytes of the answer's body; with `before`, without any answer.
    Reset {
        /// Bytes of the body that are sent first.
        #[serde(default)]
        bytes: usize,
        /// Before or after the request is applied.
        #[serde(default = "after")]
        when: When,
    },
    /// The body ends after so many bytes.
    Truncate {
        /// Bytes of the body that are sent.
        bytes: usize,
        /// Whether `Content-Length` states the whole length (`right`) or the cut one (`wrong`).
        #[serde(default)]
        length: Length,
    },
    /// A page of HTML instead of JSON.
    Html {
        /// The status code.
        #[serde(default = "ok")]
        status: u16,
        /// Before or after the request is applied.
        #[serde(default = "before")]
        when: When,
    },
    /// The first rows of a page are in it twice.
    DuplicateIds {
        /// How many rows.
        #[serde(default = "one")]
        count: usize,
        /// Whether the second has another content.
        #[serde(default)]
        differing: bool,
    },
    /// Applied; the connection is closed without an answer.
    LostReply,
    /// The connection is closed now; the request is applied later, even after newer edits.
    LateApply {
        /// How much later, by the server's clock.
        seconds: f64,
    },
    /// A slow answer.
    Drip {
        /// Its pace.
        bytes_per_second: u64,
    },
    /// The page answered before is answered again.
    RepeatPage,
    /// The first rows of a page are left out.
    SkipRows {
        /// How many rows.
        n: usize,
        /// Whether the total is lowered as well, so that nothing shows it.
        #[serde(default)]
        adjust_total: bool,
    },
    /// A listing without rows.
    EmptyList {
        /// Whether the total still tells the truth.
        #[serde(default)]
        keep_total: bool,
    },
    /// Pages are silently cut to so many rows.
    Cap {
        /// How many rows.
        n: usize,
    },
    /// The server's clock is wrong by so much while it handles the request.
    ClockSkew {
        /// Seconds ahead, or behind if negative.
        seconds: i64,
    },
    /// A read is answered from an older state.
    StaleRead {
        /// How much older.
        #[serde(default)]
        seconds: f64,
        /// Or from a snapshot.
        #[serde(default)]
        snapshot: Option<String>,
    },
    /// A backup is put back before the request is handled.
    Restore {
        /// How old it is.
        #[serde(default)]
        seconds: f64,
        /// Or a snapshot.
        #[serde(default)]
        snapshot: Option<String>,
    },
    /// A user edits right before or right after the request is handled.
    Edit {
        /// The edit.
        edit: Edit,
        /// Before or after.
        #[serde(default = "before")]
        when: When,
    },
}

/// What `Content-Length` says about a truncated body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// The length of the whole body: the client sees that something is missing.
    #[default]
    Right,
    /// The length of what is sent: only the JSON is broken.
    Wrong,
}

fn before() -> When {
    When::Before
}

fn after() -> When {
    When::After
}

fn ok() -> u16 {
    200
}

fn one() -> usize {
    1
}

impl Fault {
    /// The change of paging this fault makes, if it is one of those.
    pub(super) fn tweak(&self) -> Option<Tweak> {
        match *self {
            Self::DuplicateIds { count, differing } => Some(Tweak::DuplicateIds { count, differing }),
            Self::RepeatPage => Some(Tweak::RepeatPage),
            Self::SkipRows { n, adjust_total } => Some(Tweak::SkipRows { n, adjust_total }),
            Self::EmptyList { keep_total } => Some(Tweak::EmptyList { keep_total }),
            Self::Cap { n } => Some(Tweak::Cap { n }),
            _ => None,
        }
    }
}

/// A rule: which requests, and what goes wrong with them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which requests; all by default, but only the first of them.
    #[serde(default, rename = "match")]
    pub matching: Match,
    /// What goes wrong.
    pub fault: Fault,
}

/// A rule with its counters.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Armed {
    pub number: u64,
    #[serde(flatten)]
    pub rule: Rule,
    pub seen: u64,
    pub used: u64,
}

#[derive(Debug)]
pub(super) struct Faults {
    rules: Vec<Armed>,
    added: u64,
    dice: Dice,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self { rules: Vec::new(), added: 0, dice: Dice::new(seed) }
    }

    pub fn add(&mut self, rules: Vec<Rule>) {
        for rule in rules {
            self.added += 1;
            self.rules.push(Armed { number: self.added, rule, seen: 0, used: 0 });
        }
    }

    pub fn clear(&mut self) {
        self.rules.clear();
    }

    pub fn rules(&self) -> &[Armed] {
        &self.rules
    }

    /// The fault for this request. Every rule counts the request; the first that is due is used.
    pub fn pick(&mut self, method: &str, path: &str, query: &str, body: &[u8]) -> Option<(u64, Fault)> {
        let mut picked = None;
        for armed in &mut self.rules {
            let matching = &armed.rule.matching;
            if !fits(matching, method, path, query, body) {
                continue;
            }
            armed.seen += 1;
            let due = armed.seen >= matching.nth
                && (armed.seen - matching.nth) % matching.every.max(1) == 0
                && (matching.times == 0 || armed.used < matching.times);
            if !due || picked.is_some() {
                continue;
            }
            if matching.chance < 1.0 && self.dice.below(1_000_000) as f64 >= matching.chance * 1e6 {
                continue;
            }
            armed.used += 1;
            picked = Some((armed.number, armed.rule.fault.clone()));
        }
        picked
    }
}

fn fits(matching: &Match, method: &str, path: &str, query: &str, body: &[u8]) -> bool {
    matching.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
        && matching.path.as_deref().is_none_or(|pattern| glob(pattern.as_bytes(), path.as_bytes()))
        && matching.query.as_deref().is_none_or(|text| query.contains(text))
        && matching.body.as_deref().is_none_or(|text| String::from_utf8_lossy(body).contains(text))
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|at| glob(rest, &text[at..])),
        [b'*', rest @ ..] => {
            let segment = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=segment).any(|at| glob(rest, &text[at..]))
        }
        [first, rest @ ..] => text.first() == Some(first) && glob(rest, &text[1..]),
    }
}
