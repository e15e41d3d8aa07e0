//! Hashes of content.

use std::fmt;
use std::str::FromStr;

/// A 128-bit hash of what a record or a plan says; two equal hashes stand for equal content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 16]);

impl ContentHash {
    /// Hashes raw bytes.
    ///
    /// ```
    /// use merge::ContentHash;
    /// assert_eq!(ContentHash::of(b"B12"), ContentHash::of(b"B12"));
    /// assert_ne!(ContentHash::of(b"B12"), ContentHash::of(b"b12"));
    /// assert_eq!(ContentHash::of(b"B12").to_string().len(), 32);
    /// ```
    pub fn of(bytes: &[u8]) -> ContentHash {
        ContentHash::first_half(&blake3::hash(bytes))
    }

    pub(crate) fn from_hasher(hasher: &blake3::Hasher) -> ContentHash {
        ContentHash::first_half(&hasher.finalize())
    }

    fn first_half(whole: &blake3::Hash) -> ContentHash {
        let mut hash = [0; 16];
        hash.copy_from_slice(&whole.as_bytes()[..16]);
        ContentHash(hash)
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a content hash is 32 hexadecimal digits")]
pub struct BadHash;

impl FromStr for ContentHash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<ContentHash, BadHash> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadHash);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| BadHash)?;
        Ok(ContentHash(number.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_back_from_its_text() {
        let hash = ContentHash::of(b"tiebreak");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!("xyz".parse::<ContentHash>(), Err(BadHash));
    }
}
