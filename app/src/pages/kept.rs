use leptos::prelude::*;

use super::desk::Content;
use super::outside::{Outside, elsewhere, outside_page};
use crate::door::{DoorError, KeptPost};

/// `/kept`: the choices that somebody sent when their sign-in had ended (UX 6.5). Nothing is saved by opening it.
#[component]
pub fn KeptPage() -> impl IntoView {
    outside_page(load)
}

async fn load(page: Outside) -> Result<Option<Content>, DoorError> {
    if page.visit.actor.is_none() {
        return Ok(Some(elsewhere("/sign-in?return_to=%2Fkept")));
    }
    let Some(post) = page.visit.door.kept_post().await else { return Ok(Some(elsewhere("/"))) };
    Ok(Some(Content::new("Your choices were kept", question(post))))
}

fn question(post: KeptPost) -> impl IntoView {
    let fields = post.fields.into_iter().map(|(name, value)| {
        view! { <input type="hidden" name=name value=value /> }
    });
    view! {
        <h1>"Your choices were kept. Save now?"</h1>
        <p>
            "They were sent when your sign-in had ended, so nothing was saved. If the record has changed since, you are shown the new values first."
        </p>
        <form class="stack" method="post" action=post.action>
            {fields.collect_view()}
            <div class="action-bar">
                <button class="button button--primary" type="submit">
                    "Save my choices"
                </button>
                <a href=post.from>"Do not save them"</a>
            </div>
        </form>
    }
}
