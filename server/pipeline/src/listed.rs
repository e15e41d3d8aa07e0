//! The ids that a listing named, kept small.

use std::collections::HashSet;

/// A set of remote ids by 128-bit hash: 16 bytes an id, so that a million of them stay in 40 MB of memory.
#[derive(Debug, Default)]
pub(crate) struct Listed(HashSet<[u8; 16]>);

impl Listed {
    pub(crate) fn add(&mut self, id: &str) {
        self.0.insert(hash(id));
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.0.contains(&hash(id))
    }
}

fn hash(id: &str) -> [u8; 16] {
    merge::ContentHash::of(id.as_bytes()).0
}
