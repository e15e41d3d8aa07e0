//! The list of the pages. All of them are rendered whole before the first byte is sent, so that they need no script.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::pages::{
    AccountPage, ActivityPage, HomePage, InvitePage, KeptPage, NotFound, PeoplePage, PersonPage, RecordPage,
    RecordsPage, RefusedPage, RolesPage, SetupPage, SignInPage,
};
use crate::pages::{ConflictPage, ConflictsPage, DifferencesPage, ForcePage, NextConflictPage};
use crate::pages::{
    MergeChangesPage, MergeConflictsPage, MergeErrorsPage, MergeHeldPage, MergePage, MergesPage,
    OverviewPage, RunMergePage,
};
use crate::pages::{
    SettingsChangePage, SettingsChangesPage, SettingsFieldsPage, SettingsGridPage, SettingsLimitsPage,
    SettingsReviewPage, SettingsSchedulePage, SettingsTypesPage,
};

/// The page that the address asks for.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("") view=HomePage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async />
                <Route path=path!("/invite/:token") view=InvitePage ssr=SsrMode::Async />
                <Route path=path!("/kept") view=KeptPage ssr=SsrMode::Async />
                <Route path=path!("/:school/people") view=PeoplePage ssr=SsrMode::Async />
                <Route path=path!("/:school/people/:id") view=PersonPage ssr=SsrMode::Async />
                <Route path=path!("/:school/roles") view=RolesPage ssr=SsrMode::Async />
                <Route path=path!("/:school/activity") view=ActivityPage ssr=SsrMode::Async />
                <Route path=path!("/:school/account") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/:school/records") view=RecordsPage ssr=SsrMode::Async />
                <Route path=path!("/:school/records/:type/:key") view=RecordPage ssr=SsrMode::Async />
                <Route path=path!("/:school/overview") view=OverviewPage ssr=SsrMode::Async />
                <Route path=path!("/:school/merges") view=MergesPage ssr=SsrMode::Async />
                <Route path=path!("/:school/merges/new") view=RunMergePage ssr=SsrMode::Async />
                <Route path=path!("/:school/merges/:number") view=MergePage ssr=SsrMode::Async />
                <Route path=path!("/:school/merges/:number/changes") view=MergeChangesPage ssr=SsrMode::Async />
                <Route path=path!("/:school/merges/:number/conflicts") view=MergeConflictsPage ssr=SsrMode::Async />
                <Route path=path!("/:school/merges/:number/errors") view=MergeErrorsPage ssr=SsrMode::Async />
                <Route path=path!("/:school/merges/:number/held") view=MergeHeldPage ssr=SsrMode::Async />
                <Route path=path!("/:school/conflicts") view=ConflictsPage ssr=SsrMode::Async />
                <Route path=path!("/:school/conflicts/next") view=NextConflictPage ssr=SsrMode::Async />
                <Route path=path!("/:school/conflicts/:number") view=ConflictPage ssr=SsrMode::Async />
                <Route path=path!("/:school/conflicts/:number/force") view=ForcePage ssr=SsrMode::Async />
                <Route path=path!("/:school/differences") view=DifferencesPage ssr=SsrMode::Async />
                <Route path=path!("/:school/settings/types") view=SettingsTypesPage ssr=SsrMode::Async />
                <Route path=path!("/:school/settings/fields") view=SettingsGridPage ssr=SsrMode::Async />
                <Route path=path!("/:school/settings/fields/:type") view=SettingsFieldsPage ssr=SsrMode::Async />
                <Route path=path!("/:school/settings/schedule") view=SettingsSchedulePage ssr=SsrMode::Async />
                <Route path=path!("/:school/settings/limits") view=SettingsLimitsPage ssr=SsrMode::Async />
                <Route path=path!("/:school/settings/review") view=SettingsReviewPage ssr=SsrMode::Async />
                <Route path=path!("/:school/settings/changes") view=SettingsChangesPage ssr=SsrMode::Async />
                <Route path=path!("/:school/settings/changes/:rev") view=SettingsChangePage ssr=SsrMode::Async />
                <Route path=path!("/:school/not-allowed") view=RefusedPage ssr=SsrMode::Async />
                <Route path=path!("/:school/failed") view=RefusedPage ssr=SsrMode::Async />
                <Route path=path!("/:school/not-found") view=RefusedPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
