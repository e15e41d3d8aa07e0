//! One screen a file.

mod account;
pub mod activity;
pub mod conflict;
pub mod conflicts;
pub mod desk;
mod differences;
mod force;
mod home;
mod invite;
mod kept;
mod merge;
mod merge_changes;
mod merge_conflicts;
mod merge_errors;
mod merges;
mod not_found;
pub mod outside;
mod overview;
mod people;
mod person;
mod record;
mod records;
pub mod refused;
mod roles;
mod run_merge;
mod settings;
mod setup;
mod sign_in;

pub use account::AccountPage;
pub use activity::ActivityPage;
pub use conflict::{ConflictPage, NextConflictPage};
pub use conflicts::ConflictsPage;
pub use differences::DifferencesPage;
pub use force::ForcePage;
pub use home::HomePage;
pub use invite::InvitePage;
pub use kept::KeptPage;
pub use merge::MergePage;
pub use merge_changes::{MergeChangesPage, MergeHeldPage};
pub use merge_conflicts::MergeConflictsPage;
pub use merge_errors::MergeErrorsPage;
pub use merges::MergesPage;
pub use not_found::NotFound;
pub use overview::OverviewPage;
pub use people::PeoplePage;
pub use person::PersonPage;
pub use record::RecordPage;
pub use records::RecordsPage;
pub use refused::RefusedPage;
pub use roles::RolesPage;
pub use run_merge::RunMergePage;
pub use settings::{
    SettingsChangePage, SettingsChangesPage, SettingsFieldsPage, SettingsGridPage, SettingsLimitsPage,
    SettingsReviewPage, SettingsSchedulePage, SettingsTypesPage,
};
pub use setup::SetupPage;
pub use sign_in::SignInPage;
