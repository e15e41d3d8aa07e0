//! Everything a browser sees of Tiebreak.
//!
//! Start at [`shell`], the document every page is rendered into, and at [`routes`], the list of the pages. Each page is a
//! file in [`pages`], each piece that several pages share a file in [`components`]. Pages are rendered whole on the server
//! and work as plain HTML; the few things that behave in the browser are [`islands`], and only those are compiled to wasm.
//!
//! The crate is built twice: with `ssr` into the server, with `hydrate` into the browser. It knows no database and no
//! network. What a page shows comes out of the Leptos context, where the server put it: the addresses of the style and
//! the script ([`site::Site`]), and the request ([`visit::Visit`]) with who asks and everything that may be asked
//! ([`api::Api`]). What a form changes goes through the server functions in [`actions`].

// The type of a view is as deep as the view.
#![recursion_limit = "512"]
#![expect(clippy::needless_pass_by_value, reason = "components take their properties by value")]

pub mod actions;
pub mod api;
pub mod components;
pub mod door;
pub mod effect;
pub mod islands;
pub mod overwrite;
pub mod pages;
pub mod query;
pub mod routes;
mod shell;
pub mod site;
pub mod values;
pub mod visit;

pub use shell::shell;

/// Called once by `boot.js` when the wasm has been loaded, before any island is brought to life.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
