//! Revisions of the settings: who changed what, when and why (UX 7.5.10).

use app::api::{Page, PageRequest};
use store::Conn;
use store::ids::SchoolId;
use store::settings_revision::{self, SettingsRevision};

use super::draft::{MEANWHILE, told_changes};
use crate::desk::error::{Result, not_found};
use crate::desk::{Desk, page, school};

impl Desk {
    /// Revisions, newest first.
    pub(in crate::desk) async fn settings_changes(
        &self,
        slug: &str,
        page: &PageRequest,
    ) -> Result<Page<app::api::SettingsRevision>> {
        let limit = page::limit(page)?;
        let before: Option<i64> = page::after(page)?;
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, slug).await?;
        let newest = settings_revision::current(&mut reader, school.id).await?;
        let total = newest.map_or(0, |newest| newest.number);
        // The row after the last one shown is also what that one is compared with.
        let rows = settings_revision::list(&mut reader, school.id, before, limit + 1).await?;
        let mut told = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            told.push(revision(row, rows.get(at + 1))?);
        }
        Ok(page::cut(told, limit, total, |row| row.number.to_string(), |row| row))
    }

    /// One revision with what it changed.
    pub(in crate::desk) async fn settings_change(
        &self,
        slug: &str,
        number: i64,
    ) -> Result<app::api::SettingsRevision> {
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, slug).await?;
        let row = find(&mut reader, school.id, number).await?;
        let before = settings_revision::list(&mut reader, school.id, Some(number), 1).await?;
        revision(&row, before.first())
    }
}

/// The revision of this number.
pub(super) async fn find(conn: &mut Conn, school: SchoolId, number: i64) -> Result<SettingsRevision> {
    let rows = settings_revision::list(conn, school, number.checked_add(1), 1).await?;
    let found = rows.into_iter().find(|row| row.number == number);
    Ok(found.ok_or_else(|| not_found(format!("revision {number} of the settings")))?)
}

/// What was saved after a revision, newest first.
pub(super) async fn since(
    conn: &mut Conn,
    school: SchoolId,
    number: i64,
) -> Result<Vec<app::api::SettingsRevision>> {
    let rows = settings_revision::list(conn, school, None, MEANWHILE + 1).await?;
    let mut newer = Vec::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.number > number).take(MEANWHILE as usize) {
        newer.push(revision(row, rows.get(at + 1))?);
    }
    Ok(newer)
}

fn revision(row: &SettingsRevision, before: Option<&SettingsRevision>) -> Result<app::api::SettingsRevision> {
    let changes = match before {
        Some(before) => told_changes(&before.document, &row.document)?,
        None => Vec::new(),
    };
    Ok(app::api::SettingsRevision {
        number: row.number,
        at: row.created_at,
        author: row.author.clone(),
        reason: row.reason.clone(),
        changes,
    })
}
