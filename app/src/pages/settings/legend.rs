//! What each way to say who wins does, below the fields.

use leptos::prelude::*;

use crate::components::winner;
use crate::pages::desk::Cx;

/// The five options with what each does, in the words of this school and in those of the field (UX 12.37).
pub(super) fn legend(cx: &Cx) -> AnyView {
    let systems = &cx.frame.systems;
    let rows = winner::MODES.into_iter().map(|mode| {
        view! {
            <tr>
                <th scope="row">{winner::words(mode, systems)}</th>
                <td data-l="Also called">{winner::term(mode, systems).unwrap_or_else(|| "–".to_owned())}</td>
                <td data-l="What it does">{winner::effect(mode, systems)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table">
                <caption>"What the options do"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Which side wins"</th>
                        <th scope="col">"Also called"</th>
                        <th scope="col">"What it does"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
