//! The one HTTP client: limits on time and size, checked addresses, no proxies, redirects by our own rules.

use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::answer::Answer;
use super::config::units::SecretName;
use super::config::{Auth, Config, ConfigError, Limits, Redirects, WriteKind};
use super::guard::{Forbidden, Guard, Lookup};
use super::pace::{Pace, read_http_date, read_wait};
use super::template::encode;
use crate::Cx;
use crate::error::SystemError;

const MOST_REDIRECTS: usize = 3;

/// One request, ready but for credentials.
#[derive(Debug, Clone)]
pub struct Request {
    /// What it is for.
    pub kind: WriteKind,
    /// The HTTP method.
    pub method: Method,
    /// The whole URL, without credentials.
    pub url: Url,
    /// Headers of this request.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
}

/// Why there is no answer to a request.
#[derive(Debug, Clone)]
pub enum Failure {
    /// No byte was sent.
    NotSent(SystemError),
    /// Something was sent, and no usable answer came back in time.
    Late(String),
    /// Something was sent, and the connection broke.
    Broken(String),
    /// An answer came that is larger than allowed, or that cannot be unpacked.
    Unreadable(String),
    /// A redirect that is not followed.
    Redirected(String),
}

/// The client of one system.
pub struct Client {
    reads: reqwest::Client,
    writes: reqwest::Client,
    guard: Guard,
    pace: Pace,
    credentials: Credentials,
    limits: Limits,
    redirects: Redirects,
    slow_headers: Vec<HeaderName>,
    budget: Mutex<Budget>,
}

#[derive(Default)]
struct Budget {
    run: Option<String>,
    bytes: u64,
}

struct Credentials {
    headers: Vec<(HeaderName, HeaderValue)>,
    query: Vec<(String, String)>,
    secrets: Vec<SecretString>,
}

impl Client {
    /// Builds the client of a configuration.
    pub fn new(
        config: &Config,
        base: &Url,
        secrets: &dyn Fn(&str) -> Option<SecretString>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, ConfigError> {
        let networks = config.allowed_networks.iter().map(|network| network.0).collect();
        let guard = Guard::new(base, &config.allowed_hosts, networks, lookup)
            .map_err(|forbidden| ConfigError::refused("allowed_hosts", forbidden.0))?;
        let pool = config.limits.concurrency;
        Ok(Self {
            reads: build(config, base, &guard, pool)?,
            // A write never goes out on a connection that the system may just be closing: its fate would be unknown.
            writes: build(config, base, &guard, 0)?,
            guard,
            pace: Pace::new(config.limits.concurrency, config.limits.per_second),
            credentials: Credentials::new(&config.auth, secrets)?,
            limits: config.limits.clone(),
            redirects: config.redirects,
            slow_headers: config.slow_headers.iter().map(|name| name.0.clone()).collect(),
            budget: Mutex::default(),
        })
    }

    /// Sends a request and reads the whole answer, following redirects as configured.
    pub async fn send(&self, cx: &Cx, request: &Request) -> Result<Answer, Failure> {
        let is_write = request.kind.is_write();
        let _place = self.pace.enter(cx.clock.as_ref(), is_write).await.map_err(Failure::NotSent)?;
        let mut current = request.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send_once(cx, &current).await?;
            match self.redirect(&current, &answer)? {
                Some(target) => current.url = target,
                None => return Ok(answer),
            }
        }
        Err(Failure::Redirected(format!("more than {MOST_REDIRECTS} redirects in a row")))
    }

    /// Takes secrets out of a text that people will read.
    pub fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in &self.credentials.secrets {
            if secret.expose_secret().len() >= 4 {
                masked = masked.replace(secret.expose_secret(), "…");
            }
        }
        masked
    }

    /// Checks a link that the system gave us.
    pub fn check(&self, url: &Url) -> Result<(), Forbidden> {
        self.guard.check(url)
    }

    /// Begins a new budget of bytes, unless the run is the one that is being counted.
    pub fn begin(&self, cx: &Cx) {
        let mut budget = self.lock();
        if cx.run.is_none() || budget.run != cx.run {
            *budget = Budget { run: cx.run.clone(), bytes: 0 };
        }
    }

    async fn send_once(&self, cx: &Cx, request: &Request) -> Result<Answer, Failure> {
        self.guard.check(&request.url).map_err(|forbidden| not_sent(misconfigured(&forbidden)))?;
        let url = self.credentials.add_query(&request.url);
        let client = if request.kind.is_write() { &self.writes } else { &self.reads };
        let mut builder = client.request(request.method.clone(), url).headers(request.headers.clone());
        for (name, value) in &self.credentials.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let started = Instant::now();
        let response = builder.send().await.map_err(explain)?;
        let answer = self.read(cx, request, response).await?;
        tracing::debug!(
            method = %request.method, path = request.url.path(), status = answer.status,
            ms = started.elapsed().as_millis() as u64, bytes = answer.body.len(), run = cx.run.as_deref(), "answered"
        );
        Ok(answer)
    }

    async fn read(
        &self,
        cx: &Cx,
        request: &Request,
        mut response: reqwest::Response,
    ) -> Result<Answer, Failure> {
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let header_bytes: usize =
            headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if header_bytes as u64 > self.limits.header_bytes.0 {
            return Err(Failure::Unreadable(format!("its headers have {header_bytes} bytes")));
        }
        let slow_down = self.slow_down(cx, &headers);
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(explain)? {
            self.count(chunk.len() as u64)?;
            if (body.len() + chunk.len()) as u64 > self.limits.page_bytes.0 {
                return Err(Failure::Unreadable(format!(
                    "it is larger than {} bytes",
                    self.limits.page_bytes.0
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body: body.freeze(), url: request.url.clone(), slow_down })
    }

    fn count(&self, bytes: u64) -> Result<(), Failure> {
        let mut budget = self.lock();
        budget.bytes += bytes;
        if budget.bytes > self.limits.run_bytes.0 {
            return Err(Failure::Unreadable(format!(
                "the run has read more than {} bytes",
                self.limits.run_bytes.0
            )));
        }
        Ok(())
    }

    fn slow_down(&self, cx: &Cx, headers: &HeaderMap) -> Option<Duration> {
        let now = cx.clock.now();
        let theirs =
            headers.get("date").and_then(|v| v.to_str().ok()).and_then(read_http_date).unwrap_or(now);
        let waits = self.slow_headers.iter().filter_map(|name| headers.get(name)?.to_str().ok());
        let longest = waits.filter_map(|text| read_wait(text, theirs)).max()?;
        if let Ok(wait) = chrono::TimeDelta::from_std(longest) {
            self.pace.slow_down(now + wait);
        }
        Some(longest)
    }

    fn redirect(&self, request: &Request, answer: &Answer) -> Result<Option<Url>, Failure> {
        if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let location = answer.header("location").unwrap_or_default();
        let target = request.url.join(&location).ok().filter(|_| !location.is_empty());
        let shown = target.as_ref().map_or("nowhere".to_owned(), shown);
        let refuse = |why: &str| Err(Failure::Redirected(format!("the system redirects to {shown}; {why}")));
        let Some(target) = target.clone() else { return refuse("that is no URL") };
        if self.redirects == Redirects::None {
            return refuse("redirects are switched off");
        }
        if target.origin() != request.url.origin() {
            return refuse("that is another origin");
        }
        if request.kind.is_write() && !matches!(answer.status, 307 | 308) {
            return refuse("a write is not redirected that way");
        }
        Ok(Some(target))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Credentials {
    fn new(auth: &Auth, secrets: &dyn Fn(&str) -> Option<SecretString>) -> Result<Self, ConfigError> {
        let mut credentials = Self { headers: Vec::new(), query: Vec::new(), secrets: Vec::new() };
        let mut read = |key: &str, name: &SecretName| {
            let secret = secrets(&name.0).ok_or_else(|| {
                ConfigError::refused(format!("auth.{key}"), format!("there is no secret named `{}`", name.0))
            })?;
            credentials.secrets.push(secret.clone());
            Ok::<_, ConfigError>(secret)
        };
        match auth {
            Auth::None {} => {}
            Auth::Basic { username, password } => {
                let pair = format!("{username}:{}", read("password", password)?.expose_secret());
                let text =
                    format!("Basic {}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pair));
                credentials.headers.push((reqwest::header::AUTHORIZATION, sensitive("password", &text)?));
            }
            Auth::Bearer { scheme, token } => {
                let text = format!("{scheme} {}", read("token", token)?.expose_secret());
                credentials.headers.push((reqwest::header::AUTHORIZATION, sensitive("token", &text)?));
            }
            Auth::Headers { headers } => {
                for (name, secret) in headers {
                    let value = read("headers", secret)?;
                    credentials.headers.push((name.0.clone(), sensitive("headers", value.expose_secret())?));
                }
            }
            Auth::Query { params } => {
                for (name, secret) in params {
                    let value = read("params", secret)?;
                    credentials.query.push((name.clone(), encode(value.expose_secret())));
                }
            }
        }
        Ok(credentials)
    }

    fn add_query(&self, url: &Url) -> Url {
        let mut url = url.clone();
        for (name, value) in &self.query {
            if url.query_pairs().any(|(known, _)| known == *name) {
                continue;
            }
            let query = url.query().filter(|query| !query.is_empty()).map(|query| format!("{query}&"));
            url.set_query(Some(&format!("{}{name}={value}", query.unwrap_or_default())));
        }
        url
    }
}

fn sensitive(key: &str, text: &str) -> Result<HeaderValue, ConfigError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        ConfigError::refused(format!("auth.{key}"), "the secret holds characters no header can carry")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn not_sent(error: SystemError) -> Failure {
    Failure::NotSent(error)
}

fn misconfigured(forbidden: &Forbidden) -> SystemError {
    SystemError::Misconfigured { message: forbidden.0.clone() }
}

/// A URL without its query, which may hold what is nobody's business.
fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Sorts the client's errors by what they say about the request's fate.
fn explain(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut message = error.to_string();
    let mut source = std::error::Error::source(&error);
    let mut connection_broke = false;
    while let Some(inner) = source {
        connection_broke |= inner.downcast_ref::<hyper::Error>().is_some_and(|error| !error.is_parse());
        if let Some(forbidden) = inner.downcast_ref::<Forbidden>() {
            return not_sent(misconfigured(forbidden));
        }
        message = format!("{message}: {inner}");
        source = inner.source();
    }
    if error.is_connect() || error.is_builder() {
        return not_sent(match error.is_timeout() {
            true => SystemError::Timeout { message },
            false => SystemError::Unreachable { message },
        });
    }
    match (error.is_timeout(), error.is_decode() && !connection_broke) {
        (true, _) => Failure::Late(message),
        (_, true) => Failure::Unreadable(message),
        _ => Failure::Broken(message),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the guarded client that the ban points to")]
fn build(config: &Config, base: &Url, guard: &Guard, idle: usize) -> Result<reqwest::Client, ConfigError> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Somebody else may have chosen one already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .connect_timeout(config.limits.connect.0)
        .read_timeout(config.limits.idle.0)
        .timeout(config.limits.total.0)
        .pool_max_idle_per_host(idle)
        .pool_idle_timeout(Duration::from_secs(4))
        .user_agent(concat!("tiebreak/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(guard.clone()));
    if base.scheme() == "https" {
        builder = builder.https_only(true).tls_version_min(reqwest::tls::Version::TLS_1_2);
        builder = builder.tls_certs_merge(extra_certificates(config)?);
    } else {
        builder = builder.tls_certs_only([]);
    }
    builder
        .build()
        .map_err(|error| ConfigError::refused("tls", format!("the client cannot be built: {error}")))
}

fn extra_certificates(config: &Config) -> Result<Vec<reqwest::Certificate>, ConfigError> {
    let Some(path) = &config.tls.ca_file else { return Ok(Vec::new()) };
    let refused = |why: String| ConfigError::refused("tls.ca_file", format!("{}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    let certificates =
        reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| refused(error.to_string()))?;
    if certificates.is_empty() {
        return Err(refused("there is no certificate in it".to_owned()));
    }
    Ok(certificates)
}
