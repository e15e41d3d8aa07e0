//! One screen a file.

mod account;
pub mod activity;
pub mod desk;
mod home;
mod invite;
mod kept;
mod not_found;
pub mod outside;
mod people;
mod person;
mod record;
mod records;
pub mod refused;
mod roles;
mod setup;
mod sign_in;

pub use account::AccountPage;
pub use activity::ActivityPage;
pub use home::HomePage;
pub use invite::InvitePage;
pub use kept::KeptPage;
pub use not_found::NotFound;
pub use people::PeoplePage;
pub use person::PersonPage;
pub use record::RecordPage;
pub use records::RecordsPage;
pub use refused::RefusedPage;
pub use roles::RolesPage;
pub use setup::SetupPage;
pub use sign_in::SignInPage;
