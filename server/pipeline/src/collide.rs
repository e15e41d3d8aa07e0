//! Records that share what must be unique (MS K1, K2), found through the values that the store keeps of every record.
//!
//! Who collides with whom is known only when the plan has looked at all records that differ. So the values of those are stored
//! first, and then the rows of the plan are made, each record with the collisions it is in by then. A type that declares
//! nothing unique costs one question.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use merge::{Collision, ContentHash, FieldPath, Policy, RecordKey, Value, Verdict, unique_values};
use store::candidate::{self, Candidate};
use store::conflict::Conflict;
use store::ids::{LinkId, SchoolId};
use store::unique_value::{self, Holder, PlanMark, UniqueValue, UniqueValues};
use store::{Conn, Tx};

use crate::draft::Draft;
use crate::duplicate::{Duplicate, Other};
use crate::error::{PipelineError, Result};
use crate::night::Night;
use crate::plan::KeptOut;
use crate::record::Record;
use crate::settings::TypeSettings;

/// Other records that a collision names; of the rest it says how many they are.
const NAMED: u32 = 10;

/// What records share with others, by record.
#[derive(Debug, Default)]
pub(crate) struct Collisions(HashMap<LinkId, Vec<Shared>>);

/// A declared set that a record shares.
#[derive(Debug)]
struct Shared {
    /// The place of the set in the declaration.
    position: usize,
    /// The first of the others.
    others: Vec<Holder>,
    /// How many others there are.
    count: i64,
    /// Whether the plan changes one of them.
    changed: bool,
}

impl Collisions {
    /// Holds a record for what it shares, or warns of it (K1, K2); answers what it is held for.
    pub(crate) fn settle(
        &self,
        merge_type: &TypeSettings,
        record: &Record<'_>,
        verdict: &mut Verdict,
    ) -> Result<Vec<Duplicate>> {
        let Some(shared) = self.0.get(&record.candidate.link) else { return Ok(Vec::new()) };
        let policy = &merge_type.policy;
        let mut duplicates = Vec::new();
        let mut collisions = Vec::with_capacity(shared.len());
        for one in shared {
            let Some(set) = policy.unique.get(one.position) else { continue };
            let held = verdict.has_changed() || one.changed;
            let collision = Collision::new(set, one.keys()?, held);
            if held {
                duplicates.push(one.duplicate(&collision, verdict));
            }
            collisions.push(collision);
        }
        verdict.collide(policy, &record.input(merge_type), &collisions);
        Ok(duplicates)
    }
}

impl Shared {
    fn keys(&self) -> Result<Vec<RecordKey>> {
        let key = |other: &Holder| {
            RecordKey::parse_canonical(&other.key)
                .map_err(|error| PipelineError::Inconsistent(format!("key {}: {error}", other.key)))
        };
        let mut keys = self.others.iter().map(key).collect::<Result<Vec<_>>>()?;
        keys.sort();
        Ok(keys)
    }

    fn duplicate(&self, collision: &Collision, verdict: &Verdict) -> Duplicate {
        let value =
            |path: &FieldPath| verdict.merged.as_ref().and_then(|record| record.at(path)).map(Value::to_json);
        let other = |holder: &Holder| Other { key: holder.key.clone(), label: holder.label.clone() };
        Duplicate {
            code: collision.code.clone(),
            paths: collision.paths.iter().map(ToString::to_string).collect(),
            values: collision.paths.iter().map(value).collect(),
            others: self.others.iter().map(other).collect(),
            count: u64::try_from(self.count).unwrap_or(0),
        }
    }
}

/// What these records share with others, from the values wanted of them; what is stored of themselves does not count.
pub(crate) async fn collisions_of(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    wanted: &[UniqueValue],
) -> Result<Collisions> {
    let links: HashSet<LinkId> = wanted.iter().map(|one| one.link).collect();
    let values: HashSet<ContentHash> = wanted.iter().filter_map(|one| one.value).collect();
    if values.is_empty() {
        return Ok(Collisions::default());
    }
    let own = unique_value::get_many(conn, &links.into_iter().collect::<Vec<_>>()).await?;
    let own: HashMap<(LinkId, ContentHash), bool> = own
        .iter()
        .filter_map(|row| Some(((row.link, row.value?), row.plan == Some(PlanMark::Changed))))
        .collect();
    let values: Vec<ContentHash> = values.into_iter().collect();
    let mut holders: HashMap<ContentHash, Vec<Holder>> = HashMap::new();
    for holder in unique_value::holders(conn, school, type_name, &values, NAMED + 1).await? {
        holders.entry(holder.value).or_default().push(holder);
    }
    let mut found: HashMap<LinkId, Vec<Shared>> = HashMap::new();
    for one in wanted {
        let Some(value) = one.value else { continue };
        let group = holders.get(&value).map(Vec::as_slice).unwrap_or_default();
        let Some(first) = group.first() else { continue };
        let is_own = own.get(&(one.link, value)).copied();
        let count = first.holders - i64::from(is_own.is_some());
        if count == 0 {
            continue;
        }
        let others = group.iter().filter(|holder| holder.link != one.link).take(NAMED as usize).cloned();
        found.entry(one.link).or_default().push(Shared {
            position: usize::try_from(one.position).unwrap_or(usize::MAX),
            others: others.collect(),
            count,
            changed: first.changed > i64::from(is_own == Some(true)),
        });
    }
    Ok(Collisions(found))
}

/// What a record comes to hold by a verdict.
pub(crate) fn values_of(
    policy: &Policy,
    link: LinkId,
    verdict: &Verdict,
    plan: Option<PlanMark>,
) -> UniqueValues {
    let values = match &verdict.merged {
        Some(record) => unique_values(policy, record),
        None => vec![None; policy.unique.len()],
    };
    UniqueValues { link, values, plan }
}

/// What the plan makes of a record.
pub(crate) fn mark_of(verdict: &Verdict) -> PlanMark {
    if verdict.has_changed() { PlanMark::Changed } else { PlanMark::Unchanged }
}

/// The same, value by value.
pub(crate) fn each_of(row: &UniqueValues) -> Vec<UniqueValue> {
    let each = row.values.iter().zip(0_i64..);
    each.map(|(value, position)| UniqueValue { link: row.link, position, value: *value, plan: row.plan })
        .collect()
}

/// Holds one record, outside of a plan, for what it shares with others as far as that is known now.
pub(crate) async fn collide_now(
    tx: &mut Tx,
    school: SchoolId,
    merge_type: &TypeSettings,
    record: &Record<'_>,
    verdict: &mut Verdict,
) -> Result<Vec<Duplicate>> {
    let (policy, name) = (&merge_type.policy, merge_type.name.as_str());
    if policy.unique.is_empty() {
        return Ok(Vec::new());
    }
    let row = values_of(policy, record.candidate.link, verdict, Some(mark_of(verdict)));
    unique_value::hold_declaration(tx, school, name).await?;
    let collisions = collisions_of(tx, school, name, &each_of(&row)).await?;
    unique_value::replace_many(tx, school, name, &[row]).await?;
    collisions.settle(merge_type, record, verdict)
}

/// The paths for which a person may choose another value because they collide.
pub(crate) fn collided_paths(conflict: &Conflict) -> Result<Vec<FieldPath>> {
    let duplicates = Duplicate::read(conflict.duplicates.as_deref())?;
    let paths = duplicates.iter().flat_map(|one| &one.paths).map(|path| path.parse());
    paths.collect::<Result<_, _>>().map_err(|error| {
        PipelineError::Inconsistent(format!("duplicates of conflict {}: {error}", conflict.number))
    })
}

/// Whether a record would still share what must be unique with what a person has decided (K1): the field, and what is wrong
/// with its value. Else what it comes to hold is stored, so that the next decision knows it.
pub(crate) async fn still_collides(
    tx: &mut Tx,
    school: SchoolId,
    merge_type: &TypeSettings,
    record: &Record<'_>,
    verdict: &Verdict,
) -> Result<Option<(String, String)>> {
    let (policy, name) = (&merge_type.policy, merge_type.name.as_str());
    if policy.unique.is_empty() {
        return Ok(None);
    }
    let row = values_of(policy, record.candidate.link, verdict, Some(mark_of(verdict)));
    unique_value::hold_declaration(tx, school, name).await?;
    let collisions = collisions_of(tx, school, name, &each_of(&row)).await?;
    let first = collisions.0.get(&row.link).and_then(|shared| shared.first());
    if let Some((shared, set)) = first.and_then(|one| Some((one, policy.unique.get(one.position)?))) {
        let other = shared.others.first().map(|other| other.label.as_str()).unwrap_or_default();
        let more = match shared.count {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let path = set.first().map(ToString::to_string).unwrap_or_default();
        let message =
            format!("must be unique, and {other}{more} would have the same value; choose another one");
        return Ok(Some((path, message)));
    }
    unique_value::replace_many(tx, school, name, &[row]).await?;
    Ok(None)
}

impl Night {
    /// What these records share with others.
    pub(crate) async fn collisions(
        &self,
        merge_type: &TypeSettings,
        candidates: &[Candidate],
    ) -> Result<Collisions> {
        if merge_type.policy.unique.is_empty() {
            return Ok(Collisions::default());
        }
        let links: Vec<LinkId> = candidates.iter().map(|candidate| candidate.link).collect();
        let mut reader = self.pipeline.store.read().await?;
        let wanted = unique_value::get_many(&mut reader, &links).await?;
        collisions_of(&mut reader, self.school, &merge_type.name, &wanted).await
    }

    /// K2: records that do not differ, and yet share a value with one that the plan changes, are held with it.
    pub(crate) async fn plan_drawn_in(
        &self,
        merge_type: &TypeSettings,
        kept_out: &Arc<KeptOut>,
        draft: &mut Draft,
    ) -> Result<()> {
        while !merge_type.policy.unique.is_empty() {
            self.keep_lease().await?;
            let mut tx = self.begin_planning().await?;
            let (name, batch) = (merge_type.name.as_str(), self.pipeline.bounds.batch);
            let links = unique_value::list_drawn_in(&mut tx, self.school, name, batch).await?;
            if links.is_empty() {
                break;
            }
            let candidates = candidate::get_many(&mut tx, &links).await?;
            self.index(&mut tx, merge_type, &candidates, |_, _| Some(PlanMark::Unchanged)).await?;
            tx.commit().await?;
            self.plan_batch(merge_type, candidates, kept_out, draft).await?;
        }
        Ok(())
    }
}
