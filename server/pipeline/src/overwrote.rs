//! What a forced decision wrote over, kept with the decision by side (RL I1): a value of its own goes to both sides, and
//! each of them may have held something that is gone now.

use merge::{Object, Side, Value, json};

use crate::error::{PipelineError, Result};

/// The text to keep: what is kept already, and what was written over on `side` in the place of what is kept of that side.
pub(crate) fn with(kept: Option<&str>, side: Side, values: Object) -> Result<String> {
    let mut sides = kept.map_or_else(|| Ok(Object::new()), parse)?;
    sides.insert(side.as_str(), Value::Object(values));
    Ok(sides.to_canonical())
}

/// What was written over on each side, ours first.
///
/// # Errors
/// When the text is not what is kept with a decision.
pub fn by_side(kept: &str) -> Result<Vec<(Side, Object)>> {
    let sides = parse(kept)?;
    let of = |side: Side| Some((side, sides.get(side.as_str())?.as_object()?.clone()));
    Ok([Side::Ours, Side::Theirs].into_iter().filter_map(of).collect())
}

fn parse(kept: &str) -> Result<Object> {
    json::parse_object(kept.as_bytes())
        .map_err(|error| PipelineError::Inconsistent(format!("what a decision wrote over: {error}")))
}
