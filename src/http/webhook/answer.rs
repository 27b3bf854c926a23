//! The answers that Zoom can get, and what each of them makes Zoom do.
//!
//! Zoom sends again after any 5xx and never after a 4xx, not even after 429 (docs/zoom.md 2.3). So whatever is our own
//! trouble is 503, and 4xx says that the request itself is wrong.

use crate::{http::error::error, journal::Unavailable};
use actix_web::{
    HttpResponse,
    http::{
        ConnectionType, StatusCode,
        header::{self, ContentType},
    },
};
use serde_json::json;

/// Seconds after which asking again is worth it. Zoom keeps to its own 5, 25 and 85 minutes.
const RETRY_AFTER: &str = "30";

/// What nearly every request gets.
const RECEIVED: &str = r#"{"received":true}"#;

/// One row of the contract.
#[derive(Debug)]
pub(super) enum Answer {
    /// 200: it is durable.
    Received,
    /// 200: the URL is ours.
    Validated {
        /// As sent.
        plain_token: String,
        /// Hex HMAC-SHA256 of it.
        encrypted_token: String,
    },
    /// 400.
    InvalidJson,
    /// 400.
    MissingToken,
    /// 401.
    InvalidSignature,
    /// 413.
    TooLarge,
    /// 503: the body did not arrive in time. The sender's fault or the network's; a retry may fare better.
    TooSlow,
    /// 503: not durable.
    Unavailable(Unavailable),
}

impl Answer {
    /// As bytes.
    pub(super) fn into_response(self) -> HttpResponse {
        match self {
            Self::Received => HttpResponse::Ok()
                .content_type(ContentType::json())
                .body(RECEIVED),
            Self::Validated {
                plain_token,
                encrypted_token,
            } => HttpResponse::Ok().json(json!({
                "plainToken": plain_token,
                "encryptedToken": encrypted_token,
            })),
            Self::InvalidJson => error(StatusCode::BAD_REQUEST, "Invalid JSON"),
            Self::MissingToken => error(StatusCode::BAD_REQUEST, "Missing plainToken"),
            Self::InvalidSignature => error(StatusCode::UNAUTHORIZED, "Invalid signature"),
            Self::TooLarge => last(error(StatusCode::PAYLOAD_TOO_LARGE, "Body too large")),
            Self::TooSlow => last(unavailable("body did not arrive in time")),
            // Nobody should send on a connection that is about to be closed.
            Self::Unavailable(Unavailable::Draining) => {
                last(unavailable(&Unavailable::Draining.to_string()))
            }
            Self::Unavailable(reason) => unavailable(&reason.to_string()),
        }
    }
}

/// The connection's last answer: the rest of the request is not read.
fn last(mut response: HttpResponse) -> HttpResponse {
    let head = response.head_mut();
    head.set_connection_type(ConnectionType::Close);
    response
}

fn unavailable(reason: &str) -> HttpResponse {
    let mut response = error(StatusCode::SERVICE_UNAVAILABLE, reason);
    let seconds = header::HeaderValue::from_static(RETRY_AFTER);
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}
