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
        let place = (!problem.field.is_empty()).then(|| format!("field-{}", problem.field));
        (place, problem.message)
    });
    summary("Nothing was saved", lines, wait)
}

/// What is wrong: the id of the place where it can be mended, if it has one, and a sentence. `more` stands below.
#[must_use]
pub fn summary(
    title: &'static str,
    lines: impl IntoIterator<Item = (Option<String>, String)>,
    more: impl IntoView,
) -> AnyView {
    let lines = lines.into_iter().map(|(place, words)| {
        let words = match place {
            Some(place) => view! { <a href=format!("#{place}")>{words}</a> }.into_any(),
            None => words.into_any(),
        };
        view! { <li>{words}</li> }
    });
    let lines: Vec<_> = lines.collect();
    view! {
        <div class="error-summary" id="error-summary" tabindex="-1" autofocus role="alert">
            <h2 class="error-summary__title">{title}</h2>
            {(!lines.is_empty()).then(|| view! { <ul>{lines}</ul> })}
            {more.into_any()}
        </div>
    }
    .into_any()
}
