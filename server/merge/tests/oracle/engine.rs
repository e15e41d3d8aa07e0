//! Calls the engine with the oracle's nouns and puts its answer into them.

use std::collections::BTreeMap;

use merge::{
    Action, Decision, FieldPath, Input, KeyPart, Number, Object, PlannedWrite, RecordKey, Rule, Segment,
    Side, Value,
};

use crate::naive::compare_form;
use crate::nouns::{Case, Choice, Conflict, Json, Map, Mode, Path, Policy, Presence, Verdict, Write, show};
use crate::policies::{MODES, mode_name, to_toml};

/// The engine under one policy, which it has read from the policy's text.
pub struct Engine {
    known: Policy,
    policy: merge::Policy,
}

impl Engine {
    pub fn new(policy: &Policy) -> Engine {
        let text = to_toml(policy);
        let read = merge::Policy::from_toml(&text).and_then(|policy| policy.with_key(&["id".to_owned()]));
        let mut engine = Engine {
            known: policy.clone(),
            policy: read.unwrap_or_else(|error| panic!("{error} in\n{text}")),
        };
        for rule in &policy.staff {
            let pattern = (!rule.pattern.is_empty()).then(|| show(&rule.pattern).parse().expect("a pattern"));
            engine.policy.add_staff_rule(merge::StaffRule {
                record: rule.record.as_ref().map(key),
                path: pattern,
                mode: mode_name(rule.mode).parse().expect("a mode of the five"),
            });
        }
        engine
    }

    /// Mode and level at a path of a record.
    pub fn mode_at(&self, id: &Json, path: &Path) -> (Mode, &'static str) {
        let (mode, level) = self.policy.mode_at(&key(id), &path_of(path));
        (mode_of(mode), level.as_str())
    }

    /// Mode and level of questions about the whole record.
    pub fn record_mode(&self, id: &Json) -> (Mode, &'static str) {
        let (mode, level) = self.policy.record_mode(&key(id));
        (mode_of(mode), level.as_str())
    }

    pub fn merge_record(&self, case: &Case) -> Verdict {
        self.answer(case).0
    }

    /// The verdict, and beside it the revision of the conflict.
    pub fn answer(&self, case: &Case) -> (Verdict, Option<String>) {
        self.with_input(case, |policy, input| {
            let verdict = merge::merge_record(policy, input);
            let revision = verdict.conflict.as_ref().map(|conflict| conflict.revision.clone());
            (answer(&self.known, input, &verdict), revision)
        })
    }

    /// The verdict after choices of the staff; a path to the value it shall have.
    pub fn decide(&self, case: &Case, choices: &[(Path, Choice)]) -> Verdict {
        let choices: Vec<_> =
            choices.iter().map(|(path, choice)| (path_of(path), to_choice(choice))).collect();
        self.with_input(case, |policy, input| {
            let verdict = merge::decide(policy, input, &choices);
            answer(
                &self.known,
                input,
                &verdict.unwrap_or_else(|error| panic!("{error} for {choices:?} in {case:?}")),
            )
        })
    }

    /// Base after a run in which both sides are known as the case has them; and whether it went.
    pub fn join(&self, case: &Case) -> (Option<Map>, bool) {
        self.with_input(case, |policy, input| {
            let known = |presence, unfetched| match presence {
                merge::Presence::Live(record) => merge::base::Known::Partly(record, unfetched),
                merge::Presence::Deleted => merge::base::Known::Absent,
                merge::Presence::Missing | merge::Presence::OutOfScope | merge::Presence::Pending(_) => {
                    merge::base::Known::Unknown
                }
            };
            let ours = known(input.ours, input.unfetched_ours);
            let theirs = known(input.theirs, input.unfetched_theirs);
            let joined = merge::base::join(policy, input.base, ours, theirs);
            (joined.base.as_ref().map(from_object), joined.dropped)
        })
    }

    fn with_input<T>(&self, case: &Case, use_it: impl FnOnce(&merge::Policy, &Input) -> T) -> T {
        let base = case.base.as_ref().map(to_object);
        let sides = case.sides.each_ref().map(|side| side.live().map(to_object));
        let [unfetched_ours, unfetched_theirs] = case.unfetched.each_ref().map(|paths| paths_of(paths));
        let input = Input {
            type_name: "thing",
            key: &key(&case.id),
            base: base.as_ref(),
            ours: presence(&case.sides[0], sides[0].as_ref()),
            theirs: presence(&case.sides[1], sides[1].as_ref()),
            unfetched_ours: &unfetched_ours,
            unfetched_theirs: &unfetched_theirs,
            differences: &[],
        };
        use_it(&self.policy, &input)
    }
}

fn answer(known: &Policy, input: &Input, verdict: &merge::Verdict) -> Verdict {
    let mut answer = translated(known, verdict);
    if !replays(input.base, verdict) {
        answer.broken.push("L10");
    }
    if !updates_only_what_changed([input.ours, input.theirs], verdict) {
        answer.broken.push("G8");
    }
    answer
}

fn to_choice(choice: &Choice) -> merge::Choice {
    match choice {
        Choice::Side(0) => merge::Choice::Ours,
        Choice::Side(_) => merge::Choice::Theirs,
        Choice::Base => merge::Choice::Base,
        Choice::Value(value) => merge::Choice::Value(to_value(value)),
        Choice::Clear => merge::Choice::Clear,
    }
}

fn presence<'a>(presence: &Presence, live: Option<&'a Object>) -> merge::Presence<'a> {
    match (presence, live) {
        (Presence::Live(_), Some(record)) => merge::Presence::Live(record),
        (Presence::Pending(_), Some(record)) => merge::Presence::Pending(record),
        (Presence::Missing, _) => merge::Presence::Missing,
        (Presence::OutOfScope, _) => merge::Presence::OutOfScope,
        _ => merge::Presence::Deleted,
    }
}

/// C4, L10: the decisions lead from base to merged.
fn replays(base: Option<&Object>, verdict: &merge::Verdict) -> bool {
    let replayed = merge::apply(base, &verdict.decisions);
    let [replayed, merged] = [&replayed, &verdict.merged]
        .map(|record| record.as_ref().map(|record| Json::Object(from_object(record)).by_value()));
    replayed == merged
}

/// G8: an update is the side's own record with the changed paths as in the merged one.
fn updates_only_what_changed(sides: [merge::Presence; 2], verdict: &merge::Verdict) -> bool {
    let merged = Json::Object(verdict.merged.as_ref().map(from_object).unwrap_or_default());
    [Side::Ours, Side::Theirs].into_iter().zip(sides).all(|(side, live)| {
        let (Some(PlannedWrite::Update { changed, record }), merge::Presence::Live(live)) =
            (verdict.write(side), live)
        else {
            return true;
        };
        let mut wanted = Json::Object(from_object(live));
        let paths = changed.iter().map(names);
        paths.into_iter().all(|path| wanted.put(&path, merged.at(&path).cloned()))
            && with_plain_ends(&wanted) == with_plain_ends(&Json::Object(from_object(record)))
    })
}

/// T4: a text is written with the line ends that the side has.
fn with_plain_ends(json: &Json) -> Json {
    match json {
        Json::Text(text) => Json::Text(text.replace("\r\n", "\n")),
        Json::Object(members) => {
            let plain = members.iter().map(|(name, value)| (name.clone(), with_plain_ends(value)));
            Json::Object(plain.collect())
        }
        other => other.clone(),
    }
}

fn names(path: &FieldPath) -> Path {
    let name = |segment: &Segment| match segment {
        Segment::Name(name) => name.clone(),
        Segment::Item(_) => panic!("an item in {path}, though lists are written whole"),
    };
    path.segments().iter().map(name).collect()
}

fn translated(known: &Policy, verdict: &merge::Verdict) -> Verdict {
    let conflict = verdict.conflict.as_ref().map(|conflict| Conflict {
        kind: conflict.kind.as_str(),
        fields: conflict.fields.iter().map(contested).collect(),
    });
    let pending = [Side::Ours, Side::Theirs].map(|side| {
        let refused = verdict.pending.iter().find(|pending| pending.side == side);
        refused.map(|pending| pending.write.kind().as_str())
    });
    Verdict {
        outcome: verdict.outcome.as_str(),
        merged: verdict.merged.as_ref().map(from_object),
        conflict,
        writes: [Side::Ours, Side::Theirs].map(|side| verdict.write(side).map(write)),
        pending,
        decisions: decisions(known, &verdict.decisions),
        broken: vec![],
    }
}

fn contested(field: &merge::ConflictField) -> (String, (&'static str, [Option<Json>; 3])) {
    let reason = match field.reason.as_str() {
        "both_changed" => "both_changed",
        "no_base" => "no_base",
        "blank" => "blank",
        "group" => "group",
        "strict" => "strict",
        "deleted" => "deleted",
        "order" => "order",
        other => panic!("{other} is no reason here"),
    };
    let values = [&field.base, &field.ours, &field.theirs];
    (field.path.to_string(), (reason, values.map(|value| value.as_ref().map(from_value))))
}

fn write(write: &PlannedWrite) -> Write {
    match write {
        PlannedWrite::Create { .. } => Write::Create,
        PlannedWrite::Update { changed, .. } => {
            Write::Update(changed.iter().map(ToString::to_string).collect())
        }
        PlannedWrite::Delete => Write::Delete,
    }
}

/// The decisions that say something: about the record as a whole, about a value that changed, or about sides that
/// differ. Ignored paths are only shown, and another spelling of base's value is no change.
fn decisions(known: &Policy, all: &[Decision]) -> BTreeMap<String, (&'static str, &'static str, Mode)> {
    let mut said = BTreeMap::new();
    for decision in all.iter().filter(|decision| !decision.conflict && decision.rule != Rule::P9) {
        let form = |value: &Option<Value>| {
            compare_form(known, &names(&decision.path), value.as_ref().map(from_value).as_ref())
        };
        let news =
            form(&decision.value) != form(&decision.base) || form(&decision.ours) != form(&decision.theirs);
        if decision.action == Action::Record || (news && decision.rule != Rule::O3) {
            let entry = (decision.rule.as_str(), decision.level.as_str(), mode_of(decision.mode));
            said.insert(decision.path.to_string(), entry);
        }
    }
    said
}

fn paths_of(paths: &[Path]) -> Vec<FieldPath> {
    paths.iter().map(path_of).collect()
}

fn path_of(path: &Path) -> FieldPath {
    path.iter().cloned().map(Segment::Name).collect()
}

fn key(id: &Json) -> RecordKey {
    RecordKey::new(vec![match id {
        Json::Number(digits) => KeyPart::Number(number(digits)),
        Json::Text(text) => KeyPart::Text(text.clone()),
        other => panic!("{other:?} is no key"),
    }])
}

fn mode_of(mode: merge::Mode) -> Mode {
    MODES.into_iter().find(|known| mode_name(*known) == mode.as_str()).expect("a mode of the five")
}

fn number(digits: &str) -> Number {
    Number::parse(digits).expect("a JSON number")
}

fn to_object(record: &Map) -> Object {
    record.iter().map(|(name, value)| (name.clone(), to_value(value))).collect()
}

fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(digits) => Value::Number(number(digits)),
        Json::Text(text) => Value::Text(text.clone()),
        Json::List(items) => Value::List(items.iter().map(to_value).collect()),
        Json::Object(members) => Value::Object(to_object(members)),
    }
}

fn from_object(record: &Object) -> Map {
    record.iter().map(|(name, value)| (name.to_owned(), from_value(value))).collect()
}

fn from_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Number(number) => Json::Number(number.as_str().to_owned()),
        Value::Text(text) => Json::Text(text.clone()),
        Value::List(items) => Json::List(items.iter().map(from_value).collect()),
        Value::Object(members) => Json::Object(from_object(members)),
    }
}
