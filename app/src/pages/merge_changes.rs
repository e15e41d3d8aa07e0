use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{ApiResult, ChangeFilter, ChangeGroup, Changes, MergeView};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::filter::{select, words};
use crate::components::frame::Section;
use crate::components::merge::changes::ChangeTable;
use crate::components::merge::head::{MergeHead, Part, Tab};
use crate::components::number::counted;
use crate::components::pager::{self, Pager, Position};

/// `/{school}/merges/{number}/changes`: what a merge wrote, value by value (UX 7.7.2).
#[component]
pub fn MergeChangesPage() -> impl IntoView {
    desk_page(Section::Merges, |cx| async move { load(cx, Tab::Changes).await })
}

/// `/{school}/merges/{number}/held`: what a merge did not send, and why.
#[component]
pub fn MergeHeldPage() -> impl IntoView {
    desk_page(Section::Merges, |cx| async move { load(cx, Tab::Held).await })
}

async fn load(cx: Cx, tab: Tab) -> ApiResult<Content> {
    let number = cx.param("number")?;
    let group = if tab == Tab::Held { ChangeGroup::Held } else { ChangeGroup::Written };
    let filter = ChangeFilter { group, ..ChangeFilter::of(&cx.query) };
    let request = pager::request(&cx.query);
    let merge = cx.api().get_merge(&cx.actor, &cx.school, number).await?;
    let changes = cx.api().list_merge_changes(&cx.actor, &cx.school, number, &filter, &request).await?;
    Ok(content(&cx, tab, &filter, merge, changes, request.limit))
}

fn content(
    cx: &Cx,
    tab: Tab,
    filter: &ChangeFilter,
    merge: MergeView,
    changes: Changes,
    limit: u32,
) -> Content {
    let (path, words) = tab.address();
    let here = cx.at(&format!("merges/{}{path}", merge.line.number));
    let position = Position::of(&changes.page, limit);
    let caption = format!(
        "{}, {}",
        counted(changes.page.total, "record", "records"),
        counted(changes.values, "value", "values")
    );
    // Where there is nothing at all, there is nothing to filter.
    let some = changes.page.total > 0
        || *filter != (ChangeFilter { group: filter.group, ..ChangeFilter::default() });
    let query = cx.query.without(&pager::PLACE).without(&["per", "state"]);
    let query = if tab == Tab::Held { query.with("state", "held") } else { query };
    let part = Part { query, values: u64::try_from(changes.values).unwrap_or_default() };
    let title = format!("{words} of merge #{}", merge.line.number);
    let list = if changes.page.items.is_empty() {
        nothing(&here, tab, filter, &merge)
    } else {
        view! {
            <ChangeTable
                school=cx.school.clone()
                systems=cx.frame.systems.clone()
                caption=caption
                lines=changes.page.items
                with_state=tab == Tab::Held
            />
        }
        .into_any()
    };
    let view = view! {
        <MergeHead school=cx.school.clone() merge=merge tab=tab part=part />
        <h2>{words}</h2>
        {some.then(|| filters(cx, &here, filter))}
        {list}
        <Pager path=here query=cx.query.clone() position />
    };
    Content::new(title, view)
}

/// Type, side, what was done, field and record (UX 7.7.2).
pub(super) fn filters(cx: &Cx, here: &str, filter: &ChangeFilter) -> AnyView {
    let types = cx.frame.types.iter().map(|one| (one.name.clone(), one.label.clone())).collect();
    let option = |code: &str, words: String| (code.to_owned(), words);
    let sides = vec![
        option("theirs", format!("■ {}", cx.frame.systems.theirs)),
        option("ours", format!("● {}", cx.frame.systems.ours)),
    ];
    let operations = [("update", "Changed"), ("create", "Added"), ("delete", "Deleted")];
    let operations = operations.map(|(code, words)| option(code, words.to_owned())).to_vec();
    let side = filter.side.as_deref().unwrap_or_default();
    view! {
        <form class="filters" method="get" action=here.to_owned() role="search" aria-label="Changes">
            <div class="filters__row">
                {select("type", "Record type", "All types", types, &filter.types.join(","))}
                {select("side", "Written to", "Both systems", sides, side)}
                {select("op", "What was done", "Anything", operations, &filter.operations.join(","))}
                {words("field", "Field", "text", filter.field.as_deref())}
                {words("q", "Record", "text", filter.q.as_deref())}
                <button class="button button--primary" type="submit">
                    "Apply"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn nothing(here: &str, tab: Tab, filter: &ChangeFilter, merge: &MergeView) -> AnyView {
    let all = ChangeFilter { group: filter.group, ..ChangeFilter::default() };
    let here = here.to_owned();
    if *filter != all {
        return view! {
            <EmptyState why=Nothing::Matches title="No change is like that">
                <p>
                    <a href=here>"Clear filters"</a>
                </p>
            </EmptyState>
        }
        .into_any();
    }
    let (title, text) = match (tab, merge.is_running()) {
        (_, true) => ("Not yet", "The merge is still at work. Its changes are listed when it has ended."),
        (Tab::Held, _) => ("Nothing was held back", "Everything that was clear went out."),
        _ => ("Nothing was changed", "Both systems keep what they had."),
    };
    view! {
        <EmptyState why=Nothing::Yet title=title>
            <p>{text}</p>
        </EmptyState>
    }
    .into_any()
}
