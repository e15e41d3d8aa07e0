use serde_json::json;

use crate::world::{Installation, own_and_sis, sis};

#[tokio::test]
async fn own_records_are_added_edited_and_removed_by_their_keys() {
    let (at, sim) = (Installation::new(), sis(0).await);
    at.import(&own_and_sis("north", &sim)).await;
    let file = at
        .write("d.ndjson", "{\"code\":\"ARTS\",\"name\":\"Arts\"}\n\n{\"code\":\"LAW\",\"name\":\"Law\"}\n");
    let put = at.run(&["records", "put", "--type", "department", &file]).await.with(0).out;
    assert!(put.contains("2 records added"), "{put}");
    let again = at.run(&["records", "put", "--type", "department", &file]).await.with(0).out;
    assert!(again.contains("0 records added or edited, 2 unchanged"), "{again}");
    at.run(&["records", "put", "department", "{\"code\":\"LAW\",\"phone\":\"555\"}"]).await.with(0);
    let shown = at.run(&["records", "show", "department", "LAW", "--json"]).await.with(0).json();
    let body: serde_json::Value =
        serde_json::from_str(shown["ours"]["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(body, json!({ "code": "LAW", "name": "Law", "phone": "555" }));
    at.run(&["records", "remove", "department", "[\"ARTS\"]"]).await.with(0);
    let own = at.run(&["records", "list", "--own", "--type", "department"]).await.with(0).out;
    assert!(own.contains("LAW") && !own.contains("ARTS") && own.contains("1 of 1 records"), "{own}");
    at.run(&["records", "remove", "department", "ARTS"]).await.with(2);
}

#[tokio::test]
async fn a_bad_line_of_many_is_named_and_changes_nothing() {
    let (at, sim) = (Installation::new(), sis(0).await);
    at.import(&own_and_sis("north", &sim)).await;
    for (line, wanted) in [
        ("{\"code\":", "d.ndjson:2: "),
        ("{\"name\":\"no key\"}", "key field `code`"),
        ("{\"code\":\"X\",\"colour\":\"red\"}", "colour"),
        ("{\"code\":\"X\",\"name\":7}", "name: is no text"),
    ] {
        let file = at.write("d.ndjson", &format!("{{\"code\":\"ARTS\"}}\n{line}\n"));
        let ended = at.run(&["records", "put", "--type", "department", &file]).await.with(2);
        assert!(ended.err.contains("d.ndjson:2: ") && ended.err.contains(wanted), "{}", ended.err);
    }
    let own = at.run(&["records", "list", "--own", "--type", "department"]).await.with(0).out;
    assert!(own.contains("0 of 0 records"), "{own}");
}

#[tokio::test]
async fn what_is_put_here_reaches_the_sis_with_the_next_merge() {
    let (at, sim) = (Installation::new(), sis(2).await);
    at.import(&own_and_sis("north", &sim)).await;
    at.run(&["run", "--kind", "manual"]).await.with(1);
    at.run(&["runs", "approve", "1", "--yes"]).await.with(0);
    let listed = at.run(&["records", "list", "--type", "department"]).await.with(0).out;
    assert!(listed.contains("2 of 2 records"), "{listed}");
    at.run(&["records", "put", "department", "{\"code\":\"LAW\",\"name\":\"Law\"}"]).await.with(0);
    at.run(&["run", "--kind", "manual"]).await.with(0);
    let state = sim.client().state().await.expect("state");
    assert!(state.live("department").any(|record| record["code"] == "LAW"));
    let shown = at.run(&["records", "show", "department", "LAW"]).await.with(0).out;
    assert!(shown.contains("Banner (DEP-"), "{shown}");
}
