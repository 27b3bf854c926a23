//! Whether a change that came with a session's cookie was meant by who holds it: the page that asks knows the session's token, which no
//! other page can read.

use super::Caller;
use crate::store::access::Digest;
use actix_http::h1;
use actix_web::{HttpMessage, dev::ServiceRequest, web};

/// What scripts send it in.
const HEADER: &str = "x-csrf-token";
/// The hidden field of forms.
const FIELD: &str = "csrf";

/// Whether the request brings the token, in its header or as a field of its form. Callers without a cookie need none: no browser adds
/// their credentials by itself.
pub(super) async fn is_proven(request: &mut ServiceRequest, caller: &Caller) -> bool {
    let Some(token) = &caller.csrf else {
        return true;
    };
    let header = request.headers().get(HEADER);
    if let Some(given) = header.and_then(|value| value.to_str().ok()) {
        return Digest::of(given) == Digest::of(token);
    }
    if request.content_type() != "application/x-www-form-urlencoded" {
        return false;
    }
    let Ok(body) = request.extract::<web::Bytes>().await else {
        return false;
    };
    let form = std::str::from_utf8(&body).ok();
    let fields = form.and_then(|form| web::Query::<Vec<(String, String)>>::from_query(form).ok());
    let given = fields.and_then(|fields| {
        let mut fields = fields.into_inner().into_iter();
        fields.find_map(|(name, value)| (name == FIELD).then_some(value))
    });
    // The handler reads the body again.
    let (_, mut payload) = h1::Payload::create(true);
    payload.unread_data(body);
    request.set_payload(payload.into());
    given.is_some_and(|given| Digest::of(&given) == Digest::of(token))
}
