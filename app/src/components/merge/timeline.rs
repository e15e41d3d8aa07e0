//! Merges as bars: height is the time from the real start, the mark on top is the outcome (UX 7.7.1, 8.5).

use leptos::prelude::*;

use super::words::{kind, took};
use crate::api::MergeLine;

/// Width of a bar's place; as wide as a target has to be (WCAG 2.5.8).
const STEP: i64 = 26;
/// Height of the longest bar, and where the axis is.
const TALL: i64 = 90;
const AXIS: i64 = 112;
/// Seconds that the tallest bar stands for at least, so that quick merges do not look like long ones.
const SHORT: i64 = 60;

/// Bars of merges, the oldest first. The table beside it has the same numbers.
#[component]
pub fn Timeline(
    /// The school, for links.
    school: String,
    /// The merges, the oldest first.
    merges: Vec<MergeLine>,
    /// The one whose page this is.
    #[prop(optional)]
    current: Option<i64>,
) -> impl IntoView {
    let (Some(first), Some(last)) = (merges.first().cloned(), merges.last().cloned()) else {
        return ().into_any();
    };
    let longest = merges.iter().map(seconds).max().unwrap_or(0);
    let width = STEP * i64::try_from(merges.len()).unwrap_or(0) + 48;
    let day = |line: &MergeLine| line.started_at.unwrap_or(line.requested_at).format("%-d %b").to_string();
    let sentence = format!(
        "{} merges from {} to {}, the longest took {}",
        merges.len(),
        day(&first),
        day(&last),
        super::words::duration(longest)
    );
    let bars = merges
        .iter()
        .zip(0..)
        .map(|(line, place)| bar(&school, line, place, longest, current))
        .collect_view();
    let (longest_words, first_day, last_day) = (super::words::duration(longest), day(&first), day(&last));
    view! {
        <figure class="chart">
            <div class="table-frame" role="region" aria-label="Timeline" tabindex="0">
                <svg
                    class="timeline"
                    role="group"
                    aria-label=sentence
                    width=width
                    height="150"
                    viewBox=format!("0 0 {width} 150")
                >
                    <text class="chart__label" x="0" y=AXIS - TALL - 10 aria-hidden="true">
                        {longest_words}
                    </text>
                    <line class="chart__axis" x1="0" y1=AXIS x2=width y2=AXIS></line>
                    {bars}
                    <text class="chart__label" x="0" y="132" aria-hidden="true">
                        {first_day}
                    </text>
                    <text class="chart__label" x=width - 4 y="132" text-anchor="end" aria-hidden="true">
                        {last_day}
                    </text>
                </svg>
            </div>
        </figure>
    }
    .into_any()
}

fn seconds(line: &MergeLine) -> i64 {
    match (line.started_at, line.ended_at) {
        (Some(from), Some(to)) => (to - from).num_seconds(),
        _ => 0,
    }
}

fn bar(school: &str, line: &MergeLine, place: i64, longest: i64, current: Option<i64>) -> AnyView {
    let height = (seconds(line) * TALL / longest.max(SHORT)).max(3);
    let x = place * STEP + 4;
    let is_current = current == Some(line.number);
    let tone = line.outcome.tone();
    let when = line.started_at.unwrap_or(line.requested_at).format("%-d %b %Y, %H:%M");
    let time = took(line).unwrap_or_else(|| "not over".to_owned());
    let name = format!("Merge #{}, {}, {when} UTC, {time}, {}", line.number, kind(line), line.outcome.words);
    let href = format!("/{school}/merges/{}", line.number);
    view! {
        <a class="chart__link" href=href aria-label=name aria-current=is_current.then_some("page")>
            <rect class="timeline__place" x=x - 1 y="4" width=STEP height=AXIS></rect>
            <rect class=format!("chart__bar chart__bar--{tone}") x=x + 3 y=AXIS - height width="18" height=height></rect>
            <text class="timeline__mark" x=x + 12 y=AXIS - height - 5 text-anchor="middle">
                {line.outcome.mark()}
            </text>
        </a>
    }
    .into_any()
}
