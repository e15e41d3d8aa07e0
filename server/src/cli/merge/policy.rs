//! The policy of the run.

use merge::{Policy, PolicyError};

use super::MergeArgs;
use crate::cli::files::{FileError, Input, Meter};

/// Reads the policy file, or takes the defaults.
pub(super) fn read(args: &MergeArgs, meter: &Meter) -> Result<Policy, FileError> {
    let Some(path) = &args.policy else { return Ok(Policy::default()) };
    let file = Input::open(path, meter)?;
    let text = std::io::read_to_string(file.reader_at(0)).map_err(|error| file.error(0, error))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let type_name = args.type_name.as_deref();
    let policy = match type_name {
        Some(name) => Policy::from_toml_type(text, name),
        None => Policy::from_toml(text),
    };
    let bound =
        policy.and_then(|policy| policy.with_key(&args.key).map_err(|error| error.located(text, type_name)));
    bound.map_err(|error: PolicyError| file.error(error.line.unwrap_or(1) as u64, error))
}
