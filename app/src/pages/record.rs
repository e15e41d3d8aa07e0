use leptos::prelude::*;
use merge::Side;

use super::desk::{Content, Cx, desk_page};
use super::records::address;
use crate::api::{ApiResult, Page, PageRequest, RecordEvent, RecordSide, RecordView};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::record_fields::RecordFields;
use crate::components::record_history::RecordHistory;
use crate::components::side::SideLabel;

/// Lines of the history on one page.
const HISTORY: u32 = 25;

/// `/{school}/records/{type}/{key}`: one record in its three versions, what the next merge makes of it, and what happened
/// to it (UX 7.8).
#[component]
pub fn RecordPage() -> impl IntoView {
    desk_page(Section::Records, |cx| async move {
        let merge_type: String = cx.param("type")?;
        let key: String = cx.param("key")?;
        let record = cx.api().get_record(&cx.actor, &cx.school, &merge_type, &key).await?;
        let part = PageRequest::after(cx.query.get("after").map(str::to_owned), HISTORY);
        let history =
            cx.api().list_record_history(&cx.actor, &cx.school, &merge_type, &record.line.key, &part).await?;
        content(&cx, record, history)
    })
}

fn content(cx: &Cx, record: RecordView, history: Page<RecordEvent>) -> ApiResult<Content> {
    let title = format!("{} {}", record.type_label, record.line.label);
    let path = address(&cx.school, &record.line);
    let list = cx.at(&format!("records?type={}", record.line.merge_type));
    let raw = raw(&record);
    let view = view! {
        <nav class="breadcrumbs" aria-label="Breadcrumbs">
            <a href=cx.at("records")>"Records"</a>
            <a href=list>{record.type_label.clone()}</a>
        </nav>
        <div class="page-head">
            <h1 dir="auto">{record.line.label.clone()}</h1>
            <p class="page-head__meta">{ids(cx, &record)}</p>
        </div>
        <div class="stack">{status(cx, &record)}</div>
        <RecordFields
            record=record
            school=cx.school.clone()
            systems=cx.frame.systems.clone()
            only_differing=cx.query.get("show") == Some("differing")
            path=path.clone()
        />
        {raw}
        <RecordHistory
            history
            path
            query=cx.query.clone()
            school=cx.school.clone()
            systems=cx.frame.systems.clone()
            first=cx.query.get("after").is_none()
        />
    };
    Ok(Content::new(title, view))
}

fn ids(cx: &Cx, record: &RecordView) -> AnyView {
    let id = |side: Side, id: &Option<String>| {
        let systems = cx.frame.systems.clone();
        id.clone().map(|id| {
            view! {
                <span>
                    <SideLabel side systems />
                    " "
                    <span class="mono" dir="auto">
                        {id}
                    </span>
                </span>
                " "
            }
        })
    };
    view! {
        {record.type_label.clone()}
        " "
        {id(Side::Theirs, &record.line.theirs_id)}
        {id(Side::Ours, &record.line.ours_id)}
        {record
            .agreed_at
            .map(|at| {
                view! {
                    "last agreed "
                    <Instant at />
                }
            })}
    }
    .into_any()
}

/// What holds for the record as a whole, one line each.
fn status(cx: &Cx, record: &RecordView) -> AnyView {
    let contested =
        record.fields.iter().filter(|field| field.state == crate::api::FieldState::Conflict).count();
    let conflict = record.conflict.map(|number| {
        let words = match contested {
            0 => "Waits for a decision.".to_owned(),
            1 => "1 field is in conflict.".to_owned(),
            many => format!("{many} fields are in conflict."),
        };
        view! {
            <p class="status status--warn">
                <span class="mark" aria-hidden="true">
                    "⇄"
                </span>
                <span>
                    {words} " " <a href=cx.at(&format!("conflicts/{number}"))>{format!("Open conflict {number}")}</a>
                </span>
            </p>
        }
    });
    let on_its_way = record.on_its_way.then(|| {
        view! {
            <p class="status status--info">
                <span class="mark" aria-hidden="true">
                    "⟳"
                </span>
                <span>"A change of this record is on its way. Merges leave it alone until it has arrived."</span>
            </p>
        }
    });
    let gone = record.ended_at.map(|at| {
        view! {
            <p class="status">
                <span class="mark" aria-hidden="true">
                    "⌫"
                </span>
                <span>"In neither system any more, since " <Instant at /> ". Its history has the last values."</span>
            </p>
        }
    });
    let one_sided = one_sided(cx, record).map(|words| {
        view! {
            <p class="status">
                <span class="mark" aria-hidden="true">
                    "◐"
                </span>
                <span>{words}</span>
            </p>
        }
    });
    view! {
        {conflict}
        {on_its_way}
        {gone}
        {one_sided}
    }
    .into_any()
}

/// A record of one side only: what the next merge makes of that.
fn one_sided(cx: &Cx, record: &RecordView) -> Option<String> {
    let there = |side: &Option<RecordSide>| side.as_ref().is_some_and(|side| side.body.is_some());
    let systems = &cx.frame.systems;
    let (here, other) = match (there(&record.ours), there(&record.theirs)) {
        (true, false) => (&systems.ours, &systems.theirs),
        (false, true) => (&systems.theirs, &systems.ours),
        (false, false) if record.ended_at.is_none() => {
            return Some("In neither system as last read.".to_owned());
        }
        _ => return None,
    };
    let then = match record.outcome.as_deref() {
        None => "No merge has read it yet.".to_owned(),
        Some("created_ours" | "created_theirs" | "restored") => {
            format!("It will be created in {other} at the next merge.")
        }
        Some("deleted_ours" | "deleted_theirs") => {
            format!("It was deleted in {other} and will be deleted in {here} at the next merge.")
        }
        Some("missing") => format!(
            "{other} did not list it when last read. It counts as deleted only when that is proved, and waits until then."
        ),
        Some("conflict") => "A person has to say what becomes of it.".to_owned(),
        Some("ours_only" | "theirs_only") => {
            format!("It stays there: the settings do not create it in {other}.")
        }
        Some(_) => "It stays as it is.".to_owned(),
    };
    Some(format!("Only in {here}, not in {other}. {then}"))
}

/// The records as they are kept, for those who need every detail.
fn raw(record: &RecordView) -> AnyView {
    let part = |title: String, body: &Option<String>| {
        body.clone().map(|body| {
            view! {
                <h3>{title}</h3>
                <pre class="value value--long value--mono" dir="auto" tabindex="0">
                    {pretty(&body)}
                </pre>
            }
        })
    };
    let side = |mark: &str, side: &Option<RecordSide>| {
        side.as_ref().and_then(|side| {
            let version = side.version.as_ref().map(|version| format!(", version {version}"));
            part(format!("{mark} {}, id {}{}", side.system, side.id, version.unwrap_or_default()), &side.body)
        })
    };
    if record.base.is_none() && record.ours.is_none() && record.theirs.is_none() {
        return ().into_any();
    }
    view! {
        <details class="panel">
            <summary class="panel__summary">"Raw data"</summary>
            <div class="panel__body">
                <p class="meta">"Key " <code>{record.line.key.clone()}</code></p>
                {part("◇ Last agreed".to_owned(), &record.base)}
                {side("■", &record.theirs)}
                {side("●", &record.ours)}
            </div>
        </details>
    }
    .into_any()
}

/// One member a line; values stay as they were kept.
fn pretty(body: &str) -> String {
    match merge::json::parse_object(body.as_bytes()) {
        Ok(object) => {
            let name = |name: &str| merge::Value::Text(name.to_owned()).to_json();
            let members: Vec<String> =
                object.iter().map(|(key, value)| format!("  {}: {}", name(key), value.to_json())).collect();
            format!("{{\n{}\n}}", members.join(",\n"))
        }
        Err(_) => body.to_owned(),
    }
}
