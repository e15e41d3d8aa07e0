//! The eight steps of a merge (UX 7.2).

use leptos::prelude::*;

use super::words::duration;
use crate::api::{StepLine, StepState};

/// The steps as a list, each with what it came to. The island asks for this part again while the merge is at work.
#[component]
pub fn PhaseList(
    /// The steps.
    steps: Vec<StepLine>,
) -> impl IntoView {
    let items = steps.into_iter().map(item).collect_view();
    view! {
        <ol class="phase-list" id="phases">
            {items}
        </ol>
    }
    .into_any()
}

fn item(step: StepLine) -> AnyView {
    let (state, mark, word) = match step.state {
        StepState::Waiting => ("waiting", "○", "not begun: "),
        StepState::Running => ("running", "⟳", "at work: "),
        StepState::Done => ("done", "✓", "done: "),
        StepState::Failed => ("failed", "✗", "ended here: "),
    };
    let problems = step.problems.into_iter().map(|problem| {
        view! {
            <p class="phase-list__more">
                <span aria-hidden="true">"▲ "</span>
                {problem}
            </p>
        }
    });
    let bar = step.progress.map(|(done, all)| {
        let label = format!("{} so far", step.name);
        view! { <progress value=done max=all.max(1) aria-label=label></progress> }
    });
    view! {
        <li class="phase-list__item" data-state=state>
            <span class="mark" aria-hidden="true">
                {mark}
            </span>
            <span class="phase-list__name">
                <span class="vh">{word}</span>
                {step.number}
                " "
                {step.name}
            </span>
            <span class="phase-list__count">{step.count} " " {bar}</span>
            <span class="phase-list__time">{step.took.map(duration)}</span>
            {problems.collect_view()}
        </li>
    }
    .into_any()
}
