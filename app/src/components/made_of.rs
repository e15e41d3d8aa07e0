//! Both inputs of a value that is made of both sides (MS T3).

use leptos::prelude::*;
use merge::Side;

use super::side::SideLabel;
use super::value::ValueText;
use crate::api::Systems;

/// What both sides held, folded; nothing where the value is one side's.
#[component]
pub fn MadeOf(
    /// The values, `ours` first.
    inputs: Option<(Option<String>, Option<String>)>,
    /// The names of the systems.
    systems: Systems,
) -> impl IntoView {
    let held = move |side: Side, json: Option<String>| {
        let systems = systems.clone();
        view! {
            <div>
                <SideLabel side systems />
                ": "
                <ValueText json />
            </div>
        }
    };
    inputs.map(|(ours, theirs)| {
        view! {
            <details>
                <summary>"Made of both"</summary>
                {held(Side::Theirs, theirs)}
                {held(Side::Ours, ours)}
            </details>
        }
    })
}
