//! The server on its socket: connections, and answers that are cut, dripped, reset or never sent.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, header},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{answer::Reply, serve::Shared};

/// The end of a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
pub(super) struct Closed;

/// What a request handler can do to its connection.
#[derive(Debug, Default)]
pub(super) struct Line {
    reset: AtomicBool,
}

impl Line {
    /// The connection will end with a TCP reset instead of an orderly close.
    pub fn reset_on_close(&self) {
        self.reset.store(true, Ordering::Release);
    }
}

/// A connection that ends as its [`Line`] says.
struct Socket {
    stream: TcpStream,
    line: Arc<Line>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.line.reset.load(Ordering::Acquire) {
            // Without lingering, closing discards what is unsent and resets the connection.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Takes connections until it is dropped; then all of them end with it.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, shared.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the simulated SIS could not take a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let line = Arc::new(Line::default());
    let _ = stream.set_nodelay(true);
    let socket = TokioIo::new(Socket { stream, line: line.clone() });
    let service = service_fn(move |request: Request<Incoming>| {
        let (shared, line) = (shared.clone(), line.clone());
        async move { shared.serve(request, &line).await }
    });
    // An error here is a connection that ended early, often on purpose.
    let _ = http1::Builder::new().serve_connection(socket, service).await;
}

/// How the body of an answer is sent.
pub(super) enum Sending {
    Whole,
    /// So many bytes, then the connection breaks.
    Cut(usize),
    /// The same, with a TCP reset.
    Reset(usize),
    /// So many bytes a second.
    Drip(u64),
}

/// Writes an answer out. `Content-Length` always states the length of the whole body.
pub(super) fn response(reply: Reply, at: DateTime<Utc>, sending: &Sending) -> Response<Body> {
    let length = reply.body.len();
    let mut response = Response::new(match sending {
        Sending::Whole => Body::from(reply.body),
        Sending::Cut(bytes) | Sending::Reset(bytes) => steps(vec![
            Step::Send(reply.body.slice(..(*bytes).min(length))),
            // What was sent must reach the client before the connection breaks.
            Step::Wait(Duration::from_millis(20)),
            Step::Break,
        ]),
        Sending::Drip(pace) => steps(dripped(&reply.body, *pace)),
    });
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let fixed = [(header::DATE, date), (header::CONTENT_TYPE, reply.content_type.to_owned())];
    for (name, value) in fixed {
        headers.extend(HeaderValue::from_str(&value).ok().map(|value| (name, value)));
    }
    if reply.status == 204 {
        headers.remove(header::CONTENT_TYPE);
    } else {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    for (name, value) in reply.headers {
        let (name, value) = (name.parse::<header::HeaderName>(), HeaderValue::from_str(&value));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    response
}

enum Step {
    Send(Bytes),
    Wait(Duration),
    Break,
}

fn steps(steps: Vec<Step>) -> Body {
    Body::from_stream(futures::stream::unfold(steps.into_iter(), |mut steps| async move {
        loop {
            match steps.next()? {
                Step::Send(bytes) if bytes.is_empty() => {}
                Step::Send(bytes) => return Some((Ok(bytes), steps)),
                Step::Wait(time) => tokio::time::sleep(time).await,
                Step::Break => return Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), steps)),
            }
        }
    }))
}

/// Ten pieces a second, or one byte at a time where the pace is slower than that.
fn dripped(body: &Bytes, pace: u64) -> Vec<Step> {
    let pace = pace.max(1);
    let piece = usize::try_from(pace / 10).unwrap_or(usize::MAX).max(1);
    let pause = Duration::from_micros(1_000_000 * piece as u64 / pace);
    let pieces = body.chunks(piece).map(Bytes::copy_from_slice);
    pieces.flat_map(|bytes| [Step::Send(bytes), Step::Wait(pause)]).collect()
}
