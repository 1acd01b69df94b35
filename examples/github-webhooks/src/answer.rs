//! What GitHub is told. It shows the answer beside each delivery, and calls everything
//! but 2xx a failure; so an answer says what somebody there would have to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::routes::Consumer;

/// Taken.
#[derive(Debug)]
pub struct Accepted(StatusCode, Value);

impl Accepted {
    /// It is on its way, which is not to say that it has arrived.
    pub fn delivered(name: &str, version: u64, to: &[Consumer], mirrors: &[Consumer]) -> Accepted {
        let names = |all: &[Consumer]| all.iter().map(|c| c.as_str()).collect::<Vec<_>>();
        Accepted(
            StatusCode::ACCEPTED,
            json!({ "event": name, "version": version, "to": names(to), "mirrors": names(mirrors) }),
        )
    }

    /// Nobody wants it, and that is all right.
    pub fn dropped(name: &str, version: u64, reason: &str) -> Accepted {
        Accepted(
            StatusCode::OK,
            json!({ "event": name, "version": version, "dropped": reason }),
        )
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

/// Not taken.
#[derive(Debug)]
pub enum Refusal {
    /// No signature, or not that of this body by our secret.
    Unsigned,
    /// A request that makes no sense.
    Bad(String),
    /// Nothing routes this event.
    Unrouted(String),
    /// The body did not come in time.
    Slow,
    /// The body has more bytes than this.
    TooLarge(u64),
    /// The body is not JSON by its own account.
    ContentType,
    /// Too much is being delivered already.
    Busy,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::Unsigned => StatusCode::UNAUTHORIZED,
            Refusal::Bad(_) => StatusCode::BAD_REQUEST,
            Refusal::Unrouted(_) => StatusCode::NOT_FOUND,
            Refusal::Slow => StatusCode::REQUEST_TIMEOUT,
            Refusal::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn message(self) -> String {
        match self {
            Refusal::Unsigned => "X-Hub-Signature-256 is missing or wrong".into(),
            Refusal::Bad(message) => message,
            Refusal::Unrouted(name) => format!("nothing routes `{name}`"),
            Refusal::Slow => "the body did not arrive in time".into(),
            Refusal::TooLarge(most) => format!("the body is larger than {most} bytes"),
            Refusal::ContentType => {
                "set the content type of the webhook to application/json".into()
            }
            Refusal::Busy => "too many deliveries are under way".into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(json!({ "error": self.message() }))).into_response();
        // What is left of such a body is not worth reading.
        if matches!(
            status,
            StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::SERVICE_UNAVAILABLE
        ) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}
