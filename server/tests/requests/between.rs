//! What was decided before, and what may differ: offered, declared and ended on pages (MS C8, C10).

use app::api::{Actor, Api as _, DifferenceFilter, Differences as _, PageRequest, Place, Role};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::house::text;
use crate::merges::Night;

async fn clash(night: &Night) {
    night.edit(&night.ours, "DEP-1", json!({ "phone": "555-2222" })).await;
    night.edit(&night.theirs, "DEP-1", json!({ "phone": "555-3333" })).await;
    night.merge("manual").await;
}

/// Conflict 1 is about the phone of department 1.
async fn contested() -> Night {
    let night = Night::with(4, 4, "[desk]\nhold_seconds = 0\n").await;
    night.merge("manual").await;
    clash(&night).await;
    night
}

impl Night {
    async fn seen(&self, number: i64) -> String {
        let admin = self.house.installation.actor();
        self.house.installation.desk.get_conflict(&admin, "one", number).await.expect("a conflict").revision
    }

    /// Sends a form about a conflict as it is now.
    async fn about(&self, noun: &str, action: &str, number: i64, fields: &[(&str, &str)]) -> Response {
        let (revision, number) = (self.seen(number).await, number.to_string());
        let names = [format!("{noun}[conflict]"), format!("{noun}[revision]")];
        let mut all = vec![("school", "one"), (names[0].as_str(), number.as_str()), (&names[1], &revision)];
        all.extend_from_slice(fields);
        self.house.post(action, &all).await
    }
}

fn to(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().expect("an address").to_owned()
}

#[tokio::test]
async fn c08_the_earlier_decision_is_said_and_one_press_takes_it_over_as_a_draft() {
    let night = contested().await;
    assert!(!night.page("/one/conflicts/1").await.contains("Earlier decision"));
    let base = [
        ("decision[go]", "stay"),
        ("decision[choices][0][path]", "phone"),
        ("decision[choices][0][choose]", "base"),
    ];
    night.about("decision", "/act/decide", 1, &base).await;
    night.work().await;
    clash(&night).await;
    let page = night.page("/one/conflicts/2").await;
    assert!(page.contains("Earlier decision: ") && page.contains("◇ Last agreed"), "{page}");
    assert!(page.contains("href=\"/one/conflicts/1\""), "{page}");
    assert!(page.contains("Choose as in the earlier decision") && page.contains("Not decided yet"), "{page}");

    let undecided = [("all", "earlier"), ("decision[choices][0][path]", "phone")];
    let answer = night.about("decision", "/act/fill_undecided", 2, &undecided).await;
    let page = night.page(&to(&answer)).await;
    let checked = page.split("<input").any(|tag| {
        let tag = tag.split('>').next().unwrap_or_default();
        tag.contains("value=\"base\"") && tag.contains("checked")
    });
    assert!(checked && page.contains("1 of 1 decided"), "{page}");
    assert!(!page.contains("Choose as in the earlier decision"), "there is nothing left to take over");
    let admin = night.house.installation.actor();
    let view = night.house.installation.desk.get_conflict(&admin, "one", 2).await.expect("a conflict");
    assert_eq!((view.line.status.as_str(), view.decisions.len()), ("open", 0), "nothing is decided by it");
}

#[tokio::test]
async fn c10_a_field_is_let_differ_on_its_conflict_and_ended_in_the_list() {
    let night = contested().await;
    let field = ("difference[field]", "phone");
    let empty = night.about("difference", "/act/difference_declare", 1, &[field]).await;
    let page = night.house.get(&to(&empty)).await;
    assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(page).await.contains("Say why both may differ"));
    let day = ("difference[until]", "someday");
    let wrong = night
        .about(
            "difference",
            "/act/difference_declare",
            1,
            &[field, day, ("difference[reason]", "two <lines>")],
        )
        .await;
    let page = text(night.house.get(&to(&wrong)).await).await;
    assert!(
        page.contains("two &lt;lines&gt;") && page.contains("Must be a day"),
        "what was typed is kept: {page}"
    );

    let why = ("difference[reason]", "two lines");
    let declared = night.about("difference", "/act/difference_declare", 1, &[field, why]).await;
    let page = night.page(&to(&declared)).await;
    assert!(
        page.contains("Both systems keep their values") && page.contains("This conflict is settled"),
        "{page}"
    );
    assert!(page.contains("Differs on purpose") && page.contains("two lines"), "{page}");
    let list = night.page("/one/differences").await;
    for wanted in ["555-2222", "555-3333", "two lines", "a value changes", "1 field"] {
        assert!(list.contains(wanted), "{wanted} is not in {list}");
    }
    assert!(night.page("/one/conflicts").await.contains("href=\"/one/differences\""));

    let admin = night.house.installation.actor();
    let desk = &night.house.installation.desk;
    let list = async |merge_type: Option<&str>, place| {
        let filter = DifferenceFilter { merge_type: merge_type.map(str::to_owned) };
        desk.list_differences(&admin, "one", &filter, &PageRequest { place, limit: 10 }).await
    };
    let found = list(None, Place::First).await.expect("listed");
    let id = found.items[0].id.clone();
    assert_eq!(list(Some("department"), Place::Last).await.expect("listed"), found);
    assert!(list(Some("nothing"), Place::First).await.is_err(), "there is no such type");
    let emptied = list(None, Place::After(id.clone())).await.expect("listed");
    assert_eq!((emptied.items.len(), emptied.total), (0, 1));
    let page = night.page(&format!("/one/differences?after={id}&colour=red")).await;
    assert!(
        page.contains("Nothing is left on this page") && page.contains("no longer exists: colour"),
        "{page}"
    );
    let stranger =
        Actor { id: "s".to_owned(), name: "Sam".to_owned(), roles: vec![("two".to_owned(), Role::Admin)] };
    assert!(desk.end_difference(&stranger, "one", &id).await.is_err(), "RL S28");
    let ended = night.house.post("/act/difference_end", &[("school", "one"), ("difference", &id)]).await;
    assert!(night.page(&to(&ended)).await.contains("Nothing differs on purpose"));
    assert!(night.page("/one/conflicts/2").await.contains("555-3333"), "it is a question again");
    assert!(desk.end_difference(&admin, "one", &id).await.is_err(), "once");
}
