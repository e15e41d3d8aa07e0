//! The two systems, by name and mark, never by colour alone (UX 8.4).

use leptos::prelude::*;
use merge::Side;

use crate::api::Systems;

/// A system's mark and name.
#[component]
pub fn SideLabel(
    /// Which of the two.
    side: Side,
    /// Their names.
    systems: Systems,
) -> impl IntoView {
    let (class, mark, name) = match side {
        Side::Theirs => ("side side--theirs", "■", systems.theirs),
        Side::Ours => ("side side--ours", "●", systems.ours),
    };
    view! {
        <span class=class>
            <span class="mark" aria-hidden="true">
                {mark}
            </span>
            "\u{a0}"
            {name}
        </span>
    }
}
