//! The public listener from outside: one test for each row of the contract's table, on both databases.
#![allow(clippy::unwrap_used)]

mod support;

use reqwest::Method;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};
use support::{
    app::{App, Database, Setup, spawn_app},
    raw,
    zoom::{Answer, Zoom, answer, now, sample, samples},
};

/// `max_body_bytes` by default.
const LIMIT: usize = 1024 * 1024;

/// Runs each scenario on each database.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(super::Database::Sqlite).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(super::Database::Postgres).await;
            })+
        }
    };
}

on_both!(
    other_methods_are_405,
    a_body_over_the_limit_is_413,
    a_body_at_the_limit_is_read,
    what_is_no_json_object_with_an_event_is_400,
    a_url_validation_is_answered,
    a_url_validation_without_a_token_is_400,
    a_url_validation_wrongly_signed_or_dangerous_is_401,
    a_signature_that_is_not_right_is_401,
    a_right_signature_with_a_wrong_time_is_401_and_counted_apart,
    every_sample_is_received,
    a_retry_is_received_and_kept_once,
    what_is_not_understood_is_received,
    headers_about_the_body_do_not_matter,
    what_cannot_be_made_durable_is_503_until_it_can,
    health_and_unknown_paths,
);

#[track_caller]
fn assert_answer(answer: &Answer, status: u16, body: &Value) {
    assert_eq!((answer.status.as_u16(), &answer.body), (status, body));
    assert_eq!(answer.headers["content-type"], "application/json");
}

#[track_caller]
fn assert_received(answer: &Answer) {
    assert_answer(answer, 200, &json!({ "received": true }));
}

#[track_caller]
fn assert_refused(answer: &Answer) {
    assert_answer(answer, 401, &json!({ "error": "Invalid signature" }));
}

async fn other_methods_are_405(database: Database) {
    let app = spawn_app(database).await;
    for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = app.public_url("/api/zoom/webhook");
        let body = sample("meeting.started");
        let answer = answer(app.client.request(method, url).body(body)).await;
        assert_answer(&answer, 405, &json!({ "error": "Method not allowed" }));
        assert_eq!(answer.headers["allow"], "POST");
    }
    let head = app.client.head(app.public_url("/api/zoom/webhook"));
    assert_eq!(answer(head).await.status, 405);
}

/// Unsigned: size comes before everything else that may be wrong.
async fn a_body_over_the_limit_is_413(database: Database) {
    let app = spawn_app(database).await;
    let too_large = json!({ "error": "Body too large" });
    for size in [LIMIT + 1, 4 * LIMIT] {
        let answer = answer(app.zoom().request(vec![b'x'; size])).await;
        assert_answer(&answer, 413, &too_large);
    }

    let head = "POST /api/zoom/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    let body = raw::chunked(&vec![b'x'; LIMIT + 1], 10_000);
    let request = [chunked.into_bytes(), body].concat();
    let streamed = raw::exchange(app.public, request).await;
    assert!(streamed.starts_with("HTTP/1.1 413 "), "{streamed}");
    assert!(streamed.ends_with(&too_large.to_string()), "{streamed}");

    let declared = format!("{head}Content-Length: 99999999999\r\n\r\n{{}}");
    let declared = raw::exchange(app.public, declared.into_bytes()).await;
    assert!(declared.starts_with("HTTP/1.1 413 "), "{declared}");
}

async fn a_body_at_the_limit_is_read(database: Database) {
    let app = spawn_app(database).await;
    let frame = r#"{"event":"x","payload":""}"#;
    let filling = "x".repeat(LIMIT - frame.len());
    let body = format!(r#"{{"event":"x","payload":"{filling}"}}"#);
    assert_eq!(body.len(), LIMIT);
    assert_received(&app.zoom().deliver(&body).await);

    let head = "POST /api/zoom/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let (timestamp, signature) = (now(), app.zoom().sign(now(), body.as_bytes()));
    let signed = format!("x-zm-signature: {signature}\r\nx-zm-request-timestamp: {timestamp}\r\n");
    let head = format!("{head}{signed}Transfer-Encoding: chunked\r\n\r\n");
    let request = [head.into_bytes(), raw::chunked(body.as_bytes(), 7_777)].concat();
    let streamed = raw::exchange(app.public, request).await;
    assert!(streamed.starts_with("HTTP/1.1 200 "), "{streamed}");
}

/// With a right signature and with none: JSON comes before the signature.
async fn what_is_no_json_object_with_an_event_is_400(database: Database) {
    let app = spawn_app(database).await;
    let invalid = json!({ "error": "Invalid JSON" });
    for body in [
        "",
        "not json",
        "null",
        "[]",
        "{}",
        r#""event""#,
        r#"{"event":1}"#,
        r#"{"event":null}"#,
        r#"{"event":"a""#,
        r#"{"event":"a"} x"#,
        r#"{"event":"a","event":1}"#,
        r#"{"event":"a","payload":{"b":01}}"#,
        r#"[{"event":"meeting.started"}]"#,
    ] {
        assert_answer(&app.zoom().deliver(body).await, 400, &invalid);
        assert_answer(&answer(app.zoom().request(body)).await, 400, &invalid);
    }
}

/// The expected HMAC was computed with `openssl dgst -sha256 -hmac`.
async fn a_url_validation_is_answered(database: Database) {
    let app = spawn_app(database).await;
    let expected = json!({
        "plainToken": "Vt4kQ9sLrW2mXy7bN1cZpA",
        "encryptedToken": ENCRYPTED_TOKEN,
    });
    let body = sample("endpoint.url_validation");
    assert_answer(&app.zoom().deliver(&body).await, 200, &expected);
    assert_answer(&answer(app.zoom().request(&body)).await, 200, &expected);

    let dangerous = validation(&json!("v0:1791190815:{}"));
    let answered = app.zoom().deliver(&dangerous).await;
    assert_eq!(answered.status, 200, "Zoom may have anything signed");
    assert_eq!(answered.body["plainToken"], "v0:1791190815:{}");

    let seen = app
        .metric("rollcall_last_url_validation_timestamp_seconds")
        .await;
    assert!((seen.unwrap() - seconds(now())).abs() < 60.0);
}

async fn a_url_validation_without_a_token_is_400(database: Database) {
    let app = spawn_app(database).await;
    let missing = json!({ "error": "Missing plainToken" });
    for token in [json!(""), json!(null), json!(12), json!({}), json!(["a"])] {
        let body = validation(&token);
        assert_answer(&app.zoom().deliver(&body).await, 400, &missing);
        assert_answer(&answer(app.zoom().request(&body)).await, 400, &missing);
        let wrong = [("x-zm-signature", "v0=00"), ("x-zm-request-timestamp", "1")];
        assert_answer(&app.zoom().send_with(&body, &wrong).await, 400, &missing);
    }
    let body = br#"{"event":"endpoint.url_validation"}"#;
    assert_answer(&app.zoom().deliver(body).await, 400, &missing);
}

async fn a_url_validation_wrongly_signed_or_dangerous_is_401(database: Database) {
    let app = spawn_app(database).await;
    let longest = "x".repeat(128);
    for good in ["a", "AZaz09_-.~+/=", &longest] {
        let unsigned = app.zoom().request(validation(&json!(good)));
        assert_eq!(answer(unsigned).await.status, 200, "{good}");
    }
    let too_long = "x".repeat(129);
    for bad in ["v0:1791190815:{}", "a b", "a\n", "é", "\u{0}", &too_long] {
        let unsigned = app.zoom().request(validation(&json!(bad)));
        assert_refused(&answer(unsigned).await);
    }
    let body = sample("endpoint.url_validation");
    for headers in wrong_headers(&app.zoom(), &body) {
        let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        if !headers.is_empty() {
            assert_refused(&app.zoom().send_with(&body, &headers).await);
        }
    }
    assert_refused(&app.zoom().deliver_at(now() - 700, &body).await);
}

async fn a_signature_that_is_not_right_is_401(database: Database) {
    let app = spawn_app(database).await;
    let body = sample("meeting.started");
    for headers in wrong_headers(&app.zoom(), &body) {
        let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_refused(&app.zoom().send_with(&body, &headers).await);
    }
    let changed = [&body[..], b" "].concat();
    let (timestamp, signature) = (now(), app.zoom().sign(now(), &body));
    let timestamp = timestamp.to_string();
    let headers = [
        ("x-zm-signature", signature.as_str()),
        ("x-zm-request-timestamp", timestamp.as_str()),
    ];
    assert_refused(&app.zoom().send_with(&changed, &headers).await);

    let wrong = app
        .metric(r#"rollcall_signature_refused_total{reason="wrong"}"#)
        .await;
    assert!(wrong >= Some(2.0), "{wrong:?}");
    assert_eq!(app.metric("rollcall_clock_skew_total").await, Some(0.0));
    assert_eq!(kept(&app).await, 0);
    let recorded = || bursts(&app, "bad_signature");
    assert_eq!(
        eventually(recorded, |rows| *rows == 1).await,
        1,
        "one burst"
    );
}

async fn a_right_signature_with_a_wrong_time_is_401_and_counted_apart(database: Database) {
    let app = spawn_app(database).await;
    let body = sample("meeting.started");
    for skew in [-660, 660, -86_400 * 365] {
        assert_refused(&app.zoom().deliver_at(now() + skew, &body).await);
    }
    assert_eq!(app.metric("rollcall_clock_skew_total").await, Some(3.0));
    assert!(app.log().contains("clock"), "it alerts at once");
    let recorded = || bursts(&app, "clock_skew");
    assert_eq!(eventually(recorded, |rows| *rows == 1).await, 1);
    for skew in [-540, 540] {
        assert_received(&app.zoom().deliver_at(now() + skew, &body).await);
    }
    assert_eq!(
        kept(&app).await,
        1,
        "the same bytes at another time are a retry"
    );
}

async fn every_sample_is_received(database: Database) {
    let app = spawn_app(database).await;
    let names: Vec<String> = samples()
        .into_iter()
        .filter(|name| name != "endpoint.url_validation")
        .collect();
    assert!(names.len() > 25);
    for name in &names {
        assert_received(&app.zoom().deliver(sample(name)).await);
    }
    assert_eq!(kept(&app).await, names.len());
}

async fn a_retry_is_received_and_kept_once(database: Database) {
    let app = spawn_app(database).await;
    let body = sample("meeting.participant_joined");
    let first = app.zoom().deliver_at(now() - 304, &body).await;
    assert_received(&first);
    assert_received(&app.zoom().deliver(&body).await);
    assert_eq!(kept(&app).await, 1);
    let duplicates = r#"rollcall_webhook_events_total{kind="joined",outcome="duplicate"}"#;
    assert_eq!(app.metric(duplicates).await, Some(1.0));
}

async fn what_is_not_understood_is_received(database: Database) {
    let app = spawn_app(database).await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let bodies: Vec<Vec<u8>> = vec![
        br#"{"event":"meeting.something_new","payload":{"object":{"id":1}}}"#.to_vec(),
        br#"{"event":""}"#.to_vec(),
        br#"{"event":"meeting.started"}"#.to_vec(),
        br#"{"event":"meeting.started","payload":null}"#.to_vec(),
        br#"{"event":"meeting.participant_joined","payload":[1,2]}"#.to_vec(),
        br#"{"event":"meeting.ended","event_ts":"soon","payload":{"object":"?"}}"#.to_vec(),
        br#"{"event":1,"event":"a","event_ts":1e999}"#.to_vec(),
        br#"{"event":"a","payload":{"user_name":"Noor \ud83e"}}"#.to_vec(),
        br#"{"event":"a\u0000b\udd8a","payload":{"\ud83e":"\u0000"}}"#.to_vec(),
        b"{\"event\":\"a\",\"payload\":{\"user_name\":\"Noor \xF0\x9F\xA6\"}}".to_vec(),
        format!(r#"{{"event":"a","payload":{deep}}}"#).into_bytes(),
    ];
    for body in &bodies {
        assert_received(&app.zoom().deliver(body).await);
    }
    assert_eq!(kept(&app).await, bodies.len());
    let odd = r#"rollcall_webhook_events_total{kind="started",outcome="not_understood"}"#;
    assert_eq!(app.metric(odd).await, Some(2.0));
}

async fn headers_about_the_body_do_not_matter(database: Database) {
    let app = spawn_app(database).await;
    let body = sample("meeting.started");
    let (timestamp, signature) = (now(), app.zoom().sign(now(), &body));
    for headers in [
        [("content-type", "text/plain"), ("content-encoding", "gzip")],
        [("content-type", ""), ("content-encoding", "br, identity")],
    ] {
        let mut request = app.client.post(app.public_url("/api/zoom/webhook"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request
            .header("x-zm-signature", &signature)
            .header("x-zm-request-timestamp", timestamp)
            .body(body.clone());
        assert_received(&answer(request).await);
    }
}

/// The journal's table is locked by somebody else, as a backup or an operator's hand may do.
async fn what_cannot_be_made_durable_is_503_until_it_can(database: Database) {
    let setup = Setup::new(database).with("ROLLCALL__JOURNAL__ACK_TIMEOUT_MS", "300");
    let app = setup.start().await;
    let lock = sea_orm::Database::connect(journal_url(&app)).await.unwrap();
    let held = match database {
        Database::Sqlite => {
            lock.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
            None
        }
        Database::Postgres => {
            let held = lock.begin().await.unwrap();
            held.execute_unprepared("LOCK TABLE webhook_events IN EXCLUSIVE MODE")
                .await
                .unwrap();
            Some(held)
        }
    };
    let body = sample("meeting.started");
    let refused = app.zoom().deliver(&body).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.headers["content-type"], "application/json");
    let retry_after = refused.headers["retry-after"].to_str().unwrap();
    assert!(retry_after.parse::<u32>().is_ok(), "{retry_after}");
    assert!(refused.body["error"].is_string());
    let validation = app.zoom().deliver(sample("endpoint.url_validation")).await;
    assert_eq!(validation.status, 200, "answered from memory");

    match held {
        None => drop(lock.execute_unprepared("ROLLBACK").await.unwrap()),
        Some(held) => held.rollback().await.unwrap(),
    }
    let again = || async { app.zoom().deliver(&body).await };
    let received = eventually(again, |answer| answer.status == 200).await;
    assert_received(&received);
    assert_eq!(kept(&app).await, 1);
}

async fn health_and_unknown_paths(database: Database) {
    let app = spawn_app(database).await;
    for listener in [app.public_url(""), app.admin_url("")] {
        let get = async |path: &str| answer(app.client.get(format!("{listener}{path}"))).await;
        assert_answer(&get("/livez").await, 200, &json!({ "live": true }));
        let ready = json!({ "ready": true, "journal": "ok", "database": "ok" });
        assert_answer(&get("/readyz").await, 200, &ready);
        let post = app.client.post(format!("{listener}/livez"));
        let post = answer(post).await;
        assert_eq!(post.status, 405);
        assert_eq!(post.headers["allow"], "GET, HEAD");
    }
    for path in ["/", "/api/zoom/webhook/", "/api/v1/attendance", "/metrics"] {
        let answer = answer(app.client.get(app.public_url(path))).await;
        assert_answer(&answer, 404, &json!({ "error": "Not found" }));
    }
}

/// HMAC-SHA256 of the sample's token under the tests' secret.
const ENCRYPTED_TOKEN: &str = "29e5fdc937d3ae2d10538c85f97dfda37907fe22e59960fe1d81341f91d34abc";

fn validation(token: &Value) -> Vec<u8> {
    let body = json!({ "event": "endpoint.url_validation", "payload": { "plainToken": token } });
    serde_json::to_vec(&body).unwrap()
}

/// Everything that is missing, malformed, wrong or given twice.
fn wrong_headers(zoom: &Zoom, body: &[u8]) -> Vec<Vec<(&'static str, String)>> {
    let timestamp = now().to_string();
    let right = zoom.sign(now(), body);
    let other = support::zoom::keys("another secret").sign(now(), body);
    let [s, t] = ["x-zm-signature", "x-zm-request-timestamp"];
    let with = |signature: &str| vec![(s, signature.to_owned()), (t, timestamp.clone())];
    let at = |time: &str| vec![(s, right.clone()), (t, time.to_owned())];
    vec![
        vec![],
        vec![(s, right.clone())],
        vec![(t, timestamp.clone())],
        with(&other),
        with(&right[..right.len() - 1]),
        with(&right.replace("v0=", "v1=")),
        with(&right.replace("v0=", "")),
        with(&right.to_uppercase()),
        with(&format!("{right}00")),
        with("v0="),
        with(""),
        at(""),
        at("soon"),
        at(&format!("{timestamp}000")),
        at(&format!("-{timestamp}")),
        at(&format!("+{timestamp}")),
        at(&format!("{timestamp}.0")),
        [with(&right), vec![(s, right.clone())]].concat(),
        [with(&right), vec![(t, timestamp.clone())]].concat(),
    ]
}

/// Where the application's journal is: beside a SQLite database, inside a PostgreSQL one.
fn journal_url(app: &App) -> String {
    app.database_url()
        .replace("rollcall.db", "rollcall-journal.db")
}

/// How many events the journal holds.
async fn kept(app: &App) -> usize {
    let count = count(&journal_url(app), "SELECT COUNT(*) FROM webhook_events").await;
    usize::try_from(count).unwrap()
}

/// How many bursts of this kind are recorded.
async fn bursts(app: &App, kind: &str) -> i64 {
    let query = format!("SELECT COUNT(*) FROM security_events WHERE kind = '{kind}'");
    count(app.database_url(), &query).await
}

async fn count(url: &str, query: &str) -> i64 {
    let database = sea_orm::Database::connect(url).await.unwrap();
    let statement = sea_orm::Statement::from_string(database.get_database_backend(), query);
    let row = database.query_one_raw(statement).await.unwrap().unwrap();
    let count = row.try_get_by_index(0).unwrap();
    database.close().await.unwrap();
    count
}

/// Asks until the answer is good, and gives it.
async fn eventually<T>(ask: impl AsyncFn() -> T, good: impl Fn(&T) -> bool) -> T {
    let deadline = std::time::Instant::now() + support::app::PATIENCE;
    loop {
        let answer = ask().await;
        if good(&answer) || std::time::Instant::now() > deadline {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

fn seconds(epoch: i64) -> f64 {
    f64::from(u32::try_from(epoch).unwrap())
}
