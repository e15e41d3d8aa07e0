//! `tiebreak conflicts`: what a person must decide.

use std::fmt::Write as _;

use app::api::{
    Api as _, ConflictFilter, ConflictLine, ConflictView, DecisionView, FieldChoice, PageRequest,
};

use super::failure::Result;
use super::{Exit, at, decide, differences, output};
use crate::installation::Installation;

/// Look at conflicts and decide them.
#[derive(Debug, clap::Subcommand)]
pub(super) enum ConflictsCommand {
    /// List conflicts, oldest first
    List(ListArgs),
    /// Show one conflict: both sides, the last agreed values, and its history
    Show {
        /// Its number
        number: i64,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Decide one conflict and write the result
    Decide(decide::DecideArgs),
    /// Let a contested field differ on both sides, until either value changes
    Differ(differences::DifferArgs),
    /// List what differs on purpose
    Differences(differences::ListArgs),
    /// End a difference: the field is a question again
    EndDifference {
        /// Its id, as `differences` lists it
        id: String,
    },
}

/// List conflicts, oldest first.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only this record type
    #[arg(long = "type", value_name = "TYPE")]
    merge_type: Option<String>,
    /// Only these kinds, such as field, delete_update, both_added
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// Only these states [default: open]
    #[arg(long, value_delimiter = ',')]
    status: Vec<String>,
    /// Only those that contest this field
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
    /// Only records whose name contains this
    #[arg(long, value_name = "TEXT")]
    q: Option<String>,
    /// So many
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Go on after this number
    #[arg(long, value_name = "NUMBER")]
    after: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(installation: &Installation, command: &ConflictsCommand) -> Result<Exit> {
    match command {
        ConflictsCommand::List(args) => list(installation, args).await,
        ConflictsCommand::Show { number, json } => show(installation, *number, *json).await,
        ConflictsCommand::Decide(args) => decide::run(installation, args).await,
        ConflictsCommand::Differ(args) => differences::declare(installation, args).await,
        ConflictsCommand::Differences(args) => differences::list(installation, args).await,
        ConflictsCommand::EndDifference { id } => differences::end(installation, id).await,
    }
}

async fn list(installation: &Installation, args: &ListArgs) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let filter = ConflictFilter {
        types: args.merge_type.iter().cloned().collect(),
        kinds: args.kind.clone(),
        statuses: args.status.clone(),
        fields: args.field.iter().cloned().collect(),
        q: args.q.clone(),
        ..ConflictFilter::default()
    };
    let page = PageRequest::after(args.after.clone(), args.limit);
    let conflicts = installation.desk.list_conflicts(&actor, &school, &filter, &page).await?;
    if args.json {
        output::print_json(&conflicts)?;
        return Ok(Exit::Clean);
    }
    let rows: Vec<Vec<String>> = conflicts.items.iter().map(row).collect();
    let mut text = output::table(&["No.", "Type", "Record", "Kind", "State", "Found", "Fields"], &rows);
    let next = conflicts.next.as_deref();
    text.push_str(&output::footer(conflicts.items.len(), conflicts.total, "conflicts", next));
    output::print(&text)?;
    Ok(Exit::Clean)
}

fn row(line: &ConflictLine) -> Vec<String> {
    vec![
        line.number.to_string(),
        line.merge_type.clone(),
        line.label.clone(),
        line.kind.clone(),
        line.status.clone(),
        output::time(line.opened_at),
        line.fields.join(", "),
    ]
}

async fn show(installation: &Installation, number: i64, json: bool) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let view = installation.desk.get_conflict(&actor, &school, number).await?;
    if json {
        output::print_json(&view)?;
    } else {
        output::print(&text(&view))?;
    }
    Ok(Exit::Clean)
}

/// A conflict as people read it.
pub(super) fn text(view: &ConflictView) -> String {
    let line = &view.line;
    let found = view.opened_run.map(|number| format!(" by merge #{number}")).unwrap_or_default();
    let causes: Vec<&str> = view.causes.iter().map(|cause| kind(cause)).collect();
    let mut text = format!(
        "Conflict {}: {} {}\n{}, {}; found {}{found}, revision {}\n\n",
        line.number,
        line.merge_type,
        line.label,
        causes.join("; "),
        line.status,
        output::time(line.opened_at),
        view.revision,
    );
    text.push_str(&fields(view));
    text.push_str(&duplicates(view));
    for (name, body) in [(&view.systems.0, &view.ours), (&view.systems.1, &view.theirs)] {
        if body.is_none() {
            let _ = writeln!(text, "\n{name} does not have this record.");
        }
    }
    for one in &view.differences {
        let _ = writeln!(text, "\n{} differs on purpose: {} ({})", one.path, one.reason, one.person);
    }
    for earlier in &view.earlier {
        let _ = writeln!(
            text,
            "\nEarlier decision: {}, by {}, {} (conflict {}, the same three values)",
            choice_text(&earlier.choice, view),
            earlier.person,
            output::time(earlier.at),
            earlier.conflict,
        );
    }
    if line.status == "open" {
        text.push_str(&how_to_decide(view));
    }
    if !view.decisions.is_empty() {
        text.push_str("\nHistory, newest first\n");
        for decision in &view.decisions {
            text.push_str(&decision_text(decision, view));
        }
    }
    text
}

/// What the record shares with others, and what a person can do about it (MS K1).
fn duplicates(view: &ConflictView) -> String {
    let mut text = String::new();
    for one in &view.duplicates {
        let value =
            |(path, value): &(String, Option<String>)| format!("{path} {}", output::value(value.as_deref()));
        let values: Vec<String> = one.fields.iter().map(value).collect();
        let others: Vec<&str> = one.others.iter().map(|other| other.label.as_str()).collect();
        let more = if one.more > 0 { format!(" and {} more", one.more) } else { String::new() };
        let (values, others) = (values.join(", "), others.join(", "));
        let _ = writeln!(text, "\n{}: must be unique, and also on {others}{more}: {values}", one.code);
    }
    if !text.is_empty() && view.is_open() {
        let _ = writeln!(
            text,
            "It goes away when one of the records gets another value: in {} or {} before the next merge, or decided here.",
            view.systems.0, view.systems.1
        );
    }
    text
}

/// The command that settles the conflict, ready to be changed.
fn how_to_decide(view: &ConflictView) -> String {
    let whole = view.is_about_existence();
    let paths: Vec<&str> = match whole {
        true => vec![""],
        false => view.fields.iter().map(|field| field.path.as_str()).collect(),
    };
    let choice = |path: &&str| match ["theirs", "ours"].iter().find(|side| !view.is_useless(path, side)) {
        Some(&"theirs") => format!(" --choose '{path}={}'", view.systems.1),
        Some(_) => format!(" --choose '{path}={}'", view.systems.0),
        None => format!(" --choose '{path}=value:\"…\"'"),
    };
    let choices: String = paths.iter().map(choice).collect();
    let whole = if whole { " (for the whole record)" } else { "" };
    format!(
        "\nDecide it{whole}, {}:\n  tiebreak conflicts decide {}{choices}\n",
        answers(view),
        view.line.number
    ) + &again(view)
}

/// What can be chosen. A side whose value another record has too does not help.
fn answers(view: &ConflictView) -> String {
    if view.duplicates.is_empty() || view.is_about_existence() {
        return format!("for {} or {}", view.systems.0, view.systems.1);
    }
    "for a value that no other record has".to_owned()
}

/// The command that decides as it was decided before.
fn again(view: &ConflictView) -> String {
    if view.earlier.is_empty() {
        return String::new();
    }
    format!("As in the earlier decision:\n  tiebreak conflicts decide {} --earlier\n", view.line.number)
}

/// The contested fields, one a line, under the names of the systems.
pub(super) fn fields(view: &ConflictView) -> String {
    let value = |text: &Option<String>| output::value(text.as_deref()).to_owned();
    let rows: Vec<Vec<String>> = view
        .fields
        .iter()
        .map(|field| {
            let path = if field.path.is_empty() { "(whole record)" } else { &field.path };
            vec![
                path.to_owned(),
                value(&field.base),
                value(&field.ours),
                value(&field.theirs),
                why(&field.reason),
            ]
        })
        .collect();
    output::table(&["Field", "Last agreed", &view.systems.0, &view.systems.1, "Why"], &rows)
}

fn decision_text(decision: &DecisionView, view: &ConflictView) -> String {
    let choices: Vec<String> = decision.choices.iter().map(|choice| choice_text(choice, view)).collect();
    let forced = if decision.force { ", forced" } else { "" };
    let mut text = format!(
        "  {} {}: {} ({}{forced})\n",
        output::time(decision.at),
        decision.person,
        choices.join(", "),
        decision.state,
    );
    if let Some(reason) = &decision.reason {
        let _ = writeln!(text, "    reason: {reason}");
    }
    for over in &decision.overwrote {
        let _ = writeln!(text, "    wrote over in {}: {}", over.system, over.values);
    }
    for write in &decision.writes {
        let message = write.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
        let _ = writeln!(text, "    {} {}: {}{message}", write.system, write.operation, write.state);
    }
    text
}

fn choice_text(choice: &FieldChoice, view: &ConflictView) -> String {
    let path = if choice.path.is_empty() { "(whole record)" } else { &choice.path };
    let chosen = match (choice.choose.as_str(), &choice.value) {
        ("ours", _) => view.systems.0.as_str(),
        ("theirs", _) => view.systems.1.as_str(),
        ("base", _) => "last agreed",
        ("clear", _) => "(empty)",
        (_, Some(value)) => value,
        (other, None) => other,
    };
    format!("{path} = {chosen}")
}

/// Why a field is contested, in plain words.
fn why(reason: &str) -> String {
    match reason {
        "both_changed" => "changed on both sides".to_owned(),
        "no_base" => "never agreed before".to_owned(),
        "blank" => "empty on one side".to_owned(),
        "group" => "belongs to fields that are decided together".to_owned(),
        "strict" => "the other side changed this record too".to_owned(),
        "order" => "in another order".to_owned(),
        "deleted" => "deleted on one side".to_owned(),
        "dangling" => "refers to a record that is not there".to_owned(),
        code if code.starts_with("DUPLICATE_") => "on another record too".to_owned(),
        code => code.to_owned(),
    }
}

/// The kinds in plain words (UX 3).
fn kind(kind: &str) -> &str {
    match kind {
        "field" => "Changed on both sides",
        "delete_update" | "update_delete" => "Deleted on one side, changed on the other",
        "both_added" => "Added on both sides",
        "duplicate" | "ambiguous" => "Same value on two records",
        "dangling" => "Points at a record the other side does not have",
        "not_allowed" => "Value the other side does not accept",
        "rejected" => "Refused by the other side",
        "held" => "Held by a safety limit",
        other => other,
    }
}
