//! P39 over the three classes of systems: any mix of faults, and when they are over everything comes together.

use connect::sim::Class;
use merge::Side;
use serde_json::json;

use crate::bench::edit_for_five_writes;
use crate::school::School;

/// Nights under faults, one after another.
const NIGHTS: usize = 4;

/// Any request to either side may fail, in the ways of C104, by the seed of the server.
async fn disturb(school: &School, night: usize) {
    let faults = [
        json!({ "kind": "lost_reply" }),
        json!({ "kind": "late_apply", "seconds": 20 }),
        json!({ "kind": "status", "code": 500, "when": "after" }),
        json!({ "kind": "status", "code": 503, "headers": { "Retry-After": "1" } }),
        json!({ "kind": "reset", "bytes": 20 }),
        json!({ "kind": "truncate", "bytes": 30, "length": "wrong" }),
        json!({ "kind": "html" }),
    ];
    for side in [Side::Ours, Side::Theirs] {
        for (n, fault) in faults.iter().enumerate() {
            let is_write = n < 3;
            let methods: &[&str] =
                if is_write { &["POST", "PATCH", "DELETE"] } else { &["GET", "POST", "PATCH"] };
            for method in methods {
                let chance = if is_write { 0.15 } else { 0.04 };
                let matching =
                    json!({ "method": method, "times": 0, "nth": 1 + (night + n) % 2, "chance": chance });
                school.fault(side, json!({ "match": matching, "fault": fault })).await;
            }
        }
    }
}

async fn storm(class: Class) {
    let school = School::agreed(class, 12).await;
    for night in 0..NIGHTS {
        edit_for_five_writes(&school.servers, night).await;
        disturb(&school, night).await;
        school.bench().run().await.expect("a run that ends");
        school.no_faults().await;
        let complaints = school.servers.look().await.complaints();
        assert!(complaints.is_empty(), "{class}, night {night}: {}", complaints.join("; "));
        // What is still on its way arrives before people go to work again.
        school.clock.pass(30).await;
        let (_, problems) = school.bench().settles_within(2, &["R4"]).await;
        assert!(problems.is_empty(), "{class}, night {night}: {}", problems.join("; "));
    }
    let writes = school.comes_together(&["R4"]).await;
    assert_eq!(writes, 5 * NIGHTS, "{class}: each write took effect once");
}

#[tokio::test]
async fn p39_a_strong_system_comes_together_after_any_mix_of_faults() {
    storm(Class::Strong).await;
}

#[tokio::test]
async fn p39_a_medium_system_comes_together_after_any_mix_of_faults() {
    storm(Class::Medium).await;
}

#[tokio::test]
async fn p39_a_weak_system_comes_together_after_any_mix_of_faults() {
    storm(Class::Weak).await;
}
