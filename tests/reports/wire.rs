//! How the API speaks: what need not be sent twice, HEAD, refusals, and names that would like to be something else.

use crate::{
    desk::{Desk, TOKEN},
    school::{class_row, mark, user},
};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use std::time::Duration;
use time::macros::date;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(20);

async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

fn tag(answer: &Response) -> String {
    answer.headers()["etag"].to_str().unwrap().to_owned()
}

pub(crate) async fn what_is_known_is_not_sent_again(desk: Desk) {
    desk.fill().await;
    for path in [
        "/api/v1/classes",
        "/api/v1/meetings/91000000000",
        "/api/v1/classes?format=csv&limit=5",
        "/api/v1/openapi.json",
    ] {
        let first = send(desk.request(path)).await;
        assert_eq!(
            first.headers()["cache-control"],
            "private, no-cache",
            "{path}"
        );
        let tag = tag(&first);
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".to_owned(),
        ] {
            let again = send(desk.request(path).header("if-none-match", &known)).await;
            assert_eq!(again.status(), 304, "{path} {known}");
            assert_eq!(again.headers()["etag"], tag.as_str());
            assert_eq!(again.headers()["cache-control"], "private, no-cache");
            assert_eq!(again.bytes().await.unwrap().len(), 0);
        }
        let other = send(desk.request(path).header("if-none-match", "\"x\"")).await;
        assert_eq!(other.status(), 200, "{path}");
    }
    let classes = "/api/v1/classes";
    let json = tag(&send(desk.request(classes)).await);
    assert_ne!(
        json,
        tag(&send(desk.request("/api/v1/classes?format=csv&limit=5")).await)
    );
    desk.insert(class_row(22, "Music", "c-music")).await;
    let changed = send(desk.request(classes).header("if-none-match", &json)).await;
    assert_eq!(changed.status(), 200);
    assert_ne!(tag(&changed), json);
    for path in ["/api/v1/meetings/1", "/api/v1/classes?format=csv"] {
        let answer = send(desk.request(path)).await;
        assert!(!answer.headers().contains_key("etag"), "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
}

pub(crate) async fn head_is_get_without_the_body(desk: Desk) {
    desk.fill().await;
    let head = |path: &str| {
        let url = format!("{}{path}", desk.url);
        desk.client.head(url).bearer_auth(TOKEN)
    };
    for path in [
        "/api/v1/classes",
        "/api/v1/meetings/1",
        "/api/v1/classes?limit=0",
        "/metrics",
    ] {
        let (get, head) = (send(desk.request(path)).await, send(head(path)).await);
        assert_eq!(get.status(), head.status(), "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(
                get.headers().get(name),
                head.headers().get(name),
                "{path} {name}"
            );
        }
        assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");
    }
    let post = send(head("/api/v1/unmatched/confirm")).await;
    assert_eq!(
        (post.status().as_u16(), &post.headers()["allow"]),
        (405, &"POST".parse().unwrap())
    );
    let stranger = send(desk.client.head(format!("{}/api/v1/classes", desk.url))).await;
    assert_eq!(stranger.status(), 401);
}

/// The server has read the head, and says so, before any of the body is sent.
pub(crate) async fn a_body_may_come_after_its_head(desk: Desk) {
    desk.fill().await;
    let host = desk.url.strip_prefix("http://").unwrap();
    let mark = format!(
        "{{\"status\":\"present\",\"reason\":\"{}\"}}",
        "\\ud83d\\ude42".repeat(500)
    );
    assert!(mark.len() > 4096, "more than is read at once");
    for (start, kind, body, expected) in [
        (
            "PUT /api/v1/attendance/c-maths/2024-10-07/s-ana",
            "application/json",
            mark.as_str(),
            "204",
        ),
        (
            "POST /sign-in",
            "application/x-www-form-urlencoded",
            "token=reports-token",
            "303",
        ),
    ] {
        let mut connection = TcpStream::connect(host).await.unwrap();
        let head = format!(
            "{start} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: {kind}\r\n\
             content-length: {}\r\nexpect: 100-continue\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = read_some(&mut connection).await;
        assert!(answer.starts_with("HTTP/1.1 100 "), "{answer}");
        connection.write_all(body.as_bytes()).await.unwrap();
        answer = answer.split_off(answer.find("\r\n\r\n").unwrap() + 4);
        while answer.is_empty() {
            answer = read_some(&mut connection).await;
        }
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expected} ")),
            "{start}: {answer}"
        );
    }
}

async fn read_some(connection: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let read = timeout(PATIENCE, connection.read(&mut bytes)).await;
    let read = read.expect("it comes").unwrap();
    String::from_utf8(bytes[..read].to_vec()).unwrap()
}

pub(crate) async fn every_refusal_is_a_problem(desk: Desk) {
    let long = format!("/api/v1/classes?cursor={}", "5b".repeat(30_000));
    for (method, path, status, allow) in [
        (Method::GET, "/api", 404, None),
        (Method::GET, "/api/v1", 404, None),
        (Method::GET, "/api/v1/", 404, None),
        (Method::GET, "/api/v1/nothing", 404, None),
        (Method::GET, "/api/v2/classes", 404, None),
        (Method::POST, "/api/v1/nothing", 404, None),
        (Method::GET, "/api/v1/meetings/%FF", 404, None),
        (Method::GET, "/api/v1/meetings/%00", 404, None),
        (Method::GET, "/api/v1/meetings/%zz", 404, None),
        (Method::GET, "/api/v1/occurrences/%C3%28", 404, None),
        (Method::DELETE, "/api/v1/matches/%FF", 404, None),
        (Method::GET, "/api/v1/attendance?date=%FF", 400, None),
        (Method::GET, "/api/v1/attendance?class=%00", 400, None),
        (Method::GET, "/api/v1/attendance?%FF=1", 400, None),
        (Method::GET, long.as_str(), 400, None),
        (Method::POST, "/api/v1/classes", 405, Some("GET, HEAD")),
        (
            Method::PATCH,
            "/api/v1/attendance/a/b/c",
            405,
            Some("PUT, DELETE"),
        ),
        (Method::GET, "/api/v1/matches/1", 405, Some("DELETE")),
        (Method::OPTIONS, "/api/v1/classes", 405, Some("GET, HEAD")),
        (
            Method::TRACE,
            "/api/v1/dead-events/1/redrive",
            405,
            Some("POST"),
        ),
    ] {
        let request = desk
            .client
            .request(method.clone(), format!("{}{path}", desk.url));
        let answer = send(request.bearer_auth(TOKEN)).await;
        let told = format!("{method} {}", &path[..path.len().min(60)]);
        assert_eq!(answer.status(), status, "{told}");
        assert_eq!(
            answer
                .headers()
                .get("allow")
                .map(|value| value.to_str().unwrap()),
            allow,
            "{told}"
        );
        assert_eq!(
            answer.headers()["content-type"],
            "application/problem+json",
            "{told}"
        );
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(
            (&problem["status"], &problem["type"]),
            (&status.into(), &"about:blank".into()),
            "{told}"
        );
    }
}

/// What stands in it may be a token, or hold names.
pub(crate) async fn a_form_that_cannot_be_used_is_a_problem_that_repeats_nothing(desk: Desk) {
    let form = "application/x-www-form-urlencoded";
    let mark = "/classes/c/2024-10-07/s/mark";
    let long = format!("token={}", "Ana".repeat(20_000));
    for (path, kind, body, status) in [
        (mark, form, "status=Ana&reason=Ana", 400),
        (mark, form, "reason=Ana", 400),
        (mark, "application/json", "{\"status\":\"Ana\"}", 415),
        ("/sign-in", "application/json", "{\"token\":\"Ana\"}", 415),
        ("/sign-in", form, "next=Ana", 400),
        ("/sign-in", form, long.as_str(), 413),
    ] {
        let request = desk.client.post(format!("{}{path}", desk.url));
        let request = request.header("content-type", kind).body(body.to_owned());
        let answer = send(request.bearer_auth(TOKEN)).await;
        let told = format!("{path} {kind} {}", &body[..body.len().min(60)]);
        assert_eq!(answer.status(), status, "{told}");
        let kind = &answer.headers()["content-type"];
        assert_eq!(kind, "application/problem+json", "{told}");
        let text = answer.text().await.unwrap();
        assert!(!text.contains("Ana"), "{told}: {text}");
    }
}

pub(crate) async fn hostile_names_are_names(desk: Desk) {
    desk.fill().await;
    let names = [
        "=cmd|' /C calc'!A0".to_owned(),
        "+1+1".to_owned(),
        "-2+3".to_owned(),
        "@SUM(1)".to_owned(),
        "\tTab".to_owned(),
        "<script>alert(1)</script>".to_owned(),
        "\u{202e}gpj.exe".to_owned(),
        "a\"b,c\nd".to_owned(),
        "👩‍🏫 Zoë".to_owned(),
        "N".repeat(500),
    ];
    for (n, name) in (700..).zip(&names) {
        desk.insert(user(n, "student", name, &format!("s-{n}"), None))
            .await;
        desk.insert(mark(n, n, 21, date!(2024 - 10 - 08), "present"))
            .await;
    }
    let path = "/api/v1/attendance?class=c-history&date=2024-10-08";
    let items = desk.items(path).await;
    let told: Vec<_> = items
        .iter()
        .map(|item| item["student"]["full_name"].as_str().unwrap())
        .collect();
    assert_eq!(told, names);
    let text = desk.csv(path).await;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let cells: Vec<_> = rows
        .records()
        .map(|row| row.unwrap()[3].to_owned())
        .collect();
    let expected: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            if at < 5 {
                format!("'{name}")
            } else {
                name.clone()
            }
        })
        .collect();
    assert_eq!(cells, expected);
}
