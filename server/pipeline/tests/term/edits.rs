//! A day of edits on both sides, with what must come of them.

use std::collections::BTreeMap;

use connect::sim::EditOp;
use serde_json::{Value, json};
use store::local_record::LocalRecord;

use crate::house::House;
use crate::school::School;

/// What the night after must do.
#[derive(Debug, Default)]
pub struct Day {
    /// Changes of the SIS through its API, by operation and type.
    pub sis_changes: BTreeMap<String, usize>,
    /// Records of ours that the merge changes.
    pub our_changes: usize,
    /// Conflicts by name, with their kind.
    pub conflicts: Vec<(String, String)>,
    /// Records that their limit holds.
    pub held: Vec<String>,
}

struct Desk<'a> {
    house: &'a House,
    school: &'a School,
    sections: Vec<LocalRecord>,
    ids: BTreeMap<(String, String), String>,
}

/// The name of a record, `type key`.
fn name(school: &School, record: &LocalRecord) -> (String, String) {
    let fields: Value = serde_json::from_str(&record.fields).expect("fields");
    let merge_type = school.settings.merge_type(&record.type_name).expect("a type");
    let key: Vec<Value> = merge_type.key.iter().map(|name| fields[name].clone()).collect();
    (record.type_name.clone(), Value::from(key).to_string())
}

pub async fn make(house: &House, school: &School) -> Day {
    let mut day = Day::default();
    let sections = school.own(house).list("section").await;
    let (_, ids) = school.sis().await;
    let desk = Desk { house, school, sections, ids };
    desk.edit_fields(&mut day).await;
    desk.remove(&mut day).await;
    desk.disagree(&mut day).await;
    desk.add_with_parents(&mut day).await;
    desk.edit_all_rooms(&mut day).await;
    day.conflicts.sort();
    day
}

impl Desk<'_> {
    async fn ours(&self, section: usize, fields: Value) {
        self.school.own(self.house).edit(&self.sections[section], fields).await;
    }

    async fn theirs(&self, section: usize, fields: Value) {
        let id = &self.ids[&name(self.school, &self.sections[section])];
        self.school.sis_edit(EditOp::Update, "section", Some(id), fields).await;
    }

    async fn remove_ours(&self, section: usize) {
        self.school.own(self.house).remove(&self.sections[section]).await;
    }

    async fn remove_theirs(&self, section: usize) {
        let id = &self.ids[&name(self.school, &self.sections[section])];
        self.school.sis_edit(EditOp::Delete, "section", Some(id), json!({})).await;
    }

    /// Forty records change here, sixty there; ten of them on both sides, in different fields. One gets the same value on
    /// both sides, which needs no write.
    async fn edit_fields(&self, day: &mut Day) {
        for n in 0..40 {
            self.ours(n, json!({ "capacity": 1_000 + n, "notes": format!("Note {n}") })).await;
        }
        for n in 30..90 {
            self.theirs(n, json!({ "title": format!("Title {n}") })).await;
        }
        for n in 30..34 {
            self.theirs(n, json!({ "room_id": null })).await;
        }
        self.ours(90, json!({ "title": "Agreed" })).await;
        self.theirs(90, json!({ "title": "Agreed" })).await;
        day.sis_changes.insert("update section".to_owned(), 40);
        day.our_changes += 60;
    }

    async fn remove(&self, day: &mut Day) {
        for n in 91..94 {
            self.remove_ours(n).await;
        }
        for n in 94..96 {
            self.remove_theirs(n).await;
        }
        day.sis_changes.insert("delete section".to_owned(), 3);
        day.our_changes += 2;
    }

    /// Conflicts of every kind: both change a field, one removes what the other changes, both add the same key.
    async fn disagree(&self, day: &mut Day) {
        for n in 96..99 {
            self.ours(n, json!({ "title": format!("Ours {n}") })).await;
            self.theirs(n, json!({ "title": format!("Theirs {n}") })).await;
        }
        self.remove_ours(99).await;
        self.theirs(99, json!({ "capacity": 7 })).await;
        self.remove_theirs(100).await;
        self.ours(100, json!({ "capacity": 7 })).await;
        let kinds = ["field", "field", "field", "delete_update", "update_delete"];
        for (section, kind) in self.sections[96..].iter().zip(kinds) {
            let (type_name, key) = name(self.school, section);
            day.conflicts.push((format!("{type_name} {key}"), kind.to_owned()));
        }
        let added = json!({ "code": "BOTH", "name": "Our name" });
        self.school.own(self.house).add("department", added).await;
        let added = json!({ "code": "BOTH", "name": "Their name" });
        self.school.sis_edit(EditOp::Create, "department", None, added).await;
        day.conflicts.push((r#"department ["BOTH"]"#.to_owned(), "both_added".to_owned()));
    }

    /// A new department with a teacher, a course and a section here; a new building with a room and a section there. The SIS
    /// counts the seats of our section by itself, and that comes back the same night.
    async fn add_with_parents(&self, day: &mut Day) {
        let own = self.school.own(self.house);
        let first: Value = serde_json::from_str(&self.sections[0].fields).expect("fields");
        own.add("section", json!({
            "term": first["term"], "course": "NEW 1", "number": "001", "title": "Beginnings", "capacity": 5,
            "status": "open", "instructors": ["E-NEW"], "meetings": [{ "days": "MW", "starts": "09:00", "ends": "09:50" }],
        }))
        .await;
        own.add("course", json!({
            "code": "NEW 1", "department": "NEW", "title": "Beginnings", "credits": 1.5, "status": "active",
        }))
        .await;
        own.add("instructor", json!({
            "employee_number": "E-NEW", "given_name": "Zoë", "family_name": "O’Neill", "department": "NEW", "status": "active",
        }))
        .await;
        own.add("department", json!({ "code": "NEW", "name": "New studies" })).await;
        for name in ["department", "instructor", "course", "section"] {
            day.sis_changes.insert(format!("create {name}"), 1);
        }

        let building = json!({ "code": "B-NEW", "name": "New building" });
        let building = self.school.sis_edit(EditOp::Create, "building", None, building).await;
        let room = json!({ "code": "R-NEW", "building_id": building, "capacity": 12 });
        let room = self.school.sis_edit(EditOp::Create, "room", None, room).await;
        let id = |name: &str| &self.ids[&(name.to_owned(), json!([first[name]]).to_string())];
        let section = json!({
            "term_id": id("term"), "course_id": id("course"), "number": "900", "title": "Late", "capacity": 9,
            "status": "open", "room_id": room, "instructor_ids": [],
        });
        self.school.sis_edit(EditOp::Create, "section", None, section).await;
        day.our_changes += 4;
    }

    /// More rooms than a night may change in the SIS.
    async fn edit_all_rooms(&self, day: &mut Day) {
        let own = self.school.own(self.house);
        for (n, room) in own.list("room").await.iter().take(101).enumerate() {
            own.edit(room, json!({ "capacity": 2_000 + n })).await;
            let (type_name, key) = name(self.school, room);
            day.held.push(format!("{type_name} {key}"));
        }
    }
}
