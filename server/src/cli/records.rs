//! `tiebreak records`: records as both sides hold them, and those kept in Tiebreak itself.

use std::io::Read as _;
use std::path::PathBuf;

use app::api::{Api as _, PageRequest, PutRecord, RecordFilter, RecordSide, RecordView};

use super::failure::{Failure, Result};
use super::{Exit, at, output, system_names};
use crate::installation::Installation;

/// Look at records, and edit those kept in Tiebreak itself.
#[derive(Debug, clap::Subcommand)]
pub(super) enum RecordsCommand {
    /// List records that a merge has seen on either side
    List {
        /// Only this record type
        #[arg(long = "type", value_name = "TYPE")]
        merge_type: Option<String>,
        /// Only records whose name or id contains this
        #[arg(long, value_name = "TEXT")]
        q: Option<String>,
        /// Only those kept in Tiebreak itself, as they are now; needs --type
        #[arg(long, requires = "merge_type")]
        own: bool,
        /// So many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Go on after this place
        #[arg(long, value_name = "PLACE")]
        after: Option<String>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show one record: the last agreed values and both sides
    Show {
        /// Its type
        #[arg(value_name = "TYPE")]
        merge_type: String,
        /// Its key: as it is shown, or as a JSON list
        key: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Add or edit records kept in Tiebreak itself, by their keys; all of them or none
    Put(PutArgs),
    /// Remove a record kept in Tiebreak itself
    Remove {
        /// Its type
        #[arg(value_name = "TYPE")]
        merge_type: String,
        /// Its key: as it is shown, or as a JSON list
        key: String,
    },
}

/// Add or edit records kept in Tiebreak itself, by their keys; all of them or none.
#[derive(Debug, clap::Args)]
pub(super) struct PutArgs {
    /// TYPE and RECORD, or with --type the file alone (`-` is stdin)
    #[arg(value_name = "TYPE RECORD | FILE", num_args = 1..=2, required = true)]
    what: Vec<String>,
    /// The type of all records of a file of JSON lines
    #[arg(long = "type", value_name = "TYPE")]
    merge_type: Option<String>,
}

pub(super) async fn run(installation: &Installation, command: &RecordsCommand) -> Result<Exit> {
    match command {
        RecordsCommand::List { merge_type, q, own, limit, after, json } => {
            let filter = RecordFilter { merge_type: merge_type.clone(), q: q.clone(), own: *own };
            let page = PageRequest::after(after.clone(), *limit);
            list(installation, &filter, &page, *json).await
        }
        RecordsCommand::Show { merge_type, key, json } => show(installation, merge_type, key, *json).await,
        RecordsCommand::Put(args) => put(installation, args).await,
        RecordsCommand::Remove { merge_type, key } => remove(installation, merge_type, key).await,
    }
}

async fn list(
    installation: &Installation,
    filter: &RecordFilter,
    page: &PageRequest,
    json: bool,
) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let records = installation.desk.list_records(&actor, &school, filter, page).await?;
    if json {
        output::print_json(&records)?;
        return Ok(Exit::Clean);
    }
    let id = |id: &Option<String>| id.clone().unwrap_or_else(|| "-".to_owned());
    let rows: Vec<Vec<String>> = records
        .items
        .iter()
        .map(|line| vec![line.merge_type.clone(), id(&line.ours_id), id(&line.theirs_id), line.label.clone()])
        .collect();
    let names = system_names(installation, &school).await?;
    let headings = [format!("Id in {}", names.ours), format!("Id in {}", names.theirs)];
    let mut text = output::table(&["Type", &headings[0], &headings[1], "Record"], &rows);
    text.push_str(&output::footer(records.items.len(), records.total, "records", records.next.as_deref()));
    output::print(&text)?;
    Ok(Exit::Clean)
}

async fn show(installation: &Installation, merge_type: &str, key: &str, json: bool) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let view = installation.desk.get_record(&actor, &school, merge_type, key).await?;
    if json {
        output::print_json(&view)?;
    } else {
        output::print(&text(&view)?)?;
    }
    Ok(Exit::Clean)
}

/// The fields of all three versions side by side.
fn text(view: &RecordView) -> Result<String> {
    let read = |body: Option<&str>| -> Result<merge::Object> {
        let parsed = body.map(|body| merge::json::parse_object(body.as_bytes())).transpose();
        Ok(parsed.map_err(Failure::bad_input)?.unwrap_or_default())
    };
    let side = |side: &Option<RecordSide>| read(side.as_ref().and_then(|side| side.body.as_deref()));
    let (base, ours, theirs) = (read(view.base.as_deref())?, side(&view.ours)?, side(&view.theirs)?);
    let mut names: Vec<&str> = Vec::new();
    for name in ours.keys().chain(theirs.keys()).chain(base.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let cell = |object: &merge::Object, name: &str| {
        object.get(name).map_or_else(|| "(not there)".to_owned(), merge::Value::to_json)
    };
    let rows: Vec<Vec<String>> = names
        .iter()
        .map(|name| vec![(*name).to_owned(), cell(&base, name), cell(&ours, name), cell(&theirs, name)])
        .collect();
    let heading = |side: &Option<RecordSide>| match side {
        Some(side) if side.body.is_some() => format!("{} ({})", side.system, side.id),
        Some(side) => format!("{} (gone)", side.system),
        None => "(not there)".to_owned(),
    };
    let line = &view.line;
    let mut text = format!("{} {}  key {}\n", line.merge_type, line.label, line.key);
    if let Some(number) = view.conflict {
        text.push_str(&format!("in conflict {number} (tiebreak conflicts show {number})\n"));
    }
    text.push('\n');
    text.push_str(&output::table(
        &["Field", "Last agreed", &heading(&view.ours), &heading(&view.theirs)],
        &rows,
    ));
    Ok(text)
}

async fn put(installation: &Installation, args: &PutArgs) -> Result<Exit> {
    let records = match (&args.merge_type, args.what.as_slice()) {
        (Some(merge_type), [file]) => from_file(merge_type, file)?,
        (None, [merge_type, fields]) => {
            vec![PutRecord {
                place: "record".to_owned(),
                merge_type: merge_type.clone(),
                fields: fields.clone(),
            }]
        }
        (Some(_), _) => return Err(Failure::bad_input("with --type give one FILE, or - for stdin")),
        (None, _) => return Err(Failure::bad_input("give --type TYPE FILE, or TYPE and one record as JSON")),
    };
    let (actor, school) = at(installation).await?;
    let written = installation.desk.put_records(&actor, &school, &records).await?;
    let same = records.len() as u64 - written;
    output::print(&format!("{written} records added or edited, {same} unchanged\n"))?;
    Ok(Exit::Clean)
}

/// One JSON object a line; empty lines are skipped.
fn from_file(merge_type: &str, file: &str) -> Result<Vec<PutRecord>> {
    let unreadable = |error: std::io::Error| Failure::bad_input(format!("{file}: {error}"));
    let text = if file == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map_err(unreadable)?;
        text
    } else {
        std::fs::read_to_string(PathBuf::from(file)).map_err(unreadable)?
    };
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let record = |(line, number): (&str, u64)| PutRecord {
        place: format!("{file}:{number}"),
        merge_type: merge_type.to_owned(),
        fields: line.to_owned(),
    };
    Ok(lines.map(record).collect())
}

async fn remove(installation: &Installation, merge_type: &str, key: &str) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    installation.desk.remove_record(&actor, &school, merge_type, key).await?;
    output::print(&format!("{merge_type} {key}: removed\n"))?;
    Ok(Exit::Clean)
}
