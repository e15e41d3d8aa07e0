//! What a merge did, by record type: every count is a link to what it counts, and they add up (UX 7.7.2).

use leptos::prelude::*;

use crate::api::{Systems, TypeLine};
use crate::components::number::grouped;

/// The table by record type.
#[component]
pub fn TypeTable(
    /// The merge's address.
    here: String,
    /// The names of the systems.
    systems: Systems,
    /// The record types.
    types: Vec<TypeLine>,
    /// Their sum.
    totals: TypeLine,
) -> impl IntoView {
    let heads = [
        format!("Read ■ {}", systems.theirs),
        format!("Read ● {}", systems.ours),
        "Same".to_owned(),
        format!("Changed in ■ {}", systems.theirs),
        format!("Changed in ● {}", systems.ours),
        "Added".to_owned(),
        "Deleted".to_owned(),
        "Conflicts".to_owned(),
        "Errors".to_owned(),
        "Held".to_owned(),
    ];
    let columns =
        heads.iter().map(|head| view! { <th scope="col" class="num">{head.clone()}</th> }).collect_view();
    let rows = types.iter().map(|line| row(&here, &heads, line)).collect_view();
    let sum = row(&here, &heads, &totals);
    view! {
        <div class="table-frame" role="region" aria-label="By record type" tabindex="0">
            <table class="table">
                <caption>"By record type. Every number leads to what it counts."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Record type"</th>
                        {columns}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
                <tfoot>{sum}</tfoot>
            </table>
        </div>
    }
    .into_any()
}

/// A number, and the page with the filter that lists what it counts.
type Cell = (Option<u64>, Option<(&'static str, &'static str)>);

fn row(here: &str, heads: &[String; 10], line: &TypeLine) -> AnyView {
    let of_type = |query: &str| match line.name.is_empty() {
        true => query.to_owned(),
        false if query.is_empty() => format!("type={}", line.name),
        false => format!("{query}&type={}", line.name),
    };
    let cells: [Cell; 10] = [
        (Some(line.read[1]), None),
        (Some(line.read[0]), None),
        (line.same, None),
        (Some(line.updated[1]), Some(("changes", "side=theirs&op=update"))),
        (Some(line.updated[0]), Some(("changes", "side=ours&op=update"))),
        (Some(line.added), Some(("changes", "op=create"))),
        (Some(line.deleted), Some(("changes", "op=delete"))),
        (Some(line.conflicts), Some(("conflicts", ""))),
        (Some(line.errors), Some(("errors", ""))),
        (Some(line.held), Some(("held", ""))),
    ];
    let cells = cells.into_iter().zip(heads.iter()).map(|((count, link), head)| {
        let text = count.map_or_else(|| "–".to_owned(), grouped);
        let text = match link.filter(|_| count.is_some_and(|count| count > 0)) {
            Some((page, query)) => {
                let query = of_type(query);
                let mark = if query.is_empty() { "" } else { "?" };
                let href = format!("{here}/{page}{mark}{query}");
                view! { <a href=href>{text}</a> }.into_any()
            }
            None => view! { {text} }.into_any(),
        };
        view! {
            <td class="num" data-l=head.clone()>
                {text}
            </td>
        }
    });
    view! {
        <tr>
            <th scope="row">{line.label.clone()}</th>
            {cells.collect_view()}
        </tr>
    }
    .into_any()
}
