//! Where the browser finds what the build made for it.

/// Addresses of the built files, with the hash of their contents in the name. Without a build the pages are served all the
/// same, as plain HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The one stylesheet.
    pub style: Option<String>,
    /// What brings the islands to life.
    pub code: Option<Code>,
}

/// The three files of the islands; they only work together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The script that starts the islands of a page.
    pub boot: String,
    /// The glue between script and wasm.
    pub glue: String,
    /// The islands themselves.
    pub wasm: String,
}
