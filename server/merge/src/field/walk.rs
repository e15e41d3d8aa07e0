//! Cutting three versions of a record into cells (MS O1 to O5).

use super::cell::{Cell, Effect, OpenItem, Pick, Same, Unit, steps_of};
use crate::decision::Rule;
use crate::normalize::Comparing;
use crate::path::{FieldPath, Segment, Step};
use crate::policy::{Level, RecordPolicy};
use crate::side::Side;
use crate::value::{Object, Value};

/// Objects below this level are one value (O5).
const MAX_OBJECT_DEPTH: usize = 32;
/// Objects whose JSON is longer than this are one value (O5).
const MAX_OBJECT_BYTES: usize = 1 << 20;

/// The three versions of a record that exists on both sides.
#[derive(Debug)]
pub(crate) struct Versions<'a> {
    pub(crate) base: Option<&'a Object>,
    pub(crate) ours: &'a Object,
    pub(crate) theirs: &'a Object,
    /// Paths that base does not know although the record is in base.
    pub(crate) unknown: &'a [FieldPath],
    pub(crate) unfetched_ours: &'a [FieldPath],
    pub(crate) unfetched_theirs: &'a [FieldPath],
    /// Paths at which the sides differ on purpose (C10).
    pub(crate) apart: &'a [FieldPath],
}

/// The cells of a record in the order of their members: base's, then new ones of ours, then of theirs (X8).
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    pub(crate) list: Vec<Cell<'a>>,
    pub(super) nodes: Vec<(usize, &'a str)>,
    root: Root<'a>,
}

/// Where the objects stand that are cut into cells: the record itself, or an item of a keyed list in it.
#[derive(Debug, Default)]
pub(crate) struct Root<'a> {
    pub(super) steps: Vec<Step<'a>>,
    pub(super) path: FieldPath,
}

impl<'a> Cells<'a> {
    /// The path of a cell.
    pub(crate) fn path(&self, at: usize) -> FieldPath {
        let below = FieldPath::from_steps(&steps_of(&self.nodes, self.list[at].node));
        if self.root.path.is_root() { below } else { self.root.path.join(&below) }
    }

    pub(crate) fn steps(&self, at: usize) -> Vec<Step<'a>> {
        let mut steps = self.root.steps.clone();
        steps.append(&mut steps_of(&self.nodes, self.list[at].node));
        steps
    }

    /// The open questions of a cell: the cell itself, or items of its list.
    pub(crate) fn open_items(&self, at: usize) -> Vec<OpenItem> {
        let cell = &self.list[at];
        match &cell.effect {
            Effect::OpenItems(items) => items.clone(),
            Effect::Open(reason) => vec![OpenItem {
                path: self.path(at),
                base: cell.base.cloned(),
                ours: cell.sent(Side::Ours).cloned(),
                theirs: cell.sent(Side::Theirs).cloned(),
                reason: reason.clone(),
            }],
            _ => Vec::new(),
        }
    }

    /// The merged object: every cell's value at its place, in the order of the cells.
    pub(crate) fn merged(&self, value: impl Fn(&Cell<'a>) -> Option<Value> + Copy) -> Object {
        let record = Object::with_capacity(self.list.len());
        self.filled(record, &mut 0, usize::MAX, value)
    }

    /// The object with the values of the cells below `parent`, the first of which is the one at `at`.
    fn filled(
        &self,
        mut object: Object,
        at: &mut usize,
        parent: usize,
        value: impl Fn(&Cell<'a>) -> Option<Value> + Copy,
    ) -> Object {
        while let Some(cell) = self.list.get(*at) {
            let (above, name) = self.nodes[cell.node];
            if above != parent {
                break;
            }
            *at += 1;
            if cell.unit == Unit::Opened {
                let inner = self.filled(Object::new(), at, cell.node, value);
                object.push(name.to_owned(), Value::Object(inner));
            } else if let Some(value) = value(cell) {
                object.push(name.to_owned(), value);
            }
        }
        object
    }

    /// The cells below an opened one.
    pub(crate) fn below(&self, at: usize) -> &[Cell<'a>] {
        let node = self.list[at].node;
        let is_below = |cell: &&Cell<'a>| {
            let mut above = self.nodes[cell.node].0;
            while above != usize::MAX && above > node {
                above = self.nodes[above].0;
            }
            above == node
        };
        let count = self.list[at + 1..].iter().take_while(is_below).count();
        &self.list[at + 1..=at + count]
    }
}

/// The cells of a record.
pub(crate) fn cells<'a>(policy: &RecordPolicy<'_>, versions: &Versions<'a>) -> Cells<'a> {
    cells_at(policy, versions, Root::default())
}

/// The cells of the objects that stand at `root`.
pub(super) fn cells_at<'a>(policy: &RecordPolicy<'_>, versions: &Versions<'a>, root: Root<'a>) -> Cells<'a> {
    let objects = [versions.base, Some(versions.ours), Some(versions.theirs)];
    let large = objects.into_iter().flatten().any(|object| {
        let mut left = MAX_OBJECT_BYTES;
        object_exceeds(object, &mut left)
    });
    let members = versions.ours.len().max(versions.theirs.len());
    let mut walk = Walk {
        policy,
        comparing: Comparing::new(policy.policy),
        versions,
        large,
        loose: policy.policy.compares_loosely(),
        steps: root.steps.clone(),
        cells: Cells { list: Vec::with_capacity(members), nodes: Vec::with_capacity(members), root },
    };
    let three = Three { base: versions.base, ours: versions.ours, theirs: versions.theirs };
    walk.members(usize::MAX, &three, versions.base.is_some());
    walk.cells
}

struct Walk<'w, 'p, 'a> {
    policy: &'w RecordPolicy<'p>,
    comparing: Comparing<'p>,
    versions: &'w Versions<'a>,
    /// Whether a version is so large that parts of it may be too large to be opened.
    large: bool,
    /// Whether two values may differ that are both the same as a third.
    loose: bool,
    steps: Vec<Step<'a>>,
    cells: Cells<'a>,
}

struct Three<'a> {
    base: Option<&'a Object>,
    ours: &'a Object,
    theirs: &'a Object,
}

struct Place<'a> {
    node: usize,
    base: Option<&'a Value>,
    ours: Option<&'a Value>,
    theirs: Option<&'a Value>,
    has_base: bool,
}

impl<'a> Walk<'_, '_, 'a> {
    fn members(&mut self, parent: usize, three: &Three<'a>, has_base: bool) {
        let base_members = three.base.map(Object::iter).into_iter().flatten();
        for (at, (name, base)) in base_members.enumerate() {
            let (ours, theirs) = (three.ours.get_near(at, name), three.theirs.get_near(at, name));
            self.member(parent, name, [Some(base), ours, theirs], has_base);
        }
        let in_base =
            |at: usize, name: &str| three.base.is_some_and(|base| base.get_near(at, name).is_some());
        for (at, (name, ours)) in three.ours.iter().enumerate() {
            if !in_base(at, name) {
                self.member(parent, name, [None, Some(ours), three.theirs.get_near(at, name)], has_base);
            }
        }
        for (at, (name, theirs)) in three.theirs.iter().enumerate() {
            if !in_base(at, name) && three.ours.get_near(at, name).is_none() {
                self.member(parent, name, [None, None, Some(theirs)], has_base);
            }
        }
    }

    fn member(&mut self, parent: usize, name: &'a str, values: [Option<&'a Value>; 3], has_base: bool) {
        let node = self.cells.nodes.len();
        self.cells.nodes.push((parent, name));
        self.steps.push(Step::Name(name));
        let has_base = has_base && !covered(self.versions.unknown, &self.steps);
        let [base, ours, theirs] = values;
        self.place(&Place { node, base: base.filter(|_| has_base), ours, theirs, has_base });
        self.steps.pop();
    }

    fn place(&mut self, place: &Place<'a>) {
        if self.policy.policy.ignores_steps(&self.steps) {
            return self.leaf(place, Unit::Ignored);
        }
        if covered(self.versions.apart, &self.steps) {
            return self.leaf(place, Unit::Apart);
        }
        let unit = self.unit();
        match (place.ours, place.theirs) {
            (Some(Value::Object(ours)), Some(Value::Object(theirs)))
                if !matches!(unit, Unit::Group(_)) && self.may_open(place) =>
            {
                let at = self.cells.list.len();
                self.leaf(place, Unit::Opened);
                let base = place.base.and_then(Value::as_object);
                self.members(place.node, &Three { base, ours, theirs }, place.has_base);
                self.close(at);
            }
            _ => self.leaf(place, unit),
        }
    }

    /// O1: a blank base is an empty object; O5: objects too deep or too large stay whole.
    fn may_open(&self, place: &Place<'a>) -> bool {
        let base_fits = match place.base {
            Some(Value::Object(_)) => true,
            base => self.comparing.is_blank(&self.steps, base),
        };
        let too_large = |value| {
            let mut left = MAX_OBJECT_BYTES;
            exceeds(value, &mut left)
        };
        base_fits
            && self.steps.len() <= MAX_OBJECT_DEPTH
            && !(self.large && [place.base, place.ours, place.theirs].into_iter().flatten().any(too_large))
    }

    /// An object both sides added, in which nothing is left, is a value of its own: `{}`.
    fn close(&mut self, at: usize) {
        let has_value =
            self.cells.list[at + 1..].iter().any(|cell| cell.ours.is_some() || cell.theirs.is_some());
        let cell = &mut self.cells.list[at];
        if !has_value && !matches!(cell.base, Some(Value::Object(_))) {
            cell.answer(Pick::Ours, Rule::O3, Effect::Converged);
        }
    }

    /// With whom the cell at the current path is settled. An `always_*` exception stands alone (P10).
    fn unit(&self) -> Unit {
        let policy = self.policy.policy;
        if policy.groups().is_empty() && !policy.strict {
            return Unit::Single;
        }
        let group =
            policy.groups().iter().position(|group| group.paths.iter().any(|path| is_at(path, &self.steps)));
        let unit = match group {
            Some(group) if !policy.strict => Unit::Group(group),
            _ if policy.strict => Unit::Strict,
            _ => Unit::Single,
        };
        let (mode, level) = self.policy.mode_at(&self.steps);
        let stands_alone = mode.always().is_some() && matches!(level, Level::Field | Level::Rule);
        if stands_alone { Unit::Single } else { unit }
    }

    fn leaf(&mut self, place: &Place<'a>, unit: Unit) {
        let &Place { node, base, ours, theirs, has_base } = place;
        let same = match unit {
            Unit::Ignored | Unit::Apart | Unit::Opened => {
                Same { ours_base: true, theirs_base: true, sides: true }
            }
            _ => self.same(base, ours, theirs),
        };
        let (mode, level) = self.policy.mode_at(&self.steps);
        self.cells.list.push(Cell {
            node,
            unit,
            base,
            ours,
            theirs,
            has_base,
            ours_unfetched: covered(self.versions.unfetched_ours, &self.steps),
            theirs_unfetched: covered(self.versions.unfetched_theirs, &self.steps),
            same,
            mode,
            level,
            pick: Pick::Base,
            rule: Rule::F1,
            resolver: None,
            effect: Effect::Unchanged,
        });
    }

    /// Sameness is transitive, so that two comparisons mostly answer all three; not so that of instants, where a coarse one
    /// is the same as two finer ones that differ (N4), nor that with a tolerance, which is for base alone (N7).
    fn same(&mut self, base: Option<&'a Value>, ours: Option<&'a Value>, theirs: Option<&'a Value>) -> Same {
        let with_base = self.comparing.against_base();
        let ours_base = with_base.same(&mut self.steps, ours, base);
        let theirs_base = with_base.same(&mut self.steps, theirs, base);
        let sides = match (ours_base, theirs_base) {
            (true, true) if !self.loose => true,
            (true, false) | (false, true) if !self.loose => false,
            _ => self.comparing.same(&mut self.steps, ours, theirs),
        };
        Same { ours_base, theirs_base, sides }
    }
}

fn is_at(path: &FieldPath, steps: &[Step<'_>]) -> bool {
    path.segments().len() == steps.len() && covers(path, steps)
}

/// Whether one of the paths is the current one or above it. An item of a list stands for its whole list.
pub(crate) fn covered(paths: &[FieldPath], steps: &[Step<'_>]) -> bool {
    paths.iter().any(|path| covers(path, steps))
}

fn covers(path: &FieldPath, steps: &[Step<'_>]) -> bool {
    let names = path.segments().iter().map_while(|segment| match segment {
        Segment::Name(name) => Some(name.as_str()),
        Segment::Item(_) => None,
    });
    let mut steps = steps.iter();
    for name in names {
        match steps.next() {
            Some(Step::Name(there)) if *there == name => {}
            _ => return false,
        }
    }
    true
}

fn object_exceeds(object: &Object, left: &mut usize) -> bool {
    object.iter().any(|(name, value)| take(left, name.len() + 4) || exceeds(value, left)) || take(left, 2)
}

/// Whether the JSON of the value is longer than `left` bytes.
fn exceeds(value: &Value, left: &mut usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) => take(left, 4),
        Value::Number(number) => take(left, number.as_str().len()),
        Value::Text(text) => take(left, text.len() + 2),
        Value::List(items) => take(left, 2) || items.iter().any(|item| take(left, 1) || exceeds(item, left)),
        Value::Object(object) => object_exceeds(object, left),
    }
}

fn take(left: &mut usize, bytes: usize) -> bool {
    match left.checked_sub(bytes) {
        Some(rest) => {
            *left = rest;
            false
        }
        None => true,
    }
}
