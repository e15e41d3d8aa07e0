//! One section as a line of JSON.

use std::fmt::Write as _;

use super::chance::Chance;

const SUBJECTS: [&str; 12] =
    ["ANTH", "BIOL", "CHEM", "CSCI", "ECON", "ENGL", "GEOG", "HIST", "MATH", "MUSC", "PHYS", "PSYC"];
const TOPICS: [&str; 12] = [
    "Genetics",
    "Field Methods",
    "Macroeconomics",
    "Organic Chemistry",
    "Statistical Inference",
    "World Literature",
    "Operating Systems",
    "Music Theory",
    "Human Geography",
    "Medieval History",
    "Social Psychology",
    "Thermodynamics",
];
const LEVELS: [&str; 5] = ["Introduction to", "Principles of", "Topics in", "Advanced", "Seminar in"];
const GIVEN: [&str; 10] =
    ["Ann", "Bob", "Chiara", "Deepak", "Élodie", "Femi", "Grace", "Hiro", "Inés", "Jürgen"];
const FAMILY: [&str; 12] = [
    "Abara",
    "Baptiste",
    "Castillo",
    "Dvořák",
    "Engel",
    "Fischer",
    "García",
    "Huang",
    "Ibrahim",
    "Jensen",
    "Kowalski",
    "Lindqvist",
];
const BUILDINGS: [&str; 8] = [
    "Alder Hall",
    "Birch Hall",
    "Science Center",
    "Humphrey Library",
    "North Annex",
    "Music Building",
    "Fieldhouse",
    "Old Main",
];
const DAYS: [&str; 5] = ["MWF", "TR", "MW", "F", "MTWRF"];
const CAMPUSES: [&str; 4] = ["Main", "Downtown", "Riverside", "Online"];
const STATUSES: [&str; 4] = ["active", "pending", "cancelled", "inactive"];
/// As they stand in JSON, with what has to be escaped there.
const NOTES: [&str; 9] = [
    "Permission of the instructor is required.",
    "Meets with the graduate section; see the department for the reading list.",
    "Lab fee of $45, not refundable after the second week.",
    "Ask for \\\"The Field Guide\\\" at the desk of the library.",
    "Students must also enroll in one of the discussion sections.",
    "Not open to first-year students without the prerequisite or an equivalent course.",
    "Evening exams on two dates to be announced.",
    "Taught in Spanish; bring a laptop.\\nOffice hours by appointment.",
    "The course may be repeated for credit when its topic changes.",
];

/// The names of the fields in the order of a line; the first is the key.
pub const FIELDS: [&str; 20] = [
    "id",
    "term",
    "crn",
    "subject",
    "number",
    "section",
    "title",
    "credits",
    "seats",
    "waitlist",
    "instructor",
    "email",
    "room",
    "days",
    "start",
    "end",
    "campus",
    "status",
    "notes",
    "created",
];

/// A section of a course: what students enroll in.
pub struct Section {
    id: String,
    crn: usize,
    subject: &'static str,
    number: usize,
    section: usize,
    title: String,
    half_credits: usize,
    seats: usize,
    waitlist: usize,
    instructor: Option<(&'static str, &'static str)>,
    room: Option<(&'static str, usize)>,
    days: &'static str,
    hour: usize,
    campus: &'static str,
    status: usize,
    notes: String,
    created: String,
}

impl Section {
    /// The section of a place, as both sides last agreed on it.
    pub fn at(place: u32, chance: &mut Chance) -> Self {
        let title = format!("{} {}", chance.pick(&LEVELS), chance.pick(&TOPICS));
        let instructor = (chance.below(20) > 0).then(|| (chance.pick(&GIVEN), chance.pick(&FAMILY)));
        let room = (chance.below(10) > 0).then(|| (chance.pick(&BUILDINGS), 100 + chance.below(300)));
        let notes: Vec<&str> = (0..chance.below(4)).map(|_| chance.pick(&NOTES)).collect();
        let (day, hour, minute) = (1 + chance.below(28), chance.below(24), chance.below(60));
        Self {
            id: format!("202630-{place:08}"),
            crn: 10_000 + chance.below(90_000),
            subject: chance.pick(&SUBJECTS),
            number: 100 + chance.below(800),
            section: 1 + chance.below(12),
            title,
            half_credits: 2 + chance.below(7),
            seats: 12 + chance.below(200),
            waitlist: chance.below(20),
            instructor,
            room,
            days: chance.pick(&DAYS),
            hour: 8 + chance.below(11),
            campus: chance.pick(&CAMPUSES),
            status: chance.below(STATUSES.len()),
            notes: notes.join(" "),
            created: format!("2026-03-{day:02}T{hour:02}:{minute:02}:00Z"),
        }
    }

    /// Our side edits what is planned with the platform. The value is another one than before.
    pub fn edit_ours(&mut self, chance: &mut Chance) {
        match chance.below(3) {
            0 => self.seats += 1 + chance.below(30),
            1 => self.hour += 1 + chance.below(3),
            _ => self.move_to(500 + chance.below(150)),
        }
    }

    /// Their side edits what is kept in the books: never a field that our side edits.
    pub fn edit_theirs(&mut self, chance: &mut Chance) {
        match chance.below(3) {
            0 => self.waitlist += 20 + chance.below(10),
            1 => self.status = (self.status + 1 + chance.below(STATUSES.len() - 1)) % STATUSES.len(),
            _ => self.title.push_str(" (Honors)"),
        }
    }

    /// A room that no section had, by its number.
    pub fn move_to(&mut self, room: usize) {
        let building = self.room.map_or(BUILDINGS[0], |(building, _)| building);
        self.room = Some((building, room));
    }

    /// Appends the section as a line of JSON.
    pub fn write(&self, line: &mut String) {
        // Writing into a text does not fail.
        let _ = self.try_write(line);
    }

    fn try_write(&self, line: &mut String) -> std::fmt::Result {
        let Self { id, crn, subject, number, section, title, seats, waitlist, .. } = self;
        write!(
            line,
            r#"{{"id":"{id}","term":"202630","crn":"{crn}","subject":"{subject}","number":"{number}","#
        )?;
        write!(line, r#""section":"{section:03}","title":"{title}","#)?;
        let (credits, half) = (self.half_credits / 2, self.half_credits % 2 * 5);
        write!(line, r#""credits":{credits}.{half},"seats":{seats},"waitlist":{waitlist},"#)?;
        match self.instructor {
            Some((given, family)) => {
                write!(line, r#""instructor":"{family}, {given}","email":"{crn}@northfield.example","#)?;
            }
            None => line.push_str(r#""instructor":null,"email":null,"#),
        }
        match self.room {
            Some((building, number)) => write!(line, r#""room":"{building} {number}","#)?,
            None => line.push_str(r#""room":null,"#),
        }
        let Self { days, hour, campus, notes, created, .. } = self;
        write!(
            line,
            r#""days":"{days}","start":"{hour:02}:10","end":"{:02}:00","campus":"{campus}","#,
            hour + 1
        )?;
        write!(line, r#""status":"{}","notes":"{notes}","created":"{created}"}}"#, STATUSES[self.status])?;
        line.push('\n');
        Ok(())
    }
}
