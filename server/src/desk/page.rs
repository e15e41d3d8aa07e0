//! Parts of lists.

use app::api::{Page, PageRequest};

use super::error::{Result, invalid};

/// The most lines of one part.
const LINES_MOST: u32 = 200;

/// How many lines are wanted.
pub(super) fn limit(page: &PageRequest) -> Result<u32> {
    if (1..=LINES_MOST).contains(&page.limit) {
        return Ok(page.limit);
    }
    Err(invalid("limit", format!("must be 1 to {LINES_MOST}")).into())
}

/// The place after which the part begins.
pub(super) fn after<T: std::str::FromStr>(page: &PageRequest) -> Result<Option<T>> {
    let parse = |text: &str| {
        text.parse().map_err(|_| invalid("after", format!("\"{text}\" is no place of this list")))
    };
    Ok(page.after.as_deref().map(parse).transpose()?)
}

/// A part from rows of which one more than wanted was read, to see whether there is a next part.
pub(super) fn cut<R, T>(
    mut rows: Vec<R>,
    limit: u32,
    total: i64,
    place: impl Fn(&R) -> String,
    line: impl Fn(R) -> T,
) -> Page<T> {
    let wanted = limit as usize;
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let next = if more { rows.last().map(place) } else { None };
    Page { items: rows.into_iter().map(line).collect(), total, next }
}
