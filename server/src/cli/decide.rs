//! `tiebreak conflicts decide`: what the desk does on a page, without the page.

use std::time::Duration;

use app::api::{Api as _, ApiError, ConflictView, Decide, Decided, DecisionView, FieldChoice, QueuedWrite};
use chrono::{DateTime, Utc};
use serde_json::json;
use store::ids::SchoolId;

use super::failure::{Failure, Result};
use super::{Exit, at, carry, conflicts, output};
use crate::installation::Installation;
use crate::signals::Stop;

/// Decide one conflict and write the result.
///
/// Exit status: 0 written, 1 refused or not yet written, 2 bad input.
#[derive(Debug, clap::Args)]
pub(super) struct DecideArgs {
    /// Its number
    number: i64,
    /// FIELD=ours, theirs, base, clear, value:JSON or the name of a system; an empty FIELD is the whole record
    #[arg(long, value_name = "FIELD=CHOICE", required_unless_present = "earlier")]
    choose: Vec<String>,
    /// Choose for the other fields what was decided before on the same three values
    #[arg(long)]
    earlier: bool,
    /// The revision that was seen; without it, the one there is now
    #[arg(long, value_name = "r-…")]
    revision: Option<String>,
    /// Write past the other system's collision check; needs --reason
    #[arg(long, requires = "reason")]
    force: bool,
    /// Why; kept in the audit log
    #[arg(long)]
    reason: Option<String>,
    /// Do not wait until it is written
    #[arg(long)]
    no_wait: bool,
    /// One line of JSON
    #[arg(long)]
    json: bool,
}

/// How often a decision that a server carries out is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long a decision may take after its undo time, before the command stops waiting for it.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn run(installation: &Installation, args: &DecideArgs) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let stop = Stop::on_signals();
    let seen = installation.desk.get_conflict(&actor, &school, args.number).await?;
    let mut choices = args.choose.iter().map(|text| choice(text, &seen)).collect::<Result<Vec<_>>>()?;
    if args.earlier {
        add_earlier(&mut choices, &seen)?;
    }
    let decide = Decide {
        conflict: args.number,
        revision: args.revision.clone().unwrap_or_else(|| seen.revision.clone()),
        choices,
        check_revision: false,
        force: args.force,
        reason: args.reason.clone(),
    };
    let decided = match installation.desk.decide(&actor, &school, &decide).await {
        Ok(decided) => decided,
        Err(ApiError::Stale { current }) => return stale(&current, args.json),
        Err(error) => return Err(error.into()),
    };
    let Some(held_until) = decided.held_until.filter(|_| !args.no_wait && !decided.writes.is_empty()) else {
        return stored(args, &decided);
    };
    if !args.json {
        eprintln!("{}", output::clean(&effects(&decided.writes)));
    }
    let view = wait(installation, &school, &decided, held_until, &stop).await?;
    ended(installation, &school, args, &view).await
}

/// Adds what was chosen before, where nothing is chosen now (MS C8).
fn add_earlier(choices: &mut Vec<FieldChoice>, seen: &ConflictView) -> Result<()> {
    let earlier = seen.earlier.iter().map(|earlier| &earlier.choice);
    let new: Vec<FieldChoice> =
        earlier.filter(|one| choices.iter().all(|other| other.path != one.path)).cloned().collect();
    choices.extend(new);
    if choices.is_empty() {
        return Err(Failure::bad_input("--earlier: these values were not decided before"));
    }
    Ok(())
}

/// Reads one `--choose`. Path and value may hold `=` themselves, so the choice is what comes after the first `=value:` that
/// ends a path, else after the last `=`.
fn choice(text: &str, seen: &ConflictView) -> Result<FieldChoice> {
    let mut splits = text.match_indices("=value:").map(|(at, _)| (&text[..at], &text[at + 1..]));
    let (path, choose) = match splits.find(|(path, _)| path.parse::<merge::FieldPath>().is_ok()) {
        Some((path, choose)) => (path, choose.to_owned()),
        None => {
            let split = text.rsplit_once('=').map(|(path, choose)| (path, choose.to_owned()));
            split.ok_or_else(|| Failure::bad_input(format!("--choose {text}: is not FIELD=CHOICE")))?
        }
    };
    let is = |name: &str| choose.to_lowercase() == name.to_lowercase();
    let (choose, value) = match choose.strip_prefix("value:") {
        Some(value) => ("value", Some(value.to_owned())),
        None if is("ours") || is(&seen.systems.0) => ("ours", None),
        None if is("theirs") || is(&seen.systems.1) => ("theirs", None),
        None if is("base") => ("base", None),
        None if is("clear") => ("clear", None),
        None => {
            let (ours, theirs) = &seen.systems;
            let known = format!("ours ({ours}), theirs ({theirs}), base, clear, value:JSON");
            return Err(Failure::bad_input(format!("--choose {text}: \"{choose}\" is none of {known}")));
        }
    };
    if let Some(value) = &value {
        merge::json::parse(value.as_bytes()).map_err(|error| {
            let hint = if value.starts_with('"') { "" } else { "; text needs quotes: value:\"…\"" };
            Failure::bad_input(format!("--choose {text}: {error}{hint}"))
        })?;
    }
    Ok(FieldChoice { path: path.to_owned(), choose: choose.to_owned(), value })
}

/// The conflict moved on: nothing was written, here are the new values.
fn stale(current: &ConflictView, as_json: bool) -> Result<Exit> {
    if as_json {
        output::print_json(&json!({ "refused": "stale", "current": current }))?;
    } else {
        eprintln!(
            "tiebreak: refused: this record has changed since you looked; nothing was written. It is now:"
        );
        output::print(&conflicts::text(current))?;
    }
    Ok(Exit::Issues)
}

/// What is said when nothing is waited for.
fn stored(args: &DecideArgs, decided: &Decided) -> Result<Exit> {
    if args.json {
        output::print_json(decided)?;
    } else if decided.writes.is_empty() {
        output::print(&format!("Conflict {}: settled; there was nothing to write.\n", args.number))?;
    } else {
        let when = match decided.held_until {
            Some(until) => format!("after {}", output::time(until)),
            None => "by the next merge".to_owned(),
        };
        output::print(&format!(
            "Conflict {}: queued, written {when}.\n{}\n",
            args.number,
            effects(&decided.writes)
        ))?;
    }
    Ok(Exit::Clean)
}

/// What will change, and where (UX 2.1).
fn effects(writes: &[QueuedWrite]) -> String {
    let effect = |write: &QueuedWrite| match write.operation.as_str() {
        "create" => format!("{} will get the record.", write.system),
        "delete" => format!("{} will remove the record.", write.system),
        _ => format!("{} will change: {}.", write.system, write.changed.join(", ")),
    };
    writes.iter().map(effect).collect::<Vec<_>>().join("\n")
}

/// Waits for the undo time, then carries the writes out, unless a server does.
async fn wait(
    installation: &Installation,
    slug: &str,
    decided: &Decided,
    held_until: DateTime<Utc>,
    stop: &Stop,
) -> Result<DecisionView> {
    let school = carry::school_id(installation, slug).await?;
    let actor = installation.actor();
    let clock = &installation.pipeline.clock;
    let deadline = held_until + PATIENCE;
    loop {
        let view = installation.desk.get_decision(&actor, slug, &decided.decision).await?;
        let now = clock.now();
        if view.state != "decided" || now > deadline || stop.is_asked() {
            return Ok(view);
        }
        if now >= held_until {
            push(installation, school, stop).await?;
        }
        let until_due = (held_until - now).to_std().unwrap_or_default();
        tokio::select! {
            () = stop.asked() => {}
            () = tokio::time::sleep(until_due.max(LOOK)) => {}
        }
    }
}

async fn push(installation: &Installation, school: SchoolId, stop: &Stop) -> Result<()> {
    let Some(_lock) = carry::lock(installation).await? else { return Ok(()) };
    let mut work = std::pin::pin!(installation.pipeline.push_decided(school));
    tokio::select! {
        pushed = &mut work => {
            pushed?;
        }
        () = stop.asked() => installation.interrupt(work).await?,
    }
    Ok(())
}

async fn ended(
    installation: &Installation,
    school: &str,
    args: &DecideArgs,
    view: &DecisionView,
) -> Result<Exit> {
    let exit = if view.state == "applied" { Exit::Clean } else { Exit::Issues };
    let current = installation.desk.get_conflict(&installation.actor(), school, args.number).await?;
    if args.json {
        output::print_json(&json!({ "decision": view, "conflict": current }))?;
        return Ok(exit);
    }
    let mut text = match view.state.as_str() {
        "applied" => format!("Conflict {}: applied.\n", args.number),
        "decided" => format!("Conflict {}: not yet written; it goes out as soon as it can.\n", args.number),
        "partly" => format!("Conflict {}: applied in part.\n", args.number),
        other => format!("Conflict {}: {other}.\n", args.number),
    };
    for write in &view.writes {
        let message = write.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
        text.push_str(&format!("  {} {}: {}{message}\n", write.system, write.operation, write.state));
    }
    for over in &view.overwrote {
        text.push_str(&format!("  wrote over in {}: {}\n", over.system, over.values));
    }
    if current.line.status == "open" {
        text.push_str(&format!("\nIt is open again:\n{}", conflicts::fields(&current)));
    }
    output::print(&text)?;
    Ok(exit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::api::{ConflictLine, Present};

    fn seen() -> ConflictView {
        let at = DateTime::UNIX_EPOCH;
        let line = ConflictLine {
            number: 1,
            merge_type: "room".into(),
            label: "A".into(),
            kind: "field".into(),
            status: "open".into(),
            fields: Vec::new(),
            first: (None, None),
            opened_at: at,
            changed_at: at,
        };
        ConflictView {
            line,
            revision: "r-1".into(),
            systems: ("Scheduler".into(), "Banner".into()),
            fields: Vec::new(),
            causes: vec!["field".into()],
            duplicates: Vec::new(),
            settled: Vec::new(),
            present: Present::default(),
            holds_record: false,
            agreed_at: None,
            base: None,
            ours: None,
            theirs: None,
            opened_run: None,
            decisions: Vec::new(),
            earlier: Vec::new(),
            differences: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn read(text: &str) -> (String, String, Option<String>) {
        let choice = choice(text, &seen()).expect("a choice");
        (choice.path, choice.choose, choice.value)
    }

    #[test]
    fn choices_name_sides_by_word_or_by_the_name_of_the_system() {
        assert_eq!(read("room=ours"), ("room".into(), "ours".into(), None));
        assert_eq!(read("room=banner"), ("room".into(), "theirs".into(), None));
        assert_eq!(read("=Scheduler"), (String::new(), "ours".into(), None));
        assert_eq!(read("a.b=clear"), ("a.b".into(), "clear".into(), None));
    }

    #[test]
    fn values_and_paths_may_hold_the_equals_sign() {
        assert_eq!(read("room=value:\"a=b\""), ("room".into(), "value".into(), Some("\"a=b\"".into())));
        assert_eq!(read("m[{\"d\":\"=\"}].x=base").0, "m[{\"d\":\"=\"}].x");
    }

    #[test]
    fn c08_the_earlier_choices_fill_what_is_not_chosen_and_nothing_else() {
        let earlier = |path: &str| app::api::EarlierChoice {
            choice: FieldChoice { path: path.into(), choose: "theirs".into(), value: None },
            person: "Ann".into(),
            at: DateTime::UNIX_EPOCH,
            conflict: 1,
        };
        let seen = ConflictView { earlier: vec![earlier("a"), earlier("b")], ..seen() };
        let mut choices = vec![choice("a=ours", &seen).expect("a choice")];
        add_earlier(&mut choices, &seen).expect("added");
        let chosen: Vec<(&str, &str)> =
            choices.iter().map(|one| (one.path.as_str(), one.choose.as_str())).collect();
        assert_eq!(chosen, [("a", "ours"), ("b", "theirs")]);
        let none = add_earlier(&mut Vec::new(), &ConflictView { earlier: Vec::new(), ..seen });
        assert!(none.expect_err("nothing to add").message.contains("not decided before"));
    }

    #[test]
    fn items_of_lists_are_chosen_for_by_their_key() {
        assert_eq!(read(r#"phones[type="home"].number=banner"#).0, r#"phones[type="home"].number"#);
        assert_eq!(
            read(r#"phones[type="a=b"]=clear"#),
            (r#"phones[type="a=b"]"#.into(), "clear".into(), None)
        );
        let odd = r#"phones[type="a=value:b"]"#;
        assert_eq!(read(&format!("{odd}=clear")), (odd.into(), "clear".into(), None));
        assert_eq!(read(&format!("{odd}=value:7")), (odd.into(), "value".into(), Some("7".into())));
    }

    #[test]
    fn a_choice_that_cannot_be_read_says_what_would_do() {
        let message = |text: &str| choice(text, &seen()).expect_err("no choice").message;
        assert!(message("room").contains("FIELD=CHOICE"));
        assert!(message("room=mine").contains("theirs (Banner)"));
        assert!(message("room=value:ARTS").contains("text needs quotes"));
    }
}
