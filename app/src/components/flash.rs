//! What the last action has to say, once (UX 6.5).

use leptos::prelude::*;

use crate::door::{Flash, Tone};

/// The flash line, with Undo where there is something to take back (UX 6.7).
#[component]
pub fn FlashLine(
    /// The message.
    flash: Flash,
    /// The school the form belongs to.
    school: String,
) -> impl IntoView {
    let (class, mark) = match flash.tone {
        Tone::Ok => ("flash flash--ok", "✓"),
        Tone::Warn => ("flash flash--warn", "▲"),
    };
    let undo = flash.undo.map(|(decision, conflict)| {
        view! {
            <form class="flash__form" method="post" action="/act/undo">
                <input type="hidden" name="school" value=school />
                <input type="hidden" name="undo[conflict]" value=conflict />
                <input type="hidden" name="undo[decision]" value=decision />
                <button class="button" type="submit" data-key="z">
                    "Undo"
                </button>
            </form>
        }
    });
    view! {
        <div class=class role="status">
            <span aria-hidden="true">{mark}</span>
            <p class="flash__text">{flash.text}</p>
            {flash.link.map(|(address, words)| view! { <a href=address>{words}</a> })}
            {undo}
        </div>
    }
    .into_any()
}
