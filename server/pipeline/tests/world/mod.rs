//! A school whose two systems are simulated SISes, spoken to over TCP by the real connector. What the tests believe is
//! judged by the logs of those servers, which share no code with the pipeline.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use connect::rest::RestSystem;
use connect::sim::client::{SimClient, State};
use connect::sim::witness::Witness;
use connect::sim::{By, Class, Edit, EditOp, Entry, Fields, Sim, SimHandle, SimOptions, Size};
use connect::{Clock, System, SystemClock};
use merge::Side;
use pipeline::settings::{Pair, Settings};
use pipeline::{Bounds, OpenSystems, Pipeline, RunOptions};
use serde_json::{Value, json};
use store::Store;
use store::ids::{RunId, SchoolId};
use store::run::{NewRun, Run, RunKind};
use store::settings_revision::NewSettings;

/// The real clock, set ahead: so that a lease of a process that was killed has run out.
pub struct ClockAhead(pub TimeDelta);

#[async_trait]
impl Clock for ClockAhead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration.min(Duration::from_millis(50))).await;
    }

    fn random(&self) -> u64 {
        SystemClock.random()
    }
}

/// Opens the systems by their settings; `wrap` lets a test stand in between.
pub struct RestSystems<F>(pub F);

impl<F> OpenSystems for RestSystems<F>
where
    F: Fn(Side, Arc<dyn System>) -> Arc<dyn System> + Send + Sync,
{
    fn open(&self, _: SchoolId, settings: &Settings, side: Side) -> Result<Arc<dyn System>, String> {
        let secret = |_: &str| Some("sim-token".into());
        let system =
            RestSystem::open(&settings.systems[side].connector, &secret).map_err(|e| e.to_string())?;
        Ok((self.0)(side, Arc::new(system)))
    }
}

/// A pipeline over a database, with the systems of the settings.
pub fn pipeline<F>(store: Store, ahead: TimeDelta, holder: &str, wrap: F) -> Pipeline
where
    F: Fn(Side, Arc<dyn System>) -> Arc<dyn System> + Send + Sync + 'static,
{
    Pipeline {
        store: store.with_bound_clock(),
        clock: Arc::new(ClockAhead(ahead)),
        systems: Arc::new(RestSystems(wrap)),
        mailer: None,
        mail_host: "tiebreak.test".to_owned(),
        holder: holder.to_owned(),
        stopping: Arc::default(),
        bounds: Bounds::default(),
    }
}

/// The settings of a school with rooms and buildings on the two servers.
pub fn settings(systems: &Pair<String>) -> String {
    settings_with(Class::Strong, systems, include_str!("settings.toml"))
}

/// The settings of a school with the types of a document, on two servers of a class (CN C13).
pub fn settings_with(class: Class, systems: &Pair<String>, document: &str) -> String {
    let connector: toml::Table = connector(class).parse().expect("toml");
    let mut document: toml::Table = document.parse().expect("toml");
    let mut sides = toml::Table::new();
    for (side, url) in systems.iter() {
        let mut system = connector.clone();
        let types = system["types"].as_table_mut().expect("types");
        types.retain(|name, _| document["type"].get(name).is_some());
        system.remove("probe");
        system.insert("name".to_owned(), if side == Side::Ours { "Scheduler" } else { "Banner" }.into());
        system.insert("base_url".to_owned(), url.as_str().into());
        sides.insert(side.to_string(), system.into());
    }
    document.insert("systems".to_owned(), sides.into());
    toml::to_string(&document).expect("a document")
}

/// The connector of the strong class, without what the others lack.
fn connector(class: Class) -> String {
    let strong = include_str!("../../../connect/tests/systems/sim.toml");
    let medium = strong.replace("idempotency_header = \"Idempotency-Key\"\n", "");
    let weak = medium
        .replace(r#"version = { from = "body", at = "/etag" }"#, r#"version = { from = "none" }"#)
        .replace(r#"optimistic = "if_match_header""#, r#"optimistic = "compare_then_write""#);
    match class {
        Class::Strong => strong.to_owned(),
        Class::Medium => medium,
        Class::Weak => weak,
    }
}

/// The two servers.
pub struct Servers {
    pub handles: Pair<SimHandle>,
}

impl Servers {
    pub async fn start(class: Class) -> Self {
        let start = || Sim::start(SimOptions::default().size(Size::Empty).class(class));
        let ours = start().await.expect("a server");
        let theirs = start().await.expect("a server");
        Self { handles: Pair { ours, theirs } }
    }

    pub fn client(&self, side: Side) -> SimClient {
        self.handles[side].client()
    }

    pub fn urls(&self) -> Pair<String> {
        Pair::from_fn(|side| self.handles[side].url())
    }

    /// Fills both sides with the same buildings and rooms.
    pub async fn fill(&self, rooms: usize) {
        for side in [Side::Ours, Side::Theirs] {
            let client = self.client(side);
            client.reset().await.expect("a reset");
            let buildings = [json!({ "code": "MAIN", "name": "Main building" })];
            let ids = client.load("building", &buildings, true).await.expect("buildings");
            let records: Vec<Value> = (0..rooms)
                .map(|n| json!({ "code": format!("R{n}"), "building_id": ids[0], "name": format!("Room {n}"), "capacity": n }))
                .collect();
            client.load("room", &records, true).await.expect("rooms");
        }
    }

    pub async fn state(&self, side: Side) -> State {
        self.client(side).state().await.expect("a dump")
    }

    /// Ids of the live rooms of a side, by code.
    pub async fn rooms(&self, side: Side) -> BTreeMap<String, String> {
        let state = self.state(side).await;
        let text = |room: &Value, name: &str| room[name].as_str().unwrap_or_default().to_owned();
        state.live("room").map(|room| (text(room, "code"), text(room, "id"))).collect()
    }

    pub async fn edit(
        &self,
        side: Side,
        op: EditOp,
        type_name: &str,
        id: Option<&str>,
        fields: Value,
    ) -> String {
        let edit = Edit {
            op,
            type_name: type_name.to_owned(),
            id: id.map(str::to_owned),
            fields: fields.as_object().cloned().unwrap_or_default(),
            unchecked: false,
        };
        let answer = self.client(side).edit(&edit).await.expect("an edit");
        answer["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Everything that there is to see on both sides, of one moment as long as nobody writes.
    pub async fn look(&self) -> Look {
        let mut sides = Vec::new();
        for side in [Side::Ours, Side::Theirs] {
            let log = self.client(side).log().await.expect("a log");
            sides.push((log, self.state(side).await));
        }
        let (theirs, ours) = (sides.pop().expect("theirs"), sides.pop().expect("ours"));
        Look(Pair { ours, theirs })
    }
}

/// What users want, by code and field.
type Wishes = BTreeMap<(String, &'static str), Value>;

fn value_in(room: &Option<Fields>, field: &str) -> Option<Value> {
    room.as_ref()?.get(field).cloned()
}

/// The field that stands for the room itself: it has its code, or there is no such room.
const WHOLE: &str = "code";

/// The logs and the records of both servers.
pub struct Look(pub Pair<(Vec<Entry>, State)>);

impl Look {
    /// The log of a side, for questions of its own.
    pub fn witness(&self, side: Side) -> Witness<'_> {
        Witness::new(&self.0[side].0)
    }

    /// Changes on both sides that came through their APIs, so far.
    pub fn writes(&self) -> usize {
        [Side::Ours, Side::Theirs].map(|side| self.witness(side).changes_by_api().count()).iter().sum()
    }

    /// Keys of the records in which the two sides differ.
    pub fn differences(&self) -> Vec<String> {
        let (ours, theirs) = (self.content(Side::Ours), self.content(Side::Theirs));
        let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        keys.into_iter().filter(|key| ours.get(*key) != theirs.get(*key)).cloned().collect()
    }

    /// What the logs have to complain of: doubled keys and creates, lost updates of users, late fences.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for side in [Side::Ours, Side::Theirs] {
            let found = self.witness(side).complaints(&self.0[side].1);
            complaints.extend(found.into_iter().map(|text| format!("{side}: {text}")));
        }
        complaints
    }

    /// What users did to rooms on one side alone and is not on both sides now, but for the rooms in `open`: that both sides
    /// are equal does not show which of them gave way.
    pub fn lost_edits(&self, open: &[&str]) -> Vec<String> {
        let wishes = Pair::from_fn(|side| self.wishes(side));
        let mut lost = Vec::new();
        for (side, wished) in wishes.iter() {
            for ((code, field), wish) in wished {
                let is_gone = |wished: &Wishes| wished.get(&(code.clone(), WHOLE)) == Some(&Value::Null);
                let is_disputed = wishes[side.other()].contains_key(&(code.clone(), *field))
                    || (*field != WHOLE && (is_gone(&wishes.ours) || is_gone(&wishes.theirs)));
                if is_disputed || open.contains(&code.as_str()) {
                    continue;
                }
                for holder in [Side::Ours, Side::Theirs] {
                    let held = self.0[holder].1.live("room").find(|room| room["code"] == **code);
                    let is_kept = match held {
                        Some(room) if *field == WHOLE => *wish == room[WHOLE],
                        Some(room) => *wish == room[*field],
                        None => wish.is_null(),
                    };
                    if !is_kept {
                        lost.push(format!(
                            "{holder} lost what a user did to {code} on {side}: {field} {wish}"
                        ));
                    }
                }
            }
        }
        lost
    }

    /// The last thing that users did on a side to each field of each room; null for a room that is to be gone.
    fn wishes(&self, side: Side) -> Wishes {
        let mut wishes = Wishes::new();
        for (_, change) in self.witness(side).changes() {
            if change.by != By::User || change.type_name != "room" {
                continue;
            }
            let code = |room| value_in(room, WHOLE)?.as_str().map(str::to_owned);
            let (before, after) = (code(&change.before), code(&change.after));
            // A room that was called like another one leaves that one behind.
            let mut others = self.0[side].1.live("room").filter(|room| room["id"] != change.id);
            let mut is_another = |code: &String| after.is_some() && others.any(|room| room[WHOLE] == **code);
            if before != after
                && let Some(code) = before.filter(|code| !is_another(code))
            {
                wishes.insert((code, WHOLE), Value::Null);
            }
            let Some(code) = after else { continue };
            for field in [WHOLE, "name", "capacity"] {
                let after = value_in(&change.after, field);
                if after != value_in(&change.before, field) {
                    wishes.insert((code.clone(), field), after.unwrap_or_default());
                }
            }
        }
        wishes
    }

    /// The merged fields of a side's rooms and buildings, without ids and versions.
    fn content(&self, side: Side) -> BTreeMap<String, String> {
        let state = &self.0[side].1;
        let buildings: BTreeMap<&str, &str> = state
            .live("building")
            .filter_map(|one| Some((one["id"].as_str()?, one["code"].as_str()?)))
            .collect();
        state
            .live("room")
            .map(|room| {
                let building = room["building_id"].as_str().and_then(|id| buildings.get(id)).copied();
                let shown = json!([room["name"], room["capacity"], building]);
                (room["code"].as_str().unwrap_or_default().to_owned(), shown.to_string())
            })
            .chain(state.live("building").map(|one| (one["code"].to_string(), one["name"].to_string())))
            .collect()
    }

    /// I2: every value of the base was held by both sides at some time.
    pub async fn unsound_bases(&self, store: &Store, school: SchoolId) -> Vec<String> {
        let mut problems = Vec::new();
        let mut reader = store.read().await.expect("a reader");
        let filter = store::link::LinkFilter { type_name: Some("room"), ..Default::default() };
        let links = store::link::list(&mut reader, school, &filter, 1_000).await.expect("links");
        let ids: Vec<_> = links.iter().map(|link| link.id).collect();
        let bases = store::base::get_many(&mut reader, &ids).await.expect("bases");
        for (side, (log, state)) in self.0.iter() {
            let witness = Witness::new(log);
            for base in &bases {
                let link = links.iter().find(|link| link.id == base.link).expect("its link");
                let body: Value = serde_json::from_str(&base.body).expect("a body");
                let id = link.remote_id(side).unwrap_or_default();
                for field in ["name", "capacity"] {
                    if !witness.ever_held("room", id, field, &body[field], state) {
                        problems
                            .push(format!("{side} never held {field} = {} of {}", body[field], link.label));
                    }
                }
            }
        }
        problems
    }
}

/// Makes a school.
pub async fn make_school(store: &Store, slug: &str, document: &str) -> SchoolId {
    let school = SchoolId::new(SystemClock.now(), SystemClock.random());
    let mut tx = store.begin().await.expect("a transaction");
    store::school::add(&mut tx, school, slug, "North", SystemClock.now()).await.expect("a school");
    let hash = Settings::parse(document).expect("settings").hash;
    let new = NewSettings { document, hash: &hash, author: "test", reason: "" };
    store::settings_revision::save(&mut tx, school, &new, SystemClock.now()).await.expect("a revision");
    tx.commit().await.expect("a commit");
    school
}

/// Asks for a run.
pub async fn request_run(store: &Store, school: SchoolId, kind: RunKind, options: &RunOptions) -> RunId {
    let id = RunId::new(SystemClock.now(), SystemClock.random());
    let mut tx = store.begin().await.expect("a transaction");
    let (slot, options) = (id.to_string(), options.to_json());
    let new = NewRun { id, school, kind, slot: &slot, options: &options, requested_by: "test" };
    store::run::request(&mut tx, &new, SystemClock.now()).await.expect("a run");
    tx.commit().await.expect("a commit");
    id
}

/// The run as it stands.
pub async fn get_run(store: &Store, id: RunId) -> Run {
    let mut reader = store.read().await.expect("a reader");
    store::run::get(&mut reader, id).await.expect("the run")
}
