//! Hashes of content.

use std::fmt;
use std::str::FromStr;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

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
        let mut digits = [0; 32];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(self.0) {
            *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        f.pad(std::str::from_utf8(&digits).unwrap_or_default())
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
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digits: &[u8; 32] = text.as_bytes().try_into().map_err(|_| BadHash)?;
        let mut hash = [0; 16];
        for (byte, [high, low]) in hash.iter_mut().zip(digits.as_chunks().0) {
            *byte = (digit(*high).ok_or(BadHash)? << 4) | digit(*low).ok_or(BadHash)?;
        }
        Ok(ContentHash(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_back_from_its_text() {
        let hash = ContentHash::of(b"tiebreak");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(ContentHash([0x0f; 16]).to_string(), "0f".repeat(16));
        assert_eq!("AB".repeat(16).parse(), Ok(ContentHash([0xab; 16])));
        for bad in [
            "xyz".to_owned(),
            "0".repeat(31),
            "0".repeat(33),
            "g0".repeat(16),
            "0g".repeat(16),
            "é".repeat(16),
        ] {
            assert_eq!(bad.parse::<ContentHash>(), Err(BadHash), "{bad}");
        }
    }
}
