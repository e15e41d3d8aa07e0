//! The real router over a real database, with sessions, a clock that is moved by hand, and people of every role.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use app::api::{Actor, Api as _, Role};
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use connect::{Clock, SystemClock};
use server::config::{Config, Options};
use server::http::{House, Public};
use server::installation::Installation;
use server::session::Sessions;
use sha2::{Digest as _, Sha256};
use store::ids::PersonId;
use store::person::NewPerson;
use store::person_role;
use store::session::Session;
use tower::ServiceExt as _;

const SETTINGS: &str = include_str!("../../src/desk/tests/local.toml");

/// The password of everybody.
pub const PASSWORD: &str = "tuba lamp forest yard";

static HASH: LazyLock<String> = LazyLock::new(|| {
    let params = Params::new(64 * 1024, 3, 1, None).expect("parameters");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_with_salt(PASSWORD.as_bytes(), b"0123456789abcdef").expect("a hash").to_string()
});

/// Time that goes on only when told to.
pub struct Moved {
    micros: AtomicI64,
    next: AtomicU64,
}

#[async_trait]
impl Clock for Moved {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::Relaxed)).expect("in range")
    }

    async fn sleep(&self, _: Duration) {}

    fn random(&self) -> u64 {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        u64::from_le_bytes(Sha256::digest(next.to_le_bytes())[..8].try_into().expect("8 bytes"))
    }
}

/// A server with the schools `one` and `two`.
pub struct World {
    pub installation: Installation,
    pub clock: Arc<Moved>,
    pub sessions: Sessions,
    pub public: Public,
    _folder: tempfile::TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().expect("text"))
    }

    /// The session's cookie that the answer sets, as a browser sends it back.
    pub fn cookie(&self) -> Option<String> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let pairs = cookies.filter_map(|value| value.to_str().ok()?.split(';').next().map(str::to_owned));
        pairs.into_iter().find(|pair| pair.contains("sid=") && !pair.ends_with("sid="))
    }

    pub fn text(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    }

    /// Whether it sends a visitor to sign in.
    pub fn wants_sign_in(&self) -> bool {
        self.status == StatusCode::SEE_OTHER && self.location().starts_with("/sign-in")
    }
}

impl World {
    pub async fn open() -> Self {
        Self::known_as(Public::default()).await
    }

    /// The same behind an address of its own.
    pub async fn known_as(public: Public) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { data: Some(folder.path().to_owned()), ..Options::default() };
        let installation = Installation::open(Config::read(&options).expect("a configuration")).await;
        let installation = installation.expect("an installation");
        let everybody = Actor::command_line("test");
        for slug in ["one", "two"] {
            let document = SETTINGS.replace("slug = \"one\"", &format!("slug = \"{slug}\""));
            installation.desk.import_settings(&everybody, &document, "test").await.expect("settings");
        }
        let micros = AtomicI64::new(SystemClock.now().timestamp_micros());
        let clock = Arc::new(Moved { micros, next: AtomicU64::new(1) });
        let as_clock: Arc<dyn Clock> = clock.clone();
        let sessions = Sessions::new(&installation.pipeline.store, &as_clock, public.clone());
        Self { installation, clock, sessions, public, _folder: folder }
    }

    pub fn pass(&self, time: TimeDelta) {
        self.clock.micros.fetch_add(time.num_microseconds().expect("in range"), Ordering::Relaxed);
    }

    pub fn router(&self) -> Router {
        let house = House {
            api: self.installation.desk.clone(),
            doors: Arc::new(self.sessions.clone()),
            clock: self.clock.clone(),
        };
        server::http::router(house, Router::new().route("/healthz", get(|| async { "up\n" })))
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 24).await.expect("a body");
        // The framework marks places in the text of a page with empty comments.
        let body = String::from_utf8_lossy(&body).replace("<!>", "");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::builder().uri(path).header(header::COOKIE, cookie).body(Body::empty());
        self.ask(request.expect("a request")).await
    }

    /// A form sent by a page of ours, without script.
    pub async fn post(&self, function: &str, cookie: &str, form: &str) -> Answer {
        self.ask(self.form(function, cookie).body(Body::from(form.to_owned())).expect("a request")).await
    }

    pub fn form(&self, function: &str, cookie: &str) -> axum::http::request::Builder {
        Request::builder()
            .method("POST")
            .uri(format!("/act/{function}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(header::COOKIE, cookie)
    }

    /// Somebody with this role, in a school or everywhere.
    pub async fn person(&self, email: &str, role: Role, school: Option<&str>) -> PersonId {
        let clock = &self.clock;
        let id = PersonId::new(clock.now(), clock.random());
        let mut tx = self.installation.pipeline.store.begin().await.expect("begun");
        let new = NewPerson { id, email, name: email, password_hash: Some(&HASH) };
        assert!(store::person::add(&mut tx, &new, clock.now()).await.expect("added"));
        let school = match school {
            None => None,
            Some(slug) => {
                Some(store::school::find_by_slug(&mut tx, slug).await.expect("asked").expect("a school").id)
            }
        };
        let role = role.as_str().parse::<person_role::Role>().expect("a role");
        person_role::set(&mut tx, id, school, role).await.expect("given");
        tx.commit().await.expect("committed");
        id
    }

    /// A session of this person, as signing in makes it. Answers the cookie.
    pub async fn session(&self, person: PersonId) -> String {
        let bytes: [u8; 16] = [self.clock.random().to_le_bytes(), self.clock.random().to_le_bytes()]
            .concat()
            .try_into()
            .expect("16 bytes");
        let id = tower_sessions::session::Id(i128::from_le_bytes(bytes)).to_string();
        let now = self.clock.now();
        let row = Session {
            id: Sha256::digest(&id).iter().map(|byte| format!("{byte:02x}")).collect(),
            person: Some(person),
            created_at: now,
            seen_at: now,
            expires_at: now + TimeDelta::hours(8),
            data: serde_json::json!({ "person": person.to_string() }).to_string(),
        };
        let mut tx = self.installation.pipeline.store.begin().await.expect("begun");
        store::session::create(&mut tx, &row).await.expect("made");
        tx.commit().await.expect("committed");
        format!("{}={id}", self.public.cookie())
    }

    /// Somebody with this role in a school, signed in.
    pub async fn signed_in(&self, role: Role, school: &str) -> String {
        let email = format!("{}-{}@{school}.test", role.as_str(), self.clock.random());
        let person = self.person(&email, role, Some(school)).await;
        self.session(person).await
    }

    /// Signs in through the page.
    pub async fn sign_in(&self, email: &str, password: &str, cookie: &str) -> Answer {
        let email = email.replace('@', "%40");
        let form =
            format!("email={email}&password={}&return_to=%2Fone%2Faccount", password.replace(' ', "+"));
        self.post("sign_in", cookie, &form).await
    }

    /// Rows of the audit log: whatever is done leaves one.
    pub async fn audit_rows(&self) -> i64 {
        let mut reader = self.installation.pipeline.store.read().await.expect("a reader");
        store::audit::head(&mut reader).await.expect("asked").count
    }
}

/// Every server function, by its name, in the order of the alphabet.
pub fn functions() -> Vec<String> {
    let mut names: Vec<String> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, method)| {
            assert_eq!(method, "POST", "S3: {path} changes something");
            path.strip_prefix("/act/").expect("a function lives under /act/").to_owned()
        })
        .collect();
    names.sort();
    assert!(names.len() >= 10, "the registry is empty: {names:?}");
    names
}
