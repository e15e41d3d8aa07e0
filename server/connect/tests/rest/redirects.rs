//! Redirects (CN C48, RL S33).

use connect::{Create, System, SystemError};
use merge::Object;
use serde_json::json;

use crate::stub::{Answer, Asked, ROOMS, Stub, cx, list, t};

const AUTH: &str = "auth = { kind = \"headers\", headers = { X-Api-Key = { secret = \"key\" } } }\n";
const FOLLOW: &str = "redirects = \"same_origin\"\n";

fn slash(asked: &Asked, status: u16) -> Answer {
    if asked.path.ends_with('/') {
        return match asked.method.as_str() {
            "GET" => Answer::json(200, &json!({ "data": [{ "id": "1" }] })),
            _ => Answer::json(201, &json!({ "data": { "id": "1", "name": asked.body["data"]["name"] } })),
        };
    }
    Answer::empty(status).with("location", format!("{}/", asked.path))
}

fn create() -> Create {
    let fields: Object = [("name", "Hall")].into_iter().collect();
    Create {
        type_name: t(),
        fields,
        natural_key: Object::new(),
        key: "key".into(),
        correlation: "ref".to_owned(),
    }
}

#[tokio::test]
async fn c48_none_makes_a_redirect_an_error_that_shows_the_target() {
    let stub = Stub::start(|asked| slash(asked, 307)).await;
    let error = list(&stub.system(ROOMS)).await.expect_err("a redirect");
    let SystemError::Misconfigured { message } = error else { panic!("{error:?}") };
    assert!(message.contains("/api/rooms/"), "{message}");
    assert_eq!(stub.count(), 1);
}

#[tokio::test]
async fn c48_reads_follow_all_kinds_to_the_same_origin() {
    for status in [301, 302, 303, 307, 308] {
        let stub = Stub::start(move |asked| slash(asked, status)).await;
        let (ids, _) = list(&stub.system(&format!("{AUTH}{FOLLOW}{ROOMS}"))).await.expect("followed");
        assert_eq!(ids, ["1"]);
        assert!(stub.asked().iter().all(|asked| asked.header("x-api-key") == Some("secret-of-key")));
    }
}

#[tokio::test]
async fn c48_writes_follow_307_and_308_only_with_their_body() {
    for status in [307, 308] {
        let stub = Stub::start(move |asked| slash(asked, status)).await;
        let system = stub.system(&format!("{FOLLOW}{ROOMS}"));
        system.create(&cx(), &create()).await.expect("followed");
        let last = stub.asked().pop().expect("a request");
        assert_eq!((last.method.as_str(), &last.body["data"]["name"]), ("POST", &json!("Hall")));
    }
    for status in [301, 302, 303] {
        let stub = Stub::start(move |asked| slash(asked, status)).await;
        let error =
            stub.system(&format!("{FOLLOW}{ROOMS}")).create(&cx(), &create()).await.expect_err("refused");
        assert!(matches!(error, SystemError::Misconfigured { .. }), "{error:?}");
        assert_eq!(stub.count(), 1);
    }
}

#[tokio::test]
async fn s33_credentials_never_go_to_another_origin() {
    let canary = Stub::start(|_| Answer::json(200, &json!({ "data": [] }))).await;
    let target = format!("http://{}/steal", canary.addr);
    let stub = Stub::start(move |_| Answer::empty(307).with("location", target.clone())).await;
    let hosts = format!("allowed_hosts = [\"{}\", \"{}\"]\n", stub.addr, canary.addr);
    let system = stub.system(&format!("{hosts}{AUTH}{FOLLOW}{ROOMS}"));
    let error = list(&system).await.expect_err("another origin");
    assert!(matches!(error, SystemError::Misconfigured { .. }), "{error:?}");
    assert_eq!(canary.count(), 0, "the canary saw a request");
}

#[tokio::test]
async fn c48_a_circle_ends_after_three() {
    let stub = Stub::start(|asked| Answer::empty(307).with("location", asked.path.clone())).await;
    let error = list(&stub.system(&format!("{FOLLOW}{ROOMS}"))).await.expect_err("a circle");
    assert!(matches!(error, SystemError::Misconfigured { .. }), "{error:?}");
    assert_eq!(stub.count(), 4);
}
