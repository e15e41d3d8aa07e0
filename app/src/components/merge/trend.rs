//! Open conflicts from day to day (UX 7.2, 8.5).

use leptos::prelude::*;

use crate::api::TrendDay;
use crate::components::number::grouped;

const WIDTH: i64 = 720;
const TALL: i64 = 96;
const BARS: i64 = 28;

/// A line of what was open at the end of each day, paired bars of what came and what went, and the same as a table.
#[component]
pub fn Trend(
    /// The days, the oldest first.
    days: Vec<TrendDay>,
) -> impl IntoView {
    let (Some(last), Some(first)) = (days.last().copied(), days.first().copied()) else {
        return ().into_any();
    };
    let most = days.iter().map(|day| day.open).max().unwrap_or(0).max(1);
    let busiest = days.iter().map(|day| day.new.max(day.closed)).max().unwrap_or(0).max(1);
    let step = WIDTH / i64::try_from(days.len().max(1)).unwrap_or(1);
    let point = |(place, day): (i64, &TrendDay)| {
        (place * step + step / 2, TALL - day.open.max(0) * (TALL - 14) / most)
    };
    let points: Vec<(i64, i64)> = (0..).zip(&days).map(point).collect();
    let line = points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
    let edges = points.first().zip(points.last());
    let area =
        edges.map(|((from, _), (to, _))| format!("{from},{TALL} {line} {to},{TALL}")).unwrap_or_default();
    let bars = (0..).zip(&days).map(|(place, day)| pair(place * step, step, day, busiest)).collect_view();
    let week = days.iter().rev().nth(7).map_or(0, |day| day.open);
    let sentence = format!(
        "Open at the end of each day: {} on {}, {} a week ago, {} on {}",
        grouped(last.open),
        last.day.format("%-d %b"),
        grouped(week),
        grouped(first.open),
        first.day.format("%-d %b")
    );
    view! {
        <figure class="chart">
            <figcaption>
                {format!("{} today, {} a week ago", grouped(last.open), grouped(week))} ". Found ▲ and settled ▼ below the line."
            </figcaption>
            <svg role="img" aria-label=sentence viewBox=format!("0 0 {WIDTH} {}", TALL + 2 * BARS + 8)>
                <polygon class="chart__area" points=area></polygon>
                <polyline class="chart__line" points=line></polyline>
                <line class="chart__axis" x1="0" y1=TALL + BARS + 4 x2=WIDTH y2=TALL + BARS + 4></line>
                {bars}
            </svg>
            <p class="row row--between meta" aria-hidden="true">
                <span>{first.day.format("%-d %b").to_string()}</span>
                <span>{last.day.format("%-d %b").to_string()}</span>
            </p>
            {table(&days)}
        </figure>
    }
    .into_any()
}

fn pair(x: i64, step: i64, day: &TrendDay, busiest: i64) -> AnyView {
    let axis = TALL + BARS + 4;
    let (up, down) = (day.new * BARS / busiest, day.closed * BARS / busiest);
    let bar = |class: &'static str, y: i64, height: i64| {
        (height > 0)
            .then(|| view! { <rect class=class x=x + step / 4 y=y width=step / 2 height=height></rect> })
    };
    view! {
        {bar("chart__bar", axis - up, up)}
        {bar("chart__bar chart__bar--idle", axis, down)}
    }
    .into_any()
}

fn table(days: &[TrendDay]) -> AnyView {
    let rows = days.iter().rev().map(|day| {
        view! {
            <tr>
                <th scope="row">{day.day.format("%a %-d %b").to_string()}</th>
                <td class="num">{grouped(day.open)}</td>
                <td class="num">{grouped(day.new)}</td>
                <td class="num">{grouped(day.closed)}</td>
            </tr>
        }
    });
    view! {
        <details class="panel">
            <summary class="panel__summary">"Show as table"</summary>
            <div class="panel__body">
                <table class="table table--plain">
                    <caption>"Conflicts not yet settled at the end of each day"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Day"</th>
                            <th scope="col" class="num">"Open"</th>
                            <th scope="col" class="num">"Found"</th>
                            <th scope="col" class="num">"Settled"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
