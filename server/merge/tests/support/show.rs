//! A verdict as one line of text.

use merge::{Object, PlannedWrite, Verdict};

/// `MERGED OUTCOME | conflict | journal | writes`; parts that are empty are left out.
pub fn show(verdict: &Verdict) -> String {
    let mut parts = vec![format!("{} {}", record(verdict.merged.as_ref()), verdict.outcome)];
    if let Some(conflict) = &verdict.conflict {
        let fields: Vec<String> =
            conflict.fields.iter().map(|f| format!("{} {}", f.path, f.reason)).collect();
        parts.push(format!("✗ {}: {}", conflict.kind, fields.join(", ")));
    }
    let decisions: Vec<String> = verdict
        .decisions
        .iter()
        .map(|decision| {
            let place =
                if decision.path.is_root() { decision.action.to_string() } else { decision.path.to_string() };
            let value = decision.value.as_ref().map_or("—".to_owned(), merge::Value::to_json);
            format!("{} {place}={value}", decision.rule)
        })
        .collect();
    if !decisions.is_empty() {
        parts.push(decisions.join(", "));
    }
    for (side, write) in [("ours", &verdict.write_ours), ("theirs", &verdict.write_theirs)] {
        if let Some(write) = write {
            parts.push(format!("{side}: {}", show_write(write)));
        }
    }
    for pending in &verdict.pending {
        parts.push(format!("{}: {pending}", pending.side));
    }
    for warning in &verdict.warnings {
        parts.push(format!("warning {} {}", warning.code, warning.path));
    }
    parts.join(" | ")
}

fn record(record: Option<&Object>) -> String {
    record.map_or("—".to_owned(), Object::to_json)
}

fn show_write(write: &PlannedWrite) -> String {
    match write {
        PlannedWrite::Create { record } => format!("create {record}"),
        PlannedWrite::Update { changed, record } => {
            let paths: Vec<String> = changed.iter().map(ToString::to_string).collect();
            format!("update {} → {record}", paths.join(","))
        }
        PlannedWrite::Delete => "delete".to_owned(),
    }
}
