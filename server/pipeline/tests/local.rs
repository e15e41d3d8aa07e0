//! Our own records keep the contract that every other system keeps (CN C15, C105).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use connect::contract::{self, Fixture, Shape, Trouble};
use connect::{
    Clock as _, Create, Cx, IdempotencyKey, Item, Mark, Partition, RemoteId, System, SystemClock,
    SystemError, TypeName,
};
use futures::StreamExt as _;
use merge::{Object, Side, Value, json};
use pipeline::local::{ACTOR, LocalSystem, natural_key};
use pipeline::settings::Settings;
use store::ids::SchoolId;
use store::local_record::{self, LocalChange, LocalKey};
use store::testing::{TestEngine, TestStore};

const SETTINGS: &str = r#"
version = 1
[school]
slug = "north"
name = "North"
zone = "UTC"
[systems.ours]
name = "Scheduler"
kind = "local"
[systems.theirs]
name = "Banner"
kind = "rest"
base_url = "http://127.0.0.1:1"
[systems.theirs.types.person]
[type.person]
key = ["email"]
[type.person.fields]
email = { kind = "text" }
given_name = { kind = "text" }
family_name = { kind = "text" }
phone = { kind = "text" }
"#;

struct OwnRecords {
    test: TestStore,
    school: SchoolId,
    settings: Settings,
}

impl OwnRecords {
    async fn new(engine: TestEngine) -> Self {
        let test = store::testing::fresh(engine).await.expect("a database");
        let school = SchoolId::new(SystemClock.now(), SystemClock.random());
        let mut tx = test.store.begin().await.expect("a transaction");
        store::school::add(&mut tx, school, "north", "North", SystemClock.now()).await.expect("a school");
        tx.commit().await.expect("a commit");
        Self { test, school, settings: Settings::parse(SETTINGS).expect("settings") }
    }

    fn key<'a>(&self, id: &'a str) -> LocalKey<'a> {
        LocalKey { school: self.school, type_name: "person", id }
    }

    fn natural(&self, fields: &Object) -> String {
        natural_key(self.settings.merge_type("person").expect("the type"), Side::Ours, fields)
    }
}

fn say(error: impl std::fmt::Display) -> Trouble {
    error.to_string()
}

#[async_trait]
impl Fixture for OwnRecords {
    fn name(&self) -> String {
        "our own records".to_owned()
    }

    fn system(&self) -> Arc<dyn System> {
        Arc::new(LocalSystem::open(self.test.store.clone(), self.school, &self.settings, Side::Ours))
    }

    fn type_name(&self) -> TypeName {
        TypeName::from("person")
    }

    fn shape(&self) -> Shape {
        Shape { key: &["email"], text: "given_name", other: "family_name", clear: "phone" }
    }

    fn sample(&self, n: usize) -> Object {
        let text = format!(
            r#"{{"email":"p{n}@example.edu","given_name":"Ann {n}","family_name":"O'Neil","phone":"{n:03}"}}"#
        );
        json::parse_object(text.as_bytes()).expect("a sample")
    }

    fn page_limit(&self) -> usize {
        500
    }

    async fn empty(&self) -> Result<(), Trouble> {
        let ids: Vec<String> = self.state().await?.into_keys().collect();
        let mut tx = self.test.store.begin().await.map_err(say)?;
        for id in ids {
            local_record::remove(&mut tx, self.key(&id), None, "user", SystemClock.now())
                .await
                .map_err(say)?;
        }
        tx.commit().await.map_err(say)
    }

    async fn add(&self, records: &[Object]) -> Result<Vec<RemoteId>, Trouble> {
        let mut ids = Vec::with_capacity(records.len());
        let mut tx = self.test.store.begin().await.map_err(say)?;
        for fields in records {
            let id = store::ids::new(SystemClock.now(), SystemClock.random()).to_string();
            let (text, natural) = (fields.to_canonical(), self.natural(fields));
            let change = LocalChange { fields: &text, natural_key: &natural, actor: "user" };
            local_record::insert_with_id(&mut tx, self.key(&id), &change, SystemClock.now())
                .await
                .map_err(say)?;
            ids.push(RemoteId::from(id));
        }
        tx.commit().await.map_err(say)?;
        Ok(ids)
    }

    async fn edit(&self, id: &RemoteId, changed: &Object) -> Result<(), Trouble> {
        let mut tx = self.test.store.begin().await.map_err(say)?;
        let found =
            local_record::find(&mut tx, self.key(id.as_str())).await.map_err(say)?.ok_or("no such record")?;
        let mut fields = json::parse_object(found.fields.as_bytes()).map_err(say)?;
        for (name, value) in changed.iter() {
            fields.insert(name, value.clone());
        }
        let (text, natural) = (fields.to_canonical(), self.natural(&fields));
        let change = LocalChange { fields: &text, natural_key: &natural, actor: "user" };
        local_record::update(&mut tx, self.key(id.as_str()), None, &change, SystemClock.now())
            .await
            .map_err(say)?;
        tx.commit().await.map_err(say)
    }

    async fn remove(&self, id: &RemoteId) -> Result<(), Trouble> {
        let mut tx = self.test.store.begin().await.map_err(say)?;
        local_record::remove(&mut tx, self.key(id.as_str()), None, "user", SystemClock.now())
            .await
            .map_err(say)?;
        tx.commit().await.map_err(say)
    }

    fn refused_change(&self) -> Option<Object> {
        json::parse_object(br#"{"favourite_colour":"green"}"#).ok()
    }

    async fn state(&self) -> Result<BTreeMap<String, Object>, Trouble> {
        let mut state = BTreeMap::new();
        let mut after = String::new();
        loop {
            let mut reader = self.test.store.read().await.map_err(say)?;
            let rows =
                local_record::page(&mut reader, self.school, "person", &after, 500).await.map_err(say)?;
            let Some(last) = rows.last() else { return Ok(state) };
            after.clone_from(&last.id);
            for row in rows {
                state.insert(row.id, json::parse_object(row.fields.as_bytes()).map_err(say)?);
            }
        }
    }
}

#[tokio::test]
async fn c105_our_own_records_keep_the_contract_on_both_databases() {
    for engine in TestEngine::ALL {
        let own = OwnRecords::new(engine).await;
        let report = contract::run(&own).await;
        println!("{report}");
        assert_eq!(report.broken(), Vec::<String>::new());
    }
}

impl OwnRecords {
    fn open(&self) -> LocalSystem {
        LocalSystem::open(self.test.store.clone(), self.school, &self.settings, Side::Ours)
    }

    async fn row(&self, id: &RemoteId) -> local_record::LocalRecord {
        let mut reader = self.test.store.read().await.expect("a reader");
        local_record::find(&mut reader, self.key(id.as_str())).await.expect("found").expect("a row")
    }

    fn create(&self, fields: Object, key: &str) -> Create {
        Create {
            type_name: self.type_name(),
            natural_key: [("email".to_owned(), fields.get("email").cloned().unwrap_or(Value::Null))]
                .into_iter()
                .collect(),
            fields,
            key: IdempotencyKey::from(key),
            correlation: key.chars().take(22).collect(),
        }
    }
}

fn cx() -> Cx {
    Cx::new(Arc::new(SystemClock))
}

#[tokio::test]
async fn c15_every_change_raises_the_version_and_names_who_made_it() {
    let own = OwnRecords::new(TestEngine::Sqlite).await;
    let created = own.open().create(&cx(), &own.create(own.sample(1), "key-1")).await.expect("created");
    let row = own.row(&created.id).await;
    assert_eq!((row.version, row.actor.as_str()), (1, ACTOR));
    own.edit(&created.id, &json::parse_object(br#"{"phone":"7"}"#).expect("json")).await.expect("edited");
    let row = own.row(&created.id).await;
    assert_eq!((row.version, row.actor.as_str()), (2, "user"));
}

#[tokio::test]
async fn p06_a_create_that_comes_again_does_not_bring_a_removed_record_back() {
    let own = OwnRecords::new(TestEngine::Sqlite).await;
    let create = own.create(own.sample(1), "the-key-of-one-create-and-no-other");
    let first = own.open().create(&cx(), &create).await.expect("created");
    Fixture::remove(&own, &first.id).await.expect("removed");
    let again = own.open().create(&cx(), &create).await.expect("answered");
    assert_eq!(again.id, first.id);
    assert!(own.state().await.expect("state").is_empty());
    let found = own.open().find_by_correlation(&cx(), &create.type_name, &create.correlation).await;
    assert!(found.expect("answered").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p05_racing_creates_of_one_key_make_one_record() {
    for engine in TestEngine::ALL {
        let own = OwnRecords::new(engine).await;
        let creates = (0..8).map(|n| {
            let (system, create) = (own.open(), own.create(own.sample(1), &format!("key of create {n}")));
            async move { system.create(&cx(), &create).await }
        });
        let results = futures::future::join_all(creates).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let taken = |result: &&Result<_, _>| matches!(result, Err(SystemError::Duplicate { .. }));
        assert_eq!(results.iter().filter(taken).count(), 7, "{results:?}");
        assert_eq!(own.state().await.expect("state").len(), 1);
    }
}

#[tokio::test]
async fn c39_a_mark_from_the_future_says_that_the_records_were_put_back() {
    let own = OwnRecords::new(TestEngine::Sqlite).await;
    for mark in [Mark::Seq(99), Mark::Cursor("c".to_owned())] {
        let mut pages = own.open().changes(&cx(), &own.type_name(), &Partition::whole(), &mark);
        let page = pages.next().await.expect("an answer");
        assert!(matches!(page, Err(SystemError::MarkExpired)), "{page:?}");
    }
}

#[tokio::test]
async fn changes_made_while_a_listing_is_read_come_with_the_mark_it_ends_with() {
    let own = OwnRecords::new(TestEngine::Sqlite).await;
    let samples: Vec<Object> = (0..501).map(|n| own.sample(n)).collect();
    let ids = own.add(&samples).await.expect("added");
    let (system, t, whole) = (own.open(), own.type_name(), Partition::whole());
    let mut pages = system.list(&cx(), &t, &whole);
    assert!(!pages.next().await.expect("page 1").expect("page 1").last);
    let changed = json::parse_object(br#"{"phone":"7"}"#).expect("json");
    own.edit(&ids[0], &changed).await.expect("edited");
    let mut mark = None;
    while let Some(page) = pages.next().await {
        mark = page.expect("a page").next_mark;
    }
    let mut changes = system.changes(&cx(), &t, &whole, &mark.expect("a mark"));
    let page = changes.next().await.expect("a page").expect("a page");
    let came: Vec<&RemoteId> = page.items.iter().filter_map(live).collect();
    assert_eq!(came, [&ids[0]]);
}

fn live(item: &Item) -> Option<&RemoteId> {
    match item {
        Item::Live(record) => Some(&record.id),
        _ => None,
    }
}

#[tokio::test]
async fn a_type_that_the_settings_do_not_name_is_no_empty_listing() {
    let own = OwnRecords::new(TestEngine::Sqlite).await;
    let mut pages = own.open().list(&cx(), &TypeName::from("persn"), &Partition::whole());
    let page = pages.next().await.expect("an answer");
    assert!(matches!(page, Err(SystemError::Misconfigured { .. })), "{page:?}");
}

#[tokio::test]
async fn a_key_is_found_by_its_value_however_long_it_is() {
    let one = |text: &str| json::parse_object(text.as_bytes()).expect("json");
    for engine in TestEngine::ALL {
        let own = OwnRecords::new(engine).await;
        let long = one(&format!("{{\"email\":\"{}@x\"}}", "a".repeat(5_000)));
        let id = own.add(std::slice::from_ref(&long)).await.expect("added").remove(0);
        let found = own.open().find(&cx(), &own.type_name(), &long).await.expect("found");
        assert_eq!(found.iter().map(|record| &record.id).collect::<Vec<_>>(), [&id]);
        assert_eq!(own.natural(&one(r#"{"email":1}"#)), own.natural(&one(r#"{"email":1.00}"#)));
    }
}
