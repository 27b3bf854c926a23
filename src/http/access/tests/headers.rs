//! What every answer carries beside its text: the policy that lets nothing in from elsewhere, and cookies that no script reads.

use super::{
    super::table::{Access, TABLE},
    desk::{CONFIGURED, Desk},
    form, path,
};
use crate::store::access::Role;
use reqwest::{
    Method, Response,
    header::{HeaderMap, SET_COOKIE},
};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn assert_protects(answer: &Response, behind_tls: bool, told: &str) {
    let headers = answer.headers();
    // Kept by who asked, and asked for again each time: not even files that are the same for all outlive a release.
    let path = answer.url().path();
    let asset = path.starts_with("/assets/") && answer.status() == 200;
    let known_again = path.starts_with("/api/") && headers.contains_key("etag");
    let cache = if asset || known_again {
        "private, no-cache"
    } else {
        "no-store"
    };
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", cache),
    ] {
        assert_eq!(headers[name], value, "{told}");
        assert_eq!(headers.get_all(name).iter().count(), 1, "{told} {name}");
    }
    assert_cookies(headers, behind_tls, told);
}

fn assert_cookies(headers: &HeaderMap, behind_tls: bool, told: &str) {
    for cookie in headers.get_all(SET_COOKIE) {
        let cookie = cookie.to_str().expect("text");
        let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
        for needed in ["Path=/", "HttpOnly", "SameSite=Strict"] {
            assert!(attributes.contains(&needed), "{told}: {cookie}");
        }
        assert_eq!(attributes.contains(&"Secure"), behind_tls, "{told}");
    }
}

fn kind(answer: &Response) -> String {
    let kind = &answer.headers()["content-type"];
    kind.to_str().expect("text").to_owned()
}

/// Every route as everybody, as a browser asks; and ways that are none.
async fn every_answer_protects(behind_tls: bool) {
    let desk = Desk::open(Some(CONFIGURED), behind_tls).await;
    let viewer = desk.token("ana", Role::Viewer).await;
    desk.reload().await;
    let routes = TABLE.iter().map(|(method, pattern, access)| {
        let method = Method::from_bytes(method.as_str().as_bytes()).expect("a method");
        (method, path(pattern), Some(*access))
    });
    let nowhere = [
        (Method::GET, "/nowhere".to_owned(), None),
        (Method::GET, "/assets/none.css".to_owned(), None),
        (Method::PATCH, "/meetings".to_owned(), None),
    ];
    let known = ["rollcall.css", "live.js", "icon.svg"];
    let files = known.map(|name| (Method::GET, format!("/assets/{name}"), None));
    for (method, path, access) in routes.chain(nowhere).chain(files) {
        for token in [None, Some(viewer.as_str()), Some(CONFIGURED)] {
            let request = desk.request(method.as_str(), &path);
            let request = request.header("accept", "text/html,*/*;q=0.8");
            let request = match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let answer = request.send().await.expect("an answer");
            let status = answer.status().as_u16();
            let told = format!("{method} {path} {token:?}: {status}");
            assert_protects(&answer, behind_tls, &told);
            let refused = status >= 400 && access != Some(Access::Open);
            if refused && path.starts_with("/api/") {
                assert_eq!(kind(&answer), "application/problem+json", "{told}");
            } else if refused {
                assert_eq!(kind(&answer), "text/html; charset=utf-8", "{told}");
            }
        }
    }
    let fields = [("token", CONFIGURED)];
    let answer = form(desk.request("POST", "/sign-in"), &fields).send().await;
    let answer = answer.expect("an answer");
    assert!(answer.headers().contains_key(SET_COOKIE));
    assert_protects(&answer, behind_tls, "signed in");
}

#[tokio::test]
async fn every_answer_protects_a_browser() {
    every_answer_protects(false).await;
}

#[tokio::test]
async fn behind_tls_every_answer_protects_a_browser() {
    every_answer_protects(true).await;
}

#[tokio::test]
async fn whoever_has_to_wait_is_told_by_a_page() {
    let desk = Desk::new().await;
    for guess in 0..9 {
        let request = desk
            .request("GET", "/meetings")
            .header("accept", "text/html");
        let answer = request.bearer_auth(format!("guess {guess}")).send().await;
        let answer = answer.expect("an answer");
        let told = format!("guess {guess}");
        assert_protects(&answer, false, &told);
        assert_eq!(kind(&answer), "text/html; charset=utf-8", "{told}");
        let headers = answer.headers();
        if answer.status() == 429 {
            assert!(headers.contains_key("retry-after"));
            let html = answer.text().await.expect("a page");
            assert!(html.contains("Too many tries"), "{html}");
            return;
        }
        assert_eq!(answer.status(), 401, "{told}");
        assert_eq!(headers["www-authenticate"], "Bearer realm=\"rollcall\"");
    }
    panic!("guessing is not paused");
}

#[tokio::test]
async fn a_browser_that_may_not_is_told_who_it_is_and_one_without_the_database_what_to_do() {
    let desk = Desk::new().await;
    let token = desk.token("ana", Role::Viewer).await;
    desk.reload().await;
    let cookie = desk.sign_in(&token, None).await;
    let browse = async |method: &str, path: &str, status: u16| {
        let request = desk.request(method, path).header("accept", "text/html");
        let answer = request.header("cookie", &cookie).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), status, "{path}");
        assert_protects(&answer, false, path);
        answer.text().await.expect("a page")
    };
    let refused = browse("GET", "/security", 403).await;
    for told in ["this needs the role admin", "<bdi>ana</bdi>", "Sign out"] {
        assert!(refused.contains(told), "{told}: {refused}");
    }
    let stale = browse("POST", "/sign-out", 403).await;
    assert!(stale.contains("load the page again"), "{stale}");
    desk.lose_the_database().await;
    let down = browse("GET", "/classes", 503).await;
    assert!(down.contains("the database does not answer"), "{down}");
}
