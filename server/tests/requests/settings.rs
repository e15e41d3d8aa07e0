//! The pages of settings: a draft that takes effect when it is saved, and not before.

use app::api::{Actor, Api as _, Role};
use axum::http::{StatusCode, header};

use crate::house::{TestHouse, text};

const EDIT: &str = "/act/settings_edit";
const ONE: (&str, &str) = ("school", "one");
/// The page showed the first revision.
const FIRST: (&str, &str) = ("form[revision]", "1");

fn admin() -> Actor {
    Actor::command_line("test")
}

fn person(id: &str, role: Role) -> Actor {
    Actor { id: id.to_owned(), name: id.to_owned(), roles: vec![("one".to_owned(), role)] }
}

/// Sets the winner of the field `name` of rooms.
fn winner(mode: &str) -> Vec<(&str, &str)> {
    vec![
        ONE,
        FIRST,
        ("form[fields][merge_type]", "room"),
        ("form[fields][mode]", ""),
        ("form[fields][rows][0][name]", "name"),
        ("form[fields][rows][0][mode]", mode),
    ]
}

async fn page(house: &TestHouse, path: &str) -> String {
    let response = house.get(path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    text(response).await
}

async fn in_use(house: &TestHouse) -> String {
    house.installation.desk.export_settings(&admin(), "one").await.expect("settings")
}

#[tokio::test]
async fn x23_until_save_the_settings_are_the_old_ones_and_after_it_the_revision_is_listed() {
    let house = TestHouse::open().await;
    let before = in_use(&house).await;
    let answer = house.post(EDIT, &winner("always_theirs")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/one/settings/fields/room");
    assert_eq!(in_use(&house).await, before, "nothing takes effect before it is saved");
    let fields = page(&house, "/one/settings/fields/room").await;
    assert!(
        fields.contains("You have unsaved settings: 1 change") && fields.contains("exception"),
        "{fields}"
    );
    let review = page(&house, "/one/settings/review").await;
    assert!(
        review.contains("Room › name › which side wins") && review.contains("Always ■ Banner"),
        "{review}"
    );
    let saved = house.post("/act/settings_save", &[ONE, ("reason", "names come from Banner")]).await;
    assert_eq!(saved.headers()[header::LOCATION], "/one/settings/changes/2");
    assert!(in_use(&house).await.starts_with(&before), "the text stays as it was written");
    let changes = page(&house, "/one/settings/changes").await;
    assert!(changes.contains("Revision 2") && changes.contains("names come from Banner"), "{changes}");
    let types = page(&house, "/one/settings/types").await;
    assert!(!types.contains("You have unsaved settings"), "{types}");
}

#[tokio::test]
async fn x24_going_back_makes_a_draft_and_after_save_the_settings_are_the_old_ones() {
    let house = TestHouse::open().await;
    let first = in_use(&house).await;
    house.post(EDIT, &winner("always_theirs")).await;
    house.post("/act/settings_save", &[ONE, ("reason", "")]).await;
    let second = in_use(&house).await;
    let answer = house.post("/act/settings_revert", &[ONE, ("revision", "1")]).await;
    assert_eq!(answer.headers()[header::LOCATION], "/one/settings/review");
    assert_eq!(in_use(&house).await, second, "it does not apply by itself");
    house.post("/act/settings_save", &[ONE, ("reason", "back")]).await;
    assert_eq!(in_use(&house).await, first);
}

#[tokio::test]
async fn x37_the_five_options_show_the_names_of_the_systems_and_the_terms_of_the_field() {
    let house = TestHouse::open().await;
    let page = page(&house, "/one/settings/fields/room").await;
    for words in [
        "Ask a person",
        "Prefer ● Scheduler on conflict",
        "Prefer ■ Banner on conflict",
        "Always ● Scheduler",
        "Always ■ Banner",
        "Manual resolution",
        "Resolve as Scheduler",
        "Resolve as Banner",
        "same as Room: Ask a person",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn x37_each_option_does_what_its_row_says() {
    let house = TestHouse::open().await;
    let both = "agreed=a&ours=b&theirs=c";
    let one_side = "agreed=a&ours=a&theirs=c";
    for (mode, when_both, when_theirs) in [
        ("manual", "A person is asked", "It is written to Scheduler."),
        ("resolve_ours", "It is written to Banner.", "It is written to Scheduler."),
        ("resolve_theirs", "It is written to Scheduler.", "It is written to Scheduler."),
        ("always_ours", "It is written to Banner.", "It is written to Banner."),
        ("always_theirs", "It is written to Scheduler.", "It is written to Scheduler."),
    ] {
        house.post(EDIT, &winner(mode)).await;
        for (values, expected) in [(both, when_both), (one_side, when_theirs)] {
            let page = page(&house, &format!("/one/settings/fields/room?try=name&{values}")).await;
            assert!(page.contains(expected), "{mode} {values}: {page}");
        }
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_used_comes_back_with_what_was_typed_and_why() {
    let house = TestHouse::open().await;
    let before = in_use(&house).await;
    let limits = [
        ONE,
        FIRST,
        ("form[limits][hold_seconds]", "500"),
        ("form[limits][whole_run]", "false"),
        ("form[limits][hold_until_merge]", "false"),
    ];
    let answer = house.post(EDIT, &limits).await;
    assert_eq!(answer.headers()[header::LOCATION], "/one/settings/limits");
    let response = house.get("/one/settings/limits").await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let back = text(response).await;
    assert!(back.contains("<title>Error: Safety limits") && back.contains("value=\"500\""), "{back}");
    assert!(
        back.contains("#field-desk-hold-seconds") && back.contains("id=\"field-desk-hold-seconds\""),
        "{back}"
    );
    assert_eq!(in_use(&house).await, before);
    house.post(EDIT, &[ONE, FIRST, ("form[limits][hold_seconds]", "30")]).await;
    assert!(page(&house, "/one/settings/limits").await.contains("value=\"30\""));
    let zone = [
        ONE,
        FIRST,
        ("form[schedule][on]", "true"),
        ("form[schedule][at]", "02:00"),
        ("form[schedule][zone]", "Moon/North"),
    ];
    house.post(EDIT, &zone).await;
    assert_eq!(house.get("/one/settings/schedule").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn x27_the_next_five_follow_the_draft() {
    let house = TestHouse::open().await;
    assert!(page(&house, "/one/settings/schedule").await.contains("The nightly merge is off"));
    let form = [
        ONE,
        FIRST,
        ("form[schedule][on]", "true"),
        ("form[schedule][by_pattern]", "false"),
        ("form[schedule][at]", "01:30"),
        ("form[schedule][days][]", "1"),
        ("form[schedule][days][]", "3"),
        ("form[schedule][zone]", "America/New_York"),
    ];
    assert_eq!(house.post(EDIT, &form).await.status(), StatusCode::SEE_OTHER);
    let next = page(&house, "/one/settings/schedule").await;
    assert!(next.contains("in the time of America/New_York"), "{next}");
    assert_eq!(next.matches(", 01:30</span>").count(), 5, "{next}");
    assert!(next.contains("Mon ") && next.contains("Wed ") && !next.contains("Tue "), "{next}");
}

#[tokio::test]
async fn two_admins_do_not_write_over_each_other() {
    let mut house = TestHouse::open().await.for_person(person("mara", Role::Admin));
    house.post(EDIT, &winner("always_theirs")).await;
    house = house.for_person(person("ruiz", Role::Admin));
    assert!(!page(&house, "/one/settings/types").await.contains("unsaved"), "a draft belongs to one person");
    house.post(EDIT, &[ONE, FIRST, ("form[limits][hold_seconds]", "30")]).await;
    house.post("/act/settings_save", &[ONE, ("reason", "slower")]).await;
    house = house.for_person(person("mara", Role::Admin));
    let refused = house.post("/act/settings_save", &[ONE, ("reason", "")]).await;
    assert_eq!(refused.headers()[header::LOCATION], "/one/settings/review");
    let response = house.get("/one/settings/review").await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let behind = text(response).await;
    assert!(behind.contains("slower") && behind.contains("None of it touches what you changed"), "{behind}");
    house.post("/act/settings_rebase", &[ONE]).await;
    house.post("/act/settings_save", &[ONE, ("reason", "names")]).await;
    let both = in_use(&house).await;
    assert!(both.contains("hold_seconds = 30") && both.contains("always_theirs"), "{both}");
}

/// A form posts every row of its page, also those that nobody touched.
#[tokio::test]
async fn ux_6_8_a_page_from_before_a_save_of_another_does_not_revert_it() {
    let mut house = TestHouse::open().await.for_person(person("ruiz", Role::Admin));
    house.post(EDIT, &winner("always_theirs")).await;
    house.post("/act/settings_save", &[ONE, ("reason", "names come from Banner")]).await;
    house = house.for_person(person("mara", Role::Admin));
    let mut stale = winner("");
    stale[3] = ("form[fields][mode]", "always_ours");
    house.post(EDIT, &stale).await;
    assert_eq!(house.get("/one/settings/review").await.status(), StatusCode::CONFLICT);
    house.post("/act/settings_rebase", &[ONE]).await;
    // The same page again, now that the draft knows the newest revision.
    house.post(EDIT, &stale).await;
    let response = house.get("/one/settings/fields/room").await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused = text(response).await;
    assert!(refused.contains("saved by ruiz (revision 2) since this page was made"), "{refused}");
    assert!(refused.contains("name=\"form[revision]\" value=\"2\""), "{refused}");
    house.post("/act/settings_save", &[ONE, ("reason", "rooms are ours")]).await;
    let both = in_use(&house).await;
    assert!(both.contains("always_theirs") && both.contains("always_ours"), "{both}");
    let without = house.post(EDIT, &[ONE, ("form[limits][hold_seconds]", "30")]).await;
    assert_eq!(without.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn leads_read_values_as_text_and_change_nothing() {
    let house = TestHouse::open().await.for_person(person("lea", Role::Lead));
    for path in ["types", "fields", "fields/room", "schedule", "limits", "review", "changes", "changes/1"] {
        let page = page(&house, &format!("/one/settings/{path}")).await;
        assert!(!page.contains("/act/settings_") && !page.contains("disabled"), "{path}: {page}");
    }
    let answer = house.post(EDIT, &winner("always_theirs")).await;
    assert_eq!(answer.headers()[header::LOCATION], "/one/not-allowed?needs=admin");
    let house = house.for_person(person("vi", Role::Viewer));
    assert_eq!(house.get("/one/settings/types").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_settings_can_be_taken_along_as_a_file() {
    let house = TestHouse::open().await;
    let response = house.get("/one/settings/export.toml").await;
    assert_eq!(response.headers()[header::CONTENT_DISPOSITION], "attachment; filename=\"one.toml\"");
    assert_eq!(text(response).await, in_use(&house).await);
    let viewer = house.for_person(person("vi", Role::Viewer));
    assert_eq!(viewer.get("/one/settings/export.toml").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_school_without_settings_has_no_file_yet() {
    let house = TestHouse::open().await;
    let pipeline = &house.installation.pipeline;
    let mut tx = pipeline.store.begin().await.expect("begun");
    let now = pipeline.clock.now();
    let id = store::ids::SchoolId::new(now, 1);
    assert!(store::school::add(&mut tx, id, "bare", "Bare", now).await.expect("added"));
    tx.commit().await.expect("committed");
    let response = house.get("/bare/settings/export.toml").await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert!(text(response).await.contains("no settings yet"));
}

#[tokio::test]
async fn discarding_leaves_no_trace() {
    let house = TestHouse::open().await;
    house.post(EDIT, &winner("apart")).await;
    assert!(page(&house, "/one/settings/fields/room").await.contains("kept apart"));
    house.post("/act/settings_discard", &[ONE]).await;
    assert!(page(&house, "/one/settings/review").await.contains("Nothing to save"));
}

#[tokio::test]
async fn a_draft_of_nothing_but_a_refused_form_can_be_discarded() {
    let house = TestHouse::open().await;
    house.post(EDIT, &[ONE, FIRST, ("form[limits][hold_seconds]", "500")]).await;
    let limits = text(house.get("/one/settings/limits").await).await;
    assert!(limits.contains("/act/settings_discard") && !limits.contains("settings/review\""), "{limits}");
    house.post("/act/settings_discard", &[ONE]).await;
    assert!(!page(&house, "/one/settings/limits").await.contains("value=\"500\""));
}

#[tokio::test]
async fn a_refused_matrix_keeps_what_the_ticked_rows_were_to_become() {
    let house = TestHouse::open().await;
    let key = [
        ONE,
        FIRST,
        ("form[show]", "exceptions"),
        ("form[fields][merge_type]", "room"),
        ("form[fields][ticked_mode]", "always_ours"),
        ("form[fields][rows][0][name]", "code"),
        ("form[fields][rows][0][mode]", "apart"),
    ];
    let answer = house.post(EDIT, &key).await;
    assert_eq!(answer.headers()[header::LOCATION], "/one/settings/fields/room?show=exceptions");
    let back = text(house.get("/one/settings/fields/room").await).await;
    let ticked = back.split("id=\"ticked-mode\"").nth(1).and_then(|rest| rest.split("</select>").next());
    let ticked = ticked.expect("a select");
    assert!(ticked.contains("value=\"always_ours\" selected"), "{ticked}");
}

#[tokio::test]
async fn which_fields_are_shown_stays_from_form_to_form() {
    let house = TestHouse::open().await;
    let page = page(&house, "/one/settings/fields/room?show=conflicts").await;
    for words in [
        "name=\"form[show]\" value=\"conflicts\"",
        "name=\"show\" value=\"conflicts\"",
        "fields/room?show=conflicts\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}
