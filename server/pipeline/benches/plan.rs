//! How long the plan of a merge takes: `cargo bench -p pipeline --bench plan -- 1000000 60000 scattered`.
//!
//! A database is filled with so many records, staged on both sides and with a base, of which each side has edited so many
//! (`scattered`, `clustered` or `same_record`). Then only the planning is timed, as a run really does it: from the state
//! `merging` until another process could see the next one. One line of JSON comes out:
//!
//! - `seconds`: a trial, which merges every record that differs and writes the rows of the plan;
//! - `closed_seconds`: a night, which also turns rows into writes and conflicts, and is held there;
//! - `fill_seconds`: making the database, which no night does at once;
//! - `cpu_seconds`, `peak_mb`: of the trial.
//!
//! `fill FOLDER RECORDS EDITS SPREAD` and `measure FOLDER` do the two halves apart, for measuring a copy several times;
//! `warm FOLDER` is what `measure` begins with.

#[path = "../tests/house/mod.rs"]
#[expect(dead_code, reason = "whole runs are for the other measurements")]
mod house;
mod process;
#[path = "../../xtask/src/bench/sections/mod.rs"]
mod sections;
mod warm;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use connect::Clock as _;
use house::House;
use merge::{ContentHash, Object, RecordKey, Side};
use pipeline::settings::Settings;
use process::{forget_peak, peak_mb};
use sections::{Edits, FIELDS, Role, Sections, Spread, Version};
use serde_json::{Value, json};
use store::base::NewBase;
use store::ids::{LinkId, RunId, SchoolId};
use store::lease::Phase;
use store::link::NewLink;
use store::run::{NewRun, RunKind, RunState};
use store::staged::{Origin, Staged, StagedState};
use store::{Store, Tx};

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Trouble = Box<dyn std::error::Error>;

const TYPE: &str = "section";
const SEED: u64 = 4;
/// Records filled in with one transaction.
const AT_ONCE: u32 = 10_000;

#[tokio::main]
async fn main() -> Result<(), Trouble> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["fill", folder, records, edits, spread] => {
            fill(Path::new(folder), records.parse()?, &edits_of(edits, spread)?).await
        }
        ["measure", folder] => {
            println!("{}", measure(Path::new(folder)).await?);
            Ok(())
        }
        ["warm", folder] => Ok(warm::up(Path::new(folder))?),
        [records, edits, spread] => both(records, edits, spread),
        // Without figures nothing is measured: so a run of all targets as tests goes by.
        _ => Ok(()),
    }
}

fn edits_of(each: &str, spread: &str) -> Result<Edits, Trouble> {
    let spread: Spread = spread.parse()?;
    Ok(Edits { spread, each: each.parse()?, conflicts: 0 })
}

/// Fills in one process and measures in another, so that the peak memory is that of planning.
fn both(records: &str, edits: &str, spread: &str) -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let place = folder.path().to_str().ok_or("a folder without a name")?;
    let begun = Instant::now();
    again(&["fill", place, records, edits, spread])?;
    let fill_seconds = begun.elapsed().as_secs_f64();
    let mut figures: Value = serde_json::from_str(&again(&["measure", place])?)?;
    figures["edits"] = json!(edits.parse::<u64>()?);
    figures["spread"] = json!(spread);
    figures["fill_seconds"] = json!(fill_seconds);
    println!("{figures}");
    Ok(())
}

/// This program once more, to its end.
fn again(words: &[&str]) -> Result<String, Trouble> {
    let output =
        Command::new(std::env::current_exe()?).args(words).stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{}: {}", words.join(" "), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

async fn open(folder: &Path) -> Result<House, Trouble> {
    let store = Store::open(&store::testing::sqlite_url(&folder.join("tiebreak.db"))).await?;
    Ok(House::over(store, "none"))
}

/// Makes a school whose records both sides have agreed on, and in which each side has made its edits since.
async fn fill(folder: &Path, records: u32, edits: &Edits) -> Result<(), Trouble> {
    std::fs::create_dir_all(folder)?;
    let house = open(folder).await?;
    let settings = Settings::parse(include_str!("plan.toml"))?;
    let known = |name: &&str| settings.types[0].field(name).is_some();
    assert!(FIELDS.iter().all(known), "the settings know every field");
    let school = house.add_school(&settings).await;
    let sections = Sections::new(records, edits, SEED);
    for first in (0..records).step_by(AT_ONCE as usize) {
        let places = first..records.min(first + AT_ONCE);
        let mut rows = Rows::default();
        for place in places {
            rows.add(&house, &sections, place)?;
        }
        let mut tx = house.store.begin().await?;
        rows.store(&house, &mut tx, school).await?;
        tx.commit().await?;
    }
    house.store.refresh_statistics().await?;
    house.store.close().await;
    Ok(())
}

/// Rows on their way into the database.
#[derive(Default)]
struct Rows {
    links: Vec<NewLink>,
    bases: Vec<NewBase>,
    staged: Vec<Staged>,
}

impl Rows {
    fn add(&mut self, house: &House, sections: &Sections, place: u32) -> Result<(), Trouble> {
        let link = LinkId::new(house.clock.now(), house.clock.random());
        let [base, ours, theirs] = versions_of(sections, place)?;
        let key = RecordKey::from_object(&base, &["id".to_owned()])?;
        let remote_id = |side: Side| Some(format!("{side}-{place}"));
        self.links.push(NewLink {
            id: link,
            key: key.canonical(),
            label: key.label(),
            ours_id: remote_id(Side::Ours),
            theirs_id: remote_id(Side::Theirs),
        });
        for (side, own) in [(Side::Ours, ours), (Side::Theirs, theirs)] {
            self.staged.push(staged(link, side, place, &own));
        }
        let (body, hash) = (base.to_canonical(), base.hash());
        self.bases.push(NewBase { link, body, hash, fields_agreed: r#"{"*":1}"#.to_owned() });
        Ok(())
    }

    async fn store(&self, house: &House, tx: &mut Tx, school: SchoolId) -> Result<(), Trouble> {
        let now = house.clock.now();
        store::link::add_many(tx, school, TYPE, &self.links, now).await?;
        store::staged::upsert_many(tx, school, TYPE, &self.staged).await?;
        Ok(store::base::upsert_many(tx, &self.bases, None, now).await?)
    }
}

fn versions_of(sections: &Sections, place: u32) -> Result<[Object; 3], Trouble> {
    let read = |version| -> Result<Object, Trouble> {
        let mut line = String::new();
        sections.write(place, version, &mut line);
        Ok(merge::json::parse_object(line.as_bytes())?)
    };
    if sections.roles()[place as usize] == Role::Untouched {
        let base = read(Version::Base)?;
        return Ok([base.clone(), base.clone(), base]);
    }
    let [base, ours, theirs] = Version::ALL.map(read);
    Ok([base?, ours?, theirs?])
}

fn staged(link: LinkId, side: Side, place: u32, body: &Object) -> Staged {
    let hash: ContentHash = body.hash();
    Staged {
        link,
        side,
        remote_id: format!("{side}-{place}"),
        state: StagedState::Live,
        hash: Some(hash),
        raw_hash: Some(format!("0123456789abcdef{hash}")),
        version: Some(hash.to_string()),
        modified: None,
        origin: Origin::Read,
        run: None,
        missing_runs: 0,
        missing_since: None,
        body: Some(body.to_canonical()),
    }
}

/// Plans a trial, then a night.
async fn measure(folder: &Path) -> Result<Value, Trouble> {
    let house = open(folder).await?;
    let mut reader = house.store.read().await?;
    let school = store::school::find_by_slug(&mut reader, "planned").await?.ok_or("no school")?.id;
    let records = store::link::count(&mut reader, school, TYPE).await?;
    drop(reader);
    // In another process, which gives all its memory back.
    again(&["warm", folder.to_str().ok_or("a folder without a name")?])?;
    forget_peak();
    let cpu = cpu_seconds()?;
    let trial = plan(&house, school, RunKind::Trial).await?;
    let (cpu, peak) = (cpu_seconds()? - cpu, peak_mb()?);
    let night = plan(&house, school, RunKind::Nightly).await?;
    assert_eq!(trial.outcomes, night.outcomes, "a trial plans what a night plans");
    Ok(json!({
        "records": records,
        "seconds": trial.seconds,
        "closed_seconds": night.seconds,
        "cpu_seconds": cpu,
        "peak_mb": peak,
        "outcomes": trial.outcomes,
    }))
}

/// What planning took and came to.
struct Planned {
    seconds: f64,
    outcomes: Value,
}

/// Lets a new run begin with its plan, and times it until it has one.
async fn plan(house: &House, school: SchoolId, kind: RunKind) -> Result<Planned, Trouble> {
    let run = begin_merging(house, school, kind).await?;
    let (store, begun) = (house.store.clone(), Instant::now());
    let watcher = tokio::spawn(async move {
        loop {
            // Looking takes time from what is measured: half a percent finely is fine enough.
            tokio::time::sleep(Duration::from_millis(2).max(begun.elapsed() / 200)).await;
            let Ok(mut reader) = store.read().await else { continue };
            let now = store::run::get(&mut reader, run).await;
            if now.is_ok_and(|run| run.state != RunState::Merging) {
                return begun.elapsed().as_secs_f64();
            }
        }
    });
    house.pipeline.execute(run).await?;
    let seconds = watcher.await?;
    let mut reader = house.store.read().await?;
    let run = store::run::get(&mut reader, run).await?;
    let expected = if kind == RunKind::Trial { RunState::Reported } else { RunState::Held };
    if run.state != expected {
        return Err(format!("the {kind} stands at {}: {:?}", run.state, run.error).into());
    }
    let summary: Value = serde_json::from_str(run.summary.as_deref().unwrap_or("{}"))?;
    Ok(Planned { seconds, outcomes: summary["outcomes"][TYPE].clone() })
}

/// A run that has read both sides and put everything into the staged copies.
async fn begin_merging(house: &House, school: SchoolId, kind: RunKind) -> Result<RunId, Trouble> {
    let now = house.clock.now();
    let id = RunId::new(now, house.clock.random());
    let slot = id.to_string();
    let new = NewRun { id, school, kind, slot: &slot, options: "{}", requested_by: "bench" };
    let mut tx = house.store.begin().await?;
    store::run::request(&mut tx, &new, now).await?;
    let settings = store::settings_revision::current(&mut tx, school).await?.ok_or("no settings")?;
    let (holder, ttl) = (&house.pipeline.holder, house.pipeline.bounds.lease);
    let claimed = store::lease::claim(&mut tx, school, Phase::Push, holder, now, ttl).await?;
    let guard = claimed.ok_or("somebody else is at work")?.guard;
    store::run::claim(&mut tx, &guard, id, settings.number, &settings.hash, now).await?;
    store::run::set_state(&mut tx, &guard, id, &[RunState::Claimed], RunState::Merging).await?;
    store::run::note_state(&mut tx, id, RunState::Merging, now).await?;
    store::lease::release(&mut tx, &guard).await?;
    tx.commit().await?;
    Ok(id)
}

/// Processor time of all threads of this process so far.
fn cpu_seconds() -> Result<f64, Trouble> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name of the program, in parentheses, may hold spaces; user and system time are the 12th and 13th after it.
    let after = stat.rsplit(')').next().ok_or("no stat")?;
    let ticks = after.split_whitespace().skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    // USER_HZ, the same on every Linux that runs this.
    Ok(ticks / 100.0)
}
