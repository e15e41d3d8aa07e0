use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::api::{Clocks, NextNight, ScheduleEdit, SettingsEdit, SettingsView};
use crate::components::frame::Section;
use crate::components::response::Code;
use crate::components::settings_head::{Tab, anchor, draft_bar, head, may_change, problem, refused};
use crate::pages::desk::{Content, Cx, desk_page};

const DAYS: [(u32, &str, &str); 7] = [
    (1, "Mo", "Monday"),
    (2, "Tu", "Tuesday"),
    (3, "We", "Wednesday"),
    (4, "Th", "Thursday"),
    (5, "Fr", "Friday"),
    (6, "Sa", "Saturday"),
    (7, "Su", "Sunday"),
];

/// `/{school}/settings/schedule`: when nights start, and the next five (UX 7.5.4).
#[component]
pub fn SettingsSchedulePage() -> impl IntoView {
    desk_page(Section::Settings, |cx| async move {
        let settings = cx.api().get_settings(&cx.actor, &cx.school).await?;
        let typed = refused(&settings, |edit| match edit {
            SettingsEdit::Schedule(edit) => Some(edit),
            _ => None,
        });
        let content = content(&cx, &settings, typed.as_ref());
        Ok(if typed.is_some() { content.with_status(Code::Invalid) } else { content })
    })
}

fn content(cx: &Cx, settings: &SettingsView, typed: Option<&ScheduleEdit>) -> Content {
    let problem = problem(settings.draft.as_ref(), typed.is_some());
    let schedule = &settings.schedule;
    let body = if may_change(cx) {
        form(cx, settings, typed.unwrap_or(&schedule.form), problem.as_ref())
    } else {
        text(&schedule.form, &schedule.zone)
    };
    let view = view! {
        {head(cx, Tab::Schedule, "Schedule", problem)}
        <div class="stack">{body} {next(&schedule.next, &schedule.zone, &schedule.form, cx.visit.now)}</div>
        {draft_bar(cx, settings)}
    };
    Content::new("Schedule", view)
}

/// What is wrong with a box, for its `aria-invalid`.
fn wrong(problem: Option<&(String, String)>, place: &str) -> Option<&'static str> {
    problem.is_some_and(|(id, _)| *id == anchor(place)).then_some("true")
}

/// One of several ways.
fn radio(name: &'static str, value: bool, chosen: bool, words: &'static str) -> AnyView {
    view! {
        <label class="choice">
            <input type="radio" name=name value=value.to_string() checked=value == chosen />
            <span class="choice__text">{words}</span>
        </label>
    }
    .into_any()
}

fn form(
    cx: &Cx,
    settings: &SettingsView,
    form: &ScheduleEdit,
    problem: Option<&(String, String)>,
) -> AnyView {
    let switch = |on: bool, words: &'static str| radio("form[schedule][on]", on, form.on, words);
    view! {
        <form class="stack" method="post" action="/act/settings_edit">
            <input type="hidden" name="school" value=cx.school.clone() />
            <input type="hidden" name="form[revision]" value=settings.shown() />
            <fieldset class="field">
                <legend class="field__label">"Nightly merge"</legend>
                {switch(true, "On: starts by itself")}
                {switch(false, "Off: a merge only starts when somebody starts one")}
            </fieldset>
            {when(form, problem)}
            {zone(&settings.schedule.zone, form, problem)}
            <div class="row">
                <button class="button button--primary" type="submit">
                    "Keep in draft"
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// On days at a time, or by a pattern.
fn when(form: &ScheduleEdit, problem: Option<&(String, String)>) -> AnyView {
    let days = DAYS.into_iter().map(|(day, short, whole)| {
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    name="form[schedule][days][]"
                    value=day
                    checked=form.days.contains(&day)
                    aria-label=whole
                />
                <span class="choice__text">{short}</span>
            </label>
        }
    });
    let way = |by_pattern: bool, words: &'static str| {
        radio("form[schedule][by_pattern]", by_pattern, form.by_pattern, words)
    };
    view! {
        <fieldset class="field" id=anchor("schedule.days") tabindex="-1">
            <legend class="field__label">"When"</legend>
            {way(false, "On these days, at this time")}
            <div class="row">{days.collect_view()}</div>
            <div class="field field--short">
                <label class="field__label" for=anchor("schedule.at")>
                    "Time"
                </label>
                <input
                    class="field__input"
                    type="time"
                    id=anchor("schedule.at")
                    name="form[schedule][at]"
                    value=form.at.clone()
                    aria-invalid=wrong(problem, "schedule.at")
                />
            </div>
            {way(true, "By a pattern")}
            <div class="field field--short">
                <label class="field__label" for=anchor("schedule.cron")>
                    "Pattern"
                </label>
                <p class="field__help" id="cron-help">
                    "Minute, hour, day, month, weekday, as cron has them. One minute and one hour: 0 3 1,15 * *"
                </p>
                <input
                    class="field__input"
                    id=anchor("schedule.cron")
                    name="form[schedule][pattern]"
                    value=form.pattern.clone()
                    aria-describedby="cron-help"
                    aria-invalid=wrong(problem, "schedule.cron")
                />
            </div>
        </fieldset>
    }
    .into_any()
}

fn zone(now: &str, form: &ScheduleEdit, problem: Option<&(String, String)>) -> AnyView {
    view! {
        <div class="field">
            <label class="field__label" for=anchor("schedule.zone")>
                "Time zone"
            </label>
            <p class="field__help" id="zone-help">
                {format!("A name such as America/New_York. Left out: that of the school. Now: {now}")}
            </p>
            <input
                class="field__input"
                id=anchor("schedule.zone")
                name="form[schedule][zone]"
                value=form.zone.clone()
                aria-describedby="zone-help"
                aria-invalid=wrong(problem, "schedule.zone")
            />
        </div>
    }
    .into_any()
}

/// For those who may only read.
fn text(form: &ScheduleEdit, zone: &str) -> AnyView {
    let days: Vec<&str> =
        DAYS.into_iter().filter(|(day, ..)| form.days.contains(day)).map(|(_, _, whole)| whole).collect();
    let when = match (form.by_pattern, days.len()) {
        (true, _) => format!("by the pattern {}", form.pattern),
        (false, 7) => format!("every day at {}", form.at),
        (false, _) => format!("{} at {}", days.join(", "), form.at),
    };
    view! {
        <dl class="facts">
            <dt>"Nightly merge"</dt>
            <dd>{if form.on { "on" } else { "off" }}</dd>
            <dt>"When"</dt>
            <dd>{when}</dd>
            <dt>"Time zone"</dt>
            <dd>{zone.to_owned()}</dd>
        </dl>
    }
    .into_any()
}

/// The next nights as the draft has them, clock changes said (UX 12.27).
fn next(nights: &[NextNight], zone: &str, form: &ScheduleEdit, now: DateTime<Utc>) -> AnyView {
    if nights.is_empty() {
        let words = if form.on {
            "No night in the next two years."
        } else {
            "The nightly merge is off: no night is planned."
        };
        return view! {
            <section class="stack">
                <h2>"Next five"</h2>
                <p>{words}</p>
            </section>
        }
        .into_any();
    }
    let line = |night: &NextNight| {
        let named = night.date.format("%a %-d %b").to_string();
        let clocks = match night.clocks {
            Clocks::Steady => None,
            Clocks::Skip => Some(format!(
                "The clocks go forward over the planned time on {named}: it starts when they have."
            )),
            Clocks::Repeat => Some(format!(
                "The clocks go back on {named} and this time comes twice: it starts the first time."
            )),
        };
        let days = (night.at - now).num_days();
        let away = match days {
            0 => "within a day".to_owned(),
            1 => "in 1 day".to_owned(),
            days => format!("in {days} days"),
        };
        view! {
            <li>
                // In the zone of the schedule, whatever the reader's is: a `time` would be rewritten to that.
                <span>{night.local.clone()}</span>
                <span class="meta">" (" {away} ")"</span>
                {clocks.map(|words| view! {
                    <p class="status status--warn">
                        <span class="mark" aria-hidden="true">
                            "▲"
                        </span>
                        <span>{words}</span>
                    </p>
                })}
            </li>
        }
    };
    let nights = nights.iter().map(line).collect_view();
    view! {
        <section class="stack">
            <h2>"Next five"</h2>
            <p class="meta">{format!("With the settings on this page, in the time of {zone}")}</p>
            <ol class="prose">{nights}</ol>
        </section>
    }
    .into_any()
}
