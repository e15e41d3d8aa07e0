//! Bounds on time, size and pace (CN 3.2, C8, C46; RL S35).

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use connect::testing::{Fault, Only, Proxy};
use connect::{Clock, System, SystemError};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::stub::{Answer, ROOMS, Stub, clocked, cx, list, open, t};

/// Answers every connection with the same bytes.
async fn raw(bytes: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let bytes = bytes.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = client.read(&mut request).await;
                let _ = client.write_all(&bytes).await;
                let _ = client.shutdown().await;
            });
        }
    });
    address
}

fn at(address: SocketAddr, own: &str) -> connect::rest::RestSystem {
    open(&format!("http://{address}"), &format!("{own}\n{ROOMS}")).expect("a configuration")
}

fn malformed(error: &SystemError, part: &str) {
    let SystemError::Malformed { message, .. } = error else { panic!("{error:?}") };
    assert!(message.contains(part), "{message}");
}

/// 300 MB of zeros, packed.
fn bomb() -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..300 {
        packer.write_all(&block).expect("packing");
    }
    packer.finish().expect("packing")
}

#[tokio::test]
async fn s35_a_body_that_unpacks_to_300_mb_stops_at_the_cap() {
    let packed = bomb();
    assert!(packed.len() < 400_000, "{} bytes", packed.len());
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    let address = raw([head.into_bytes(), packed].concat()).await;
    let error = list(&at(address, "limits = { page_bytes = \"1MiB\" }")).await.expect_err("a bomb");
    malformed(&error, "larger than 1048576 bytes");
}

#[tokio::test]
async fn s35_an_endless_body_stops_at_the_cap() {
    let target = raw(Vec::new()).await;
    let proxy = Proxy::start(target).await.expect("a proxy");
    proxy.fail(Fault::EndlessBody, Only::Everything, u32::MAX);
    let error = list(&at(proxy.address(), "limits = { page_bytes = \"1MiB\" }")).await.expect_err("endless");
    malformed(&error, "larger than 1048576 bytes");
}

#[tokio::test]
async fn s35_headers_without_end_are_refused() {
    let head = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\ncontent-length: 2\r\n\r\n{{}}", "a".repeat(70_000));
    let error = list(&at(raw(head.into_bytes()).await, "")).await.expect_err("long headers");
    malformed(&error, "headers");
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "x-a: b\r\n".repeat(200_000));
    let error = list(&at(raw(endless.into_bytes()).await, "")).await.expect_err("endless headers");
    assert!(matches!(error, SystemError::Unreachable { .. } | SystemError::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn s35_a_run_has_a_budget_of_bytes() {
    let body = json!({ "data": [{ "id": "1", "text": "x".repeat(3_000) }] });
    let stub = Stub::start(move |_| Answer::json(200, &body)).await;
    let system = stub.system(&format!("limits = {{ run_bytes = \"8KiB\" }}\n{ROOMS}"));
    let mut cx = cx();
    cx.run = Some("night".to_owned());
    let mut results = Vec::new();
    for _ in 0..4 {
        results.push(crate::stub::pages(system.list(&cx, &t(), &connect::Partition::whole())).await.is_ok());
    }
    assert_eq!(results, [true, true, false, false]);
    cx.run = Some("another night".to_owned());
    assert!(crate::stub::pages(system.list(&cx, &t(), &connect::Partition::whole())).await.is_ok());
}

#[tokio::test]
async fn s35_a_silent_server_is_left_within_the_limit() {
    let proxy = Proxy::start(raw(Vec::new()).await).await.expect("a proxy");
    proxy.fail(Fault::Blackhole, Only::Everything, u32::MAX);
    let limits = "limits = { connect = \"100ms\", idle = \"100ms\", total = \"100ms\" }";
    let started = Instant::now();
    let error = list(&at(proxy.address(), limits)).await.expect_err("silence");
    assert!(matches!(error, SystemError::Timeout { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn c46_an_answer_by_http_1_0_that_closes_is_normal() {
    let body = r#"{"data":[{"id":"1"}]}"#;
    let text = format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{body}");
    let (ids, _) = list(&at(raw(text.into_bytes()).await, "")).await.expect("an old answer");
    assert_eq!(ids, ["1"]);
}

#[tokio::test]
async fn c8_a_read_is_retried_four_times_with_growing_waits() {
    let stub = Stub::start(|_| Answer::empty(502)).await;
    let (cx, clock) = clocked();
    let error = stub.system(ROOMS).get(&cx, &t(), &"1".into()).await.expect_err("502");
    assert!(matches!(error, SystemError::Unreachable { .. }), "{error:?}");
    assert_eq!(stub.count(), 5);
    assert!(clock.slept() <= Duration::from_millis(500 + 1_000 + 2_000 + 4_000), "{:?}", clock.slept());
}

#[tokio::test]
async fn c8_what_no_retry_can_heal_is_not_retried() {
    for status in [400, 401, 404, 405, 422] {
        let stub = Stub::start(move |_| Answer::empty(status)).await;
        stub.system(ROOMS).get(&cx(), &t(), &"1".into()).await.expect_err("an error");
        assert_eq!(stub.count(), 1, "{status}");
    }
}

#[tokio::test]
async fn row_38_a_wait_is_obeyed_on_any_answer() {
    let stub = Stub::start(|asked| {
        let wait = if asked.path.ends_with('1') { "7" } else { "0" };
        Answer::json(200, &json!({ "data": { "id": asked.path.rsplit('/').next() } })).with("backoff", wait)
    })
    .await;
    let system = stub.system(ROOMS);
    let (cx, clock) = clocked();
    system.get(&cx, &t(), &"1".into()).await.expect("a good answer");
    assert_eq!(clock.slept(), Duration::ZERO);
    system.get(&cx, &t(), &"2".into()).await.expect("a good answer");
    assert_eq!(clock.slept(), Duration::from_secs(7));
}

#[tokio::test]
async fn row_38_a_wait_can_be_a_date_and_a_long_one_stops_the_side() {
    let stub = Stub::start(|_| {
        Answer::empty(429)
            .with("date", "Mon, 02 Mar 2026 01:00:00 GMT")
            .with("retry-after", "Mon, 02 Mar 2026 01:00:09 GMT")
    })
    .await;
    let (cx, clock) = clocked();
    let error = stub.system(ROOMS).get(&cx, &t(), &"1".into()).await.expect_err("throttled");
    assert!(
        matches!(error, SystemError::Throttled { after: Some(after) } if after == Duration::from_secs(9))
    );
    assert_eq!((stub.count(), clock.slept()), (5, Duration::from_secs(36)));

    let stub = Stub::start(|_| Answer::empty(503).with("retry-after", "3600")).await;
    let (cx, clock) = clocked();
    let system = stub.system(ROOMS);
    for _ in 0..2 {
        let error = system.get(&cx, &t(), &"1".into()).await.expect_err("throttled");
        assert!(matches!(error, SystemError::Throttled { .. }), "{error:?}");
    }
    assert_eq!((stub.count(), clock.slept()), (1, Duration::ZERO), "the side is left alone until then");
}

#[tokio::test]
async fn limits_no_more_than_so_many_requests_in_a_second() {
    let stub = Stub::start(|_| Answer::json(200, &json!({ "data": { "id": "1" } }))).await;
    let system = stub.system(&format!("limits = {{ per_second = 5 }}\n{ROOMS}"));
    let (cx, clock) = clocked();
    let start = clock.now();
    for _ in 0..15 {
        system.get(&cx, &t(), &"1".into()).await.expect("a good answer");
    }
    let took = clock.now() - start;
    assert!((1_990..=2_100).contains(&took.num_milliseconds()), "15 requests at 5 a second took {took}");
}
