//! Pages as answers, failures included. The policy that lets nothing in from elsewhere is the listener's.

use super::Frame;
use crate::{http::problem::Problem, store::reports};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError, http::StatusCode};
use askama::Template;
use std::fmt;

/// A page.
pub(super) fn html(page: &impl Template) -> Result<HttpResponse, Failure> {
    Ok(dressed(StatusCode::OK).body(page.render()?))
}

fn dressed(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cross-origin-opener-policy", "same-origin"));
    answer
}

/// Why there is no page; shown as one.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    reason: String,
}

#[derive(Template)]
#[template(path = "failure.html", config = "src/http/pages/askama.toml")]
struct Page<'a> {
    frame: Frame,
    status: StatusCode,
    reason: &'a str,
}

impl Failure {
    /// 404.
    pub(super) fn missing(reason: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            reason: reason.to_owned(),
        }
    }

    /// 503: too many look at once.
    pub(super) fn crowded() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            reason: "too many live pages are open".to_owned(),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            status: problem.status_code(),
            reason: problem.to_string(),
        }
    }
}

impl From<reports::Error> for Failure {
    fn from(error: reports::Error) -> Self {
        Problem::from(error).into()
    }
}

impl From<askama::Error> for Failure {
    fn from(_: askama::Error) -> Self {
        tracing::error!("a page could not be written");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            reason: "the page could not be written".to_owned(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Failure {}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let page = Page {
            frame: Frame::bare(""),
            status: self.status,
            reason: &self.reason,
        };
        dressed(self.status).body(page.render().unwrap_or_default())
    }
}
