//! `/sign-in` and `/sign-out`: a token becomes the session of a browser, and that ends.

use super::{
    Caller, Gate,
    gate::Refused,
    request::{client, cookie, cookie_name},
};
use crate::{clock, http::problem::Problem, store::StoreError};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::fmt::Write;

/// The page with the field for a token.
#[derive(Template)]
#[template(path = "sign_in.html", config = "src/http/pages/askama.toml")]
struct Page<'a> {
    /// Where to go on.
    next: &'a str,
    /// What went wrong with the token before.
    problem: Option<String>,
}

/// What the page sends.
#[derive(Deserialize)]
pub(super) struct Form {
    token: String,
    #[serde(default)]
    next: String,
}

/// Where the page goes on.
#[derive(Deserialize)]
pub(super) struct Onwards {
    #[serde(default)]
    next: String,
}

/// The two routes.
pub(in crate::http) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/sign-in")
            .route(web::get().to(show))
            .route(web::post().to(sign_in)),
    )
    .service(web::resource("/sign-out").route(web::post().to(sign_out)));
}

async fn show(onwards: web::Query<Onwards>, caller: Option<Caller>) -> HttpResponse {
    let next = local(&onwards.next);
    if caller.is_some() {
        return see_other(next);
    }
    page(StatusCode::OK, next, None)
}

async fn sign_in(
    request: HttpRequest,
    gate: web::Data<Gate>,
    form: web::Form<Form>,
) -> Result<HttpResponse, Problem> {
    let next = local(&form.next);
    if gate.is_open() {
        return Ok(see_other(next));
    }
    let bearer = match gate.admit(form.token.trim(), client(&request, gate.behind_tls)) {
        Ok(bearer) => bearer,
        Err(refused) => return Ok(refusal(refused, next)),
    };
    let former = cookie(&request, gate.behind_tls);
    let cookie = gate.keyring.sign_in(&bearer, former, clock::now()).await;
    let cookie = cookie.map_err(|error| unavailable(&error))?;
    let mut response = see_other(next);
    set_cookie(&mut response, &gate, cookie.expose_secret(), "");
    Ok(response)
}

async fn sign_out(request: HttpRequest, gate: web::Data<Gate>, caller: Caller) -> HttpResponse {
    if let Some(cookie) = cookie(&request, gate.behind_tls) {
        let ended = gate.keyring.sign_out(cookie, &caller.name, clock::now());
        if let Err(error) = ended.await {
            // The cookie is gone from the browser; the row ends with its time.
            tracing::warn!(%error, "a session could not be ended in the database");
        }
    }
    let mut response = see_other("/sign-in");
    set_cookie(&mut response, &gate, "", "; Max-Age=0");
    response
}

/// Sends a browser to the sign-in page, and from there back to what it asked for.
pub(super) fn redirect(request: &HttpRequest) -> HttpResponse {
    let asked = request.uri().path_and_query();
    let next = asked.map_or("/", |asked| asked.as_str());
    let mut encoded = String::new();
    for byte in next.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    see_other(&format!("/sign-in?next={encoded}"))
}

fn refusal(refused: Refused, next: &str) -> HttpResponse {
    match refused {
        Refused::Wrong => {
            let text = "This token opens nothing. Was it copied whole, and not revoked?";
            page(StatusCode::UNAUTHORIZED, next, Some(text.to_owned()))
        }
        Refused::Paused(seconds) => {
            let text = format!("Too many wrong tokens. Try again in {seconds} s.");
            let mut page = page(StatusCode::TOO_MANY_REQUESTS, next, Some(text));
            let value = header::HeaderValue::from(seconds);
            page.headers_mut().insert(header::RETRY_AFTER, value);
            page
        }
    }
}

fn page(status: StatusCode, next: &str, problem: Option<String>) -> HttpResponse {
    let page = Page { next, problem };
    match page.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .body(html),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .finish()
}

fn set_cookie(response: &mut HttpResponse, gate: &Gate, value: &str, more: &str) {
    let secure = if gate.behind_tls { "; Secure" } else { "" };
    let name = cookie_name(gate.behind_tls);
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}");
    if let Ok(cookie) = header::HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

fn unavailable(error: &StoreError) -> Problem {
    tracing::warn!(%error, "a session could not be opened");
    let detail = "the database does not answer: nobody can sign in now";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).with("retry-after", "5")
}

/// A path of this listener; whatever else it is, `/`.
fn local(next: &str) -> &str {
    let plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && next.starts_with('/') && !next.starts_with("//") {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn one_goes_on_within_this_listener_only() {
        for next in ["/", "/meetings?class=a%2Fb", "/a//b"] {
            assert_eq!(local(next), next);
        }
        for next in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/a\r\nSet-Cookie: x=y",
            "javascript:alert(1)",
        ] {
            assert_eq!(local(next), "/", "{next}");
        }
    }

    #[test]
    fn what_was_asked_for_is_not_forgotten() {
        let request = TestRequest::with_uri("/lessons?class=a&date=2026-10-05").to_http_request();
        let response = redirect(&request);
        let location = response.headers().get("location").expect("a place");
        assert_eq!(
            location,
            "/sign-in?next=/lessons%3Fclass%3Da%26date%3D2026-10-05"
        );
    }

    #[test]
    fn a_page_escapes_what_it_was_given() {
        let page = Page {
            next: "/\"><script>",
            problem: None,
        };
        let html = page.render().expect("a page");
        assert!(!html.contains("<script>"), "{html}");
    }
}
