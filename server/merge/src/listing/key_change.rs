//! A record that is gone and a new one that is almost the same: perhaps one record under another key (MS R14).

use super::group::{Answer, Group};
use super::row::State;
use crate::key::RecordKey;
use crate::normalize::Comparing;
use crate::path::Step;
use crate::policy::Policy;
use crate::side::Side;
use crate::value::Object;

/// No more records than this are looked at, so that memory does not grow with their number.
const MOST: usize = 500;
/// Two records with this share of equal fields may be one (RL G24).
const ALIKE_PERCENT: usize = 90;

/// A record that a side no longer has, and a new one there with at least 90 % equal fields (R14, RL G24): a possible key
/// change. For the merge they are a delete and a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// The side on which the key may have changed.
    pub side: Side,
    /// The key of the record that is gone.
    pub from: RecordKey,
    /// The key of the new one.
    pub to: RecordKey,
}

impl KeyChange {
    /// As `--summary json` prints it (X10).
    ///
    /// ```
    /// # use merge::{RecordKey, Side, listing::KeyChange};
    /// let change = KeyChange { side: Side::Ours, from: RecordKey::from(1001), to: RecordKey::from(2001) };
    /// let printed = change.to_object(&["crn".to_owned()]);
    /// assert_eq!(printed.to_json(), r#"{"side":"ours","from":{"crn":1001},"to":{"crn":2001}}"#);
    /// ```
    pub fn to_object(&self, key_fields: &[String]) -> Object {
        let mut object = Object::new();
        object.insert("side", self.side.as_str());
        object.insert("from", self.from.to_object(key_fields));
        object.insert("to", self.to.to_object(key_fields));
        object
    }
}

type Keyed = (RecordKey, Object);

/// The first records that are gone on one side only, and the first that are new on one side only.
#[derive(Debug, Clone, Default)]
pub(super) struct Moved {
    gone: [Vec<Keyed>; 2],
    new: [Vec<Keyed>; 2],
}

impl Moved {
    /// Takes in the rows of one key.
    pub(super) fn add(&mut self, group: &Group, answer: &Answer) {
        if answer.rows.is_some() {
            return;
        }
        let rows = [group.ours.first(), group.theirs.first()];
        for at in [0, 1] {
            let (here, there) = (rows[at], rows[1 - at]);
            let is_gone = here.is_none_or(|row| row.state == State::Deleted);
            let list = match (&group.base, here, there) {
                (Some(base), _, Some(there)) if is_gone && there.is_there() => {
                    Some((&mut self.gone[at], &base.record))
                }
                (None, Some(row), None) if row.is_there() => Some((&mut self.new[at], &row.record)),
                _ => None,
            };
            if let Some((list, record)) = list.filter(|(list, _)| list.len() < MOST) {
                list.push((group.key.clone(), record.clone()));
            }
        }
    }

    /// Takes in what was found among later keys.
    pub(super) fn append(&mut self, later: Moved) {
        let lists = self.gone.iter_mut().chain(&mut self.new);
        for (list, more) in lists.zip(later.gone.into_iter().chain(later.new)) {
            let room = MOST - list.len();
            list.extend(more.into_iter().take(room));
        }
    }

    /// Each record that is gone with the new one that is most like it, if one is.
    pub(super) fn pairs(&self, policy: &Policy, key_fields: &[String]) -> Vec<KeyChange> {
        let alike = Alike { policy, key_fields };
        let mut pairs = Vec::new();
        for (side, (gone, new)) in Side::ALL.iter().zip(self.gone.iter().zip(&self.new)) {
            let mut free: Vec<&Keyed> = new.iter().collect();
            for (from, old) in gone {
                let shares = free.iter().map(|(_, record)| alike.percent(old, record)).enumerate();
                let best =
                    shares.filter(|(_, share)| *share >= ALIKE_PERCENT).rev().max_by_key(|(_, share)| *share);
                if let Some((at, _)) = best {
                    let to = free.remove(at).0.clone();
                    pairs.push(KeyChange { side: *side, from: from.clone(), to });
                }
            }
        }
        pairs
    }
}

struct Alike<'p> {
    policy: &'p Policy,
    key_fields: &'p [String],
}

impl Alike<'_> {
    /// How many of a hundred fields are equal, of those outside the key that one of the two holds.
    fn percent(&self, a: &Object, b: &Object) -> usize {
        let comparing = Comparing::new(self.policy);
        let new = b.keys().filter(|name| !a.contains(name));
        let (mut equal, mut all) = (0, 0);
        for name in a.keys().chain(new).filter(|name| !self.key_fields.iter().any(|key| key == name)) {
            let (a, b, mut steps) = (a.get(name), b.get(name), vec![Step::Name(name)]);
            let is_blank = comparing.is_blank(&steps, a) && comparing.is_blank(&steps, b);
            if is_blank || comparing.ignores(&steps) {
                continue;
            }
            all += 1;
            equal += usize::from(comparing.same(&mut steps, a, b));
        }
        (equal * 100).checked_div(all).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::{Row, merge_group};

    /// New records of ours with these keys.
    fn new(keys: std::ops::Range<usize>) -> Moved {
        let mut moved = Moved::default();
        for key in keys {
            let row = Row::read(Object::new(), 1).expect("a row");
            let key = RecordKey::from(i64::try_from(key).expect("small"));
            let group = Group { key, base: None, ours: vec![row], theirs: Vec::new() };
            moved.add(&group, &merge_group(&Policy::default(), "section", &group));
        }
        moved
    }

    #[test]
    fn no_more_than_the_first_are_kept_however_many_come() {
        assert_eq!(new(0..MOST + 1).new[0].len(), MOST);
        let mut whole = new(0..2);
        whole.append(new(2..5));
        assert_eq!(whole.new[0].len(), 5);
        whole.append(new(5..MOST + 1));
        assert_eq!(whole.new[0], new(0..MOST).new[0]);
    }
}
