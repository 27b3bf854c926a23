//! Pages as answers. Why there is none is a [`Problem`] like the API's, which [`failure`](super::failure) tells a browser as
//! a page. The policy that lets nothing in from elsewhere is the listener's.

use crate::http::problem::Problem;
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

/// Why there is no page.
pub(super) type Failure = Problem;

/// A page.
pub(super) fn html(page: &impl Template) -> Result<HttpResponse, Failure> {
    told(StatusCode::OK, page)
}

/// A page with this status.
pub(super) fn told(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(page.render()?))
}

/// 404.
pub(super) fn missing(reason: &str) -> Failure {
    Problem::new(StatusCode::NOT_FOUND, reason)
}

impl From<askama::Error> for Problem {
    fn from(_: askama::Error) -> Self {
        tracing::error!("a page could not be written");
        let reason = "the page could not be written";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, reason)
    }
}
