//! What the server knows at one moment: all tables, the change sequence, the answers kept under their keys.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    answer::Reply,
    log::{By, Change, Log, Op, Past},
    schema::{EXTERNAL_REF, KINDS, KindNumber},
    table::{Fields, Row, Shown, Table},
};

/// An answer kept under its idempotency key.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub fingerprint: [u8; 32],
    pub at: DateTime<Utc>,
    pub reply: Reply,
}

/// Cheap to clone: the rows are shared.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub tables: Vec<Table>,
    pub seq: u64,
    /// Cursors from before this sequence have expired.
    pub horizon: u64,
    pub kept: HashMap<String, Kept>,
}

/// Why a record changes; it goes into the log with the change.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    pub by: By,
    pub request: Option<u64>,
    pub key: Option<String>,
    pub fence: Option<i64>,
}

impl Cause {
    pub fn user(request: Option<u64>) -> Self {
        Self { by: By::User, request, key: None, fence: None }
    }
}

/// What a record is to become.
pub(super) enum Next {
    Live(Fields),
    /// Removed, with a tombstone or without.
    Removed {
        tombstone: bool,
    },
}

impl World {
    pub fn new() -> Self {
        Self { tables: KINDS.iter().map(Table::new).collect(), seq: 0, horizon: 0, kept: HashMap::new() }
    }

    /// Puts a new record in without a line in the log: seeds and loads.
    pub fn seed(
        &mut self,
        kind: KindNumber,
        id: Option<String>,
        fields: Fields,
        at: DateTime<Utc>,
    ) -> Arc<Row> {
        let table = &mut self.tables[kind];
        let id = id.unwrap_or_else(|| table.assign_id(&KINDS[kind]));
        let known = table.get(&id).map(|row| (row.ordinal, row.revision));
        let (ordinal, revision) = known.unwrap_or_else(|| (table.place(), 0));
        self.write(
            kind,
            Row {
                etag: String::new(),
                ordinal,
                id,
                revision,
                seq: 0,
                updated_at: at,
                removed: false,
                fields,
            },
        )
    }

    /// Applies a change of an existing record or a create, and logs it.
    pub fn commit(
        &mut self,
        log: &mut Log,
        now: DateTime<Utc>,
        kind: KindNumber,
        (before, next): (Option<&Arc<Row>>, Next),
        cause: &Cause,
    ) -> Arc<Row> {
        let (seq_before, next_number) = (self.seq, self.tables[kind].next_number);
        let live_before = before.filter(|row| !row.removed).map(|row| row.fields.clone());
        let (ordinal, id, revision) = match before {
            Some(row) => (row.ordinal, row.id.clone(), row.revision),
            None => (self.tables[kind].place(), self.tables[kind].assign_id(&KINDS[kind]), 0),
        };
        let (removed, tombstone, fields) = match next {
            Next::Live(fields) => (false, true, fields),
            Next::Removed { tombstone } => (true, tombstone, live_before.clone().unwrap_or_default()),
        };
        let row =
            Row { etag: String::new(), ordinal, id, revision, seq: 0, updated_at: now, removed, fields };
        let row = self.write(kind, row);
        if !tombstone {
            self.tables[kind].take(&KINDS[kind], ordinal);
        }
        let past =
            Past { at: now, kind, id: row.id.clone(), before: before.cloned(), seq: seq_before, next_number };
        log.change(now, change(kind, live_before, &row, cause), past);
        row
    }

    /// Gives a version its revision, sequence and ETag and stores it.
    fn write(&mut self, kind: KindNumber, mut row: Row) -> Arc<Row> {
        self.seq += 1;
        row.revision += 1;
        row.seq = self.seq;
        row.etag = Row::etag_of(row.revision, row.removed, &row.fields);
        let row = Arc::new(row);
        self.tables[kind].put(&KINDS[kind], row.clone());
        row
    }

    /// The whole content in one canonical value: by type and id, with a hash that leaves times out.
    pub fn dump(&self) -> Value {
        let mut types = Map::new();
        let mut digest = Sha256::new();
        for (kind, table) in KINDS.iter().zip(&self.tables) {
            let rows: BTreeMap<&str, &Arc<Row>> =
                table.live.values().chain(table.removed.values()).map(|row| (row.id.as_str(), row)).collect();
            let mut shown = Vec::with_capacity(rows.len());
            for row in rows.values() {
                digest.update(format!("{}\u{0}{}\u{0}{}\u{0}", kind.name, row.id, row.etag));
                digest.update(serde_json::to_vec(&row.fields).unwrap_or_default());
                shown.push(serde_json::to_value(Shown { row, etag: true }).unwrap_or_default());
            }
            types.insert(kind.name.into(), Value::Array(shown));
        }
        let hash: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "types": types, "sequence": self.seq, "hash": hash })
    }

    /// The world as it was before the given changes, which are in the order they were applied. Answers kept
    /// under a key since `at` are forgotten with them.
    pub fn undo(&self, pasts: &[Past], at: DateTime<Utc>) -> Self {
        let mut world = self.clone();
        for past in pasts.iter().rev() {
            let table = &mut world.tables[past.kind];
            if let Some(ordinal) = table.get(&past.id).map(|row| row.ordinal) {
                table.take(&KINDS[past.kind], ordinal);
            }
            if let Some(row) = &past.before {
                table.put(&KINDS[past.kind], row.clone());
            }
            table.next_number = past.next_number;
            world.seq = past.seq;
        }
        world.kept.retain(|_, kept| kept.at <= at);
        world
    }

    /// Replaces this world by an older one and logs each record that differs.
    pub fn restore(&mut self, log: &mut Log, now: DateTime<Utc>, older: Self) {
        let cause = Cause { by: By::Restore, request: None, key: None, fence: None };
        for (kind, (mine, theirs)) in self.tables.iter().zip(&older.tables).enumerate() {
            let ids: BTreeSet<&str> =
                mine.live.values().chain(theirs.live.values()).map(|row| row.id.as_str()).collect();
            for id in ids {
                let (now_row, then) = (mine.get_live(id), theirs.get_live(id));
                if now_row.map(|row| &row.etag) == then.map(|row| &row.etag) {
                    continue;
                }
                let before = now_row.map(|row| row.fields.clone());
                let gone = |row: &Arc<Row>| Row { removed: true, revision: row.revision, ..Row::clone(row) };
                let Some(row) = then.map(|row| Row::clone(row)).or_else(|| now_row.map(gone)) else {
                    continue;
                };
                let past = Past {
                    at: now,
                    kind,
                    id: id.to_owned(),
                    before: mine.get(id).cloned(),
                    seq: self.seq,
                    next_number: mine.next_number,
                };
                log.change(now, change(kind, before, &row, &cause), past);
            }
        }
        *self = older;
    }
}

fn change(kind: KindNumber, before: Option<Fields>, row: &Row, cause: &Cause) -> Change {
    let op = match (&before, row.removed) {
        (_, true) => Op::Delete,
        (None, false) => Op::Create,
        (Some(_), false) => Op::Update,
    };
    let after = (!row.removed).then(|| row.fields.clone());
    Change {
        request: cause.request,
        by: cause.by,
        op,
        type_name: KINDS[kind].name.into(),
        id: row.id.clone(),
        revision: row.revision,
        before,
        after,
        key: cause.key.clone(),
        correlation: row.fields.get(EXTERNAL_REF).and_then(Value::as_str).map(str::to_owned),
        fence: cause.fence,
    }
}
