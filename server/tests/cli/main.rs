//! The real binary against SQLite in a temporary folder, with simulated SISes over TCP.

mod audit;
mod decide;
mod files;
mod night;
mod person;
mod records;
mod restore;
mod runs;
mod schools;
mod serve;
mod settings;
mod world;
