//! `HEAD` is answered like `GET`, without the body (RFC 9110, 9.3.2); the server leaves that out by itself. Not so where there is no end to
//! the body.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};

/// What sends newer text for as long as somebody looks.
const ENDLESS: &str = "/live/";

/// Whether `HEAD` is answered at this path, where `GET` is.
pub(super) fn is_answered(path: &str) -> bool {
    !path.starts_with(ENDLESS)
}

/// Lets the others see a `GET`.
pub(super) async fn as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method() == Method::HEAD && is_answered(request.path()) {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}
