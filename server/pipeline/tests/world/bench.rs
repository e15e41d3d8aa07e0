//! A school on two simulated SISes that is disturbed on purpose: ask for a run, carry it out, and let the servers judge.

use connect::sim::EditOp;
use connect::{Clock as _, SystemClock};
use merge::Side;
use pipeline::settings::Pair;
use pipeline::{Executed, Pipeline, PipelineError, RunOptions};
use serde_json::{Value, json};
use store::ids::{RunId, SchoolId};
use store::run::{Run, RunKind, RunState};

use crate::world::{self, Look, Servers};

/// Whether all of a long matrix is asked for, and not the sample of it that each run of the tests takes.
pub fn takes_every_fault() -> bool {
    std::env::var_os("TIEBREAK_EVERY_FAULT").is_some_and(|value| value != "0")
}

/// Where the sample begins today, counted from 0: with each day it moves on by one, so that in the end all of the matrix
/// was met. `TIEBREAK_SAMPLE` takes that of another day.
pub fn sample() -> usize {
    let wish = std::env::var("TIEBREAK_SAMPLE").ok().map(|wish| wish.parse().expect("a number"));
    wish.unwrap_or_else(|| {
        usize::try_from(SystemClock.now().timestamp() / 86_400).expect("a clock that was set")
    })
}

/// One school, its servers, and the pipeline that serves it.
pub struct Bench<'a> {
    pub servers: &'a Servers,
    pub pipeline: Pipeline,
    pub school: SchoolId,
}

impl Bench<'_> {
    /// Asks for a nightly run.
    pub async fn request(&self) -> RunId {
        world::request_run(&self.pipeline.store, self.school, RunKind::Nightly, &RunOptions::default()).await
    }

    /// Asks for a nightly run and carries it out.
    pub async fn run(&self) -> Result<Run, PipelineError> {
        let id = self.request().await;
        let executed = self.pipeline.execute(id).await?;
        assert_eq!(executed, Executed::Through, "nobody else is at work");
        Ok(world::get_run(&self.pipeline.store, id).await)
    }

    /// Both sides hold the same and have agreed on it.
    pub async fn agree(&self) {
        let run = self.run().await.expect("a first run");
        assert_eq!(run.state, RunState::Reported, "{run:?}");
    }

    /// Runs until the sides are equal but for the records in `open`, a person is asked about each of those and every write
    /// has a fate, at most so often. Then judges what the servers saw, from the first request on (P39): how many writes
    /// took effect, and what was wrong.
    pub async fn settles_within(&self, runs: usize, open: &[&str]) -> (usize, Vec<String>) {
        let mut problems = Vec::new();
        let mut look = self.servers.look().await;
        for _ in 0..runs {
            if self.is_unsettled(&look, open).await.is_empty() {
                break;
            }
            if let Err(error) = self.run().await {
                problems.push(format!("a clean run failed: {error}"));
            }
            look = self.servers.look().await;
        }
        problems.extend(self.is_unsettled(&look, open).await);
        problems.extend(look.complaints());
        problems.extend(look.lost_edits(open));
        problems.extend(look.unsound_bases(&self.pipeline.store, self.school).await);
        (look.writes(), problems)
    }

    /// What keeps the school from being settled but for the records in `open`.
    async fn is_unsettled(&self, look: &Look, open: &[&str]) -> Vec<String> {
        let mut problems = self.leftovers().await;
        let differences = look.differences();
        if differences != open {
            problems.push(format!("the sides differ in {differences:?} and not in {open:?}"));
        }
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        let asked = store::conflict::count_living(&mut reader, self.school).await.expect("a count");
        if usize::try_from(asked).ok() != Some(open.len()) {
            problems.push(format!("{asked} conflicts are open instead of those in {open:?}"));
        }
        problems
    }

    /// One more run, which must write nothing (I6).
    pub async fn is_at_rest(&self) -> Vec<String> {
        let before = self.servers.look().await.writes();
        if let Err(error) = self.run().await {
            return vec![format!("one more run failed: {error}")];
        }
        let more = self.servers.look().await.writes() - before;
        if more == 0 { Vec::new() } else { vec![format!("one more run made {more} writes")] }
    }

    /// Writes that have no fate although every run is over (I18).
    async fn leftovers(&self) -> Vec<String> {
        use store::write::WriteState::{Acked, Parked, Pending, Retry, Sending, Unknown};
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        let states = [Pending, Sending, Unknown, Retry, Acked, Parked];
        let open = store::write::open_for_school(&mut reader, self.school, &states, None, 100)
            .await
            .expect("writes");
        open.iter().map(|write| format!("a write was left {:?}", write.state)).collect()
    }
}

/// Five writes, creates and a delete among them, to both sides, and one record in conflict: `R4`. Each round has values
/// of its own; the first is 0.
pub async fn edit_for_five_writes(servers: &Servers, round: usize) {
    let rooms = Pair { ours: servers.rooms(Side::Ours).await, theirs: servers.rooms(Side::Theirs).await };
    let change = async |side: Side, op: EditOp, code: &str, fields: Value| {
        servers.edit(side, op, "room", rooms[side].get(code).map(String::as_str), fields).await;
    };
    let (new, newer) = (format!("N{round}"), format!("T{round}"));
    let gone = round.checked_sub(1).map_or_else(|| "R3".to_owned(), |before| format!("N{before}"));
    let state = servers.state(Side::Ours).await;
    let building = state.live("building").next().map(|building| building["id"].clone());
    let new_fields = json!({ "code": new, "name": "New", "capacity": 1, "building_id": building });
    let newer_fields = json!({ "code": newer, "name": "Theirs", "capacity": 2 });
    change(Side::Ours, EditOp::Update, "R1", json!({ "capacity": 101 + round })).await;
    change(Side::Theirs, EditOp::Update, "R2", json!({ "name": format!("Hall {round}") })).await;
    change(Side::Ours, EditOp::Delete, &gone, json!({})).await;
    change(Side::Ours, EditOp::Create, &new, new_fields).await;
    change(Side::Theirs, EditOp::Create, &newer, newer_fields).await;
    for side in [Side::Ours, Side::Theirs] {
        change(side, EditOp::Update, "R4", json!({ "name": format!("{side} {round}") })).await;
    }
}
