//! The only way to put text into a `<textarea>`: Leptos does not escape its children (RL S7, X1).

use leptos::prelude::*;

/// A text area that shows any text as it is.
#[component]
pub fn TextArea(
    /// Its id, for the label.
    #[prop(into)]
    id: String,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// What it holds.
    #[prop(into)]
    text: String,
    /// Lines shown.
    #[prop(default = 4)]
    rows: u32,
    /// Ids of what describes it.
    #[prop(optional, into)]
    described_by: Option<String>,
    /// Whether what it holds cannot be used.
    #[prop(optional)]
    invalid: bool,
) -> impl IntoView {
    view! {
        <textarea
            class="field__input"
            id=id
            name=name
            rows=rows
            aria-describedby=described_by
            aria-invalid=invalid.then_some("true")
            inner_html=escaped(&text)
        ></textarea>
    }
}

/// Text as the content of an element. The first line break after `<textarea>` is dropped by browsers, so one is put before it.
fn escaped(text: &str) -> String {
    let safe = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("\n{safe}")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn s07_text_cannot_end_the_text_area() {
        assert_eq!(escaped("</textarea><script>&amp;"), "\n&lt;/textarea&gt;&lt;script&gt;&amp;amp;");
    }
}
