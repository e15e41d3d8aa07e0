//! P28: retries are bounded and polite.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use connect::Clock as _;
use connect::sim::{Class, Event};
use merge::Side;
use serde_json::{Value, json};

use crate::school::School;

/// Every write to theirs is answered with this.
async fn refuse_writes(school: &School, headers: Value) {
    for method in ["POST", "PATCH", "DELETE"] {
        let fault = json!({ "kind": "status", "code": 503, "headers": headers });
        let rule = json!({ "match": { "method": method, "times": 0 }, "fault": fault });
        school.fault(Side::Theirs, rule).await;
    }
}

/// Times of the writes that theirs received, by key.
async fn sent(school: &School) -> BTreeMap<String, Vec<DateTime<Utc>>> {
    let mut sent: BTreeMap<String, Vec<DateTime<Utc>>> = BTreeMap::new();
    for entry in school.servers.client(Side::Theirs).log().await.expect("a log") {
        if let Event::Request(request) = entry.event
            && request.method != "GET"
        {
            sent.entry(request.key.unwrap_or_default()).or_default().push(entry.at);
        }
    }
    sent
}

#[tokio::test]
async fn p28_a_write_is_tried_four_times_in_a_run_and_the_waits_are_kept() {
    for how in ["in seconds", "as a date", "not at all"] {
        let school = School::agreed(Class::Strong, 12).await;
        school.change(Side::Ours, "R1", json!({ "capacity": 100 })).await;
        let date = school.clock.now().trunc_subsecs(0) + TimeDelta::seconds(5);
        let headers = match how {
            "in seconds" => json!({ "Retry-After": "2" }),
            "as a date" => json!({ "Retry-After": date.to_rfc2822() }),
            _ => json!({}),
        };
        refuse_writes(&school, headers).await;
        school.bench().run().await.expect("a run that ends");
        let sent_by_key = sent(&school).await;
        assert_eq!(sent_by_key.len(), 1, "{how}: one write, one key");
        let times = sent_by_key.into_values().next().expect("its times");
        assert_eq!(times.len(), 4, "{how}: {times:?}");
        match how {
            "in seconds" => {
                let is_kept = |pair: &[DateTime<Utc>]| pair[1] - pair[0] >= TimeDelta::seconds(2);
                assert!(times.windows(2).all(is_kept), "{times:?}");
            }
            "as a date" => assert!(times[0] < date && times[1..].iter().all(|at| *at >= date), "{times:?}"),
            _ => {}
        }
        school.no_faults().await;
        school.clock.pass(10).await;
        assert_eq!(school.comes_together(&[]).await, 1, "{how}");
    }
}

#[tokio::test]
async fn p28_a_side_that_takes_nothing_is_left_alone_for_the_rest_of_the_run() {
    let school = School::agreed(Class::Strong, 120).await;
    for n in 0..34 {
        school.change(Side::Ours, &format!("R{n}"), json!({ "capacity": 1_000 + n })).await;
    }
    refuse_writes(&school, json!({})).await;
    school.bench().run().await.expect("a run that ends");
    let sent_by_key = sent(&school).await;
    let most = 20 + school.pipeline.bounds.writes_at_once;
    assert!(sent_by_key.len() <= most, "{} writes were tried", sent_by_key.len());
    assert!(sent_by_key.values().all(|times| times.len() <= 4));
    school.no_faults().await;
    assert_eq!(school.comes_together(&[]).await, 34);
}
