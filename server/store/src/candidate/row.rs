//! One row of the statement that finds what a merge must look at.

use merge::ContentHash;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use super::{Candidate, CandidateBase, CandidateSide};
use crate::column::MaybeText;
use crate::ids::{ConflictId, LinkId};
use crate::staged::StagedState;

/// What a merge needs of a link. Most records changed on one side: the body of the other, which is the base's, is not
/// carried twice, and an empty text, which no body is, stands for it.
pub(super) const SELECT: &str = "
  select l.id, l.type, l.key, l.label, l.ours_id, l.theirs_id,
    b.hash, b.generation, b.fields_agreed, b.body, c.id,
    cast(case when c.hold = 'record' and c.status <> 'decided' then 1 else 0 end
      + case when exists (select 1 from write w where w.link = l.id and w.error_code = 'ambiguous') then 2 else 0 end
      + case when exists (select 1 from write w where w.link = l.id and w.side = 'ours' and w.state in
          ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')) then 4 else 0 end
      + case when exists (select 1 from write w where w.link = l.id and w.side = 'theirs' and w.state in
          ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')) then 8 else 0 end
      + case when exists (select 1 from difference d where d.link = l.id and d.ended_at is null) then 16 else 0 end
      + case when exists (select 1 from write w where w.link = l.id and w.state in ('rejected', 'superseded'))
          then 32 else 0 end
      as bigint),
    o.state, o.hash, o.version, case when o.hash = b.hash and o.body = b.body then '' else o.body end,
    t.state, t.hash, t.version, case when t.hash = b.hash and t.body = b.body then '' else t.body end
  from link l
    left join base b on b.link = l.id
    left join staged o on o.link = l.id and o.side = 'ours'
    left join staged t on t.link = l.id and t.side = 'theirs'
    left join conflict c on c.link = l.id and c.closed_at is null
  where l.state = 'live' and ";

// The marks of a link, which are one column: each costs a place in memory that one thread takes and another gives back.
const HELD_BY_CONFLICT: i64 = 1;
const UNCERTAIN: i64 = 2;
const OPEN_OURS: i64 = 4;
const OPEN_THEIRS: i64 = 8;
const DIFFERS_ON_PURPOSE: i64 = 16;
const WAS_REFUSED: i64 = 32;

/// What a merge needs of a link, as the statement has it.
pub(super) struct Row {
    pub(super) link: LinkId,
    type_name: String,
    key: String,
    label: String,
    ours_id: Option<String>,
    theirs_id: Option<String>,
    base_hash: Option<ContentHash>,
    base_generation: Option<i64>,
    base_fields_agreed: Option<String>,
    base_body: Option<String>,
    conflict: Option<ConflictId>,
    marks: i64,
    ours: Held,
    theirs: Held,
}

/// What a side holds, all null when it never had the record.
struct Held {
    state: Option<StagedState>,
    hash: Option<ContentHash>,
    version: Option<String>,
    body: Option<String>,
}

/// Columns are read by their place: a night reads two million of them, and to find each by its name takes longer than to
/// read it.
macro_rules! from_row {
    ($row:ty) => {
        impl FromRow<'_, $row> for Row {
            fn from_row(row: &$row) -> sqlx::Result<Self> {
                let hash = |place: usize| row.try_get::<MaybeText<ContentHash>, _>(place).map(Into::into);
                let held = |first: usize| -> sqlx::Result<Held> {
                    let (state, hash) = (row.try_get(first)?, hash(first + 1)?);
                    Ok(Held { state, hash, version: row.try_get(first + 2)?, body: row.try_get(first + 3)? })
                };
                Ok(Self {
                    link: row.try_get(0)?,
                    type_name: row.try_get(1)?,
                    key: row.try_get(2)?,
                    label: row.try_get(3)?,
                    ours_id: row.try_get(4)?,
                    theirs_id: row.try_get(5)?,
                    base_hash: hash(6)?,
                    base_generation: row.try_get(7)?,
                    base_fields_agreed: row.try_get(8)?,
                    base_body: row.try_get(9)?,
                    conflict: row.try_get(10)?,
                    marks: row.try_get(11)?,
                    ours: held(12)?,
                    theirs: held(16)?,
                })
            }
        }
    };
}
from_row!(SqliteRow);
from_row!(PgRow);

impl Row {
    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let bodies = [&self.base_body, &self.ours.body, &self.theirs.body];
        bodies.into_iter().flatten().map(String::len).sum()
    }

    /// Whether it was declared to differ on purpose, which is told apart.
    pub(super) fn differs_on_purpose(&self) -> bool {
        self.marks & DIFFERS_ON_PURPOSE != 0
    }

    pub(super) fn into_candidate(self) -> Candidate {
        let marks = self.marks;
        let base = match (self.base_hash, self.base_generation, self.base_fields_agreed, self.base_body) {
            (Some(hash), Some(generation), Some(fields_agreed), Some(body)) => {
                Some(CandidateBase { hash, generation, fields_agreed, body })
            }
            _ => None,
        };
        let (ours, theirs) = (self.ours.into_side(base.as_ref()), self.theirs.into_side(base.as_ref()));
        Candidate {
            link: self.link,
            type_name: self.type_name,
            key: self.key,
            label: self.label,
            ours_id: self.ours_id,
            theirs_id: self.theirs_id,
            base,
            ours,
            theirs,
            conflict: self.conflict,
            held_by_conflict: marks & HELD_BY_CONFLICT != 0,
            uncertain: marks & UNCERTAIN != 0,
            open_ours: marks & OPEN_OURS != 0,
            open_theirs: marks & OPEN_THEIRS != 0,
            was_refused: marks & WAS_REFUSED != 0,
            differences: Vec::new(),
        }
    }
}

impl Held {
    fn into_side(self, base: Option<&CandidateBase>) -> Option<CandidateSide> {
        let body = match self.body {
            Some(body) if body.is_empty() => base.map(|base| base.body.clone()),
            body => body,
        };
        Some(CandidateSide { state: self.state?, hash: self.hash, version: self.version, body })
    }
}
