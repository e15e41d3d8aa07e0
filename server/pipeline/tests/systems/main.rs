//! The night with other people's servers as the SIS, by settings file alone: Kinto, which guards its versions, and
//! json-server, which guards nothing. They are installed once, and a test fails when that cannot be done.

#[path = "../house/desk.rs"]
mod desk;
#[path = "../house/mod.rs"]
mod house;
#[path = "../house/own.rs"]
mod own;
mod server;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use house::House;
use merge::{Choice, ConflictKind};
use own::Own;
use pipeline::settings::Settings;
use serde_json::{Value, json};
use server::{Kind, Sis};
use store::conflict::ConflictStatus;
use store::ids::SchoolId;
use store::local_record::LocalRecord;
use store::run::{Run, RunEnding, RunState};
use store::testing::TestEngine;

const PEOPLE: usize = 30;

struct World {
    house: House,
    settings: Settings,
    school: SchoolId,
    sis: Sis,
}

/// What a side holds, by key: rooms by code, people by e-mail with the code of their office.
type Content = BTreeMap<String, Value>;

impl World {
    /// A SIS with three rooms and thirty people, and nothing of our own.
    async fn start(house: House, kind: Kind, document: &str, written: &str) -> Self {
        let sis = Sis::start(kind).await;
        let document = document.replacen(written, &sis.server.address.to_string(), 1);
        let settings = Settings::parse(&document).expect("settings");
        let school = house.add_school(&settings).await;
        let mut rooms = Vec::new();
        for code in ["A1", "A2", "A3"] {
            rooms.push(
                sis.add("rooms", json!({ "code": code, "name": format!("Room {code}"), "seats": 4 })).await,
            );
        }
        for n in 0..PEOPLE {
            let person = json!({
                "email": email(n), "given_name": format!("Zoë {n}"), "family_name": "O’Neill", "credits": n,
                "office_id": rooms[n % 3],
            });
            sis.add("people", person).await;
        }
        Self { house, settings, school, sis }
    }

    fn own(&self) -> Own<'_> {
        Own { house: &self.house, school: self.school, settings: &self.settings }
    }

    async fn ours(&self) -> Content {
        let mut content = Content::new();
        for (name, key) in [("room", "code"), ("person", "email")] {
            for record in self.own().list(name).await {
                let fields: Value = serde_json::from_str(&record.fields).expect("fields");
                content.insert(fields[key].to_string(), without_nulls(fields));
            }
        }
        content
    }

    async fn theirs(&self) -> Content {
        let mut content = Content::new();
        let mut codes = BTreeMap::new();
        for mut room in self.sis.list("rooms").await {
            codes.insert(room["id"].to_string(), room["code"].clone());
            forget(&mut room, &["id", "last_modified", "schema"]);
            content.insert(room["code"].to_string(), without_nulls(room));
        }
        for mut person in self.sis.list("people").await {
            let office = person["office_id"].to_string();
            person["office"] = codes.get(&office).cloned().unwrap_or_default();
            forget(&mut person, &["id", "last_modified", "schema", "office_id"]);
            content.insert(person["email"].to_string(), without_nulls(person));
        }
        content
    }

    /// Everything both sides hold, with versions and times: equal dumps mean that nothing was written.
    async fn dump(&self) -> (Vec<Value>, Vec<Value>, Vec<LocalRecord>, Vec<LocalRecord>) {
        let (rooms, people) = (self.sis.list("rooms").await, self.sis.list("people").await);
        (rooms, people, self.own().list("room").await, self.own().list("person").await)
    }

    async fn night(&self) -> Run {
        self.house.clock.advance(TimeDelta::hours(13));
        self.house.night(self.school).await
    }

    async fn person(&self, n: usize) -> LocalRecord {
        let people = self.own().list("person").await;
        people.into_iter().find(|one| one.natural_key.contains(&email(n))).expect("the person")
    }

    async fn sis_id(&self, n: usize) -> Value {
        let people = self.sis.list("people").await;
        people.into_iter().find(|one| one["email"] == email(n)).expect("the person")["id"].clone()
    }

    /// The first load waits for a person and then fills our side; nothing goes to the SIS.
    async fn first_load(&self) {
        let before = (self.sis.list("rooms").await, self.sis.list("people").await);
        let run = self.night().await;
        assert_eq!(run.state, RunState::Held, "{run:?}");
        let run = self.house.approve(&run).await;
        assert_eq!(run.ended, Some(RunEnding::Finished), "{run:?}");
        assert_eq!(self.ours().await, self.theirs().await);
        assert_eq!((self.sis.list("rooms").await, self.sis.list("people").await), before);
    }

    /// A day of edits: fields, creates with a new parent, deletes on both sides, and one contested field.
    async fn edit(&self) {
        let own = self.own();
        own.edit(&self.person(0).await, json!({ "credits": 100 })).await;
        own.edit(&self.person(1).await, json!({ "office": "N1", "given_name": null })).await;
        own.edit(&self.person(2).await, json!({ "credits": 200 })).await;
        own.remove(&self.person(3).await).await;
        own.add("room", json!({ "code": "N1", "name": "New", "seats": 9 })).await;
        let person =
            json!({ "email": "new@example.edu", "family_name": "New", "credits": 0, "office": "N1" });
        own.add("person", person).await;

        self.sis.edit("people", &self.sis_id(1).await, json!({ "family_name": "Ó Néill" })).await;
        self.sis.edit("people", &self.sis_id(2).await, json!({ "credits": 202 })).await;
        self.sis.remove("people", &self.sis_id(4).await).await;
        let room = self.sis.add("rooms", json!({ "code": "T1", "name": "Theirs", "seats": 2 })).await;
        let person = json!({ "email": "theirs@example.edu", "family_name": "Theirs", "credits": 1, "office_id": room });
        self.sis.add("people", person).await;
    }
}

fn email(n: usize) -> String {
    format!("person{n:02}@example.edu")
}

fn forget(record: &mut Value, members: &[&str]) {
    if let Some(record) = record.as_object_mut() {
        record.retain(|name, _| !members.contains(&name.as_str()));
    }
}

fn without_nulls(mut record: Value) -> Value {
    if let Some(record) = record.as_object_mut() {
        record.retain(|_, value| !value.is_null());
    }
    record
}

fn differences(ours: &Content, theirs: &Content) -> Vec<String> {
    let mut names: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter(|name| ours.get(*name) != theirs.get(*name)).cloned().collect()
}

async fn works(kind: Kind, document: &str, written: &str) {
    let test = store::testing::fresh(TestEngine::Sqlite).await.expect("a database");
    let world = World::start(House::over(test.store.clone(), "secret"), kind, document, written).await;
    world.first_load().await;

    world.edit().await;
    let run = world.night().await;
    assert_eq!((run.state, run.ended), (RunState::Reported, Some(RunEnding::Finished)), "{run:?}");
    let (ours, theirs) = (world.ours().await, world.theirs().await);
    let contested = format!("{:?}", email(2));
    assert_eq!(differences(&ours, &theirs), [contested.as_str()], "{:?}\n{:?}", ours, theirs);
    assert_eq!(theirs.len(), 3 + PEOPLE + 2 + 2 - 2, "two rooms and two people came, two people went");
    assert_eq!(theirs["\"new@example.edu\""]["office"], "N1", "the new room got its id first");
    assert_eq!(ours[&format!("{:?}", email(1))]["family_name"], "Ó Néill", "both edits of one person");

    let before = world.dump().await;
    let again = world.night().await;
    assert_eq!(again.ended, Some(RunEnding::Finished), "{again:?}");
    assert_eq!(world.dump().await, before, "a second night writes nothing");

    let conflicts = world.house.open_conflicts(world.school).await;
    assert_eq!(conflicts.iter().map(|one| one.kind).collect::<Vec<_>>(), [ConflictKind::Field]);
    let choices = [("credits", Choice::Ours)];
    assert_eq!(world.house.settle(world.school, &world.settings, &conflicts[0], &choices).await, 1);
    let conflict = world.house.conflict(world.school, conflicts[0].number).await;
    assert_eq!(conflict.status, ConflictStatus::Settled);
    assert_eq!(world.theirs().await[&contested]["credits"], 200, "the decision reached the SIS");
    assert_eq!(world.ours().await, world.theirs().await);

    let before = world.dump().await;
    let last = world.night().await;
    assert_eq!(last.ended, Some(RunEnding::Finished), "{last:?}");
    assert_eq!(world.dump().await, before);
    assert!(world.house.open_conflicts(world.school).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_night_works_with_a_kinto_server_by_its_settings_file_alone() {
    works(Kind::Kinto, include_str!("kinto.toml"), "127.0.0.1:8888").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_night_works_with_json_server_by_its_settings_file_alone() {
    works(Kind::JsonServer, include_str!("json-server.toml"), "127.0.0.1:3000").await;
}
