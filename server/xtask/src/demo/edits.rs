//! Days of edits: clean ones on either side, and conflicts of each kind.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Tiebreak;
use super::sis::Sis;

/// A day on which everything merges by itself but for two rooms; `day` makes each a little different.
pub fn quiet_day(tiebreak: &Tiebreak, sis: &Sis, day: usize) -> Result<()> {
    let rooms = sis.records("room")?;
    let first = 20 + day * 8;
    let mut ours = Vec::new();
    for (n, room) in rooms.iter().enumerate().skip(first).take(4 + day) {
        ours.push(json!({ "code": room["code"], "capacity": 40 + n }));
    }
    for (n, room) in rooms.iter().enumerate().skip(first + 6).take(2) {
        ours.push(json!({ "code": room["code"], "capacity": 90 + n }));
        sis.edit("update", "room", id_of(room), &json!({ "capacity": 110 + n }))?;
    }
    put(tiebreak, "room", &ours)?;
    for (n, section) in sis.records("section")?.iter().enumerate().skip(day * 20).take(10 + day) {
        let notes = format!("Meets in week {} as well.", n % 12 + 1);
        sis.edit("update", "section", id_of(section), &json!({ "notes": notes }))?;
    }
    Ok(())
}

/// A day that leaves conflicts of all three kinds.
pub fn busy_day(tiebreak: &Tiebreak, sis: &Sis) -> Result<()> {
    delete_against_edit(tiebreak, sis)?;
    let rooms = sis.records("room")?;
    let mut ours: Vec<Value> = Vec::new();
    // Clean: five capacities on our side, five names on the other.
    for (n, room) in rooms.iter().enumerate().take(5) {
        ours.push(json!({ "code": room["code"], "capacity": 40 + n }));
    }
    for (n, room) in rooms.iter().enumerate().skip(5).take(5) {
        sis.edit("update", "room", id_of(room), &json!({ "name": format!("Lecture hall {n}") }))?;
    }
    // Changed on both sides: the same fields, two values.
    for (n, room) in rooms.iter().enumerate().skip(10).take(3) {
        ours.push(json!({ "code": room["code"], "capacity": 100 }));
        sis.edit("update", "room", id_of(room), &json!({ "capacity": 120 + n }))?;
    }
    // Added on both sides, with different names; and new on our side only, so that it is made in the SIS.
    ours.push(json!({ "code": "NEW-101", "name": "Robotics lab", "number": "101", "capacity": 24 }));
    let added = json!({ "code": "NEW-101", "name": "Robotics workshop", "number": "101", "capacity": 24 });
    sis.edit("create", "room", None, &added)?;
    ours.push(json!({ "code": "NEW-102", "name": "Reading room", "number": "102", "capacity": 12 }));
    put(tiebreak, "room", &ours)?;
    texts(tiebreak, sis)?;
    println!("{} rooms edited or added on our side, 9 in the SIS, two courses and a department", ours.len());
    Ok(())
}

/// Two courses whose title and description were written anew on both sides.
fn texts(tiebreak: &Tiebreak, sis: &Sis) -> Result<()> {
    let courses = sis.records("course")?;
    let mut ours = Vec::new();
    for course in courses.iter().skip(3).take(2) {
        let text = |often: &str, many: &str| {
            format!(
                "A {often} laboratory session and {many} seminars on the ecology of the upper valley. Bring boots."
            )
        };
        let title = course["title"].as_str().unwrap_or_default();
        let ours_fields = json!({
            "code": course["code"], "title": format!("{title} I"), "description": text("fortnightly", "two")
        });
        ours.push(ours_fields);
        let theirs = json!({ "title": format!("{title} (Field)"), "description": text("weekly", "three") });
        sis.edit("update", "course", id_of(course), &theirs)?;
    }
    put(tiebreak, "course", &ours)
}

/// Deleted on our side, changed on the other: a department that nothing refers to.
fn delete_against_edit(tiebreak: &Tiebreak, sis: &Sis) -> Result<()> {
    let department = json!({ "code": "ZZZ", "name": "Department of odds and ends", "phone": "555-0100" });
    sis.edit("create", "department", None, &department)?;
    tiebreak.show(&["run", "--kind", "manual", "--types", "department"])?;
    let made = sis.records("department")?;
    let made = made.iter().find(|one| one["code"] == "ZZZ").context("the new department")?;
    tiebreak.say(&["records", "remove", "department", "ZZZ"])?;
    sis.edit("update", "department", id_of(made), &json!({ "phone": "555-0199" }))
}

fn id_of(record: &Value) -> Option<&str> {
    record["id"].as_str()
}

fn put(tiebreak: &Tiebreak, type_name: &str, records: &[Value]) -> Result<()> {
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let file = tiebreak.data.join("edits.ndjson");
    fs::write(&file, lines)?;
    tiebreak.say(&["records", "put", "--type", type_name, &file.display().to_string()])
}
