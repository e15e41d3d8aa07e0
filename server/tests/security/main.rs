//! RL 8.2 over the real router: the number of the requirement is in the name of its test.

mod forms;
mod functions;
mod invited;
mod origin;
mod pages;
mod raw;
mod sessions;
mod setup;
mod signing_in;
mod world;
