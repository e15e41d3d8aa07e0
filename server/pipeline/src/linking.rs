//! Which record of ours an item of a side belongs to.
//!
//! By its remote id, if that is linked; else by its key. A key that two records of one side share belongs to neither: both
//! are kept out and reported, never "first wins" (MS K3).

use std::collections::{HashMap, HashSet};

use merge::Side;
use store::Conn;
use store::ids::{LinkId, SchoolId};
use store::link::{Link, NewLink};

use crate::error::Result;
use crate::listed::Listed;

/// The links that a batch may belong to.
#[derive(Debug, Default)]
pub(crate) struct KnownLinks {
    by_id: HashMap<String, Link>,
    by_key: HashMap<String, Link>,
}

impl KnownLinks {
    /// Loads them in two look-ups. `items` are remote ids with their canonical keys.
    pub(crate) async fn load(
        conn: &mut Conn,
        school: SchoolId,
        merge_type: &str,
        side: Side,
        items: &[(String, String)],
    ) -> Result<Self> {
        let (ids, keys): (Vec<&str>, Vec<&str>) =
            items.iter().map(|(id, key)| (id.as_str(), key.as_str())).unzip();
        let by_id = store::link::find_by_remote_ids(conn, school, merge_type, side, &ids).await?;
        let by_key = store::link::find_by_keys(conn, school, merge_type, &keys).await?;
        Ok(Self {
            by_id: by_id
                .into_iter()
                .filter_map(|link| Some((link.remote_id(side)?.to_owned(), link)))
                .collect(),
            by_key: by_key.into_iter().map(|link| (link.key.clone(), link)).collect(),
        })
    }
}

/// Where an item belongs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// To this link.
    Link(LinkId),
    /// Nowhere: this other remote id of the same side has the same key.
    Rival(String),
}

/// Assigns links to the items of a batch and collects what must be stored for it.
pub(crate) struct Linking<'a> {
    side: Side,
    known: KnownLinks,
    listed: &'a Listed,
    assigned: HashMap<String, (LinkId, String)>,
    /// Links that did not exist.
    pub(crate) added: Vec<NewLink>,
    /// Links that get a (new) remote id on this side.
    pub(crate) moved: Vec<(LinkId, String)>,
    /// Remote ids of this side that share their key with another one.
    pub(crate) rivals: HashSet<String>,
}

impl<'a> Linking<'a> {
    pub(crate) fn new(side: Side, known: KnownLinks, listed: &'a Listed) -> Self {
        Self {
            side,
            known,
            listed,
            assigned: HashMap::new(),
            added: Vec::new(),
            moved: Vec::new(),
            rivals: HashSet::new(),
        }
    }

    /// The place of the item `remote_id` with this key; `make` gives the link when there is none yet.
    pub(crate) fn place(&mut self, remote_id: &str, key: &str, make: impl FnOnce() -> NewLink) -> Place {
        if let Some(link) = self.known.by_id.get(remote_id) {
            self.assigned.insert(link.key.clone(), (link.id, remote_id.to_owned()));
            return Place::Link(link.id);
        }
        if let Some((link, other)) = self.assigned.get(key).cloned() {
            if other == remote_id {
                return Place::Link(link);
            }
            self.rivals.extend([other.clone(), remote_id.to_owned()]);
            return Place::Rival(other);
        }
        if let Some(link) = self.known.by_key.get(key) {
            match link.remote_id(self.side) {
                Some(other) if self.listed.contains(other) => {
                    let other = other.to_owned();
                    self.rivals.extend([other.clone(), remote_id.to_owned()]);
                    return Place::Rival(other);
                }
                _ => {
                    let link = link.id;
                    self.assign(key, link, remote_id);
                    self.moved.push((link, remote_id.to_owned()));
                    return Place::Link(link);
                }
            }
        }
        let link = make();
        let id = link.id;
        self.assign(key, id, remote_id);
        self.added.push(link);
        Place::Link(id)
    }

    fn assign(&mut self, key: &str, link: LinkId, remote_id: &str) {
        self.assigned.insert(key.to_owned(), (link, remote_id.to_owned()));
    }
}
