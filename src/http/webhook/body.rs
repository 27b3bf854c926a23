//! The raw body: every byte of it as it came, or a reason why not.

use super::answer::Answer;
use crate::http::{
    limits::{REQUEST_BODY, SWALLOW},
    seats::Seat,
};
use actix_web::{
    HttpRequest,
    http::header::{CONTENT_LENGTH, HeaderMap},
    web,
};
use futures_util::StreamExt;
use tokio::time::timeout;

/// How many bytes of a body that is too large are thrown away before the answer.
const SWALLOWED: usize = 8 * 1024 * 1024;

/// How much memory a body gets before it is there, whatever it says it is.
const AT_FIRST: usize = 64 * 1024;

/// Too many bytes.
struct TooLarge;

/// Reads the body within [`REQUEST_BODY`]. One of more than `limit` bytes is refused, declared as such or not.
pub(super) async fn read(
    mut payload: web::Payload,
    request: &HttpRequest,
    limit: usize,
) -> Result<Vec<u8>, Answer> {
    let seat = request.conn_data::<Seat>();
    if let Some(seat) = seat {
        seat.wait();
    }
    let body = read_in_time(&mut payload, request.headers(), limit).await;
    if let Some(seat) = seat {
        seat.work();
        if body.is_err() {
            seat.end();
        }
    }
    body
}

async fn read_in_time(
    payload: &mut web::Payload,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Vec<u8>, Answer> {
    let declared = declared(headers);
    let reading = gather(payload, declared, limit);
    match timeout(REQUEST_BODY, reading).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(TooLarge)) => {
            // A sender that is still writing when the connection closes may never see the answer.
            let _ = timeout(SWALLOW, swallow(payload)).await;
            Err(Answer::TooLarge)
        }
        Err(_) => Err(Answer::TooSlow),
    }
}

/// How long the body says it is; 0 where it does not.
fn declared(headers: &HeaderMap) -> usize {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    usize::try_from(length.unwrap_or(0)).unwrap_or(usize::MAX)
}

/// A body that breaks off is what has arrived: its sender is gone, or will be told that it is no JSON.
async fn gather(
    payload: &mut web::Payload,
    declared: usize,
    limit: usize,
) -> Result<Vec<u8>, TooLarge> {
    if declared > limit {
        return Err(TooLarge);
    }
    let mut body = Vec::with_capacity(declared.min(AT_FIRST));
    while let Some(Ok(chunk)) = payload.next().await {
        if body.len() + chunk.len() > limit {
            return Err(TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn swallow(payload: &mut web::Payload) {
    let mut swallowed = 0;
    while swallowed < SWALLOWED
        && let Some(Ok(chunk)) = payload.next().await
    {
        swallowed += chunk.len();
    }
}
