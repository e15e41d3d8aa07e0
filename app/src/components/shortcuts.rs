//! The keys of one letter, as a table (UX 6.11). It lists only what the person may do.

use leptos::prelude::*;

use crate::api::{Right, Role};

/// A key, the right it takes, and what it does.
const KEYS: [(&str, Right, &str); 12] = [
    ("1", Right::Decide, "In a conflict: use the value of the first system for the current field"),
    ("2", Right::Decide, "In a conflict: use the value of the second system"),
    ("3", Right::Decide, "In a conflict: use the last agreed value"),
    ("4 or E", Right::Decide, "In a conflict: type another value"),
    ("Shift 1, Shift 2", Right::Decide, "In a conflict: use one system for every undecided field"),
    ("N, P", Right::Decide, "In a conflict: next or previous undecided field"),
    ("Enter", Right::Decide, "In a conflict: save and open the next one"),
    ("S", Right::Decide, "In a conflict: skip it"),
    ("J, K", Right::See, "In a conflict: next or previous conflict of the list"),
    ("U", Right::See, "In a conflict: back to the list"),
    ("Z", Right::Decide, "Undo what was just saved"),
    ("/", Right::See, "Search"),
];

/// The table. `id` is `keys`, where the key `?` leads.
#[component]
pub fn Shortcuts(
    /// What the person may do.
    role: Role,
) -> impl IntoView {
    let rows = KEYS.iter().filter(|(_, right, _)| role.may(*right)).map(|(key, _, words)| {
        view! {
            <tr>
                <th scope="row">
                    <kbd>{*key}</kbd>
                </th>
                <td data-l="What it does">{*words}</td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" id="keys">
            <table class="table">
                <caption>"Single keys"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Key"</th>
                        <th scope="col">"What it does"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
