//! Records that a merge changed, with before and after (UX 7.7.2).

use leptos::prelude::*;
use merge::Side;

use crate::api::{ChangeLine, Systems, ValueChange};
use crate::components::instant::Instant;
use crate::components::made_of::MadeOf;
use crate::components::side::SideLabel;
use crate::components::value::ValueText;
use crate::query::segment;

/// The table of changes: one row for each value, the record named once.
#[component]
pub fn ChangeTable(
    /// The school, for links.
    school: String,
    /// The names of the systems.
    systems: Systems,
    /// What the table holds.
    #[prop(into)]
    caption: String,
    /// The records.
    lines: Vec<ChangeLine>,
    /// Whether what became of each is said instead of when.
    #[prop(optional)]
    with_state: bool,
) -> impl IntoView {
    let bodies = lines.iter().map(|line| record(&school, &systems, line, with_state)).collect_view();
    let last = if with_state { "What became of it" } else { "Written" };
    view! {
        <div class="table-frame" role="region" aria-label="Changes" tabindex="0">
            <table class="table">
                <caption>{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Record"</th>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Before"</th>
                        <th scope="col">"After"</th>
                        <th scope="col">"Written to"</th>
                        <th scope="col">"Because"</th>
                        <th scope="col">{last}</th>
                    </tr>
                </thead>
                {bodies}
            </table>
        </div>
    }
    .into_any()
}

fn record(school: &str, systems: &Systems, line: &ChangeLine, with_state: bool) -> AnyView {
    let rows = line
        .values
        .iter()
        .enumerate()
        .map(|(place, value)| row(school, systems, line, value, place, with_state));
    view! { <tbody>{rows.collect_view()}</tbody> }.into_any()
}

fn row(
    school: &str,
    systems: &Systems,
    line: &ChangeLine,
    value: &ValueChange,
    place: usize,
    with_state: bool,
) -> AnyView {
    let side = if line.side == "ours" { Side::Ours } else { Side::Theirs };
    let href = format!("/{school}/records/{}/{}", line.merge_type, segment(&line.key));
    let doing = match line.operation.as_str() {
        "create" => " added",
        "delete" => " deleted",
        _ => "",
    };
    let field = if value.field.is_empty() { "(whole record)".to_owned() } else { value.field.clone() };
    let end = end(line, place, with_state);
    view! {
        <tr>
            <th scope="row">
                <a href=href dir="auto">
                    {line.label.clone()}
                </a>
                <span class="meta">" " {line.type_label.clone()} {doing}</span>
            </th>
            <td data-l="Field" class="table__word">{field}</td>
            <td data-l="Before">
                <ValueText json=value.before.clone() />
            </td>
            <td data-l="After">
                <ValueText json=value.after.clone() />
            </td>
            <td class="table__whole" data-l="Written to">
                <SideLabel side systems=systems.clone() />
            </td>
            <td data-l="Because">
                {value.because.clone()}
                <MadeOf inputs=value.made_of.clone() systems=systems.clone() />
            </td>
            <td data-l=if with_state { "What became of it" } else { "Written" }>{end}</td>
        </tr>
    }
    .into_any()
}

/// When it was written, or what became of it; said once for a record.
fn end(line: &ChangeLine, place: usize, with_state: bool) -> AnyView {
    if place > 0 {
        return ().into_any();
    }
    match (with_state, line.at) {
        (false, Some(at)) => view! { <Instant at /> }.into_any(),
        (false, None) => view! { {line.state.clone()} }.into_any(),
        (true, _) => {
            let answer = line.answer.clone().map(|answer| {
                view! {
                    <details>
                        <summary>"What the system said"</summary>
                        <p class="mono" dir="auto">
                            {answer}
                        </p>
                    </details>
                }
            });
            view! {
                {line.state.clone()}
                {answer}
            }
            .into_any()
        }
    }
}
