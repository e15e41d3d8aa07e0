//! Answers that are given before a page can be made: short, without script, and without anything of the inside (RL S5).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::assets;

/// These pages show one stylesheet and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Why a request is not answered with what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It comes from another site (RL S1).
    Foreign,
    /// Its body is of another kind than a form (RL S2).
    NoForm,
    /// The form cannot be read.
    Malformed,
    /// The body is over the limit (RL S6).
    TooLarge,
    /// There is no such action (RL S49).
    Unknown,
    /// Something failed inside.
    Failed,
    /// Who asks cannot be told at the moment.
    Busy,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::NoForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Foreign => "This form came from another site",
            Self::NoForm | Self::Malformed => "This form could not be read",
            Self::TooLarge => "This is too large",
            Self::Unknown => "Page not found",
            Self::Failed => "Something failed",
            Self::Busy => "The database does not answer",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Foreign => {
                "Nothing was saved. Open the page in Tiebreak itself and send the form from there. If you did that, the \
                 server has another address than the one it was told: see --public-url."
            }
            Self::NoForm | Self::Malformed => "This form could not be read. Nothing was saved.",
            Self::TooLarge => "More was sent than this server takes at once, 256 kB. Nothing was saved.",
            Self::Unknown => "There is nothing at this address. Nothing was saved.",
            Self::Failed => {
                "The answer could not be made. Look whether what you did was saved before you try again."
            }
            Self::Busy => {
                "Nothing was saved, and you are still signed in. Load this page again in a moment; a browser that asks \
                 whether to send the form again means the one you have just sent."
            }
        }
    }

    /// The answer; `id` is the number under which the log has the request.
    pub(super) fn page(self, id: &str) -> Response {
        let style = assets::site().style.map(|href| format!("<link rel=\"stylesheet\" href=\"{href}\">"));
        let (title, text, style) = (self.title(), self.text(), style.unwrap_or_default());
        let page = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>Error: {title} · Tiebreak</title>{style}</head><body>\
             <header class=\"header\"><a class=\"header__name\" href=\"/\">Tiebreak</a></header>\
             <main id=\"main\" class=\"main main--narrow\"><h1>{title}</h1><p>{text}</p>\
             <p>The number of this request is <span class=\"mono\">{id}</span>.</p>\
             <p><a href=\"/\">Go to the overview</a></p></main></body></html>"
        );
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
        let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
        (self.status(), kind, policy, page).into_response()
    }
}
