//! The servers of the contract suite.

pub mod datasette;
pub mod json_server;
pub mod kinto;
pub mod sim;

use std::net::SocketAddr;

use connect::rest::RestSystem;
use merge::Object;
use secrecy::SecretString;
use serde_json::Value;

/// Opens a configuration from `tests/systems`, unchanged except for the address.
pub fn open(text: &str, written: &str, address: SocketAddr, secret: &str) -> RestSystem {
    let text = text.replacen(written, &address.to_string(), 1);
    let secret = secret.to_owned();
    let secrets = move |_: &str| Some(SecretString::from(secret.clone()));
    RestSystem::open_text(&text, &secrets).unwrap_or_else(|error| panic!("{error}"))
}

/// From the tests' JSON to ours and back.
pub fn ours(value: &Value) -> Object {
    merge::json::parse_object(value.to_string().as_bytes()).expect("serde_json writes JSON")
}

pub fn theirs(object: &Object) -> Value {
    serde_json::from_str(&object.to_json()).expect("merge writes JSON")
}

/// A person with a key of its own.
pub fn person(n: usize) -> Object {
    ours(&serde_json::json!({
        "email": format!("person{n}@example.edu"),
        "given_name": format!("Given {n}"),
        "family_name": format!("Family {n}"),
        "credits": 100 + n,
    }))
}

pub const PERSON: connect::contract::Shape =
    connect::contract::Shape { key: &["email"], text: "given_name", other: "family_name", clear: "credits" };
