//! Records kept in Tiebreak itself, edited by two people at once on PostgreSQL, where transactions run side by side.

use app::api::{Api as _, PutRecord};
use server::config::{Config, Options};
use server::installation::Installation;
use store::local_record::{self, LocalChange, LocalKey};

const SETTINGS: &str = include_str!("../../src/desk/tests/local.toml");

#[tokio::test]
async fn c15_two_who_add_the_same_key_at_once_make_one_record() {
    let database = store::testing::fresh_postgres().await.expect("a PostgreSQL");
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        data: Some(folder.path().to_owned()),
        database: Some(database.url.clone().into()),
        ..Options::default()
    };
    let installation = Installation::open(Config::read(&options).expect("a configuration")).await;
    let installation = installation.expect("an installation");
    let (api, actor) = (&installation.desk, installation.actor());
    api.import_settings(&actor, SETTINGS, "test").await.expect("settings");
    // One has the sequence of the school and makes the record; the other comes before that is committed.
    let store = &installation.pipeline.store;
    let mut tx = store.begin().await.expect("begun");
    let school = store::school::find_by_slug(&mut tx, "one").await.expect("asked").expect("a school").id;
    let key = LocalKey { school, type_name: "room", id: "1" };
    let change = LocalChange {
        fields: r#"{"code":"A1","name":"Arts"}"#,
        natural_key: r#"{"code":"A1"}"#,
        actor: "ada",
    };
    let now = installation.pipeline.clock.now();
    local_record::insert_with_id(&mut tx, key, &change, now).await.expect("made");
    let fields = r#"{"code":"A1","name":"Aula"}"#.to_owned();
    let record = PutRecord { place: "record".to_owned(), merge_type: "room".to_owned(), fields };
    let records = [record];
    let committed = async {
        // The other one gets as far as it can meanwhile.
        for _ in 0..200 {
            let mut reader = store.read().await.expect("a reader");
            store::school::find_by_slug(&mut reader, "one").await.expect("asked");
        }
        tx.commit().await.expect("committed");
    };
    let (put, ()) = tokio::join!(api.put_records(&actor, "one", &records), committed);
    assert_eq!(put, Ok(1));
    let mut reader = store.read().await.expect("a reader");
    let rows = local_record::page(&mut reader, school, "room", "", 10).await.expect("listed");
    let rows: Vec<(i64, bool)> = rows.iter().map(|row| (row.version, row.fields.contains("Aula"))).collect();
    assert_eq!(rows, [(2, true)], "one record, changed");
}
