//! Requests that no browser sends, over a socket (RL S50).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::world::World;

async fn served() -> (World, SocketAddr) {
    let world = World::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = world.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    (world, address)
}

/// The first line of the answer; empty when the connection was closed without one.
async fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    // The server may hang up before it has read everything: that is an answer, too.
    let _ = stream.write_all(request).await;
    let mut answer = vec![0; 64 * 1024];
    let read = tokio::time::timeout(std::time::Duration::from_secs(10), stream.read(&mut answer)).await;
    let read = read.expect("an answer in time").unwrap_or_default();
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn s50_what_can_be_read_in_two_ways_is_refused() {
    let (_world, address) = served().await;
    let act = "POST /act/sign_in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(600 * 1024));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(400));
    for (request, wanted) in [
        (format!("{act}{form}Content-Length: 3\r\nContent-Length: 4\r\n\r\na=b"), "400"),
        (format!("{act}{form}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400"),
        (format!("{act}{form}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), "400"),
        (format!("{act}{form}Content-Length: -1\r\n\r\n"), "400"),
        (format!("{act}{form}Content-Length: 200000000\r\n\r\n"), "413"),
        (format!("{act}{form}{form}Content-Length: 3\r\n\r\na=b"), "415"),
        (format!("{act}Sec-Fetch-Site: cross-site\r\n{form}Content-Length: 3\r\n\r\na=b"), "403"),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), ""),
        ("GARBAGE\r\n\r\n".to_owned(), "400"),
        ("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "403"),
        ("FROB / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "403"),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "400"),
        ("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n".to_owned(), "400"),
        (huge, "431"),
        (many, "431"),
    ] {
        let line = ask(address, request.as_bytes()).await;
        let shown: String = request.chars().take(120).collect();
        let fits = line.contains(wanted) && !line.contains(" 500");
        assert!(fits, "wanted {wanted} but got {line:?} for {shown:?}");
    }
    assert!(
        ask(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.contains("200"),
        "alive"
    );
}

#[tokio::test]
async fn s06_a_megabyte_of_text_is_refused_and_the_server_goes_on() {
    let (_world, address) = served().await;
    let body = "x".repeat(1 << 20);
    let head = "POST /act/sign_in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let line = ask(address, request.as_bytes()).await;
    assert!(line.contains("413") || line.is_empty(), "{line}");
    assert!(ask(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.contains("200"), "alive");
}

/// RL S21, S23: the address is that of the socket, whatever the request says.
#[tokio::test]
async fn s23_a_forged_address_does_not_buy_more_guesses() {
    let (_world, address) = served().await;
    let mut limited = 0;
    for number in 0..24 {
        let body = format!("email=p{number}%40one.test&password=wrong&return_to=%2F");
        let request = format!(
            "POST /act/sign_in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\n\
             X-Forwarded-For: 10.0.0.{number}\r\nForwarded: for=10.0.0.{number}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let cookie =
            answer.split("set-cookie: ").nth(1).and_then(|rest| rest.split(';').next()).expect("a session");
        let line =
            ask(address, format!("GET /sign-in HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n").as_bytes())
                .await;
        limited += u32::from(line.contains("429"));
    }
    assert_eq!(limited, 4, "twenty a minute");
}
