//! The ends of the audit chain, kept in a file beside the database: what somebody with the database in hand would also
//! have to rewrite (RL S46).

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use store::Conn;
use store::audit::AuditFilter;

use crate::installation::Installation;

const FILE: &str = "audit-heads.log";

/// Writes down where the chain ends now. The file only ever grows.
pub(crate) async fn append(installation: &Installation) -> Result<()> {
    let mut reader = installation.pipeline.store.read().await?;
    let head = store::audit::head(&mut reader).await?;
    let path = path(&installation.config.data);
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| path.display().to_string())?;
    let at = installation.pipeline.clock.now().format("%Y-%m-%dT%H:%M:%SZ");
    Ok(writeln!(file, "{at} {} {}", head.count, head.hash)?)
}

/// The first row that is not what it was when its hash was written down; none when all are.
///
/// # Errors
/// When the file holds something else, or the database fails.
pub(crate) async fn first_changed(conn: &mut Conn, data: &Path) -> Result<Option<i64>> {
    let path = path(data);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    for (line, number) in text.lines().zip(1..) {
        let (row, hash) = parse(line).with_context(|| format!("{}:{number}: is no head", path.display()))?;
        let filter = AuditFilter { before: Some(row + 1), ..AuditFilter::default() };
        let found = store::audit::list(conn, &filter, 1).await?;
        if row > 0 && !found.iter().any(|found| found.seq == row && found.hash == hash) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn parse(line: &str) -> Option<(i64, &str)> {
    let mut words = line.split(' ').skip(1);
    Some((words.next()?.parse().ok()?, words.next()?))
}

fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}
