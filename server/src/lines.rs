//! Where something stands in a TOML document.

use toml::de::{DeTable, DeValue};

/// The line, counted from 1, of a byte of a text.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The line of a member named by a dotted path (`systems.theirs.types.room.list`), or of the last table on the way to it
/// that is there. Numbers, counted from 1, pick elements of lists.
pub(crate) fn line_of(document: &str, path: &str) -> Option<usize> {
    let root = DeTable::parse(document).ok()?;
    let mut found = None;
    let mut rest = path;
    let mut table = root.get_ref();
    while !rest.is_empty() {
        let (name, after) = longest_member(table, rest)?;
        let (key, value) = table.get_key_value(name)?;
        found = Some(key.span().start);
        rest = after;
        let mut value = value.get_ref();
        while let DeValue::Array(list) = value {
            let (index, after) = rest.split_once('.').unwrap_or((rest, ""));
            let Some(element) = index.parse::<usize>().ok().and_then(|at| list.get(at.wrapping_sub(1)))
            else {
                break;
            };
            found = Some(element.span().start);
            rest = after;
            value = element.get_ref();
        }
        match value {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
        if longest_member(table, rest).is_none() {
            break;
        }
    }
    found.map(|offset| line_at(document, offset))
}

/// The member that the path begins with. Names may hold dots themselves, so the longest one that is there counts.
fn longest_member<'p>(table: &DeTable<'_>, path: &'p str) -> Option<(&'p str, &'p str)> {
    let mut ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    ends.rfind(|end| table.get_key_value(&path[..*end]).is_some())
        .map(|end| (&path[..end], path[end..].trim_start_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "version = 1\n[systems.theirs]\nkind = \"rest\"\n[systems.theirs.types.room]\nlist = { path = \"/r\" }\n\
                            \n[[field]]\npath = \"a\"\n[[field]]\npath = \"b\"\n";

    #[test]
    fn a_member_is_found_by_its_path_and_a_missing_one_by_its_table() {
        assert_eq!(line_of(DOCUMENT, "version"), Some(1));
        assert_eq!(line_of(DOCUMENT, "systems.theirs.types.room.list.path"), Some(5));
        assert_eq!(line_of(DOCUMENT, "systems.theirs.types.room.list.limit"), Some(5));
        assert_eq!(line_of(DOCUMENT, "systems.theirs.base_url"), Some(2));
        assert_eq!(line_of(DOCUMENT, "field.2.path"), Some(10));
        assert_eq!(line_of(DOCUMENT, "nothing"), None);
    }
}
