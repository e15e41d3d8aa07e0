//! One screen a file.

pub mod desk;
mod home;
mod not_found;
pub mod refused;

pub use home::HomePage;
pub use not_found::NotFound;
pub use refused::RefusedPage;
