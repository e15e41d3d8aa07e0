//! Our own records page by page.

use connect::{Mark, Page, PageStream, Partition, SystemError, TypeName};
use futures::stream;
use store::local_record;

use super::record::item;
use super::{LocalSystem, down};

/// Records of one page.
const PAGE: u32 = 500;

/// Where a listing goes on: through the live records by id, then through the tombstones by sequence; a delta goes by
/// sequence alone.
#[derive(Clone)]
pub(super) enum Place {
    Live(String),
    Removed(i64),
    Changes(i64),
    End,
}

/// A listing on its way: where it goes on, and the end of the change sequence when it began.
#[derive(Clone)]
struct Walk {
    system: LocalSystem,
    t: TypeName,
    place: Place,
    end: Option<i64>,
}

/// The pages from a place on. What changes while they are read comes with the mark that the last page tells.
pub(super) fn pages(system: &LocalSystem, t: &TypeName, part: &Partition, place: Place) -> PageStream {
    if part.0.is_some() {
        let message = "records kept in Tiebreak are listed whole, not in parts".to_owned();
        return failed(SystemError::Misconfigured { message });
    }
    if let Err(error) = system.type_of(t) {
        return failed(error);
    }
    let walk = Walk { system: system.clone(), t: t.clone(), place, end: None };
    Box::pin(stream::try_unfold(walk, |walk| async move {
        if matches!(walk.place, Place::End) {
            return Ok(None);
        }
        walk.page().await.map(Some)
    }))
}

pub(super) fn failed(error: SystemError) -> PageStream {
    Box::pin(stream::iter([Err(error)]))
}

impl Walk {
    /// The page at this place, and the walk after it.
    async fn page(self) -> Result<(Page, Self), SystemError> {
        let (school, name) = (self.system.school, self.t.as_str());
        let mut reader = self.system.store.read().await.map_err(down)?;
        let end = match self.end {
            Some(end) => end,
            None => local_record::last_seq(&mut reader, school).await.map_err(down)?,
        };
        let (rows, next) = match &self.place {
            Place::Live(after) => {
                let rows = local_record::page(&mut reader, school, name, after, PAGE).await.map_err(down)?;
                let next = rows.last().map_or(Place::Removed(0), |row| Place::Live(row.id.clone()));
                (rows, next)
            }
            Place::Removed(since) => {
                let rows =
                    local_record::tombstones(&mut reader, school, name, *since, PAGE).await.map_err(down)?;
                let next = rows.last().map_or(Place::End, |row| Place::Removed(row.seq));
                (rows, next)
            }
            // A place that was never reached was given out by a database that has been put back since (CN C39).
            Place::Changes(since) if *since > end => return Err(SystemError::MarkExpired),
            Place::Changes(since) => {
                let rows =
                    local_record::changes(&mut reader, school, name, *since, PAGE).await.map_err(down)?;
                let next = rows.last().map_or(Place::End, |row| Place::Changes(row.seq));
                (rows, next)
            }
            Place::End => (Vec::new(), Place::End),
        };
        drop(reader);
        let reached =
            rows.last().filter(|_| matches!(next, Place::Changes(_))).map_or(end, |row| row.seq.max(end));
        let last = matches!(next, Place::End);
        let page = Page {
            items: rows.iter().map(item).collect(),
            total: None,
            server_time: None,
            next_mark: last.then(|| Mark::Seq(reached.unsigned_abs())),
            last,
            incomplete: None,
        };
        Ok((page, Self { place: next, end: Some(reached), ..self }))
    }
}
