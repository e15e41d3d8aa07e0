//! `tiebreak apply`: performs decisions on base (MS X12, law L10).

use std::path::PathBuf;
use std::process::ExitCode;

use merge::listing::{Group, Join, JoinError, Row, Source};
use merge::{Action, FieldPath, Object, RecordKey, UNFETCHED, Value};

use super::bad_input;
use super::files::{
    Argument, FileError, Format, Listing, Meter, Output, RecordOutput, RecordStyle, check_arguments,
};
use super::merge::check_key;

/// Perform decisions on base, which gives what the merge that wrote them gave
///
/// A decision names a record by its key and says what becomes of one field or of the whole record. The lines may be edited
/// in between, and may stand in any order.
///
/// The records may be ndjson, json or csv, each file by the ending of its name or both by --format. What gzip packed is
/// unpacked, whatever it is called. `-` is standard input, for one of the two files that are read.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ApplyArgs {
    /// The records the decisions start from
    #[arg(long, value_name = "FILE")]
    base: PathBuf,
    /// The decisions, as `tiebreak merge --decisions` writes them
    #[arg(long, value_name = "FILE")]
    decisions: PathBuf,
    /// The fields that identify a record, as they were given to the merge
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',', required = true)]
    key: Vec<String>,
    /// How base and the result are written; without it the endings of their names say it (.csv, .json, else ndjson)
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where the result goes, sorted by key; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

const AFTER_HELP: &str = "\
Exit status:
  0  the result was written
  2  bad input or arguments: standard error has one line that says where, and no file was created or changed

Example:
  tiebreak apply --base agreed.csv --decisions decisions.ndjson --key term,crn --out merged.csv";

/// Runs the command.
pub fn run(args: &ApplyArgs) -> ExitCode {
    match apply_file(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => bad_input(&error),
    }
}

pub(super) fn apply_file(args: &ApplyArgs) -> Result<(), FileError> {
    check_key(&args.key)?;
    let inputs = [("--base", Some(&args.base)), ("--decisions", Some(&args.decisions))];
    check_arguments(&Argument::given(inputs), &Argument::given([("--out", Some(&args.out))]))?;
    let meter = Meter::on_terminal();
    let base = Listing::open(&args.base, Format::of(&args.base, args.format), &meter)?;
    let decisions = Listing::open_lines(&args.decisions, &meter)?;
    let mut work = Work { args, base, decisions };
    loop {
        meter.begin("applying", Some(work.base.input().bytes() + work.decisions.input().bytes()));
        match work.pass() {
            Ok(output) => {
                meter.end();
                work.base.input().check_unchanged()?;
                work.decisions.input().check_unchanged()?;
                return Output::publish_all([output.into_output()]);
            }
            Err(Stop::Bad(error)) => return Err(error),
            Err(Stop::Unsorted(Source::Base)) => {
                work.base.sort(&|object, line| base_row(&args.key, object, line))?;
            }
            Err(Stop::Unsorted(_)) => {
                work.decisions.sort(&|object, line| decision_row(&args.key, object, line))?;
            }
        }
    }
}

struct Work<'a> {
    args: &'a ApplyArgs,
    base: Listing,
    decisions: Listing,
}

/// Why a pass over the files ended early.
enum Stop {
    Bad(FileError),
    Unsorted(Source),
}

impl From<FileError> for Stop {
    fn from(error: FileError) -> Stop {
        Stop::Bad(error)
    }
}

impl Work<'_> {
    /// Joins base with the lines of decisions, of which a record may have many.
    fn pass(&self) -> Result<RecordOutput, Stop> {
        let key = &self.args.key;
        let format = Format::of(&self.args.out, self.args.format);
        let columns = if format == Format::Csv { self.columns()? } else { Vec::new() };
        let style = RecordStyle { format, columns };
        let mut output = RecordOutput::create(&self.args.out, &style)?;
        let mut text = String::new();
        let of_base = |object, line| base_row(key, object, line);
        let of_decisions = |object, line| decision_row(key, object, line);
        let groups =
            Join::new(self.base.rows(&of_base)?, self.decisions.rows(&of_decisions)?, std::iter::empty());
        for group in groups {
            let group = group.map_err(|error| match error {
                JoinError::Source(error) => Stop::Bad(error),
                JoinError::Unsorted(source) => Stop::Unsorted(source),
                JoinError::RepeatedInBase { key, line } => {
                    Stop::Bad(self.base.error(line, format!("base has the key {} twice", key.canonical())))
                }
            })?;
            if let Some(record) = self.record(group)? {
                text.clear();
                style.append(&mut text, &record);
                output.append(&text)?;
            }
        }
        output.finish()?;
        Ok(output)
    }

    fn record(&self, group: Group) -> Result<Option<Object>, FileError> {
        let in_base = group.base.is_some();
        let mut record = group.base.map(|row| row.record);
        let mut lines = Vec::new();
        for row in group.ours {
            let line =
                read_decision(&row.record).map_err(|message| self.decisions.error(row.line, message))?;
            lines.push(line);
        }
        // A whole record comes before its fields, an object before its members.
        lines.sort_by_cached_key(|(_, path, _)| path.to_string());
        if !in_base && lines.iter().any(|(action, ..)| *action == Action::Set) {
            record = Some(group.key.to_object(&self.args.key));
        }
        for (action, path, value) in &lines {
            merge::perform(&mut record, *action, path, value.as_ref());
        }
        Ok(record)
    }

    /// The columns of base, then members that only decisions bring.
    fn columns(&self) -> Result<Vec<String>, FileError> {
        let mut columns = self.base.member_names()?;
        columns.retain(|name| name != UNFETCHED);
        for line in self.decisions.objects()? {
            let (at, line) = line?;
            let (_, path, value) =
                read_decision(&line).map_err(|message| self.decisions.error(at, message))?;
            let whole = value.as_ref().and_then(Value::as_object).filter(|_| path.is_root());
            let names = whole.map(Object::keys).into_iter().flatten().chain(path.top());
            for name in names {
                if !columns.iter().any(|column| column == name) {
                    columns.push(name.to_owned());
                }
            }
        }
        Ok(columns)
    }
}

fn base_row(key: &[String], mut object: Object, line: u64) -> Result<(RecordKey, Row), String> {
    object.remove(UNFETCHED);
    let key = RecordKey::from_object(&object, key).map_err(|error| error.to_string())?;
    let row = Row::read_base(object, line).map_err(|error| error.to_string())?;
    Ok((key, row))
}

/// A line of decisions keeps its members as they are; only its key is read here.
fn decision_row(key: &[String], object: Object, line: u64) -> Result<(RecordKey, Row), String> {
    let record = object.get("key").and_then(Value::as_object).ok_or("`key` must be an object")?;
    let key = RecordKey::from_object(record, key).map_err(|error| error.to_string())?;
    let row = Row::read(object, line).map_err(|error| error.to_string())?;
    Ok((key, row))
}

type Line = (Action, FieldPath, Option<Value>);

fn read_decision(line: &Object) -> Result<Line, String> {
    let text = |name: &str| {
        let text = line.get(name).and_then(Value::as_text);
        text.ok_or_else(|| format!("`{name}` must be text"))
    };
    let action: Action = text("action")?.parse().map_err(|error| format!("{error}"))?;
    let path: FieldPath = text("path")?.parse().map_err(|error| format!("{error}"))?;
    let present = match line.get("present") {
        None => line.contains("value"),
        Some(Value::Bool(present)) => *present,
        Some(_) => return Err("`present` must be true or false".to_owned()),
    };
    let value = line.get("value").cloned().filter(|_| present);
    if present && value.is_none() {
        return Err("`value` is missing".to_owned());
    }
    match action {
        Action::Set if path.is_root() => Err("a `set` needs a path".to_owned()),
        Action::Record | Action::Hold if !path.is_root() => Err(format!("a `{action}` has the path \"\"")),
        Action::Record | Action::Hold if value.as_ref().is_some_and(|value| value.as_object().is_none()) => {
            Err("the value of a whole record must be an object".to_owned())
        }
        _ => Ok((action, path, value)),
    }
}
