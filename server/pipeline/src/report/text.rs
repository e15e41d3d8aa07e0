//! The report as plain text.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::words::many;
use super::{Facts, LimitLine, Report, TypeReport, WriteCounts};

pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = write_report(&mut out, report);
    out
}

fn write_report(out: &mut String, report: &Report) -> std::fmt::Result {
    let kind = match report.kind.as_str() {
        "trial" => "Trial merge",
        "manual" => "Merge started by hand",
        _ => "Nightly merge",
    };
    writeln!(out, "{} · {kind} #{}", report.school, report.number)?;
    writeln!(out, "{}", report.outcome)?;
    if let Some(reason) = &report.reason {
        writeln!(out, "{reason}")?;
    }
    writeln!(out, "{}", done(report))?;
    if let Some(when) = when(report) {
        writeln!(out, "{when}")?;
    }
    let holds = report.holds.iter().map(|hold| format!("{} ({})", hold.text, hold.guard));
    section(out, "Nothing was written, because", holds)?;
    section(
        out,
        "Held by a safety limit; everything else went on",
        report.limits.iter().map(LimitLine::text),
    )?;
    section(out, "Worth a look", report.notes.iter().cloned())?;
    section(out, "Nights that did not run", report.missed.iter().cloned())?;
    write_types(out, report)?;
    if report.issue_count > 0 {
        writeln!(out, "\nTo look at ({})", report.issue_count)?;
        for issue in &report.issues {
            let record = if issue.record.is_empty() { String::new() } else { format!(" {}", issue.record) };
            writeln!(out, "  - {}{record} in {}: {}", issue.merge_type, issue.system, issue.text)?;
        }
        more(out, report.issue_count, report.issues.len())?;
    }
    if report.conflict_count > 0 {
        writeln!(out, "\n{}", conflicts_title(report))?;
        for conflict in &report.conflicts {
            let fields =
                if conflict.fields.is_empty() { "the record".to_owned() } else { conflict.fields.join(", ") };
            writeln!(
                out,
                "  {:>5}  {} {} · {}: {fields}",
                conflict.number, conflict.merge_type, conflict.label, conflict.kind
            )?;
        }
        more(out, report.conflict_count, report.conflicts.len())?;
    }
    if !report.next_steps.is_empty() {
        writeln!(out, "\nNext")?;
        for step in &report.next_steps {
            writeln!(out, "  {step}")?;
        }
    }
    writeln!(out, "\nActivity log ends at {}", report.audit_head)
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) -> std::fmt::Result {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        writeln!(out, "\n{title}")?;
    }
    lines.try_for_each(|line| writeln!(out, "  - {line}"))
}

/// What was written, in one line.
pub(super) fn done(report: &Report) -> String {
    Facts::of(report).sentence([&report.systems[0], &report.systems[1]])
}

/// From when to when, and how long that is.
pub(super) fn when(report: &Report) -> Option<String> {
    let started = report.started_at?;
    let from = time(report, started);
    let Some(ended) = report.ended_at else { return Some(from) };
    let seconds = u64::try_from((ended - started).num_seconds()).unwrap_or(0);
    let took = if seconds < 120 { many(seconds, "second") } else { many(seconds / 60, "minute") };
    Some(format!("{from} to {}, {took}", time(report, ended)))
}

/// How many conflicts are open, and how many of them are new.
pub(super) fn conflicts_title(report: &Report) -> String {
    format!("Conflicts to decide ({}, {} new)", report.conflict_count, report.new_conflict_count)
}

fn write_types(out: &mut String, report: &Report) -> std::fmt::Result {
    let [ours, theirs] = &report.systems;
    let width = report.types.iter().map(|one| one.label.chars().count()).max().unwrap_or(0).max(6);
    let (first, second) = (format!("read {ours}"), format!("read {theirs}"));
    writeln!(out, "\n{:width$}  {first:>16}  {second:>16}  {:>9}  written", "", "conflicts")?;
    for one in &report.types {
        writeln!(
            out,
            "{:width$}  {:>16}  {:>16}  {:>9}  {}",
            one.label,
            one.read[0],
            one.read[1],
            one.conflicts,
            written(report, one)
        )?;
    }
    Ok(())
}

fn written(report: &Report, one: &TypeReport) -> String {
    if let Some(reason) = &one.stopped {
        return format!("not merged: {reason}");
    }
    let parts: Vec<String> = report
        .systems
        .iter()
        .zip(&one.writes)
        .filter_map(|(system, counts)| counts_text(counts).map(|text| format!("{system}: {text}")))
        .collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join("; ") }
}

/// What was done to one system, in words; none when nothing was wanted there.
pub(super) fn counts_text(counts: &WriteCounts) -> Option<String> {
    let parts = [
        (counts.created, "created"),
        (counts.updated, "changed"),
        (counts.deleted, "deleted"),
        (counts.planned, "planned"),
        (counts.held_by_limit, "held by the limit"),
        (counts.blocked, "waiting for another record"),
        (counts.refused, "refused"),
        (counts.parked, "not certain"),
        (counts.moved, "moved meanwhile, next merge"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn more(out: &mut String, all: u64, shown: usize) -> std::fmt::Result {
    match all.saturating_sub(shown as u64) {
        0 => Ok(()),
        rest => writeln!(out, "  … and {rest} more"),
    }
}

/// An instant in the school's zone.
pub(super) fn time(report: &Report, at: DateTime<Utc>) -> String {
    let zone: Tz = report.zone.parse().unwrap_or(Tz::UTC);
    at.with_timezone(&zone).format("%-d %b %Y, %H:%M:%S %Z").to_string()
}
