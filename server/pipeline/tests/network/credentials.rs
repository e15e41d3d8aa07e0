//! P29: refused credentials stop the side's writing at once.

use connect::sim::{Class, Event};
use merge::Side;
use serde_json::json;

use crate::school::School;

#[tokio::test]
async fn p29_no_write_follows_the_first_one_whose_credentials_were_refused() {
    for at in [1_usize, 3, 5] {
        let mut school = School::agreed(Class::Strong, 60).await;
        school.pipeline.bounds.writes_at_once = 1;
        for n in 0..6 {
            school.change(Side::Ours, &format!("R{n}"), json!({ "capacity": 100 + n })).await;
            school.change(Side::Theirs, &format!("R{}", 20 + n), json!({ "capacity": 100 + n })).await;
        }
        school.remove(Side::Ours, "R9").await;
        for method in ["PATCH", "POST", "DELETE"] {
            let nth = if method == "PATCH" { at } else { 1 };
            let matching = json!({ "method": method, "nth": nth, "times": 0 });
            let fault = json!({ "kind": "status", "code": 401, "body": {} });
            school.fault(Side::Theirs, json!({ "match": matching, "fault": fault })).await;
        }
        school.bench().run().await.expect("a run that ends");
        let log = school.servers.client(Side::Theirs).log().await.expect("a log");
        let is_write = |event: &Event| matches!(event, Event::Request(request) if request.method != "GET");
        let tried = log.iter().filter(|entry| is_write(&entry.event)).count();
        assert_eq!(tried, at, "the one that was refused was the last");
        let look = school.servers.look().await;
        assert_eq!(look.changes(Side::Ours).count(), 6, "the other side goes on");
        assert_eq!(look.changes(Side::Theirs).count(), at - 1);
        school.no_faults().await;
        assert_eq!(school.comes_together(&[]).await, 13, "and it goes on after the fix");
    }
}

#[tokio::test]
async fn p29_a_side_that_cannot_be_read_deletes_nothing_and_the_run_says_so() {
    let school = School::agreed(Class::Strong, 12).await;
    school.change(Side::Ours, "R1", json!({ "capacity": 100 })).await;
    let fault = json!({ "kind": "status", "code": 401, "body": {} });
    school.fault(Side::Theirs, json!({ "match": { "times": 0 }, "fault": fault })).await;
    let run = school.bench().run().await.expect("a run that ends");
    assert_ne!(run.ended, Some(store::run::RunEnding::Finished), "{run:?}");
    assert_eq!(school.servers.look().await.writes(), 0);
    school.no_faults().await;
    assert_eq!(school.comes_together(&[]).await, 1);
}
