//! The first run, and invitations.

use app::api::Role;
use axum::http::StatusCode;
use chrono::TimeDelta;

use crate::world::World;

/// UX 12.2.
#[tokio::test]
async fn s24_the_first_admin_needs_the_code_and_then_there_is_no_set_up() {
    let world = World::open().await;
    let code = world.sessions.setup_code().await.expect("asked").expect("nobody is there");
    let first = world.get("/setup", "").await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.body.contains("Step 1 of 3") && !first.body.contains(&code), "{}", first.body);
    let account = "name=Ada&email=ada%40north.test&password=tuba+lamp+forest+yard";
    let without = world.post("setup_account", "", account).await;
    assert_eq!(without.location(), "/setup", "refused");
    assert!(world.sessions.setup_code().await.expect("asked").is_some(), "still nobody");
    let code = world.sessions.setup_code().await.expect("asked").expect("nobody is there");
    let wrong = world.post("setup_code", "", "code=wrong").await;
    let page = world.get("/setup", &wrong.cookie().expect("a session")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = world.post("setup_code", "", &format!("code={code}")).await;
    let cookie = right.cookie().expect("a session");
    assert!(world.get("/setup", &cookie).await.body.contains("Step 2 of 3"));
    let again = world.post("setup_code", "", &format!("code={code}")).await;
    let page = world.get("/setup", &again.cookie().expect("a session")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
    let weak = world.post("setup_account", &cookie, "name=Ada&email=ada%40north.test&password=short").await;
    assert_eq!(weak.location(), "/setup");
    let page = world.get("/setup", &cookie).await;
    assert!(
        page.body.contains("at least 15") && page.body.contains("value=\"ada@north.test\""),
        "{}",
        page.body
    );
    let made = world.post("setup_account", &cookie, account).await;
    let admin = made.cookie().expect("signed in");
    assert_eq!(world.get("/setup", &admin).await.location(), "/one/overview", "there is a school");
    assert_eq!(world.get("/setup", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/setup", &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.sessions.setup_code().await.expect("asked"), None);
    let second = world.post("setup_account", &cookie, account).await;
    assert!(second.cookie().is_none_or(|cookie| !cookie.is_empty()));
    let mut reader = world.installation.pipeline.store.read().await.expect("a reader");
    let filter = store::person::PersonFilter::default();
    assert_eq!(store::person::count(&mut reader, &filter).await.expect("counted"), 1);
}

#[tokio::test]
async fn s24_a_code_is_guessed_three_times_a_minute_and_runs_out() {
    let world = World::open().await;
    let code = world.sessions.setup_code().await.expect("asked").expect("nobody is there");
    let guess = async |code: &str| {
        let answer = world.post("setup_code", "", &format!("code={code}")).await;
        world.get("/setup", &answer.cookie().expect("a session")).await.status
    };
    for _ in 0..3 {
        assert_eq!(guess("wrong").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(guess(&code).await, StatusCode::TOO_MANY_REQUESTS, "the right one waits, too");
    world.pass(TimeDelta::minutes(31));
    assert_eq!(guess(&code).await, StatusCode::UNPROCESSABLE_ENTITY, "too late");
}

#[tokio::test]
async fn s24_nobody_is_there_before_somebody_was_made() {
    let world = World::open().await;
    for (email, password) in
        [("admin", "admin"), ("admin@localhost", "admin"), ("root@localhost", "password")]
    {
        let answer = world.sign_in(email, password, "").await;
        assert!(answer.location().starts_with("/sign-in"), "{email}");
    }
}

#[tokio::test]
async fn an_invitation_makes_one_account_with_the_role_it_names() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let form = "school=one&invite[email]=new%40one.test&invite[name]=New&invite[role]=resolver";
    assert_eq!(world.post("invite", &admin, form).await.location(), "/one/people");
    let page = world.get("/one/people", &admin).await.body;
    let link = page.split("http://127.0.0.1:7800/invite/").nth(1).expect("the link, shown once");
    let token = link.split('"').next().expect("its end").to_owned();
    assert_eq!(token.len(), 64);
    assert!(!world.get("/one/people", &admin).await.body.contains(&token), "shown once");
    let invite = format!("/invite/{token}");
    assert!(world.get(&invite, "").await.body.contains("as resolver"));
    let short = world.post("accept_invitation", "", &format!("token={token}&name=New&password=short")).await;
    assert_eq!(short.location(), invite);
    let page = world.get(&invite, &short.cookie().expect("a session")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form =
        format!("token={token}&name=New+Name&password=lamp+yard+tuba+forest&role=admin&invite[role]=admin");
    let joined = world.post("accept_invitation", "", &form).await;
    let cookie = joined.cookie().expect("signed in");
    assert!(
        world.get("/one/account", &cookie).await.body.contains("resolver"),
        "S29: not more than was given"
    );
    assert_eq!(world.get("/two/account", &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get(&invite, "").await.status, StatusCode::NOT_FOUND, "once");
    let again = world.post("accept_invitation", "", &form).await;
    assert_eq!(again.location(), invite);
}
