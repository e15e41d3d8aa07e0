//! Every server function × nobody, the four roles, and an admin of another school (RL S27, S28; UX 12.34, 12.35).
//!
//! A function that is not in [`TABLE`] fails the test: whoever adds one says here what it needs and how its form looks.

use std::collections::BTreeSet;

use app::actions::OPEN;
use app::api::Role;
use axum::http::StatusCode;

use crate::world::{World, functions};

/// What a function needs.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    /// Nothing: it is for visitors. Its answer leads outside of the schools.
    Nothing,
    /// Somebody who is signed in. Its answer leads outside of the schools.
    SignIn,
    /// This role in the school that the form names.
    Role(Role),
    /// An admin of every school.
    Everywhere,
}

use Needs::{Everywhere, Nothing, SignIn};

const fn role(role: Role) -> Needs {
    Needs::Role(role)
}

/// Name, what it needs, and a form as its page sends it; `{school}` stands for the school.
const TABLE: &[(&str, Needs, &str)] = &[
    ("accept_invitation", Nothing, "token=00&name=N&password=tuba+lamp+forest"),
    ("account_save", role(Role::Viewer), "school={school}&theme=dark&density=&keys="),
    (
        "decide",
        role(Role::Resolver),
        "school={school}&decision[conflict]=1&decision[revision]=r&decision[go]=next",
    ),
    (
        "decide",
        role(Role::Lead),
        "school={school}&decision[conflict]=1&decision[revision]=r&decision[anyway]=yes",
    ),
    (
        "decide",
        role(Role::Lead),
        "school={school}&decision[conflict]=1&decision[revision]=r&decision[force]=yes",
    ),
    (
        "difference_declare",
        role(Role::Resolver),
        "school={school}&difference[conflict]=1&difference[revision]=r&difference[field]=name&difference[reason]=why",
    ),
    (
        "difference_end",
        role(Role::Resolver),
        "school={school}&difference=00000000-0000-7000-8000-000000000000",
    ),
    (
        "fill_undecided",
        role(Role::Resolver),
        "school={school}&decision[conflict]=1&decision[revision]=r&all=earlier",
    ),
    (
        "fill_undecided",
        role(Role::Resolver),
        "school={school}&decision[conflict]=1&decision[revision]=r&all=ours",
    ),
    ("force_apply", role(Role::Lead), "school={school}&decision[conflict]=1&decision[revision]=r"),
    ("hold_drop", role(Role::Lead), "school={school}&number=1"),
    (
        "hold_release",
        role(Role::Admin),
        "school={school}&form[number]=1&form[plan_hash]=x&form[typed]=release+1&form[seen]=yes",
    ),
    (
        "invite",
        role(Role::Admin),
        "school={school}&invite[email]=new%40one.test&invite[name]=New&invite[role]=viewer",
    ),
    ("merge_start", role(Role::Resolver), "school={school}&form[kind]=trial&form[what]=all"),
    ("merge_start", role(Role::Lead), "school={school}&form[kind]=manual&form[what]=all"),
    (
        "merge_start",
        role(Role::Admin),
        "school={school}&form[kind]=manual&form[limits]=off&form[typed]=limits+off&form[seen]=yes&form[reason]=test",
    ),
    ("merge_stop", role(Role::Lead), "school={school}&number=1"),
    (
        "password_change",
        role(Role::Viewer),
        "school={school}&current_password=wrong&new_password=lamp+yard+tuba+forest",
    ),
    (
        "person_remove",
        role(Role::Admin),
        "school={school}&person=00000000-0000-7000-8000-000000000000&sure=yes",
    ),
    ("read_again", role(Role::Lead), "school={school}&decision[conflict]=1&decision[revision]=r"),
    (
        "role_set",
        role(Role::Admin),
        "school={school}&change[person]=00000000-0000-7000-8000-000000000000&change[role]=viewer",
    ),
    ("sessions_end", role(Role::Viewer), "school={school}"),
    ("settings_discard", role(Role::Admin), "school={school}"),
    ("settings_edit", role(Role::Admin), "school={school}&form[revision]=1&form[limits][hold_seconds]=30"),
    ("settings_rebase", role(Role::Admin), "school={school}"),
    ("settings_revert", role(Role::Admin), "school={school}&revision=1"),
    ("settings_save", role(Role::Admin), "school={school}&reason=test"),
    ("setup_account", Nothing, "name=N&email=n%40one.test&password=tuba+lamp+forest+yard"),
    ("setup_code", Nothing, "code=wrong"),
    ("setup_school", Everywhere, "document=version+%3D+1"),
    ("sign_in", Nothing, "email=n%40one.test&password=wrong&return_to=%2F"),
    ("sign_out", SignIn, ""),
    (
        "undo",
        role(Role::Resolver),
        "school={school}&undo[conflict]=1&undo[decision]=00000000-0000-7000-8000-000000000000",
    ),
];

/// What came of a call, as a person would say it.
#[derive(Debug, PartialEq)]
enum Outcome {
    SignIn,
    NotForYou,
    NotThere,
    Elsewhere,
    InSchool,
}

async fn outcome(world: &World, name: &str, cookie: &str, form: &str) -> Outcome {
    let answer = world.post(name, cookie, form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "UX 12.34: {name}: {}", answer.body);
    assert!(answer.body.is_empty(), "{name}: {}", answer.body);
    let to = answer.location();
    assert!(to.starts_with('/') && !to.starts_with("//"), "{name}: {to}");
    if answer.wants_sign_in() && to.contains("ended=1") {
        return Outcome::SignIn;
    }
    if !to.starts_with("/one/") {
        return if to == "/not-found" { Outcome::NotThere } else { Outcome::Elsewhere };
    }
    let page = world.get(to, cookie).await;
    if to.contains("/not-allowed") {
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}: {to}");
        return Outcome::NotForYou;
    }
    if to.contains("/not-found") { Outcome::NotThere } else { Outcome::InSchool }
}

#[test]
fn s27_no_function_is_missing_in_this_table() {
    let listed: BTreeSet<&str> = TABLE.iter().map(|(name, ..)| *name).collect();
    let known = functions();
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    assert_eq!(known, listed, "left: the functions there are; right: those that are tested");
    let open: BTreeSet<&str> =
        TABLE.iter().filter(|(_, needs, _)| *needs == Nothing).map(|(name, ..)| *name).collect();
    assert_eq!(open, OPEN.into_iter().collect());
}

#[tokio::test]
async fn s27_every_function_is_refused_below_its_role_and_taken_from_it_on() {
    let world = World::open().await;
    for (name, needs, form) in TABLE {
        let form = form.replace("{school}", "one");
        let nobody = outcome(&world, name, "", &form).await;
        let wanted = if *needs == Nothing { Outcome::Elsewhere } else { Outcome::SignIn };
        assert_eq!(nobody, wanted, "{name} for nobody");
        for has in Role::ALL {
            let cookie = world.signed_in(has, "one").await;
            let got = outcome(&world, name, &cookie, &form).await;
            let wanted = match needs {
                Nothing | SignIn => Outcome::Elsewhere,
                Everywhere => Outcome::Elsewhere,
                Needs::Role(least) if has < *least => Outcome::NotForYou,
                Needs::Role(_) => got_in(&got),
            };
            assert_eq!(got, wanted, "{name} for {has:?}");
        }
    }
}

/// Whoever may do it gets an answer in the school, be it that the record of the form does not exist.
fn got_in(got: &Outcome) -> Outcome {
    if *got == Outcome::NotThere { Outcome::NotThere } else { Outcome::InSchool }
}

#[tokio::test]
async fn s28_a_form_that_names_another_school_finds_nothing_and_writes_nothing() {
    let world = World::open().await;
    let stranger = world.signed_in(Role::Admin, "two").await;
    let before = world.audit_rows().await;
    for (name, needs, form) in TABLE.iter().filter(|(_, needs, _)| matches!(needs, Needs::Role(_))) {
        let _ = needs;
        let answer = world.post(name, &stranger, &form.replace("{school}", "one")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
        assert!(answer.location().ends_with("/not-found"), "{name}: {}", answer.location());
        let page = world.get(answer.location(), &stranger).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{name}");
        assert!(!page.body.contains("School of tests") || page.body.contains("/two/"), "{name}");
    }
    for (name, _, form) in TABLE.iter().filter(|(.., form)| form.contains("{school}")) {
        for school in ["nowhere", "..", "%2Fevil.test", "%5Cevil.test", "one%2F..%2Ftwo", ""] {
            let answer = world.post(name, &stranger, &form.replace("{school}", school)).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name} in {school}");
            assert!(answer.location().starts_with('/') && !answer.location().starts_with("//"), "{name}");
        }
    }
    assert_eq!(world.audit_rows().await, before, "nothing was done");
}

/// RL S28: a person of another school is nobody here.
#[tokio::test]
async fn s28_a_person_of_another_school_does_not_exist() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let other = world.person("other@two.test", Role::Viewer, Some("two")).await;
    assert_eq!(world.get(&format!("/one/people/{other}"), &admin).await.status, StatusCode::NOT_FOUND);
    for (name, form) in [
        ("role_set", format!("school=one&change[person]={other}&change[role]=admin")),
        ("person_remove", format!("school=one&person={other}&sure=yes")),
    ] {
        assert_eq!(world.post(name, &admin, &form).await.location(), "/one/not-found", "{name}");
    }
    assert!(!world.get("/one/people", &admin).await.body.contains("other@two.test"));
    let cookie = world.session(other).await;
    assert_eq!(world.get("/two/account", &cookie).await.status, StatusCode::OK, "still there");
}

/// UX 7.9, RL 8.1: the last admin stays one, and who is admin of one school is not one of all.
#[tokio::test]
async fn the_last_admin_stays_and_no_admin_of_a_school_reaches_further() {
    let world = World::open().await;
    let everywhere = world.person("all@one.test", Role::Admin, None).await;
    let first = world.person("first@one.test", Role::Admin, Some("one")).await;
    let (all, one) = (world.session(everywhere).await, world.session(first).await);
    let remove = |person| format!("school=one&person={person}&sure=yes");
    let refused = world.post("person_remove", &one, &remove(everywhere)).await;
    assert_eq!(refused.location(), "/one/not-allowed?needs=admin");
    let form = format!("school=one&change[person]={first}&change[role]=admin&change[everywhere]=true");
    assert_eq!(world.post("role_set", &one, &form).await.location(), "/one/not-allowed?needs=admin");
    let last = world.post("person_remove", &all, &remove(everywhere)).await;
    assert_eq!(last.location(), format!("/one/people/{everywhere}"));
    let page = world.get(last.location(), &all).await.body;
    assert!(page.contains("This is the last admin"), "{page}");
    assert_eq!(world.post("person_remove", &all, &remove(first)).await.location(), "/one/people");
    assert!(world.get("/one/people", &one).await.wants_sign_in());
}
