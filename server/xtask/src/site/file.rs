//! One file of the site.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// A file and the path it is served under.
pub struct File {
    /// What pages know it as; files that are only fetched by their fixed address have none.
    pub role: Option<&'static str>,
    /// Path below the root of the site, without a leading slash.
    pub path: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

impl File {
    /// A file whose address changes with its contents, so that browsers may keep it for ever. Such files lie in `pkg/`.
    pub fn hashed(role: &'static str, extension: &str, bytes: Vec<u8>) -> File {
        let hash = blake3::hash(&bytes).to_hex();
        let path = format!("pkg/{role}.{}.{extension}", &hash[..16]);
        File { role: Some(role), path, bytes }
    }

    /// A file with a fixed address.
    pub fn plain(path: String, bytes: Vec<u8>) -> File {
        File { role: None, path, bytes }
    }
}

/// All files below a folder, in the order of their paths.
pub fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(walk(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
