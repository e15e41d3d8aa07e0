use std::time::Duration;

use connect::sim::Event;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::world::{Merged, changes_by_us, edit, field, is_there};

/// Starts the server on a free port and waits until it says that it is ready. Answers its address.
async fn serve(world: &Merged) -> (Child, String) {
    let mut server = world.at.start(&["serve", "--listen", "127.0.0.1:0"]);
    let mut lines = BufReader::new(server.stderr.take().expect("stderr")).lines();
    let address = loop {
        let line = lines.next_line().await.expect("read").expect("a line");
        if let Some((_, address)) = line.split_once("ready address=") {
            break address.trim().to_owned();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (server, address)
}

async fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

/// SIGTERM, and how the process ended.
async fn terminate(mut server: Child) -> Option<i32> {
    let id = server.id().expect("running").to_string();
    Command::new("kill").args(["-TERM", &id]).status().await.expect("sent");
    let ended = tokio::time::timeout(Duration::from_secs(30), server.wait()).await;
    ended.expect("it ends in time").expect("waited").code()
}

#[tokio::test]
async fn r32_the_server_carries_out_what_commands_ask_for_and_stops_cleanly() {
    let world = Merged::new().await;
    let (server, address) = serve(&world).await;
    assert!(get(&address, "/healthz").await.starts_with("HTTP/1.1 200"));
    let second = world.at.run(&["serve", "--listen", "127.0.0.1:0"]).await.with(2);
    assert!(second.err.contains("in use by another Tiebreak process"), "{}", second.err);
    edit(&world.ours.client(), "DEP-2", json!({ "phone": "555-1111" })).await;
    world.at.run(&["run", "--kind", "manual"]).await.with(0);
    assert_eq!(field(&world.theirs, "DEP-2", "phone").await, "555-1111");
    let number = world.conflict("555-2222", "555-3333").await.to_string();
    world.at.run(&["conflicts", "decide", &number, "--choose", "phone=ours"]).await.with(0);
    assert_eq!(field(&world.theirs, "DEP-1", "phone").await, "555-2222");
    assert_eq!(changes_by_us(&world.theirs).await, 2);
    assert!(is_there(&world.at.path("data").join("running")));
    assert_eq!(terminate(server).await, Some(0));
    assert!(!is_there(&world.at.path("data").join("running")));
}

#[tokio::test]
async fn r32_a_merge_that_is_interrupted_goes_on_when_it_is_started_again() {
    let world = Merged::new().await;
    edit(&world.ours.client(), "DEP-2", json!({ "phone": "555-1111" })).await;
    let slow = json!({ "match": { "method": "PATCH" }, "fault": { "kind": "hang", "seconds": 1.5 } });
    world.theirs.client().fault(slow).await.expect("a fault");
    let run = world.at.start(&["run"]);
    while !asked_for(&world, "PATCH").await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(terminate(run).await, Some(2), "what was asked for is not done");
    let interrupted = world.at.run(&["runs", "list", "--json"]).await.with(0).json();
    assert_eq!(interrupted["items"][0]["ended"], json!(null));
    world.at.run(&["run"]).await.with(0);
    assert_eq!(field(&world.theirs, "DEP-2", "phone").await, "555-1111");
    assert_eq!(changes_by_us(&world.theirs).await, 1);
}

async fn asked_for(world: &Merged, method: &str) -> bool {
    let log = world.theirs.client().log().await.expect("log");
    log.iter().any(|entry| matches!(&entry.event, Event::Request(request) if request.method == method))
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_plainly() {
    let world = Merged::new().await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let ended = world.at.run(&["serve", "--listen", &address]).await.with(2);
    let last = ended.err.lines().last().unwrap_or_default();
    assert!(last.contains(&format!("cannot listen on {address}")), "{}", ended.err);
}
