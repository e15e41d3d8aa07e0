//! The record types of the simulated university.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text of at most so many characters.
    Text(usize),
    Integer,
    Decimal,
    Boolean,
    /// `2026-08-24`.
    Date,
    /// Remote id of a record of the named type.
    Reference(&'static str),
    References(&'static str),
    Texts,
    Objects,
}

#[derive(Debug)]
pub(super) struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    pub read_only: bool,
    /// Lists can be filtered by it.
    pub indexed: bool,
}

/// One record type: its names, fields and unique keys.
#[derive(Debug)]
pub(super) struct Kind {
    pub name: &'static str,
    pub collection: &'static str,
    pub prefix: &'static str,
    /// Number of the first id. Sections start at 0: `SEC-0` is the canary (CN C45).
    pub first: u64,
    pub fields: &'static [Field],
    pub unique: &'static [&'static [&'static str]],
}

impl Kind {
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Position of a kind in [`KINDS`] and of its table in the world.
pub(super) type KindNumber = usize;

/// Finds a kind by its name or by the name of its collection.
pub(super) fn find(name: &str) -> Option<KindNumber> {
    KINDS.iter().position(|kind| kind.name == name || kind.collection == name)
}

/// Every field of every kind that points at records of `target`.
pub(super) fn referrers(target: &str) -> impl Iterator<Item = (KindNumber, &'static Field)> {
    KINDS.iter().enumerate().flat_map(|(number, kind)| kind.fields.iter().map(move |field| (number, field))).filter(
        move |(_, field)| matches!(field.shape, Shape::Reference(name) | Shape::References(name) if name == target),
    )
}

pub(super) const EXTERNAL_REF: &str = "external_ref";

const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false, read_only: false, indexed: false }
}

const fn required(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true, read_only: false, indexed: false }
}

const fn key(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true, read_only: false, indexed: true }
}

/// An optional field that lists can be filtered by.
const fn filter(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false, read_only: false, indexed: true }
}

const fn reference(name: &'static str, target: &'static str) -> Field {
    Field { name, shape: Shape::Reference(target), required: false, read_only: false, indexed: true }
}

const fn owner(name: &'static str, target: &'static str) -> Field {
    Field { name, shape: Shape::Reference(target), required: true, read_only: false, indexed: true }
}

/// A value the SIS keeps by itself.
const fn computed(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false, read_only: true, indexed: false }
}

const CORRELATION: Field = filter(EXTERNAL_REF, Shape::Text(64));

const NAME: Shape = Shape::Text(200);
const CODE: Shape = Shape::Text(40);
const NOTES: Shape = Shape::Text(4_000);

/// All kinds, parents before children.
pub(super) static KINDS: [Kind; 8] = [
    Kind {
        name: "term",
        collection: "terms",
        prefix: "TRM",
        first: 1,
        fields: &[
            key("code", CODE),
            required("name", NAME),
            required("starts_on", Shape::Date),
            required("ends_on", Shape::Date),
            required("status", CODE),
            CORRELATION,
        ],
        unique: &[&["code"]],
    },
    Kind {
        name: "building",
        collection: "buildings",
        prefix: "BLD",
        first: 1,
        fields: &[
            key("code", CODE),
            required("name", NAME),
            field("address", NAME),
            field("campus", NAME),
            CORRELATION,
        ],
        unique: &[&["code"]],
    },
    Kind {
        name: "room",
        collection: "rooms",
        prefix: "ROM",
        first: 1,
        fields: &[
            key("code", CODE),
            reference("building_id", "building"),
            field("number", CODE),
            field("name", NAME),
            required("capacity", Shape::Integer),
            field("room_type", CODE),
            field("features", Shape::Texts),
            CORRELATION,
        ],
        unique: &[&["code"]],
    },
    Kind {
        name: "department",
        collection: "departments",
        prefix: "DEP",
        first: 1,
        fields: &[key("code", CODE), required("name", NAME), field("phone", CODE), CORRELATION],
        unique: &[&["code"]],
    },
    Kind {
        name: "instructor",
        collection: "instructors",
        prefix: "INS",
        first: 1,
        fields: &[
            key("employee_number", CODE),
            required("given_name", NAME),
            required("family_name", NAME),
            filter("email", NAME),
            reference("department_id", "department"),
            field("title", NAME),
            required("status", CODE),
            CORRELATION,
        ],
        unique: &[&["employee_number"], &["email"]],
    },
    Kind {
        name: "course",
        collection: "courses",
        prefix: "CRS",
        first: 1,
        fields: &[
            key("code", CODE),
            owner("department_id", "department"),
            required("title", NAME),
            required("credits", Shape::Decimal),
            field("description", NOTES),
            required("status", CODE),
            CORRELATION,
        ],
        unique: &[&["code"]],
    },
    Kind {
        name: "section",
        collection: "sections",
        prefix: "SEC",
        first: 0,
        fields: &[
            owner("term_id", "term"),
            owner("course_id", "course"),
            key("number", CODE),
            required("title", NAME),
            reference("room_id", "room"),
            filter("instructor_ids", Shape::References("instructor")),
            field("meetings", Shape::Objects),
            required("capacity", Shape::Integer),
            computed("seats_taken", Shape::Integer),
            computed("crn", CODE),
            required("status", CODE),
            field("delivery", CODE),
            field("cross_list", CODE),
            field("waitlist", Shape::Boolean),
            field("notes", NOTES),
            CORRELATION,
        ],
        unique: &[&["term_id", "course_id", "number"]],
    },
    Kind {
        name: "person",
        collection: "people",
        prefix: "PER",
        first: 1,
        fields: &[
            key("number", CODE),
            required("given_name", NAME),
            required("family_name", NAME),
            filter("email", NAME),
            field("credits", Shape::Integer),
            field("note", NOTES),
            CORRELATION,
        ],
        unique: &[&["number"], &["email"]],
    },
];

pub(super) const TERM: KindNumber = 0;
pub(super) const BUILDING: KindNumber = 1;
pub(super) const ROOM: KindNumber = 2;
pub(super) const DEPARTMENT: KindNumber = 3;
pub(super) const INSTRUCTOR: KindNumber = 4;
pub(super) const COURSE: KindNumber = 5;
pub(super) const SECTION: KindNumber = 6;
pub(super) const PERSON: KindNumber = 7;
