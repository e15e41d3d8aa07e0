//! Correlated inputs: a base, perturbed twice. Independent random records would hardly ever agree on anything.

mod edits;
mod rules;
mod values;

use std::ops::Range;

use merge::{Action, FieldPath, Input, Object, Presence, RecordKey, UNFETCHED, Value, perform};
use proptest::prelude::*;

pub use edits::at;
use edits::{Edit, edited, respelled};
pub use rules::rules;
use values::GENERATED;

/// How many fields the edits of one record are about.
const FIELDS_IN_HAND: usize = 3;

/// Whether and how a side has the record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    Live,
    Deleted,
    Missing,
    OutOfScope,
    Pending,
}

/// The three versions of one record.
#[derive(Debug, Clone)]
pub struct World {
    pub base: Option<Object>,
    pub ours: Object,
    pub theirs: Object,
    pub shapes: (Shape, Shape),
    pub unfetched: (Vec<FieldPath>, Vec<FieldPath>),
    pub key: RecordKey,
}

impl World {
    pub fn input(&self) -> Input<'_> {
        let presence = |shape, record| match shape {
            Shape::Live => Presence::Live(record),
            Shape::Deleted => Presence::Deleted,
            Shape::Missing => Presence::Missing,
            Shape::OutOfScope => Presence::OutOfScope,
            Shape::Pending => Presence::Pending(record),
        };
        Input {
            base: self.base.as_ref(),
            ours: presence(self.shapes.0, &self.ours),
            theirs: presence(self.shapes.1, &self.theirs),
            unfetched_ours: &self.unfetched.0,
            unfetched_theirs: &self.unfetched.1,
            ..Input::new("thing", &self.key)
        }
    }

    /// A record that is in base and the same on both sides.
    pub fn settled(record: Object) -> World {
        World {
            base: Some(record.clone()),
            ours: record.clone(),
            theirs: record,
            shapes: (Shape::Live, Shape::Live),
            unfetched: (Vec::new(), Vec::new()),
            key: RecordKey::from(7),
        }
    }

    /// The same world with the sides swapped.
    pub fn mirror(&self) -> World {
        World {
            base: self.base.clone(),
            ours: self.theirs.clone(),
            theirs: self.ours.clone(),
            shapes: (self.shapes.1, self.shapes.0),
            unfetched: (self.unfetched.1.clone(), self.unfetched.0.clone()),
            key: self.key.clone(),
        }
    }

    /// The same world with both sides live and everything fetched.
    pub fn live(&self) -> World {
        World { shapes: (Shape::Live, Shape::Live), unfetched: (Vec::new(), Vec::new()), ..self.clone() }
    }
}

fn edits(least: usize, most: usize) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((0..FIELDS_IN_HAND, 0..10_u8, 0..600_usize), least..=most)
}

/// A field; those whose values have rules of their own are drawn more often, lists most.
fn field() -> impl Strategy<Value = usize> {
    let named = |name: &str| GENERATED.iter().position(|field| field.path.to_string() == name).unwrap_or(0);
    prop_oneof![
        4 => 0..GENERATED.len(),
        2 => Just(named("l")),
        2 => Just(named("k")),
        1 => Just(named("t")),
        1 => Just(named("c")),
        1 => Just(named("n"))
    ]
}

/// A base perturbed twice; sometimes without base, sometimes the same edits on both sides, sometimes only respelled. All
/// happens in a few fields, so that the sides often meet in one.
pub fn world() -> impl Strategy<Value = World> {
    let shape = prop_oneof![
        30 => Just(Shape::Live), 2 => Just(Shape::Deleted), 1 => Just(Shape::Missing), 1 => Just(Shape::OutOfScope),
        1 => Just(Shape::Pending)
    ];
    let fields = [(); FIELDS_IN_HAND].map(|()| field());
    let unfetched = || prop_oneof![10 => Just(0..0), 1 => Just(0..1), 1 => Just(1..3)];
    let first = [(); FIELDS_IN_HAND].map(|()| 0..600_usize);
    let side = || prop_oneof![1 => edits(0, 0), 5 => edits(1, 5)];
    let sides = (side(), side(), edits(0, 1), 0..6u8, 0..6u8);
    (fields, (first, edits(0, 3)), sides, (shape.clone(), shape), (unfetched(), unfetched())).prop_map(
        |(fields, (first, base), (ours, theirs, shared, respell, no_base), shapes, unfetched)| {
            let edited = |record: &Object, edits: &[Edit]| edited(record, &fields, edits);
            let first: Vec<Edit> = (0..).zip(first).map(|(at, with)| (at, 7, with)).collect();
            let base = edited(&edited(&Object::new(), &first), &base);
            let common = edited(&base, &shared);
            let (mut ours, mut theirs) = (edited(&common, &ours), edited(&common, &theirs));
            match respell {
                0 => ours = respelled(&ours),
                1 => theirs = respelled(&ours),
                2 => theirs = respelled(&theirs),
                _ => {}
            }
            let mut base = (no_base > 0).then_some(base);
            if let (Some(base), 1, 3..) = (&mut base, no_base, respell) {
                let unknown = &GENERATED[fields[0]].path;
                *base = hidden(std::mem::take(base), std::slice::from_ref(unknown));
                base.insert(UNFETCHED, Value::List(vec![unknown.to_string().into()]));
            }
            let paths = |hidden: Range<usize>| -> Vec<FieldPath> {
                fields[hidden].iter().map(|field| GENERATED[*field].path.clone()).collect()
            };
            let unfetched = (paths(unfetched.0), paths(unfetched.1));
            let (ours, theirs) = (hidden(ours, &unfetched.0), hidden(theirs, &unfetched.1));
            World { base, ours, theirs, shapes, unfetched, key: RecordKey::from(7) }
        },
    )
}

/// The record as a side sends it that did not fetch these paths.
fn hidden(record: Object, paths: &[FieldPath]) -> Object {
    let mut record = Some(record);
    paths.iter().for_each(|path| perform(&mut record, Action::Set, path, None));
    record.unwrap_or_default()
}

/// The record without ignored paths, hashed by what it says.
pub fn meaning(record: Option<&Object>) -> Option<merge::ContentHash> {
    let mut record = record?.clone();
    record.remove(UNFETCHED);
    record.remove("e");
    if let Some(Value::List(items)) = record.get("k").cloned() {
        let stripped = items.into_iter().map(|item| match item {
            Value::Object(mut item) => {
                item.remove("e");
                Value::Object(item)
            }
            other => other,
        });
        record.insert("k", Value::List(stripped.collect()));
    }
    Some(record.hash())
}
