//! What has to be there before anything is timed: files in memory, and memory that nobody has to fetch first. Both can be
//! taken away again within seconds, so that it does not help to do this long before.

use std::fs::{self, File};
use std::hint::black_box;
use std::io;
use std::path::Path;

/// More than planning needs, in bytes.
const TOUCHED: usize = 512 << 20;

/// Reads all files of a folder, which else would come from the disk while their reading is timed. Then takes memory and
/// gives it back: a virtual machine gets memory from its host when it is first written to, which can take longer than all
/// that is measured.
pub fn up(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        io::copy(&mut File::open(entry?.path())?, &mut io::sink())?;
    }
    drop(black_box(vec![1_u8; TOUCHED]));
    Ok(())
}
