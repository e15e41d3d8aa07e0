//! One question of a form: label, help, error, input (UX 6.5).

use leptos::prelude::*;

/// A line of text, or a password, with its label, its help and what is wrong with it.
#[component]
pub fn TextField(
    /// Name of the field; its id is `field-` and the name.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    label: String,
    /// What it holds.
    #[prop(optional, into)]
    value: String,
    /// `text`, `email`, `password`, `date` …
    #[prop(default = "text")]
    kind: &'static str,
    /// What browsers may fill in.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// What to write, where the label is not enough.
    #[prop(optional, into)]
    help: Option<String>,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    problem: Option<String>,
    /// Whether it may be left empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let described =
        [help.as_ref().map(|_| format!("{id}-help")), problem.as_ref().map(|_| format!("{id}-error"))];
    let described: Vec<String> = described.into_iter().flatten().collect();
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            {help.map(|help| view! { <p class="field__help" id=format!("{id}-help")>{help}</p> })}
            {problem
                .clone()
                .map(|problem| view! { <p class="field__error" id=format!("{id}-error")>{problem}</p> })}
            <input
                class="field__input"
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                required=!optional
                aria-invalid=problem.is_some().then_some("true")
                aria-describedby=(!described.is_empty()).then(|| described.join(" "))
            />
        </div>
    }
}
