//! The frame of every page of a school (UX 5.1, 6.1).

use leptos::prelude::*;
use leptos_meta::Title;

use super::banner::BannerRow;
use super::flash::FlashLine;
use crate::api::{Frame, OtherSchool, Right, Role};
use crate::door::Flash;
use crate::islands::{Keys, LocalTimes};

/// The part of the desk a page belongs to; its link in the navigation is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// How it goes.
    Overview,
    /// The queue and its conflicts.
    Conflicts,
    /// What both sides hold.
    Records,
    /// What each merge did.
    Merges,
    /// Start one.
    RunMerge,
    /// Rules, schedule, limits.
    Settings,
    /// Who may do what.
    People,
    /// Who did what.
    Activity,
    /// One's own sign-in and display.
    Account,
}

impl Section {
    /// Address after the school, words, and the right one needs to open it; in the order of use.
    const ALL: [(Self, &'static str, &'static str, Right); 9] = [
        (Self::Overview, "overview", "Overview", Right::See),
        (Self::Conflicts, "conflicts", "Conflicts", Right::See),
        (Self::Records, "records", "Records", Right::See),
        (Self::Merges, "merges", "Merge history", Right::See),
        (Self::RunMerge, "merges/new", "Run a merge", Right::RunTrial),
        (Self::Settings, "settings/types", "Settings", Right::ReadSettings),
        (Self::People, "people", "People and roles", Right::ReadPeople),
        (Self::Activity, "activity", "Activity", Right::ReadAudit),
        (Self::Account, "account", "My account", Right::See),
    ];
}

/// Skip link, header, navigation, banner, flash, main part and footer around a page.
#[component]
pub fn SchoolFrame(
    /// What is known of the school and the person.
    frame: Frame,
    /// The part the page belongs to.
    section: Section,
    /// The most specific words of the window's title (UX 5.3).
    #[prop(into)]
    title: String,
    /// The page after the school in the address, where every school has it; else another school begins at its overview.
    page: Option<String>,
    /// What was just done.
    flash: Option<Flash>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let school = frame.school.clone();
    let keys = format!("/{}/account#keys", school.slug);
    let navigation =
        move |class: &'static str| nav(&frame.school.slug, frame.role, frame.open_conflicts, section, class);
    view! {
        <Title text=format!("{title} · {} · Tiebreak", school.name) />
        <a class="skip" href="#main">
            "Skip to the main part"
        </a>
        <header class="header">
            <a class="header__name" href=format!("/{}/overview", school.slug)>
                "Tiebreak"
            </a>
            {switcher(school.name.clone(), &frame.others, section, page.as_deref())}
            <form class="header__search" method="get" action=format!("/{}/records", school.slug) role="search" aria-label="Any record">
                <input
                    class="field__input"
                    type="search"
                    name="q"
                    aria-label="Find a record"
                    placeholder="Find a record"
                    data-key="/"
                />
            </form>
            <details class="menu menu--nav">
                <summary class="button button--quiet">"Menu"</summary>
                {navigation("nav nav--menu")}
            </details>
        </header>
        <BannerRow school=school.slug.clone() banner=frame.banner.clone() />
        <div class="shell">
            <div class="shell__side">{navigation("nav")}</div>
            <main id="main" class="main" tabindex="-1">
                {flash.map(|flash| view! { <FlashLine flash school=school.slug.clone() /> })}
                {children()}
            </main>
        </div>
        <footer class="footer">
            <span>"Signed in as " {frame.person.clone()} " (" {frame.role.as_str()} ")"</span>
            <LocalTimes />
            <a href=keys data-key="?">
                "Keyboard"
            </a>
            <Keys />
        </footer>
    }
    .into_any()
}

/// The way to the other schools: to the same page where the person's role there opens it, without filters (UX 5.1).
fn switcher(name: String, others: &[OtherSchool], section: Section, page: Option<&str>) -> AnyView {
    if others.is_empty() {
        return view! { <span class="header__school">{name}</span> }.into_any();
    }
    let needs = Section::ALL.iter().find(|(one, ..)| *one == section).map(|(.., right)| *right);
    let links = others.iter().map(|other| {
        let opens = needs.is_some_and(|right| other.role.may(right));
        let page = page.filter(|_| opens).unwrap_or("overview");
        view! {
            <li>
                <a href=format!("/{}/{page}", other.school.slug)>{other.school.name.clone()}</a>
            </li>
        }
    });
    view! {
        <details class="menu menu--school">
            <summary class="button button--quiet">{name}</summary>
            <ul class="menu__list">{links.collect_view()}</ul>
        </details>
    }
    .into_any()
}

fn nav(school: &str, role: Role, open: i64, current: Section, class: &'static str) -> AnyView {
    let school = school.to_owned();
    let links = Section::ALL.into_iter().filter(move |(.., right)| role.may(*right)).map(
        move |(section, path, words, _)| {
            let count = (section == Section::Conflicts).then(|| {
                view! {
                    " "
                    <span class="count-badge">{open}</span>
                    <span class="vh">" open"</span>
                }
            });
            view! {
                <li>
                    <a
                        class="nav__item"
                        href=format!("/{school}/{path}")
                        aria-current=(section == current).then_some("page")
                    >
                        {words}
                        {count}
                    </a>
                </li>
            }
        },
    );
    view! {
        <nav class=class aria-label=if class == "nav" { "Main" } else { "Main menu" }>
            <ul class="nav__list">{links.collect_view()}</ul>
        </nav>
    }
    .into_any()
}
