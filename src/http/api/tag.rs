//! Answers that need not be sent twice: an `ETag` over the body, and 304 to whoever has it already (RFC 9110, 13.1.2). Only what stands in
//! memory anyway has one; a CSV that is sent as it is read has none.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{CACHE_CONTROL, ETAG, EntityTag, Header as _, HeaderValue, IfNoneMatch, VARY},
    },
    middleware::Next,
};
use sha2::{Digest, Sha256};

/// Bytes of the digest that tell answers apart.
const BYTES: usize = 16;

/// Tags what is read.
pub(super) async fn tagged(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    if response.request().method() != Method::GET || response.status() != StatusCode::OK {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        Err(stream) => return Ok(ServiceResponse::new(request, response.set_body(stream))),
    };
    let tag = EntityTag::new_strong(hex::encode(&Sha256::digest(&body)[..BYTES]));
    let known = has(&request, &tag);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&tag.to_string()) {
        headers.insert(ETAG, value);
    }
    // A browser may keep it, and asks every time.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(
        VARY,
        HeaderValue::from_static("accept, authorization, cookie"),
    );
    if known {
        let headers = response.headers().clone();
        let mut unchanged = HttpResponse::NotModified().finish();
        for name in [ETAG, CACHE_CONTROL, VARY] {
            if let Some(value) = headers.get(&name) {
                unchanged.headers_mut().insert(name, value.clone());
            }
        }
        return Ok(ServiceResponse::new(request, unchanged));
    }
    Ok(ServiceResponse::new(
        request,
        response.set_body(body).map_into_boxed_body(),
    ))
}

/// Whether the caller says that they have it.
fn has(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|one| one.weak_eq(tag)),
        Ok(IfNoneMatch::Any) => request.headers().contains_key("if-none-match"),
        Err(_) => false,
    }
}
