//! What the journal logs, at every level: nothing of a body. Alone in its process, because it takes the process's logs.

#[path = "support/postgres.rs"]
mod postgres;

use std::sync::{Arc, Mutex};

use rollcall::config;
use rollcall::journal::{Appended, Incoming, Journal, Unavailable};
use rollcall::zoom::envelope::Envelope;
use rollcall::zoom::translate::translate;
use tokio::runtime::Handle;

const BODY: &[u8] = br#"{"event":"meeting.started","event_ts":1,"payload":{"object":{"id":1,"uuid":"O","topic":"Ana Quispe"}}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_line_at_any_level_holds_a_body() {
    let lines = log_lines();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("journal.db");
    let database = postgres::database();
    for url in [
        format!("sqlite://{}?mode=rwc", file.display()),
        database.url(),
    ] {
        let settings = config::Journal {
            url: None,
            ack_timeout_ms: 2000,
            queue: 100,
            batch: 100,
            retention_days: 30,
            retention_check_seconds: 300,
        };
        let opened = Journal::open(&settings, &url.as_str().into(), Handle::current()).await;
        let (journal, _committed) = opened.expect("the journal opens");
        assert_eq!(journal.append(incoming(None)).await, Ok(Appended::New));
        assert_eq!(
            journal.append(incoming(None)).await,
            Ok(Appended::Duplicate)
        );
        let read = journal
            .read(&[("O".into(), 0)])
            .await
            .expect("read back")
            .events;
        assert_eq!(read.len(), 1);
        if url.starts_with("postgres") {
            // PostgreSQL's text cannot hold NUL.
            let mut odd = incoming(Some("\0"));
            odd.body.push(b' ');
            let refused = journal.append(odd).await;
            assert_eq!(refused, Err(Unavailable::Failing));
        }
        journal.drain().await;
    }
    let lines = String::from_utf8_lossy(&lines.lock().expect("not poisoned")).into_owned();
    assert!(
        lines.contains("refused one event for its data"),
        "logs are captured"
    );
    // As text, as a list of bytes, in hexadecimal.
    for spelling in ["Quispe", "81, 117, 105, 115", "517569737065"] {
        let line = lines.lines().find(|line| line.contains(spelling));
        assert_eq!(line, None);
    }
}

fn incoming(request_id: Option<&str>) -> Incoming {
    Incoming {
        delivery: translate(&Envelope::parse(BODY).expect("an envelope")),
        received_at: 1_772_438_401_000,
        request_id: request_id.map(str::to_owned),
        body: BODY.to_vec(),
    }
}

/// Everything that is logged from here on, down to TRACE.
fn log_lines() -> Arc<Mutex<Vec<u8>>> {
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("not poisoned").extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&lines);
    let logger = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::NEW)
        .with_ansi(false)
        .with_writer(move || Lines(Arc::clone(&writer)))
        .finish();
    tracing::subscriber::set_global_default(logger).expect("the first of this process");
    lines
}
