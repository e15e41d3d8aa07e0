//! The university a seed stands for (CN C101). The order of the choices is part of the contract: the same seed
//! and counts give the same records on every machine.

mod names;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use self::names::{BUILDINGS, COURSES, DAYS, FAMILY, FEATURES, GIVEN, SUBJECTS, TIMES};
use super::{
    dice::Dice,
    options::Counts,
    schema::{BUILDING, COURSE, DEPARTMENT, INSTRUCTOR, KINDS, KindNumber, PERSON, ROOM, SECTION, TERM},
    world::World,
};

/// Fills an empty world.
pub(super) fn fill(world: &mut World, seed: u64, counts: Counts) {
    let mut maker = Maker { world, dice: Dice::new(seed), made: 0 };
    maker.terms(counts.terms);
    maker.buildings(counts.buildings);
    maker.rooms(&counts);
    maker.departments(counts.departments);
    maker.instructors(&counts);
    maker.courses(&counts);
    maker.sections(&counts);
    maker.people(counts.people);
}

struct Maker<'a> {
    world: &'a mut World,
    dice: Dice,
    made: i64,
}

/// Before every term of the data; the records are a second apart.
fn first_stamp() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_600_000, 0).unwrap_or_default()
}

fn nth_id(kind: KindNumber, index: usize) -> String {
    format!("{}-{}", KINDS[kind].prefix, KINDS[kind].first + index as u64)
}

impl Maker<'_> {
    fn add(&mut self, kind: KindNumber, fields: Value) {
        let mut all: Map<String, Value> =
            KINDS[kind].fields.iter().map(|field| (field.name.to_owned(), Value::Null)).collect();
        if let Value::Object(given) = fields {
            all.extend(given);
        }
        let at = first_stamp() + TimeDelta::seconds(self.made);
        self.made += 1;
        self.world.seed(kind, None, all.into(), at);
    }

    fn any(&mut self, kind: KindNumber, count: usize) -> Value {
        if count == 0 { Value::Null } else { nth_id(kind, self.dice.index(count)).into() }
    }

    fn terms(&mut self, count: usize) {
        const SEASONS: [(&str, &str, &str, &str); 3] = [
            ("SP", "Spring", "01-12", "05-08"),
            ("SU", "Summer", "06-01", "08-07"),
            ("FA", "Fall", "08-24", "12-18"),
        ];
        for index in 0..count {
            let (code, name, starts, ends) = SEASONS[index % 3];
            let year = 2026 + index / 3;
            self.add(TERM, json!({
                "code": format!("{year}{code}"), "name": format!("{name} {year}"), "starts_on": format!("{year}-{starts}"),
                "ends_on": format!("{year}-{ends}"), "status": if index == 0 { "open" } else { "planned" },
            }));
        }
    }

    fn buildings(&mut self, count: usize) {
        for index in 0..count {
            let name = BUILDINGS[index % BUILDINGS.len()];
            let name = if index < BUILDINGS.len() {
                name.into()
            } else {
                format!("{name} {}", index / BUILDINGS.len() + 1)
            };
            let initials: String =
                name.split(' ').filter_map(|word| word.chars().find(char::is_ascii_uppercase)).collect();
            let campus = *self.dice.pick(&["Main", "Río Campus", "Downtown"]);
            let street = 1 + self.dice.below(900);
            self.add(BUILDING, json!({
                "code": format!("{initials}{index:02}"), "name": name, "address": format!("{street} Élm Street"), "campus": campus,
            }));
        }
    }

    /// Every 12th room is in no building: online, off campus, arranged.
    fn rooms(&mut self, counts: &Counts) {
        for index in 0..counts.rooms {
            let floor = self.dice.below(5);
            let number = format!("{floor:02}{:02}", index % 100);
            let outside = index % 12 == 11 || counts.buildings == 0;
            let place = index % counts.buildings.max(1);
            let code =
                if outside { format!("X-{index:04}") } else { format!("B{place:02}-{number}-{index}") };
            let building = if outside { Value::Null } else { nth_id(BUILDING, place).into() };
            let name = if outside { "Online / arranged".into() } else { format!("Room {number}") };
            let capacity = 8 + self.dice.below(28) * 4;
            let kind = *self.dice.pick(&["lecture", "seminar", "lab", "studio"]);
            let features: Vec<&str> = (0..self.dice.below(4)).map(|_| *self.dice.pick(&FEATURES)).collect();
            let mut features = features;
            features.sort_unstable();
            features.dedup();
            self.add(ROOM, json!({
                "code": code, "building_id": building, "number": number, "name": name, "capacity": capacity,
                "room_type": kind, "features": features,
            }));
        }
    }

    fn departments(&mut self, count: usize) {
        for index in 0..count {
            let (code, name) = SUBJECTS[index % SUBJECTS.len()];
            let again = index / SUBJECTS.len();
            let (code, name) = if again == 0 {
                (code.to_owned(), name.to_owned())
            } else {
                (format!("{code}{}", again + 1), format!("{name} (School {})", again + 1))
            };
            let phone = format!("555-01{:02}", self.dice.below(100));
            self.add(DEPARTMENT, json!({ "code": code, "name": name, "phone": phone }));
        }
    }

    /// The second instructor has the name of the first; some have no e-mail address.
    fn instructors(&mut self, counts: &Counts) {
        let (mut given, mut family) = ("", "");
        for index in 0..counts.instructors {
            if index != 1 {
                given = *self.dice.pick(&GIVEN);
                family = *self.dice.pick(&FAMILY);
            }
            let department = self.any(DEPARTMENT, counts.departments);
            let email = (!self.dice.chance(1, 15)).then(|| format!("i{index:05}@example.edu"));
            let title = *self.dice.pick(&["Professor", "Associate Professor", "Lecturer", "Dr."]);
            self.add(INSTRUCTOR, json!({
                "employee_number": format!("{:07}", 4_711 + index * 3), "given_name": given, "family_name": family,
                "email": email, "department_id": department, "title": title, "status": "active",
            }));
        }
    }

    fn courses(&mut self, counts: &Counts) {
        for index in 0..counts.courses {
            if counts.departments == 0 {
                return;
            }
            let place = index % counts.departments;
            let (subject, name) = SUBJECTS[place % SUBJECTS.len()];
            let school = place / SUBJECTS.len();
            let subject = if school == 0 { subject.to_owned() } else { format!("{subject}{}", school + 1) };
            let number = format!("{:04}", 1 + index / counts.departments * 7);
            let title = self.dice.pick(&COURSES).replace('%', name);
            let credits =
                self.dice.pick(&[json!(3), json!(3), json!(4), json!(1.5), json!(0.5), json!(0)]).clone();
            let description =
                self.dice.chance(1, 3).then(|| format!("{title}.\nPrerequisite: none; see the catalogue."));
            self.add(COURSE, json!({
                "code": format!("{subject} {number}"), "department_id": nth_id(DEPARTMENT, place), "title": title,
                "credits": credits, "description": description, "status": "active",
            }));
        }
    }

    /// The first section is the canary. Every 25th is cross-listed with the one before it. Reference numbers
    /// start again in every term, so that a code is re-used.
    fn sections(&mut self, counts: &Counts) {
        if counts.terms == 0 || counts.courses == 0 {
            return;
        }
        let mut numbers: HashMap<(usize, usize), u32> = HashMap::new();
        let mut references = vec![10_000_u32; counts.terms];
        for index in 0..counts.sections {
            let term = if index == 0 { 0 } else { self.dice.index(counts.terms) };
            let course = if index == 0 { 0 } else { self.dice.index(counts.courses) };
            let number = numbers.entry((term, course)).and_modify(|number| *number += 1).or_insert(1);
            let number = format!("{number:03}");
            references[term] += 1;
            let crn = format!("{:05}", references[term]);
            let fields = self.section(counts, index, (term, course));
            let mut fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
            fields.insert("number".into(), number.into());
            fields.insert("crn".into(), crn.into());
            self.add(SECTION, Value::Object(fields));
        }
    }

    fn section(&mut self, counts: &Counts, index: usize, (term, course): (usize, usize)) -> Value {
        let course_id = nth_id(COURSE, course);
        let course_title =
            self.world.tables[COURSE].get(&course_id).and_then(|row| row.fields.get("title").cloned());
        let title = if index == 0 {
            "Connection test section — do not use".into()
        } else {
            course_title.unwrap_or_default()
        };
        let room_id = if self.dice.chance(1, 10) { Value::Null } else { self.any(ROOM, counts.rooms) };
        let teachers = if counts.instructors == 0 { 0 } else { 1 + self.dice.below(8) / 7 };
        let mut instructor_ids: Vec<Value> = Vec::new();
        for _ in 0..teachers {
            let id = self.any(INSTRUCTOR, counts.instructors);
            if !instructor_ids.contains(&id) {
                instructor_ids.push(id);
            }
        }
        let meetings: Vec<Value> = (0..1 + self.dice.below(6) / 5)
            .map(|_| {
                let (starts, ends) = *self.dice.pick(&TIMES);
                json!({ "days": self.dice.pick(&DAYS), "starts": starts, "ends": ends })
            })
            .collect();
        let capacity = 10 + self.dice.below(19) * 5;
        let group = index / 25;
        json!({
            "term_id": nth_id(TERM, term), "course_id": course_id, "title": title, "room_id": room_id,
            "instructor_ids": instructor_ids, "meetings": meetings, "capacity": capacity,
            "seats_taken": self.dice.below(capacity + 1), "status": if index == 0 { "cancelled" } else { "open" },
            "delivery": self.dice.pick(&["in_person", "in_person", "online", "hybrid"]),
            "cross_list": (group > 0 && index % 25 < 2).then(|| format!("X-{group:03}")),
            "waitlist": self.dice.chance(1, 4),
            "notes": self.dice.chance(1, 6).then_some("Bring your own device."),
        })
    }

    fn people(&mut self, count: usize) {
        for index in 0..count {
            let (given, family) = (*self.dice.pick(&GIVEN), *self.dice.pick(&FAMILY));
            let credits = self.dice.below(140);
            self.add(
                PERSON,
                json!({
                    "number": format!("{:08}", index + 1), "given_name": given, "family_name": family,
                    "email": format!("p{:06}@example.edu", index + 1), "credits": credits,
                }),
            );
        }
    }
}
