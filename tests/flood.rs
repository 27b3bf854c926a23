//! Floods from strangers: more connections than a worker should have, slow ones, ones that take no answers, and wrong
//! signatures without end. Zoom is served in time all through them, and memory stays within what is promised.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::{
    collections::VecDeque,
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};
use support::{
    app::{App, Database, PATIENCE, Setup, client},
    wire::{POST, Wire, event, signed},
    zoom::Zoom,
};

/// Zoom gives up after so long.
const ZOOM: Duration = Duration::from_secs(3);
/// Connections of one worker before it closes some; twice as many before it accepts no more.
const SEATS: usize = 512;
/// A small request with a larger answer.
const UNASKED: &[u8] = b"GET / HTTP/1.1\r\nHost:x\r\n\r\n";
/// How long each flood goes on.
const FLOOD: Duration = Duration::from_secs(8);

/// One worker, so that all connections meet in one place.
async fn app(database: Database) -> App {
    let setup = Setup::new(database).with("ROLLCALL__HTTP__WORKERS", "1");
    setup.start().await
}

fn zoom(app: &App) -> Zoom {
    Zoom::new(client(), app.public, support::app::SECRET)
}

/// Zoom's events during `FLOOD`, over connections of their own and over one that stays; with the longest wait.
async fn serve(app: &App) -> (usize, Duration) {
    let (begun, kept) = (Instant::now(), zoom(app));
    let (mut served, mut longest) = (0, Duration::ZERO);
    while begun.elapsed() < FLOOD {
        for zoom in [&zoom(app), &kept] {
            let asked = Instant::now();
            let answer = tokio::time::timeout(ZOOM, zoom.deliver(event())).await;
            let waited = asked.elapsed();
            let answer =
                answer.unwrap_or_else(|_| panic!("event {served} is not answered in time"));
            assert_eq!(answer.status, 200, "event {served}: {}", answer.body);
            longest = longest.max(waited);
            served += 1;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (served, longest)
}

/// Opens connections that send `begin` and no more, as fast as they are taken and never more than `most` at a time,
/// while Zoom's events are served.
async fn flood_with(app: &App, begin: &[u8], most: usize) {
    let opened = AtomicU64::new(0);
    serve_during(app, |over| {
        let mut open = VecDeque::new();
        while !over.load(Ordering::Relaxed) {
            let mut wire = Wire::open(app);
            wire.send(begin);
            open.push_back(wire);
            opened.fetch_add(1, Ordering::Relaxed);
            if open.len() > most {
                open.pop_front();
            }
            std::thread::park_timeout(Duration::from_micros(500));
        }
    });
    assert_crowded(app, opened.into_inner()).await;
}

/// Zoom's events are served while `flood` goes on in a thread of its own, until it is told that it is over.
fn serve_during(app: &App, flood: impl FnOnce(&AtomicBool) + Send) {
    let over = AtomicBool::new(false);
    let (served, longest) = std::thread::scope(|scope| {
        scope.spawn(|| flood(&over));
        let served = tokio::task::block_in_place(|| {
            let serving = serve(app);
            let result = std::panic::AssertUnwindSafe(serving);
            tokio::runtime::Handle::current()
                .block_on(futures_util::FutureExt::catch_unwind(result))
        });
        over.store(true, Ordering::Relaxed);
        served.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    println!("{served} events served, the slowest in {longest:?}");
}

/// There were more connections than there may be, and some had to go.
async fn assert_crowded(app: &App, opened: u64) {
    println!("{opened} connections opened");
    assert!(opened > SEATS as u64 * 2, "only {opened}: no flood");
    let closed = r#"rollcall_http_connections_closed_total{reason="crowded"}"#;
    assert!(
        app.metric(closed).await > Some(0.0),
        "the slowest are closed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_half_sent_bodies_pushes_out_itself() {
    let app = app(Database::Sqlite).await;
    let begin = format!("{POST}Content-Length: 1048576\r\n\r\n{{");
    flood_with(&app, begin.as_bytes(), 1500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_half_sent_heads_pushes_out_itself() {
    let app = app(Database::Sqlite).await;
    flood_with(&app, POST.as_bytes(), 900).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_silent_connections_pushes_out_itself() {
    let app = app(Database::Sqlite).await;
    flood_with(&app, b"", 900).await;
}

/// Nobody waits for these: each connection asks five times a second, is answered, and asks again; those that are closed
/// come back.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_whole_requests_pushes_out_itself() {
    let app = app(Database::Sqlite).await;
    let unsigned = format!("{POST}Content-Length: 2\r\n\r\n{{}}");
    let requests: [&[u8]; 2] = [
        b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        unsigned.as_bytes(),
    ];
    let (opened, asked) = (AtomicU64::new(0), AtomicU64::new(0));
    serve_during(&app, |over| {
        let mut open: Vec<Option<Wire>> = (0..SEATS * 2 + 200).map(|_| None).collect();
        while !over.load(Ordering::Relaxed) {
            let begun = Instant::now();
            for (nth, place) in open.iter_mut().enumerate() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let wire = place.get_or_insert_with(|| {
                    opened.fetch_add(1, Ordering::Relaxed);
                    Wire::open(&app)
                });
                if wire.push(requests[nth % 2]) == 0 {
                    *place = None;
                }
                asked.fetch_add(1, Ordering::Relaxed);
            }
            std::thread::park_timeout(Duration::from_millis(200).saturating_sub(begun.elapsed()));
        }
    });
    let asked = asked.into_inner();
    println!("{asked} whole requests");
    assert!(asked > SEATS as u64 * 10, "only {asked}: no flood");
    assert_crowded(&app, opened.into_inner()).await;
}

/// Zoom's idle connection is the oldest, and stays all the same.
#[tokio::test]
async fn zoom_s_own_connection_is_the_last_to_be_closed() {
    let app = app(Database::Sqlite).await;
    let mut kept = Wire::open(&app);
    kept.send(signed(&app, &event(), ""));
    assert_eq!(kept.reply().unwrap().status, 200);
    let crowd: Vec<Wire> = (0..SEATS + 100).map(|_| Wire::open(&app)).collect();
    let closed = r#"rollcall_http_connections_closed_total{reason="crowded"}"#;
    let begun = Instant::now();
    while app.metric(closed).await < Some(100.0) {
        assert!(
            begun.elapsed() < PATIENCE,
            "there are too many, and none is closed"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    kept.send(signed(&app, &event(), ""));
    assert_eq!(kept.reply().unwrap().status, 200);
    drop(crowd);
}

/// Half of a large body on each of many connections: as much as strangers can make us hold.
#[tokio::test]
async fn slow_connections_hold_little_memory() {
    let app = app(Database::Sqlite).await;
    let before = resident_mib(&app);
    let head = format!("{POST}Content-Length: 1048576\r\n\r\n");
    let half = [head.as_bytes(), &vec![b' '; 500_000]].concat();
    let mut slow: Vec<Wire> = (0..200).map(|_| Wire::open(&app)).collect();
    let (mut sent, mut most) = (0, 0);
    for wire in &mut slow {
        sent += wire.push(&half);
        most = most.max(resident_mib(&app));
    }
    for _ in 0..20 {
        let answer = tokio::time::timeout(ZOOM, zoom(&app).deliver(event())).await;
        assert_eq!(answer.expect("in time").status, 200);
        most = most.max(resident_mib(&app));
    }
    println!("{sent} bytes of half bodies: {before} MiB before, {most} MiB at most");
    assert!(sent > 80_000_000, "only {sent}: nothing to hold");
    assert!(most < before + 160, "{before} MiB before, {most} MiB after");
}

/// Requests of a few bytes, one behind the other, by clients that take no answer.
#[tokio::test]
async fn answers_that_are_not_taken_hold_little_memory() {
    let app = app(Database::Sqlite).await;
    let before = resident_mib(&app);
    let requests = UNASKED.repeat(4000);
    let mut greedy: Vec<Wire> = (0..40).map(|_| Wire::open(&app)).collect();
    let (begun, mut sent, mut most) = (Instant::now(), 0, 0);
    while begun.elapsed() < FLOOD {
        sent += greedy
            .iter_mut()
            .map(|wire| wire.push(&requests))
            .sum::<usize>();
        let answer = tokio::time::timeout(ZOOM, zoom(&app).deliver(event())).await;
        assert_eq!(answer.expect("in time").status, 200);
        most = most.max(resident_mib(&app));
    }
    println!("{sent} bytes pipelined: {before} MiB before, {most} MiB at most");
    assert!(sent > 4_000_000, "only {sent}: nothing to hold");
    assert!(
        most < before + 40 * 2,
        "{before} MiB before, {most} MiB at most"
    );
}

/// The kernel takes some megabytes of answers before anybody notices.
#[tokio::test]
async fn a_client_that_takes_no_answers_is_given_up() {
    let app = app(Database::Sqlite).await;
    let requests = UNASKED.repeat(4000);
    let mut greedy = Wire::open(&app);
    let slow = r#"rollcall_http_connections_closed_total{reason="slow"}"#;
    let begun = Instant::now();
    while app.metric(slow).await.is_none() {
        greedy.push(&requests);
        assert!(begun.elapsed() < 4 * PATIENCE, "it may stay for ever");
    }
    let answer = tokio::time::timeout(ZOOM, zoom(&app).deliver(event())).await;
    assert_eq!(answer.expect("in time").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_bad_signatures_never_blocks_zoom_on_sqlite() {
    bad_signatures(app(Database::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_bad_signatures_never_blocks_zoom_on_postgres() {
    bad_signatures(app(Database::Postgres).await).await;
}

/// No statement and no log line each: one row, kept up to date, and one warning.
async fn bad_signatures(app: App) {
    let (over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let forged = |nth: u64| {
        let body = format!(r#"{{"event":"meeting.started","event_ts":{nth}}}"#);
        let signature = format!("v0={}", "0".repeat(64));
        let (length, time) = (body.len(), support::zoom::now());
        format!(
            "{POST}x-zm-signature: {signature}\r\nx-zm-request-timestamp: {time}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    };
    let lines = app.log().lines().count();
    let (served, longest) = std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut wire = Wire::open(&app);
                while !over.load(Ordering::Relaxed) {
                    wire.send(forged(sent.fetch_add(1, Ordering::Relaxed)));
                    assert_eq!(wire.reply().unwrap().status, 401);
                }
            });
        }
        let served = tokio::task::block_in_place(|| {
            let serving = std::panic::AssertUnwindSafe(serve(&app));
            tokio::runtime::Handle::current()
                .block_on(futures_util::FutureExt::catch_unwind(serving))
        });
        over.store(true, Ordering::Relaxed);
        served.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let sent = sent.load(Ordering::Relaxed);
    println!("{sent} refused; {served} events served, the slowest in {longest:?}");
    assert!(sent > 500, "only {sent}: no flood");
    let counted = f64::from(u32::try_from(sent).unwrap());
    let wrong = r#"rollcall_signature_refused_total{reason="wrong"}"#;
    assert_eq!(app.metric(wrong).await, Some(counted));
    let burst = r#"rollcall_refusal_burst_requests{kind="bad_signature"}"#;
    let begun = Instant::now();
    while (app.metric(burst).await, recorded(&app).await)
        != (Some(counted), vec![i64::try_from(sent).unwrap()])
    {
        assert!(begun.elapsed() < PATIENCE, "{:?}", recorded(&app).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let more = app.log().lines().count() - lines;
    assert!(more <= 3, "{more} lines for {sent} refused requests");
}

/// The counts of all recorded bursts.
async fn recorded(app: &App) -> Vec<i64> {
    use sea_orm::ConnectionTrait;
    let database = sea_orm::Database::connect(app.database_url())
        .await
        .unwrap();
    let query = "SELECT count FROM security_events WHERE kind = 'bad_signature'";
    let query = sea_orm::Statement::from_string(database.get_database_backend(), query);
    let rows = database.query_all_raw(query).await.unwrap();
    database.close().await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

/// The memory that the application really has.
fn resident_mib(app: &App) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", app.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: usize = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kib / 1024
}
