//! The audit log.

use app::api::{AuditLine, AuditVerdict, Page, PageRequest};
use store::audit::{AuditFilter, AuditRow, Verification};

use super::error::Result;
use super::{Desk, page, school};

impl Desk {
    /// Computes the whole chain anew (RL S46).
    pub(super) async fn verify(&self) -> Result<AuditVerdict> {
        let mut reader = self.pipeline.store.read().await?;
        Ok(match store::audit::verify(&mut reader).await? {
            Verification::Intact(head) => AuditVerdict::Whole { rows: head.count, head: head.hash },
            Verification::Broken { seq } => AuditVerdict::Broken { row: seq },
        })
    }

    /// Rows of a school, newest first.
    pub(super) async fn audit_rows(&self, school: &str, page: &PageRequest) -> Result<Page<AuditLine>> {
        let limit = page::limit(page)?;
        let before = page::after::<i64>(page)?;
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let filter = AuditFilter { school: Some(school.id), before, ..AuditFilter::default() };
        let rows = store::audit::list(&mut reader, &filter, limit + 1).await?;
        let total = store::audit::count(&mut reader, &filter).await?;
        Ok(page::cut(rows, limit, total, |row| row.seq.to_string(), line))
    }
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
