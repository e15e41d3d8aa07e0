//! Apply: checks what was read and puts it into the staged copies (RL 3.2 T3).
//!
//! An item becomes a neutral record under its key: the same key, or the same stored link, is the same record on both
//! sides. What cannot be used is quarantined and reported, and its record is left out of this run's plan; nothing about
//! it looks deleted (RL G30, MS D5).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use merge::{Object, RecordKey, Side, json};
use store::ids::LinkId;
use store::inbox::{self, Item as InboxItem, ItemKind};
use store::lease::Phase;
use store::link::NewLink;
use store::quarantine::{self, Failure, Poison, PoisonFilter, QuarantineState};
use store::run_step::Progress;
use store::staged::{Origin, Staged, StagedState};
use store::{Conn, Tx};

use crate::aliases::Aliases;
use crate::error::{PipelineError, Result};
use crate::linking::{KnownLinks, Linking, Place};
use crate::listed::Listed;
use crate::mapping::{references_in, to_neutral};
use crate::night::Night;
use crate::settings::TypeSettings;

/// Codes of problems that keep a whole record out of the merge; all others concern one field, and the rest goes on.
pub(crate) const KEPT_OUT: [&str; 3] = [UNREADABLE, NO_KEY, DUPLICATE];
const UNREADABLE: &str = "unreadable";
const NO_KEY: &str = "no_key";
const DUPLICATE: &str = "duplicate";

/// A record that fails in so many runs is tried again only when it changes (Q2).
const RUNS_TO_QUARANTINE: i64 = 3;

/// A neutral record that came out of one inbox item.
struct Ready<'a> {
    item: &'a InboxItem,
    key: RecordKey,
    body: Object,
    staged: String,
    /// The hash by which the next listing skips the record.
    raw_hash: Option<String>,
}

/// The keys of records that others refer to, by type and remote id.
pub(crate) type References = HashMap<(String, String), RecordKey>;

impl Night {
    /// Applies what every listing brought, types in dependency order, so that references can be resolved.
    pub(crate) async fn apply(&self) -> Result<()> {
        let stopped = self.stopped_types().await?;
        for merge_type in self.types() {
            if stopped.contains(&merge_type.name) {
                continue;
            }
            for side in [Side::Ours, Side::Theirs] {
                self.apply_type(merge_type, side).await?;
            }
        }
        Ok(())
    }

    async fn apply_type(&self, merge_type: &TypeSettings, side: Side) -> Result<()> {
        let key = self.step(Phase::Apply, merge_type, side);
        if self.step_is_done(key).await? {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        store::run_step::start(&mut tx, key, self.now()).await?;
        // Records that shared a key or an id are judged anew: the one that came second is always read again.
        self.release_duplicates(&mut tx, merge_type, side).await?;
        tx.commit().await?;

        let listed = self.listed_ids(merge_type, side).await?;
        let bad = self.bad_ids(merge_type, side).await?;
        let mut tombstones = Listed::default();
        let mut after = (-1, -1);
        let mut applied = 0;
        loop {
            self.keep_lease().await?;
            let mut reader = self.pipeline.store.read().await?;
            let listing = self.listing(merge_type, side);
            let items = inbox::list_items(&mut reader, listing, after, self.pipeline.bounds.batch).await?;
            drop(reader);
            let Some(last) = items.last() else { break };
            after = (last.page_no, last.position);
            applied += i64::try_from(items.len()).unwrap_or(i64::MAX);
            let gone = items.iter().filter(|item| item.kind == ItemKind::Tombstone);
            gone.for_each(|item| tombstones.add(&item.remote_id));
            self.apply_batch(merge_type, side, &items, &listed, &bad).await?;
        }
        self.apply_absences(merge_type, side, &listed, &tombstones).await?;
        let mut tx = self.begin().await?;
        inbox::clear(&mut tx, self.listing(merge_type, side)).await?;
        let progress = Progress { items_seen: applied, ..Progress::default() };
        store::run_step::progress(&mut tx, key, &progress).await?;
        store::run_step::complete(&mut tx, key, true, None, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Hashes of all ids the listing named. Ids are hashed, so that a million of them fit into 16 MB.
    async fn listed_ids(&self, merge_type: &TypeSettings, side: Side) -> Result<Listed> {
        let mut listed = Listed::default();
        let mut after = -1;
        loop {
            let mut reader = self.pipeline.store.read().await?;
            let pages = inbox::list_page_ids(&mut reader, self.listing(merge_type, side), after, 100).await?;
            let Some(last) = pages.last() else { return Ok(listed) };
            after = last.page_no;
            for page in &pages {
                let ids: Vec<String> = serde_json::from_str(&page.remote_ids)
                    .map_err(|error| PipelineError::Inconsistent(format!("ids of a page: {error}")))?;
                ids.iter().for_each(|id| listed.add(id));
            }
        }
    }

    /// Ids of items that could not be read, or that came twice with different content (CN C35).
    async fn bad_ids(&self, merge_type: &TypeSettings, side: Side) -> Result<HashSet<String>> {
        let mut reader = self.pipeline.store.read().await?;
        let ids = inbox::list_bad_ids(&mut reader, self.listing(merge_type, side)).await?;
        Ok(ids.into_iter().collect())
    }

    async fn release_duplicates(&self, tx: &mut Tx, merge_type: &TypeSettings, side: Side) -> Result<()> {
        let rows = self.poisoned(tx, merge_type).await?;
        let ids: Vec<&str> = rows
            .iter()
            .filter(|row| row.side == side && row.code == DUPLICATE)
            .map(|row| row.remote_id.as_str())
            .collect();
        quarantine::release_many(tx, self.school, &merge_type.name, side, &ids).await?;
        Ok(())
    }

    /// Records of a type that cannot be used at present, at most as many as a page of people could read.
    pub(crate) async fn poisoned(&self, conn: &mut Conn, merge_type: &TypeSettings) -> Result<Vec<Poison>> {
        let mut found: Vec<Poison> = Vec::new();
        loop {
            let last = found.last().map(|row| (row.type_name.clone(), row.side, row.remote_id.clone()));
            let filter = PoisonFilter {
                types: vec![&merge_type.name],
                states: vec![QuarantineState::Open, QuarantineState::Quarantined],
                after: last.as_ref().map(|(name, side, id)| (name.as_str(), *side, id.as_str())),
                ..PoisonFilter::default()
            };
            let page = quarantine::list(conn, self.school, &filter, self.pipeline.bounds.batch).await?;
            if page.is_empty() {
                return Ok(found);
            }
            found.extend(page);
        }
    }

    async fn apply_batch(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        items: &[InboxItem],
        listed: &Listed,
        bad: &HashSet<String>,
    ) -> Result<()> {
        let mut problems = Vec::new();
        let mut usable = Vec::with_capacity(items.len());
        for item in items.iter().filter(|item| item.kind != ItemKind::Tombstone) {
            match parse(item) {
                Ok(_) if bad.contains(&item.remote_id) => {}
                Ok(object) => usable.push((item, object)),
                Err(why) => problems.push(self.problem(merge_type, side, item, UNREADABLE, None, why)),
            }
        }
        let references =
            self.resolve_references(merge_type, side, usable.iter().map(|(_, object)| object)).await?;
        let aliases = self.load_aliases(merge_type, side, &usable).await?;
        let mut ready = Vec::with_capacity(usable.len());
        for (item, object) in usable {
            let find = |target: &str, id: &connect::RemoteId| {
                references.get(&(target.to_owned(), id.to_string())).cloned()
            };
            let mut mapped = to_neutral(merge_type, side, &object, &find);
            if let Some(aliases) = aliases.get(&item.remote_id) {
                aliases.read_as_sent(&mut mapped.body);
            }
            for violation in &mapped.violations {
                let field = Some(violation.field.to_string());
                let message = violation.message.clone();
                problems.push(self.problem(merge_type, side, item, violation.code.as_str(), field, message));
            }
            match RecordKey::from_object(&mapped.body, &merge_type.key) {
                Ok(key) => {
                    let staged = mapped.encode();
                    // A value that could not be taken is tried again every night: its reference may be there by then.
                    let raw_hash = item.raw_hash.clone().filter(|_| mapped.violations.is_empty());
                    ready.push(Ready { item, key, body: mapped.body, staged, raw_hash });
                }
                Err(error) => {
                    problems.push(self.problem(merge_type, side, item, NO_KEY, None, error.to_string()));
                }
            }
        }
        self.link_and_stage(merge_type, side, ready, listed, problems).await
    }

    fn problem(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        item: &InboxItem,
        code: &str,
        field: Option<String>,
        message: String,
    ) -> Failure {
        Failure {
            type_name: merge_type.name.clone(),
            side,
            remote_id: item.remote_id.clone(),
            key: None,
            code: code.to_owned(),
            message,
            field,
            version: item.version.clone(),
            raw_hash: item.raw_hash.clone(),
            raw: item.body.clone(),
        }
    }

    /// The keys of all records that this batch refers to, in one look-up a type.
    pub(crate) async fn resolve_references(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        records: impl Iterator<Item = &Object>,
    ) -> Result<References> {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for object in records {
            for (target, id) in references_in(merge_type, side, object) {
                wanted.entry(target).or_default().insert(id.to_string());
            }
        }
        let mut references = References::new();
        let mut reader = self.pipeline.store.read().await?;
        for (target, ids) in wanted {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let links =
                store::link::find_by_remote_ids(&mut reader, self.school, &target, side, &ids).await?;
            for link in links {
                if let (Some(id), Ok(key)) = (link.remote_id(side), RecordKey::parse_canonical(&link.key)) {
                    references.insert((target.clone(), id.to_owned()), key);
                }
            }
        }
        Ok(references)
    }

    async fn load_aliases(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        usable: &[(&InboxItem, Object)],
    ) -> Result<HashMap<String, Aliases>> {
        let ids: Vec<&str> = usable.iter().map(|(item, _)| item.remote_id.as_str()).collect();
        let mut reader = self.pipeline.store.read().await?;
        let rows = store::staged::aliases(&mut reader, self.school, &merge_type.name, side, &ids).await?;
        Ok(rows.into_iter().map(|row| (row.remote_id, Aliases::parse(&row.aliases))).collect())
    }

    async fn link_and_stage(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        ready: Vec<Ready<'_>>,
        listed: &Listed,
        mut problems: Vec<Failure>,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let items: Vec<(String, String)> =
            ready.iter().map(|one| (one.item.remote_id.clone(), one.key.canonical())).collect();
        let known = KnownLinks::load(&mut tx, self.school, &merge_type.name, side, &items).await?;
        let mut linking = Linking::new(side, known, listed);
        let mut staged = Vec::with_capacity(ready.len());
        for one in ready {
            let make = || self.new_link(side, &one);
            match linking.place(&one.item.remote_id, &one.key.canonical(), make) {
                Place::Link(link) => staged.push(self.staged_row(side, link, one)),
                Place::Rival(other) => problems.extend(self.rivals(merge_type, side, &one, &other)),
            }
        }
        staged.retain(|row| !linking.rivals.contains(&row.remote_id));
        let used: Vec<&str> = staged.iter().map(|row| row.remote_id.as_str()).collect();
        let (school, name) = (self.school, &merge_type.name);
        store::link::add_many(&mut tx, school, name, &linking.added, self.now()).await?;
        store::link::set_remote_ids(&mut tx, side, &linking.moved).await?;
        store::staged::upsert_many(&mut tx, school, name, &staged).await?;
        quarantine::release_many(&mut tx, school, name, side, &used).await?;
        let problems = one_each(problems);
        quarantine::record_many(&mut tx, school, self.run, &problems, RUNS_TO_QUARANTINE, self.now()).await?;
        Ok(tx.commit().await?)
    }

    fn new_link(&self, side: Side, one: &Ready<'_>) -> NewLink {
        let remote_id = |of: Side| (of == side).then(|| one.item.remote_id.clone());
        NewLink {
            id: LinkId::new(self.now(), self.pipeline.clock.random()),
            key: one.key.canonical(),
            label: one.key.label(),
            ours_id: remote_id(Side::Ours),
            theirs_id: remote_id(Side::Theirs),
        }
    }

    /// Two records of one side with one key: both are kept out and reported (MS K3).
    fn rivals(&self, merge_type: &TypeSettings, side: Side, one: &Ready<'_>, other: &str) -> [Failure; 2] {
        let rival = |id: &str, with: &str| {
            let message = format!(
                "the records {id} and {with} have the same key {}: neither is merged until one of them changes",
                one.key.label()
            );
            let mut problem = self.problem(merge_type, side, one.item, DUPLICATE, None, message);
            problem.remote_id = id.to_owned();
            problem.key = Some(one.key.canonical());
            problem
        };
        [rival(&one.item.remote_id, other), rival(other, &one.item.remote_id)]
    }

    fn staged_row(&self, side: Side, link: LinkId, one: Ready<'_>) -> Staged {
        Staged {
            link,
            side,
            remote_id: one.item.remote_id.clone(),
            state: StagedState::Live,
            hash: Some(one.body.hash()),
            raw_hash: one.raw_hash,
            version: one.item.version.clone(),
            modified: one.item.modified,
            origin: Origin::Read,
            run: Some(self.run),
            missing_runs: 0,
            missing_since: None,
            body: Some(one.staged),
        }
    }
}

/// One row a record: several problems of one record are told together.
fn one_each(problems: Vec<Failure>) -> Vec<Failure> {
    let mut rows: Vec<Failure> = Vec::with_capacity(problems.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for problem in problems {
        match places.get(&problem.remote_id) {
            Some(place) => {
                let row = &mut rows[*place];
                row.message = format!("{}; {}", row.message, problem.message);
            }
            None => {
                places.insert(problem.remote_id.clone(), rows.len());
                rows.push(problem);
            }
        }
    }
    rows
}

fn parse(item: &InboxItem) -> Result<Object, String> {
    match item.kind {
        ItemKind::Live => json::parse_object(item.body.as_deref().unwrap_or_default().as_bytes())
            .map_err(|error| error.to_string()),
        _ => Err(item.why.clone().unwrap_or_else(|| "cannot be read".to_owned())),
    }
}
