//! The part of an address after the question mark: every view of a list is in it (UX 5.2).

use std::fmt;

/// Names and values in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the query of an address; without one it is empty.
    #[must_use]
    pub fn of(address: &str) -> Self {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// Names and values, as they were given.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The value of this name, unless it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The values of this name: given several times, or as a list with commas.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(known, _)| known == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The same with this value for this name.
    #[must_use]
    pub fn with(&self, name: &str, value: impl fmt::Display) -> Self {
        let mut query = self.without(&[name]);
        query.0.push((name.to_owned(), value.to_string()));
        query
    }

    /// The same without these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }

    /// The names that are not among the `known` ones: filters of an old link (UX 5.2).
    #[must_use]
    pub fn unknown(&self, known: &[&str]) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !known.contains(name)).collect()
    }

    /// An address with this query.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        let text = self.to_string();
        if text.is_empty() { path.to_owned() } else { format!("{path}?{text}") }
    }
}

/// A text as one part of a path: everything that is not a letter, a digit or one of `-._~` is percent-encoded.
#[must_use]
pub fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.0.iter().filter(|(_, value)| !value.is_empty());
        formatter.write_str(&form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_lists_and_written_back_escaped() {
        let query = Query::of("/x?type=section,room&q=a%20%26%20b&type=course&empty=");
        assert_eq!(query.list("type"), ["section", "room", "course"]);
        assert_eq!(query.get("q"), Some("a & b"));
        assert_eq!(query.get("empty"), None);
        assert_eq!(query.with("q", "ä").without(&["type"]).at("/y"), "/y?q=%C3%A4");
        assert_eq!(query.unknown(&["type", "q"]), ["empty"]);
    }

    #[test]
    fn a_part_of_a_path_holds_any_text() {
        assert_eq!(segment("BIO 210/ä-1"), "BIO%20210%2F%C3%A4-1");
    }

    #[test]
    fn an_address_without_a_query_stays_as_it_is() {
        assert_eq!(Query::of("/x").at("/x"), "/x");
    }
}
