//! Durations, sizes, secrets and header names as the configuration writes them.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer};

/// A duration such as `500ms`, `5s`, `15m` or `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

/// A size such as `64KiB`, `20MiB` or `1GiB`, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

/// The name of a secret, written `{ secret = "name" }` (CN C26).
#[derive(Clone, PartialEq, Eq)]
pub struct SecretName(pub String);

impl fmt::Debug for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret {}", self.0)
    }
}

/// The name of an HTTP header, checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeaderName(pub reqwest::header::HeaderName);

impl Ord for HeaderName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.as_str().cmp(other.0.as_str())
    }
}

impl PartialOrd for HeaderName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

const SPAN_UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Span {
    /// Reads a duration.
    pub fn parse(text: &str) -> Result<Self, String> {
        read(text, &SPAN_UNITS).map(|ms| Self(Duration::from_millis(ms))).ok_or_else(|| {
            format!(
                "`{text}` is no duration: write a whole number with `ms`, `s`, `m`, `h` or `d`, such as `5s`"
            )
        })
    }
}

impl Size {
    /// Reads a size.
    pub fn parse(text: &str) -> Result<Self, String> {
        read(text, &SIZE_UNITS).map(Self).ok_or_else(|| {
            format!(
                "`{text}` is no size: write a whole number with `B`, `KiB`, `MiB` or `GiB`, such as `20MiB`"
            )
        })
    }
}

fn read(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (_, factor) = units.iter().find(|(unit, _)| *unit == &text[end..])?;
    text[..end].parse::<u64>().ok()?.checked_mul(*factor)
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for HeaderName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        reqwest::header::HeaderName::from_bytes(text.as_bytes())
            .map(Self)
            .map_err(|_| de::Error::custom(format!("`{text}` is no header name")))
    }
}

impl<'de> Deserialize<'de> for SecretName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table;
        impl<'de> de::Visitor<'de> for Table {
            type Value = SecretName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret's name, written { secret = \"name\" }")
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretName, E> {
                Err(E::custom("a secret is not written here: store it and write { secret = \"name\" }"))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<SecretName, A::Error> {
                let mut name = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "secret" {
                        return Err(de::Error::unknown_field(&key, &["secret"]));
                    }
                    name = Some(map.next_value::<String>()?);
                }
                name.map(SecretName).ok_or_else(|| de::Error::missing_field("secret"))
            }
        }
        deserializer.deserialize_any(Table)
    }
}
