//! The raw body: every byte of it as it came, or a reason why not.

use super::answer::Answer;
use crate::http::limits::REQUEST_BODY;
use actix_web::{
    http::header::{CONTENT_LENGTH, HeaderMap},
    web,
};
use futures_util::StreamExt;

/// How many bytes of a body that is too large are thrown away before the answer. A sender that is still writing when
/// the connection closes may never see it.
const SWALLOWED: usize = 8 * 1024 * 1024;

/// Reads the body within [`REQUEST_BODY`]. One of more than `limit` bytes is refused, declared as such or not.
pub(super) async fn read(
    payload: web::Payload,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Vec<u8>, Answer> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
        .and_then(|length| usize::try_from(length).ok());
    let reading = gather(payload, declared, limit);
    match tokio::time::timeout(REQUEST_BODY, reading).await {
        Ok(body) => body.ok_or(Answer::TooLarge),
        Err(_) => Err(Answer::TooSlow),
    }
}

/// None where it is too large. A body that breaks off is what has arrived: its sender is gone or will find it to be no
/// JSON.
async fn gather(
    mut payload: web::Payload,
    declared: Option<usize>,
    limit: usize,
) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(declared.unwrap_or(0).min(limit));
    let mut fits = declared.is_none_or(|length| length <= limit);
    let mut swallowed = 0;
    while let Some(Ok(chunk)) = payload.next().await {
        fits = fits && body.len() + chunk.len() <= limit;
        if fits {
            body.extend_from_slice(&chunk);
            continue;
        }
        body = Vec::new();
        swallowed += chunk.len();
        if swallowed > SWALLOWED {
            break;
        }
    }
    fits.then_some(body)
}
