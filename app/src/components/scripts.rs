//! What starts the script of a page. Everything here carries the nonce of the answer (RL S9).

use leptos::{nonce::use_nonce, prelude::*};

use crate::site::Code;

/// Marks the document as scripted, fetches the islands early and starts them with `boot.js`.
///
/// Leptos' own `HydrationScripts` is not used: its preload of the glue lacks the nonce, which a strict policy reports and
/// blocks, and it does not tell when the islands are live (UX 10.4).
#[component]
pub fn Scripts(
    /// The built files, if there are any.
    code: Option<Code>,
) -> impl IntoView {
    // Pages are not hydrated, only islands are: nothing outside them has to be sent a second time as data.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    code.map(|Code { boot, glue, wasm }| {
        view! {
            <script nonce=use_nonce()>"document.documentElement.setAttribute('js', '')"</script>
            <link rel="modulepreload" href=glue.clone() nonce=use_nonce() />
            <link
                rel="preload"
                href=wasm.clone()
                r#as="fetch"
                r#type="application/wasm"
                crossorigin="anonymous"
            />
            <script type="module" nonce=use_nonce() src=boot data-glue=glue data-wasm=wasm></script>
        }
    })
}
