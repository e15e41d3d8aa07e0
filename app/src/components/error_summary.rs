//! First thing on a page that comes back with problems; the focus is on it (UX 6.5).

use leptos::prelude::*;

use crate::door::Typed;

/// What is wrong, with a link to each field. Shows nothing when nothing is.
#[component]
pub fn ErrorSummary(
    /// The form that came back.
    typed: Typed,
) -> impl IntoView {
    if typed.problems.is_empty() && typed.wait.is_none() {
        return ().into_any();
    }
    let wait = typed.wait.map(|until| {
        view! {
            <p>
                "Too many tries. Try again after "
                <time datetime=until
                    .to_rfc3339_opts(
                        chrono::SecondsFormat::Secs,
                        true,
                    )>{until.format("%H:%M:%S UTC").to_string()}</time> "."
            </p>
        }
    });
    let lines = typed.problems.into_iter().map(|problem| {
        let message = problem.message;
        if problem.field.is_empty() {
            view! { <li>{message}</li> }.into_any()
        } else {
            view! {
                <li>
                    <a href=format!("#field-{}", problem.field)>{message}</a>
                </li>
            }
            .into_any()
        }
    });
    let lines: Vec<AnyView> = lines.collect();
    view! {
        <div class="error-summary" id="error-summary" tabindex="-1" autofocus role="alert">
            <h2 class="error-summary__title">"Nothing was saved"</h2>
            {wait}
            {(!lines.is_empty()).then(|| view! { <ul>{lines}</ul> })}
        </div>
    }
    .into_any()
}
