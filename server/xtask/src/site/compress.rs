//! Files compressed once, at build time.

use std::{fs, io::Write, path::Path};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use super::file::File;
use crate::workspace::Profile;

/// A file and its compressed forms, as far as they are worth having.
pub struct Packed {
    /// The file as it is.
    pub file: File,
    /// The same through brotli.
    pub brotli: Option<Vec<u8>>,
    /// The same through gzip.
    pub gzip: Option<Vec<u8>>,
}

impl Packed {
    /// Writes the file and its compressed forms, those with `.br` and `.gz` at the end of the name.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let forms =
            [("", Some(&self.file.bytes)), (".br", self.brotli.as_ref()), (".gz", self.gzip.as_ref())];
        for (suffix, bytes) in forms {
            let Some(bytes) = bytes else { continue };
            let path = folder.join(format!("{}{suffix}", self.file.path));
            let parent = path.parent().context("a file of the site without a folder")?;
            fs::create_dir_all(parent)?;
            fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// Compresses a file. A form that saves less than a tenth is dropped: unpacking it costs the reader more than it saves.
pub fn pack(file: File, profile: Profile) -> Packed {
    let worth = |bytes: Vec<u8>| (bytes.len() * 10 < file.bytes.len() * 9).then_some(bytes);
    let (brotli, gzip) = (worth(brotli(&file.bytes, profile)), worth(gzip(&file.bytes, profile)));
    Packed { file, brotli, gzip }
}

fn brotli(bytes: &[u8], profile: Profile) -> Vec<u8> {
    let quality = match profile {
        Profile::Debug => 2,
        Profile::Release => 11,
    };
    let mut out = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut out, 4096, quality, 22);
        let _ = writer.write_all(bytes);
    }
    out
}

fn gzip(bytes: &[u8], profile: Profile) -> Vec<u8> {
    let level = match profile {
        Profile::Debug => Compression::fast(),
        Profile::Release => Compression::best(),
    };
    let mut writer = GzEncoder::new(Vec::new(), level);
    let _ = writer.write_all(bytes);
    writer.finish().unwrap_or_default()
}
