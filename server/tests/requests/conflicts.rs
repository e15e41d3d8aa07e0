//! The pages of a conflict: what they say of a form that was not taken, and what Force apply asks for.

use app::api::Api as _;
use axum::http::{StatusCode, header};
use axum::response::Response;
use connect::sim::Edit;
use serde_json::json;

use crate::house::text;
use crate::merges::{Night, a_night};

const DECIDE: &str = "/act/decide";
const FORCE: &str = "/act/force_apply";
const LIST: &str = "type=department&sort=newest";

fn to(response: &Response) -> &str {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().expect("an address")
}

impl Night {
    async fn revision(&self) -> String {
        let admin = self.house.installation.actor();
        let view = app::api::Api::get_conflict(&*self.house.installation.desk, &admin, "one", 1).await;
        view.expect("a conflict").revision
    }

    /// Carries out what people have asked for, such as a new reading of a record.
    pub async fn work(&self) {
        let pipeline = &self.house.installation.pipeline;
        let mut reader = pipeline.store.read().await.expect("a reader");
        let school = store::school::find_by_slug(&mut reader, "one").await.expect("asked").expect("a school");
        drop(reader);
        pipeline.push_decided(school.id).await.expect("carried out");
    }

    /// Sends the form of conflict 1 with these fields, seen as it is now.
    async fn send(&self, action: &str, fields: &[(&str, &str)]) -> Response {
        let revision = self.revision().await;
        let mut all = vec![
            ("school", "one"),
            ("decision[conflict]", "1"),
            ("decision[revision]", &revision),
            ("decision[view]", LIST),
        ];
        all.extend_from_slice(fields);
        self.house.post(action, &all).await
    }

    /// The page that a refused form leads to.
    async fn refused(&self, response: &Response, status: StatusCode) -> String {
        let page = self.house.get(to(response)).await;
        assert_eq!(page.status(), status);
        text(page).await.replace("<!>", "")
    }

    /// From now on no two departments may have one phone.
    async fn no_phone_twice(&self) {
        let mut reader = self.house.installation.pipeline.store.read().await.expect("a reader");
        let school = store::school::find_by_slug(&mut reader, "one").await.expect("asked").expect("a school");
        let settings = store::settings_revision::current(&mut reader, school.id).await.expect("asked");
        drop(reader);
        let key = "key = [\"code\"]\n";
        let unique = format!("{key}unique = [[\"phone\"]]\n");
        let settings = settings.expect("settings").document.replace(key, &unique);
        let desk = &self.house.installation.desk;
        desk.import_settings(&self.house.installation.actor(), &settings, "test").await.expect("imported");
    }

    async fn decisions(&self) -> usize {
        let admin = self.house.installation.actor();
        let view = app::api::Api::get_conflict(&*self.house.installation.desk, &admin, "one", 1).await;
        view.expect("a conflict").decisions.len()
    }
}

/// Department 1 is deleted in Banner, and its phone is changed in Scheduler.
async fn a_deletion() -> Night {
    let night = Night::with(4, 4, "[limits]\nabsence_runs = 1\nabsence_hours = 0\n").await;
    night.merge("manual").await;
    night.edit(&night.ours, "DEP-1", json!({ "phone": "555-2222" })).await;
    let delete = json!({ "op": "delete", "type": "department", "id": "DEP-1" });
    let delete: Edit = serde_json::from_value(delete).expect("an edit");
    night.theirs.client().edit(&delete).await.expect("deleted");
    night.merge("nightly").await;
    night
}

#[tokio::test]
async fn ux_7_4_8_to_keep_the_difference_cannot_be_forced() {
    let night = a_deletion().await;
    let leave = [("decision[choices][0][path]", ""), ("decision[choices][0][choose]", "leave")];
    let answer = night.send("/act/read_again", &leave).await;
    assert_eq!(to(&answer), "/one/conflicts/1/force?view=type%3Ddepartment%26sort%3Dnewest");
    night.work().await;
    let page = night.page(to(&answer)).await;
    assert!(page.contains("there is nothing to force") && !page.contains("button--danger"), "{page}");
    let mut form = leave.to_vec();
    form.extend([("decision[reason]", "because"), ("decision[seen][]", "ours")]);
    let answer = night.send(FORCE, &form).await;
    let page = night.refused(&answer, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(page.contains("Keeping the difference writes nothing"), "{page}");
    assert_eq!(night.decisions().await, 0);
}

#[tokio::test]
async fn ux_7_4_8_a_forced_delete_says_so_and_wants_the_tick_of_the_system_that_loses_the_record() {
    let night = a_deletion().await;
    let delete = [("decision[choices][0][path]", ""), ("decision[choices][0][choose]", "theirs")];
    let answer = night.send("/act/read_again", &delete).await;
    night.work().await;
    let page = night.page(to(&answer)).await;
    for words in [
        "Delete the record in ● Scheduler",
        "I have seen that the record will be deleted in ● Scheduler",
        "Force apply: delete the record in ● Scheduler",
        "value=\"type=department&amp;sort=newest\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("as in ■"), "{page}");
    let mut form = delete.to_vec();
    form.push(("decision[reason]", "no"));
    let page = night.refused(&night.send(FORCE, &form).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(page.contains("Tick that you have seen what changes in Scheduler."), "{page}");
    assert!(
        page.contains("<a href=\"#reason\">Say why this is right, in 3 to 500 characters.</a>"),
        "{page}"
    );
    assert_eq!(night.decisions().await, 0);
    let mut form = delete.to_vec();
    form.extend([("decision[reason]", "closed for good"), ("decision[seen][]", "ours")]);
    let answer = night.send(FORCE, &form).await;
    assert_eq!(to(&answer), "/one/conflicts/1?view=type%3Ddepartment%26sort%3Dnewest");
    assert_eq!(night.decisions().await, 1);
}

#[tokio::test]
async fn ux_7_4_8_a_value_that_both_systems_lose_needs_a_tick_for_each() {
    let (night, _) = a_night().await;
    let other = [
        ("decision[choices][0][path]", "phone"),
        ("decision[choices][0][choose]", "other"),
        ("decision[choices][0][value]", "555-4444"),
    ];
    let answer = night.send("/act/read_again", &other).await;
    night.work().await;
    let page = night.page(to(&answer)).await;
    assert!(page.contains("Force apply to 1 value in ■ Banner and 1 value in ● Scheduler"), "{page}");
    assert_eq!(page.matches("name=\"decision[seen][]\"").count(), 2, "{page}");
    let mut form = other.to_vec();
    form.extend([("decision[reason]", "by phone"), ("decision[seen][]", "ours")]);
    let page = night.refused(&night.send(FORCE, &form).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(page.contains("Tick that you have seen what changes in Banner."), "{page}");
    assert!(page.contains(">\nby phone</textarea>"), "the reason is kept: {page}");
    form.push(("decision[seen][]", "theirs"));
    night.send(FORCE, &form).await;
    assert_eq!(night.decisions().await, 1);
}

#[tokio::test]
async fn ux_6_8_save_anyway_without_its_tick_says_so_in_a_sentence_that_leads_nowhere_wrong() {
    let (night, _) = a_night().await;
    let form = [
        ("decision[choices][0][path]", "phone"),
        ("decision[choices][0][choose]", "ours"),
        ("decision[anyway]", "yes"),
        ("decision[go]", "stay"),
    ];
    let page = night.refused(&night.send(DECIDE, &form).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(page.contains("<li>The tick was missing that you have seen the new values"), "{page}");
    assert!(!page.contains("This decision") && !page.contains("#field-record"), "{page}");
    assert_eq!(night.decisions().await, 0);
}

#[tokio::test]
async fn ux_6_8_what_was_chosen_and_seen_is_said_after_the_record_has_moved() {
    let night = a_deletion().await;
    let long = format!("\"{}\"", "a".repeat(400));
    let kept = app::values::seen(Some(&long));
    let form = [
        ("school", "one"),
        ("decision[conflict]", "1"),
        ("decision[revision]", "an older one"),
        ("decision[choices][0][path]", ""),
        ("decision[choices][0][choose]", "leave"),
        ("decision[choices][0][saw_ours]", &kept),
    ];
    let page = night.refused(&night.house.post(DECIDE, &form).await, StatusCode::CONFLICT).await;
    assert!(page.contains("Keep the difference") && !page.contains("none yet"), "{page}");
    assert!(page.contains(&"a".repeat(299)) && !page.contains("…402"), "the beginning as text: {page}");
    assert!(page.contains("name=\"decision[confirm]\" value=\"yes\" required"), "{page}");
}

#[tokio::test]
async fn ux_6_4_apply_keeps_the_merge_and_every_type_of_a_link() {
    let (night, number) = a_night().await;
    let page = night.page(&format!("/one/conflicts?merge={number}&type=department,course")).await;
    assert!(page.contains(&format!("<input type=\"hidden\" name=\"merge\" value=\"{number}\"")), "{page}");
    assert!(page.contains("<option value=\"department,course\" selected"), "{page}");
}

#[tokio::test]
async fn ux_7_4_4_a_value_that_is_there_twice_names_the_other_record_and_offers_only_what_helps() {
    let night = Night::open(4, 4).await;
    night.merge("manual").await;
    night.no_phone_twice().await;
    night.edit(&night.ours, "DEP-1", json!({ "phone": "555-7777" })).await;
    night.edit(&night.theirs, "DEP-2", json!({ "phone": "555-7777" })).await;
    night.merge("nightly").await;
    let page = night.page("/one/conflicts/1").await;
    for words in [
        "Same value on two records",
        "DUPLICATE_PHONE",
        "href=\"/one/records/department/",
        "Correct the value in Scheduler or Banner",
        "value=\"other\"",
        "value=\"theirs\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("[choose]\" value=\"ours\""), "that value is there twice: {page}");

    let other = |phone| {
        [
            ("decision[choices][0][path]", "phone"),
            ("decision[choices][0][choose]", "other"),
            ("decision[choices][0][value]", phone),
        ]
    };
    let page =
        night.refused(&night.send(DECIDE, &other("555-7777")).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(page.contains("would have the same value"), "{page}");
    assert_eq!(night.decisions().await, 0);
    night.send(DECIDE, &other("555-8888")).await;
    assert_eq!(night.decisions().await, 1);
}
