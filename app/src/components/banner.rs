//! The one line under the header when a merge runs, waits or is late (UX 6.2).

use leptos::prelude::*;

use super::instant::Instant;
use crate::api::{Banner, BannerKind};

/// The banner row; nothing when there is nothing to say.
#[component]
pub fn BannerRow(
    /// The school, for its links.
    school: String,
    /// What to say.
    banner: Option<Banner>,
) -> impl IntoView {
    banner.map(|banner| {
        let (class, mark) = match banner.kind {
            BannerKind::Held => ("banner banner--warn", "⏸"),
            BannerKind::Running => ("banner banner--info", "⟳"),
            BannerKind::Overdue => ("banner banner--danger", "▲"),
        };
        view! {
            <section class=class role="status" aria-label="Merge">
                <span class="banner__mark" aria-hidden="true">
                    {mark}
                </span>
                <p class="banner__text">
                    <strong>{banner.text}</strong>
                    " "
                    <span class="banner__detail">{banner.detail} " As of " <Instant at=banner.at /></span>
                </p>
                <a class="banner__link" href=format!("/{school}/merges/{}", banner.merge)>
                    "Details"
                </a>
            </section>
        }
        .into_any()
    })
}
