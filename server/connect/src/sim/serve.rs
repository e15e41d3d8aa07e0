//! One request from its first byte to its answer: the log, the clock, the faults, the API.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{body::Body, http::Request, http::Response};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::sync::Notify;

use super::{
    answer::{Call, Refusal, Reply},
    api, control,
    core::{Core, Job, Task},
    edit,
    fault::{Fault, Length, When},
    log::{self, Answer, By, Delivery, Event, FaultUse},
    schema::EXTERNAL_REF,
    wire::{Closed, Line, Sending, response},
    world::{Cause, World},
};

/// One running server, shared by its connections.
#[derive(Debug)]
pub(super) struct Shared {
    core: Mutex<Core>,
    /// Rung when the clock was moved or a job was added.
    pub wake: Notify,
}

/// The largest body the API takes, and the largest bulk load.
const API_BYTES: usize = 8 << 20;
const CONTROL_BYTES: usize = 1 << 30;

/// What becomes of a request.
enum Outcome {
    Reply(Reply, Sending, Delivery),
    /// No answer until so many seconds have passed, or ever.
    Hang(Option<f64>, Reply),
    Close {
        reset: bool,
    },
}

impl Shared {
    pub fn new(core: Core) -> Arc<Self> {
        Arc::new(Self { core: Mutex::new(core), wake: Notify::new() })
    }

    pub fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request, or ends its connection.
    pub async fn serve(&self, request: Request<Incoming>, line: &Line) -> Result<Response<Body>, Closed> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let control = path.starts_with("/__sim");
        let limit = if control { CONTROL_BYTES } else { API_BYTES };
        let Ok(body) = axum::body::to_bytes(Body::new(body), limit).await else {
            let refusal = Refusal::new(413, "too_large", "the body is too large or broke off");
            return Ok(response(refusal.into(), self.lock().clock.now(), &Sending::Whole));
        };
        let head = Request::from_parts(parts, ());
        if control {
            let reply = control::answer(&mut self.lock(), &head, &body);
            self.wake.notify_one();
            return Ok(response(reply, self.lock().clock.now(), &Sending::Whole));
        }
        let (n, outcome, at) = self.decide(&head, &body);
        self.wake.notify_one();
        self.finish(n, outcome, at, line).await
    }

    /// Everything that happens under the lock.
    fn decide(&self, head: &Request<()>, body: &Bytes) -> (u64, Outcome, DateTime<Utc>) {
        let mut core = self.lock();
        let core = &mut *core;
        core.tick();
        let path = head.uri().path();
        let query = head.uri().query().unwrap_or_default();
        let method = head.method().as_str();
        let n = receive(core, head, body);
        let call = call(core, n, head, body);
        let below = path.strip_prefix("/sis/v1").unwrap_or(path);
        let fault = core.faults.pick(method, below, query, body);
        if let Some((rule, fault)) = &fault {
            let fault = serde_json::to_value(fault).unwrap_or_default();
            core.note(Event::Fault(FaultUse { request: n, rule: *rule, fault }));
        }
        let Some(call) = call else {
            let refusal = Refusal::new(404, "no_such_route", "the API is under /sis/v1");
            return (n, Outcome::Reply(refusal.into(), Sending::Whole, Delivery::Whole), core.clock.now());
        };
        if let Some((_, Fault::ClockSkew { seconds })) = fault {
            return skewed(core, &call, seconds);
        }
        let outcome = match fault {
            Some((_, fault)) => strike(core, &call, fault),
            None => whole(api::answer(core, &call, By::Api, None)),
        };
        (n, outcome, core.clock.now())
    }

    async fn finish(
        &self,
        n: u64,
        outcome: Outcome,
        at: DateTime<Utc>,
        line: &Line,
    ) -> Result<Response<Body>, Closed> {
        let none = Answer { request: n, status: None, delivery: Delivery::None, replayed: false, read: None };
        match outcome {
            Outcome::Reply(reply, sending, delivery) => {
                if matches!(&sending, Sending::Reset(_)) {
                    line.reset_on_close();
                }
                let read = reply.read.clone().filter(|_| delivery == Delivery::Whole);
                let (status, replayed) = (Some(reply.status), reply.replayed);
                let answer = Answer { status, delivery, replayed, read, ..none };
                self.lock().note(Event::Answer(answer));
                Ok(response(reply, at, &sending))
            }
            Outcome::Hang(None, _) => {
                self.lock().note(Event::Answer(none));
                std::future::pending().await
            }
            Outcome::Hang(Some(seconds), reply) => {
                let seconds = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
                tokio::time::sleep(seconds).await;
                let (status, read, replayed) = (Some(reply.status), reply.read.clone(), reply.replayed);
                let answer = Answer { status, delivery: Delivery::Whole, replayed, read, ..none };
                self.lock().note(Event::Answer(answer));
                Ok(response(reply, at, &Sending::Whole))
            }
            Outcome::Close { reset } => {
                if reset {
                    line.reset_on_close();
                }
                self.lock().note(Event::Answer(none));
                Err(Closed)
            }
        }
    }
}

fn whole(reply: Reply) -> Outcome {
    Outcome::Reply(reply, Sending::Whole, Delivery::Whole)
}

fn header<'a>(head: &'a Request<()>, name: &str) -> Option<&'a str> {
    head.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Logs a request before anything is done about it.
fn receive(core: &mut Core, head: &Request<()>, body: &Bytes) -> u64 {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let correlation = body.as_ref().and_then(|body| body.get("data")?.get(EXTERNAL_REF)?.as_str());
    let request = log::Request {
        method: head.method().to_string(),
        path: head.uri().path().to_owned(),
        query: head.uri().query().map(str::to_owned),
        authorized: authorized(core, head),
        key: header(head, "idempotency-key").map(str::to_owned),
        correlation: correlation.map(str::to_owned),
        fence: header(head, "x-run-fence").and_then(|fence| fence.parse().ok()),
        run: header(head, "x-run").map(str::to_owned),
        if_match: header(head, "if-match").map(str::to_owned),
        body,
    };
    core.note(Event::Request(request))
}

fn authorized(core: &Core, head: &Request<()>) -> bool {
    header(head, "authorization").and_then(|value| value.strip_prefix("Bearer ")) == Some(&core.options.token)
}

/// A request under `/sis/v1` in the API's own terms.
fn call(core: &Core, n: u64, head: &Request<()>, body: &Bytes) -> Option<Call> {
    let path = head.uri().path().strip_prefix("/sis/v1/")?;
    let decode = |text: &str| {
        let pair = format!("x={}", text.replace('+', "%2B"));
        url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let media = header(head, "content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
    Some(Call {
        n,
        method: head.method().to_string(),
        path: path.trim_end_matches('/').split('/').map(decode).collect(),
        params: url::form_urlencoded::parse(head.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        authorized: authorized(core, head),
        key: header(head, "idempotency-key").map(str::to_owned),
        fence: header(head, "x-run-fence").and_then(|fence| fence.parse().ok()),
        if_match: header(head, "if-match").map(str::to_owned),
        json: media == "application/json" || media.ends_with("+json"),
        body: body.clone(),
    })
}

/// The clock is wrong for the time of one request.
fn skewed(core: &mut Core, call: &Call, seconds: i64) -> (u64, Outcome, DateTime<Utc>) {
    let skew = TimeDelta::try_seconds(seconds).unwrap_or_default();
    core.clock.skew(skew);
    let reply = api::answer(core, call, By::Api, None);
    let at = core.clock.now();
    core.clock.skew(-skew);
    (call.n, whole(reply), at)
}

/// Handles a request that a fault was picked for.
fn strike(core: &mut Core, call: &Call, fault: Fault) -> Outcome {
    if let Some(tweak) = fault.tweak() {
        return whole(api::answer(core, call, By::Api, Some(&tweak)));
    }
    match fault {
        Fault::Status { code, headers, body, when } => {
            let mut reply = instead(core, call, when, status_reply(code, body));
            reply.headers.extend(headers);
            whole(reply)
        }
        Fault::Html { status, when } => {
            let page = "<!doctype html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>";
            let reply =
                Reply { content_type: "text/html; charset=utf-8", ..Reply::bytes(status, page.into()) };
            whole(instead(core, call, when, reply))
        }
        Fault::Hang { seconds, when: When::After } => {
            Outcome::Hang(seconds, api::answer(core, call, By::Api, None))
        }
        Fault::Hang { seconds, .. } => {
            Outcome::Hang(seconds, Refusal::new(503, "unavailable", "nothing was done").into())
        }
        Fault::Reset { when: When::Before, .. } => Outcome::Close { reset: true },
        Fault::Reset { bytes, .. } => {
            Outcome::Reply(api::answer(core, call, By::Api, None), Sending::Reset(bytes), Delivery::Part)
        }
        Fault::Truncate { bytes, length } => truncated(api::answer(core, call, By::Api, None), bytes, length),
        Fault::LostReply => {
            api::answer(core, call, By::Api, None);
            Outcome::Close { reset: false }
        }
        Fault::LateApply { seconds } => {
            let due = core.clock.now() + seconds_delta(seconds);
            core.jobs.push(Job { due, task: Task::Late(call.clone()) });
            Outcome::Close { reset: false }
        }
        Fault::Drip { bytes_per_second } => {
            let reply = api::answer(core, call, By::Api, None);
            Outcome::Reply(reply, Sending::Drip(bytes_per_second), Delivery::Part)
        }
        Fault::StaleRead { seconds, snapshot } => whole(stale(core, call, seconds, snapshot.as_deref())),
        Fault::Restore { seconds, snapshot } => {
            if let Ok(older) = older(core, seconds, snapshot.as_deref()) {
                restore(core, older);
            }
            whole(api::answer(core, call, By::Api, None))
        }
        Fault::Edit { edit, when } => {
            let cause = Cause::user(None);
            let before = when == When::Before;
            // An edit that does not fit is skipped: the log shows that it was tried and changed nothing.
            let early = before.then(|| edit::apply(core, &edit, &cause));
            let reply = api::answer(core, call, By::Api, None);
            let late = (!before).then(|| edit::apply(core, &edit, &cause));
            drop((early, late));
            whole(reply)
        }
        _ => whole(api::answer(core, call, By::Api, None)),
    }
}

pub(super) fn seconds_delta(seconds: f64) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "a time in microseconds; beyond that it saturates")]
    TimeDelta::microseconds((seconds * 1e6) as i64)
}

/// Applies the request or not, and answers something else all the same.
fn instead(core: &mut Core, call: &Call, when: When, reply: Reply) -> Reply {
    if when == When::After {
        api::answer(core, call, By::Api, None);
    }
    reply
}

fn status_reply(code: u16, body: Option<Value>) -> Reply {
    match body {
        Some(Value::String(text)) => Reply { content_type: "text/plain", ..Reply::bytes(code, text.into()) },
        Some(body) => Reply::json(code, &body),
        None if code == 204 => Reply::bytes(code, Bytes::new()),
        None => Refusal::new(code, "scripted", "a scripted fault").into(),
    }
}

fn truncated(mut reply: Reply, bytes: usize, length: Length) -> Outcome {
    let bytes = bytes.min(reply.body.len());
    match length {
        Length::Right => Outcome::Reply(reply, Sending::Cut(bytes), Delivery::Part),
        Length::Wrong => {
            reply.body = reply.body.slice(..bytes);
            Outcome::Reply(reply, Sending::Whole, Delivery::Part)
        }
    }
}

/// The state of some time ago, or of a snapshot.
pub(super) fn older(core: &Core, seconds: f64, snapshot: Option<&str>) -> Result<World, Refusal> {
    match snapshot {
        Some(name) => core
            .snapshots
            .get(name)
            .cloned()
            .ok_or_else(|| Refusal::new(404, "no_such_snapshot", format!("there is no snapshot {name}"))),
        None => {
            let at = core.clock.now() - seconds_delta(seconds);
            Ok(core.world.undo(core.log.since(at), at))
        }
    }
}

/// Puts an older state in place of the present one.
pub(super) fn restore(core: &mut Core, older: World) {
    let now = core.clock.now();
    core.world.restore(&mut core.log, now, older);
    core.last_pages.clear();
}

/// A read from a replica that lags; a write is not affected.
fn stale(core: &mut Core, call: &Call, seconds: f64, snapshot: Option<&str>) -> Reply {
    match older(core, seconds, snapshot) {
        Ok(older) if call.is_read() => {
            let present = std::mem::replace(&mut core.world, older);
            let reply = api::answer(core, call, By::Api, None);
            core.world = present;
            reply
        }
        _ => api::answer(core, call, By::Api, None),
    }
}
