//! How many records of each input hold each path (MS G6).

use super::row::Row;
use crate::path::FieldPath;
use crate::value::Object;

/// Paths beyond this number are not counted, so that records whose names are data do not fill the memory.
const MAX_PATHS: usize = 20_000;

/// The record itself.
pub(super) const ROOT: usize = 0;

/// How many records of base, ours and theirs hold each path, as a tree of member names.
#[derive(Debug, Clone)]
pub(super) struct Census {
    members: Vec<Member>,
    /// The members of the records that were counted last in all three inputs, and how many have just these: added up
    /// when another shape comes.
    shape: Vec<usize>,
    alike: u64,
    /// Objects looked at so far.
    objects: u64,
}

#[derive(Debug, Clone)]
struct Member {
    /// Nothing for the record itself and for the items of a list.
    name: Box<str>,
    /// The name as it usually stands in a text, with its quotes and colon; nothing if it has to be escaped there, or may be
    /// reserved.
    spelled: Box<[u8]>,
    below: Vec<usize>,
    counts: [u64; 3],
    /// The object in which it was seen last.
    seen_in: u64,
}

impl Member {
    fn new(name: &str) -> Member {
        let is_special = |char| matches!(char, '$' | '"' | '\\' | '\0'..='\u{1f}');
        let is_plain = !name.is_empty() && !name.contains(is_special);
        let spelled = if is_plain { format!("\"{name}\":").into_bytes() } else { Vec::new() };
        Member { name: name.into(), spelled: spelled.into(), below: Vec::new(), counts: [0; 3], seen_in: 0 }
    }
}

impl Default for Census {
    fn default() -> Census {
        Census { members: vec![Member::new("")], shape: Vec::new(), alike: 0, objects: 0 }
    }
}

/// One object that is gone through member by member.
#[derive(Clone, Copy)]
pub(super) struct Looking {
    parent: usize,
    object: u64,
    /// Where among the known names the next one is expected, as records of one shape have them.
    next: usize,
}

impl Census {
    /// Begins to go through an object at a member.
    pub(super) const fn look(&mut self, parent: usize) -> Looking {
        self.objects += 1;
        Looking { parent, object: self.objects, next: 0 }
    }

    /// The name that is expected next, as it usually stands in a text.
    pub(super) fn expected(&self, looking: &Looking) -> Option<(usize, &[u8])> {
        let member = *self.members[looking.parent].below.get(looking.next)?;
        let spelled = &*self.members[member].spelled;
        (!spelled.is_empty()).then_some((member, spelled))
    }

    /// Enters the member that was expected. `None` if the object has had it before.
    pub(super) fn enter_expected(&mut self, looking: &mut Looking, member: usize) -> Option<usize> {
        looking.next += 1;
        let seen_in = std::mem::replace(&mut self.members[member].seen_in, looking.object);
        (seen_in != looking.object).then_some(member)
    }

    /// The member of this name, which must be UTF-8. `None` if there is no room for one more name, or if the object has
    /// had a member of the name before.
    pub(super) fn enter(&mut self, looking: &mut Looking, name: &[u8]) -> Option<usize> {
        let below = &self.members[looking.parent].below;
        let is_it = |at: &usize| self.members[below[*at]].name.as_bytes() == name;
        let expected = (looking.next < below.len()).then_some(looking.next).filter(is_it);
        let known = expected.or_else(|| (0..below.len()).find(is_it));
        let at = known.unwrap_or(below.len());
        let member = match known {
            Some(at) => below[at],
            None => self.add(looking.parent, std::str::from_utf8(name).ok()?)?,
        };
        looking.next = at + 1;
        let seen_in = std::mem::replace(&mut self.members[member].seen_in, looking.object);
        (seen_in != looking.object).then_some(member)
    }

    /// The place of a list's items, which are told apart but not counted.
    pub(super) fn items(&mut self, list: usize) -> Option<usize> {
        match self.members[list].below.iter().find(|at| self.members[**at].name.is_empty()) {
            Some(at) => Some(*at),
            None => self.add(list, ""),
        }
    }

    fn add(&mut self, parent: usize, name: &str) -> Option<usize> {
        let at = self.members.len();
        if at > MAX_PATHS {
            return None;
        }
        self.members.push(Member::new(name));
        self.members[parent].below.push(at);
        Some(at)
    }

    /// Counts members that a record has in all three inputs.
    pub(super) fn count_all(&mut self, members: &[usize]) {
        if self.shape != members {
            self.add_up();
            self.shape.clear();
            self.shape.extend_from_slice(members);
        }
        self.alike += 1;
    }

    fn add_up(&mut self) {
        for at in &self.shape {
            self.members[*at].counts.iter_mut().for_each(|count| *count += self.alike);
        }
        self.alike = 0;
    }

    /// Counts the members of a record of one input.
    pub(super) fn count(&mut self, source: usize, row: &Row) {
        self.count_object(source, ROOT, &row.record);
    }

    fn count_object(&mut self, source: usize, parent: usize, object: &Object) {
        let mut looking = self.look(parent);
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            let Some(member) = self.enter(&mut looking, name.as_bytes()) else { continue };
            self.members[member].counts[source] += 1;
            if let Some(object) = value.as_object() {
                self.count_object(source, member, object);
            }
        }
    }

    /// Takes in what another census has counted.
    pub(super) fn append(&mut self, mut other: Census) {
        other.add_up();
        self.append_below(ROOT, &other, ROOT);
    }

    fn append_below(&mut self, parent: usize, other: &Census, there: usize) {
        let mut looking = self.look(parent);
        for at in &other.members[there].below {
            let Some(member) = self.enter(&mut looking, other.members[*at].name.as_bytes()) else { continue };
            for (count, more) in self.members[member].counts.iter_mut().zip(other.members[*at].counts) {
                *count += more;
            }
            self.append_below(member, other, *at);
        }
    }

    /// The paths that were counted, sorted, with their counts in base, ours and theirs.
    pub(super) fn paths(&self) -> Vec<(String, [u64; 3])> {
        let (mut paths, mut whole) = (Vec::new(), self.clone());
        whole.add_up();
        whole.collect(ROOT, &FieldPath::root(), &mut paths);
        paths.sort_unstable();
        paths
    }

    fn collect(&self, parent: usize, above: &FieldPath, paths: &mut Vec<(String, [u64; 3])>) {
        for member in self.members[parent].below.iter().map(|at| (*at, &self.members[*at])) {
            let (at, Member { name, counts, .. }) = member;
            let path = above.child(&**name);
            if *counts != [0; 3] {
                paths.push((path.to_string(), *counts));
            }
            self.collect(at, &path, paths);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g06_names_beyond_the_limit_are_not_counted_however_many_come() {
        let mut census = Census::default();
        let mut enter = |name: usize| census.add(ROOT, &name.to_string());
        assert!((0..MAX_PATHS).all(|name| enter(name).is_some()));
        assert!((0..3).all(|more| enter(MAX_PATHS + more).is_none()));
    }

    #[test]
    fn names_are_expected_in_the_order_that_the_record_before_had() {
        let (mut census, names) = (Census::default(), ["id", "a\"b", "title"]);
        let mut looking = census.look(ROOT);
        let [id, escaped, title] =
            names.map(|name| census.enter(&mut looking, name.as_bytes()).expect("new"));
        let mut looking = census.look(ROOT);
        assert_eq!(census.expected(&looking), Some((id, &b"\"id\":"[..])));
        assert_eq!(census.enter_expected(&mut looking, id), Some(id));
        assert_eq!(census.expected(&looking), None, "a quote stands in a text in several ways");
        assert_eq!(census.enter(&mut looking, names[1].as_bytes()), Some(escaped));
        assert_eq!(census.expected(&looking), Some((title, &b"\"title\":"[..])));
        assert_eq!(census.enter_expected(&mut looking, title), Some(title));
        assert_eq!(census.enter_expected(&mut looking, title), None, "it had that one");
        assert_eq!(census.expected(&looking), None, "no more were known");
    }

    #[test]
    fn the_items_of_each_list_have_a_place_of_their_own() {
        let mut census = Census::default();
        let mut looking = census.look(ROOT);
        let lists = ["days", "rooms"].map(|name| census.enter(&mut looking, name.as_bytes()).expect("new"));
        let places = lists.map(|list| census.items(list).expect("new"));
        assert_eq!(places, lists.map(|list| census.items(list).expect("known")));
        assert!(
            places[0] != places[1] && !places.iter().any(|place| lists.contains(place) || *place == ROOT)
        );
    }
}
