//! Listings: token paging with a total, filters, and the change feed with its cursor.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use super::{
    answer::{Call, Refusal, Reply},
    core::Core,
    log::Read,
    options::Versions,
    schema::{KINDS, KindNumber},
    table::{Row, Shown, Table, index_text},
};

/// A scripted fault of paging (CN C104).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tweak {
    DuplicateIds { count: usize, differing: bool },
    RepeatPage,
    SkipRows { n: usize, adjust_total: bool },
    EmptyList { keep_total: bool },
    Cap { n: usize },
}

/// One page before it is written out.
#[derive(Debug, Clone)]
pub(super) struct Page {
    rows: Vec<Arc<Row>>,
    next: Option<String>,
    total: Option<usize>,
    cursor: Option<String>,
}

const PAGING: [&str; 3] = ["limit", "after", "since"];

/// One page of the live records, in the order they were made.
pub(super) fn list(
    core: &mut Core,
    kind: KindNumber,
    call: &Call,
    tweak: Option<&Tweak>,
) -> Result<Reply, Refusal> {
    let filters = filters(kind, call)?;
    let limit = limit(core, call, tweak)?;
    let after = match call.param("after") {
        Some(token) => open_token(token, "p")?,
        None => 0,
    };
    let table = &core.world.tables[kind];
    let (mut rows, total) = matching_rows(table, kind, &filters, after, limit + 1);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| seal_token("p", row.ordinal));
    let cursor = core.switches.delta.then(|| cursor(core, core.world.seq));
    let page = Page { rows, next, total: Some(total), cursor };
    Ok(finish(core, kind, call, page, tweak))
}

/// One page of the records changed after a cursor, in the order of their newest change.
pub(super) fn changes(
    core: &mut Core,
    kind: KindNumber,
    call: &Call,
    tweak: Option<&Tweak>,
) -> Result<Reply, Refusal> {
    if !core.switches.delta {
        return Err(Refusal::new(404, "not_found", format!("there is no {} changes", KINDS[kind].name)));
    }
    let filters = filters(kind, call)?;
    let limit = limit(core, call, tweak)?;
    let since = match (call.param("after"), call.param("since")) {
        (Some(token), _) => open_token(token, "f")?,
        (None, Some(cursor)) if !cursor.is_empty() => open_cursor(core, cursor)?,
        (None, _) => 0,
    };
    let table = &core.world.tables[kind];
    let fits = |row: &&Arc<Row>| {
        if row.removed {
            core.switches.tombstones
        } else {
            filters.iter().all(|filter| filter.holds(kind, row))
        }
    };
    let changed = table.feed.range((Bound::Excluded(since), Bound::Unbounded));
    let mut rows: Vec<Arc<Row>> = changed
        .filter_map(|(_, ordinal)| table.by_ordinal(*ordinal))
        .filter(fits)
        .take(limit + 1)
        .cloned()
        .collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| seal_token("f", row.seq));
    let reached = rows.last().filter(|_| more).map_or(core.world.seq, |row| row.seq);
    let page = Page { rows, next, total: None, cursor: Some(cursor(core, reached)) };
    Ok(finish(core, kind, call, page, tweak))
}

fn limit(core: &Core, call: &Call, tweak: Option<&Tweak>) -> Result<usize, Refusal> {
    let asked = match call.param("limit") {
        None => 100,
        Some(text) => text.parse::<usize>().ok().filter(|limit| *limit > 0).ok_or_else(|| {
            Refusal::new(400, "invalid_parameter", "limit must be a whole number above 0").on("limit")
        })?,
    };
    let cap = if let Some(Tweak::Cap { n }) = tweak { (*n).max(1) } else { core.switches.page_cap };
    Ok(asked.min(cap))
}

/// A filter: the position of an indexed field and the value wanted; an empty value means null.
struct Filter {
    position: usize,
    value: String,
}

impl Filter {
    fn holds(&self, kind: KindNumber, row: &Row) -> bool {
        match row.fields.get(KINDS[kind].fields[self.position].name) {
            Some(Value::Array(items)) => items.iter().any(|item| index_text(item) == self.value),
            Some(value) => index_text(value) == self.value,
            None => self.value.is_empty(),
        }
    }
}

/// The filters of a request. `term` stands for `term_id`, `instructor` for `instructor_ids`. An empty value
/// of a field that is never null filters nothing.
fn filters(kind: KindNumber, call: &Call) -> Result<Vec<Filter>, Refusal> {
    let mut filters = Vec::new();
    for (name, value) in call.params.iter().filter(|(name, _)| !PAGING.contains(&name.as_str())) {
        let named = |known: &str| {
            known == name
                || known.strip_suffix("_id") == Some(name)
                || known.strip_suffix("_ids") == Some(name)
        };
        let position = KINDS[kind].fields.iter().position(|field| field.indexed && named(field.name));
        let position = position.ok_or_else(|| {
            let message = format!("{} cannot be filtered by {name}", KINDS[kind].collection);
            Refusal::new(400, "unknown_parameter", message).on(name.clone())
        })?;
        if !(value.is_empty() && KINDS[kind].fields[position].required) {
            filters.push(Filter { position, value: value.clone() });
        }
    }
    Ok(filters)
}

/// Up to `count` live rows after a place that pass the filters, and how many pass in all. The filter with the
/// fewest rows leads.
fn matching_rows(
    table: &Table,
    kind: KindNumber,
    filters: &[Filter],
    after: u64,
    count: usize,
) -> (Vec<Arc<Row>>, usize) {
    let places =
        filters.iter().map(|filter| table.places(filter.position, &filter.value)).min_by_key(|p| p.len());
    let Some(places) = places else {
        let rows = table.live.range((Bound::Excluded(after), Bound::Unbounded)).take(count);
        return (rows.map(|(_, row)| row.clone()).collect(), table.live.len());
    };
    let start = places.partition_point(|ordinal| *ordinal <= after);
    if filters.len() == 1 {
        let rows = places[start..].iter().take(count).filter_map(|ordinal| table.live.get(ordinal));
        return (rows.cloned().collect(), places.len());
    }
    let all = |row: &&Arc<Row>| filters.iter().all(|filter| filter.holds(kind, row));
    let total = places.iter().filter_map(|ordinal| table.live.get(ordinal)).filter(all).count();
    let rows = places[start..].iter().filter_map(|ordinal| table.live.get(ordinal)).filter(all).take(count);
    (rows.cloned().collect(), total)
}

fn finish(core: &mut Core, kind: KindNumber, call: &Call, page: Page, tweak: Option<&Tweak>) -> Reply {
    let same: Vec<String> = call
        .params
        .iter()
        .filter(|(name, _)| name != "after")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let listing = format!("{}?{}", call.path.join("/"), same.join("&"));
    let page = match (tweak, core.last_pages.get(&listing)) {
        (Some(Tweak::RepeatPage), Some(last)) => last.clone(),
        (Some(tweak), _) => tweaked(page, tweak, kind),
        (None, _) => page,
    };
    let reply = render(core, kind, &page);
    // Only a page that has another after it can be repeated; finds would fill the memory otherwise.
    if page.next.is_some() {
        core.last_pages.insert(listing, page);
    }
    reply
}

fn tweaked(mut page: Page, tweak: &Tweak, kind: KindNumber) -> Page {
    match tweak {
        Tweak::DuplicateIds { count, differing } => {
            let copies: Vec<Arc<Row>> = page
                .rows
                .iter()
                .take(*count)
                .map(|row| if *differing { differing_copy(kind, row) } else { row.clone() })
                .collect();
            page.rows.extend(copies);
        }
        Tweak::SkipRows { n, adjust_total } => {
            let skipped = (*n).min(page.rows.len());
            page.rows.drain(..skipped);
            page.total = page.total.map(|total| if *adjust_total { total - skipped } else { total });
        }
        Tweak::EmptyList { keep_total } => {
            let total = page.total.filter(|_| *keep_total).or(page.total.map(|_| 0));
            page = Page { rows: Vec::new(), next: None, total, cursor: page.cursor };
        }
        Tweak::RepeatPage | Tweak::Cap { .. } => {}
    }
    page
}

/// The same id with another first text.
fn differing_copy(kind: KindNumber, row: &Row) -> Arc<Row> {
    let mut fields = (*row.fields).clone();
    let text = KINDS[kind].fields.iter().find(|field| matches!(field.name, "title" | "name" | "family_name"));
    if let Some(value) = text.and_then(|field| fields.get_mut(field.name)) {
        *value = format!("{} (copy)", value.as_str().unwrap_or_default()).into();
    }
    Arc::new(Row { fields: fields.into(), ..row.clone() })
}

fn render(core: &Core, kind: KindNumber, page: &Page) -> Reply {
    let etag = core.switches.versions != Versions::None;
    let rows: Vec<Shown<'_>> = page.rows.iter().map(|row| Shown { row, etag }).collect();
    let mut members = BTreeMap::new();
    members.insert("next", json!(page.next));
    if let Some(cursor) = &page.cursor {
        members.insert("cursor", json!(cursor));
        members.insert("sequence", json!(core.world.seq));
    }
    if let Some(total) = page.total.filter(|_| core.switches.total) {
        members.insert("total", json!(total));
    }
    let mut body = serde_json::to_vec(&rows).unwrap_or_default();
    body.splice(0..0, *b"{\"data\":");
    let tail = serde_json::to_vec(&members).unwrap_or_default();
    body.push(b',');
    body.extend_from_slice(&tail[1..]);
    let items = page.rows.iter().map(|row| (row.id.clone(), row.revision)).collect();
    Reply::bytes(200, body.into()).showing(Read { type_name: KINDS[kind].name.into(), items })
}

fn seal_token(mark: &str, at: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{mark}{at}"))
}

fn open_token(token: &str, mark: &str) -> Result<u64, Refusal> {
    let wrong = || Refusal::new(400, "invalid_token", "this paging token is not one of ours").on("after");
    let text = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(wrong)?;
    text.strip_prefix(mark).and_then(|at| at.parse().ok()).ok_or_else(wrong)
}

/// A cursor tells when it was given out and up to which change it has seen.
fn cursor(core: &Core, seq: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("c{}.{seq}", core.clock.now().timestamp()))
}

fn open_cursor(core: &Core, cursor: &str) -> Result<u64, Refusal> {
    let wrong = || Refusal::new(400, "invalid_cursor", "this cursor is not one of ours").on("since");
    let text = URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(wrong)?;
    let (given, seq) = text.strip_prefix('c').and_then(|text| text.split_once('.')).ok_or_else(wrong)?;
    let given = given.parse().ok().and_then(|given| DateTime::from_timestamp(given, 0)).ok_or_else(wrong)?;
    let seq: u64 = seq.parse().map_err(|_| wrong())?;
    let expired = core.clock.now() - given > TimeDelta::hours(core.switches.cursor_hours);
    if expired || seq < core.world.horizon {
        return Err(Refusal::new(410, "cursor_expired", "this cursor has expired: list everything again"));
    }
    Ok(seq)
}
