//! Download: reads both sides page by page into the inbox (RL 3.2 T2).
//!
//! Every id that a listing names is noted with its page, since only a complete listing can show an absence. The body of
//! an item goes into the inbox only when it differs from the staged copy, so that a night without changes stores none.

use std::collections::HashMap;

use connect::{Item, Page, Partition, TypeName};
use futures::StreamExt as _;
use merge::Side;
use store::inbox::{self, ItemKind, Listing, PageIds};
use store::lease::Phase;
use store::run_step::{Progress, StepKey};
use store::staged::{Mark, StagedState};
use tracing::warn;

use crate::bounds::within_bounds;
use crate::error::Result;
use crate::kill::{self, KillPoint};
use crate::night::Night;
use crate::settings::TypeSettings;

/// What a listing has told so far.
#[derive(Debug, Default)]
struct Heard {
    pages: i64,
    items: i64,
    declared: Option<i64>,
    complete: bool,
    issue: Option<String>,
}

impl Night {
    /// Reads every type of the run on both sides. A type whose listing fails is stopped with its reason and the others
    /// go on; what is complete already, from before a crash, is not read again.
    pub(crate) async fn download(&self) -> Result<()> {
        for merge_type in self.types() {
            for side in [Side::Ours, Side::Theirs] {
                self.download_type(merge_type, side).await?;
            }
        }
        Ok(())
    }

    pub(crate) fn step<'a>(&self, phase: Phase, merge_type: &'a TypeSettings, side: Side) -> StepKey<'a> {
        StepKey { run: self.run, phase, type_name: &merge_type.name, side }
    }

    pub(crate) fn listing<'a>(&self, merge_type: &'a TypeSettings, side: Side) -> Listing<'a> {
        Listing { run: self.run, type_name: &merge_type.name, side }
    }

    async fn download_type(&self, merge_type: &TypeSettings, side: Side) -> Result<()> {
        let key = self.step(Phase::Download, merge_type, side);
        if self.step_is_done(key).await? {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        inbox::clear(&mut tx, self.listing(merge_type, side)).await?;
        store::run_step::start(&mut tx, key, self.now()).await?;
        tx.commit().await?;

        let mut heard = Heard::default();
        let cx = self.cx();
        let name = TypeName::from(merge_type.name.as_str());
        let mut pages = self.system(side).list(&cx, &name, &Partition::whole());
        while let Some(page) = self.holding(pages.next()).await? {
            self.keep_lease().await?;
            match page {
                Ok(mut page) => {
                    page.items = page.items.into_iter().map(within_bounds).collect();
                    self.store_page(merge_type, side, &page, &mut heard).await?;
                }
                Err(error) => heard.issue = Some(format!("could not be read: {error}")),
            }
            kill::reach(KillPoint::K3);
        }
        self.close_listing(merge_type, side, heard).await
    }

    /// Whether a step has ended, well or badly: then it is not done again after a crash.
    pub(crate) async fn step_is_done(&self, key: StepKey<'_>) -> Result<bool> {
        let mut reader = self.pipeline.store.read().await?;
        let steps = store::run_step::list(&mut reader, self.run).await?;
        Ok(steps.iter().any(|step| {
            step.phase == key.phase
                && step.type_name == key.type_name
                && step.side == key.side
                && step.ended_at.is_some()
        }))
    }

    async fn store_page(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        page: &Page,
        heard: &mut Heard,
    ) -> Result<()> {
        let ids: Vec<&str> = page.items.iter().filter_map(id_of).collect();
        let mut tx = self.begin().await?;
        let marks = store::staged::marks(&mut tx, self.school, &merge_type.name, side, &ids).await?;
        let known: HashMap<&str, &Mark> = marks.iter().map(|mark| (mark.remote_id.as_str(), mark)).collect();
        let page_no = heard.pages;
        let items = page
            .items
            .iter()
            .zip(0..)
            .filter_map(|(item, position)| inbox_item(self, item, page_no, position, &known))
            .collect::<Vec<_>>();
        let remote_ids = serde_json::to_string(&ids).unwrap_or_else(|_| "[]".to_owned());
        let page_ids = PageIds { page_no, cursor: None, remote_ids };
        inbox::add_page(&mut tx, self.listing(merge_type, side), &page_ids, &items).await?;
        heard.pages += 1;
        let records = page.items.iter().filter(|item| !matches!(item, Item::Tombstone { .. })).count();
        heard.items += i64::try_from(records).unwrap_or(i64::MAX);
        heard.declared = page.total.and_then(|total| i64::try_from(total).ok()).or(heard.declared);
        let progress = Progress {
            pages: heard.pages,
            items_seen: heard.items,
            declared_total: heard.declared,
            server_time: page.server_time,
            ..Progress::default()
        };
        store::run_step::progress(&mut tx, self.step(Phase::Download, merge_type, side), &progress).await?;
        tx.commit().await?;
        if page.last {
            heard.complete = page.incomplete.is_none();
            heard.issue = page.incomplete.as_ref().map(|why| format!("the listing is not complete: {why}"));
        }
        Ok(())
    }

    async fn close_listing(&self, merge_type: &TypeSettings, side: Side, mut heard: Heard) -> Result<()> {
        let key = self.step(Phase::Download, merge_type, side);
        let mut tx = self.begin().await?;
        if heard.issue.is_none() && !heard.complete {
            heard.issue = Some("the listing ended before its last page".to_owned());
        }
        if heard.issue.is_none() {
            heard.issue = self.collapsed(&mut tx, merge_type, side, heard.items).await?;
        }
        match &heard.issue {
            None => store::run_step::complete(&mut tx, key, true, None, self.now()).await?,
            Some(issue) => {
                warn!(run = self.number, merge_type = merge_type.name, %side, issue, "listing stopped");
                store::run_step::fail(&mut tx, key, issue, None, self.now()).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// G13: an empty or collapsed listing stops its type. Compared with what the side is known to hold, so that a first
    /// listing may be empty.
    async fn collapsed(
        &self,
        conn: &mut store::Conn,
        merge_type: &TypeSettings,
        side: Side,
        items: i64,
    ) -> Result<Option<String>> {
        let before =
            store::run_step::last_complete(conn, self.school, &merge_type.name, side, self.number).await?;
        let Some(before) = before.map(|step| step.items_seen).filter(|before| *before > 0) else {
            return Ok(None);
        };
        let share = i64::from(merge_type.limits.guards.collapse_percent);
        if items > 0 && items * 100 >= before * share {
            return Ok(None);
        }
        Ok(Some(format!(
            "the listing has {items} records, the last complete one had {before}: it looks broken (G13), \
             so nothing of this type is merged"
        )))
    }

    /// The types of this run that cannot be merged, because a listing of theirs, or of a type they need, was stopped.
    pub(crate) async fn stopped_types(&self) -> Result<Vec<String>> {
        let mut reader = self.pipeline.store.read().await?;
        let steps = store::run_step::list(&mut reader, self.run).await?;
        let mut stopped: Vec<String> = Vec::new();
        for merge_type in self.types() {
            let own = steps.iter().any(|step| step.type_name == merge_type.name && step.issue.is_some());
            if own || merge_type.depends_on.iter().any(|parent| stopped.contains(parent)) {
                stopped.push(merge_type.name.clone());
            }
        }
        Ok(stopped)
    }
}

fn id_of(item: &Item) -> Option<&str> {
    match item {
        Item::Live(record) => Some(record.id.as_str()),
        Item::Tombstone { .. } => None,
        Item::Bad { id, .. } => id.as_ref().map(connect::RemoteId::as_str),
    }
}

fn inbox_item(
    night: &Night,
    item: &Item,
    page_no: i64,
    position: i64,
    known: &HashMap<&str, &Mark>,
) -> Option<inbox::Item> {
    let blank = inbox::Item {
        page_no,
        position,
        kind: ItemKind::Live,
        remote_id: String::new(),
        version: None,
        modified: None,
        raw_hash: None,
        why: None,
        body: None,
    };
    match item {
        Item::Live(record) => {
            let hash = night.raw_hash(&record.fields);
            let version = record.version.as_ref().map(ToString::to_string);
            let mark = known.get(record.id.as_str());
            let same = |mark: &&Mark| mark.raw_hash.as_ref() == Some(&hash) && mark.version == version;
            if mark.is_some_and(|mark| same(mark) && mark.state == StagedState::Live) {
                return None;
            }
            Some(inbox::Item {
                kind: ItemKind::Live,
                remote_id: record.id.to_string(),
                version,
                modified: record.modified,
                raw_hash: Some(hash),
                body: Some(record.fields.to_json()),
                ..blank
            })
        }
        Item::Tombstone { id, version, at } => Some(inbox::Item {
            kind: ItemKind::Tombstone,
            remote_id: id.to_string(),
            version: version.as_ref().map(ToString::to_string),
            modified: *at,
            ..blank
        }),
        Item::Bad { id, why, raw } => Some(inbox::Item {
            kind: ItemKind::Bad,
            remote_id: id
                .as_ref()
                .map_or_else(|| format!("(page {page_no}, item {position})"), ToString::to_string),
            why: Some(why.clone()),
            // What is no JSON may have any byte in it.
            body: Some(String::from_utf8_lossy(raw).replace('\0', "\u{fffd}")),
            ..blank
        }),
    }
}
