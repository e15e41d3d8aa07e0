//! Settings that changed, before and after.

use leptos::prelude::*;

use super::number::counted;
use super::setting_words as words;
use crate::api::{Frame, SettingChange};

/// The table of what changed.
#[component]
pub fn SettingChanges(
    /// What changed.
    changes: Vec<SettingChange>,
    /// Names of types and systems.
    frame: Frame,
) -> impl IntoView {
    let count = changes.len();
    let rows = changes
        .into_iter()
        .map(|change| {
            let before = words::value(&change, change.before.as_deref(), &frame.systems);
            let after = words::value(&change, change.after.as_deref(), &frame.systems);
            view! {
                <tr>
                    <th scope="row">{words::place(&change, &frame)}</th>
                    <td data-l="Before">
                        <bdi class="value">{before}</bdi>
                    </td>
                    <td data-l="After">
                        <bdi class="value">{after}</bdi>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-frame">
            <table class="table effect">
                <caption>{counted(count, "setting changed", "settings changed")}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Setting"</th>
                        <th scope="col">"Before"</th>
                        <th scope="col">"After"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
