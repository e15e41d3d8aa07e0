//! The pages of records: found, shown in three versions, with what the next merge makes of them.

use axum::http::StatusCode;
use merge::Side;
use store::base::NewBase;
use store::ids::{LinkId, SchoolId};
use store::link::NewLink;
use store::staged::{Origin, Staged, StagedState};

use crate::house::{TestHouse, text};

fn hash(body: &str) -> merge::ContentHash {
    merge::json::parse_object(body.as_bytes()).expect("an object").hash()
}

fn staged(link: LinkId, side: Side, id: &str, body: &str) -> Staged {
    Staged {
        link,
        side,
        remote_id: id.to_owned(),
        state: StagedState::Live,
        hash: Some(hash(body)),
        raw_hash: None,
        version: Some("7".to_owned()),
        modified: None,
        origin: Origin::Read,
        run: None,
        missing_runs: 0,
        missing_since: None,
        body: Some(body.to_owned()),
    }
}

/// Rooms with these codes on both sides; the name of each is another one in Banner.
async fn rooms(house: &TestHouse, codes: &[&str]) -> Vec<LinkId> {
    let pipeline = &house.installation.pipeline;
    let now = pipeline.clock.now();
    let mut tx = pipeline.store.begin().await.expect("begun");
    let school: SchoolId =
        store::school::find_by_slug(&mut tx, "one").await.expect("asked").expect("a school").id;
    let mut ids = Vec::new();
    for (code, place) in codes.iter().zip(0..) {
        let id = LinkId::new(now + chrono::TimeDelta::milliseconds(place), pipeline.clock.random());
        let key = merge::Value::List(vec![merge::Value::Text((*code).to_owned())]).to_json();
        let new = NewLink {
            id,
            key,
            label: (*code).to_owned(),
            ours_id: Some(format!("o-{code}")),
            theirs_id: Some(format!("t-{code}")),
        };
        store::link::add_many(&mut tx, school, "room", &[new], now).await.expect("added");
        let body = |name: &str| {
            format!(r#"{{"code":{},"name":"{name}"}}"#, merge::Value::Text((*code).to_owned()).to_json())
        };
        let (old, new) = (body("Hall"), body("Great Hall"));
        let copies = [
            staged(id, Side::Ours, &format!("o-{code}"), &old),
            staged(id, Side::Theirs, &format!("t-{code}"), &new),
        ];
        store::staged::upsert_many(&mut tx, school, "room", &copies).await.expect("staged");
        let base = NewBase { link: id, hash: hash(&old), body: old, fields_agreed: "{}".to_owned() };
        store::base::upsert_many(&mut tx, &[base], None, now).await.expect("moved");
        ids.push(id);
    }
    tx.commit().await.expect("committed");
    ids
}

#[tokio::test]
async fn records_are_found_by_key_and_by_either_id() {
    let house = TestHouse::open().await;
    rooms(&house, &["A1", "B2 / north", "[x]"]).await;
    let page = text(house.get("/one/records").await).await;
    assert!(page.contains("3 records"), "{page}");
    assert!(page.contains("/one/records/room/B2%20%2F%20north"), "{page}");
    let page = text(house.get("/one/records?q=t-a1&type=room").await).await;
    assert!(page.contains("1 record") && page.contains("o-A1") && !page.contains("B2 / north"), "{page}");
    let page = text(house.get("/one/records?q=nothing&type=room").await).await;
    assert!(page.contains("No record is called that") && page.contains("Search all types"), "{page}");
}

#[tokio::test]
async fn the_list_is_paged_both_ways() {
    let house = TestHouse::open().await;
    let codes: Vec<String> = (0..60).map(|number| format!("R{number:02}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let ids = rooms(&house, &codes).await;
    let page = text(house.get(&format!("/one/records?per=25&after={}", ids[24])).await).await;
    assert!(page.contains("Page 2 of 3") || page.contains("Page <!>2<!> of <!>3"), "{page}");
    assert!(page.contains(">R25<") && page.contains(">R49<") && !page.contains(">R24<"), "{page}");
    let page = text(house.get(&format!("/one/records?per=25&before={}", ids[25])).await).await;
    assert!(page.contains(">R00<") && page.contains(">R24<") && !page.contains(">R25<"), "{page}");
    let page = text(house.get("/one/records?per=25&last=1").await).await;
    assert!(page.contains(">R59<") && !page.contains(">R34<"), "{page}");
}

#[tokio::test]
async fn a_record_shows_three_values_and_what_the_next_merge_makes_of_them() {
    let house = TestHouse::open().await;
    rooms(&house, &["A1", "B2 / north", "[x]"]).await;
    for path in [
        "/one/records/room/A1",
        "/one/records/room/B2%20%2F%20north",
        "/one/records/room/%5B%22%5Bx%5D%22%5D",
    ] {
        let response = house.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let page = text(response).await;
        assert!(page.contains("Great Hall") && page.contains("will go to Scheduler"), "{path}: {page}");
        assert!(page.contains("Ask a person") && page.contains("the default"), "{path}: {page}");
        assert!(page.contains("Nothing yet: no merge has changed this record"), "{path}: {page}");
    }
    let page = text(house.get("/one/records/room/A1?show=differing").await).await;
    assert!(page.contains("field-name") && !page.contains("field-code"), "{page}");
}

#[tokio::test]
async fn a_record_that_is_gone_from_both_sides_is_still_told_of() {
    let house = TestHouse::open().await;
    let ids = rooms(&house, &["A1"]).await;
    let pipeline = &house.installation.pipeline;
    let mut tx = pipeline.store.begin().await.expect("begun");
    store::base::drop_many(&mut tx, &ids).await.expect("removed");
    store::staged::remove_many(&mut tx, &ids).await.expect("removed");
    store::link::end_many(&mut tx, &ids, pipeline.clock.now()).await.expect("ended");
    tx.commit().await.expect("committed");
    let response = house.get("/one/records/room/A1").await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = text(response).await;
    assert!(page.contains("In neither system any more"), "{page}");
    assert_eq!(house.get("/one/records/room/Z9").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(house.get("/one/records/nothing/Z9").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
