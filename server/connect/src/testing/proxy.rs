//! A TCP proxy between a connector and its server that fails on demand.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::fault::Fault;
use super::wire::{Message, read_message, unchunked};

/// Which requests a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// All of them.
    Everything,
    /// Those that read.
    Reads,
    /// Those that write: any method but GET and HEAD.
    Writes,
}

/// The proxy. It speaks HTTP/1.1, one request a connection, and stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    script: Mutex<Script>,
    release: Notify,
    arrived: Notify,
    landed: Notify,
}

#[derive(Debug, Default)]
struct Script {
    fault: Option<(Fault, Only, u32)>,
    hold: Option<Only>,
    seen: u32,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1, in front of a server.
    pub async fn start(target: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target,
            script: Mutex::default(),
            release: Notify::new(),
            arrived: Notify::new(),
            landed: Notify::new(),
        });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move { shared.serve(client).await });
            }
        });
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next requests of a kind meet a fault, so many times.
    pub fn fail(&self, fault: Fault, only: Only, times: u32) {
        self.shared.lock().fault = Some((fault, only, times));
    }

    /// The next request of a kind is held until `release`, and then passed on and answered as usual.
    pub fn hold(&self, only: Only) {
        self.shared.lock().hold = Some(only);
    }

    /// Waits until a request is held.
    pub async fn held(&self) {
        self.shared.arrived.notified().await;
    }

    /// Lets a held request go, also one that `HeldAndReleased` kept.
    pub fn release(&self) {
        self.shared.release.notify_one();
    }

    /// Waits until a request that was kept has been done.
    pub async fn landed(&self) {
        self.shared.landed.notified().await;
    }

    /// How many requests have come.
    pub fn requests(&self) -> u32 {
        self.shared.lock().seen
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn serve(&self, mut client: TcpStream) {
        let _ = client.set_nodelay(true);
        if self.breaks_off(Fault::ResetBeforeRequest) {
            reset(client);
            return;
        }
        if self.breaks_off(Fault::Blackhole) {
            // Nothing is read either: the request stays in the buffers.
            tokio::time::sleep(Duration::from_secs(60)).await;
            return;
        }
        if speaks_tls(&client).await {
            let _ = text(client, "400 Bad Request", "", "this is no TLS server").await;
            return;
        }
        let Some(request) = read_message(&mut client, false).await else { return };
        let is_write = !matches!(request.method().as_str(), "GET" | "HEAD");
        if self.take_hold(is_write) {
            self.arrived.notify_one();
            self.release.notified().await;
        }
        let fault = self.take_fault(is_write);
        let _ = self.answer(client, &request, fault).await;
    }

    /// Faults that strike before the request is read strike every connection while they are set: the kind of request
    /// is not known yet.
    fn breaks_off(&self, fault: Fault) -> bool {
        let mut script = self.lock();
        match &mut script.fault {
            Some((set, Only::Everything, times)) if *set == fault && *times > 0 => {
                *times -= 1;
                script.seen += 1;
                true
            }
            _ => false,
        }
    }

    fn take_fault(&self, is_write: bool) -> Option<Fault> {
        let mut script = self.lock();
        script.seen += 1;
        match &mut script.fault {
            Some((fault, only, times)) if only.covers(is_write) && *times > 0 => {
                *times -= 1;
                Some(*fault)
            }
            _ => None,
        }
    }

    fn take_hold(&self, is_write: bool) -> bool {
        let mut script = self.lock();
        let holds = script.hold.is_some_and(|only| only.covers(is_write));
        if holds {
            script.hold = None;
        }
        holds
    }

    /// Passes a request on and reads the whole answer.
    async fn pass_on(&self, request: &Message) -> std::io::Result<Message> {
        let mut server = TcpStream::connect(self.target).await?;
        server.write_all(&request.head_with("connection", "close")).await?;
        server.write_all(&request.body).await?;
        let answer = read_message(&mut server, true).await;
        let is_head = request.method() == "HEAD";
        answer
            .map(|answer| if is_head { answer } else { unchunked(answer) })
            .ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }

    async fn answer(
        &self,
        client: TcpStream,
        request: &Message,
        fault: Option<Fault>,
    ) -> std::io::Result<()> {
        let Some(fault) = fault else {
            let answer = self.pass_on(request).await?;
            return whole(client, &answer).await;
        };
        if fault.passes_on() {
            let answer = self.pass_on(request).await?;
            return spoil(client, &answer, fault).await;
        }
        match fault {
            Fault::TooManyRequests => {
                text(client, "429 Too Many Requests", "retry-after: 1\r\n", "slow down").await
            }
            Fault::Unavailable => {
                text(client, "503 Service Unavailable", "retry-after: 1\r\n", "later").await
            }
            Fault::ErrorBeforeApplying => text(client, "500 Internal Server Error", "", "it broke").await,
            Fault::HtmlAsSuccess => {
                text(client, "200 OK", "content-type: text/html\r\n", "<html><h1>Welcome</h1></html>").await
            }
            Fault::EndlessBody => endless(client).await,
            Fault::HeldAndReleased => {
                // The client's end goes away unanswered; the request lands whenever it is let go.
                self.arrived.notify_one();
                reset(client);
                self.release.notified().await;
                let landed = self.pass_on(request).await.map(drop);
                self.landed.notify_one();
                landed
            }
            _ => {
                reset(client);
                Ok(())
            }
        }
    }
}

impl Only {
    fn covers(self, is_write: bool) -> bool {
        match self {
            Self::Everything => true,
            Self::Reads => !is_write,
            Self::Writes => is_write,
        }
    }
}

/// Whether the first byte is that of a TLS handshake.
async fn speaks_tls(client: &TcpStream) -> bool {
    let mut first = [0_u8; 1];
    matches!(client.peek(&mut first).await, Ok(1)) && first[0] == 0x16
}

/// Closes with a reset instead of an orderly end.
fn reset(stream: TcpStream) {
    let _ = stream.set_zero_linger();
    drop(stream);
}

async fn whole(mut client: TcpStream, answer: &Message) -> std::io::Result<()> {
    client.write_all(&answer.head).await?;
    client.write_all(&answer.body).await?;
    client.shutdown().await
}

/// Gives the answer in a way that the fault describes.
async fn spoil(mut client: TcpStream, answer: &Message, fault: Fault) -> std::io::Result<()> {
    let bytes = [answer.head.as_slice(), answer.body.as_slice()].concat();
    let half = answer.body.len() / 2;
    match fault {
        Fault::Latency => {
            tokio::time::sleep(Duration::from_millis(40)).await;
            return whole(client, answer).await;
        }
        Fault::Jitter => {
            pieces(&mut client, &bytes, bytes.len() / 5 + 1, |n| Duration::from_millis(n * 7 % 20)).await?;
        }
        Fault::Bandwidth => pieces(&mut client, &bytes, 1024, |_| Duration::from_millis(2)).await?,
        Fault::Slices => pieces(&mut client, &bytes, 5, |_| Duration::ZERO).await?,
        Fault::ByteASecond => pieces(&mut client, &bytes, 1, |_| Duration::from_secs(1)).await?,
        Fault::ResetInHeaders => {
            client.write_all(&answer.head[..answer.head.len() / 2]).await?;
            pause_and_reset(client).await;
            return Ok(());
        }
        Fault::ResetInBody => {
            client.write_all(&bytes[..answer.head.len() + half]).await?;
            pause_and_reset(client).await;
            return Ok(());
        }
        Fault::HalfBodyRightLength => client.write_all(&bytes[..answer.head.len() + half]).await?,
        Fault::HalfBodyWrongLength => {
            client.write_all(&answer.head_with("content-length", &half.to_string())).await?;
            client.write_all(&answer.body[..half]).await?;
        }
        Fault::SlowClose => {
            client.write_all(&bytes).await?;
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        Fault::IdleClose => {
            client.write_all(&answer.head_with("connection", "keep-alive")).await?;
            client.write_all(&answer.body).await?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Fault::ErrorAfterApplying => return text(client, "500 Internal Server Error", "", "it broke").await,
        _ => {
            reset(client);
            return Ok(());
        }
    }
    client.shutdown().await
}

/// A reset overtakes what was written before it; a moment lets that arrive.
async fn pause_and_reset(client: TcpStream) {
    tokio::time::sleep(Duration::from_millis(10)).await;
    reset(client);
}

async fn pieces(
    client: &mut TcpStream,
    bytes: &[u8],
    size: usize,
    pause: impl Fn(u64) -> Duration,
) -> std::io::Result<()> {
    for (number, piece) in bytes.chunks(size.max(1)).enumerate() {
        client.write_all(piece).await?;
        let pause = pause(number as u64);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(())
}

async fn text(mut client: TcpStream, status: &str, headers: &str, body: &str) -> std::io::Result<()> {
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    client.write_all(head.as_bytes()).await?;
    client.write_all(body.as_bytes()).await?;
    client.shutdown().await
}

async fn endless(mut client: TcpStream) -> std::io::Result<()> {
    client
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n[")
        .await?;
    let block = b"0,".repeat(32 * 1024);
    loop {
        client.write_all(&block).await?;
    }
}
