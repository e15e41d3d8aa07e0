//! P4, P5, P6: answers that are lost and requests that land late, in the three classes of systems.

use connect::sim::{Class, EditOp};
use merge::Side;
use serde_json::{Value, json};

use crate::school::School;

const CLASSES: [Class; 3] = [Class::Strong, Class::Medium, Class::Weak];

/// One create, one update and one delete are on their way to theirs.
async fn three_writes(class: Class) -> School {
    let school = School::agreed(class, 12).await;
    if class != Class::Strong {
        // A unique key would hide a doubled create.
        school.servers.client(Side::Theirs).switches(json!({ "unique": false })).await.expect("a switch");
    }
    school.add(Side::Ours, "NEW").await;
    school.change(Side::Ours, "R1", json!({ "capacity": 100 })).await;
    school.remove(Side::Ours, "R2").await;
    school
}

async fn on_every_write(school: &School, fault: &Value, times: u32) {
    for method in ["POST", "PATCH", "DELETE"] {
        let matching = json!({ "method": method, "path": "/rooms**", "times": times });
        school.fault(Side::Theirs, json!({ "match": matching, "fault": fault })).await;
    }
}

#[tokio::test]
async fn p05_a_write_is_never_doubled_when_its_answer_is_lost() {
    for class in CLASSES {
        for times in [1, 2, 5] {
            let school = three_writes(class).await;
            on_every_write(&school, &json!({ "kind": "lost_reply" }), times).await;
            school.bench().run().await.expect("a run that ends");
            school.no_faults().await;
            assert_eq!(school.comes_together(&[]).await, 3, "{class}, lost {times} times");
        }
    }
}

#[tokio::test]
async fn p04_a_request_that_lands_late_does_no_harm() {
    for class in CLASSES {
        // All within the longest request that the connector knows of (R15).
        for seconds in [1, 45, 119] {
            let school = three_writes(class).await;
            on_every_write(&school, &json!({ "kind": "late_apply", "seconds": seconds }), 1).await;
            school.bench().run().await.expect("a run that ends");
            school.no_faults().await;
            assert_eq!(school.comes_together(&[]).await, 3, "{class}, {seconds} s late");
        }
    }
}

#[tokio::test]
async fn p04_a_request_that_lands_after_newer_edits_changes_nothing_at_a_strong_system() {
    let school = three_writes(Class::Strong).await;
    on_every_write(&school, &json!({ "kind": "late_apply", "seconds": 86_000 }), 1).await;
    school.bench().run().await.expect("a run that ends");
    school.no_faults().await;
    school.change(Side::Theirs, "R1", json!({ "capacity": 7 })).await;
    school.change(Side::Theirs, "NEW", json!({ "name": "Renamed" })).await;
    school.servers.client(Side::Theirs).release().await.expect("the late requests");
    school.comes_together(&[]).await;
    let look = school.servers.look().await;
    assert_eq!(look.field(Side::Ours, "R1", "capacity"), json!(7));
    assert_eq!(look.field(Side::Theirs, "NEW", "name"), json!("Renamed"));
}

#[tokio::test]
async fn p06_what_we_created_and_a_user_deleted_stays_deleted() {
    let school = School::agreed(Class::Strong, 12).await;
    school.add(Side::Ours, "NEW").await;
    // The answer is lost, and for the rest of the night nothing can be read either.
    school
        .fault(Side::Theirs, json!({ "match": { "method": "POST" }, "fault": { "kind": "lost_reply" } }))
        .await;
    let reads = json!({ "method": "GET", "path": "/rooms", "nth": 2, "times": 0 });
    school.fault(Side::Theirs, json!({ "match": reads, "fault": { "kind": "status", "code": 503 } })).await;
    school.bench().run().await.expect("a run that ends");
    school.no_faults().await;
    school.change(Side::Theirs, "NEW", json!({ "name": "Renamed" })).await;
    school.remove(Side::Theirs, "NEW").await;
    school.comes_together(&[]).await;
    let look = school.servers.look().await;
    assert_eq!(look.changes(Side::Theirs).count(), 1, "one create, and no second one");
    assert_eq!(look.field(Side::Ours, "NEW", "name"), Value::Null, "it went from ours as well");
}

#[tokio::test]
async fn p05_a_create_that_finds_its_key_taken_by_a_user_becomes_a_question() {
    let school = School::agreed(Class::Strong, 12).await;
    school.add(Side::Ours, "NEW").await;
    let fields = json!({ "code": "NEW", "name": "Their own", "capacity": 3 });
    let edit = json!({ "op": EditOp::Create, "type": "room", "fields": fields });
    let fault = json!({ "kind": "edit", "edit": edit, "when": "before" });
    school.fault(Side::Theirs, json!({ "match": { "method": "POST" }, "fault": fault })).await;
    school.bench().run().await.expect("a run that ends");
    assert_eq!(school.comes_together(&["NEW"]).await, 0, "both made one: a person compares");
}
