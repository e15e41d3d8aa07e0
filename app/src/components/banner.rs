//! The one line under the header when a merge runs, waits or is late (UX 6.2).

use leptos::prelude::*;

use super::instant::Instant;
use crate::api::{Banner, BannerKind};
use crate::islands::RunProgress;

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
        let live = banner.kind == BannerKind::Running;
        let link = match banner.merge {
            0 => format!("/{school}/merges"),
            number => format!("/{school}/merges/{number}"),
        };
        view! {
            <section class=class aria-label="Merge" data-banner="">
                <span class="banner__mark" aria-hidden="true">
                    {mark}
                </span>
                <p class="banner__text">
                    <strong data-text="">{banner.text}</strong>
                    " "
                    <span class="banner__detail" data-detail="">
                        {banner.detail}
                    </span>
                    <span class="banner__as-of">" As of " <Instant at=banner.at /> "."</span>
                </p>
                <a class="banner__link" href=link>
                    "Details"
                </a>
                {live.then(|| view! { <RunProgress school=school.clone() /> })}
            </section>
        }
        .into_any()
    })
}
