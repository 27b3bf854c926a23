//! What is refused or missing, told to a browser as a page. Programs, and whoever asks for a path of the API, get
//! `application/problem+json`.

use super::{Frame, answer::told};
use crate::http::{
    access::{Caller, takes_a_page},
    problem::Reason,
};
use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{ALLOW, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    middleware::Next,
};
use askama::Template;

/// What an answer says beside its text, whoever reads it.
const KEPT: [HeaderName; 3] = [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE];

#[derive(Template)]
#[template(path = "failure.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    status: u16,
    heading: &'static str,
    reason: Option<String>,
    advice: &'static str,
}

/// Answers a browser with a page where it would get a problem.
pub(in crate::http) async fn tell(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let by_browser = takes_a_page(request.request()) && !request.path().starts_with("/api/");
    let answer = next.call(request).await?;
    if !by_browser || !is_failure(&answer) {
        return Ok(answer.map_into_left_body());
    }
    match page(&answer) {
        Some(page) => Ok(answer.into_response(page).map_into_right_body()),
        None => Ok(answer.map_into_left_body()),
    }
}

/// A problem, or what the library says of a request that it cannot read.
fn is_failure<B>(answer: &ServiceResponse<B>) -> bool {
    let answer = answer.response();
    answer.error().is_some() || answer.extensions().contains::<Reason>()
}

fn page<B>(answer: &ServiceResponse<B>) -> Option<HttpResponse> {
    let caller = answer.request().extensions().get::<Caller>().cloned();
    let reason = answer.response().extensions().get::<Reason>().cloned();
    let (heading, advice) = words(answer.status());
    let page = Page {
        frame: caller.map_or_else(|| Frame::bare(""), |caller| Frame::of("", caller)),
        status: answer.status().as_u16(),
        heading,
        reason: reason.map(|Reason(text)| text),
        advice,
    };
    let mut page = told(answer.status(), &page).ok()?;
    for name in KEPT {
        if let Some(value) = answer.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    Some(page)
}

/// What happened, and what to do about it.
fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => (
            "Sign in first",
            "Your session has ended, or there was none.",
        ),
        StatusCode::FORBIDDEN => (
            "Not for you",
            "Whoever administers Rollcall can give you a token with another role.",
        ),
        StatusCode::NOT_FOUND => (
            "There is nothing here",
            "A link may be old, or an address mistyped.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "Not this way",
            "A page that is sent again by the browser is best opened anew.",
        ),
        StatusCode::TOO_MANY_REQUESTS => ("Too many tries", "Wait a little, then try again."),
        StatusCode::SERVICE_UNAVAILABLE => (
            "Not now",
            "Nothing is lost. Try again in a moment; the overview says what is wrong.",
        ),
        status if status.is_server_error() => (
            "Something went wrong here",
            "The log says more. Nothing that Zoom was told is safe is lost by it.",
        ),
        _ => (
            "This was not understood",
            "Go back, look at what was typed, and try again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::problem::Problem;
    use actix_web::{
        App, error::ErrorInternalServerError, http::header::ACCEPT, middleware::from_fn, test, web,
    };

    async fn asked(path: &str, accept: &str) -> (u16, String, String) {
        let fails = || async { Err::<HttpResponse, _>(ErrorInternalServerError("a secret")) };
        let busy = || async { Err::<HttpResponse, _>(Problem::unavailable()) };
        let ready = || async { HttpResponse::ServiceUnavailable().json("own words") };
        let app = App::new()
            .wrap(from_fn(tell))
            .route("/fails", web::get().to(fails))
            .route("/busy", web::get().to(busy))
            .route("/api/busy", web::get().to(busy))
            .route("/readyz", web::get().to(ready));
        let app = test::init_service(app).await;
        let request = test::TestRequest::with_uri(path).insert_header((ACCEPT, accept));
        let answer = test::call_service(&app, request.to_request()).await;
        let status = answer.status().as_u16();
        let retry = answer.headers().get(RETRY_AFTER);
        let retry = retry.and_then(|value| value.to_str().ok());
        let retry = retry.unwrap_or_default().to_owned();
        let body = test::read_body(answer).await;
        (status, retry, String::from_utf8_lossy(&body).into_owned())
    }

    #[actix_web::test]
    async fn what_fails_inside_is_a_page_without_its_secrets() {
        let (status, _, html) = asked("/fails", "text/html").await;
        assert_eq!(status, 500);
        assert!(html.contains("Something went wrong here"), "{html}");
        assert!(!html.contains("secret"), "{html}");
    }

    #[actix_web::test]
    async fn a_page_keeps_when_to_come_again() {
        let (status, retry, html) = asked("/busy", "text/html").await;
        assert_eq!((status, retry.as_str()), (503, "5"));
        assert!(html.contains("the database does not answer"), "{html}");
    }

    #[actix_web::test]
    async fn programs_the_api_and_answers_in_their_own_words_stay_as_they_are() {
        for (path, accept) in [
            ("/busy", "*/*"),
            ("/busy", "text/event-stream"),
            ("/api/busy", "text/html"),
        ] {
            let (_, _, body) = asked(path, accept).await;
            assert!(body.starts_with("{\"type\":\"about:blank\""), "{body}");
        }
        let (status, _, body) = asked("/readyz", "text/html").await;
        assert_eq!((status, body.as_str()), (503, "\"own words\""));
    }
}
