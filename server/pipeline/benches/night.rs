//! How long a night takes and what it needs: `cargo bench -p pipeline --bench night -- 3000 100000`.
//!
//! For each number of records, two beginnings are measured: *adopt*, where both sides hold the same records already, and
//! *load*, where our side is empty; and after each a night with 1 % changed, half of it on either side. The SIS and
//! whatever prepares the data run in processes of their own, so that the peak memory is that of the night.

#[path = "../tests/house/mod.rs"]
mod house;
#[path = "../tests/house/own.rs"]
mod own;
mod process;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use connect::sim::client::SimClient;
use connect::sim::{Batch, Counts, Sim, SimOptions, Size};
use house::House;
use own::Own;
use pipeline::settings::Settings;
use process::{forget_peak, peak_mb};
use serde_json::json;
use store::Store;
use store::ids::SchoolId;
use store::run::{Run, RunFilter, RunState};

type Trouble = Box<dyn std::error::Error>;

/// What this process is: the bench itself, or one of its helpers.
#[tokio::main]
async fn main() -> Result<(), Trouble> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["sis", count] => serve(count.parse()?).await,
        ["fill", folder, sis, both] => fill(Path::new(folder), sis, both == "adopt").await,
        ["edit", folder, sis, school, each] => edit(Path::new(folder), sis, school, each.parse()?).await,
        ["measure", beginning, count] => measure(beginning, count.parse()?).await,
        // Without figures nothing is measured: so a run of all targets as tests goes by.
        ref counts => report(counts),
    }
}

/// Measures every number of records and prints the table.
fn report(counts: &[&str]) -> Result<(), Trouble> {
    if counts.is_empty() {
        return Ok(());
    }
    println!("| records | beginning | night | seconds | records/s | peak MB | database MB | phases |");
    println!("|---|---|---|---|---|---|---|---|");
    for count in counts {
        for beginning in ["adopt", "load"] {
            let status = again(&["measure", beginning, count]).status()?;
            if !status.success() {
                return Err(format!("{beginning} with {count} records: {status}").into());
            }
        }
    }
    Ok(())
}

/// This program once more, as something else.
fn again(words: &[&str]) -> Command {
    let program = std::env::current_exe().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(words);
    command
}

/// Serves a SIS with so many people until the other end of its input is closed.
async fn serve(people: usize) -> Result<(), Trouble> {
    let counts = Counts { people, ..Counts::default() };
    let sis = Sim::start(SimOptions::default().size(Size::Custom(counts))).await?;
    println!("{}", sis.addr);
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

struct Sis {
    process: Child,
    address: String,
}

impl Sis {
    fn start(people: usize) -> Result<Self, Trouble> {
        let mut process =
            again(&["sis", &people.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut address)?;
        Ok(Self { process, address: address.trim().to_owned() })
    }
}

impl Drop for Sis {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn settings(sis: &str) -> Result<Settings, Trouble> {
    let mut document: toml::Table = include_str!("night.toml").parse()?;
    let connector = include_str!("../../connect/tests/systems/sim-people.toml");
    let mut system: toml::Table = connector.replace("limit = 200", "limit = 500").parse()?;
    system.insert("name".to_owned(), "Banner".into());
    system.insert("base_url".to_owned(), format!("http://{sis}/sis/v1").into());
    let limits = toml::Table::from_iter([("per_second".to_owned(), 100_000.into())]);
    system.insert("limits".to_owned(), limits.into());
    document["systems"].as_table_mut().ok_or("no systems")?.insert("theirs".to_owned(), system.into());
    Ok(Settings::parse(&toml::to_string(&document)?)?)
}

async fn open(folder: &Path) -> Result<House, Trouble> {
    let store = Store::open(&store::testing::sqlite_url(&folder.join("tiebreak.db"))).await?;
    Ok(House::over(store, "sim-token"))
}

/// Makes the school, with the records of the SIS as our own if both sides are to begin with them.
async fn fill(folder: &Path, sis: &str, both: bool) -> Result<(), Trouble> {
    let house = open(folder).await?;
    let settings = settings(sis)?;
    let school = house.add_school(&settings).await;
    let own = Own { house: &house, school, settings: &settings };
    if both {
        let state = SimClient::new(sis.parse()?).state().await?;
        let mut tx = house.store.begin().await?;
        for person in state.live("person") {
            let mut person = person.clone();
            if let Some(fields) = person.as_object_mut() {
                let known = |name: &str| settings.types[0].field(name).is_some();
                fields.retain(|name, value| known(name) && !value.is_null());
            }
            own.put(&mut tx, "person", &person).await;
        }
        tx.commit().await?;
    }
    println!("{school}");
    Ok(())
}

/// Edits so many records on each side.
async fn edit(folder: &Path, sis: &str, school: &str, each: usize) -> Result<(), Trouble> {
    let house = open(folder).await?;
    let settings = settings(sis)?;
    let own = Own { house: &house, school: school.parse()?, settings: &settings };
    let people = own.list("person").await;
    for (n, person) in people.iter().step_by(101).take(each - 2).enumerate() {
        own.edit(person, json!({ "note": format!("note {n}") })).await;
    }
    own.remove(&people[1]).await;
    own.add("person", json!({ "number": "new", "given_name": "Zoë", "family_name": "New" })).await;
    let (type_name, fields) = (Some("person".to_owned()), vec!["email".to_owned()]);
    let batch = Batch { seed: 3, count: each, type_name, fields, ..Batch::default() };
    let edited = SimClient::new(sis.parse()?).edit_batch(&batch).await?;
    assert_eq!(edited.len(), each);
    Ok(())
}

/// What a night took.
struct Taken {
    seconds: f64,
    phases: Vec<(RunState, f64)>,
}

async fn measure(beginning: &str, count: usize) -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let place = folder.path().to_str().ok_or("a folder without a name")?;
    let sis = Sis::start(count)?;
    let filled = again(&["fill", place, &sis.address, beginning]).stderr(Stdio::inherit()).output()?;
    let school = String::from_utf8(filled.stdout)?.trim().to_owned();
    let id: SchoolId = school.parse()?;
    let house = open(folder.path()).await?;

    forget_peak();
    let first = night(&house, id).await?;
    line(beginning, count, "first", &first, folder.path())?;

    let each = (count / 200).to_string();
    if !again(&["edit", place, &sis.address, &school, &each]).status()?.success() {
        return Err("the edits failed".into());
    }
    house.clock.advance(TimeDelta::hours(13));
    forget_peak();
    let second = night(&house, id).await?;
    line(beginning, count, "1 % changed", &second, folder.path())?;

    house.clock.advance(TimeDelta::hours(13));
    forget_peak();
    let third = night(&house, id).await?;
    line(beginning, count, "nothing changed", &third, folder.path())
}

/// Carries a night out, with an approval where it waits for one, and notes when its state changes.
async fn night(house: &House, school: SchoolId) -> Result<Taken, Trouble> {
    let begun = Instant::now();
    let mut phases: Vec<(RunState, f64)> = Vec::new();
    let mut run = watched(house, school, begun, &mut phases, house.night(school)).await;
    if run.state == RunState::Held {
        run = watched(house, school, begun, &mut phases, house.approve(&run)).await;
    }
    if run.state != RunState::Reported {
        return Err(format!("the night stands at {} {:?}", run.state, run.hold_reasons).into());
    }
    Ok(Taken { seconds: begun.elapsed().as_secs_f64(), phases })
}

/// Lets `work` go on, and notes meanwhile when the state of the run changes. The looking is a task of its own: a future
/// that waits beside the work could be handed a connection while the work is what it waits for.
async fn watched(
    house: &House,
    school: SchoolId,
    begun: Instant,
    phases: &mut Vec<(RunState, f64)>,
    work: impl Future<Output = Run>,
) -> Run {
    let (seen, mut changes) = tokio::sync::mpsc::unbounded_channel();
    let store = house.store.clone();
    let watcher = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let Ok(mut reader) = store.read().await else { continue };
            let runs = store::run::list(&mut reader, school, &RunFilter::default(), 1).await;
            let state = runs.ok().and_then(|runs| runs.first().map(|run| run.state));
            drop(reader);
            if state.is_some_and(|state| seen.send((state, begun.elapsed().as_secs_f64())).is_err()) {
                return;
            }
        }
    });
    let run = work.await;
    watcher.abort();
    while let Ok((state, at)) = changes.try_recv() {
        if phases.last().is_none_or(|(last, _)| *last != state) {
            phases.push((state, at));
        }
    }
    run
}

fn line(beginning: &str, count: usize, night: &str, taken: &Taken, folder: &Path) -> Result<(), Trouble> {
    let mut phases: BTreeMap<usize, String> = BTreeMap::new();
    let ends = taken.phases.iter().skip(1).map(|(_, at)| *at).chain([taken.seconds]);
    for (place, ((state, from), to)) in taken.phases.iter().zip(ends).enumerate() {
        phases.insert(place, format!("{state} {:.1}", to - from));
    }
    let phases: Vec<String> = phases.into_values().collect();
    let seconds = taken.seconds;
    let per_second = count as f64 / seconds;
    let (peak, size) = (peak_mb()?, size_mb(folder)?);
    let phases = phases.join(", ");
    println!(
        "| {count} | {beginning} | {night} | {seconds:.1} | {per_second:.0} | {peak:.0} | {size:.0} | {phases} |"
    );
    Ok(())
}

/// The database with its log.
fn size_mb(folder: &Path) -> Result<f64, Trouble> {
    let mut bytes = 0;
    for file in std::fs::read_dir(folder)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes as f64 / 1e6)
}
