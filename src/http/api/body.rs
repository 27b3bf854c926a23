//! The body of a request that changes something: a small JSON object, or one line that says what is wrong with it. What
//! was sent is not repeated: it may hold names.

use crate::http::problem::Problem;
use actix_web::{HttpMessage, HttpRequest, http::StatusCode, web::Payload};
use serde::de::DeserializeOwned;

/// Bytes of a body at most: 500 characters, each escaped, and room.
const MOST: usize = 16 * 1024;

/// The body of `request`. `what` says what it must be.
pub(super) async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    what: &str,
) -> Result<T, Problem> {
    if request.content_type() != "application/json" {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "the body must be application/json"));
    }
    let bad =
        |status, detail: &str| Problem::new(status, format!("the body {detail}: give {what}"));
    let Ok(bytes) = payload.to_bytes_limited(MOST).await else {
        return Err(bad(StatusCode::PAYLOAD_TOO_LARGE, "is longer than 16 KiB"));
    };
    let bytes = bytes.map_err(|_| bad(StatusCode::BAD_REQUEST, "cannot be read"))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let place = format!(
            "is not understood at line {} column {}",
            error.line(),
            error.column()
        );
        bad(StatusCode::BAD_REQUEST, &place)
    })
}
