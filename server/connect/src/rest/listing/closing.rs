//! The end of a listing: whether it is complete (CN C3, C35), and from where changes go on.

use chrono::{DateTime, Utc};
use merge::Value;
use reqwest::Method;

use super::body::Body;
use super::{Listing, REREADS, cursor_source};
use crate::error::SystemError;
use crate::rest::answer::Answer;
use crate::rest::client::Request;
use crate::rest::config::{CursorPage, Delta, StatusRules, Total, TypeConfig, WriteKind};
use crate::rest::next::Pager;
use crate::rest::template::{Values, plain_text};
use crate::{Item, Mark, Page};

impl Listing {
    /// Ends the listing, or begins it again when rows have shifted (CN C35).
    pub(super) async fn close(
        &mut self,
        config: &TypeConfig,
        items: Vec<Item>,
        answered: Option<(&Value, &Answer)>,
        server_time: Option<DateTime<Utc>>,
    ) -> Result<Page, SystemError> {
        let mark = self.next_mark(config, answered);
        if self.since.is_some() {
            return Ok(self.last(items, server_time, mark, None));
        }
        if config.paging.counts() && self.pages > 1 {
            if config.list.sort.is_none() {
                let why = "a listing by page numbers without `list.sort` cannot show that a record is absent";
                return Ok(self.last(items, server_time, mark, Some(why.to_owned())));
            }
            if self.has_shifted(config).await? {
                if self.rereads == REREADS {
                    let why = format!("rows moved while they were read, {REREADS} times in a row");
                    return Ok(self.last(items, server_time, mark, Some(why)));
                }
                self.begin_again(config);
                return Ok(self.page(items, server_time));
            }
        }
        let why = self.total_differs(config).await?;
        Ok(self.last(items, server_time, mark, why))
    }

    /// Asks for page 1 again: another total, or a known id gone from it.
    async fn has_shifted(&mut self, config: &TypeConfig) -> Result<bool, SystemError> {
        let began = std::mem::replace(&mut self.pager, Pager::new(config));
        let answer = self.ask(config).await;
        self.pager = began;
        let Some(answer) = answer? else { return Ok(true) };
        let at = &config.list.items;
        let body = Body::read(&answer, &self.connection.config.accept_types, at)?;
        let values = body.values(at).unwrap_or_default();
        let ids: Vec<String> = values.iter().filter_map(|v| config.record.id_of(v)).map(|id| id.0).collect();
        self.read_total(config, &body.whole, &answer).await?;
        let gone = self.first_page.ids.iter().any(|id| !ids.contains(id));
        Ok(gone || self.first_page.total != self.total)
    }

    fn begin_again(&mut self, config: &TypeConfig) {
        self.rereads += 1;
        self.pager = Pager::new(config);
        self.seen.begin_again();
        self.total = None;
        self.pages = 0;
    }

    /// Why the total does not agree with what was read (CN C3). A total that is asked for by itself is asked again
    /// before it is believed.
    async fn total_differs(&mut self, config: &TypeConfig) -> Result<Option<String>, SystemError> {
        if config.list.total.is_none() {
            return Ok(None);
        }
        if config.asks_head() && self.total.is_none_or(|total| !self.seen.agrees(total)) {
            self.ask_total(config).await?;
        }
        Ok(match self.total {
            None => Some("the system did not tell how many records there are".to_owned()),
            Some(total) if self.seen.agrees(total) => None,
            Some(total) => Some(format!("the system counts {total} records, {} came", self.seen.counted())),
        })
    }

    fn next_mark(&self, config: &TypeConfig, answered: Option<(&Value, &Answer)>) -> Option<Mark> {
        match &config.delta {
            Delta::None { .. } => None,
            Delta::Timestamp { .. } => self.first_page.server_time.map(Mark::Time),
            Delta::Cursor { page: CursorPage::First, .. } => self.first_page.cursor.clone().map(Mark::Cursor),
            Delta::Cursor { page: CursorPage::Last, .. } => {
                let (body, answer) = answered?;
                cursor_source(config)?.read(body, &answer.headers).map(Mark::Cursor)
            }
        }
    }

    pub(super) async fn read_total(
        &mut self,
        config: &TypeConfig,
        body: &Value,
        answer: &Answer,
    ) -> Result<(), SystemError> {
        let text = match &config.list.total {
            None => return Ok(()),
            Some(Total::Body(at)) => at.find(body).map(plain_text),
            Some(Total::Header(name)) => answer.header(name.as_str()),
            Some(Total::Head(_)) if self.pages > 0 || self.since.is_some() => return Ok(()),
            Some(Total::Head(_)) => return self.ask_total(config).await,
        };
        if let Some(total) = text.and_then(|text| text.trim().parse().ok()) {
            self.total = Some(total);
        }
        Ok(())
    }

    /// Asks for the total by a request of its own.
    async fn ask_total(&mut self, config: &TypeConfig) -> Result<(), SystemError> {
        let Some(Total::Head(name)) = &config.list.total else { return Ok(()) };
        let values =
            Values { partition: self.partition.as_deref(), limit: config.list.limit, ..Values::default() };
        let url = self.connection.url(&config.list.path, &config.list.params, &values)?;
        let headers = self.connection.read_headers(&std::collections::BTreeMap::new())?;
        let request = Request { kind: WriteKind::List, method: Method::HEAD, url, headers, body: None };
        let status = StatusRules::default();
        let answer = self.connection.read_with(&self.cx, request, &status).await?;
        self.total = answer.header(name.as_str()).and_then(|text| text.trim().parse().ok());
        Ok(())
    }
}
