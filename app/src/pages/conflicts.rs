//! The queue of conflicts (UX 7.3.1), and what its address says.

use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{ConflictFilter, ConflictLine, ConflictSort, Facet, Queue, Systems};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::kind;
use crate::components::number::{counted, grouped};
use crate::components::pager::{self, Pager, Position, SIZES};
use crate::components::value::in_short;
use crate::query::Query;

/// The parts of the query this page knows: filters, order, and the part of the list.
const KNOWN: [&str; 12] =
    ["type", "field", "kind", "age", "status", "q", "merge", "sort", "per", "after", "before", "last"];
/// The filters among them.
const FILTERS: [&str; 7] = ["type", "field", "kind", "age", "status", "q", "merge"];
const STATUSES: [(&str, &str); 7] = [
    ("open", "Open"),
    ("decided", "Decided, being written"),
    ("settled", "Settled"),
    ("left", "Left as they are"),
    ("snoozed", "Snoozed"),
    ("healed", "Agreed by themselves"),
    ("gone", "Record is gone"),
];
const AGES: [(&str, &str); 4] =
    [("1", "over 1 day"), ("7", "over 7 days"), ("14", "over 14 days"), ("30", "over 30 days")];

/// `/{school}/conflicts`: what waits for a person, judged from the list and opened from it (UX 7.3.1).
#[component]
pub fn ConflictsPage() -> impl IntoView {
    desk_page(Section::Conflicts, |cx| async move {
        let request = pager::request(&cx.query);
        let filter = filter_of(&cx.query);
        let queue = cx.api().list_queue(&cx.actor, &cx.school, &filter, &request).await?;
        Ok(Content::new("Conflicts", content(&cx, &filter, queue, request.limit)))
    })
}

/// The filter that a query stands for.
#[must_use]
pub fn filter_of(query: &Query) -> ConflictFilter {
    let age = query.get("age").map(|age| age.trim_end_matches('d'));
    let kinds = query.list("kind");
    let mut words = kind::engine_words(&kinds);
    if !kinds.is_empty() && words.is_empty() {
        words = kinds;
    }
    ConflictFilter {
        types: query.list("type"),
        kinds: words,
        statuses: query.list("status"),
        fields: query.list("field"),
        q: query.get("q").map(|text| text.trim().to_owned()),
        age_days: age.and_then(|age| age.parse().ok()),
        merge: query.get("merge").and_then(|number| number.parse().ok()),
        sort: match query.get("sort") {
            Some("newest") => ConflictSort::Newest,
            Some("record") => ConflictSort::Record,
            _ => ConflictSort::Waiting,
        },
    }
}

/// The part of a query that says which list it is, without where in it.
#[must_use]
pub fn view_of(query: &Query) -> String {
    query.without(&["after", "before", "last", "per"]).to_string()
}

fn content(cx: &Cx, filter: &ConflictFilter, queue: Queue, limit: u32) -> AnyView {
    let position = Position::of(&queue.page, limit);
    let total = queue.page.total;
    let path = cx.at("conflicts");
    let view = view_of(&cx.query);
    let list = if queue.page.items.is_empty() {
        nothing(cx, queue.open)
    } else {
        table(cx, &view, queue.page.items.clone())
    };
    view! {
        <div class="page-head">
            <h1>"Conflicts"</h1>
            <p class="page-head__meta">{summary(&queue, total)}</p>
        </div>
        {filters(cx, filter, &queue)}
        {chips(cx, &queue)}
        {pager::unknown_filters(&cx.query, &KNOWN)}
        {list}
        <Pager path query=cx.query.clone() position />
    }
    .into_any()
}

/// "412 conflicts · 281 Sections, 96 Instructors".
fn summary(queue: &Queue, total: i64) -> String {
    let types = queue.types.iter().filter(|one| one.count > 0);
    let types: Vec<String> = types.map(|one| format!("{} {}", grouped(one.count), one.label)).collect();
    let count = counted(total, "conflict", "conflicts");
    if types.is_empty() { count } else { format!("{count} · {}", types.join(", ")) }
}

fn filters(cx: &Cx, filter: &ConflictFilter, queue: &Queue) -> AnyView {
    let kinds: Vec<Facet> = kind::KINDS
        .into_iter()
        .map(|one| Facet {
            word: one.code.to_owned(),
            label: one.words.to_owned(),
            count: queue
                .kinds
                .iter()
                .filter(|facet| one.engine.contains(&facet.word.as_str()))
                .map(|facet| facet.count)
                .sum(),
        })
        .filter(|facet| facet.count > 0 || cx.query.list("kind").contains(&facet.word))
        .collect();
    let fields: Vec<Facet> =
        queue.fields.iter().map(|facet| Facet { label: field_label(&facet.word), ..facet.clone() }).collect();
    let plain = |options: &[(&str, &str)]| -> Vec<(String, String)> {
        options.iter().map(|(word, label)| ((*word).to_owned(), (*label).to_owned())).collect()
    };
    let counted = |facets: &[Facet]| -> Vec<(String, String)> {
        facets
            .iter()
            .map(|one| (one.word.clone(), format!("{} ({})", one.label, grouped(one.count))))
            .collect()
    };
    let chosen = |name: &str| cx.query.list(name).into_iter().next().unwrap_or_default();
    let sorts = plain(&[("", "longest waiting"), ("newest", "newest first"), ("record", "record name")]);
    let sizes: Vec<(String, String)> =
        SIZES.into_iter().map(|size| (size.to_string(), format!("{size} per page"))).collect();
    let per = cx.query.get("per").unwrap_or("50").to_owned();
    view! {
        <form class="filters" method="get" action=cx.at("conflicts") role="search" aria-label="Conflicts">
            <div class="filters__row">
                <div class="field">
                    <label class="field__label" for="q">
                        "Record"
                    </label>
                    <input
                        class="field__input"
                        id="q"
                        name="q"
                        type="search"
                        value=filter.q.clone()
                        data-key="/"
                    />
                </div>
                <button class="button" type="submit">
                    "Apply"
                </button>
            </div>
            <details class="filters__more">
                <summary>"Filters"</summary>
                <div class="filters__row">
                    {select("type", "Record type", "all", counted(&queue.types), &chosen("type"))}
                    {select("field", "Field", "all", counted(&fields), &chosen("field"))}
                    {select("kind", "What happened", "anything", counted(&kinds), &chosen("kind"))}
                    {select("age", "Waiting", "any time", plain(&AGES), chosen("age").trim_end_matches('d'))}
                    {select("status", "Status", "open", plain(&STATUSES[1..]), &chosen("status"))}
                    {select("sort", "Sort", "", sorts, &chosen("sort"))}
                    {select("per", "Lines", "", sizes, &per)}
                </div>
            </details>
        </form>
    }
    .into_any()
}

/// A select; `any` is the words of its first, empty option, where it has one.
fn select(
    name: &'static str,
    label: &'static str,
    any: &'static str,
    options: Vec<(String, String)>,
    chosen: &str,
) -> AnyView {
    let first = (!any.is_empty()).then(|| view! { <option value="">{any}</option> });
    let unlisted = (!chosen.is_empty() && options.iter().all(|(word, _)| word != chosen))
        .then(|| (chosen.to_owned(), chosen.to_owned()));
    let options = options.into_iter().chain(unlisted).map(|(word, words)| {
        let is_chosen = word == chosen;
        view! {
            <option value=word selected=is_chosen>
                {words}
            </option>
        }
    });
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {label}
            </label>
            <select class="field__input" id=name name=name>
                {first}
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// The filters that hold, each a link that takes it away.
fn chips(cx: &Cx, queue: &Queue) -> AnyView {
    let label = |name: &str, value: &str| match name {
        "type" => {
            let known = queue.types.iter().find(|one| one.word == value);
            format!("Record type: {}", known.map_or(value, |one| one.label.as_str()))
        }
        "field" => format!("Field: {}", field_label(value)),
        "kind" => {
            let known = kind::KINDS.into_iter().find(|one| one.code == value);
            format!("What happened: {}", known.map_or(value, |one| one.words))
        }
        "age" => format!("Waiting: over {} days", value.trim_end_matches('d')),
        "status" => {
            let known = STATUSES.into_iter().find(|(word, _)| *word == value);
            format!("Status: {}", known.map_or(value, |(_, words)| words))
        }
        "merge" => format!("Found by merge #{value}"),
        _ => format!("Record: {value}"),
    };
    let bare = cx.query.without(&["after", "before", "last"]);
    let path = cx.at("conflicts");
    let active = FILTERS.iter().filter_map(|name| {
        let values = cx.query.list(name);
        (!values.is_empty()).then(|| {
            let words: Vec<String> = values.iter().map(|value| label(name, value)).collect();
            (words.join(", "), bare.without(&[name]).at(&path))
        })
    });
    let active: Vec<(String, String)> = active.collect();
    if active.is_empty() {
        return ().into_any();
    }
    let chips = active.into_iter().map(|(words, href)| {
        view! {
            <li>
                <a class="chip" href=href>
                    {words}
                    <span aria-hidden="true">" ✕"</span>
                    <span class="vh">", take this filter away"</span>
                </a>
            </li>
        }
    });
    view! {
        <ul class="chips" aria-label="Active filters">
            {chips.collect_view()}
            <li>
                <a href=bare.without(&FILTERS).at(&path)>"Clear all"</a>
            </li>
        </ul>
    }
    .into_any()
}

fn nothing(cx: &Cx, living: i64) -> AnyView {
    let filtered = FILTERS.iter().any(|name| cx.query.get(name).is_some());
    if filtered {
        let all = cx.query.without(&FILTERS).without(&pager::PLACE).at(&cx.at("conflicts"));
        return view! {
            <EmptyState why=Nothing::Matches title="No conflict matches these filters">
                <a href=all>"Clear filters"</a>
            </EmptyState>
        }
        .into_any();
    }
    let more = (living > 0).then(|| {
        view! {
            <p>
                {counted(living, "conflict is", "conflicts are")}
                " decided and being written, left as they are, or snoozed: choose another status to see them."
            </p>
        }
    });
    view! {
        <EmptyState why=Nothing::Yet title="Nothing to decide">
            <p>"Both systems agree, or the rules settle what differs. New conflicts come with the next merge."</p>
            {more}
        </EmptyState>
    }
    .into_any()
}

fn table(cx: &Cx, view: &str, lines: Vec<ConflictLine>) -> AnyView {
    let systems = cx.frame.systems.clone();
    let address = |number: i64| {
        let query = if view.is_empty() { Query::default() } else { Query::default().with("view", view) };
        query.at(&cx.at(&format!("conflicts/{number}")))
    };
    let now = cx.visit.now;
    let rows = lines.into_iter().map(|line| {
        let href = address(line.number);
        row(line, href, &systems, now)
    });
    view! {
        <div class="table-frame" role="region" aria-label="Conflicts" tabindex="0" data-rows="conflicts">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Record"</th>
                        <th scope="col">"What happened"</th>
                        <th scope="col">"Fields"</th>
                        <th scope="col">
                            <span aria-hidden="true">"■\u{a0}"</span>
                            {systems.theirs.clone()}
                        </th>
                        <th scope="col">
                            <span aria-hidden="true">"●\u{a0}"</span>
                            {systems.ours.clone()}
                        </th>
                        <th scope="col">"Waiting"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(line: ConflictLine, href: String, systems: &Systems, now: chrono::DateTime<chrono::Utc>) -> AnyView {
    let kind = kind::of(&line.kind);
    let (ours, theirs) = first_values(&line);
    view! {
        <tr>
            <th scope="row">
                <a href=href>{line.label.clone()}</a>
            </th>
            <td data-l="What happened">
                <span class="mark" aria-hidden="true">
                    {kind.mark}
                </span>
                " "
                {kind::sentence(&line, systems)}
            </td>
            <td data-l="Fields">{fields_in_short(&line.fields)}</td>
            <td data-l=systems.theirs.clone()>
                <span class="table__clamp" dir="auto">
                    {theirs}
                </span>
            </td>
            <td data-l=systems.ours.clone()>
                <span class="table__clamp" dir="auto">
                    {ours}
                </span>
            </td>
            <td data-l="Waiting">
                {waiting(now - line.opened_at)} <span class="vh">" since " <Instant at=line.opened_at /></span>
            </td>
        </tr>
    }
    .into_any()
}

/// What both sides hold of the first field; of a record that one side deleted, which it is.
fn first_values(line: &ConflictLine) -> (String, String) {
    match line.kind.as_str() {
        "delete_update" => ("(deleted)".to_owned(), "(changed)".to_owned()),
        "update_delete" => ("(changed)".to_owned(), "(deleted)".to_owned()),
        _ => (in_short(line.first.0.as_deref()), in_short(line.first.1.as_deref())),
    }
}

/// "Room, Capacity +1".
fn fields_in_short(fields: &[String]) -> String {
    let named: Vec<String> = fields.iter().take(2).map(|path| field_label(path)).collect();
    match fields.len().saturating_sub(2) {
        0 => named.join(", "),
        more => format!("{} +{more}", named.join(", ")),
    }
}

/// A field's path as people read it; the whole record in brackets.
#[must_use]
pub fn field_label(path: &str) -> String {
    if path.is_empty() {
        return "(record)".to_owned();
    }
    let words = path.replace('_', " ");
    let mut letters = words.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// How long something waits, in one unit.
#[must_use]
pub fn waiting(time: chrono::TimeDelta) -> String {
    match (time.num_days(), time.num_hours(), time.num_minutes()) {
        (0, 0, minutes) => format!("{} min", minutes.max(0)),
        (0, hours, _) => format!("{hours} h"),
        (days, ..) => counted(days, "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_a_filter_in_the_words_of_the_engine() {
        let filter =
            filter_of(&Query::of("/c?type=room,section&kind=deleted-changed&age=7d&sort=newest&q=%20A%20"));
        assert_eq!(filter.types, ["room", "section"]);
        assert_eq!(filter.kinds, ["delete_update", "update_delete"]);
        assert_eq!(
            (filter.age_days, filter.sort, filter.q.as_deref()),
            (Some(7), ConflictSort::Newest, Some("A"))
        );
    }

    #[test]
    fn fields_and_times_are_short() {
        let fields = ["room".to_owned(), "start_time".to_owned(), "x".to_owned()];
        assert_eq!(fields_in_short(&fields), "Room, Start time +1");
        assert_eq!(waiting(chrono::TimeDelta::hours(30)), "1 day");
        assert_eq!(waiting(chrono::TimeDelta::minutes(90)), "1 h");
    }
}
