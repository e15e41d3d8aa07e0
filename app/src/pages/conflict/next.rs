//! `/{school}/conflicts/next`: to the next open one of a list, or to the page that says that there is none.

use leptos::prelude::*;

use super::{conflict_address, list_of};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::frame::Section;
use crate::pages::conflicts::filter_of;
use crate::pages::desk::{Content, desk_page};

/// Sends the browser on.
#[component]
pub fn NextConflictPage() -> impl IntoView {
    desk_page(Section::Conflicts, |cx| async move {
        let list = list_of(&cx);
        let after = cx.query.get("after").and_then(|number| number.parse().ok());
        let next = cx.api().find_next_conflict(&cx.actor, &cx.school, &filter_of(&list), after).await?;
        if let Some(next) = next {
            return Ok(Content::elsewhere(&conflict_address(&cx.school, next, &list.to_string())));
        }
        let all = list.at(&cx.at("conflicts"));
        let left = cx.frame.open_conflicts;
        let view = view! {
            <h1>"That was the last one"</h1>
            <EmptyState why=Nothing::Yet title="Nothing follows in this list">
                <p>{format!("{left} open in all.")} " " <a href=all>"Back to the list"</a></p>
            </EmptyState>
        };
        Ok(Content::new("That was the last one", view))
    })
}
