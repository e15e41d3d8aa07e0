//! What an invitation gives, and to whom no more.

use app::api::Role;
use axum::http::StatusCode;
use connect::Clock as _;

use crate::world::World;

/// An invitation of this address to school one, as its admin makes it. Answers the link's token.
async fn invited(world: &World, admin: &str, email: &str) -> String {
    let email = email.replace('@', "%40");
    let form = format!("school=one&invite[email]={email}&invite[name]=New&invite[role]=viewer");
    world.post("invite", admin, &form).await;
    let page = world.get("/one/people", admin).await.body;
    let link = page.split("http://127.0.0.1:7800/invite/").nth(1).expect("the link, shown once");
    link.split('"').next().expect("its end").to_owned()
}

async fn accept(world: &World, token: &str) -> Option<String> {
    let form = format!("token={token}&name=New+Name&password=lamp+yard+tuba+forest");
    world.post("accept_invitation", "", &form).await.cookie()
}

async fn is_in(world: &World, school: &str, cookie: &str) -> bool {
    world.get(&format!("/{school}/account"), cookie).await.status == StatusCode::OK
}

#[tokio::test]
async fn s28_an_invitation_to_one_school_gives_nothing_back_of_another() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let ruiz = world.person("ruiz@two.test", Role::Admin, Some("two")).await;
    let mut tx = world.installation.pipeline.store.begin().await.expect("begun");
    store::person::set_disabled(&mut tx, ruiz, Some(world.clock.now())).await.expect("kept out");
    tx.commit().await.expect("committed");
    let token = invited(&world, &admin, "ruiz@two.test").await;
    let cookie = accept(&world, &token).await.expect("signed in");
    assert!(is_in(&world, "one", &cookie).await);
    assert_eq!(world.get("/two/account", &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn s17_who_was_removed_does_not_come_back_by_a_second_link() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let first = invited(&world, &admin, "new@one.test").await;
    let second = invited(&world, &admin, "New@one.test").await;
    let cookie = accept(&world, &first).await.expect("signed in");
    assert!(is_in(&world, "one", &cookie).await);
    assert_eq!(world.get(&format!("/invite/{second}"), "").await.status, StatusCode::NOT_FOUND, "joined");
    // A link from before somebody was there in another way.
    let link = invited(&world, &admin, "late@one.test").await;
    let late = world.person("late@one.test", Role::Viewer, Some("one")).await;
    world.post("person_remove", &admin, &format!("school=one&person={late}&sure=yes")).await;
    assert_eq!(world.get(&format!("/invite/{link}"), "").await.status, StatusCode::NOT_FOUND, "removed");
    for token in [second, link] {
        if let Some(cookie) = accept(&world, &token).await {
            assert!(!is_in(&world, "one", &cookie).await);
        }
    }
}
