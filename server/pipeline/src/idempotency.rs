//! The key under which a counterpart knows a write again (RL R2, R3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use merge::Side;
use sha2::{Digest, Sha256};
use store::ids::{LinkId, SchoolId};
use store::plan_change::Operation;

/// Characters of the key that a create carries in the new record (RL R3).
const CORRELATION_CHARACTERS: usize = 22;

/// What one wanted change is made of; equal parts give equal keys, over resends, restarts and runs.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The school.
    pub school: SchoolId,
    /// The record.
    pub link: LinkId,
    /// The side that is to change.
    pub side: Side,
    /// Create, update or delete.
    pub operation: Operation,
    /// Hash of the wanted values; empty for a delete.
    pub post_hash: &'a str,
    /// Grows whenever the record's base moves, so that the same change wanted again later is another one.
    pub base_generation: i64,
    /// Definite refusals of this very change: a counterpart may replay a stored refusal for a known key.
    pub refusals: i64,
}

/// The idempotency key: base64url of SHA-256 over the parts (RL R2).
#[must_use]
pub fn key(wanted: &Wanted<'_>) -> String {
    let text = format!(
        "{}\n{}\n{}\n{}\n{}\n{}\n{}",
        wanted.school,
        wanted.link,
        wanted.side,
        wanted.operation,
        wanted.post_hash,
        wanted.base_generation,
        wanted.refusals
    );
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// The reference by which a created record is known again after a crash (RL R3).
#[must_use]
pub fn correlation(key: &str) -> &str {
    key.get(..CORRELATION_CHARACTERS).unwrap_or(key)
}
