//! Differences on purpose: declared, listed, ended (MS C10).

use app::api::{
    Actor, ApiError, ApiResult, DifferenceFilter, DifferenceLine, Differences, NewDifference, Page,
    PageRequest,
};
use async_trait::async_trait;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use merge::FieldPath;
use pipeline::difference::{DifferenceRefused, DifferenceRequest};
use pipeline::settings::Settings;
use store::difference::{self, Difference, DifferenceFilter as Rows};
use store::ids::DifferenceId;

use super::error::{Result, invalid, not_found, not_now};
use super::rights::{Call, require};
use super::{Desk, page, record, school};

/// The longest reason.
const REASON_MOST: usize = 500;

#[async_trait]
impl Differences for Desk {
    async fn declare_difference(&self, actor: &Actor, school: &str, new: &NewDifference) -> ApiResult<()> {
        require(actor, school, Call::Decide)?;
        self.answer(self.declared(actor, school, new).await)
    }

    async fn list_differences(
        &self,
        actor: &Actor,
        school: &str,
        filter: &DifferenceFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<DifferenceLine>> {
        require(actor, school, Call::ListConflicts)?;
        self.answer(self.differences(school, filter, page).await)
    }

    async fn end_difference(&self, actor: &Actor, school: &str, difference: &str) -> ApiResult<()> {
        require(actor, school, Call::Decide)?;
        self.answer(self.ended_difference(actor, school, difference).await)
    }
}

impl Desk {
    async fn declared(&self, actor: &Actor, slug: &str, new: &NewDifference) -> Result<()> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        drop(reader);
        let path: FieldPath = new.field.parse().map_err(|error| invalid("field", format!("{error}")))?;
        let reason = new.reason.trim();
        if reason.chars().count() > REASON_MOST {
            return Err(invalid("reason", format!("at most {REASON_MOST} characters")).into());
        }
        let request = DifferenceRequest {
            school: school.id,
            conflict: new.conflict,
            revision: &new.revision,
            path: &path,
            reason,
            until: end_of_day(&new.until, settings.school.zone)?,
            person: &actor.name,
            person_id: &actor.id,
        };
        match self.pipeline.declare_difference(&settings, &request).await? {
            Ok(_) => Ok(()),
            Err(refused) => Err(self.not_declared(slug, new.conflict, refused).await?.into()),
        }
    }

    async fn not_declared(&self, slug: &str, number: i64, refused: DifferenceRefused) -> Result<ApiError> {
        Ok(match refused {
            DifferenceRefused::Conflict(refused) => self.conflict_refused(slug, number, &refused).await?,
            DifferenceRefused::NoReason => invalid("reason", "say why both may differ"),
            DifferenceRefused::Over => invalid("until", "must be today or later"),
            DifferenceRefused::NotContested { .. } | DifferenceRefused::Together { .. } => {
                invalid("field", refused.to_string())
            }
            DifferenceRefused::Deleted => not_now(refused.to_string()),
        })
    }

    async fn differences(
        &self,
        slug: &str,
        filter: &DifferenceFilter,
        page: &PageRequest,
    ) -> Result<Page<DifferenceLine>> {
        let wanted = page::wanted::<DifferenceId>(page)?;
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        if let Some(name) = &filter.merge_type {
            record::merge_type(&settings, name)?;
        }
        let all = Rows { type_name: filter.merge_type.as_deref(), ..Rows::default() };
        let total = difference::count_standing(&mut reader, school.id, &all).await?;
        let part = Rows {
            after: wanted.edge.filter(|_| !wanted.backwards),
            before: wanted.edge.filter(|_| wanted.backwards),
            newest_first: wanted.backwards,
            ..all.clone()
        };
        let rows = difference::list_standing(&mut reader, school.id, &part, wanted.rows()).await?;
        let mut part = page::part(rows, &wanted, total, |row| row.id.to_string(), |row| row);
        if let Some(first) = part.items.first() {
            let older = Rows { before: Some(first.id), ..all };
            part.before = difference::count_standing(&mut reader, school.id, &older).await?;
        }
        Ok(part.map(|row| line(&settings, row)))
    }

    async fn ended_difference(&self, actor: &Actor, slug: &str, difference: &str) -> Result<()> {
        let unknown = || not_found(format!("difference {difference}"));
        let id: DifferenceId = difference.parse().map_err(|_| unknown())?;
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        drop(reader);
        match self.pipeline.end_difference(&settings, school.id, id, &actor.name).await? {
            true => Ok(()),
            false => Err(unknown().into()),
        }
    }
}

/// A difference as people see it.
pub(super) fn line(settings: &Settings, row: Difference) -> DifferenceLine {
    let label = settings.merge_type(&row.type_name).map(|one| one.label.clone());
    DifferenceLine {
        id: row.id.to_string(),
        type_label: label.unwrap_or_else(|| row.type_name.clone()),
        merge_type: row.type_name,
        key: row.key,
        label: row.label,
        path: row.path,
        ours: row.ours,
        theirs: row.theirs,
        person: row.person,
        reason: row.reason,
        at: row.made_at,
        until: row.until,
    }
}

/// The end of a day in the zone of the school; none where no day is given.
fn end_of_day(day: &str, zone: Tz) -> Result<Option<DateTime<Utc>>> {
    let day = day.trim();
    if day.is_empty() {
        return Ok(None);
    }
    let wrong = || invalid("until", "must be a day, such as 2026-12-31");
    let day: NaiveDate = day.parse().map_err(|_| wrong())?;
    let next = day.checked_add_days(Days::new(1)).ok_or_else(wrong)?.and_time(NaiveTime::MIN);
    // Where the clock jumps over midnight, the day ends when it has jumped.
    let end = next.and_local_timezone(zone).earliest();
    let end = end.or_else(|| (next + chrono::TimeDelta::hours(1)).and_local_timezone(zone).earliest());
    Ok(Some(end.ok_or_else(wrong)?.with_timezone(&Utc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_holds_to_the_end_of_its_last_day_in_the_zone_of_the_school() {
        let end = |day: &str, zone: Tz| end_of_day(day, zone).map(|end| end.map(|end| end.to_rfc3339()));
        let berlin = end("2026-12-31", chrono_tz::Europe::Berlin).expect("a day");
        assert_eq!(berlin.as_deref(), Some("2026-12-31T23:00:00+00:00"));
        assert_eq!(end(" ", Tz::UTC).expect("no day"), None);
        assert!(end("soon", Tz::UTC).is_err());
        // In Cairo the clock jumped from 00:00 to 01:00 on 26 April 2024.
        let cairo = end("2024-04-25", chrono_tz::Africa::Cairo).expect("a day");
        assert_eq!(cairo.as_deref(), Some("2024-04-25T22:00:00+00:00"));
    }
}
