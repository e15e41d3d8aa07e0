//! What a write refers to on the side that it goes to (MS K6, RL G7).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use connect::RemoteId;
use merge::{Object, RecordKey, Side};
use store::Conn;
use store::ids::SchoolId;

use crate::error::Result;
use crate::mapping::{RemoteBody, Unresolved, to_remote};
use crate::settings::TypeSettings;

/// A record that another one refers to: its type and canonical key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Target {
    pub(crate) merge_type: String,
    pub(crate) key: String,
}

impl Target {
    pub(crate) fn new(merge_type: &str, key: &str) -> Self {
        Self { merge_type: merge_type.to_owned(), key: key.to_owned() }
    }
}

/// The records whose remote ids the side needs to know before these fields can be sent to it.
pub(crate) fn targets_of(merge_type: &TypeSettings, side: Side, fields: &Object) -> BTreeSet<Target> {
    let found = RefCell::new(BTreeSet::new());
    let note = |target: &str, key: &RecordKey| {
        found.borrow_mut().insert(Target::new(target, &key.canonical()));
        Some(RemoteId::from(""))
    };
    // With every reference answered the mapping cannot fail; only the questions matter here.
    let _ = to_remote(merge_type, side, fields, &note);
    found.into_inner()
}

/// Remote ids of records on one side.
#[derive(Debug, Default)]
pub(crate) struct RemoteIds(HashMap<Target, RemoteId>);

impl RemoteIds {
    /// Looks all targets up, one query a type.
    pub(crate) async fn load(
        conn: &mut Conn,
        school: SchoolId,
        side: Side,
        targets: impl IntoIterator<Item = &Target>,
    ) -> Result<Self> {
        let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for target in targets {
            wanted.entry(&target.merge_type).or_default().push(&target.key);
        }
        let mut ids = HashMap::new();
        for (merge_type, keys) in wanted {
            for link in store::link::find_by_keys(conn, school, merge_type, &keys).await? {
                if let Some(id) = link.remote_id(side) {
                    ids.insert(Target::new(merge_type, &link.key), RemoteId::from(id));
                }
            }
        }
        Ok(Self(ids))
    }

    pub(crate) fn knows(&self, target: &Target) -> bool {
        self.0.contains_key(target)
    }

    /// The fields as the side is to be sent them.
    pub(crate) fn body(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        fields: &Object,
    ) -> Result<RemoteBody, Unresolved> {
        to_remote(merge_type, side, fields, &|target: &str, key: &RecordKey| {
            self.0.get(&Target::new(target, &key.canonical())).cloned()
        })
    }
}
