//! Errors of the operators' listener: `application/problem+json` (RFC 9457), without personal data.

use crate::store::reports;
use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// What went wrong, in a sentence: kept beside an answer for whoever tells it in another form.
#[derive(Clone, Debug)]
pub(super) struct Reason(pub(super) String);

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: the status says it all.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What to do about it.
    detail: String,
    /// The parameter, or the member of the body, at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// Beside the body.
    #[serde(skip)]
    #[schema(ignore)]
    header: Option<Box<(&'static str, String)>>,
}

impl Problem {
    /// With this status.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            parameter: None,
            header: None,
        }
    }

    /// 400 for a parameter that cannot be used.
    pub(super) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self {
            parameter: Some(name.to_owned()),
            ..Self::new(StatusCode::BAD_REQUEST, detail)
        }
    }

    /// 422 for a member of the body that cannot be used.
    pub(super) fn member(name: &str, detail: impl Into<String>) -> Self {
        Self {
            parameter: Some(name.to_owned()),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
    }

    /// 503: what was asked for is not done, and worth asking for again.
    pub(super) fn unavailable() -> Self {
        let detail = "the database does not answer";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).with("retry-after", "5")
    }

    fn reason(&self) -> Reason {
        Reason(match &self.parameter {
            Some(name) => format!("{name}: {}", self.detail),
            None => self.detail.clone(),
        })
    }

    /// The same with one more header.
    pub(super) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        Self {
            header: Some(Box::new((name, value.into()))),
            ..self
        }
    }
}

/// The one place where a failed read is logged; what the database said about it may quote rows, and is left out.
impl From<reports::Error> for Problem {
    fn from(error: reports::Error) -> Self {
        match error {
            reports::Error::Position => Self::parameter("cursor", "not a cursor of this list"),
            reports::Error::Unavailable(_) => {
                tracing::warn!(error.kind = error.kind(), "a read failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
                    .with("retry-after", "5")
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some((name, value)) = self.header.as_deref() {
            response.insert_header((*name, value.as_str()));
        }
        let body = serde_json::to_string(self).unwrap_or_default();
        let mut answer = response.content_type("application/problem+json").body(body);
        answer.extensions_mut().insert(self.reason());
        answer
    }
}
