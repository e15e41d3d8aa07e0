use leptos::prelude::*;

use crate::{
    components::{instant::Instant, notice::Notice, page::Page, response},
    islands::LocalTimes,
    status::{Run, School, SharedStatus, Status, Unavailable},
};

/// `/`: is the instance up, what does it look after, how did the last nights go.
#[component]
pub fn StatusPage() -> impl IntoView {
    let source = use_context::<SharedStatus>();
    view! {
        <Page title="Status">
            {Suspend::new(async move {
                match read(source).await {
                    Ok(status) => view! { <Report status /> }.into_any(),
                    Err(Unavailable) => unavailable().into_any(),
                }
            })}
        </Page>
    }
}

async fn read(source: Option<SharedStatus>) -> Result<Status, Unavailable> {
    source.ok_or(Unavailable)?.status().await
}

fn unavailable() -> impl IntoView {
    response::set_status(response::Code::Unavailable);
    view! {
        <Notice>
            "The state of this instance cannot be read at the moment. Nothing is lost; try again in a minute. If this stays, the log of the server says why."
        </Notice>
    }
}

#[component]
fn Report(status: Status) -> impl IntoView {
    view! {
        <dl class="facts">
            <dt>"Version"</dt>
            <dd>{status.version}</dd>
            <dt>"Database"</dt>
            <dd>{status.database}</dd>
            <dt>"Read"</dt>
            <dd>
                <Instant at=status.read_at />
            </dd>
        </dl>
        <h2>"Schools"</h2>
        {if status.schools.is_empty() {
            view! {
                <p>
                    "No school is set up yet. " <code>"tiebreak settings import FILE.toml"</code>
                    " sets one up from a file."
                </p>
            }
                .into_any()
        } else {
            view! { <Schools schools=status.schools /> }.into_any()
        }}
        <LocalTimes />
    }
}

#[component]
fn Schools(schools: Vec<School>) -> impl IntoView {
    view! {
        <div class="table-frame" role="region" aria-label="Schools" tabindex="0">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"School"</th>
                        <th scope="col">"Systems"</th>
                        <th scope="col">"Last merge"</th>
                        <th scope="col">"Next merge"</th>
                        <th scope="col" class="num">
                            "Open conflicts"
                        </th>
                    </tr>
                </thead>
                <tbody>{schools.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(school: School) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{school.name}</th>
            <td>
                <span aria-hidden="true">"■\u{a0}"</span>
                {school.theirs}
                ", "
                <span aria-hidden="true">"●\u{a0}"</span>
                {school.ours}
            </td>
            <td>{school.last_run.map_or_else(|| "none yet".into_any(), |run| last_run(&run).into_any())}</td>
            <td>
                {school
                    .next_run
                    .map_or_else(|| "not scheduled".into_any(), |at| view! { <Instant at /> }.into_any())}
            </td>
            <td class="num">{school.open_conflicts}</td>
        </tr>
    }
}

fn last_run(run: &Run) -> impl IntoView + use<> {
    let (text, at) = (format!("{}: {}, ", run.number, run.state), run.at);
    view! {
        {text}
        <Instant at />
    }
}
