use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{ApiResult, HoldView, MergeView, Right, TypeLine};
use crate::components::error_summary;
use crate::components::frame::Section;
use crate::components::merge::head::{MergeHead, Tab};
use crate::components::merge::phases::PhaseList;
use crate::components::merge::totals::TypeTable;
use crate::components::number::{counted, grouped};
use crate::components::response::Code;

/// `/{school}/merges/{number}`: how one merge went, step by step and type by type, and what a held one waits for
/// (UX 7.7.2).
#[component]
pub fn MergePage() -> impl IntoView {
    desk_page(Section::Merges, |cx| async move {
        let number = cx.param("number")?;
        let merge = cx.api().get_merge(&cx.actor, &cx.school, number).await?;
        let typed = cx.visit.door.kept("words").await.unwrap_or_default();
        content(&cx, merge, &typed.value("typed"))
    })
}

fn content(cx: &Cx, merge: MergeView, typed: &str) -> ApiResult<Content> {
    let number = merge.line.number;
    let here = cx.at(&format!("merges/{number}"));
    let title = format!("Merge #{number}");
    let may_approve = cx.frame.role.may(Right::LiftLimits);
    if let (Some(hold), Some("release"), true) = (&merge.hold, cx.query.get("confirm"), may_approve) {
        let wrong = cx.query.get("error").is_some();
        let content = Content::new(title, release(cx, &merge, hold, wrong, typed));
        return Ok(if wrong { content.with_status(Code::Invalid) } else { content });
    }
    let live = merge.is_running();
    let hold = merge.hold.as_ref().map(|hold| held(cx, &merge, hold));
    let view = view! {
        <MergeHead school=cx.school.clone() merge=merge.clone() tab=Tab::Summary />
        {hold}
        <section class="stack">
            <div class="stack" id="live" data-live=live.then_some("yes")>
                {silence(&merge)}
                <h2>"Steps"</h2>
                <PhaseList steps=merge.steps.clone() />
            </div>
            {live.then(|| running(cx, &merge))}
        </section>
        <section class="stack">
            <h2>"By record type"</h2>
            <TypeTable
                here=here
                systems=cx.frame.systems.clone()
                types=merge.types.clone()
                totals=merge.totals.clone()
            />
        </section>
    };
    Ok(Content::new(title, view))
}

/// A merge at work that says nothing any more (UX 7.2).
fn silence(merge: &MergeView) -> Option<AnyView> {
    let silent = merge.silent.filter(|silent| *silent > 60)?;
    let time = crate::components::merge::words::duration(silent);
    let text = match silent > 600 {
        true => format!(
            "No sign of life for {time}. This merge counts as failed until it goes on; what it has written so far stays, and a restart of the server takes it up again."
        ),
        false => format!("No sign of life for {time}. It may be stuck."),
    };
    Some(
        view! {
            <div class="notice notice--danger">
                <span class="notice__mark" aria-hidden="true">
                    "▲"
                </span>
                <p class="notice__text">{text}</p>
            </div>
        }
        .into_any(),
    )
}

/// What can be done about a merge at work.
fn running(cx: &Cx, merge: &MergeView) -> AnyView {
    let number = merge.line.number;
    let stop = match &merge.stop_asked_by {
        Some(who) => Some(
            view! { <p>{who.clone()} " has asked it to stop. It stops after the current record."</p> }
                .into_any(),
        ),
        None => cx.frame.role.may(Right::Run).then(|| {
            view! {
                <form method="post" action="/act/merge_stop" class="row">
                    <input type="hidden" name="school" value=cx.school.clone() />
                    <input type="hidden" name="number" value=number />
                    <button class="button button--danger" type="submit">
                        "Stop after the current record"
                    </button>
                </form>
            }
            .into_any()
        }),
    };
    view! {
        <p class="meta">
            "The merge goes on when you close this page. " <a href=cx.at(&format!("merges/{number}"))>"Refresh"</a>
        </p>
        {stop}
    }
    .into_any()
}

/// Why a merge waits, and what can be done about it.
fn held(cx: &Cx, merge: &MergeView, hold: &HoldView) -> AnyView {
    let number = merge.line.number;
    let reasons = hold.reasons.iter().map(|reason| view! { <li>{reason.clone()}</li> }).collect_view();
    let here = cx.at(&format!("merges/{number}"));
    let release = cx.frame.role.may(Right::LiftLimits).then(|| {
        view! {
            <a class="button" href=format!("{here}?confirm=release")>
                "Let it write…"
            </a>
        }
    });
    let drop = cx.frame.role.may(Right::Run).then(|| {
        view! {
            <form method="post" action="/act/hold_drop">
                <input type="hidden" name="school" value=cx.school.clone() />
                <input type="hidden" name="number" value=number />
                <button class="button" type="submit">
                    "Drop it: write nothing"
                </button>
            </form>
        }
    });
    let who = match (cx.frame.role.may(Right::LiftLimits), cx.frame.role.may(Right::Run)) {
        (true, _) => None,
        (false, true) => Some("Only admins can let it write."),
        (false, false) => Some("Only admins can let it write, only leads and admins can drop it."),
    };
    view! {
        <section class="card card--warn">
            <h2 class="card__title">"Why it waits"</h2>
            <ul>{reasons}</ul>
            <p>"Nothing was written. What the plan would do:"</p>
            {plan(cx, &here, hold)}
            <p class="meta">
                "A merge that starts after this one ends it unwritten; what still differs then is planned anew."
            </p>
            <div class="card__actions">{drop} {release}</div>
            {who.map(|who| view! { <p class="meta">{who}</p> })}
        </section>
    }
    .into_any()
}

/// What a held plan would do, by record type.
fn plan(cx: &Cx, here: &str, hold: &HoldView) -> AnyView {
    let (ours, theirs) = (
        format!("Change in ● {}", cx.frame.systems.ours),
        format!("Change in ■ {}", cx.frame.systems.theirs),
    );
    let rows = hold.plan.iter().map(|line: &TypeLine| {
        let href = format!("{here}/held?type={}", line.name);
        let numbers = [
            (theirs.clone(), line.updated[1]),
            (ours.clone(), line.updated[0]),
            ("Add".to_owned(), line.added),
            ("Delete".to_owned(), line.deleted),
        ];
        let cells = numbers.map(|(label, number)| {
            view! {
                <td class="num" data-l=label>
                    {grouped(number)}
                </td>
            }
        });
        view! {
            <tr>
                <th scope="row">
                    <a href=href>{line.label.clone()}</a>
                </th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <div class="table-frame" role="region" aria-label="What the plan would do" tabindex="0">
            <table class="table">
                <caption>"Records the plan would write"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Record type"</th>
                        <th scope="col" class="num">
                            {theirs.clone()}
                        </th>
                        <th scope="col" class="num">
                            {ours.clone()}
                        </th>
                        <th scope="col" class="num">
                            "Add"
                        </th>
                        <th scope="col" class="num">
                            "Delete"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The page that asks before a held plan is written (UX 6.6, level 3).
fn release(cx: &Cx, merge: &MergeView, hold: &HoldView, wrong: bool, typed: &str) -> AnyView {
    let number = merge.line.number;
    let here = cx.at(&format!("merges/{number}"));
    let all: u64 = hold.plan.iter().map(TypeLine::changes).sum();
    let deletes: u64 = hold.plan.iter().map(|line| line.deleted).sum();
    let effect = format!(
        "I have seen that {} will be written, among them {}.",
        counted(all, "change", "changes"),
        counted(deletes, "delete", "deletes")
    );
    let summary = wrong.then(|| {
        let words = "The words are not the ones shown, or the tick is missing.".to_owned();
        error_summary::summary("Nothing was written", [(Some("typed".to_owned()), words)], ())
    });
    view! {
        <nav class="breadcrumbs" aria-label="Breadcrumbs">
            <a href=here.clone()>"Merge #" {number}</a>
        </nav>
        <h1>"Let merge #" {number} " write"</h1>
        {summary}
        <form class="confirm confirm--danger" method="post" action="/act/hold_release">
            <input type="hidden" name="school" value=cx.school.clone() />
            <input type="hidden" name="form[number]" value=number />
            <input type="hidden" name="form[plan_hash]" value=hold.plan_hash.clone() />
            <p class="confirm__way-out">
                <a href=here.clone()>"Go back, and write nothing"</a>
            </p>
            {plan(cx, &here, hold)}
            <p>
                "Every record is read again before it is written. If one has changed since the plan was made, the merge plans anew and asks again."
            </p>
            <label class="choice">
                <input type="checkbox" name="form[seen]" value="yes" />
                <span class="choice__text">{effect}</span>
            </label>
            <div class="field">
                <label class="field__label" for="typed">
                    "Type these words: "
                    <span class="confirm__words">{hold.words.clone()}</span>
                </label>
                <input
                    class="field__input"
                    id="typed"
                    name="form[typed]"
                    value=typed.to_owned()
                    autocomplete="off"
                    aria-invalid=wrong.then_some("true")
                />
            </div>
            <div class="confirm__act">
                <span></span>
                <button class="button button--danger" type="submit">
                    "Write " {counted(all, "change", "changes")}
                </button>
            </div>
        </form>
    }
    .into_any()
}
