//! Sessions as rows of the database (RL S15, S16).
//!
//! Rows are named by the SHA-256 of the session's id, so that a dump holds no id that can be used. Making one is an
//! insert, changing one an update only: whoever still holds a session that was ended saves nothing. How long one lives
//! is judged by its row and the clock of the house, never by what the cookie says.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use connect::Clock;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::ids::PersonId;
use store::session::Session as Row;
use store::{Store, StoreError};
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result as Kept};

/// A session that nobody used for so long has ended.
pub(super) const IDLE: TimeDelta = TimeDelta::minutes(30);
/// A session ends after this, however much it is used.
pub(super) const LONGEST: TimeDelta = TimeDelta::hours(8);
/// The member of the session that says who signed in.
pub(super) const PERSON: &str = "person";
/// The member of the session that says when it was last noted as used; its truth is the row.
pub(super) const SEEN: &str = "seen";

/// The rows, and the time they are judged by.
#[derive(Clone)]
pub(crate) struct Rows {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rows")
    }
}

/// The name of a session's row.
pub(super) fn named(id: Id) -> String {
    hexadecimal(&Sha256::digest(id.to_string()))
}

/// Bytes in hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Rows {
    /// From when on a session must have been used to live now.
    pub(super) fn idle_since(&self) -> DateTime<Utc> {
        self.clock.now() - IDLE
    }

    async fn insert(&self, record: &Record) -> Result<(), StoreError> {
        let now = self.clock.now();
        let person = record.data.get(PERSON).and_then(|person| person.as_str()?.parse::<PersonId>().ok());
        let row = Row {
            id: named(record.id),
            person,
            created_at: now,
            seen_at: now,
            expires_at: now + LONGEST,
            data: serde_json::json!(record.data).to_string(),
        };
        let mut tx = self.store.begin().await?;
        store::session::create(&mut tx, &row).await?;
        tx.commit().await
    }

    async fn update(&self, record: &Record) -> Result<bool, StoreError> {
        let data = serde_json::json!(record.data).to_string();
        let mut tx = self.store.begin().await?;
        let saved = store::session::save(&mut tx, &named(record.id), &data).await?;
        tx.commit().await?;
        Ok(saved)
    }

    async fn find(&self, id: Id) -> Result<Option<Row>, StoreError> {
        let mut reader = self.store.read().await?;
        store::session::find(&mut reader, &named(id), self.idle_since(), self.clock.now()).await
    }

    async fn end(&self, id: Id) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let ended = store::session::end(&mut tx, &named(id)).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Removes the rows of sessions that have ended by themselves.
    pub(super) async fn remove_expired(&self) -> Result<u64, StoreError> {
        let mut tx = self.store.begin().await?;
        let removed = store::session::remove_expired(&mut tx, self.idle_since(), self.clock.now()).await?;
        tx.commit().await?;
        Ok(removed)
    }
}

#[async_trait]
impl SessionStore for Rows {
    async fn create(&self, record: &mut Record) -> Kept<()> {
        match self.insert(record).await {
            Err(StoreError::Duplicate(_)) => {
                record.id = Id::default();
                self.insert(record).await.map_err(|error| failed(&error))
            }
            other => other.map_err(|error| failed(&error)),
        }
    }

    /// A session that was ended meanwhile is not brought back; that somebody was faster is no failure.
    async fn save(&self, record: &Record) -> Kept<()> {
        self.update(record).await.map_err(|error| failed(&error))?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Kept<Option<Record>> {
        let Some(row) = self.find(*id).await.map_err(|error| failed(&error))? else { return Ok(None) };
        let decode = |error: serde_json::Error| Error::Decode(error.to_string());
        let mut data: HashMap<String, Value> = serde_json::from_str(&row.data).map_err(decode)?;
        data.insert(SEEN.to_owned(), serde_json::to_value(row.seen_at).map_err(decode)?);
        let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Kept<()> {
        self.end(*id).await.map_err(|error| failed(&error))?;
        Ok(())
    }
}

fn failed(error: &StoreError) -> Error {
    Error::Backend(error.to_string())
}
