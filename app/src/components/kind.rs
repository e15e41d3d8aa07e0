//! What happened to a record, in words (UX 3): kinds of conflict as addresses, people and the engine name them.

use crate::api::{ConflictLine, Systems};

/// A kind as addresses and people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindWords {
    /// In addresses.
    pub code: &'static str,
    /// The engine's words for it.
    pub engine: &'static [&'static str],
    /// The mark.
    pub mark: &'static str,
    /// For people.
    pub words: &'static str,
}

/// Every kind.
pub const KINDS: [KindWords; 8] = [
    KindWords { code: "both-changed", engine: &["field"], mark: "⇄", words: "Changed on both sides" },
    KindWords {
        code: "deleted-changed",
        engine: &["delete_update", "update_delete"],
        mark: "⌫",
        words: "Deleted on one side, changed on the other",
    },
    KindWords { code: "both-added", engine: &["both_added"], mark: "⊕", words: "Added on both sides" },
    KindWords {
        code: "duplicate",
        engine: &["duplicate", "ambiguous"],
        mark: "⚭",
        words: "Same value on two records",
    },
    KindWords {
        code: "missing-related",
        engine: &["dangling"],
        mark: "⛓",
        words: "Points at a record the other side does not have",
    },
    KindWords {
        code: "not-allowed",
        engine: &["not_allowed"],
        mark: "⊘",
        words: "Value the other side does not accept",
    },
    KindWords { code: "rejected", engine: &["rejected"], mark: "↩", words: "Refused by a system" },
    KindWords { code: "held", engine: &["held"], mark: "⏸", words: "Held by a safety limit" },
];

/// The words for an engine's kind.
#[must_use]
pub fn of(engine: &str) -> KindWords {
    let found = KINDS.into_iter().find(|kind| kind.engine.contains(&engine));
    found.unwrap_or(KindWords { code: "", engine: &[], mark: "▲", words: "A question" })
}

/// The engine's kinds for codes of an address; a code that is none of ours matches nothing.
#[must_use]
pub fn engine_words(codes: &[String]) -> Vec<String> {
    let of =
        |code: &String| KINDS.into_iter().find(|kind| kind.code == code).map_or(&[][..], |kind| kind.engine);
    codes.iter().flat_map(of).map(|word| (*word).to_owned()).collect()
}

/// What happened to the record of a conflict, with the systems' names.
#[must_use]
pub fn sentence(line: &ConflictLine, systems: &Systems) -> String {
    let Systems { ours, theirs } = systems;
    match line.kind.as_str() {
        "delete_update" => format!("Deleted in {ours}, changed in {theirs}"),
        "update_delete" => format!("Deleted in {theirs}, changed in {ours}"),
        kind => of(kind).words.to_owned(),
    }
}
