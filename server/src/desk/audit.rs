//! The audit log.

use app::api::{Actor, AuditFilter, AuditKind, AuditLine, AuditVerdict, Page, PageRequest, Role};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::json;
use store::audit::{AuditFilter as Rows, AuditRow, Verification};

use super::error::Result;
use super::{Desk, page, school};

/// Names offered as a filter.
const ACTORS: u32 = 200;

impl Desk {
    /// Computes the whole chain anew (RL S46).
    pub(super) async fn verify(&self) -> Result<AuditVerdict> {
        let mut reader = self.pipeline.store.read().await?;
        Ok(match store::audit::verify(&mut reader).await? {
            Verification::Intact(head) => AuditVerdict::Whole { rows: head.count, head: head.hash },
            Verification::Broken { seq } => AuditVerdict::Broken { row: seq },
        })
    }

    /// Rows of a school, newest first. Whoever may do everything everywhere sees those of the installation, too.
    pub(super) async fn audit_rows(
        &self,
        actor: &Actor,
        school: &str,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<AuditLine>> {
        let wanted = page::wanted::<i64>(page)?;
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let all = Rows {
            school: Some(school.id),
            installation: actor.role_everywhere() == Some(Role::Admin),
            actor: filter.actor.as_deref(),
            kinds: filter.kind.map_or(&[], AuditKind::actions),
            from: filter.from.map(midnight),
            to: filter.to.and_then(|day| day.succ_opt()).map(midnight),
            ..Rows::default()
        };
        let edge = wanted.edge.filter(|_| !wanted.backwards);
        let after = wanted.edge.filter(|_| wanted.backwards);
        let part = Rows { before: edge, after, oldest_first: wanted.backwards, ..all.clone() };
        let rows = store::audit::list(&mut reader, &part, wanted.rows()).await?;
        let total = store::audit::count(&mut reader, &all).await?;
        let mut part = page::part(rows, &wanted, total, |row| row.seq.to_string(), line);
        if let Some(first) = part.items.first() {
            let newer = Rows { after: Some(first.row), ..all };
            part.before = store::audit::count(&mut reader, &newer).await?;
        }
        Ok(part)
    }

    /// Who has rows in a school.
    pub(super) async fn audit_actors(&self, school: &str) -> Result<Vec<String>> {
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        Ok(store::audit::list_actors(&mut reader, school.id, ACTORS).await?)
    }

    /// Writes a download down.
    pub(super) async fn audit_exported(&self, actor: &Actor, school: &str, rows: u64) -> Result<()> {
        let mut tx = self.pipeline.store.begin().await?;
        let school = school::find(&mut tx, school).await?;
        let detail = json!({ "rows": rows });
        self.pipeline.audit(&mut tx, school.id, &actor.name, "export.activity", "activity", &detail).await?;
        Ok(tx.commit().await?)
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn line(row: AuditRow) -> AuditLine {
    AuditLine {
        row: row.seq,
        at: row.recorded_at,
        actor: row.actor,
        action: row.action,
        target: row.target,
        detail: row.detail,
    }
}
