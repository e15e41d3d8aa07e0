//! Our own records keep the contract that every other system keeps (CN C15, C105).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use connect::contract::{self, Fixture, Shape, Trouble};
use connect::{Clock as _, RemoteId, System, SystemClock, TypeName};
use merge::{Object, Side, json};
use pipeline::local::{LocalSystem, natural_key};
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
