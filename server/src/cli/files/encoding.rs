//! Files that are not UTF-8, and what can be said to those who made them (MS X2).

/// A byte order mark in UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Says of a file by its first bytes that it is in an encoding of two or four bytes a letter.
pub(super) fn foreign(begin: &[u8]) -> Option<&'static str> {
    match begin {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("the file is UTF-32; save it as UTF-8"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("the file is UTF-16; save it as UTF-8"),
        [a, 0, b, 0, ..] | [0, a, 0, b, ..] if *a != 0 && *b != 0 => {
            Some("every other byte is NUL as in UTF-16; save the file as UTF-8")
        }
        _ => None,
    }
}

/// What may be the cause where reading JSON stopped, if it does not meet the eye.
pub(super) fn explain(rest: &[u8]) -> Option<&'static str> {
    match rest {
        [0, ..] => Some("there is a NUL byte"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("there UTF-16 begins"),
        rest if rest.starts_with(BYTE_ORDER_MARK) => {
            Some("there is a byte order mark, which may only begin a file")
        }
        _ => None,
    }
}
