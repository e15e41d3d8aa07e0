//! Tells the server which site folder it carries: the one that `cargo xtask build` made for this profile. Without it the
//! folder is empty and pages are served as plain HTML, so that `cargo check` and `cargo test` work by themselves.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    // OUT_DIR is target/PROFILE/build/server-HASH/out.
    let out = env::var("OUT_DIR")?;
    let target =
        Path::new(&out).ancestors().nth(4).ok_or("cargo's build folder is not where it should be")?;
    let folder = target.join(format!("site-{}", env::var("PROFILE")?));
    fs::create_dir_all(&folder)?;
    println!("cargo::rustc-env=TIEBREAK_SITE={}", folder.display());
    println!("cargo::rerun-if-changed={}", folder.display());
    Ok(())
}
