use leptos::prelude::*;

/// Keys, counting and the live effect on the form of a conflict. What it does, the form does without it.
#[island]
pub fn ConflictFlow(
    /// Whether keys of one letter do something (UX 6.11).
    single_keys: bool,
    /// The form.
    children: Children,
) -> impl IntoView {
    let _ = single_keys;
    children()
}
