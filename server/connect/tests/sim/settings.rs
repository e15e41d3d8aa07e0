//! The connector settings that the demo and the pipeline's tests take for this server.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use toml::Table;

use crate::bench::{options, people, start};

fn settings(name: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/systems").join(name);
    fs::read_to_string(path).expect("the file").parse().expect("TOML")
}

/// The fields a type declares, and the path of its listing.
fn declared(settings: &Table, name: &str) -> (BTreeSet<String>, String) {
    let record_type = &settings["types"][name];
    let fields = record_type["fields"].as_table().expect("fields").keys().cloned().collect();
    (fields, record_type["list"]["path"].as_str().expect("a path").to_owned())
}

#[tokio::test]
async fn c50_the_settings_name_every_type_and_field_the_server_has() {
    let all = start(options()).await;
    let flat = start(people(3)).await;
    let names = ["term", "building", "room", "department", "instructor", "course", "section", "person"];
    for name in names {
        let (file, bench) = if name == "person" { ("sim-people.toml", &flat) } else { ("sim.toml", &all) };
        let (fields, path) = declared(&settings(file), name);
        let record = bench.get(&format!("{path}?limit=1")).await.json()["data"][0].take();
        let Value::Object(record) = record else { panic!("{name} has records") };
        let by_server = ["id", "etag", "updated_at", "external_ref"];
        let shown: BTreeSet<String> =
            record.keys().filter(|name| !by_server.contains(&name.as_str())).cloned().collect();
        assert_eq!(fields, shown, "{name}");
    }
    assert_eq!(settings("sim.toml")["types"].as_table().map(Table::len), Some(7));
}
