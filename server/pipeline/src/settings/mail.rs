//! `[mail]`: who gets the reports.

use super::error::SettingsError;
use super::reader::{Item, Reader};

/// Who is told about a merge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailSettings {
    /// Bare addresses, in declared order, each once; none means that no mail is sent.
    pub to: Vec<String>,
}

impl MailSettings {
    pub(super) fn read(table: Option<Reader<'_>>) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        if let Some(mut table) = table {
            if let Some(item) = table.take("to") {
                for address in item.list()? {
                    let address = read_address(&address)?;
                    if !settings.to.contains(&address) {
                        settings.to.push(address);
                    }
                }
            }
            table.finish()?;
        }
        Ok(settings)
    }
}

/// A bare address: no display name, so that nothing but an address can reach a header (RL S43).
fn read_address(item: &Item<'_>) -> Result<String, SettingsError> {
    let text = item.text()?;
    match text.parse::<lettre::Address>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(item.error(format!("\"{text}\" is not a mail address"))),
    }
}
