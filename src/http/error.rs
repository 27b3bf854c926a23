//! Errors of the public listener: `{"error":"..."}`, as Zoom's own examples answer.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode, header},
};
use serde_json::json;

/// An answer with nothing but its reason.
pub(super) fn error(status: StatusCode, reason: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": reason }))
}

/// 404.
pub(super) async fn not_found() -> HttpResponse {
    error(StatusCode::NOT_FOUND, "Not found")
}

/// 405 with what is allowed instead (RFC 9110, 15.5.6).
pub(super) async fn method_not_allowed(allowed: &[Method]) -> HttpResponse {
    let mut response = error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
    if let Ok(value) = header::HeaderValue::from_str(&list(allowed)) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

/// The methods as the header `Allow` gives them.
pub(super) fn list(methods: &[Method]) -> String {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    names.join(", ")
}
