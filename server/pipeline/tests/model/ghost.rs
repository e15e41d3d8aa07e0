//! The ghost knows what truly happened, and judges what the protocol does to the sides and to the base.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::nouns::{Agreed, FIELDS, Field, Key, Part, Record, Request, Side, Values};

/// The ways to do damage; named as in the reference model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Violation {
    /// An edit that the plan had not seen was overwritten (I1).
    LostUpdate,
    /// A record was deleted that a user had edited since the plan read it (I14).
    LostByDelete,
    /// A create made a second record with the same key.
    Duplicate,
    /// A record came back that its user had deleted.
    Resurrected,
    /// The base says a value that one of the sides never held (I2).
    BaseNeverHeld,
    /// A conflict although only one side's users had changed the field (I4).
    PhantomConflict,
    /// Faults were over, and yet the sides do not agree (I13).
    NotConverged,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LostUpdate => "lost_update",
            Self::LostByDelete => "lost_by_delete",
            Self::Duplicate => "duplicate",
            Self::Resurrected => "resurrected",
            Self::BaseNeverHeld => "base_never_held",
            Self::PhantomConflict => "phantom_conflict",
            Self::NotConverged => "not_converged",
        })
    }
}

/// Which sides' users changed what since the last agreement.
pub type Edits = BTreeMap<(Key, Part), BTreeSet<Side>>;

#[derive(Default)]
pub struct Ghost {
    edits: Edits,
    /// Every value that a side ever held.
    held: BTreeMap<(Side, Key, Field), BTreeSet<u32>>,
}

impl Ghost {
    pub fn saw(&mut self, side: Side, key: Key, values: Values) {
        for field in FIELDS {
            self.held.entry((side, key, field)).or_default().insert(values[field]);
        }
    }

    pub fn mark(&mut self, key: Key, part: Part, side: Side) {
        self.edits.entry((key, part)).or_default().insert(side);
    }

    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// Edits end where the sides agree again. `shown` answers what a side shows of a key.
    pub fn forget_agreed(&mut self, shown: impl Fn(Side, Key) -> Option<Values>) {
        self.edits.retain(|(key, part), _| {
            let (a, b) = (shown(Side::A, *key), shown(Side::B, *key));
            let agreed = match (part, a, b) {
                (Part::Field(field), Some(a), Some(b)) => a[*field] == b[*field],
                _ => a.is_some() == b.is_some() && (*part == Part::Existence || a.is_none()),
            };
            !agreed
        });
    }

    fn edited(&self, key: Key, part: Part, side: Side) -> bool {
        self.edits.get(&(key, part)).is_some_and(|sides| sides.contains(&side))
    }

    pub fn judge_create(&self, request: &Request, doubled: bool) -> Vec<Violation> {
        let (key, other) = (request.key, request.side.other());
        let mut found = Vec::new();
        if doubled {
            found.push(Violation::Duplicate);
        }
        let other_edited = FIELDS.iter().any(|field| self.edited(key, Part::Field(*field), other));
        let deleted_here_only =
            self.edited(key, Part::Existence, request.side) && !self.edited(key, Part::Existence, other);
        if deleted_here_only && !other_edited {
            found.push(Violation::Resurrected);
        }
        found
    }

    pub fn judge_update(request: &Request, seen: Values, wanted: Values, target: &Record) -> Vec<Violation> {
        let lost = |field: &Field| {
            request.carries[*field] && ![seen[*field], wanted[*field]].contains(&target.values[*field])
        };
        FIELDS.iter().filter(|field| lost(field)).map(|_| Violation::LostUpdate).collect()
    }

    pub fn judge_delete(seen: Option<Values>, target: &Record) -> Vec<Violation> {
        if seen == Some(target.values) { Vec::new() } else { vec![Violation::LostByDelete] }
    }

    pub fn judge_base(&self, key: Key, base: Agreed) -> Vec<Violation> {
        let held = |side, field: Field, value: u32| {
            self.held.get(&(side, key, field)).is_some_and(|values_held| values_held.contains(&value))
        };
        let unsound = |field: &Field| {
            base[*field].is_some_and(|value| !Side::BOTH.iter().all(|side| held(*side, *field, value)))
        };
        FIELDS.iter().filter(|field| unsound(field)).map(|_| Violation::BaseNeverHeld).collect()
    }
}

/// Whether users of both sides had changed what conflicts, at either of the two moments of reading.
pub fn both_sides_edited(key: Key, part: Part, at: [&Edits; 2]) -> bool {
    let mut sides: BTreeSet<Side> = BTreeSet::new();
    for edits in at {
        for part in [part, Part::Existence] {
            sides.extend(edits.get(&(key, part)).into_iter().flatten());
        }
    }
    sides.len() == 2
}
