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

/// Whether the database is older than the last head that was written down: it was restored from a copy (RL R34).
///
/// # Errors
/// As [`first_changed`].
pub(crate) async fn is_restored(conn: &mut Conn, data: &Path) -> Result<bool> {
    let path = path(data);
    match read(&path)?.lines().zip(1..).last() {
        None => Ok(false),
        Some(line) => Ok(!holds(conn, &path, line).await?.1),
    }
}

/// The first row that is not what it was when its hash was written down; none when all are.
///
/// # Errors
/// When the file holds something else, or the database fails.
pub(crate) async fn first_changed(conn: &mut Conn, data: &Path) -> Result<Option<i64>> {
    let path = path(data);
    for line in read(&path)?.lines().zip(1..) {
        let (row, holds) = holds(conn, &path, line).await?;
        if !holds {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The row that a line names, and whether the database has it with that hash.
async fn holds(conn: &mut Conn, path: &Path, (line, number): (&str, usize)) -> Result<(i64, bool)> {
    let (row, hash) = parse(line).with_context(|| format!("{}:{number}: is no head", path.display()))?;
    let filter = AuditFilter { before: Some(row + 1), ..AuditFilter::default() };
    let found = store::audit::list(conn, &filter, 1).await?;
    Ok((row, row == 0 || found.iter().any(|found| found.seq == row && found.hash == hash)))
}

fn read(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| path.display().to_string()),
    }
}

fn parse(line: &str) -> Option<(i64, &str)> {
    let mut words = line.split(' ').skip(1);
    Some((words.next()?.parse().ok()?, words.next()?))
}

fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}
