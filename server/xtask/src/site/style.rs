//! One stylesheet out of `style/`.

use std::path::Path;

use anyhow::{Result, anyhow};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    stylesheet::{MinifyOptions, ParserOptions, PrinterOptions},
};

/// Follows the imports of `main` and returns everything as one minified text. Nothing is rewritten for older browsers:
/// what the style relies on is listed in UX 9.
pub fn bundle(main: &Path) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(main).map_err(|error| anyhow!("{error}"))?;
    sheet.minify(MinifyOptions::default()).map_err(|error| anyhow!("{error}"))?;
    let printed = sheet.to_css(PrinterOptions { minify: true, ..PrinterOptions::default() });
    Ok(printed.map_err(|error| anyhow!("{error}"))?.code)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn the_whole_stylesheet_stays_within_its_budget() {
        let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../style/main.css");
        let text = bundle(&main).expect("the stylesheet can be bundled");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(text.as_bytes()).expect("memory takes everything");
        let size = gzip.finish().expect("memory takes everything").len();
        println!("the stylesheet: {} bytes, {size} in gzip", text.len());
        assert!(size <= 12_000, "{size} bytes in gzip, 12,000 are allowed (UX 11)");
        for form in ["light-dark(", "@container", ":has(", "/ \"\""] {
            assert!(text.contains(form), "bundling took `{form}` away");
        }
    }
}
