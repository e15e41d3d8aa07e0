//! The record rule (MS 9), the outcome (X11) and the writes (G1, P6).

use std::collections::{BTreeMap, BTreeSet};

use super::compare::compare_form;
use super::fields::{Cell, cells, decide, filled};
use crate::nouns::{Case, Conflict, Json, Map, Mode, Policy, Presence, Verdict, WRITES, Write, show};

pub fn merge_record(policy: &Policy, case: &Case) -> Verdict {
    use Presence::{Deleted, Live, Missing, OutOfScope, Pending};
    let base = case.base.clone();
    let verdict = match &case.sides {
        [OutOfScope, other] | [other, OutOfScope] => {
            whole(policy, case, "R6", quiet("out_of_scope", base.or(other.live().cloned())))
        }
        // K5: nothing moves until it is approved; as held records do, it appears as ours has it.
        [Pending(_), _] | [_, Pending(_)] => {
            whole(policy, case, "K5", quiet("blocked", case.sides[0].live().cloned()))
        }
        [Missing, _] | [_, Missing] if base.is_some() => whole(policy, case, "D2", quiet("missing", base)),
        [Live(ours), Live(theirs)] => on_both(policy, case, [ours, theirs]),
        // A record that was never in base is not missed where it is not, it is new where it is.
        [Live(record), Deleted | Missing] => on_one(policy, case, record, 0),
        [Deleted | Missing, Live(record)] => on_one(policy, case, record, 1),
        [Deleted | Missing, Deleted | Missing] => whole(policy, case, "R5", quiet("deleted_both", None)),
    };
    allowed(policy, verdict)
}

fn quiet(outcome: &'static str, merged: Option<Map>) -> Verdict {
    Verdict { outcome, merged, ..Verdict::default() }
}

/// Add the decision about the record as a whole (P5).
fn whole(policy: &Policy, case: &Case, rule: &'static str, mut verdict: Verdict) -> Verdict {
    let (mode, level) = policy.record_mode(&case.id);
    verdict.decisions.insert(String::new(), (rule, level, mode));
    verdict
}

/// P6: a switch refuses the write and nothing else.
fn allowed(policy: &Policy, mut verdict: Verdict) -> Verdict {
    for side in [0, 1] {
        let kind = verdict.writes[side].as_ref().map(Write::kind);
        if kind.is_some_and(|kind| !policy.allow[side][kind]) {
            verdict.writes[side] = None;
            verdict.pending[side] = kind.map(|kind| WRITES[kind]);
        }
    }
    verdict
}

/// R1 to R4, R7, R8: the record lives on one side only.
fn on_one(policy: &Policy, case: &Case, record: &Map, side: usize) -> Verdict {
    // What the surviving side changed is what would be taken from it if the other side were as in base.
    let base = case.base.clone().unwrap_or_default();
    let mut changed = cells(policy, case, if side == 0 { [record, &base] } else { [&base, record] });
    changed.retain(|cell| !cell.fixed && cell.moved[side]);
    let rule = match (case.base.is_some(), changed.is_empty()) {
        (false, _) => ["R7", "R8"][side],
        (true, true) => ["R3", "R1"][side],
        (true, false) => ["R4", "R2"][side],
    };
    let (outcome, lives) = match (policy.record_mode(&case.id).0, rule) {
        (Mode::Always(winner), "R7" | "R8") if winner != side => {
            (["ours_only", "theirs_only"][side], side == 0)
        }
        (_, "R7" | "R8") => (["created_ours", "created_theirs"][side], true),
        (Mode::Always(winner), "R1" | "R3") if winner == side => ("restored", true),
        (_, "R1" | "R3") => (["deleted_theirs", "deleted_ours"][side], false),
        (Mode::Resolve(winner) | Mode::Always(winner), _) => ("resolved", winner == side),
        (Mode::Manual, _) => ("conflict", side == 0),
    };
    let merged = filled(case, side, record).members().cloned();
    let mut verdict = quiet(outcome, merged.filter(|_| lives));
    match outcome {
        "conflict" => {
            changed.iter_mut().for_each(|cell| cell.values[2 - side] = None);
            let fields = changed.into_iter().map(|cell| (show(&cell.path), ("deleted", cell.values)));
            let kind = ["update_delete", "delete_update"][side];
            let conflict = Some(Conflict { kind, fields: fields.collect() });
            return Verdict { conflict, ..quiet(outcome, lives.then(|| record.clone())) };
        }
        "ours_only" | "theirs_only" => {}
        _ if lives => verdict.writes[1 - side] = Some(Write::Create),
        _ => verdict.writes[side] = Some(Write::Delete),
    }
    whole(policy, case, rule, verdict)
}

/// Section 4, R9 and R10: the record lives on both sides.
fn on_both(policy: &Policy, case: &Case, live: [&Map; 2]) -> Verdict {
    let mut cells = cells(policy, case, live);
    decide(policy, case, &mut cells);
    let questions = cells.iter().flat_map(Cell::questions);
    let fields: BTreeMap<_, _> =
        questions.map(|(path, reason, values)| (show(&path), (reason, values))).collect();
    let settled: Vec<&Cell> = cells.iter().filter(|cell| !cell.fixed && cell.open.is_none()).collect();
    // L9: a side is written if and only if its compare form differs; contested and ignored paths stay (P7, P9).
    let writes = [1, 2].map(|i| {
        let other = |cell: &Cell| compare_form(policy, &cell.path, cell.value.as_ref()) != cell.forms[i];
        // N7: what counts as base's is not written back to base's value.
        let differs = |cell: &&&Cell| if cell.kept { cell.moved[i - 1] } else { other(cell) };
        let paths: BTreeSet<_> = settled.iter().filter(differs).map(|cell| show(&cell.path)).collect();
        (!paths.is_empty()).then_some(Write::Update(paths))
    });

    let new = case.base.is_none();
    let mut verdict = quiet(outcome(&cells, new, &writes), Some(live[0].clone()));
    if policy.hold_field || fields.is_empty() {
        let changed = |cell: &Cell| compare_form(policy, &cell.path, cell.value.as_ref()) != cell.forms[0];
        // L5: what is written over is told, however little it differed from base (N7).
        let written = |cell: &Cell| {
            let path = show(&cell.path);
            writes
                .iter()
                .flatten()
                .any(|write| matches!(write, Write::Update(paths) if paths.contains(&path)))
        };
        let decided = |cell: &&&Cell| cell.was_asked() || (!new && changed(cell)) || written(cell);
        let decision = |cell: &&Cell| (show(&cell.path), (cell.rule, cell.by.1, cell.by.0));
        verdict.decisions = settled.iter().filter(decided).map(decision).collect();
        if new {
            verdict = whole(policy, case, if verdict.outcome == "linked" { "R9" } else { "R10" }, verdict);
        }
        let mut merged = Json::Object(Map::new());
        for cell in &cells {
            merged.put(&cell.path, cell.value.clone());
        }
        verdict.merged = merged.members().cloned();
        verdict.writes = writes;
    }
    let kind = if new { "both_added" } else { "field" };
    verdict.conflict = (!fields.is_empty()).then_some(Conflict { kind, fields });
    verdict
}

/// X11.
fn outcome(cells: &[Cell], new: bool, writes: &[Option<Write>; 2]) -> &'static str {
    let any = |test: fn(&Cell) -> bool| cells.iter().any(test);
    let [ours, theirs] = [any(|cell| cell.from == [true, false]), any(|cell| cell.from == [false, true])];
    match () {
        () if any(|cell| cell.open.is_some()) => "conflict",
        () if new && *writes == [None, None] => "linked",
        () if any(|cell| cell.settled) => "resolved",
        () if new || (ours && theirs) || any(|cell| cell.combined) => "merged",
        () if ours => "taken_ours",
        () if theirs => "taken_theirs",
        () if any(|cell| cell.from == [true, true]) => "converged",
        () => "unchanged",
    }
}
