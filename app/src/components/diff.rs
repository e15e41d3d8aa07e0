//! What differs between a text and the last agreed one, word by word (UX 6.9). Made on the server.

use leptos::prelude::*;

/// A longer text is shown without marks: the page would be nothing but marks.
const LONGEST: usize = 20_000;

/// A text with what was added to and removed from `before`, or the text alone where words say nothing.
#[component]
pub fn WordDiff(
    /// The last agreed text.
    before: String,
    /// The text of one side.
    after: String,
) -> impl IntoView {
    let is_prose = |text: &str| text.split_whitespace().count() > 2 && text.len() <= LONGEST;
    if before == after || !is_prose(&before) || !is_prose(&after) {
        return view! {
            <span class="value value--long" dir="auto">
                {after}
            </span>
        }
        .into_any();
    }
    view! {
        <span class="value value--long diff" dir="auto">
            {marked(&before, &after)}
        </span>
    }
    .into_any()
}

#[cfg(feature = "ssr")]
fn marked(before: &str, after: &str) -> Vec<AnyView> {
    use similar::{ChangeTag, TextDiff};
    let diff = TextDiff::from_words(before, after);
    let mut runs: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match runs.last_mut() {
            Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
            _ => runs.push((change.tag(), change.value().to_owned())),
        }
    }
    runs.into_iter()
        .map(|(tag, text)| match tag {
            ChangeTag::Equal => text.into_any(),
            ChangeTag::Insert => view! {
                <ins>
                    <span class="vh">"added: "</span>
                    {text}
                </ins>
            }
            .into_any(),
            ChangeTag::Delete => view! {
                <del>
                    <span class="vh">"removed: "</span>
                    {text}
                </del>
            }
            .into_any(),
        })
        .collect()
}

#[cfg(not(feature = "ssr"))]
fn marked(_: &str, after: &str) -> Vec<AnyView> {
    vec![after.to_owned().into_any()]
}
