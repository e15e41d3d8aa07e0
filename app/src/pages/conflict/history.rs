//! What was decided and what became of it, the fields nobody has to decide, and the raw records.

use leptos::prelude::*;
use merge::Side;

use super::Sheet;
use crate::api::{DecisionView, QueuedWrite, Right, SettledField};
use crate::components::choice;
use crate::components::instant::Instant;
use crate::components::notice::Notice;
use crate::components::number::counted;
use crate::components::side::SideLabel;
use crate::components::value::{ValueText, in_short};
use crate::pages::conflicts::field_label;
use crate::values::same;

/// A conflict that has nothing to decide any more.
pub(super) fn settled(sheet: &Sheet) -> AnyView {
    let text = match sheet.open.view.line.status.as_str() {
        "decided" => "This conflict is decided. What became of it stands below.",
        "settled" => "This conflict is settled.",
        "healed" => "This conflict no longer exists: both sides agree.",
        "left" => "Both records are left as they are. We ask again only if either of them changes.",
        "gone" => "This conflict no longer exists: the record is gone from both sides.",
        _ => "There is nothing to decide here now.",
    };
    view! {
        <p>
            <strong>{text}</strong>
        </p>
        {comparison(sheet)}
    }
    .into_any()
}

/// The contested fields as a table, for reading.
pub(super) fn comparison(sheet: &Sheet) -> AnyView {
    let systems = sheet.cx.frame.systems.clone();
    let fields = sheet.open.view.fields.clone();
    if fields.is_empty() {
        return ().into_any();
    }
    let (theirs, ours) = (systems.theirs.clone(), systems.ours.clone());
    let rows = fields.into_iter().map(move |field| {
        view! {
            <tr>
                <th scope="row">{field_label(&field.path)}</th>
                <td data-l="Last agreed">
                    <ValueText json=field.base />
                </td>
                <td data-l=theirs.clone()>
                    <ValueText json=field.theirs />
                </td>
                <td data-l=ours.clone()>
                    <ValueText json=field.ours />
                </td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" role="region" aria-label="Contested fields" tabindex="0">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">"◇ Last agreed"</th>
                        <th scope="col">
                            <SideLabel side=Side::Theirs systems=systems.clone() />
                        </th>
                        <th scope="col">
                            <SideLabel side=Side::Ours systems />
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What stands below the question.
pub(super) fn below(sheet: &Sheet) -> AnyView {
    let view = &sheet.open.view;
    let found = view.opened_run.map(|run| {
        view! {
            <p class="meta">
                "Found by " <a href=sheet.cx.at(&format!("merges/{run}"))>{format!("merge #{run}")}</a> ", "
                <Instant at=view.line.opened_at /> "."
                {view.agreed_at.map(|at| view! { " Last agreed " <Instant at /> "." })}
            </p>
        }
    });
    view! {
        {decisions(sheet)}
        {others(sheet)}
        {raw(sheet)}
        {found}
    }
    .into_any()
}

fn decisions(sheet: &Sheet) -> AnyView {
    let view = &sheet.open.view;
    if view.decisions.is_empty() {
        return ().into_any();
    }
    let items = view.decisions.iter().map(|decision| one_decision(sheet, decision));
    view! {
        <section class="stack" aria-labelledby="decisions">
            <h2 id="decisions">"Decisions"</h2>
            <ol class="history">{items.collect_view()}</ol>
        </section>
    }
    .into_any()
}

fn one_decision(sheet: &Sheet, decision: &DecisionView) -> AnyView {
    let writes = decision.writes.iter().map(|write| {
        let message = write.message.clone().map(|message| view! { <Notice>{message}</Notice> });
        view! {
            <li>{write_sentence(write)} {message}</li>
        }
    });
    let reason = decision.reason.clone().map(|reason| view! { <p dir="auto">"“" {reason} "”"</p> });
    let overwrote = decision.overwrote.iter().map(|over| {
        let (lead, values) = (format!("Written over in {}: ", over.system), over.values.clone());
        view! { <p class="meta">{lead} <span class="value--mono">{values}</span></p> }
    });
    let undo = can_undo(sheet, decision).then(|| undo_form(sheet, decision));
    view! {
        <li class="history__item">
            <Instant at=decision.at />
            <div class="history__what">
                <p>
                    {decision_sentence(sheet, decision)} " " <span class="chip">{state_words(decision)}</span>
                </p>
                {reason}
                <ul>{writes.collect_view()}</ul>
                {overwrote.collect_view()}
                {undo}
            </div>
            <span class="history__who">{decision.person.clone()}</span>
        </li>
    }
    .into_any()
}

fn decision_sentence(sheet: &Sheet, decision: &DecisionView) -> String {
    let systems = &sheet.cx.frame.systems;
    let choice = |choice: &crate::api::FieldChoice| {
        let what = choice::words(&choice.choose, systems, || in_short(choice.value.as_deref()));
        format!("{}: {what}", field_label(&choice.path))
    };
    let choices: Vec<String> = decision.choices.iter().map(choice).collect();
    let verb = if decision.force { "Forced" } else { "Chose" };
    if choices.is_empty() {
        "Took a decision back".to_owned()
    } else {
        format!("{verb} {}", choices.join(", "))
    }
}

fn state_words(decision: &DecisionView) -> &'static str {
    match decision.state.as_str() {
        "decided" => "Queued",
        "applied" => "Applied",
        "partly" => "Partly applied",
        "refused" => "Refused",
        "undone" => "Undone",
        _ => "Unknown",
    }
}

fn write_sentence(write: &QueuedWrite) -> String {
    let fields: Vec<String> = write.changed.iter().map(|path| field_label(path)).collect();
    let what = match write.operation.as_str() {
        "create" => "create the record".to_owned(),
        "delete" => "delete the record".to_owned(),
        _ => format!("change {}", fields.join(", ")),
    };
    let state = match write.state.as_str() {
        "held" => "held before writing",
        "pending" | "sending" | "retry" | "acked" => "being written",
        "unknown" => "sent, the answer is awaited",
        "confirmed" => "written and read back",
        "parked" => "waits for the next merge",
        "refused" | "rejected" => "refused",
        _ => "not written",
    };
    format!("{}: {what} ({state})", write.system)
}

/// Resolvers take back their own decisions, leads everybody's; a decision that was taken back is not taken back again.
fn can_undo(sheet: &Sheet, decision: &DecisionView) -> bool {
    let is_own = decision.person_id == sheet.cx.actor.id;
    let may = if is_own { sheet.may(Right::Decide) } else { sheet.may(Right::Force) };
    may && matches!(decision.state.as_str(), "decided" | "applied" | "partly") && !decision.choices.is_empty()
}

fn undo_form(sheet: &Sheet, decision: &DecisionView) -> AnyView {
    view! {
        <form method="post" action="/act/undo">
            <input type="hidden" name="school" value=sheet.cx.school.clone() />
            <input type="hidden" name="undo[conflict]" value=sheet.open.view.line.number />
            <input type="hidden" name="undo[decision]" value=decision.decision.clone() />
            <button class="button" type="submit">
                "Undo this decision"
            </button>
        </form>
    }
    .into_any()
}

/// The fields that merge by rule, and those that are the same.
fn others(sheet: &Sheet) -> AnyView {
    let is_ruled = |field: &&SettledField| {
        !same(field.ours.as_deref(), field.theirs.as_deref())
            || !same(field.result.as_deref(), field.ours.as_deref())
    };
    let (ruled, equal): (Vec<_>, Vec<_>) = sheet.open.view.settled.iter().partition(is_ruled);
    let folded = |words: String, fields: Vec<&SettledField>| {
        (!fields.is_empty()).then(|| {
            let rows = fields.into_iter().cloned().map(|field| settled_row(sheet, field));
            let systems = sheet.cx.frame.systems.clone();
            view! {
                <details class="panel">
                    <summary class="panel__summary">{words}</summary>
                    <div class="panel__body">
                        <div class="table-frame" role="region" aria-label="Fields" tabindex="0">
                            <table class="table">
                                <thead>
                                    <tr>
                                        <th scope="col">"Field"</th>
                                        <th scope="col">{format!("■ {}", systems.theirs)}</th>
                                        <th scope="col">{format!("● {}", systems.ours)}</th>
                                        <th scope="col">"Will be saved"</th>
                                    </tr>
                                </thead>
                                <tbody>{rows.collect_view()}</tbody>
                            </table>
                        </div>
                    </div>
                </details>
            }
        })
    };
    let by_rule = format!("{} by rule", counted(ruled.len(), "field merges", "fields merge"));
    let alike = format!("{} the same on both sides", counted(equal.len(), "field is", "fields are"));
    view! {
        {folded(by_rule, ruled)}
        {folded(alike, equal)}
    }
    .into_any()
}

fn settled_row(sheet: &Sheet, field: SettledField) -> AnyView {
    let systems = &sheet.cx.frame.systems;
    view! {
        <tr>
            <th scope="row">{field_label(&field.path)}</th>
            <td data-l=systems.theirs.clone()>
                <ValueText json=field.theirs />
            </td>
            <td data-l=systems.ours.clone()>
                <ValueText json=field.ours />
            </td>
            <td data-l="Will be saved">
                <ValueText json=field.result />
            </td>
        </tr>
    }
    .into_any()
}

/// What both sides last sent and what was last agreed, to be read and copied.
fn raw(sheet: &Sheet) -> AnyView {
    let view = &sheet.open.view;
    let systems = &sheet.cx.frame.systems;
    let block = |words: String, body: &Option<String>| {
        let text = body.clone().unwrap_or_else(|| "(not there)".to_owned());
        view! {
            <h3>{words}</h3>
            <pre class="value value--mono" tabindex="0">{text}</pre>
        }
    };
    view! {
        <details class="panel">
            <summary class="panel__summary">"Raw data"</summary>
            <div class="panel__body">
                {block("◇ Last agreed".to_owned(), &view.base)} {block(format!("■ {}", systems.theirs), &view.theirs)}
                {block(format!("● {}", systems.ours), &view.ours)}
            </div>
        </details>
    }
    .into_any()
}
