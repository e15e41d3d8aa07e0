//! The fields of a record side by side, with what the next merge makes of each, and why (UX 7.8).

use leptos::prelude::*;
use merge::{Level, Mode};

use super::number::counted;
use super::value::ValueText;
use super::winner;
use crate::api::{FieldState, RecordField, RecordSide, RecordView, Systems};

/// The table of fields, with the choice between all and the differing ones.
#[component]
pub fn RecordFields(
    /// The record.
    record: RecordView,
    /// The school in links.
    school: String,
    /// The names of the systems.
    systems: Systems,
    /// Leave out what is the same on both sides.
    only_differing: bool,
    /// Address of the record.
    path: String,
) -> impl IntoView {
    let all = record.fields.len();
    let shows = |field: &&RecordField| !only_differing || field.state.differs();
    let differing = record.fields.iter().filter(|field| field.state.differs()).count();
    let rows: Vec<AnyView> =
        record.fields.iter().filter(shows).map(|field| row(field, &record, &school, &systems)).collect();
    let chips = chips(all, differing, &path, only_differing);
    if rows.is_empty() {
        let words = if all == 0 {
            "No field of this record is merged."
        } else {
            "Both systems hold the same in every field."
        };
        return view! {
            <section class="stack" aria-label="Fields">
                {chips}
                <p>{words}</p>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="stack" aria-label="Fields">
            {chips}
            <div class="table-frame">
                <table class="table">
                    <caption>{counted(rows.len(), "field", "fields")}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Field"</th>
                            <th scope="col">
                                <span aria-hidden="true">"◇ "</span>
                                "Last agreed"
                            </th>
                            <th scope="col">{winner::marked(merge::Side::Theirs, &systems)}</th>
                            <th scope="col">{winner::marked(merge::Side::Ours, &systems)}</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Which side wins"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// The choice between all fields and those that differ.
fn chips(all: usize, differing: usize, path: &str, only_differing: bool) -> AnyView {
    let choice = |words: String, address: String, chosen: bool| {
        view! {
            <li>
                <a class=if chosen { "chip chip--on" } else { "chip" } href=address aria-current=chosen.then_some("true")>
                    {words}
                </a>
            </li>
        }
    };
    view! {
        <ul class="chips" aria-label="Show">
            {choice(format!("All {all}"), path.to_owned(), !only_differing)}
            {choice(format!("Differing {differing}"), format!("{path}?show=differing"), only_differing)}
        </ul>
    }
    .into_any()
}

fn row(field: &RecordField, record: &RecordView, school: &str, systems: &Systems) -> AnyView {
    view! {
        <tr id=format!("field-{}", field.name)>
            <th scope="row">
                {field.name.clone()} {field.key.then(|| view! { <span class="meta">" (key)"</span> })}
            </th>
            <td data-l="◇ Last agreed">{held(record.base.is_some(), &field.base, "(never agreed)")}</td>
            <td data-l=winner::marked(
                merge::Side::Theirs,
                systems,
            )>{held(is_there(&record.theirs), &field.theirs, "(not there)")}</td>
            <td data-l=winner::marked(
                merge::Side::Ours,
                systems,
            )>{held(is_there(&record.ours), &field.ours, "(not there)")}</td>
            <td data-l="State">{state(field, record, school, systems)}</td>
            <td data-l="Which side wins">{why(field, &record.type_label, systems)}</td>
        </tr>
    }
    .into_any()
}

fn is_there(side: &Option<RecordSide>) -> bool {
    side.as_ref().is_some_and(|side| side.body.is_some())
}

/// A value of a version, or that there is no such version.
fn held(there: bool, value: &Option<String>, none: &'static str) -> AnyView {
    if there {
        return view! { <ValueText json=value.clone() /> }.into_any();
    }
    view! { <span class="value value--empty">{none}</span> }.into_any()
}

fn state(field: &RecordField, record: &RecordView, school: &str, systems: &Systems) -> AnyView {
    let words = |mark: &'static str, class: &'static str, text: String| {
        view! {
            <span class=class>
                <span class="mark" aria-hidden="true">
                    {mark}
                </span>
                <span>{text}</span>
            </span>
        }
        .into_any()
    };
    match field.state {
        FieldState::Same => words("=", "status", "same".to_owned()),
        FieldState::SameMeaning => words("=", "status", "same, written differently".to_owned()),
        FieldState::ToOurs => words("→", "status status--info", format!("will go to {}", systems.ours)),
        FieldState::ToTheirs => words("←", "status status--info", format!("will go to {}", systems.theirs)),
        FieldState::ToBoth => words("⇄", "status status--info", "will change in both".to_owned()),
        FieldState::Waits => words("⏸", "status", "waits with the record".to_owned()),
        FieldState::Apart => words("–", "status", "kept apart".to_owned()),
        FieldState::OneSided => words("–", "status", "one side only".to_owned()),
        FieldState::Conflict => match record.conflict {
            Some(number) => view! {
                <a class="status status--warn" href=format!("/{school}/conflicts/{number}#field-{}", field.name)>
                    <span class="mark" aria-hidden="true">
                        "⇄"
                    </span>
                    <span>"conflict, decide"</span>
                </a>
            }
            .into_any(),
            None => words("⇄", "status status--warn", "conflict at the next merge".to_owned()),
        },
    }
}

fn why(field: &RecordField, type_label: &str, systems: &Systems) -> AnyView {
    let (Ok(mode), Ok(level)) = (field.mode.parse::<Mode>(), field.level.parse::<Level>()) else {
        return ().into_any();
    };
    view! {
        <span>{winner::short(mode, systems)}</span>
        " "
        <span class="meta">"(" {winner::origin(level, type_label)} ")"</span>
    }
    .into_any()
}
