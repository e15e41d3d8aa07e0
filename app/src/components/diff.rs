//! What differs between a text and the last agreed one, word by word (UX 6.9). Made on the server.

use leptos::prelude::*;

/// A longer text is shown without marks: the page would be nothing but marks.
const LONGEST: usize = 20_000;

/// Characters from which a text is folded: of what both have, only the words beside a mark are shown.
pub const FOLDED: usize = 400;

/// A text with what was added to and removed from `before`, or the text alone where words say nothing.
#[component]
pub fn WordDiff(
    /// The last agreed text.
    before: String,
    /// The text of one side.
    after: String,
    /// Show the whole of a long text.
    #[prop(optional)]
    whole: bool,
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
            {marked(&before, &after, !whole && after.chars().count() > FOLDED)}
        </span>
    }
    .into_any()
}

#[cfg(feature = "ssr")]
fn marked(before: &str, after: &str, folded: bool) -> Vec<AnyView> {
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
            ChangeTag::Equal if folded => beside_marks(&text).into_any(),
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

/// The first and the last words of what both texts have; an ellipsis stands for the rest.
#[cfg(feature = "ssr")]
fn beside_marks(text: &str) -> String {
    const BESIDE: usize = 8;
    let words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    if words.len() <= 2 * BESIDE + 1 {
        return text.to_owned();
    }
    format!("{}… {}", words[..BESIDE].concat(), words[words.len() - BESIDE..].concat())
}

#[cfg(not(feature = "ssr"))]
fn marked(_: &str, after: &str, _: bool) -> Vec<AnyView> {
    vec![after.to_owned().into_any()]
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn of_long_equal_text_the_words_beside_the_marks_stay() {
        let text = (1..=40).map(|n| format!("w{n} ")).collect::<String>();
        assert_eq!(beside_marks(&text), "w1 w2 w3 w4 w5 w6 w7 w8 … w33 w34 w35 w36 w37 w38 w39 w40 ");
        assert_eq!(beside_marks("seventeen words or fewer stay"), "seventeen words or fewer stay");
    }
}
