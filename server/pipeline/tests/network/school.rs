//! A school whose time is virtual and whose servers can be told to fail.

use std::sync::Arc;

use chrono::TimeDelta;
use connect::System;
use connect::sim::{Change, Class, EditOp};
use merge::Side;
use pipeline::Pipeline;
use serde_json::{Value, json};
use store::ids::SchoolId;
use store::testing::TestStore;

use crate::bench::Bench;
use crate::clock::JumpingClock;
use crate::world::{self, Look, Servers};

/// Buildings and rooms.
const ROOMS: &str = include_str!("../world/settings.toml");

/// A school of its own in a database of its own.
pub struct School {
    pub servers: Servers,
    pub clock: Arc<JumpingClock>,
    pub pipeline: Pipeline,
    pub school: SchoolId,
    _test: TestStore,
}

impl School {
    /// Rooms `R0` and on, the same on both sides and agreed.
    pub async fn agreed(class: Class, rooms: usize) -> Self {
        let school = Self::new(class, rooms, |_, system| system).await;
        school.bench().agree().await;
        school
    }

    /// The same before the first run, with somebody around the systems.
    pub async fn new<F>(class: Class, rooms: usize, wrap: F) -> Self
    where
        F: Fn(Side, Arc<dyn System>) -> Arc<dyn System> + Send + Sync + 'static,
    {
        let servers = Servers::start(class).await;
        servers.fill(rooms).await;
        let document = world::settings_with(class, &servers.urls(), ROOMS);
        Self::with_settings(servers, &document, wrap).await
    }

    /// A school with settings of its own.
    pub async fn with_settings<F>(servers: Servers, document: &str, wrap: F) -> Self
    where
        F: Fn(Side, Arc<dyn System>) -> Arc<dyn System> + Send + Sync + 'static,
    {
        let test = store::testing::fresh_sqlite().await.expect("a database");
        let school = world::make_school(&test.store, "north", document).await;
        let clients = [Side::Ours, Side::Theirs].map(|side| servers.client(side));
        let clock = Arc::new(JumpingClock::new(clients.into()));
        let mut pipeline = world::pipeline(test.store.clone(), TimeDelta::zero(), "test", wrap);
        pipeline.clock = clock.clone();
        // A jump is no wait: nobody renews the lease meanwhile.
        pipeline.bounds.lease = TimeDelta::hours(12);
        Self { servers, clock, pipeline, school, _test: test }
    }

    pub fn bench(&self) -> Bench<'_> {
        Bench { servers: &self.servers, pipeline: self.pipeline.clone(), school: self.school }
    }

    /// A rule of scripted faults on one side (CN C104).
    pub async fn fault(&self, side: Side, rule: Value) {
        self.servers.client(side).fault(rule).await.expect("a rule");
    }

    pub async fn no_faults(&self) {
        for side in [Side::Ours, Side::Theirs] {
            self.servers.client(side).clear_faults().await.expect("no rules");
        }
    }

    /// A user changes a room.
    pub async fn change(&self, side: Side, code: &str, fields: Value) {
        let rooms = self.servers.rooms(side).await;
        self.servers.edit(side, EditOp::Update, "room", Some(&rooms[code]), fields).await;
    }

    /// A user removes a room.
    pub async fn remove(&self, side: Side, code: &str) {
        let rooms = self.servers.rooms(side).await;
        self.servers.edit(side, EditOp::Delete, "room", Some(&rooms[code]), json!({})).await;
    }

    /// A user makes a room.
    pub async fn add(&self, side: Side, code: &str) {
        let fields = json!({ "code": code, "name": "New", "capacity": 1 });
        self.servers.edit(side, EditOp::Create, "room", None, fields).await;
    }

    /// With the trouble over: within two runs both sides are equal but for `open`, and a third run writes nothing (P39).
    /// Answers how many writes took effect in all.
    pub async fn comes_together(&self, open: &[&str]) -> usize {
        let (writes, mut problems) = self.bench().settles_within(2, open).await;
        problems.extend(self.bench().is_at_rest().await);
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        writes
    }
}

impl Look {
    /// Changes on a side that came through its API.
    pub fn changes(&self, side: Side) -> impl Iterator<Item = &Change> {
        self.witness(side).changes_by_api().map(|(_, change)| change)
    }

    /// A field of the room with this code; null when there is no such room.
    pub fn field(&self, side: Side, code: &str, field: &str) -> Value {
        let mut rooms = self.0[side].1.live("room");
        rooms.find(|room| room["code"] == code).map(|room| room[field].clone()).unwrap_or_default()
    }
}
