//! What happened to a record.

use crate::named::named;

named! {
    /// What happened to one record in one run; every record has exactly one (MS X11).
    pub enum Outcome: "outcome" {
        /// Neither side changed.
        Unchanged = "unchanged",
        /// Only ours contributed.
        TakenOurs = "taken_ours",
        /// Only theirs contributed.
        TakenTheirs = "taken_theirs",
        /// Both sides contributed, without a question.
        Merged = "merged",
        /// Both sides made the same change.
        Converged = "converged",
        /// New on both sides and equal: the two are one record now.
        Linked = "linked",
        /// New on ours, to be created on theirs.
        CreatedOurs = "created_ours",
        /// New on theirs, to be created on ours.
        CreatedTheirs = "created_theirs",
        /// Ours deleted it, theirs follows.
        DeletedOurs = "deleted_ours",
        /// Theirs deleted it, ours follows.
        DeletedTheirs = "deleted_theirs",
        /// Both deleted it.
        DeletedBoth = "deleted_both",
        /// An `always_*` mode puts a deleted record back.
        Restored = "restored",
        /// A mode or a person settled or reverted something.
        Resolved = "resolved",
        /// New on ours and stays there only.
        OursOnly = "ours_only",
        /// New on theirs and stays there only.
        TheirsOnly = "theirs_only",
        /// Not listed by a side, not yet taken as deleted.
        Missing = "missing",
        /// Outside the part of a side that is merged.
        OutOfScope = "out_of_scope",
        /// Waits for something else: an approval, a parent.
        Blocked = "blocked",
        /// A question is open.
        Conflict = "conflict",
    }
}

named! {
    /// What kind of question a conflict is, in the order in which one names the conflict if there are several (C9).
    pub enum ConflictKind: "kind of conflict" {
        /// Ours deleted what theirs changed.
        DeleteUpdate = "delete_update",
        /// Theirs deleted what ours changed.
        UpdateDelete = "update_delete",
        /// New on both sides and different.
        BothAdded = "both_added",
        /// Several records of one side share the key.
        Ambiguous = "ambiguous",
        /// Two records share what must be unique.
        Duplicate = "duplicate",
        /// A declared reference points to nothing.
        Dangling = "dangling",
        /// A side will not take the record.
        Rejected = "rejected",
        /// A write that the policy does not allow.
        NotAllowed = "not_allowed",
        /// Fields changed on both sides.
        Field = "field",
        /// Held for another reason.
        Held = "held",
    }
}

impl ConflictKind {
    /// The same question with the sides swapped (law L1).
    ///
    /// ```
    /// use merge::ConflictKind;
    /// assert_eq!(ConflictKind::DeleteUpdate.mirror(), ConflictKind::UpdateDelete);
    /// assert_eq!(ConflictKind::Field.mirror(), ConflictKind::Field);
    /// ```
    #[must_use]
    pub const fn mirror(self) -> ConflictKind {
        match self {
            ConflictKind::DeleteUpdate => ConflictKind::UpdateDelete,
            ConflictKind::UpdateDelete => ConflictKind::DeleteUpdate,
            kind => kind,
        }
    }
}
