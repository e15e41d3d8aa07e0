//! Fields that say something about the record, or about another one.

use super::Policy;
use crate::path::FieldPath;
use crate::side::Side;

/// Where each side tells when a record was changed; what stands there is trusted (MS C11 `newest`).
///
/// ```
/// use merge::{Policy, Side};
/// let each = "resolvers = ['newest']\nchanged_at = { ours = 'updated_at', theirs = 'meta.modified' }";
/// let paths = Policy::from_toml(each).unwrap().changed_at.unwrap();
/// assert_eq!(paths.of(Side::Theirs).to_string(), "meta.modified");
/// assert!(Policy::from_toml("changed_at = 'updated_at'").is_ok(), "one field for both");
/// assert!(Policy::from_toml("resolvers = ['newest']").is_err(), "it would never know");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedAt {
    /// Its path in ours' record.
    pub ours: FieldPath,
    /// Its path in theirs' record.
    pub theirs: FieldPath,
}

impl ChangedAt {
    /// The path in the record of a side (C11).
    ///
    /// ```
    /// # use merge::{ChangedAt, FieldPath, Side};
    /// let paths = ChangedAt { ours: FieldPath::field("saved"), theirs: FieldPath::field("modified") };
    /// assert_eq!(paths.of(Side::Ours).to_string(), "saved");
    /// ```
    pub const fn of(&self, side: Side) -> &FieldPath {
        match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }
}

/// Fields that name another record (MS K4).
///
/// ```
/// use merge::Policy;
/// let policy = Policy::from_toml(r#"
///     [[reference]]
///     fields = "parent"
///     [[reference]]
///     fields = ["building", "room"]
///     type = "room"
///     to = ["house", "number"]
/// "#).unwrap();
/// assert!(policy.references[0].is_to("section"), "without a type it is the record's own");
/// assert!(policy.references[1].is_to("room") && !policy.references[1].is_to("section"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The fields that together name the record. A single one that holds a list names one with each item.
    pub fields: Vec<FieldPath>,
    /// The merge type of the record they name; none for the type of the record itself.
    pub merge_type: Option<String>,
    /// The fields of that record, in the same order, whose values they hold; empty for its key.
    pub to: Vec<FieldPath>,
}

impl Reference {
    /// Whether it leads to records of this type, if it stands in the policy of the type (K4).
    ///
    /// ```
    /// # use merge::{FieldPath, Reference};
    /// let parent = Reference { fields: vec![FieldPath::field("parent")], merge_type: None, to: Vec::new() };
    /// assert!(parent.is_to("section"));
    /// ```
    pub fn is_to(&self, merge_type: &str) -> bool {
        self.merge_type.as_deref().is_none_or(|there| there == merge_type)
    }
}

impl Policy {
    /// The other types that records of this one refer to, sorted: who merges this type alone cannot say whether what is
    /// named there exists (K4).
    ///
    /// ```
    /// # use merge::Policy;
    /// let policy = Policy::from_toml("[[reference]]\nfields = 'building'\ntype = 'building'").unwrap();
    /// assert_eq!(policy.types_referred_to("room"), ["building"]);
    /// assert!(policy.types_referred_to("building").is_empty());
    /// ```
    pub fn types_referred_to(&self, own_type: &str) -> Vec<&str> {
        let others = self.references.iter().filter(|reference| !reference.is_to(own_type));
        let mut types: Vec<&str> = others.filter_map(|reference| reference.merge_type.as_deref()).collect();
        types.sort_unstable();
        types.dedup();
        types
    }
}
