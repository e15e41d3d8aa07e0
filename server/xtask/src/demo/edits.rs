//! A day of edits: clean ones on either side, and one conflict of each kind.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Tiebreak;
use super::sis::Sis;

/// Makes the edits on both sides.
pub fn make(tiebreak: &Tiebreak, sis: &Sis) -> Result<()> {
    let rooms = sis.records("room")?;
    let room = |n: usize| rooms.get(n).context("the simulated SIS has too few rooms");
    let code = |n: usize| Ok::<_, anyhow::Error>(room(n)?["code"].clone());
    let id = |n: usize| Ok::<_, anyhow::Error>(room(n)?["id"].as_str().unwrap_or_default().to_owned());

    // Clean: five capacities on our side, five names on the other.
    let mut ours: Vec<Value> = Vec::new();
    for n in 0..5 {
        ours.push(json!({ "code": code(n)?, "capacity": 40 + n }));
        sis.edit("update", "room", Some(&id(n + 5)?), &json!({ "name": format!("Lecture hall {n}") }))?;
    }
    // Changed on both sides: the same field, two values.
    for n in 10..13 {
        ours.push(json!({ "code": code(n)?, "capacity": 100 }));
        sis.edit("update", "room", Some(&id(n)?), &json!({ "capacity": 120 + n }))?;
    }
    // Added on both sides, with different names.
    ours.push(json!({ "code": "NEW-101", "name": "Robotics lab", "number": "101", "capacity": 24 }));
    let added = json!({ "code": "NEW-101", "name": "Robotics workshop", "number": "101", "capacity": 24 });
    sis.edit("create", "room", None, &added)?;
    // New on our side only: it is made in the SIS.
    ours.push(json!({ "code": "NEW-102", "name": "Reading room", "number": "102", "capacity": 12 }));
    put(tiebreak, "room", &ours)?;

    delete_against_edit(tiebreak, sis)?;
    println!(
        "{} rooms edited or added on our side, 9 in the SIS, one department removed against an edit",
        ours.len()
    );
    Ok(())
}

/// Deleted on our side, changed on the other: a department that nothing refers to.
fn delete_against_edit(tiebreak: &Tiebreak, sis: &Sis) -> Result<()> {
    let department = json!({ "code": "ZZZ", "name": "Department of odds and ends", "phone": "555-0100" });
    sis.edit("create", "department", None, &department)?;
    tiebreak.show(&["run", "--kind", "manual", "--types", "department"])?;
    let made = sis.records("department")?;
    let made = made.iter().find(|one| one["code"] == "ZZZ").context("the new department")?;
    tiebreak.say(&["records", "remove", "department", "ZZZ"])?;
    sis.edit("update", "department", made["id"].as_str(), &json!({ "phone": "555-0199" }))
}

fn put(tiebreak: &Tiebreak, type_name: &str, records: &[Value]) -> Result<()> {
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let file = tiebreak.data.join("edits.ndjson");
    fs::write(&file, lines)?;
    tiebreak.say(&["records", "put", "--type", type_name, &file.display().to_string()])
}
