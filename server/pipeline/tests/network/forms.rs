//! P11, P12: systems that store values in a form of their own, and systems that put their value back after every write.

use connect::sim::{Class, EditOp, Normalise};
use merge::Side;
use serde_json::{Value, json};

use crate::school::School;
use crate::world::{self, Servers};

const SETTINGS: &str = r#"
version = 1
[school]
slug = "north"
name = "North"
zone = "UTC"
[limits]
absence_runs = 1
[type.department]
key = ["code"]
[type.department.fields]
code = { kind = "text" }
name = { kind = "text" }
phone = { kind = "text" }
[type.course]
key = ["code"]
[type.course.fields]
code = { kind = "text" }
department = { kind = "reference(department)", ours = "department_id", theirs = "department_id" }
title = { kind = "text" }
credits = { kind = "decimal(2)" }
description = { kind = "text" }
status = { kind = "text" }
[type.instructor]
key = ["employee_number"]
[type.instructor.fields]
employee_number = { kind = "text" }
given_name = { kind = "text" }
family_name = { kind = "text" }
email = { kind = "text" }
title = { kind = "text" }
status = { kind = "text" }
[type.room]
key = ["code"]
[type.room.fields]
code = { kind = "text" }
number = { kind = "text" }
name = { kind = "text" }
capacity = { kind = "integer" }
features = { kind = "list(text)" }
"#;

/// Texts that every one of the twelve ways stores otherwise.
const TEXT: &str = "  two  words — “quoted” and\r\nlonger than forty characters  ";

fn course(code: &str, department: &Value) -> Value {
    json!({ "code": code, "department_id": department, "title": "Title", "credits": 3, "status": "open" })
}

fn instructor(number: &str) -> Value {
    let email = format!("{number}@north.example");
    json!({ "employee_number": number, "given_name": "Ann", "family_name": "Lee", "email": email, "status": "active" })
}

/// Both sides hold the same plain records.
async fn plain(servers: &Servers) {
    for side in [Side::Ours, Side::Theirs] {
        let client = servers.client(side);
        let load =
            async |name: &str, record: Value| client.load(name, &[record], true).await.expect("a record");
        let department = load("department", json!({ "code": "D1", "name": "Department" })).await.remove(0);
        load("course", course("C1", &department.into())).await;
        load("instructor", instructor("e1")).await;
        load("room", json!({ "code": "R1", "name": "Room", "capacity": 1, "number": "1" })).await;
    }
}

/// Ours fills every field with what is not in a normal form, and makes a record of each type.
async fn fill_with_raw_values(servers: &Servers) {
    let state = servers.state(Side::Ours).await;
    let id = |name: &str| state.live(name).next().expect("a record")["id"].clone();
    let edit = async |op: EditOp, name: &str, id: Option<&Value>, fields: Value| {
        servers.edit(Side::Ours, op, name, id.and_then(Value::as_str), fields).await;
    };
    let raw = json!({ "title": TEXT, "description": "", "credits": 2.5 });
    edit(EditOp::Update, "course", Some(&id("course")), raw).await;
    let raw = json!({ "email": "Ann.Lee@North.example", "title": TEXT });
    edit(EditOp::Update, "instructor", Some(&id("instructor")), raw).await;
    let raw = json!({ "name": TEXT, "number": "b-1", "features": ["tv", "board", "tv"] });
    edit(EditOp::Update, "room", Some(&id("room")), raw).await;
    edit(EditOp::Create, "department", None, json!({ "code": "d2", "name": TEXT, "phone": "" })).await;
    edit(EditOp::Create, "room", None, json!({ "code": "r2", "name": TEXT, "capacity": 2 })).await;
    edit(EditOp::Create, "instructor", None, instructor("e2")).await;
}

/// All base rows, byte for byte.
async fn bases(school: &School) -> Vec<String> {
    let mut reader = school.pipeline.store.read().await.expect("a reader");
    let links = store::link::list(&mut reader, school.school, &store::link::LinkFilter::default(), 100).await;
    let ids: Vec<_> = links.expect("links").iter().map(|link| link.id).collect();
    let rows = store::base::get_many(&mut reader, &ids).await.expect("bases");
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn p11_a_system_that_stores_its_own_form_is_not_written_again() {
    let mut failed = Vec::new();
    for way in Normalise::ALL.map(|way| vec![way]).into_iter().chain([Normalise::ALL.to_vec()]) {
        let servers = Servers::start(Class::Strong).await;
        plain(&servers).await;
        let document = world::settings_with(Class::Strong, &servers.urls(), SETTINGS);
        let school = School::with_settings(servers, &document, |_, system| system).await;
        school.bench().agree().await;
        let theirs = school.servers.client(Side::Theirs);
        theirs.switches(json!({ "normalise": way })).await.expect("a switch");
        fill_with_raw_values(&school.servers).await;

        let run = school.bench().run().await.expect("a run that ends");
        let (first, after_first) = (school.servers.look().await.writes(), bases(&school).await);
        for again in [2, 3] {
            school.bench().run().await.expect("a run that ends");
            let writes = school.servers.look().await.writes();
            if writes != first {
                failed.push(format!("{way:?}: run {again} made {} more writes", writes - first));
            }
            if bases(&school).await != after_first {
                failed.push(format!("{way:?}: run {again} moved the base"));
            }
        }
        let mut reader = school.pipeline.store.read().await.expect("a reader");
        let conflicts = store::conflict::count_living(&mut reader, school.school).await.expect("a count");
        let complaints = school.servers.look().await.complaints();
        if first < 6 || conflicts > 0 || !complaints.is_empty() {
            failed.push(format!(
                "{way:?}: {first} writes, {conflicts} conflicts, {complaints:?}, {:?}",
                run.ended
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
