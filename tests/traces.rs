//! Traces: joined to Zoom's, sent to a collector where one is configured, nowhere by default, and harmless whatever the collector does.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use support::{
    app::{App, Database, Setup},
    zoom::{Run, answer, now},
};

/// An OpenTelemetry collector: what it was sent, request by request.
struct Collector {
    address: String,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let request = take(stream.expect("a connection"));
                taken.lock().unwrap().push(request);
            }
        });
        Self { address, requests }
    }

    /// All that it was sent.
    fn sent(&self) -> Vec<u8> {
        self.requests.lock().unwrap().concat()
    }
}

/// One whole request, which is answered.
fn take(mut stream: TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        let read = stream.read(&mut bytes).expect("the request");
        request.extend_from_slice(&bytes[..read]);
        if read == 0 || is_whole(&request) {
            break;
        }
    }
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
    let _ = stream.write_all(head.as_bytes());
    request
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.expect("a length").parse().expect("a number");
    request.len() >= end + 4 + length
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
/// Of a stranger's request.
const STRANGE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn id(hex: &str) -> Vec<u8> {
    hex::decode(hex).expect("hex digits")
}

fn joined() -> Vec<u8> {
    let run = Run {
        meeting: "85512340977".into(),
        uuid: "4444AAAiAAAAAiAiAiiAii==".into(),
        start: "2026-11-20T09:00:00Z".into(),
    };
    let person = json!({ "user_id": "1", "user_name": "Ana Reyes", "email": "ana@school.example" });
    run.joined(&person, "2026-11-20T09:01:00Z")
}

/// Delivers an event within a trace, signed or not.
async fn deliver(app: &App, trace: &str, signed: bool) -> u16 {
    let body = joined();
    let mut request = app
        .zoom()
        .request(&body)
        .header("traceparent", format!("00-{trace}-{PARENT}-01"));
    if signed {
        let signature = app.zoom().sign(now(), &body);
        request = request
            .header("x-zm-request-timestamp", now().to_string())
            .header("x-zm-signature", signature);
    }
    answer(request).await.status.as_u16()
}

#[tokio::test]
async fn a_webhook_s_trace_is_zoom_s_and_a_stranger_makes_none() {
    let collector = Collector::start();
    let setup = Setup::new(Database::Sqlite);
    let mut app = setup
        .with("ROLLCALL__TELEMETRY__OTLP_ENDPOINT", &collector.address)
        .start()
        .await;
    assert_eq!(deliver(&app, STRANGE, false).await, 401);
    assert_eq!(deliver(&app, TRACE, true).await, 200);
    assert!(app.stop().await.success(), "what waits is sent at the end");
    let sent = collector.sent();
    assert!(sent.starts_with(b"POST /v1/traces HTTP/1.1\r\n"));
    for part in [id(TRACE), id(PARENT)] {
        assert!(holds(&sent, &part), "Zoom's trace, below Zoom's span");
    }
    for part in [
        "POST /api/zoom/webhook",
        "journal commit",
        "rollcall",
        "85512340977",
    ] {
        assert!(holds(&sent, part.as_bytes()), "{part}");
    }
    assert!(!holds(&sent, &id(STRANGE)), "nothing of what is refused");
    for personal in ["Ana", "ana@"] {
        assert!(!holds(&sent, personal.as_bytes()), "{personal}");
    }
}

#[tokio::test]
async fn nothing_is_sent_by_default_or_of_no_share() {
    let collector = Collector::start();
    let all = ("ROLLCALL__TELEMETRY__SAMPLE_RATIO", "1");
    let off = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.as_str());
    let on = (
        "ROLLCALL__TELEMETRY__OTLP_ENDPOINT",
        collector.address.as_str(),
    );
    let no_share = ("ROLLCALL__TELEMETRY__SAMPLE_RATIO", "0");
    for [one, other] in [[off, all], [on, no_share]] {
        let setup = Setup::new(Database::Sqlite).with(one.0, one.1);
        let mut app = setup.with(other.0, other.1).start().await;
        assert_eq!(deliver(&app, TRACE, true).await, 200);
        assert!(app.stop().await.success());
        assert!(collector.sent().is_empty(), "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn a_collector_that_is_away_or_silent_harms_nothing() {
    // It takes connections, and nobody ever reads from them.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let silent = format!("http://{}", listener.local_addr().expect("an address"));
    for endpoint in ["http://127.0.0.1:1", silent.as_str()] {
        let setup = Setup::new(Database::Sqlite);
        let mut app = setup
            .with("ROLLCALL__TELEMETRY__OTLP_ENDPOINT", endpoint)
            .start()
            .await;
        for _ in 0..20 {
            assert_eq!(deliver(&app, TRACE, true).await, 200);
        }
        let begun = Instant::now();
        assert!(app.stop().await.success());
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(8), "{endpoint}: {took:?}");
    }
}
