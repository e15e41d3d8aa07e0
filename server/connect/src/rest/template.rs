//! Path and parameter templates (CN C23).

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use merge::{Object, Value};
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::pointer::Pointer;

/// A text with `{name}` or `{name|filter}` in it. What is put in is percent-encoded, so that no value can leave its
/// place in the path or the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(Name, Filter),
}

/// What can be put into a path or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// The record's id.
    Id,
    /// The id chosen for a new record.
    NewId,
    /// A member of the natural key.
    Key(String),
    /// The version seen.
    Version,
    /// The instant from which changes are asked for.
    Since,
    /// The cursor from which changes are asked for.
    Cursor,
    /// The number of the page.
    Page,
    /// The number of records before the page.
    Offset,
    /// The size of a page.
    Limit,
    /// A place in the last item of the page before.
    Last(Pointer),
    /// The partition being listed.
    Partition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    Plain,
    Json,
    SingleQuotes,
    Iso,
    IsoSeconds,
    Rfc1123,
    EpochSeconds,
    EpochMilliseconds,
}

/// The values that are there to be put in.
#[derive(Debug, Clone, Default)]
pub struct Values<'a> {
    /// The record's id.
    pub id: Option<&'a str>,
    /// The id chosen for a new record.
    pub new_id: Option<&'a str>,
    /// The natural key.
    pub key: Option<&'a Object>,
    /// The version seen, in the form in which it is sent.
    pub version: Option<&'a str>,
    /// The instant from which changes are asked for.
    pub since: Option<DateTime<Utc>>,
    /// The cursor from which changes are asked for.
    pub cursor: Option<&'a str>,
    /// The number of the page.
    pub page: Option<u64>,
    /// The number of records before the page.
    pub offset: Option<u64>,
    /// The size of a page.
    pub limit: Option<u64>,
    /// The last item of the page before.
    pub last: Option<&'a Value>,
    /// The partition being listed.
    pub partition: Option<&'a str>,
}

impl Template {
    /// Reads a template; unknown names and filters are refused with the allowed ones.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..]
                .find('}')
                .map(|at| open + at)
                .ok_or_else(|| format!("`{text}`: `{{` without `}}`"))?;
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            parts.push(read_slot(&rest[open + 1..close])?);
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The names it needs.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.parts.iter().filter_map(|part| match part {
            Part::Slot(name, _) => Some(name),
            Part::Text(_) => None,
        })
    }

    /// The text with all values put in and percent-encoded, or the first name that has no value.
    pub fn render(&self, values: &Values<'_>) -> Result<String, Name> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Slot(name, filter) => {
                    let value = lookup(name, *filter, values).ok_or_else(|| name.clone())?;
                    text.push_str(&encode(&value));
                }
            }
        }
        Ok(text)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Name {
    /// Reads a name as written between braces.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "id" => Self::Id,
            "new_id" => Self::NewId,
            "version" => Self::Version,
            "since" => Self::Since,
            "cursor" => Self::Cursor,
            "page" => Self::Page,
            "offset" => Self::Offset,
            "limit" => Self::Limit,
            "partition" => Self::Partition,
            _ => match (text.strip_prefix("key."), text.strip_prefix("last.")) {
                (Some(field), _) if !field.is_empty() => Self::Key(field.to_owned()),
                (_, Some(pointer)) => Self::Last(Pointer::parse(pointer)?),
                _ => {
                    return Err(format!(
                        "unknown name `{{{text}}}`, expected one of `id`, `new_id`, `key.<field>`, `version`, `since`, \
                         `cursor`, `page`, `offset`, `limit`, `last.<pointer>`, `partition`"
                    ));
                }
            },
        })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id => f.write_str("id"),
            Self::NewId => f.write_str("new_id"),
            Self::Key(field) => write!(f, "key.{field}"),
            Self::Version => f.write_str("version"),
            Self::Since => f.write_str("since"),
            Self::Cursor => f.write_str("cursor"),
            Self::Page => f.write_str("page"),
            Self::Offset => f.write_str("offset"),
            Self::Limit => f.write_str("limit"),
            Self::Last(pointer) => write!(f, "last.{pointer}"),
            Self::Partition => f.write_str("partition"),
        }
    }
}

fn read_slot(text: &str) -> Result<Part, String> {
    let (name, filter) = text.split_once('|').unwrap_or((text, ""));
    let filter = match filter {
        "" => Filter::Plain,
        "json" => Filter::Json,
        "sq" => Filter::SingleQuotes,
        "iso" => Filter::Iso,
        "iso_s" => Filter::IsoSeconds,
        "rfc1123" => Filter::Rfc1123,
        "epoch_s" => Filter::EpochSeconds,
        "epoch_ms" => Filter::EpochMilliseconds,
        other => {
            return Err(format!(
                "unknown filter `{other}`, expected one of `json`, `sq`, `iso`, `iso_s`, `rfc1123`, `epoch_s`, `epoch_ms`"
            ));
        }
    };
    let name = Name::parse(name)?;
    let of_time = !matches!(filter, Filter::Plain | Filter::Json | Filter::SingleQuotes);
    if of_time && name != Name::Since {
        return Err(format!("`{{{text}}}`: this filter is for `since` only"));
    }
    Ok(Part::Slot(name, filter))
}

fn lookup(name: &Name, filter: Filter, values: &Values<'_>) -> Option<String> {
    let value = match name {
        Name::Since => return values.since.map(|instant| write_instant(instant, filter)),
        Name::Key(field) => values.key?.get(field)?.clone(),
        Name::Last(pointer) => pointer.find(values.last?)?.clone(),
        Name::Id => Value::Text(values.id?.to_owned()),
        Name::NewId => Value::Text(values.new_id?.to_owned()),
        Name::Version => Value::Text(values.version?.to_owned()),
        Name::Cursor => Value::Text(values.cursor?.to_owned()),
        Name::Partition => Value::Text(values.partition?.to_owned()),
        Name::Page => Value::from(values.page?),
        Name::Offset => Value::from(values.offset?),
        Name::Limit => Value::from(values.limit?),
    };
    Some(match filter {
        Filter::Json => value.to_json(),
        Filter::SingleQuotes => plain_text(&value).replace('\'', "''"),
        _ => plain_text(&value),
    })
}

/// A value as it stands in a text: a text as it is, everything else as JSON, null as nothing.
pub fn plain_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_json(),
    }
}

fn write_instant(instant: DateTime<Utc>, filter: Filter) -> String {
    match filter {
        Filter::IsoSeconds => instant.to_rfc3339_opts(SecondsFormat::Secs, true),
        Filter::Rfc1123 => instant.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        Filter::EpochSeconds => instant.timestamp().to_string(),
        Filter::EpochMilliseconds => instant.timestamp_millis().to_string(),
        _ => instant.to_rfc3339_opts(SecondsFormat::Millis, true),
    }
}

/// Percent-encodes everything that RFC 3986 does not call unreserved.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c23_each_filter_writes_its_form() {
        let key: Object = [("name", "O'Neil & Söhne"), ("n", "7")].into_iter().collect();
        let since = DateTime::from_timestamp_millis(1_772_414_049_500);
        let values = Values { key: Some(&key), since, id: Some("a/b"), page: Some(3), ..Values::default() };
        for (template, text) in [
            ("/x/{id}", "/x/a%2Fb"),
            ("{key.name}", "O%27Neil%20%26%20S%C3%B6hne"),
            ("{key.name|sq}", "O%27%27Neil%20%26%20S%C3%B6hne"),
            ("{key.n|json}", "%227%22"),
            ("{page}", "3"),
            ("{since}", "2026-03-02T01%3A14%3A09.500Z"),
            ("{since|iso_s}", "2026-03-02T01%3A14%3A09Z"),
            ("{since|rfc1123}", "Mon%2C%2002%20Mar%202026%2001%3A14%3A09%20GMT"),
            ("{since|epoch_s}", "1772414049"),
            ("{since|epoch_ms}", "1772414049500"),
        ] {
            assert_eq!(Template::parse(template).expect(template).render(&values), Ok(text.to_owned()));
        }
    }

    #[test]
    fn c23_a_name_without_a_value_is_told() {
        let template = Template::parse("/x/{id}/{key.code}").expect("a template");
        assert_eq!(
            template.render(&Values { id: Some("1"), ..Values::default() }),
            Err(Name::Key("code".to_owned()))
        );
    }
}
