//! The server crate: command line, configuration, the desk, and the wiring of everything else.
//!
//! - [`config`] and [`telemetry`] are the only places that read files of the operator and the environment.
//! - [`installation`] opens what a process needs: the database, the pipeline, the desk.
//! - [`desk`] implements `app::api::Api`: everything that pages and commands may ask, with the rights in one table.
//! - [`http`] is everything the server answers to a browser.
//! - [`session`] knows who comes in: sessions, passwords, set-up, invitations.
//! - [`cli`] is the command line, one sub-command a file; [`serve`] is the process that works by itself.

mod audit_heads;
pub mod cli;
pub mod config;
pub mod desk;
pub mod http;
pub mod installation;
mod lines;
pub mod serve;
pub mod session;
mod signals;
mod systems;
pub mod telemetry;
