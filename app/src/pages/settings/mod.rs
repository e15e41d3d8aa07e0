//! The settings of a school (UX 7.5): one screen a file.

mod change;
mod changes;
mod fields;
mod grid;
mod legend;
mod limits;
mod review;
mod schedule;
mod try_value;
mod types;

pub use change::SettingsChangePage;
pub use changes::SettingsChangesPage;
pub use fields::SettingsFieldsPage;
pub use grid::SettingsGridPage;
pub use limits::SettingsLimitsPage;
pub use review::SettingsReviewPage;
pub use schedule::SettingsSchedulePage;
pub use types::SettingsTypesPage;
