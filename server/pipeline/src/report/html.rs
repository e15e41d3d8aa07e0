//! The report as an HTML mail: tables and words, nothing to load (RL S43).

use super::text::{conflicts_title, counts_text, done, when};
use super::{LimitLine, Report, words};

const STYLE: &str =
    "font-family:system-ui,sans-serif;font-size:15px;line-height:1.45;color:#1b1f24;max-width:44rem";
const CELL: &str =
    "text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid #d5dae0;vertical-align:top";

pub(super) fn render(report: &Report) -> String {
    let mut body = format!("<h1 style=\"font-size:20px\">{}</h1>", escape(&words::headline(report)));
    let title = format!("{} · merge #{}", report.school, report.number);
    for line in [Some(title), report.reason.clone(), Some(done(report)), when(report)].iter().flatten() {
        body += &format!("<p>{}</p>", escape(line));
    }
    body += &list(
        "Nothing was written, because",
        report.holds.iter().map(|hold| format!("{} ({})", hold.text, hold.guard)),
    );
    body +=
        &list("Held by a safety limit; everything else went on", report.limits.iter().map(LimitLine::text));
    body += &list("Worth a look", report.notes.iter().cloned());
    body += &list("Nights that did not run", report.missed.iter().cloned());
    body += &types(report);
    body += &list(
        &format!("To look at ({})", report.issue_count),
        report.issues.iter().map(|issue| {
            format!("{} {} in {}: {}", issue.merge_type, issue.record, issue.system, issue.text)
        }),
    );
    body += &list(
        &conflicts_title(report),
        report.conflicts.iter().map(|one| {
            format!(
                "{}. {} {} · {}: {}",
                one.number,
                one.merge_type,
                one.label,
                one.kind,
                one.fields.join(", ")
            )
        }),
    );
    body += &list("Next", report.next_steps.iter().cloned());
    body += &format!("<p style=\"color:#59636e\">Activity log ends at {}</p>", escape(&report.audit_head));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{}</title><body style=\"{STYLE}\">{body}</body></html>",
        escape(&report.subject())
    )
}

fn types(report: &Report) -> String {
    let [ours, theirs] = &report.systems;
    let heads = [
        "".to_owned(),
        format!("Read {ours}"),
        format!("Read {theirs}"),
        "Conflicts".to_owned(),
        "Written".to_owned(),
    ];
    let head: String = heads
        .iter()
        .map(|text| format!("<th scope=\"col\" style=\"{CELL}\">{}</th>", escape(text)))
        .collect();
    let rows: String = report
        .types
        .iter()
        .map(|one| {
            let written: Vec<String> = report
                .systems
                .iter()
                .zip(&one.writes)
                .filter_map(|(system, counts)| counts_text(counts).map(|text| format!("{system}: {text}")))
                .collect();
            let written = match &one.stopped {
                Some(reason) => format!("not merged: {reason}"),
                None if written.is_empty() => "nothing".to_owned(),
                None => written.join("; "),
            };
            let cells =
                [one.read[0].to_string(), one.read[1].to_string(), one.conflicts.to_string(), written];
            let cells: String =
                cells.iter().map(|text| format!("<td style=\"{CELL}\">{}</td>", escape(text))).collect();
            format!("<tr><th scope=\"row\" style=\"{CELL}\">{}</th>{cells}</tr>", escape(&one.label))
        })
        .collect();
    format!(
        "<table style=\"border-collapse:collapse\"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn list(title: &str, lines: impl Iterator<Item = String>) -> String {
    let items: String = lines.map(|line| format!("<li>{}</li>", escape(&line))).collect();
    if items.is_empty() {
        return String::new();
    }
    format!("<h2 style=\"font-size:16px\">{}</h2><ul>{items}</ul>", escape(title))
}

/// Text as HTML shows it: record values are hostile. They were cut when the report was assembled.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
