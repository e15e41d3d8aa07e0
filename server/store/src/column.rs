//! How our types are written into columns, the same on both engines: instants as integer microseconds, everything
//! with a name as text.

use std::error::Error;
use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use merge::{ConflictKind, ContentHash, Outcome, Side};
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Type};

/// Defines an enum that is stored as text, with `as_str`, `FromStr`, `Display`, serde and the column codec.
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every variant, in the order of the definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that stands for it in columns, JSON and documents.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::column::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err($crate::column::UnknownWord { what: stringify!($name), found: text.to_owned() }),
                }
            }
        }

        impl<DB: sqlx::Database> sqlx::Type<DB> for $name where str: sqlx::Type<DB> {
            fn type_info() -> DB::TypeInfo {
                <str as sqlx::Type<DB>>::type_info()
            }

            fn compatible(found: &DB::TypeInfo) -> bool {
                <str as sqlx::Type<DB>>::compatible(found)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name where &'static str: sqlx::Encode<'q, DB> {
            fn encode_by_ref(
                &self,
                buffer: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <&'static str as sqlx::Encode<'q, DB>>::encode(self.as_str(), buffer)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name where &'r str: sqlx::Decode<'r, DB> {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                Ok(<&'r str as sqlx::Decode<'r, DB>>::decode(value)?.parse::<$name>()?)
            }
        }
    };
}
pub(crate) use text_enum;

/// A word that is not one of those its type has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a {what}")]
pub struct UnknownWord {
    /// The type that was wanted.
    pub what: &'static str,
    /// The word that was found.
    pub found: String,
}

/// An instant as a column value: microseconds since 1970.
pub(crate) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// Like [`micros`] for an instant that may be missing.
pub(crate) fn maybe_micros(at: Option<DateTime<Utc>>) -> Option<i64> {
    at.map(micros)
}

/// Anything with a text form, for a column that may be null.
pub(crate) fn maybe_text<T: Display>(value: Option<&T>) -> Option<String> {
    value.map(ToString::to_string)
}

/// Reads a column of microseconds.
pub(crate) struct Time(DateTime<Utc>);

impl From<Time> for DateTime<Utc> {
    fn from(time: Time) -> Self {
        time.0
    }
}

/// Reads a nullable column of microseconds.
pub(crate) struct MaybeTime(Option<DateTime<Utc>>);

impl From<MaybeTime> for Option<DateTime<Utc>> {
    fn from(time: MaybeTime) -> Self {
        time.0
    }
}

/// Reads a text column into a type of another crate.
pub(crate) struct Text<T>(T);

/// Reads a nullable text column into a type of another crate.
pub(crate) struct MaybeText<T>(Option<T>);

impl<T> From<MaybeText<T>> for Option<T> {
    fn from(text: MaybeText<T>) -> Self {
        text.0
    }
}

macro_rules! from_text {
    ($($type:ty),*) => {
        $(impl From<Text<$type>> for $type {
            fn from(text: Text<$type>) -> Self {
                text.0
            }
        })*
    };
}
from_text!(Side, ContentHash, Outcome, ConflictKind);

macro_rules! column_type {
    ([$($generic:ident)?] $name:ty as $stored:ty) => {
        impl<DB: Database, $($generic)?> Type<DB> for $name where $stored: Type<DB> {
            fn type_info() -> DB::TypeInfo {
                <$stored as Type<DB>>::type_info()
            }

            fn compatible(found: &DB::TypeInfo) -> bool {
                <$stored as Type<DB>>::compatible(found)
            }
        }
    };
}
column_type!([] Time as i64);
column_type!([] MaybeTime as i64);
column_type!([T] Text<T> as str);
column_type!([T] MaybeText<T> as str);

impl<'r, DB: Database> Decode<'r, DB> for Time
where
    i64: Decode<'r, DB>,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let micros = i64::decode(value)?;
        let time = DateTime::from_timestamp_micros(micros).ok_or("the instant is out of range")?;
        Ok(Self(time))
    }
}

impl<'r, DB: Database> Decode<'r, DB> for MaybeTime
where
    i64: Decode<'r, DB>,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let time = Option::<Time>::decode(value)?;
        Ok(Self(time.map(|time| time.0)))
    }
}

impl<'r, DB: Database, T> Decode<'r, DB> for Text<T>
where
    &'r str: Decode<'r, DB>,
    T: FromStr,
    T::Err: Error + Send + Sync + 'static,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<&'r str as Decode<'r, DB>>::decode(value)?.parse()?))
    }
}

impl<'r, DB: Database, T> Decode<'r, DB> for MaybeText<T>
where
    &'r str: Decode<'r, DB>,
    T: FromStr,
    T::Err: Error + Send + Sync + 'static,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = Option::<Text<T>>::decode(value)?;
        Ok(Self(text.map(|text| text.0)))
    }
}
