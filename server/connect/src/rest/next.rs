//! The way from one page to the next (CN C32, C33).

use std::collections::{BTreeMap, HashSet};

use merge::Value;
use url::Url;

use super::Connection;
use super::answer::Answer;
use super::config::{Paging, RelativeTo, TypeConfig};
use super::source::Source;
use super::template::{Template, encode, plain_text};
use crate::error::SystemError;

/// What the next page is asked by.
#[derive(Debug, Clone)]
pub enum Next {
    /// The first page.
    First,
    /// A number.
    Count,
    /// A whole link.
    Link(Url),
    /// A token.
    Token(String),
    /// The last item of the page before.
    After(Value),
}

/// The place of a listing.
#[derive(Debug)]
pub struct Pager {
    /// What the next page is asked by.
    pub next: Next,
    /// A link or token came again.
    pub went_round: bool,
    style: Style,
    number: u64,
    size: Option<u64>,
    pages: u64,
    known: HashSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Page,
    Offset,
    Keyset { inclusive: bool },
    Other,
}

impl Pager {
    /// The start of a listing.
    pub fn new(config: &TypeConfig) -> Self {
        let (style, number) = match &config.paging {
            Paging::Page { first, .. } => (Style::Page, *first),
            Paging::Offset { first, .. } => (Style::Offset, *first),
            Paging::Keyset { inclusive, .. } => (Style::Keyset { inclusive: *inclusive }, 0),
            _ => (Style::Other, 0),
        };
        Self {
            next: Next::First,
            went_round: false,
            style,
            number,
            size: config.list.limit,
            pages: 0,
            known: HashSet::new(),
        }
    }

    /// The page number to ask for.
    pub fn page(&self) -> Option<u64> {
        (self.style == Style::Page).then_some(self.number)
    }

    /// The number of records to ask from.
    pub fn offset(&self) -> Option<u64> {
        (self.style == Style::Offset).then_some(self.number)
    }

    /// The last item of the page before.
    pub fn last(&self) -> Option<&Value> {
        match &self.next {
            Next::After(value) => Some(value),
            _ => None,
        }
    }

    /// The parameters that the style itself adds.
    pub fn params(&self, config: &TypeConfig) -> BTreeMap<String, Template> {
        let mut params = BTreeMap::new();
        let mut add = |name: &Option<String>, text: &str| {
            if let (Some(name), Ok(template)) = (name, Template::parse(text)) {
                params.insert(name.clone(), template);
            }
        };
        match &config.paging {
            Paging::Page { param, size_param, .. } => {
                add(param, "{page}");
                add(size_param, "{limit}");
            }
            Paging::Offset { param, size_param, .. } => {
                add(param, "{offset}");
                add(size_param, "{limit}");
            }
            Paging::Keyset { param: Some(name), from: Some(from), .. } => {
                params.insert(name.clone(), from.clone());
            }
            _ => {}
        }
        params
    }

    /// Adds the token to a URL.
    pub fn with_token(&self, config: &TypeConfig, mut url: Url) -> Url {
        if let (Next::Token(token), Paging::Token { param, .. }) = (&self.next, &config.paging) {
            let query = url.query().map(|query| format!("{query}&")).unwrap_or_default();
            url.set_query(Some(&format!("{query}{param}={}", encode(token))));
        }
        url
    }

    /// Takes note of a page. The size that page 1 really had replaces ours where there is more to come (CN C33).
    pub fn took(&mut self, count: u64, total: Option<u64>) {
        self.pages += 1;
        let capped = self.is_short(count) && total.is_some_and(|total| count < total);
        if self.pages == 1 && capped && count > 0 {
            self.size = Some(count);
        }
    }

    /// True for a page with fewer items than asked for.
    pub fn is_short(&self, count: u64) -> bool {
        self.size.is_some_and(|size| count < size)
    }

    /// The size of a page.
    pub fn size(&self) -> u64 {
        self.size.unwrap_or(1).max(1)
    }

    /// True for the page that an inclusive keyset ends with: the item asked from, and no other.
    pub fn is_inclusive_end(&self, count: u64) -> bool {
        self.style == Style::Keyset { inclusive: true } && count == 1
    }

    /// Finds the way to the next page; false when there is none.
    pub fn advance(
        &mut self,
        config: &TypeConfig,
        connection: &Connection,
        values: &[&Value],
        body: &Value,
        answer: &Answer,
    ) -> Result<bool, SystemError> {
        let next = match &config.paging {
            Paging::None {} => None,
            Paging::Page { .. } => {
                self.number += 1;
                Some(Next::Count)
            }
            Paging::Offset { .. } => {
                self.number += values.len() as u64;
                Some(Next::Count)
            }
            Paging::Keyset { .. } => values.last().map(|value| Next::After((*value).clone())),
            Paging::Token { from, at, .. } => Source::new(*from, at)
                .ok()
                .and_then(|source| source.read(body, &answer.headers))
                .map(Next::Token),
            Paging::BodyUrl { at, relative_to, .. } => {
                let text = at.find(body).map(plain_text).unwrap_or_default();
                link(connection, &text, *relative_to, answer)?
            }
            Paging::HeaderUrl { header, .. } => {
                let text = answer.header(header.0.as_str()).unwrap_or_default();
                link(connection, &text, RelativeTo::Request, answer)?
            }
            Paging::LinkHeader { rel, .. } => {
                let headers = answer.headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
                let text = headers.filter_map(|header| find_rel(header, rel)).next().unwrap_or_default();
                link(connection, &text, RelativeTo::Request, answer)?
            }
        };
        let Some(next) = next else { return Ok(false) };
        let name = match &next {
            Next::Link(url) => Some(url.to_string()),
            Next::Token(token) => Some(token.clone()),
            _ => None,
        };
        self.went_round = name.is_some_and(|name| !self.known.insert(name));
        self.next = next;
        Ok(true)
    }
}

/// A link as a whole URL that may be called; nothing for an empty text.
fn link(
    connection: &Connection,
    text: &str,
    relative_to: RelativeTo,
    answer: &Answer,
) -> Result<Option<Next>, SystemError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let refuse =
        |why: String| SystemError::Misconfigured { message: format!("the link to the next page: {why}") };
    let joined = match relative_to {
        RelativeTo::Request => answer.url.join(text),
        RelativeTo::Root => connection.base.join("/").and_then(|root| root.join(text)),
        RelativeTo::Service => {
            let mut service = connection.base.clone();
            service.set_path(&format!("{}/", connection.base.path().trim_end_matches('/')));
            service.join(text)
        }
    };
    let url = joined.map_err(|error| refuse(error.to_string()))?;
    connection.client.check(&url).map_err(|forbidden| refuse(forbidden.0))?;
    Ok(Some(Next::Link(url)))
}

/// The target with a relation in a `Link` header.
fn find_rel(header: &str, wanted: &str) -> Option<String> {
    let mut rest = header;
    while let Some(open) = rest.find('<') {
        let close = rest[open..].find('>').map(|at| open + at)?;
        let target = &rest[open + 1..close];
        let after = &rest[close + 1..];
        let end = after.find(",<").or_else(|| after.find(", <")).unwrap_or(after.len());
        let has_rel = after[..end].split(';').any(|param| {
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel") && value.split_whitespace().any(|rel| rel == wanted)
        });
        if has_rel {
            return Some(target.to_owned());
        }
        rest = &after[end..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::find_rel;

    #[test]
    fn c32_a_link_header_is_read_in_all_its_spellings() {
        for (header, found) in [
            ("<https://a/?p=2>; rel=\"next\"", Some("https://a/?p=2")),
            ("<a>; rel=prev, <b,c>; title=\"x\"; REL=next", Some("b,c")),
            ("<a>; rel=\"first next\"", Some("a")),
            ("<a>; rel=\"nextish\"", None),
            ("", None),
            ("<a", None),
        ] {
            assert_eq!(find_rel(header, "next").as_deref(), found, "{header}");
        }
    }
}
