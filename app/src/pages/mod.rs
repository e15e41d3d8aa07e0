//! One screen a file.

pub mod desk;
mod home;
mod not_found;
mod record;
mod records;
pub mod refused;

pub use home::HomePage;
pub use not_found::NotFound;
pub use record::RecordPage;
pub use records::RecordsPage;
pub use refused::RefusedPage;
