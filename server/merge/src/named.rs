//! One macro for the small enums that people, files and databases know by name.

/// Declares an enum whose variants have fixed names, with `as_str`, `ALL`, `Display`, `FromStr` and serde by name.
macro_rules! named {
    ($(#[$meta:meta])* pub enum $name:ident: $what:literal { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant),+
        }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name used in files, databases and messages; it reads back as what it names.
            ///
            /// ```
            /// # use merge::{listing::*, *};
            #[doc = concat!("for one in ", stringify!($name), "::ALL {")]
            ///     assert_eq!(one.as_str().parse(), Ok(*one));
            /// }
            /// ```
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok($name::$variant),)+
                    _ => Err($crate::UnknownName::new($what, text, &[$($text),+])),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use named;

/// A text that is not one of the names expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a {what}; expected one of {expected}")]
pub struct UnknownName {
    what: &'static str,
    found: String,
    expected: String,
}

impl UnknownName {
    pub(crate) fn new(what: &'static str, found: &str, names: &[&str]) -> UnknownName {
        UnknownName { what, found: found.to_owned(), expected: names.join(", ") }
    }
}
