//! Generated policies, and their text as a policy file.

use std::fmt::Write as _;

use crate::generate::{Dice, path};
use crate::nouns::{Blank, FieldRule, Group, Json, List, Mode, Path, Policy, StaffRule, show};

pub const MODES: [Mode; 5] =
    [Mode::Manual, Mode::Resolve(0), Mode::Resolve(1), Mode::Always(0), Mode::Always(1)];

const PATTERNS: [&str; 20] = [
    "items",
    "items/[*]",
    "items/[*]/p",
    "notes",
    "seats",
    "name",
    "room",
    "n",
    "addr",
    "addr/city",
    "addr/*",
    "addr/geo",
    "addr/geo/lat",
    "*",
    "*/zip",
    "*/geo/*",
    "tags",
    "seen",
    "a.b",
    "*/*",
];
const COMPARES: [&[&str]; 10] = [
    &["trim", "case"],
    &["case"],
    &["decimal"],
    &["empty_null"],
    &["trim", "empty_null"],
    &["trim", "decimal"],
    &["nfkc", "space"],
    &["bytes"],
    &[],
    &["trim", "space", "case", "empty_null", "decimal"],
];
const GROUPS: [&[&str]; 4] =
    [&["name", "room"], &["n", "seen"], &["room", "a.b"], &["addr/city", "addr/zip"]];

/// All defaults.
pub fn plain() -> Policy {
    Policy {
        mode: None,
        hold_field: false,
        strict: false,
        fill: false,
        ignore: vec![],
        resolvers: vec![],
        changed_at: None,
        compare: vec![],
        blank: [Blank::Propagate; 2],
        allow: [[true; 3]; 2],
        fields: vec![],
        groups: vec![],
        records: vec![],
        staff: vec![],
    }
}

pub fn policy(dice: &mut Dice) -> Policy {
    let mut policy = plain();
    policy.mode = dice.percent(60).then(|| dice.pick(&MODES));
    policy.hold_field = dice.percent(40);
    policy.strict = dice.percent(8);
    policy.fill = dice.percent(30);
    if dice.percent(40) {
        policy.ignore.push(path(dice.pick(&["seen", "addr/zip", "a.b"])));
    }
    if dice.percent(30) {
        policy.compare = dice.pick(&COMPARES).to_vec();
    }
    if dice.percent(20) {
        policy.blank = blank(dice);
    }
    if dice.percent(25) {
        policy.allow[dice.below(2)][dice.below(3)] = false;
    }
    if !policy.strict && dice.percent(20) {
        policy.groups.push(group(dice));
    }
    for _ in 0..dice.below(5) {
        field(dice, &mut policy);
    }
    kinds(dice, &mut policy);
    if dice.percent(20) {
        policy.records.push((id(dice), dice.pick(&MODES)));
    }
    if dice.percent(10) {
        policy.staff.push(StaffRule { record: None, pattern: Path::new(), mode: dice.pick(&MODES) });
    }
    if dice.percent(15) {
        let pattern = path(dice.pick(&PATTERNS));
        let record = dice.percent(50).then(|| id(dice));
        if !united(&policy, &pattern) {
            policy.staff.push(StaffRule { record, pattern, mode: dice.pick(&MODES) });
        }
    }
    policy
}

fn id(dice: &mut Dice) -> Json {
    if dice.percent(70) { Json::Number("7".to_owned()) } else { Json::Text("k".to_owned()) }
}

/// Whether a pattern has to do with fields that are settled as one.
fn united(policy: &Policy, pattern: &Path) -> bool {
    policy.strict || policy.groups.iter().flat_map(|group| &group.paths).any(|path| touches(pattern, path))
}

fn blank(dice: &mut Dice) -> [Blank; 2] {
    [0, 1].map(|_| dice.pick(&[Blank::Propagate, Blank::NeverClear, Blank::Ask]))
}

fn group(dice: &mut Dice) -> Group {
    let paths = dice.pick(&GROUPS).iter().map(|member| path(member)).collect();
    Group { paths, mode: dice.percent(40).then(|| dice.pick(&MODES)) }
}

/// One more field rule, unless the policy would be in error by P4 or P10.
fn field(dice: &mut Dice, policy: &mut Policy) {
    let pattern = path(dice.pick(&PATTERNS));
    let united = united(policy, &pattern);
    if policy.fields.iter().any(|rule| rule.pattern == pattern) {
        return;
    }
    let mode = dice.percent(60).then(|| dice.pick(&MODES));
    let below = policy.groups.iter().flat_map(|group| &group.paths).any(|path| path.len() < pattern.len());
    let mode = mode.filter(|mode| !united || (!below && !matches!(mode, Mode::Resolve(_))));
    policy.fields.push(FieldRule {
        pattern,
        mode,
        locked: mode.is_some() && dice.percent(25),
        compare: dice.percent(40).then(|| dice.pick(&COMPARES).to_vec()),
        blank: dice.percent(30).then(|| blank(dice)),
        ..FieldRule::default()
    });
}

/// Values that can be put together, and what is asked before a person is.
fn kinds(dice: &mut Dice, policy: &mut Policy) {
    let keyed = |key: &[&str], in_order| List::Keyed {
        key: key.iter().map(|name| (*name).to_owned()).collect(),
        in_order,
    };
    let lists = [
        List::Set,
        List::Multiset,
        List::Ordered,
        keyed(&["k"], true),
        keyed(&["k"], false),
        keyed(&["k", "p"], true),
    ];
    for name in ["tags", "items", "*"] {
        if dice.percent(if name == "*" { 10 } else { 70 }) {
            let kind = if name == "items" { dice.pick(&lists[2..]) } else { dice.pick(&lists[..4]) };
            rule_for(policy, name).list = Some(kind);
        }
    }
    if dice.percent(60) {
        rule_for(policy, "notes").text = Some(dice.pick(&["lines", "words"]));
    }
    if dice.percent(50) {
        rule_for(policy, dice.pick(&["seats", "*"])).counter = Some(true);
    }
    if dice.percent(25) {
        policy.resolvers = dice.pick(&RESOLVERS).to_vec();
    }
    if policy.resolvers.contains(&"newest") {
        policy.changed_at = Some(["saved", dice.pick(&["saved", "saved", "seen"])].map(path));
        policy.ignore.push(path("saved"));
    }
}

/// How far numbers may be from base, here and there (N7).
pub fn tolerate(dice: &mut Dice, policy: &mut Policy) {
    for _ in 0..dice.below(3) {
        let pattern = dice.pick(&["seats", "n", "room", "*", "addr/*", "items", "items/[*]/p", "tags"]);
        rule_for(policy, pattern).tolerance = Some(dice.pick(&["0.4", "0.5", "1", "3", "0"]));
    }
}

const RESOLVERS: [&[&str]; 6] = [
    &["fill_blank", "spelling", "longer_text", "union"],
    &["union", "longer_text"],
    &["spelling"],
    &["longer_text", "fill_blank"],
    &["newest"],
    &["fill_blank", "newest", "longer_text"],
];

/// The rule of a pattern, with the settings it has so far.
fn rule_for<'p>(policy: &'p mut Policy, text: &str) -> &'p mut FieldRule {
    let pattern = path(text);
    let at = policy.fields.iter().position(|rule| rule.pattern == pattern).unwrap_or_else(|| {
        policy.fields.push(FieldRule { pattern, ..FieldRule::default() });
        policy.fields.len() - 1
    });
    &mut policy.fields[at]
}

/// One of the two covers something of the other.
fn touches(pattern: &Path, path: &Path) -> bool {
    pattern.iter().zip(path).all(|(p, name)| p == "*" || p == name)
}

pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Manual => "manual",
        Mode::Resolve(0) => "resolve_ours",
        Mode::Resolve(_) => "resolve_theirs",
        Mode::Always(0) => "always_ours",
        Mode::Always(_) => "always_theirs",
    }
}

/// The text of a policy file; only what differs from the defaults is written (MS 17).
pub fn to_toml(policy: &Policy) -> String {
    let mut text = String::from("version = 1\n");
    if let Some(mode) = policy.mode {
        line(&mut text, "mode", quoted(mode_name(mode)));
    }
    for (name, on, value) in [
        ("hold", policy.hold_field, "\"field\""),
        ("strict", policy.strict, "true"),
        ("no_base_blank", policy.fill, "\"fill\""),
    ] {
        if on {
            line(&mut text, name, value);
        }
    }
    if !policy.ignore.is_empty() {
        line(&mut text, "ignore", paths(&policy.ignore));
    }
    if !policy.compare.is_empty() {
        line(&mut text, "compare", format!("{:?}", policy.compare));
    }
    if !policy.resolvers.is_empty() {
        line(&mut text, "resolvers", format!("{:?}", policy.resolvers));
    }
    if let Some([ours, theirs]) =
        policy.changed_at.as_ref().map(|paths| paths.each_ref().map(|path| show(path)))
    {
        line(&mut text, "changed_at", format!("{{ ours = {ours:?}, theirs = {theirs:?} }}"));
    }
    if policy.blank != [Blank::Propagate; 2] {
        line(&mut text, "blank", blank_table(policy.blank));
    }
    for (side, [create, update, delete]) in ["ours", "theirs"].into_iter().zip(policy.allow) {
        if [create, update, delete] != [true; 3] {
            line(
                &mut text,
                &format!("allow.{side}"),
                format!("{{ create = {create}, update = {update}, delete = {delete} }}"),
            );
        }
    }
    for rule in &policy.fields {
        text += "[[field]]\n";
        field_lines(&mut text, rule);
    }
    for (number, group) in policy.groups.iter().enumerate() {
        text += "[[group]]\n";
        line(&mut text, "name", quoted(&format!("group {number}")));
        line(&mut text, "paths", paths(&group.paths));
        if let Some(mode) = group.mode {
            line(&mut text, "mode", quoted(mode_name(mode)));
        }
    }
    for (id, mode) in &policy.records {
        text += "[[record]]\n";
        line(&mut text, "key", format!("{{ id = {} }}", crate::nouns::json_text(id)));
        line(&mut text, "mode", quoted(mode_name(*mode)));
    }
    text
}

fn field_lines(text: &mut String, rule: &FieldRule) {
    line(text, "path", quoted(&show(&rule.pattern)));
    if let Some(mode) = rule.mode {
        line(text, "mode", quoted(mode_name(mode)));
    }
    if rule.locked {
        line(text, "locked", "true");
    }
    if let Some(compare) = &rule.compare {
        line(text, "compare", format!("{compare:?}"));
    }
    if let Some(tolerance) = rule.tolerance {
        line(text, "tolerance", quoted(tolerance));
    }
    if let Some(blank) = rule.blank {
        line(text, "blank", blank_table(blank));
    }
    if let Some(list) = &rule.list {
        list_lines(text, list);
    }
    if let Some(how) = rule.text {
        line(text, "text", quoted(how));
    }
    if let Some(counter) = rule.counter {
        line(text, "counter", counter);
    }
}

fn list_lines(text: &mut String, list: &List) {
    let kind = match list {
        List::Set => "set",
        List::Multiset => "multiset",
        List::Ordered => "ordered",
        List::Keyed { .. } => "keyed",
    };
    line(text, "list", quoted(kind));
    if let List::Keyed { key, in_order } = list {
        line(text, "key", format!("{key:?}"));
        line(text, "order", quoted(if *in_order { "merge" } else { "ignore" }));
    }
}

fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    writeln!(text, "{name} = {value}").expect("text takes any line");
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn paths(paths: &[Path]) -> String {
    format!("{:?}", paths.iter().map(|path| show(path)).collect::<Vec<_>>())
}

fn blank_table(blank: [Blank; 2]) -> String {
    let [ours, theirs] = blank.map(|rule| match rule {
        Blank::Propagate => "propagate",
        Blank::NeverClear => "never_clear",
        Blank::Ask => "ask",
    });
    format!("{{ ours_to_theirs = \"{ours}\", theirs_to_ours = \"{theirs}\" }}")
}
