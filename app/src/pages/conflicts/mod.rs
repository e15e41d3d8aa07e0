//! The queue of conflicts (UX 7.3.1), and what its address says.

mod filters;

use leptos::prelude::*;
use merge::{FieldPath, Segment, Value};

use self::filters::{chips, filters};
use super::desk::{Content, Cx, desk_page};
use crate::api::{ConflictFilter, ConflictLine, ConflictSort, Queue, Systems};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::kind;
use crate::components::number::{counted, grouped};
use crate::components::pager::{self, Pager, Position};
use crate::components::value::in_short;
use crate::query::Query;

/// The parts of the query this page knows: filters, order, and the part of the list.
const KNOWN: [&str; 12] =
    ["type", "field", "kind", "age", "status", "q", "merge", "sort", "per", "after", "before", "last"];
/// The filters among them.
const FILTERS: [&str; 7] = ["type", "field", "kind", "age", "status", "q", "merge"];
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
        <p class="meta">
            <a href=cx.at("differences")>"What differs on purpose"</a>
        </p>
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
            <td data-l="Fields" class="table__word">{fields_in_short(&line.fields)}</td>
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
    let words = path.parse::<FieldPath>().map_or_else(|_| path.to_owned(), |path| path_words(&path));
    let mut letters = words.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// `phones[type="home"].number` as `phones (type home): number`: what tells the items of a list apart is shown as it is.
fn path_words(path: &FieldPath) -> String {
    let mut words = String::new();
    let mut after = "";
    for segment in path.segments() {
        match segment {
            Segment::Name(name) => {
                words.push_str(after);
                words.push_str(&name.replace('_', " "));
                after = ".";
            }
            Segment::Item(key) => {
                let part = |(name, value): &(String, Value)| {
                    format!("{} {}", name.replace('_', " "), crate::values::plain(value))
                };
                let parts: Vec<String> = key.iter().map(part).collect();
                words.push_str(&format!(" ({})", parts.join(", ")));
                after = ": ";
            }
        }
    }
    words
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
