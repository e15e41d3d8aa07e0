//! Where requests may go (CN C47, RL S31, S32, S34).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use connect::rest::Lookup;
use connect::{System, SystemError};
use serde_json::json;
use tokio::net::TcpListener;

use crate::stub::{Answer, ROOMS, Stub, cx, list, listing, open, open_with, t};

/// Ways of writing an address that is not to be reached: loopback, private, link-local, shared, metadata, multicast and
/// the mapped, compatible and translated forms of them.
const SPELLINGS: [&str; 64] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0x7f.1",
    "127.0.0.1.",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "0x0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[fd00:ec2::254]",
    "[::ffff:169.254.169.254]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::169.254.169.254]",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.1.1",
    "10.0.0.1",
    "012.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
    "0xc0a80001",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
];

/// A listener that nobody may reach.
async fn canary() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, reached)
}

#[tokio::test]
async fn c47_no_spelling_of_a_forbidden_address_is_reached() {
    let (address, reached) = canary().await;
    let limits =
        "limits = { connect = \"300ms\", idle = \"300ms\", total = \"300ms\" }\nallowed_networks = []\n";
    for spelling in SPELLINGS {
        let base = format!("http://{spelling}:{}", address.port());
        let system = match open(&base, &format!("{limits}{ROOMS}")) {
            Ok(system) => system,
            Err(error) => {
                assert_eq!(error.key, "base_url", "{spelling}: {error}");
                continue;
            }
        };
        let error = list(&system).await.expect_err(spelling);
        // A name may also be unknown to the machine's resolver.
        let is_name = spelling.to_lowercase().starts_with("localhost");
        let unknown = is_name && matches!(error, SystemError::Unreachable { .. });
        assert!(unknown || matches!(error, SystemError::Misconfigured { .. }), "{spelling}: {error:?}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0, "connections were made");
}

#[tokio::test]
async fn c47_the_metadata_address_is_refused_even_in_an_allowed_network() {
    for host in ["169.254.169.254", "[::ffff:169.254.169.254]", "100.100.100.200"] {
        let own = format!("allowed_networks = [\"0.0.0.0/0\", \"::/0\"]\n{ROOMS}");
        let system = open(&format!("http://{host}"), &own).expect("a configuration");
        let error = list(&system).await.expect_err(host);
        let SystemError::Misconfigured { message } = error else { panic!("{host}: {error:?}") };
        assert!(message.contains("metadata"), "{host}: {message}");
    }
}

/// Gives each answer in turn, and the last one for ever.
struct Turns(Vec<Vec<IpAddr>>, AtomicUsize);

#[async_trait]
impl Lookup for Turns {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let turn = self.1.fetch_add(1, Ordering::SeqCst);
        Ok(self.0[turn.min(self.0.len() - 1)].clone())
    }
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().expect("an address")).collect()
}

#[tokio::test]
async fn c47_every_address_of_a_name_is_checked() {
    let (address, reached) = canary().await;
    let base = format!("http://sis.example.edu:{}", address.port());
    for answer in [vec!["127.0.0.1"], vec!["93.184.216.34", "127.0.0.1"], vec!["127.0.0.1", "93.184.216.34"]]
    {
        let lookup = Arc::new(Turns(vec![addresses(&answer)], AtomicUsize::new(0)));
        let system =
            open_with(&base, &format!("allowed_networks = []\n{ROOMS}"), lookup).expect("a configuration");
        let error = list(&system).await.expect_err("a forbidden address");
        assert!(matches!(error, SystemError::Misconfigured { .. }), "{answer:?}: {error:?}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn s32_a_name_that_moves_to_another_address_is_checked_anew() {
    let stub = Stub::start(|_| Answer::json(200, &json!({ "data": [] })).with("connection", "close")).await;
    let lookup = Turns(vec![addresses(&["127.0.0.1"]), addresses(&["127.0.0.2"])], AtomicUsize::new(0));
    let base = format!("http://sis.example.edu:{}/api", stub.addr.port());
    let system = open_with(&base, ROOMS, Arc::new(lookup)).expect("a configuration");
    list(&system).await.expect("the address is in an allowed network");
    let error = list(&system).await.expect_err("the second address is not");
    assert!(matches!(error, SystemError::Misconfigured { .. }), "{error:?}");
    assert_eq!(stub.count(), 1);
}

#[tokio::test]
async fn c47_a_next_link_to_another_host_is_refused_and_sees_no_credentials() {
    let (address, reached) = canary().await;
    for link in [
        format!("http://{address}/steal"),
        format!("//{address}/steal"),
        format!("https://127.0.0.1:{}/x", address.port()),
        "http://user:pw@127.0.0.1/x".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http:\\\\127.0.0.1:1/x".to_owned(),
    ] {
        let stub =
            Stub::start(move |_| Answer::json(200, &json!({ "data": [{ "id": "1" }], "next": link }))).await;
        let own = listing("", "paging = { style = \"body_url\", at = \"/next\" }");
        let own = format!("auth = {{ kind = \"bearer\", token = {{ secret = \"a\" }} }}\n{own}");
        let error = list(&stub.system(&own)).await.expect_err("a foreign link");
        assert!(matches!(error, SystemError::Misconfigured { .. }), "{error:?}");
        assert_eq!(stub.count(), 1);
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn c47_another_host_can_be_allowed() {
    let other = Stub::start(|_| Answer::json(200, &json!({ "data": [{ "id": "2" }] }))).await;
    let next = format!("http://{}/more", other.addr);
    let stub =
        Stub::start(move |_| Answer::json(200, &json!({ "data": [{ "id": "1" }], "next": next }))).await;
    let hosts = format!("allowed_hosts = [\"{}\", \"{}\"]\n", stub.addr, other.addr);
    let own = listing("", "paging = { style = \"body_url\", at = \"/next\" }");
    let (ids, incomplete) =
        list(&stub.system(&format!("{hosts}{own}"))).await.expect("both hosts are allowed");
    assert_eq!((ids, incomplete), (vec!["1".to_owned(), "2".to_owned()], None));
}

#[tokio::test]
async fn c23_an_id_cannot_leave_its_place_in_the_path() {
    let stub = Stub::start(|asked| Answer::json(200, &json!({ "data": { "id": asked.path } }))).await;
    let system = stub.system(ROOMS);
    for id in ["../admin", "a/b", "a?b=c", "a#b", "a%2Fb", "ä", "a b", "a\\b"] {
        let _ = system.get(&cx(), &t(), &id.into()).await;
    }
    for id in ["..", ".", ""] {
        let error = system.get(&cx(), &t(), &id.into()).await.expect_err(id);
        assert!(matches!(error, SystemError::Refused { .. }), "{id}: {error:?}");
    }
    let paths: Vec<String> = stub.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(
        paths,
        [
            "/api/rooms/..%2Fadmin",
            "/api/rooms/a%2Fb",
            "/api/rooms/a%3Fb%3Dc",
            "/api/rooms/a%23b",
            "/api/rooms/a%252Fb",
            "/api/rooms/%C3%A4",
            "/api/rooms/a%20b",
            "/api/rooms/a%5Cb",
        ]
    );
}

/// Run by the test below in a process of its own, whose environment names a proxy.
#[tokio::test]
async fn in_an_environment_with_a_proxy() {
    if std::env::var_os("http_proxy").is_none() {
        return;
    }
    let stub = Stub::start(|_| Answer::json(200, &json!({ "data": [{ "id": "direct" }] }))).await;
    let (ids, _) = list(&stub.system(ROOMS)).await.expect("reached without the proxy");
    assert_eq!(ids, ["direct"]);
}

#[tokio::test]
async fn s34_a_proxy_of_the_environment_is_not_used() {
    let (address, reached) = canary().await;
    let proxy = format!("http://{address}");
    let mut command = tokio::process::Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "egress::in_an_environment_with_a_proxy"]);
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env(name, &proxy);
    }
    let output = command.env_remove("no_proxy").env_remove("NO_PROXY").output().await.expect("run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}
