//! Pages, islands, server functions, and the trait [`api::Api`].

pub mod api;
