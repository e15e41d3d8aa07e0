//! How the conflicts that a merge found become rows: new ones get the next numbers, living ones keep theirs.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use merge::ConflictKind;
use sqlx::QueryBuilder;

use super::{Conflict, ConflictField, find_living_for_links};
use crate::column::micros;
use crate::db::{BATCH, Conn, on, push_list};
use crate::error::Result;
use crate::ids::{ConflictId, LinkId, RunId, SchoolId};
use crate::school::{Counter, take_numbers};

/// A conflict that a merge found.
#[derive(Debug, Clone)]
pub struct NewConflict {
    /// Its id, used if it is new.
    pub id: ConflictId,
    /// The record.
    pub link: LinkId,
    /// The merge type.
    pub type_name: String,
    /// Key of the record in canonical form.
    pub key: String,
    /// Key of the record for people.
    pub label: String,
    /// The engine's id.
    pub engine_id: String,
    /// The first cause that applies.
    pub kind: ConflictKind,
    /// JSON list of all causes.
    pub causes: String,
    /// JSON: what it shares with other records that must be unique.
    pub duplicates: Option<String>,
    /// The engine's revision.
    pub revision: String,
    /// What it holds: `record` or `field`.
    pub hold: String,
    /// Whether it rests on a write of unknown fate.
    pub cautious: bool,
    /// Whether the base has the record.
    pub present_base: bool,
    /// Whether our side has it.
    pub present_ours: bool,
    /// Whether their side has it.
    pub present_theirs: bool,
    /// The contested paths.
    pub fields: Vec<ConflictField>,
}

/// What became of a conflict that a merge found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The record.
    pub link: LinkId,
    /// Id of the conflict.
    pub id: ConflictId,
    /// Its number.
    pub number: i64,
    /// Whether it is new.
    pub how: OpenedHow,
}

/// Whether a conflict is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpenedHow {
    /// The record had none.
    New,
    /// The question changed: it has another revision and is open again (MS C2).
    Changed,
    /// The same question as before; its status stays.
    Same,
}

/// Stores the conflicts that a merge found, at most one for a record. Answers them in the order given.
///
/// A record without a living conflict gets a new one with the next number, in the order given. A living one whose
/// revision differs takes everything over and is open again, also when it was decided, snoozed or left; one with the
/// same revision is only marked as seen.
pub async fn open_or_refresh_many(
    conn: &mut Conn,
    school: SchoolId,
    run: Option<RunId>,
    found: &[NewConflict],
    now: DateTime<Utc>,
) -> Result<Vec<Opened>> {
    let links: Vec<LinkId> = found.iter().map(|new| new.link).collect();
    let living = find_living_for_links(conn, &links).await?;
    let living: HashMap<LinkId, Conflict> = living.into_iter().map(|old| (old.link, old)).collect();
    let fresh = found.iter().filter(|new| !living.contains_key(&new.link)).count();
    let first =
        take_numbers(conn, school, Counter::Conflict, fresh).await? - i64::try_from(fresh).unwrap_or(0);
    let opened = number(found, &living, first);
    let same = opened.iter().filter(|opened| opened.how == OpenedHow::Same).map(|opened| opened.id);
    mark_seen(conn, &same.collect::<Vec<_>>(), run).await?;
    let rows: Vec<Row<'_>> = found
        .iter()
        .zip(&opened)
        .filter(|(_, opened)| opened.how != OpenedHow::Same)
        .map(|(new, opened)| Row { new, opened, old: living.get(&new.link) })
        .collect();
    for rows in rows.chunks(BATCH) {
        upsert(conn, school, run, rows, now).await?;
    }
    replace_fields(conn, &rows).await?;
    Ok(opened)
}

struct Row<'a> {
    new: &'a NewConflict,
    opened: &'a Opened,
    old: Option<&'a Conflict>,
}

fn number(found: &[NewConflict], living: &HashMap<LinkId, Conflict>, mut last: i64) -> Vec<Opened> {
    let mut seen = HashSet::with_capacity(found.len());
    found
        .iter()
        .map(|new| {
            debug_assert!(seen.insert(new.link), "one conflict per record");
            match living.get(&new.link) {
                None => {
                    last += 1;
                    Opened { link: new.link, id: new.id, number: last, how: OpenedHow::New }
                }
                Some(old) => {
                    let same = old.revision == new.revision;
                    let how = if same { OpenedHow::Same } else { OpenedHow::Changed };
                    Opened { link: new.link, id: old.id, number: old.number, how }
                }
            }
        })
        .collect()
}

async fn mark_seen(conn: &mut Conn, ids: &[ConflictId], run: Option<RunId>) -> Result<()> {
    for ids in ids.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("update conflict set seen_run = ");
            query.push_bind(run).push(" where id in ");
            push_list!(query, ids);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

async fn upsert(
    conn: &mut Conn,
    school: SchoolId,
    run: Option<RunId>,
    rows: &[Row<'_>],
    now: DateTime<Utc>,
) -> Result<()> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(
            "insert into conflict (id, school, number, type, link, key, label, search, engine_id, kind, causes,
               duplicates, revision, hold, status, cautious, present_base, present_ours, present_theirs, opened_run, seen_run,
               opened_at, changed_at) ",
        );
        query.push_values(rows, |mut row, Row { new, opened, old }| {
            let opened_at = old.map_or(now, |old| old.opened_at);
            row.push_bind(opened.id).push_bind(school).push_bind(opened.number);
            row.push_bind(&new.type_name).push_bind(new.link);
            row.push_bind(&new.key).push_bind(&new.label).push_bind(new.label.to_lowercase());
            row.push_bind(&new.engine_id).push_bind(new.kind.as_str()).push_bind(&new.causes);
            row.push_bind(new.duplicates.as_deref()).push_bind(&new.revision).push_bind(&new.hold).push_bind("open").push_bind(new.cautious);
            row.push_bind(new.present_base).push_bind(new.present_ours).push_bind(new.present_theirs);
            row.push_bind(old.map_or(run, |old| old.opened_run)).push_bind(run);
            row.push_bind(micros(opened_at)).push_bind(micros(now));
        });
        query.push(
            " on conflict (id) do update set type = excluded.type, key = excluded.key, label = excluded.label,
                search = excluded.search, engine_id = excluded.engine_id, kind = excluded.kind,
                causes = excluded.causes, duplicates = excluded.duplicates, revision = excluded.revision, hold = excluded.hold,
                status = excluded.status, cautious = excluded.cautious, present_base = excluded.present_base,
                present_ours = excluded.present_ours, present_theirs = excluded.present_theirs,
                seen_run = excluded.seen_run, changed_at = excluded.changed_at",
        );
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(())
}

async fn replace_fields(conn: &mut Conn, rows: &[Row<'_>]) -> Result<()> {
    let changed = rows.iter().filter(|row| row.old.is_some()).map(|row| row.opened.id);
    for ids in changed.collect::<Vec<_>>().chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("delete from conflict_field where conflict in ");
            push_list!(query, ids);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    let fields = rows.iter().flat_map(|row| row.new.fields.iter().map(|field| (row.opened.id, field)));
    for fields in fields.collect::<Vec<_>>().chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new(
                "insert into conflict_field (conflict, path, position, base, ours, theirs, question, reason, with_keys) ",
            );
            query.push_values(fields, |mut row, (id, field)| {
                row.push_bind(*id).push_bind(&field.path).push_bind(field.position);
                row.push_bind(field.base.as_deref()).push_bind(field.ours.as_deref());
                row.push_bind(field.theirs.as_deref()).push_bind(&field.question);
                row.push_bind(&field.reason).push_bind(&field.with_keys);
            });
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}
