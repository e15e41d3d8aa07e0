//! The queue: which conflicts wait, in what order, and what its filters have to choose from.

use std::collections::BTreeMap;

use app::api::{
    ConflictFilter, ConflictLine, ConflictSort, Facet, ListPlace, Page, PageRequest, Place, Queue,
};
use chrono::{DateTime, TimeDelta, Utc};
use merge::ConflictKind;
use pipeline::settings::Settings;
use store::Conn;
use store::conflict::{self, ConflictCount, ConflictField, ConflictStatus};
use store::ids::{ConflictId, RunId, SchoolId};

use super::error::{Result, invalid};
use super::{Desk, page, school};

/// Contested fields that a filter offers.
const FIELDS: u32 = 60;

impl Desk {
    /// Conflicts that match.
    pub(super) async fn conflicts(
        &self,
        school: &str,
        filter: &ConflictFilter,
        page: &PageRequest,
    ) -> Result<Page<ConflictLine>> {
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let wanted = wanted(&mut reader, school.id, filter, self.pipeline.clock.now()).await?;
        let total = conflict::count(&mut reader, school.id, &wanted).await?;
        part(&mut reader, school.id, wanted, page, total).await
    }

    /// The same with what the filters have to choose from.
    pub(super) async fn queue(
        &self,
        slug: &str,
        filter: &ConflictFilter,
        page: &PageRequest,
    ) -> Result<Queue> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let wanted = wanted(&mut reader, school.id, filter, self.pipeline.clock.now()).await?;
        // Each filter counts what the others let through; one look at the conflicts answers for types and kinds.
        let any = conflict::ConflictFilter { types: Vec::new(), kinds: Vec::new(), ..wanted.clone() };
        let any_path = conflict::ConflictFilter { paths: Vec::new(), ..wanted.clone() };
        let counts = conflict::counts(&mut reader, school.id, &any).await?;
        let of_types = |count: &&ConflictCount| {
            wanted.types.is_empty() || wanted.types.contains(&count.type_name.as_str())
        };
        let of_kinds = |count: &&ConflictCount| wanted.kinds.is_empty() || wanted.kinds.contains(&count.kind);
        let types = types_of(&settings, counts.iter().filter(of_kinds));
        let kinds = kinds_of(counts.iter().filter(of_types));
        let total = counts.iter().filter(of_types).filter(of_kinds).map(|count| count.count).sum();
        let paths = conflict::path_counts(&mut reader, school.id, &any_path, FIELDS).await?;
        let open = conflict::count_living(&mut reader, school.id).await?;
        Ok(Queue {
            page: part(&mut reader, school.id, wanted, page, total).await?,
            types,
            kinds,
            fields: paths.into_iter().map(|path| facet(&path.path, &path.path, path.count)).collect(),
            open,
        })
    }

    /// The conflict that follows one in a list; without one, the first.
    pub(super) async fn next_conflict(
        &self,
        slug: &str,
        filter: &ConflictFilter,
        after: Option<i64>,
    ) -> Result<Option<i64>> {
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, slug).await?;
        let mut wanted = wanted(&mut reader, school.id, filter, self.pipeline.clock.now()).await?;
        wanted.place = after.map_or(conflict::Place::First, conflict::Place::After);
        let found = conflict::list(&mut reader, school.id, &wanted, 1).await?;
        Ok(found.first().map(|conflict| conflict.number))
    }
}

/// Where a conflict stands in a list.
pub(super) async fn place(
    conn: &mut Conn,
    school: SchoolId,
    filter: &ConflictFilter,
    now: DateTime<Utc>,
    number: i64,
) -> Result<ListPlace> {
    let wanted = wanted(conn, school, filter, now).await?;
    let total = conflict::count(conn, school, &wanted).await?;
    let neighbours = conflict::neighbours(conn, school, &wanted, number).await?;
    Ok(ListPlace {
        before: conflict::position(conn, school, &wanted, number).await?.unwrap_or(0),
        total,
        previous: neighbours.previous,
        next: neighbours.next,
    })
}

/// The filter in the words of the store; open conflicts unless it says otherwise.
async fn wanted<'f>(
    conn: &mut Conn,
    school: SchoolId,
    filter: &'f ConflictFilter,
    now: DateTime<Utc>,
) -> Result<conflict::ConflictFilter<'f>> {
    let mut statuses = words(&filter.statuses, "status")?;
    if statuses.is_empty() {
        statuses.push(ConflictStatus::Open);
    }
    Ok(conflict::ConflictFilter {
        types: filter.types.iter().map(String::as_str).collect(),
        kinds: words(&filter.kinds, "kind")?,
        statuses,
        paths: filter.fields.iter().map(String::as_str).collect(),
        text: filter.q.as_deref(),
        opened_run: opened_run(conn, school, filter.merge).await?,
        opened_before: filter.age_days.map(|days| now - TimeDelta::days(i64::from(days.min(36_500)))),
        changed_before: None,
        sort: match filter.sort {
            ConflictSort::Waiting => conflict::ConflictSort::Waiting,
            ConflictSort::Newest => conflict::ConflictSort::Newest,
            ConflictSort::Record => conflict::ConflictSort::Label,
        },
        place: conflict::Place::First,
    })
}

/// The run of this number; one that is not there has found nothing.
async fn opened_run(conn: &mut Conn, school: SchoolId, number: Option<i64>) -> Result<Option<RunId>> {
    let Some(number) = number else { return Ok(None) };
    let run = store::run::find_by_number(conn, school, number).await?;
    Ok(Some(run.map_or_else(|| RunId(uuid::Uuid::nil()), |run| run.id)))
}

async fn part(
    conn: &mut Conn,
    school: SchoolId,
    mut wanted: conflict::ConflictFilter<'_>,
    page: &PageRequest,
    total: i64,
) -> Result<Page<ConflictLine>> {
    let limit = page::limit(page)?;
    wanted.place = place_of(&page.place)?;
    let mut rows = conflict::list(conn, school, &wanted, limit + 1).await?;
    let more = rows.len() > limit as usize;
    let backwards = matches!(page.place, Place::Before(_) | Place::Last);
    if more && backwards {
        rows.remove(0);
    }
    rows.truncate(limit as usize);
    let before = match rows.first() {
        Some(first) if page.place != Place::First => {
            conflict::position(conn, school, &wanted, first.number).await?.unwrap_or(0)
        }
        _ => 0,
    };
    let shown = i64::try_from(rows.len()).unwrap_or(0);
    let ids: Vec<ConflictId> = rows.iter().map(|row| row.id).collect();
    let mut fields: BTreeMap<ConflictId, Vec<ConflictField>> = BTreeMap::new();
    for (id, field) in conflict::outlines_of_many(conn, &ids).await? {
        fields.entry(id).or_default().push(field);
    }
    Ok(Page {
        previous: rows.first().filter(|_| before > 0).map(|row| row.number.to_string()),
        next: rows.last().filter(|_| before + shown < total).map(|row| row.number.to_string()),
        items: rows
            .iter()
            .map(|row| super::conflict::line(row, fields.get(&row.id).map_or(&[], Vec::as_slice)))
            .collect(),
        total,
        before,
    })
}

fn place_of(place: &Place) -> Result<conflict::Place> {
    let number = |text: &str| -> Result<i64> {
        Ok(text.parse().map_err(|_| invalid("page", format!("\"{text}\" is no place of this list")))?)
    };
    Ok(match place {
        Place::First => conflict::Place::First,
        Place::After(text) => conflict::Place::After(number(text)?),
        Place::Before(text) => conflict::Place::Before(number(text)?),
        Place::Last => conflict::Place::Last,
    })
}

/// Every type that is merged, in the order of the settings, with its number.
fn types_of<'c>(settings: &Settings, counts: impl Iterator<Item = &'c ConflictCount>) -> Vec<Facet> {
    let mut types: BTreeMap<&str, i64> = BTreeMap::new();
    for count in counts {
        *types.entry(&count.type_name).or_default() += count.count;
    }
    let of = |name: &str| types.get(name).copied().unwrap_or(0);
    settings.types.iter().map(|one| facet(&one.name, &one.label, of(&one.name))).collect()
}

/// The kinds there are, in the order of the engine.
fn kinds_of<'c>(counts: impl Iterator<Item = &'c ConflictCount>) -> Vec<Facet> {
    let mut kinds: BTreeMap<ConflictKind, i64> = BTreeMap::new();
    for count in counts {
        *kinds.entry(count.kind).or_default() += count.count;
    }
    kinds.into_iter().map(|(kind, count)| facet(kind.as_str(), kind.as_str(), count)).collect()
}

fn facet(word: &str, label: &str, count: i64) -> Facet {
    Facet { word: word.to_owned(), label: label.to_owned(), count }
}

/// Words of a filter as what they stand for.
pub(super) fn words<T: std::str::FromStr>(words: &[String], place: &str) -> Result<Vec<T>> {
    let parse =
        |word: &String| word.parse().map_err(|_| invalid(place, format!("\"{word}\" is none of its words")));
    Ok(words.iter().map(parse).collect::<Result<_, _>>()?)
}
