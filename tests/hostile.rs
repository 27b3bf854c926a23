//! What strangers may send to the public listener. Every way gets its exact answer or a closed connection, never a 5xx but
//! for a body that does not come, and never a wait without end; after each one Zoom's next event is served in time, on
//! a fresh connection and, where it stays open, on the same.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};
use support::{
    app::{App, Database, spawn_app},
    raw,
    wire::{POST, Wire, event, signed},
    zoom::{Answer, answer, now},
};

/// Zoom gives up after so long.
const ZOOM: Duration = Duration::from_secs(3);
/// What a busy machine may add to a limit of the listener.
const SLACK: Duration = Duration::from_secs(6);
/// `max_body_bytes` by default.
const LIMIT: usize = 1024 * 1024;
/// How fast a slow client sends.
const PACE: Duration = Duration::from_millis(100);

async fn app() -> App {
    spawn_app(Database::Sqlite).await
}

/// Zoom's next event on a fresh connection.
async fn assert_served(app: &App) {
    let client = support::app::client();
    let zoom = support::zoom::Zoom::new(client, app.public, support::app::SECRET);
    let answered = tokio::time::timeout(ZOOM, zoom.deliver(event())).await;
    assert_eq!(answered.expect("in time").status, 200);
}

/// Zoom's next event on this connection.
#[track_caller]
fn assert_serves(app: &App, wire: &mut Wire) {
    let begun = Instant::now();
    wire.send(signed(app, &event(), ""));
    assert_eq!(wire.reply().expect("an answer").status, 200);
    assert!(begun.elapsed() < ZOOM);
}

/// Sends `request`, expects these answers and then the end, and Zoom served.
async fn assert_ends(app: &App, what: &str, request: &[u8], statuses: &[u16]) {
    let mut wire = Wire::open(app);
    wire.send(request);
    assert_eq!(wire.statuses(), statuses, "{what}");
    assert_served(app).await;
}

/// Sends `request` and expects this answer and a connection that serves on.
async fn assert_goes_on(app: &App, what: &str, request: &[u8], status: u16) {
    let mut wire = Wire::open(app);
    wire.send(request);
    assert_eq!(wire.reply().map(|r| r.status), Some(status), "{what}");
    assert_serves(app, &mut wire);
    assert_served(app).await;
}

/// Delivers a body with a right signature, and expects this answer.
async fn assert_judged(app: &App, what: &str, body: &[u8], status: u16) {
    assert_eq!(app.zoom().deliver(body).await.status, status, "{what}");
    let mut wire = Wire::open(app);
    assert_serves(app, &mut wire);
}

#[tokio::test]
async fn slow_headers_are_given_up() {
    let app = app().await;
    for begin in ["", "P", POST, &format!("{POST}X: ")] {
        let mut wire = Wire::open(&app);
        wire.send(begin);
        let piece: &[u8] = if begin.is_empty() { b"" } else { b"a" };
        let took = wire.drip(piece, PACE);
        assert!(took < Duration::from_secs(5) + SLACK, "{begin}: {took:?}");
        assert_eq!(wire.statuses(), [408], "{begin}");
        assert_served(&app).await;
    }
}

#[tokio::test]
async fn slow_headers_of_a_later_request_are_given_up() {
    let app = app().await;
    let mut wire = Wire::open(&app);
    assert_serves(&app, &mut wire);
    wire.send(format!("{POST}X: "));
    let took = wire.drip(b"a", PACE);
    assert!(took < Duration::from_secs(8) + SLACK, "{took:?}");
    assert_served(&app).await;
}

#[tokio::test]
async fn slow_bodies_are_given_up() {
    let app = app().await;
    for (head, piece) in [
        ("Content-Length: 1000", &b"a"[..]),
        ("Content-Length: 1000", b""),
        ("Transfer-Encoding: chunked", b"1\r\na\r\n"),
        ("Transfer-Encoding: chunked", b""),
    ] {
        let mut wire = Wire::open(&app);
        wire.send(format!("{POST}{head}\r\n\r\n"));
        let took = wire.drip(piece, PACE);
        assert!(took < Duration::from_secs(8) + SLACK, "{head}: {took:?}");
        assert_eq!(wire.statuses(), [503], "{head}: Zoom would send it again");
        assert_served(&app).await;
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let app = app().await;
    let head = format!("{POST}Transfer-Encoding: chunked\r\n\r\n");
    for (what, begin, piece, status) in [
        ("trailer", "2\r\n{}\r\n0\r\n", "X: a\r\n".to_owned(), 503),
        ("extension", "2;", "a".repeat(1000), 503),
        (
            "too large",
            "",
            format!("ffff\r\n{}\r\n", "a".repeat(0xffff)),
            413,
        ),
    ] {
        let mut wire = Wire::open(&app);
        wire.send(format!("{head}{begin}"));
        let took = wire.drip(piece.as_bytes(), Duration::from_millis(10));
        assert!(took < Duration::from_secs(12) + SLACK, "{what}: {took:?}");
        assert_eq!(wire.statuses(), [status], "{what}");
        assert_served(&app).await;
    }
}

/// A connection on which nobody speaks is not Zoom's loss, nor is one that breaks off.
#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_leaves_nothing_behind() {
    let app = app().await;
    let whole = signed(&app, &event(), "");
    for length in [1, POST.len(), whole.len() - 1] {
        let begin = |_| {
            let mut wire = Wire::open(&app);
            assert!(wire.send(&whole[..length]));
            wire
        };
        let wires: Vec<Wire> = (0..50).map(begin).collect();
        assert_open(&app, |open| open >= 50.0).await;
        drop(wires);
        assert_served(&app).await;
        assert_open(&app, |open| open <= 10.0).await;
    }
}

/// There are soon this many connections.
async fn assert_open(app: &App, enough: impl Fn(f64) -> bool) {
    let gauge = r#"rollcall_http_connections{listener="public"}"#;
    let begun = Instant::now();
    loop {
        let open = app.metric(gauge).await.expect("the gauge");
        if enough(open) {
            return;
        }
        assert!(begun.elapsed() < SLACK, "{open} are there");
        tokio::time::sleep(PACE).await;
    }
}

#[tokio::test]
async fn huge_heads_are_refused() {
    let app = app().await;
    // As long as the buffer for heads: all of it is read, so that the answer is not lost to a reset.
    let long = |begin: &str| {
        let filling = "a".repeat(128 * 1024 - begin.len());
        format!("{begin}{filling}").into_bytes()
    };
    for (what, request) in [
        ("one value", long(&format!("{POST}X: "))),
        ("one name", long(POST)),
        ("request line", long("POST /")),
        ("method", long("")),
    ] {
        assert_ends(&app, what, &request, &[431]).await;
    }
    let headers = |count: usize| "X: a\r\n".repeat(count);
    for (count, statuses) in [(93, &[400][..]), (94, &[431]), (5000, &[431])] {
        // With `Host`, `Content-Length` and `Connection` 96 is the most.
        let more = headers(count);
        let request = format!("{POST}{more}Connection: close\r\nContent-Length: 2\r\n\r\n{{}}");
        assert_ends(
            &app,
            &format!("{count} headers"),
            request.as_bytes(),
            statuses,
        )
        .await;
    }
    let path = "a".repeat(70_000);
    let request = format!("GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_ends(&app, "path", request.as_bytes(), &[400]).await;
    let large = format!("X: {}\r\n", "a".repeat(100_000));
    assert_goes_on(&app, "a large head", &signed(&app, &event(), &large), 200).await;
}

#[tokio::test]
async fn a_body_without_length_is_none() {
    let app = app().await;
    let request = format!("{POST}\r\n");
    assert_goes_on(&app, "no body", request.as_bytes(), 400).await;
    let request = format!("{POST}\r\n{{\"event\":\"a\"}}");
    assert_ends(&app, "a body all the same", request.as_bytes(), &[400, 400]).await;
    let request = "POST /api/zoom/webhook HTTP/1.0\r\n\r\n{}";
    assert_ends(&app, "HTTP/1.0", request.as_bytes(), &[400]).await;
}

#[tokio::test]
async fn chunks_are_read_or_refused() {
    let app = app().await;
    let body = event();
    let (timestamp, signature) = (now(), app.zoom().sign(now(), &body));
    let head = format!(
        "{POST}x-zm-signature: {signature}\r\nx-zm-request-timestamp: {timestamp}\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    let chunks = |chunks: &[u8]| [head.as_bytes(), chunks].concat();
    for size in [1, 7, 1000] {
        let request = chunks(&raw::chunked(&body, size));
        assert_goes_on(&app, "right", &request, 200).await;
    }
    let text = String::from_utf8(body.clone()).unwrap();
    let size = format!("{:x}", body.len());
    for (what, sent, status) in [
        (
            "upper case",
            format!("{}\r\n{text}\r\n0\r\n\r\n", size.to_uppercase()),
            200,
        ),
        (
            "zeros before",
            format!("000{size}\r\n{text}\r\n0\r\n\r\n"),
            200,
        ),
        (
            "extension",
            format!("{size};a=b\r\n{text}\r\n0;c\r\n\r\n"),
            200,
        ),
        (
            "trailer",
            format!("{size}\r\n{text}\r\n0\r\nX: a\r\n\r\n"),
            200,
        ),
    ] {
        assert_goes_on(&app, what, &chunks(sent.as_bytes()), status).await;
    }
    for (what, sent) in [
        ("no size", format!("\r\n{text}\r\n0\r\n\r\n")),
        ("no number", format!("zz\r\n{text}\r\n0\r\n\r\n")),
        ("sign", format!("+{size}\r\n{text}\r\n0\r\n\r\n")),
        ("prefix", format!("0x{size}\r\n{text}\r\n0\r\n\r\n")),
        (
            "overflow",
            format!("fffffffffffffffff\r\n{text}\r\n0\r\n\r\n"),
        ),
        (
            "control character",
            format!("{size};\u{1}\r\n{text}\r\n0\r\n\r\n"),
        ),
        ("line feed alone", format!("{size}\n{text}\n0\n\n")),
        ("too short a size", format!("1\r\n{text}\r\n0\r\n\r\n")),
    ] {
        assert_ends(&app, what, &chunks(sent.as_bytes()), &[400]).await;
    }
}

/// Every shape on which two servers in a row might disagree where a request ends: refused once, and closed.
#[tokio::test]
async fn requests_that_might_be_smuggled_are_refused() {
    let app = app().await;
    let chunked = "0\r\n\r\n";
    let hidden = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut served = 0.0;
    for lines in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding: chunked\0",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        " Transfer-Encoding: chunked",
        "X: a\r\n Transfer-Encoding: chunked",
        "X: a\r\n\tb",
        "X: a\rTransfer-Encoding: chunked",
        "X: a\0b",
        "X a",
        ": a",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 5 5",
        "Content-Length: 5, 5",
        "Content-Length: 0x5",
        "Content-Length: 5.0",
        "Content-Length: 1_0",
        "Content-Length:",
        "Content-Length : 5",
        "Content-Length: 99999999999999999999",
        "Host: y",
    ] {
        let request = format!("{POST}{lines}\r\n\r\n{chunked}{hidden}");
        assert_ends(&app, lines, request.as_bytes(), &[400]).await;
        served += 1.0;
    }
    for request in [
        "POST /api/zoom/webhook HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST /api/zoom/webhook HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api/zoom/webhook HTTP/1.1 \r\nHost: x\r\n\r\n",
        "POST  /api/zoom/webhook HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /api/zoom/webhook\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{3}\u{3}\0\0\0\0",
    ] {
        assert_ends(&app, request, request.as_bytes(), &[400]).await;
        served += 1.0;
    }
    let journaled = app.metric(JOURNALED).await;
    assert_eq!(journaled, Some(served), "Zoom's events, and nothing else");
}

/// What the standard leaves open and we read: nobody can read it otherwise.
#[tokio::test]
async fn shapes_that_mean_one_thing_only_are_read() {
    let app = app().await;
    let invalid = |lines: &str| format!("{POST}{lines}\r\n\r\n{{}}");
    for lines in [
        "Content-Length:2",
        "Content-Length: \t2\t ",
        "content-LENGTH: 02",
    ] {
        assert_goes_on(&app, lines, invalid(lines).as_bytes(), 400).await;
    }
    for lines in ["Transfer-Encoding:Chunked", "transfer-encoding: \tCHUNKED "] {
        let request = format!("{POST}{lines}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n");
        assert_goes_on(&app, lines, request.as_bytes(), 400).await;
    }
    let bare = invalid("Content-Length: 2").replace("\r\n", "\n");
    assert_goes_on(&app, "line feeds alone", bare.as_bytes(), 400).await;
}

/// Whatever lies in a body is a body, and what follows it is a request of its own that has to be signed itself.
#[tokio::test]
async fn a_request_hidden_in_a_body_stays_there() {
    let app = app().await;
    let hidden = signed(&app, &event(), "");
    let head = format!("{POST}Content-Length: {}\r\n\r\n", hidden.len());
    let request = [head.as_bytes(), &hidden].concat();
    assert_goes_on(&app, "inside", &request, 400).await;

    let unsigned =
        format!("{POST}Connection: close\r\nContent-Length: 13\r\n\r\n{{\"event\":\"a\"}}");
    let request = [&signed(&app, &event(), "")[..], unsigned.as_bytes()].concat();
    assert_ends(&app, "behind a signed one", &request, &[200, 401]).await;

    let many = signed(&app, &event(), "").repeat(50);
    let last = signed(&app, &event(), "Connection: close\r\n");
    let request = [many, last].concat();
    assert_ends(&app, "pipelined", &request, &[200; 51]).await;
}

#[tokio::test]
async fn a_wrong_content_type_or_a_compressed_body_is_judged_by_its_bytes() {
    let app = app().await;
    for lines in [
        "",
        "Content-Type: multipart/form-data; boundary=a\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: text/html\r\nContent-Type: application/json\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: \u{e9}\r\n",
        "Content-Encoding: gzip\r\nAccept-Encoding: gzip\r\n",
        "Expect: the unexpected\r\n",
    ] {
        assert_goes_on(&app, lines, &signed(&app, &event(), lines), 200).await;
    }
    // `printf '{"event":"a"}' | gzip -n | xxd -i`
    let gzip = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x4a, 0x2d, 0x4b,
        0xcd, 0x2b, 0x51, 0xb2, 0x52, 0x4a, 0x54, 0xaa, 0x05, 0x00, 0x24, 0x04, 0xf8, 0xdc, 0x0d,
        0x00, 0x00, 0x00,
    ];
    let request = signed(&app, &gzip, "Content-Encoding: gzip\r\n");
    assert_goes_on(&app, "compressed", &request, 400).await;
}

#[tokio::test]
async fn deep_json_is_read_or_refused_whatever_its_depth() {
    let app = app().await;
    let lists = |n| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let maps = |n| format!("{}1{}", r#"{"a":"#.repeat(n), "}".repeat(n));
    for deep in [lists(100_000), maps(100_000)] {
        for (what, body, status) in [
            (
                "payload",
                format!(r#"{{"event":"a","payload":{deep}}}"#),
                200,
            ),
            (
                "object",
                format!(r#"{{"event":"meeting.started","payload":{{"object":{deep}}}}}"#),
                200,
            ),
            (
                "id",
                format!(r#"{{"event":"meeting.started","payload":{{"object":{{"id":{deep}}}}}}}"#),
                200,
            ),
            ("another key", format!(r#"{{"x":{deep},"event":"a"}}"#), 200),
            ("time", format!(r#"{{"event":"a","event_ts":{deep}}}"#), 200),
            ("event", format!(r#"{{"event":{deep}}}"#), 400),
            ("the whole", deep.clone(), 400),
            (
                "without an end",
                format!(r#"{{"event":"a","x":{}"#, &deep[..deep.len() / 2]),
                400,
            ),
        ] {
            assert_judged(&app, what, body.as_bytes(), status).await;
        }
    }
    let opened = "[".repeat(LIMIT);
    assert_judged(&app, "as deep as there is room", opened.as_bytes(), 400).await;
}

#[tokio::test]
async fn odd_text_is_read() {
    let app = app().await;
    for (what, body, status) in [
        (
            "UTF-8, payload",
            &b"{\"event\":\"a\",\"payload\":{\"x\":\"\xff\xc0\xaf\"}}"[..],
            200,
        ),
        (
            "UTF-8, event",
            b"{\"event\":\"\xff\xc0\xaf\xed\xa0\x80\"}",
            200,
        ),
        ("UTF-8, key", b"{\"event\":\"a\",\"\xf0\x9f\":1}", 200),
        ("UTF-8, outside", b"\xff{\"event\":\"b\"}", 400),
        ("byte order mark", b"\xef\xbb\xbf{\"event\":\"c\"}", 400),
        (
            "UTF-16",
            b"{\0\"\0e\0v\0e\0n\0t\0\"\0:\0\"\0a\0\"\0}\0",
            400,
        ),
        ("NUL, raw", b"{\"event\":\"a\0b\"}", 400),
        ("NUL, outside", b"{\"event\":\"a\"}\0", 400),
        (
            "NUL, escaped",
            br#"{"event":"a\u0000b","payload":{"\u0000":"\u0000"}}"#,
            200,
        ),
        (
            "surrogates",
            br#"{"event":"a\ud83e","payload":{"x":"\udd8a\ud83e"}}"#,
            200,
        ),
        ("escaped surrogate end", br#"{"event":"a\ud83e\"}"#, 400),
        (
            "keys twice",
            br#"{"event":"a","payload":1,"event":"b","payload":{},"payload":[]}"#,
            200,
        ),
        (
            "event twice, no text last",
            br#"{"event":"a","event":{}}"#,
            400,
        ),
        (
            "keys twice, escaped",
            br#"{"event":1,"\u0065vent":"a"}"#,
            200,
        ),
        ("no key", br#"{"":"","event":"a"}"#, 200),
    ] {
        assert_judged(&app, what, body, status).await;
    }
}

#[tokio::test]
async fn numbers_out_of_range_are_none() {
    let app = app().await;
    for number in [
        "1e400",
        "-1e400",
        "1e-400",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551616",
        "-1",
        "-0",
        "0",
        "1.5",
        "1791190813877.0",
        "253402300800000",
        &"9".repeat(100_000),
        &format!("0.{}", "1".repeat(100_000)),
    ] {
        let body = format!(
            r#"{{"event":"meeting.participant_joined","event_ts":{number},"payload":{{"object":{{
                "id":{number},"uuid":{number},"duration":{number},"start_time":{number},
                "participant":{{"user_id":{number},"id":{number},"join_time":{number}}}}}}}}}"#
        );
        let shown = &number[..number.len().min(30)];
        assert_judged(&app, shown, body.as_bytes(), 200).await;
    }
    for number in [
        "01", "+1", "1.", ".5", "0x1", "NaN", "Infinity", "1e", "--1",
    ] {
        let body = format!(r#"{{"event":"a","event_ts":{number}}}"#);
        assert_judged(&app, number, body.as_bytes(), 400).await;
    }
}

#[tokio::test]
async fn enormous_strings_are_taken_up_to_the_limit() {
    let app = app().await;
    for (what, begin, end) in [
        ("event", r#"{"event":""#, r#""}"#),
        ("key", r#"{"event":"a",""#, r#"":1}"#),
        (
            "id",
            r#"{"event":"meeting.started","payload":{"object":{"uuid":"u","id":""#,
            r#""}}}"#,
        ),
        (
            "uuid",
            r#"{"event":"meeting.started","payload":{"object":{"id":"1","uuid":""#,
            r#""}}}"#,
        ),
        (
            "name",
            r#"{"event":"meeting.participant_joined","payload":{"object":{"id":"1","uuid":"v","participant":{"user_id":"1","join_time":"2026-10-05T09:00:00Z","user_name":""#,
            r#""}}}}"#,
        ),
        (
            "time",
            r#"{"event":"meeting.ended","payload":{"object":{"id":"1","uuid":"v","end_time":""#,
            r#""}}}"#,
        ),
    ] {
        let filling = "x".repeat(LIMIT - begin.len() - end.len());
        let body = format!("{begin}{filling}{end}");
        assert_eq!(body.len(), LIMIT);
        assert_judged(&app, what, body.as_bytes(), 200).await;
    }
    let members = format!(r#"{{"event":"a"{}}}"#, r#","":0"#.repeat(200_000));
    assert_judged(&app, "members", members.as_bytes(), 200).await;
}

#[tokio::test]
async fn signatures_of_another_shape_are_refused() {
    let app = app().await;
    let body = event();
    let (time, right) = (now().to_string(), app.zoom().sign(now(), &body));
    let digits = &right[3..];
    let long = format!("v0={}", "0".repeat(90_000));
    for signature in [
        digits,
        &format!("v1={digits}"),
        &format!("V0={digits}"),
        &format!("v0:{digits}"),
        &format!("v0= {digits}"),
        &format!("v0={}", digits.to_uppercase()),
        &format!("v0={}", &digits[..32]),
        &format!("v0={digits}0"),
        &format!("{right},{right}"),
        &format!("{right}; {right}"),
        &format!("\"{right}\""),
        "v0=\u{e9}",
        &long,
    ] {
        assert_refused(&app, &[("x-zm-signature", signature), at(&time)], &body).await;
    }
    for timestamp in [
        "",
        "0",
        "-1",
        "1e9",
        "9223372036854775808",
        "999999999999",
        "1791190813877",
        "\u{e9}",
    ] {
        assert_refused(&app, &[sig(&right), at(timestamp)], &body).await;
    }
    let other = app.zoom().sign(now() - 1, &body);
    let early = (now() - 1).to_string();
    for headers in [
        [sig(&right), sig(&other), at(&time)],
        [sig(&other), sig(&right), at(&time)],
        [sig(&right), sig(""), at(&time)],
        [sig(&right), at(&time), at(&early)],
        [sig(&right), at(&early), at(&time)],
        [sig(&right), at(&time), at("")],
    ] {
        assert_refused(&app, &headers, &body).await;
    }
    let spaced = format!("{POST}X-ZM-SIGNATURE: \t{right}\t \r\nX-Zm-Request-Timestamp:{time}\r\n");
    let request = format!("{spaced}Content-Length: {}\r\n\r\n", body.len());
    let request = [request.as_bytes(), &body].concat();
    assert_goes_on(
        &app,
        "white space and case of names are no part of it",
        &request,
        200,
    )
    .await;
}

/// A recorded request is good for nothing: as it is, it is the same event; for another body or time, it is no signature.
#[tokio::test]
async fn a_replayed_request_counts_once_and_then_not_at_all() {
    let app = app().await;
    let (body, recorded) = (event(), now() - 590);
    let send = async |time: i64| {
        let (signature, time) = (app.zoom().sign(recorded, &body), time.to_string());
        app.zoom()
            .send_with(&body, &[sig(&signature), at(&time)])
            .await
    };
    for _ in 0..3 {
        assert_eq!(send(recorded).await.status, 200);
    }
    assert_eq!(app.metric(JOURNALED).await, Some(1.0), "it is one event");
    assert_eq!(send(now()).await.status, 401, "the time is signed");
    for skew in [-86_400, -700, 700, 86_400] {
        assert_eq!(app.zoom().deliver_at(now() + skew, &body).await.status, 401);
    }
    assert_eq!(app.metric(JOURNALED).await, Some(1.0));
    assert_served(&app).await;
}

/// Events of no known kind that are new in the journal.
const JOURNALED: &str = r#"rollcall_webhook_events_total{kind="other",outcome="new"}"#;

fn sig(value: &str) -> (&str, &str) {
    ("x-zm-signature", value)
}

fn at(value: &str) -> (&str, &str) {
    ("x-zm-request-timestamp", value)
}

async fn assert_refused(app: &App, headers: &[(&str, &str)], body: &[u8]) {
    let refused: Answer = app.zoom().send_with(body, headers).await;
    let shown: Vec<_> = headers.iter().map(|(_, v)| &v[..v.len().min(40)]).collect();
    assert_eq!(refused.status, 401, "{shown:?}");
    let unsigned = answer(app.zoom().request(body)).await;
    assert_eq!(unsigned.status, 401);
}
