//! What a forced decision changes on each side: its page says it, and a tick is needed for each side (UX 7.4.8).

use merge::Side;

use crate::api::{ConflictView, FieldForm, FieldView};
use crate::values::{self, same};

/// How many values of each side will be something else. A record that is deleted or created counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overwritten {
    /// In `theirs`.
    pub theirs: usize,
    /// In `ours`.
    pub ours: usize,
}

impl Overwritten {
    /// What these choices change.
    #[must_use]
    pub fn by(view: &ConflictView, choices: &[FieldForm]) -> Self {
        let mut all = Self::default();
        for field in view.asked() {
            let Some(choice) = choices.iter().find(|choice| choice.path == field.path) else { continue };
            all.theirs += usize::from(is_written_over(&field, choice, Side::Theirs));
            all.ours += usize::from(is_written_over(&field, choice, Side::Ours));
        }
        all
    }

    /// The sides that change, and how many values of each.
    pub fn sides(self) -> impl Iterator<Item = (Side, usize)> {
        [(Side::Theirs, self.theirs), (Side::Ours, self.ours)].into_iter().filter(|(_, count)| *count > 0)
    }
}

/// Whether somebody has chosen what is to be written. Keeping the difference writes nothing.
#[must_use]
pub fn writes(choice: &FieldForm) -> bool {
    matches!(choice.choose.as_deref(), Some("theirs" | "ours" | "base" | "other"))
}

/// What a field becomes, as JSON text; none is no value, or no record.
#[must_use]
pub fn wanted(field: &FieldView, choice: &FieldForm) -> Option<String> {
    match choice.choose.as_deref()? {
        "theirs" => field.theirs.clone(),
        "ours" => field.ours.clone(),
        "base" => field.base.clone(),
        "other" => values::read(&field.kind, &choice.value).ok().flatten().map(|value| value.to_json()),
        _ => None,
    }
}

/// What a side holds.
#[must_use]
pub fn held(field: &FieldView, side: Side) -> Option<&str> {
    match side {
        Side::Theirs => field.theirs.as_deref(),
        Side::Ours => field.ours.as_deref(),
    }
}

fn is_written_over(field: &FieldView, choice: &FieldForm, side: Side) -> bool {
    writes(choice) && !same(held(field, side), wanted(field, choice).as_deref())
}
