//! Parts of lists.

use std::str::FromStr;

use app::api::{ApiError, Page, PageRequest, Place};

use super::error::{Result, invalid};

/// The most lines of one part.
const LINES_MOST: u32 = 200;

/// Which rows a part needs: so many from an edge on, forwards or backwards.
#[derive(Debug)]
pub(super) struct Wanted<K> {
    /// How many lines.
    pub(super) limit: u32,
    /// The row they follow, or stand before; none is the beginning, or the end.
    pub(super) edge: Option<K>,
    /// Read them from the end towards the beginning.
    pub(super) backwards: bool,
}

impl<K> Wanted<K> {
    /// One row more than wanted shows whether there are further parts.
    pub(super) fn rows(&self) -> u32 {
        self.limit + 1
    }
}

/// How many lines are wanted.
pub(super) fn limit(page: &PageRequest) -> Result<u32> {
    if (1..=LINES_MOST).contains(&page.limit) {
        return Ok(page.limit);
    }
    Err(invalid("limit", format!("must be 1 to {LINES_MOST}")).into())
}

/// What a list that goes both ways has to read.
pub(super) fn wanted<K: FromStr>(page: &PageRequest) -> Result<Wanted<K>> {
    let (edge, backwards) = match &page.place {
        Place::First => (None, false),
        Place::After(text) => (Some(parse("after", text)?), false),
        Place::Before(text) => (Some(parse("before", text)?), true),
        Place::Last => (None, true),
    };
    Ok(Wanted { limit: limit(page)?, edge, backwards })
}

/// The place after which the part begins, in a list that only goes on.
pub(super) fn after<K: FromStr>(page: &PageRequest) -> Result<Option<K>> {
    let wanted = wanted(page)?;
    if wanted.backwards {
        return Err(invalid("page", "this list is only read from its beginning on").into());
    }
    Ok(wanted.edge)
}

fn parse<K: FromStr>(name: &str, text: &str) -> Result<K, ApiError> {
    text.parse().map_err(|_| invalid(name, format!("\"{text}\" is no place of this list")))
}

/// A part of a list that only goes on, from rows of which one more than wanted was read.
pub(super) fn cut<R, T>(
    mut rows: Vec<R>,
    limit: u32,
    total: i64,
    place: impl Fn(&R) -> String,
    line: impl FnMut(R) -> T,
) -> Page<T> {
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = if more { rows.last().map(place) } else { None };
    Page { items: rows.into_iter().map(line).collect(), total, before: 0, previous: None, next }
}

/// A part of a list that goes both ways, from [`Wanted::rows`] rows in the order they were read. How many rows stand
/// before its first one is for the caller to count.
pub(super) fn part<R, K, T>(
    mut rows: Vec<R>,
    wanted: &Wanted<K>,
    total: i64,
    place: impl Fn(&R) -> String,
    line: impl FnMut(R) -> T,
) -> Page<T> {
    let more = rows.len() > wanted.limit as usize;
    rows.truncate(wanted.limit as usize);
    if wanted.backwards {
        rows.reverse();
    }
    let (has_previous, has_next) =
        if wanted.backwards { (more, wanted.edge.is_some()) } else { (wanted.edge.is_some(), more) };
    Page {
        previous: rows.first().filter(|_| has_previous).map(&place),
        next: rows.last().filter(|_| has_next).map(&place),
        items: rows.into_iter().map(line).collect(),
        total,
        before: 0,
    }
}
