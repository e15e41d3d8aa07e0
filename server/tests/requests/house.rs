//! A router over a real installation, for requests of one person.

use std::sync::{Arc, Mutex};

use app::api::{Actor, Api as _, Role};
use app::door::{Door, Flash, Typed};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use server::config::{Config, Options};
use server::http::{Doors, House, Unreadable};
use server::installation::Installation;
use tower::ServiceExt as _;

const SETTINGS: &str = include_str!("../../src/desk/tests/local.toml");

/// The router, and what is behind it.
pub struct TestHouse {
    pub installation: Installation,
    doors: OneDoor,
    _folder: tempfile::TempDir,
}

impl TestHouse {
    /// A school `one`, and an admin of it.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { data: Some(folder.path().to_owned()), ..Options::default() };
        let config = Config::read(&options).expect("a configuration");
        let installation = Installation::open(config).await.expect("an installation");
        let admin = Actor::command_line("test");
        installation.desk.import_settings(&admin, SETTINGS, "test").await.expect("settings");
        let doors = OneDoor { actor: Some(admin), flash: Arc::default(), typed: Arc::default() };
        Self { installation, doors, _folder: folder }
    }

    /// The school of these settings, with the secret `sim` of a simulated SIS, and an admin of it.
    pub async fn of(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("tiebreak.toml");
        std::fs::write(&file, "[secrets]\nsim = \"sim-token\"\n").expect("written");
        let options =
            Options { data: Some(folder.path().to_owned()), config: Some(file), ..Options::default() };
        let config = Config::read(&options).expect("a configuration");
        let installation = Installation::open(config).await.expect("an installation");
        let admin = Actor::command_line("test");
        installation.desk.import_settings(&admin, settings, "test").await.expect("settings");
        let doors = OneDoor { actor: Some(admin), flash: Arc::default(), typed: Arc::default() };
        Self { installation, doors, _folder: folder }
    }

    /// The same for somebody with this role in every school.
    pub fn signed_in_as(&mut self, role: Role) {
        let roles = vec![("*".to_owned(), role)];
        self.doors.actor = Some(Actor { id: "p".to_owned(), name: "Pat".to_owned(), roles });
    }

    /// The same for somebody who is not signed in.
    pub fn signed_out(mut self) -> Self {
        self.doors.actor = None;
        self
    }

    /// The answer to a request.
    pub async fn ask(&self, request: Request<Body>) -> Response {
        let house = House {
            api: self.installation.desk.clone(),
            doors: Arc::new(self.doors.clone()),
            clock: self.installation.pipeline.clock.clone(),
        };
        let health = Router::new().route("/healthz", get(|| async { "up\n" }));
        server::http::router(house, health).oneshot(request).await.expect("an answer")
    }

    /// The same for somebody else.
    pub fn for_person(mut self, actor: Actor) -> Self {
        self.doors.actor = Some(actor);
        self
    }

    /// The answer to a form without script.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("sec-fetch-site", "same-origin")
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form(fields)));
        self.ask(request.expect("a request")).await
    }

    /// The answer to a plain GET.
    pub async fn get(&self, path: &str) -> Response {
        self.ask(Request::builder().uri(path).body(Body::empty()).expect("a request")).await
    }
}

/// Names and values as a form posts them.
fn form(fields: &[(&str, &str)]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    let escaped = |text: &str| -> String {
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// The body of an answer.
pub async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 22).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The door of one person, or of nobody.
#[derive(Clone)]
struct OneDoor {
    actor: Option<Actor>,
    flash: Arc<Mutex<Option<Flash>>>,
    typed: Arc<Mutex<Option<Typed>>>,
}

#[async_trait]
impl Doors for OneDoor {
    async fn open(&self, _: &Parts) -> Result<(Option<Actor>, Arc<dyn Door>), Unreadable> {
        Ok((self.actor.clone(), Arc::new(self.clone())))
    }
}

#[async_trait]
impl Door for OneDoor {
    async fn flash(&self) -> Option<Flash> {
        self.flash.lock().expect("not poisoned").take()
    }

    async fn say(&self, flash: Flash) {
        *self.flash.lock().expect("not poisoned") = Some(flash);
    }

    async fn keep(&self, typed: Typed) {
        *self.typed.lock().expect("not poisoned") = Some(typed);
    }

    async fn kept(&self, form: &str) -> Option<Typed> {
        self.typed.lock().expect("not poisoned").take_if(|typed| typed.form == form)
    }
}
