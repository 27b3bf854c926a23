//! The operators' listener as strangers, token holders and browsers meet it.

mod desk;
mod headers;
mod routes;

use super::{request::cookie_name, table::TABLE};
use desk::{CONFIGURED, Desk};
use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{HeaderMap, LOCATION, SET_COOKIE},
};
use serde_json::{Value, json};

/// Fills a pattern's parameters.
fn path(pattern: &str) -> String {
    let mut path = String::new();
    let mut inside = false;
    for letter in pattern.chars() {
        match letter {
            '{' => inside = true,
            '}' => {
                inside = false;
                path.push('1');
            }
            letter if !inside => path.push(letter),
            _ => {}
        }
    }
    path
}

/// With a form of these fields, of which none needs an escape.
fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let fields: Vec<_> = fields.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(fields.join("&"))
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.expect("an answer").status().as_u16()
}

/// The cookie that an answer sets, without its attributes, and these.
fn cookie(headers: &HeaderMap) -> (String, String) {
    let cookie = headers[SET_COOKIE].to_str().expect("text");
    let (pair, attributes) = cookie.split_once(';').expect("attributes");
    (pair.to_owned(), attributes.trim().to_owned())
}

#[tokio::test]
async fn every_route_is_for_whom_the_table_says() {
    use super::table::Access;
    use crate::store::access::Role;
    let desk = Desk::new().await;
    let mut callers = vec![(None, None)];
    for role in Role::ALL {
        callers.push((Some(role), Some(desk.token(role.as_str(), role).await)));
    }
    desk.reload().await;
    for (method, pattern, access) in TABLE {
        for (role, token) in &callers {
            let request = desk.request(method.as_str(), &path(pattern));
            let request = match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let answer = request.send().await.expect("an answer");
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let told = format!("{method} {pattern} as {role:?}: {status}");
            assert!(
                headers["content-security-policy"]
                    .to_str()
                    .is_ok_and(|policy| policy.starts_with("default-src 'none';")),
                "{told}"
            );
            assert_eq!(headers["x-content-type-options"], "nosniff", "{told}");
            match (access, role) {
                (Access::From(_), None) => assert_eq!(status, 401, "{told}"),
                (Access::From(least), Some(role)) if role < least => {
                    assert_eq!(status, 403, "{told}");
                }
                _ => {
                    assert!(![401, 403, 405, 500].contains(&status), "{told}");
                    if status == 404 {
                        let body = answer.text().await.expect("a body");
                        assert!(!body.contains("there is no such page"), "{told}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_in_the_table_is_refused_even_to_admins() {
    let desk = Desk::new().await;
    for (_, pattern, _) in TABLE {
        let request = desk
            .request("PATCH", &path(pattern))
            .bearer_auth(CONFIGURED);
        assert_eq!(status(request).await, 405, "{pattern}");
    }
    for path in [
        "/nothing",
        "/api/v1/nothing",
        "/api/v1",
        "/livez/",
        "//livez",
    ] {
        let request = desk.request("GET", path);
        assert_eq!(status(request).await, 401, "{path}");
        let request = desk.request("GET", path).bearer_auth(CONFIGURED);
        assert_eq!(status(request).await, 404, "{path}");
    }
}

#[tokio::test]
async fn an_encoded_path_is_the_route_that_it_names() {
    let desk = Desk::new().await;
    let viewer = desk.token("ana", crate::store::access::Role::Viewer).await;
    desk.reload().await;
    let request = desk.request("GET", "/api/v1/%74okens").bearer_auth(&viewer);
    assert_eq!(status(request).await, 403);
    let request = desk
        .request("GET", "/api/v1/%6deetings")
        .bearer_auth(&viewer);
    assert_eq!(status(request).await, 200);
}

#[tokio::test]
async fn a_browser_signs_in_changes_something_and_signs_out() {
    use crate::store::access::Role;
    let desk = Desk::new().await;
    let token = desk.token("ana", Role::Operator).await;
    desk.reload().await;

    let asked = desk.request("GET", "/api/v1/meetings?limit=1");
    let asked = asked.header("accept", "text/html,*/*;q=0.8").send().await;
    let asked = asked.expect("an answer");
    assert_eq!(asked.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        asked.headers()[LOCATION],
        "/sign-in?next=/api/v1/meetings%3Flimit%3D1"
    );

    let fields = [("token", token.as_str()), ("next", "//evil.example")];
    let answer = form(desk.request("POST", "/sign-in"), &fields).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[LOCATION], "/");
    let (pair, attributes) = cookie(answer.headers());
    assert!(pair.starts_with("rollcall_session=") && pair.len() == 17 + 64);
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict");

    let by_cookie = |method: &str, path: &str| desk.request(method, path).header("cookie", &pair);
    assert_eq!(status(by_cookie("GET", "/api/v1/meetings")).await, 200);
    assert_eq!(status(by_cookie("GET", "/api/v1/tokens")).await, 403);
    desk.reload().await;
    assert_eq!(status(by_cookie("GET", "/api/v1/meetings")).await, 200);

    let redrive = || by_cookie("POST", "/api/v1/dead-events/1/redrive");
    assert_eq!(status(redrive()).await, 403, "without its token");
    assert_eq!(status(redrive().header("x-csrf-token", "x")).await, 403);
    let csrf = desk.csrf(&pair);
    let proven = || redrive().header("x-csrf-token", &csrf);
    assert_eq!(status(proven()).await, 404);
    let strange = proven().header("sec-fetch-site", "cross-site");
    assert_eq!(status(strange).await, 403);
    let strange = proven().header("origin", "https://evil.example");
    assert_eq!(status(strange).await, 403);

    let fields = [("csrf", csrf.as_str())];
    let out = form(by_cookie("POST", "/sign-out"), &fields).send().await;
    let out = out.expect("an answer");
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    let (gone, attributes) = cookie(out.headers());
    assert_eq!(gone, "rollcall_session=");
    assert!(attributes.ends_with("Max-Age=0"), "{attributes}");
    assert_eq!(status(by_cookie("GET", "/api/v1/meetings")).await, 401);
    desk.reload().await;
    assert_eq!(status(by_cookie("GET", "/api/v1/meetings")).await, 401);

    let admin = desk.request("GET", "/api/v1/audit-events");
    let page = admin
        .bearer_auth(CONFIGURED)
        .send()
        .await
        .expect("an answer");
    let page: Value = page.json().await.expect("a list");
    let told = page["items"].as_array().expect("items").iter();
    let mut told: Vec<_> = told
        .map(|event| json!([event["actor"], event["action"], event["target"]]))
        .collect();
    told.sort_by_key(ToString::to_string);
    assert_eq!(
        told,
        [
            json!(["ana", "session.ended", "token ana"]),
            json!(["ana", "session.opened", "token ana"]),
            json!(["test", "token.created", "token ana"]),
        ]
    );
}

#[tokio::test]
async fn who_signs_out_while_the_database_fails_stays_signed_out() {
    let desk = Desk::new().await;
    let token = desk.token("ana", crate::store::access::Role::Viewer).await;
    desk.reload().await;
    let pair = desk.sign_in(&token, None).await;
    let get = || {
        desk.request("GET", "/api/v1/meetings")
            .header("cookie", &pair)
    };
    assert_eq!(status(get()).await, 200);

    desk.run("ALTER TABLE access_sessions RENAME TO hidden")
        .await;
    let csrf = desk.csrf(&pair);
    let out = desk.request("POST", "/sign-out").header("cookie", &pair);
    let out = form(out, &[("csrf", csrf.as_str())]).send().await;
    assert_eq!(out.expect("an answer").status(), StatusCode::SEE_OTHER);
    assert_eq!(status(get()).await, 401);

    desk.run("ALTER TABLE hidden RENAME TO access_sessions")
        .await;
    for _ in 0..2 {
        desk.reload().await;
        assert_eq!(status(get()).await, 401);
    }
}

#[tokio::test]
async fn signing_in_again_is_another_session_and_ends_the_former() {
    let desk = Desk::new().await;
    let first = desk.sign_in(CONFIGURED, None).await;
    let second = desk.sign_in(CONFIGURED, Some(&first)).await;
    assert_ne!(first, second);
    let read = |cookie: &str| desk.request("GET", "/metrics").header("cookie", cookie);
    assert_eq!(status(read(&first)).await, 401);
    assert_eq!(status(read(&second)).await, 200);
    let chosen = format!("{}={}", cookie_name(false), "0".repeat(64));
    assert_eq!(status(read(&chosen)).await, 401);
    let third = desk.sign_in(CONFIGURED, Some(&chosen)).await;
    assert_ne!(third, chosen, "nobody else chooses it");
}

#[tokio::test]
async fn a_revoked_token_and_its_sessions_open_nothing() {
    use crate::store::access::Role;
    let desk = Desk::new().await;
    let token = desk.token("ana", Role::Viewer).await;
    desk.reload().await;
    let cookie = desk.sign_in(&token, None).await;
    assert!(desk.revoke("ana").await);
    desk.reload().await;
    let by_token = desk.request("GET", "/metrics").bearer_auth(&token);
    assert_eq!(status(by_token).await, 401);
    let by_cookie = desk.request("GET", "/metrics").header("cookie", cookie);
    assert_eq!(status(by_cookie).await, 401);
    assert!(!desk.revoke("ana").await, "it is");
    desk.token("ana", Role::Admin).await; // the name is free again
}

#[tokio::test]
async fn a_live_page_ends_with_the_token_or_the_session_that_opened_it() {
    use crate::store::access::Role;
    let desk = Desk::new().await;
    let token = desk.token("ana", Role::Viewer).await;
    desk.reload().await;
    let cookie = desk.sign_in(&token, None).await;
    let live = || desk.request("GET", "/live/overview");
    let streams = [live().bearer_auth(&token), live().header("cookie", &cookie)];
    let mut open = Vec::new();
    for stream in streams {
        let mut answer = stream.send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let first = answer.chunk().await.expect("a stream");
        assert!(first.is_some_and(|event| event.starts_with(b"data: ")));
        open.push(answer);
    }
    desk.revoke("ana").await;
    desk.reload().await;
    for mut answer in open {
        while answer.chunk().await.expect("its end").is_some() {}
    }
}

#[tokio::test]
async fn without_the_database_tokens_and_sessions_go_on() {
    use crate::store::access::Role;
    let desk = Desk::new().await;
    let token = desk.token("grafana", Role::Viewer).await;
    desk.reload().await;
    let cookie = desk.sign_in(&token, None).await;
    desk.lose_the_database().await;
    let by_token = desk.request("GET", "/metrics").bearer_auth(&token);
    assert_eq!(status(by_token).await, 200);
    let by_cookie = desk.request("GET", "/metrics").header("cookie", cookie);
    assert_eq!(status(by_cookie).await, 200);
    let fields = [("token", token.as_str())];
    let sign_in = form(desk.request("POST", "/sign-in"), &fields);
    assert_eq!(status(sign_in).await, 503);
}

#[tokio::test]
async fn guessing_is_paused_and_named_tokens_go_on() {
    use crate::store::access::Role;
    let desk = Desk::new().await;
    let token = desk.token("grafana", Role::Viewer).await;
    desk.reload().await;
    let read = |token: &str| desk.request("GET", "/metrics").bearer_auth(token);
    for guess in 0..9 {
        let answer = read(&format!("guess {guess}")).send().await;
        let answer = answer.expect("an answer");
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(guess > 5, "{guess}");
            let wait: u64 = answer.headers()["retry-after"]
                .to_str()
                .ok()
                .and_then(|text| text.parse().ok())
                .expect("seconds");
            assert!((1..=8).contains(&wait), "{wait}");
            break;
        }
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{guess}");
        assert!(guess < 8, "it is paused");
    }
    assert_eq!(status(read(&token)).await, 200);
    let events = desk.request("GET", "/api/v1/security-events");
    assert_eq!(status(events.bearer_auth(&token)).await, 403);
}

#[tokio::test]
async fn a_named_token_does_not_help_to_guess_the_configured_one() {
    use super::gate::Refused;
    use crate::store::access::Role;
    let desk = Desk::new().await;
    let token = desk.token("ana", Role::Viewer).await;
    desk.reload().await;
    let (gate, ana) = (desk.gate(), [192, 0, 2, 1].into());
    for guess in 0..6 {
        assert_eq!(
            gate.admit(&format!("guess {guess}"), ana),
            Err(Refused::Wrong)
        );
        assert!(gate.admit(&token, ana).is_ok());
    }
    assert_eq!(gate.admit(CONFIGURED, ana), Err(Refused::Paused(1)));
    assert!(gate.admit(&token, ana).is_ok());
    assert!(gate.admit(CONFIGURED, [192, 0, 2, 2].into()).is_ok());
}

#[tokio::test]
async fn without_any_token_this_machine_does_everything_and_a_first_one_ends_that() {
    use crate::store::access::Role;
    let desk = Desk::open(None, false).await;
    let read = || desk.request("GET", "/api/v1/tokens");
    assert_eq!(status(read()).await, 200);
    assert_eq!(status(read().header("host", "evil.example")).await, 401);
    let redrive = || desk.request("POST", "/api/v1/dead-events/1/redrive");
    assert_eq!(status(redrive()).await, 404);
    let strange = redrive().header("origin", "http://evil.example");
    assert_eq!(status(strange).await, 403);
    let own = redrive().header("origin", &desk.url);
    assert_eq!(status(own).await, 404);
    desk.token("ana", Role::Admin).await;
    desk.reload().await;
    assert_eq!(status(read()).await, 401);
    desk.revoke("ana").await;
    desk.reload().await;
    assert_eq!(status(read()).await, 401, "what was closed stays closed");
}

#[tokio::test]
async fn behind_tls_the_cookie_is_kept_from_plain_http() {
    let desk = Desk::open(Some(CONFIGURED), true).await;
    let fields = [("token", CONFIGURED)];
    let answer = form(desk.request("POST", "/sign-in"), &fields).send().await;
    let (pair, attributes) = cookie(answer.expect("an answer").headers());
    assert!(pair.starts_with("__Host-rollcall_session="), "{pair}");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict; Secure");
    let read = desk.request(Method::GET.as_str(), "/metrics");
    assert_eq!(status(read.header("cookie", pair)).await, 200);
}
