//! Listings and changes as streams of pages (CN C2, C3, C32-C37).

mod body;
mod closing;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream;
use merge::Value;
use url::Url;

use self::body::Body;
use crate::error::SystemError;
use crate::rest::Connection;
use crate::rest::answer::Answer;
use crate::rest::config::{Delta, End, Operator, TypeConfig, WriteKind};
use crate::rest::next::{Next, Pager};
use crate::rest::seen::Seen;
use crate::rest::source::Source;
use crate::rest::template::{Template, Values};
use crate::{Cx, Item, Mark, Page, PageStream, Partition, TypeName};

/// How often a listing that shifted is read again (CN C35).
const REREADS: u32 = 3;

/// One listing under way.
struct Listing {
    connection: Arc<Connection>,
    cx: Cx,
    type_name: TypeName,
    partition: Option<String>,
    since: Option<Mark>,
    pager: Pager,
    seen: Seen,
    total: Option<u64>,
    pages: u64,
    rereads: u32,
    first_page: FirstPage,
    done: bool,
}

/// What is kept of page 1, to see at the end whether rows have shifted.
#[derive(Default)]
struct FirstPage {
    ids: Vec<String>,
    total: Option<u64>,
    server_time: Option<DateTime<Utc>>,
    cursor: Option<String>,
}

/// Whether the listing goes on after a page.
enum Outcome {
    Goes,
    Ends(Option<String>),
}

/// A full listing, or changes since a mark.
pub(in crate::rest) fn stream(
    connection: Arc<Connection>,
    cx: &Cx,
    t: &TypeName,
    part: &Partition,
    since: Option<&Mark>,
) -> PageStream {
    let begun = Listing::begin(connection, cx, t, part, since);
    match begun {
        Ok(listing) => Box::pin(stream::unfold(listing, |mut listing| async move {
            if listing.done {
                return None;
            }
            let page = listing.next().await;
            listing.done = page.as_ref().map_or(true, |page| page.last);
            Some((page, listing))
        })),
        Err(error) => Box::pin(stream::once(async move { Err(error) })),
    }
}

impl Listing {
    fn begin(
        connection: Arc<Connection>,
        cx: &Cx,
        t: &TypeName,
        part: &Partition,
        since: Option<&Mark>,
    ) -> Result<Self, SystemError> {
        let config = connection.of(t)?;
        if since.is_some() && matches!(config.delta, Delta::None { .. }) {
            return Err(crate::rest::call::refused(
                None,
                "not_configured",
                format!("changes of {t} cannot be asked for"),
            ));
        }
        let pager = Pager::new(config);
        connection.client.begin(cx);
        Ok(Self {
            cx: cx.clone(),
            type_name: t.clone(),
            partition: part.0.clone(),
            since: since.cloned(),
            pager,
            seen: Seen::new(since.is_some(), config.paging.counts()),
            total: None,
            pages: 0,
            rereads: 0,
            first_page: FirstPage::default(),
            done: false,
            connection,
        })
    }

    async fn next(&mut self) -> Result<Page, SystemError> {
        let connection = Arc::clone(&self.connection);
        let config = connection.of(&self.type_name)?;
        let answer = match self.ask(config).await {
            Ok(Some(answer)) => answer,
            // A page past the end answers "missing", and the configuration says that this is the end.
            Ok(None) => return self.close(config, Vec::new(), None, None).await,
            Err(error) => return Err(error),
        };
        let at = self.items_at(config);
        let body = Body::read(&answer, &connection.config.accept_types, at)?;
        let values = body.values(at)?;
        let whole = &body.whole;
        self.read_total(config, whole, &answer).await?;
        let items = self.seen.page(body.items(&config.record, &values));
        self.remember_first(config, &values, whole, &answer);
        self.pages += 1;
        let outcome = self.go_on(config, &values, whole, &answer)?;
        let server_time = answer.server_time();
        match outcome {
            Outcome::Goes => Ok(self.page(items, server_time)),
            Outcome::Ends(Some(why)) => Ok(self.last(items, server_time, None, Some(why))),
            Outcome::Ends(None) => self.close(config, items, Some((whole, &answer)), server_time).await,
        }
    }

    /// Asks for the next page; `None` past the end.
    async fn ask(&self, config: &TypeConfig) -> Result<Option<Answer>, SystemError> {
        let url = self.next_url(config)?;
        let headers = self.connection.read_headers(&std::collections::BTreeMap::new())?;
        let status = crate::rest::config::StatusRules::default();
        let result = self.connection.read(&self.cx, WriteKind::List, url, headers, &status).await;
        let error = match result {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) => error,
        };
        let past_end = self.pages > 0 && config.paging.ends().contains(&End::Status);
        let status = error.judged.as_ref().map(|(_, answer)| answer.status);
        match (&error.error, status) {
            (SystemError::NotFound, _) if past_end => Ok(None),
            (_, Some(400 | 410)) if matches!(self.since, Some(Mark::Cursor(_))) => {
                Err(SystemError::MarkExpired)
            }
            (SystemError::NotFound, _) => {
                Err(SystemError::Misconfigured { message: "the listing's path does not exist".to_owned() })
            }
            _ => Err(error.error),
        }
    }

    fn next_url(&self, config: &TypeConfig) -> Result<Url, SystemError> {
        if let Next::Link(url) = &self.pager.next {
            return Ok(url.clone());
        }
        let since = self.since_instant(config);
        let cursor = match &self.since {
            Some(Mark::Cursor(cursor)) => Some(cursor.as_str()),
            _ => None,
        };
        let values = Values {
            partition: self.partition.as_deref(),
            limit: config.list.limit,
            page: self.pager.page(),
            offset: self.pager.offset(),
            last: self.pager.last(),
            since,
            cursor,
            ..Values::default()
        };
        let mut params = config.list.params.clone();
        params.extend(self.pager.params(config));
        let path = self.delta_params(config, &mut params)?;
        let url = self.connection.url(path.unwrap_or(&config.list.path), &params, &values)?;
        Ok(self.pager.with_token(config, url))
    }

    /// Adds what asks for changes alone; gives the path when it is another one.
    fn delta_params<'a>(
        &self,
        config: &'a TypeConfig,
        params: &mut std::collections::BTreeMap<String, Template>,
    ) -> Result<Option<&'a Template>, SystemError> {
        if self.since.is_none() {
            return Ok(None);
        }
        let (path, own, param, slot) = match &config.delta {
            Delta::None { .. } => return Ok(None),
            Delta::Timestamp { path, params, param, format, .. } => {
                (path, params, param, since_slot(*format))
            }
            Delta::Cursor { path, params, param, .. } => (path, params, param, "{cursor}"),
        };
        params.extend(own.clone());
        let template = Template::parse(slot).map_err(|message| SystemError::Misconfigured { message })?;
        params.insert(param.clone(), template);
        Ok(path.as_ref())
    }

    /// The instant asked from: the mark less the overlap, and less a grain where the system excludes it (CN C37).
    fn since_instant(&self, config: &TypeConfig) -> Option<DateTime<Utc>> {
        let Some(Mark::Time(mark)) = self.since else { return None };
        let Delta::Timestamp { overlap, operator, .. } = &config.delta else { return Some(mark) };
        let grain =
            config.record.modified.as_ref().map_or(std::time::Duration::ZERO, |modified| modified.grain.0);
        let back = overlap.map_or(std::time::Duration::ZERO, |span| span.0)
            + if *operator == Operator::After { grain } else { std::time::Duration::ZERO };
        Some(mark - TimeDelta::from_std(back).unwrap_or(TimeDelta::zero()))
    }

    fn items_at<'a>(&self, config: &'a TypeConfig) -> &'a crate::rest::pointer::Pointer {
        match &config.delta {
            Delta::Timestamp { items: Some(items), .. } | Delta::Cursor { items: Some(items), .. }
                if self.since.is_some() =>
            {
                items
            }
            _ => &config.list.items,
        }
    }

    fn remember_first(&mut self, config: &TypeConfig, values: &[&Value], body: &Value, answer: &Answer) {
        if self.pages > 0 {
            return;
        }
        let ids = values.iter().filter_map(|value| config.record.id_of(value)).map(|id| id.0).collect();
        let cursor = cursor_source(config).and_then(|source| source.read(body, &answer.headers));
        let server_time = self.first_page.server_time.or(answer.server_time());
        self.first_page = FirstPage { ids, total: self.total, server_time, cursor };
    }

    /// Decides from one page whether there is a next one (CN C32-C34).
    fn go_on(
        &mut self,
        config: &TypeConfig,
        values: &[&Value],
        body: &Value,
        answer: &Answer,
    ) -> Result<Outcome, SystemError> {
        let ends = config.paging.ends();
        let count = values.len() as u64;
        self.pager.took(count, self.total);
        let ended = (ends.contains(&End::Empty) && count == 0)
            || (ends.contains(&End::Total) && self.total.is_some_and(|total| self.seen.counted() >= total))
            || (ends.contains(&End::ShortPage) && self.pager.is_short(count));
        if ended {
            return Ok(Outcome::Ends(None));
        }
        if let Some(outcome) = self.repeats(config, count) {
            return Ok(outcome);
        }
        let connection = Arc::clone(&self.connection);
        if !self.pager.advance(config, &connection, values, body, answer)? {
            return Ok(Outcome::Ends(None));
        }
        Ok(self.guard_pages().map_or(Outcome::Goes, |why| Outcome::Ends(Some(why))))
    }

    /// A page that brings nothing new (CN C34).
    fn repeats(&self, config: &TypeConfig, count: u64) -> Option<Outcome> {
        if count == 0 || !self.seen.page_was_old() || self.pages == 1 {
            return None;
        }
        let agrees = self.total.is_some_and(|total| total == self.seen.counted());
        let is_end = (config.paging.counts() && agrees) || self.pager.is_inclusive_end(count);
        Some(Outcome::Ends((!is_end).then(|| "a page came again without one new record".to_owned())))
    }

    fn guard_pages(&self) -> Option<String> {
        if self.pager.went_round {
            return Some("a link to the next page came again".to_owned());
        }
        if self.pages >= self.connection.config.limits.pages {
            return Some(format!("there are more than {} pages", self.pages));
        }
        let size = self.pager.size();
        let bound = self.total.filter(|_| self.since.is_none()).map(|total| 2 * total / size + 10);
        match bound {
            Some(bound) if self.pages > bound => {
                Some(format!("there are more pages than {bound}, which its total allows"))
            }
            _ => None,
        }
    }

    fn page(&self, items: Vec<Item>, server_time: Option<DateTime<Utc>>) -> Page {
        Page { items, total: self.total, server_time, next_mark: None, last: false, incomplete: None }
    }

    fn last(
        &self,
        items: Vec<Item>,
        server_time: Option<DateTime<Utc>>,
        next_mark: Option<Mark>,
        incomplete: Option<String>,
    ) -> Page {
        Page { items, total: self.total, server_time, next_mark, last: true, incomplete }
    }
}

fn cursor_source(config: &TypeConfig) -> Option<Source> {
    match &config.delta {
        Delta::Cursor { from, at, .. } => Source::new(*from, at).ok(),
        _ => None,
    }
}

fn since_slot(format: crate::rest::config::TimeFormat) -> &'static str {
    use crate::rest::config::TimeFormat;
    match format {
        TimeFormat::Iso => "{since|iso}",
        TimeFormat::Rfc1123 => "{since|rfc1123}",
        TimeFormat::EpochS => "{since|epoch_s}",
        TimeFormat::EpochMs => "{since|epoch_ms}",
    }
}
