//! The built files, compressed when the program was built, with the hash of their contents in the name.

use app::site::{Code, Site};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$TIEBREAK_SITE"]
#[allow_missing = true]
struct Files;

/// Names that change with their contents may be kept for ever; the few others for an hour.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Where the browser finds style and script; nothing when no site was built.
pub(super) fn site() -> Site {
    let Some(manifest) = Files::get("manifest.json") else { return Site::default() };
    let Ok(manifest) = serde_json::from_slice::<serde_json::Value>(&manifest.data) else {
        return Site::default();
    };
    let address = |role: &str| manifest[role].as_str().map(str::to_owned);
    let code = match (address("boot"), address("glue"), address("wasm")) {
        (Some(boot), Some(glue), Some(wasm)) => Some(Code { boot, glue, wasm }),
        _ => None,
    };
    Site { style: address("style"), code }
}

/// The file at this path, in the best form the browser takes.
pub(super) fn find(path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = path.strip_prefix('/').filter(|path| *path != "manifest.json")?;
    if path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Files::get(path)?;
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes =
        |name: &str| accepted.split(',').any(|one| one.split(';').next().unwrap_or_default().trim() == name);
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(name, _)| takes(name))
        .find_map(|(name, ending)| Some((name, Files::get(&format!("{path}.{ending}"))?)));
    let (encoding, file) = match packed {
        Some((name, file)) => (Some(name), file),
        None => (None, plain),
    };
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let headers = response.headers_mut();
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind.as_ref()).ok()?);
    headers.insert(header::CACHE_CONTROL, if path.starts_with("pkg/") { FOR_EVER } else { AN_HOUR });
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}
