//! One unit of comparison, and what became of it.

use crate::conflict::Reason;
use crate::decision::Rule;
use crate::path::{FieldPath, Step};
use crate::policy::{Level, Mode, Resolver};
use crate::side::Side;
use crate::value::Value;

/// A path with its three values and the answer found for it.
#[derive(Debug)]
pub(crate) struct Cell<'a> {
    /// Index of the path among the walk's nodes.
    pub(super) node: usize,
    pub(crate) unit: Unit,
    pub(crate) base: Option<&'a Value>,
    pub(crate) ours: Option<&'a Value>,
    pub(crate) theirs: Option<&'a Value>,
    /// Whether base knows the path; without it F11 and F12 hold.
    pub(crate) has_base: bool,
    /// Whether ours did not send the path (V3); `ours` holds base's value then.
    pub(crate) ours_unfetched: bool,
    /// Whether theirs did not send the path.
    pub(crate) theirs_unfetched: bool,
    pub(crate) same: Same,
    pub(crate) mode: Mode,
    pub(crate) level: Level,
    pub(crate) pick: Pick,
    pub(crate) rule: Rule,
    /// The resolver that settled it (C11).
    pub(crate) resolver: Option<Resolver>,
    pub(crate) effect: Effect,
}

/// How a cell is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// By itself.
    Single,
    /// With the other members of the group of this number (F10).
    Group(usize),
    /// With all other fields of the strict record (R13).
    Strict,
    /// Not at all: an ignored path (P9).
    Ignored,
    /// Not now: the sides differ on purpose (C10).
    Apart,
    /// An object on both sides whose members are cells of their own (O1).
    Opened,
}

/// Which of the three values have the same compare form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Same {
    pub(crate) ours_base: bool,
    pub(crate) theirs_base: bool,
    pub(crate) sides: bool,
}

/// Where the merged value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pick {
    Base,
    Ours,
    Theirs,
    New(Value),
}

impl Pick {
    pub(super) const fn of(side: Side) -> Pick {
        match side {
            Side::Ours => Pick::Ours,
            Side::Theirs => Pick::Theirs,
        }
    }
}

/// What the answer means for the outcome of the record (X11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// As in base.
    Unchanged,
    /// As in base although a side sent a blank, because blanks never clear it (F8).
    Kept,
    /// A side's change, or its value where the other had none.
    Taken(Side),
    /// The same change on both sides, or equal values without a base.
    Converged,
    /// Made of both sides' items.
    Combined,
    /// Settled or reverted by a mode or a person.
    Settled,
    /// An open question.
    Open(Reason),
    /// Open questions about items of a keyed list.
    OpenItems(Vec<OpenItem>),
}

/// One contested path, with what base and the sides have there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenItem {
    pub(crate) path: FieldPath,
    pub(crate) base: Option<Value>,
    pub(crate) ours: Option<Value>,
    pub(crate) theirs: Option<Value>,
    pub(crate) reason: Reason,
}

impl<'a> Cell<'a> {
    pub(crate) const fn of(&self, side: Side) -> Option<&'a Value> {
        match side {
            Side::Ours => self.ours,
            Side::Theirs => self.theirs,
        }
    }

    /// The value the side has sent: none where it has sent nothing.
    pub(crate) const fn sent(&self, side: Side) -> Option<&'a Value> {
        if self.is_unfetched(side) { None } else { self.of(side) }
    }

    pub(crate) const fn is_unfetched(&self, side: Side) -> bool {
        match side {
            Side::Ours => self.ours_unfetched,
            Side::Theirs => self.theirs_unfetched,
        }
    }

    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.effect, Effect::Open(_) | Effect::OpenItems(_))
    }

    /// The merged value; an open cell shows ours'.
    pub(crate) const fn value(&self) -> Option<&Value> {
        match &self.pick {
            Pick::Base => self.base,
            Pick::Ours => self.ours,
            Pick::Theirs => self.theirs,
            Pick::New(value) => Some(value),
        }
    }

    pub(super) const fn changed(&self, side: Side) -> bool {
        match side {
            Side::Ours => !self.same.ours_base,
            Side::Theirs => !self.same.theirs_base,
        }
    }

    pub(super) fn answer(&mut self, pick: Pick, rule: Rule, effect: Effect) {
        (self.pick, self.rule, self.effect) = (pick, rule, effect);
    }

    pub(super) fn open(&mut self, rule: Rule, reason: Reason) {
        self.answer(Pick::Ours, rule, Effect::Open(reason));
    }
}

/// The steps of a node, root first; items of lists have no cells of their own.
pub(super) fn steps_of<'a>(nodes: &[(usize, &'a str)], node: usize) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    let mut at = node;
    while at != usize::MAX {
        let (parent, name) = nodes[at];
        steps.push(Step::Name(name));
        at = parent;
    }
    steps.reverse();
    steps
}
