//! The journal from outside, on SQLite and on PostgreSQL: what it has acknowledged is there, once, whatever happens.

#[path = "support/postgres.rs"]
mod postgres;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rollcall::attendance::event::{Event, Instant as Second};
use rollcall::config;
use rollcall::journal::{Appended, Committed, Incoming, Journal, Pending, Unavailable};
use rollcall::zoom::envelope::Envelope;
use rollcall::zoom::translate::{Folds, translate};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::runtime::Handle;
use tokio::sync::mpsc::Receiver;
use tokio::task::{JoinHandle, JoinSet};

const PATIENCE: Duration = Duration::from_secs(30);

type Fate = Result<Appended, Unavailable>;

/// One scenario, on both databases.
macro_rules! on_both {
    ($($scenario:ident)*) => {$(
        mod $scenario {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let file = folder.path().join("journal.db");
                super::$scenario(&format!("sqlite://{}?mode=rwc", file.display())).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let database = super::postgres::database();
                super::$scenario(&database.url()).await;
            }
        }
    )*};
}

on_both! {
    everything_acknowledged_is_there_once_and_handed_on_in_order
    the_same_bytes_are_one_event
    only_what_folds_is_handed_on
    a_full_queue_refuses_at_once
    a_slow_receiver_loses_nothing
    draining_answers_everybody_then_refuses
    a_second_opener_waits_for_the_first_to_go
    reopening_keeps_the_id_and_never_gives_a_seq_again
    a_locked_store_refuses_then_recovers
    a_store_that_fails_again_and_again_loses_nothing
    a_dropped_request_does_not_take_its_commit_along
    reading_begins_after_the_given_seq
    the_sweep_sees_what_is_old_and_folds
    callers_may_live_on_other_runtimes
    nothing_else_of_the_runtime_keeps_a_commit_waiting
}

async fn everything_acknowledged_is_there_once_and_handed_on_in_order(url: &str) {
    let (journal, committed) = open(url).await;
    assert!(journal.health().ready());
    let seen = collect(committed);
    for fate in append_all(&journal, (0..2000).map(|n| joined("O", n))).await {
        assert_eq!(fate, Ok(Appended::New));
    }
    journal.drain().await;
    let handed_on = seqs_of(&seen.await.expect("collected"));
    assert_eq!(handed_on.len(), 2000);
    assert_eq!(handed_on, stored(url).await);
}

async fn the_same_bytes_are_one_event(url: &str) {
    let (journal, committed) = open(url).await;
    let seen = collect(committed);
    let fates = append_all(&journal, (0..300).map(|n| joined("O", n % 30))).await;
    let new = fates.iter().filter(|fate| **fate == Ok(Appended::New));
    let duplicates = fates.iter().filter(|f| **f == Ok(Appended::Duplicate));
    assert_eq!((new.count(), duplicates.count()), (30, 270));
    let later = journal.append(joined("O", 7)).await;
    assert_eq!(later, Ok(Appended::Duplicate));
    // The same words at another time, or without one, are other events.
    let body = br#"{"event":"meeting.started"}"#;
    assert_eq!(journal.append(raw(body)).await, Ok(Appended::New));
    assert_eq!(journal.append(raw(body)).await, Ok(Appended::Duplicate));
    let body = br#"{"event":"meeting.started" }"#;
    assert_eq!(journal.append(raw(body)).await, Ok(Appended::New));
    journal.drain().await;
    assert_eq!(seen.await.expect("collected").len(), 30);
    assert_eq!(stored(url).await.len(), 32);
}

async fn only_what_folds_is_handed_on(url: &str) {
    let (journal, committed) = open(url).await;
    let seen = collect(committed);
    let waiting_room = r#"{"event":"meeting.participant_joined_waiting_room","event_ts":1,"payload":{"object":{"id":"9","uuid":"O"}}}"#;
    let started = r#"{"event":"meeting.started","event_ts":2,"payload":{"object":{"id":91,"uuid":"O","start_time":"2026-03-02T08:00:00Z"}}}"#;
    let bind = r#"{"event":"meeting.participant_bind","event_ts":3,"payload":{"object":{"uuid":"O","participant":{"participant_uuid":"a","bind_participant_uuid":"b"}}}}"#;
    for body in [waiting_room, started, bind] {
        let mut incoming = raw(body.as_bytes());
        incoming.received_at = 1_772_438_400_999;
        assert_eq!(journal.append(incoming).await, Ok(Appended::New));
    }
    journal.drain().await;
    let seen = seen.await.expect("collected");
    let stored = stored(url).await;
    assert_eq!(seqs_of(&seen), stored[1..]);
    let what = |event: &Committed| (event.meeting.to_string(), event.folds);
    assert_eq!(what(&seen[0]), ("91".to_owned(), Folds::Yes));
    assert_eq!(seen[1].folds, Folds::IfExists);
    assert!(matches!(seen[1].news, Event::Bound(..)));
    for event in &seen {
        assert_eq!(&*event.occurrence, "O");
        assert_eq!(event.arrival, Second(1_772_438_400));
    }
}

async fn a_full_queue_refuses_at_once(url: &str) {
    let mut settings = settings();
    (settings.queue, settings.batch) = (5, 5);
    let (journal, _committed) = open_with(&settings, url).await;
    let hold = Hold::take(url).await;
    let mut waiting = JoinSet::new();
    // At most one batch is taken out of the queue while the store stands still.
    for n in 0..10 {
        let journal = journal.clone();
        waiting.spawn(async move { journal.append(joined("O", n)).await });
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    eventually(async || journal.health().queued == 5).await;
    let begun = Instant::now();
    assert_eq!(
        journal.append(joined("O", 99)).await,
        Err(Unavailable::Full)
    );
    assert!(begun.elapsed() < Duration::from_millis(200));
    hold.release().await;
    waiting.join_all().await;
}

async fn a_slow_receiver_loses_nothing(url: &str) {
    let (journal, mut committed) = open(url).await;
    let mut acknowledged = 0;
    // Nobody takes anything out until the committer itself has to wait.
    while acknowledged < 20_000 {
        let fates = append_all(&journal, (0..100).map(|n| joined("O", acknowledged + n))).await;
        let taken = fates.iter().filter(|fate| fate.is_ok()).count();
        acknowledged += 100;
        if taken < 100 {
            break;
        }
    }
    assert!(acknowledged < 20_000, "the hand-over is bounded");
    let mut last = 0;
    let draining = tokio::spawn({
        let journal = journal.clone();
        async move { journal.drain().await }
    });
    let mut seen = Vec::new();
    while let Some(event) = committed.recv().await {
        assert!(event.seq > last);
        last = event.seq;
        seen.push(event.seq);
    }
    draining.await.expect("drained");
    assert_eq!(seen, stored(url).await);
}

async fn draining_answers_everybody_then_refuses(url: &str) {
    let (journal, committed) = open(url).await;
    let seen = collect(committed);
    let mut waiting = JoinSet::new();
    for n in 0..500 {
        let journal = journal.clone();
        waiting.spawn(async move { journal.append(joined("O", n)).await });
    }
    tokio::task::yield_now().await;
    tokio::join!(journal.drain(), journal.drain());
    let fates = waiting.join_all().await;
    assert_eq!(fates.len(), 500);
    let acknowledged = fates.iter().filter(|fate| fate.is_ok()).count();
    assert!(
        fates
            .iter()
            .all(|fate| matches!(fate, Ok(_) | Err(Unavailable::Draining)))
    );
    assert_eq!(stored(url).await.len(), acknowledged);
    assert_eq!(seen.await.expect("collected").len(), acknowledged);
    assert_eq!(
        journal.append(joined("O", 999)).await,
        Err(Unavailable::Draining)
    );
    let health = journal.health();
    assert!(health.draining && !health.ready() && !health.owner);
}

async fn a_second_opener_waits_for_the_first_to_go(url: &str) {
    let (first, _first_committed) = open(url).await;
    let (second, committed) = open(url).await;
    assert_eq!(second.id(), first.id());
    assert!(!second.health().owner && !second.health().ready());
    assert_eq!(
        second.append(joined("O", 1)).await,
        Err(Unavailable::NotOwner)
    );
    assert_eq!(first.append(joined("O", 2)).await, Ok(Appended::New));
    assert_eq!(
        second.last_issued().await.expect("a seq"),
        first.last_issued().await.expect("a seq")
    );
    drop(first);
    eventually(async || second.health().ready()).await;
    assert_eq!(second.append(joined("O", 2)).await, Ok(Appended::Duplicate));
    assert_eq!(second.append(joined("O", 1)).await, Ok(Appended::New));
    let seen = collect(committed);
    second.drain().await;
    // What the first committed is the sweep's business.
    assert_eq!(
        seqs_of(&seen.await.expect("collected")),
        stored(url).await[1..]
    );
}

async fn reopening_keeps_the_id_and_never_gives_a_seq_again(url: &str) {
    let (journal, _committed) = open(url).await;
    let id = journal.id().to_owned();
    assert!(!id.is_empty());
    assert_eq!(journal.last_issued().await.expect("a seq"), 0);
    append_all(&journal, (0..10).map(|n| joined("O", n))).await;
    journal.drain().await;
    let before = *stored(url).await.last().expect("ten rows");
    execute(url, "DELETE FROM webhook_events").await;

    let (journal, _committed) = open(url).await;
    assert_eq!(journal.id(), id);
    assert!(journal.last_issued().await.expect("a seq") >= before);
    assert_eq!(journal.append(joined("O", 1)).await, Ok(Appended::New));
    journal.drain().await;
    let after = stored(url).await;
    assert!(after.len() == 1 && after[0] > before);
    assert_eq!(journal.last_issued().await.expect("a seq"), after[0]);
}

async fn a_locked_store_refuses_then_recovers(url: &str) {
    let (journal, committed) = open(url).await;
    let seen = collect(committed);
    assert_eq!(journal.append(joined("O", 1)).await, Ok(Appended::New));
    let hold = Hold::take(url).await;
    assert_eq!(
        journal.append(joined("O", 2)).await,
        Err(Unavailable::Failing)
    );
    eventually(async || journal.health().failing).await;
    assert!(!journal.health().ready());
    hold.release().await;
    eventually(async || journal.health().ready()).await;
    assert_eq!(journal.append(joined("O", 2)).await, Ok(Appended::New));
    journal.drain().await;
    assert_eq!(seqs_of(&seen.await.expect("collected")), stored(url).await);
}

async fn a_store_that_fails_again_and_again_loses_nothing(url: &str) {
    let mut settings = settings();
    settings.ack_timeout_ms = 300;
    let (journal, committed) = open_with(&settings, url).await;
    let seen = collect(committed);
    let failing = tokio::spawn({
        let url = url.to_owned();
        async move {
            for _ in 0..4 {
                let hold = Hold::take(&url).await;
                tokio::time::sleep(Duration::from_millis(700)).await;
                hold.release().await;
                tokio::time::sleep(Duration::from_millis(400)).await;
            }
        }
    });
    send_until_acknowledged(&journal).await;
    failing.await.expect("no panic");
    eventually(async || journal.append(joined("O", 9999)).await.is_ok()).await;
    journal.drain().await;
    let stored = stored(url).await;
    assert_eq!(stored.len(), SENT + 1);
    assert_eq!(seqs_of(&seen.await.expect("collected")), stored);
}

async fn a_dropped_request_does_not_take_its_commit_along(url: &str) {
    let (journal, committed) = open(url).await;
    let seen = collect(committed);
    for n in 0..50 {
        // Polled once, so that the event is in the queue, then dropped.
        let append = journal.append(joined("O", n));
        let _ = tokio::time::timeout(Duration::ZERO, append).await;
    }
    eventually(async || stored(url).await.len() == 50).await;
    journal.drain().await;
    assert_eq!(seen.await.expect("collected").len(), 50);
}

async fn reading_begins_after_the_given_seq(url: &str) {
    let (journal, committed) = open(url).await;
    let seen = collect(committed);
    for n in 0..6 {
        let occurrence = ["A/+==", "B", "a/+=="][n % 3];
        assert_eq!(
            journal.append(joined(occurrence, n)).await,
            Ok(Appended::New)
        );
    }
    let unknown =
        br#"{"event":"meeting.alert","event_ts":5,"payload":{"object":{"id":"9","uuid":"B"}}}"#;
    assert_eq!(journal.append(raw(unknown)).await, Ok(Appended::New));
    let seqs = stored(url).await;
    let read = async |wanted: &[(&str, i64)]| {
        let wanted: Vec<_> = wanted.iter().map(|(o, s)| (Box::from(*o), *s)).collect();
        journal.read(&wanted).await.expect("read back").events
    };
    assert_eq!(plain(&read(&[("A/+==", 0)]).await), [seqs[0], seqs[3]]);
    assert_eq!(
        plain(&read(&[("A/+==", seqs[0]), ("B", seqs[1])]).await),
        [seqs[3], seqs[4]]
    );
    assert_eq!(plain(&read(&[("B", seqs[4])]).await), [0; 0]);
    assert_eq!(plain(&read(&[]).await), [0; 0]);
    let many: Vec<_> = (0..700)
        .map(|n| (format!("none {n}").into(), 0))
        .chain([("B".into(), 0)])
        .collect();
    let many = journal.read(&many).await.expect("read back").events;
    assert_eq!(plain(&many), [seqs[1], seqs[4]]);
    journal.drain().await;
    // Reading back gives what went by.
    let live = seen.await.expect("collected");
    let back = journal
        .read(&[("A/+==".into(), 0), ("B".into(), 0), ("a/+==".into(), 0)])
        .await;
    let back = back.expect("read back after draining").events;
    assert_eq!(back.len(), 6);
    for (live, back) in live.iter().zip(&back) {
        assert_eq!(
            (live.seq, live.arrival, live.folds),
            (back.seq, back.arrival, back.folds)
        );
        assert_eq!(
            (&live.occurrence, &live.meeting),
            (&back.occurrence, &back.meeting)
        );
        assert!(live.news == back.news);
    }
    // A body that is not understood is left out.
    let sql = format!(
        "UPDATE webhook_events SET body = webhook_hash WHERE seq = {}",
        seqs[0]
    );
    execute(url, &sql.replace("webhook_hash", "body_hash")).await;
    let rest = journal
        .read(&[("A/+==".into(), 0)])
        .await
        .expect("read back")
        .events;
    assert_eq!(plain(&rest), [seqs[3]]);
}

async fn the_sweep_sees_what_is_old_and_folds(url: &str) {
    let (journal, _committed) = open(url).await;
    for (n, received_at) in [(0, 1000), (1, 2000), (2, 3000), (3, 1000)] {
        let incoming = Incoming {
            received_at,
            ..joined("O", n)
        };
        assert_eq!(journal.append(incoming).await, Ok(Appended::New));
    }
    let alert = br#"{"event":"meeting.alert","payload":{"object":{"id":"9","uuid":"O"}}}"#;
    assert_eq!(journal.append(raw(alert)).await, Ok(Appended::New));
    let seqs = stored(url).await;
    let pending = async |after, before, limit| {
        journal
            .pending(after, before, limit)
            .await
            .expect("pending")
    };
    let arrived = [1000, 2000, 3000];
    let of = |n: usize| Pending {
        seq: seqs[n],
        occurrence: "O".into(),
        folds: Folds::Yes,
        received_at: arrived[n],
    };
    // The fourth is old enough, but a watermark that follows must not pass the third, which is not.
    assert_eq!(pending(0, 3000, 10).await, [of(0), of(1)]);
    assert_eq!(pending(seqs[0], 3001, 2).await, [of(1), of(2)]);
    assert_eq!(pending(seqs[3], i64::MAX, 10).await, []);

    // The same by occurrence.
    let other = Incoming {
        received_at: 1000,
        ..joined("P", 4)
    };
    assert_eq!(journal.append(other).await, Ok(Appended::New));
    let sixth = *stored(url).await.last().expect("six events");
    let stretch = async |after, before, limit| {
        let stretch = journal.stretch(after, before, limit).await;
        let mut stretch = stretch.expect("a stretch");
        stretch.latest.sort();
        (stretch.latest, stretch.events)
    };
    let (o, p) = (|n: usize| ("O".into(), seqs[n]), ("P".into(), sixth));
    assert_eq!(stretch(0, 3000, 10).await, (vec![o(1)], 2));
    assert_eq!(stretch(0, 3001, 10).await, (vec![o(3), p.clone()], 5));
    assert_eq!(stretch(0, 3001, 3).await, (vec![o(2)], 3));
    assert_eq!(stretch(seqs[3], i64::MAX, 10).await, (vec![p], 1));
    assert_eq!(stretch(sixth, i64::MAX, 10).await, (vec![], 0));
}

async fn nothing_else_of_the_runtime_keeps_a_commit_waiting(url: &str) {
    let busy = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let opened = Journal::open(&settings(), &url.into(), busy.handle().clone()).await;
    let (journal, committed) = opened.expect("the journal opens");
    let (tell, told) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let work = busy.spawn(async move {
        tell.send(()).expect("somebody waits");
        let _ = released.recv(); // its only worker is held here
    });
    told.recv_timeout(PATIENCE).expect("the work begins");
    for n in 0..3 {
        assert_eq!(journal.append(joined("O", n)).await, Ok(Appended::New));
    }
    drop(release);
    work.await.expect("no panic");
    let seen = collect(committed);
    journal.drain().await;
    drop(journal);
    assert_eq!(seen.await.expect("no panic").len(), 3);
    busy.shutdown_background();
}

async fn callers_may_live_on_other_runtimes(url: &str) {
    let (journal, committed) = open(url).await;
    let seen = collect(committed);
    let elsewhere = std::thread::spawn({
        let journal = journal.clone();
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                let fate = journal.append(joined("O", 1)).await;
                (
                    fate,
                    journal
                        .read(&[("O".into(), 0)])
                        .await
                        .expect("read back")
                        .events
                        .len(),
                )
            })
        }
    });
    let elsewhere = tokio::task::spawn_blocking(|| elsewhere.join().expect("no panic"));
    assert_eq!(elsewhere.await.expect("no panic"), (Ok(Appended::New), 1));
    // The runtime that asked is gone; its connections are not.
    assert_eq!(journal.append(joined("O", 2)).await, Ok(Appended::New));
    assert_eq!(
        journal
            .read(&[("O".into(), 0)])
            .await
            .expect("read back")
            .events
            .len(),
        2
    );
    journal.drain().await;
    assert_eq!(seen.await.expect("collected").len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_under_load_lose_nothing_on_postgres() {
    let database = postgres::database();
    let url = database.url();
    let (journal, committed) = open(&url).await;
    let seen = collect(committed);
    let cutter = tokio::spawn({
        let url = url.clone();
        async move {
            for _ in 0..8 {
                tokio::time::sleep(Duration::from_millis(150)).await;
                execute(&url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rollcall-journal%' AND datname = current_database()").await;
            }
        }
    });
    send_until_acknowledged(&journal).await;
    cutter.await.expect("no panic");
    eventually(async || journal.append(joined("O", 9999)).await.is_ok()).await;
    journal.drain().await;
    let stored = stored(&url).await;
    assert_eq!(stored.len(), SENT + 1);
    assert_eq!(seqs_of(&seen.await.expect("collected")), stored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_that_breaks_is_replaced_before_it_is_needed() {
    let database = postgres::database();
    let url = database.url();
    let (journal, _committed) = open(&url).await;
    assert_eq!(journal.append(joined("O", 1)).await, Ok(Appended::New));
    let sessions = "FROM pg_stat_activity WHERE application_name LIKE 'rollcall-journal-%' AND datname = current_database()";
    execute(
        &url,
        &format!("SELECT pg_terminate_backend(pid) {sessions}"),
    )
    .await;
    eventually(async || count(&url, &format!("SELECT count(*) {sessions}")).await == 1).await;
    eventually(async || journal.health().ready()).await;
    assert_eq!(journal.append(joined("O", 2)).await, Ok(Appended::New));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_lost_the_lock_commits_nothing() {
    let database = postgres::database();
    let url = database.url();
    let (first, _committed) = open(&url).await;
    let (second, _second_committed) = open(&url).await;
    // The pool of the first replaces its connection silently; the second is quicker to take the lock, or is not.
    for n in 0..5 {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rollcall-journal-%' AND datname = current_database()";
        execute(&url, sql).await;
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let both = tokio::join!(first.append(joined("A", n)), second.append(joined("B", n)));
        assert!(both.0.is_err() || both.1.is_err(), "both commit: {both:?}");
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert!(count(&url, locks).await <= 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_refused_for_its_data_is_refused_alone() {
    let database = postgres::database();
    let url = database.url();
    let (journal, committed) = open(&url).await;
    let seen = collect(committed);
    // PostgreSQL's text cannot hold NUL.
    let bad = |n| Incoming {
        request_id: Some("a\0b".to_owned()),
        ..joined("O", n)
    };
    let hold = Hold::take(&url).await;
    let mut fates = JoinSet::new();
    for n in 0..100 {
        let (journal, is_bad) = (journal.clone(), n % 40 == 3);
        let incoming = if is_bad { bad(n) } else { joined("O", n) };
        fates.spawn(async move { (is_bad, journal.append(incoming).await) });
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    hold.release().await;
    for (is_bad, fate) in fates.join_all().await {
        let expected = if is_bad {
            Err(Unavailable::Failing)
        } else {
            Ok(Appended::New)
        };
        assert_eq!(fate, expected);
    }
    assert!(journal.health().ready(), "the store works");
    journal.drain().await;
    assert_eq!(stored(&url).await.len(), 97);
    assert_eq!(seqs_of(&seen.await.expect("collected")), stored(&url).await);
}

/// Three bursts of 20 MB, each after the one before is in the database: every burst has the log's file from its beginning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_a_sqlite_journal_does_not_grow_for_ever() {
    const BURST: u64 = 20_000_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("journal.db");
    let (journal, committed) = open(&format!("sqlite://{}?mode=rwc", file.display())).await;
    let seen = collect(committed);
    let log = folder.path().join("journal.db-wal");
    let bytes = |file: &Path| std::fs::metadata(file).map_or(0, |file| file.len());
    let onlooker = Database::connect(format!("sqlite://{}", file.display())).await;
    let onlooker = onlooker.expect("a connection");
    let is_moved = async || {
        let sql = "PRAGMA wal_checkpoint(NOOP)"; // looks, and moves nothing
        let row = onlooker.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql));
        let row = row.await.expect("an answer").expect("a row");
        let pages = |place| row.try_get_by_index::<i64>(place).expect("pages");
        pages(1) == pages(2)
    };
    let padding = "x".repeat(20_000);
    for burst in 1..=3 {
        let large = (0..1000).map(|n| {
            raw(format!(r#"{{"event":"a","event_ts":{burst}{n:03},"p":"{padding}"}}"#).as_bytes())
        });
        assert!(append_all(&journal, large).await.iter().all(Result::is_ok));
        assert!(bytes(&log) > BURST, "no commit pays for a checkpoint");
        eventually(&is_moved).await;
        assert!(bytes(&file) > burst * BURST);
    }
    assert!(bytes(&log) < 2 * BURST, "{}", bytes(&log));
    journal.drain().await;
    seen.await.expect("collected");
}

// Helpers.

fn settings() -> config::Journal {
    config::Journal {
        url: None,
        ack_timeout_ms: 2000,
        queue: 10_000,
        batch: 500,
        retention_days: 30,
        retention_check_seconds: 300,
    }
}

async fn open(url: &str) -> (Journal, Receiver<Arc<Committed>>) {
    open_with(&settings(), url).await
}

async fn open_with(settings: &config::Journal, url: &str) -> (Journal, Receiver<Arc<Committed>>) {
    Journal::open(settings, &url.into(), Handle::current())
        .await
        .expect("the journal opens")
}

/// A participant who joined, the n-th of this occurrence.
fn joined(occurrence: &str, n: usize) -> Incoming {
    let body = format!(
        r#"{{"payload":{{"object":{{"uuid":"{occurrence}","id":"91234567890","participant":{{"participant_uuid":"P{n}","user_id":"{n}","join_time":"2026-03-02T08:00:00Z"}}}}}},"event_ts":{},"event":"meeting.participant_joined"}}"#,
        1_772_438_400_000 + n
    );
    raw(body.as_bytes())
}

fn raw(body: &[u8]) -> Incoming {
    Incoming {
        delivery: translate(&Envelope::parse(body).expect("an envelope")),
        received_at: 1_772_438_401_000,
        request_id: Some("0a1b2c3d_0001_0002_0003_0123456789ab".to_owned()),
        body: body.to_vec(),
    }
}

async fn append_all(journal: &Journal, events: impl Iterator<Item = Incoming>) -> Vec<Fate> {
    let mut appends = JoinSet::new();
    for incoming in events {
        let journal = journal.clone();
        appends.spawn(async move { journal.append(incoming).await });
    }
    appends.join_all().await
}

/// How many events [`send_until_acknowledged`] sends.
const SENT: usize = 8 * 400;

/// As Zoom does: each event again until it is acknowledged.
async fn send_until_acknowledged(journal: &Journal) {
    let mut senders = JoinSet::new();
    for sender in 0..8 {
        let journal = journal.clone();
        senders.spawn(async move {
            let deadline = Instant::now() + PATIENCE;
            for n in 0..400 {
                while journal
                    .append(joined("O", sender * 1000 + n))
                    .await
                    .is_err()
                {
                    assert!(Instant::now() < deadline, "the store recovers");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        });
    }
    senders.join_all().await;
}

/// All that comes out until the journal has ended.
fn collect(mut committed: Receiver<Arc<Committed>>) -> JoinHandle<Vec<Arc<Committed>>> {
    tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Some(event) = committed.recv().await {
            seen.push(event);
        }
        seen
    })
}

fn seqs_of(events: &[Arc<Committed>]) -> Vec<i64> {
    events.iter().map(|event| event.seq).collect()
}

fn plain(events: &[Committed]) -> Vec<i64> {
    events.iter().map(|event| event.seq).collect()
}

/// Every `seq` in the table, in order.
async fn stored(url: &str) -> Vec<i64> {
    let connection = Database::connect(url).await.expect("a connection");
    let sql = "SELECT seq FROM webhook_events ORDER BY seq";
    let rows = connection.query_all_raw(statement(&connection, sql)).await;
    let rows = rows.expect("rows");
    connection.close().await.expect("closed");
    rows.iter()
        .map(|row| row.try_get("", "seq").expect("a seq"))
        .collect()
}

async fn execute(url: &str, sql: &str) {
    let connection = Database::connect(url).await.expect("a connection");
    connection.execute_unprepared(sql).await.expect("executed");
    connection.close().await.expect("closed");
}

async fn count(url: &str, sql: &str) -> i64 {
    let connection = Database::connect(url).await.expect("a connection");
    let row = connection.query_one_raw(statement(&connection, sql)).await;
    let count = row.expect("a row").expect("a row").try_get_by_index(0);
    connection.close().await.expect("closed");
    count.expect("a number")
}

fn statement(connection: &DatabaseConnection, sql: &str) -> Statement {
    Statement::from_string(connection.get_database_backend(), sql)
}

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "it never came true");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Keeps the journal's store from committing.
struct Hold {
    connection: DatabaseConnection,
    transaction: DatabaseTransaction,
}

impl Hold {
    async fn take(url: &str) -> Self {
        let connection = Database::connect(url).await.expect("a connection");
        let exclusive = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Exclusive),
            ..TransactionOptions::default()
        };
        let transaction = connection.begin_with_options(exclusive).await;
        let transaction = transaction.expect("a transaction");
        if connection.get_database_backend() == DbBackend::Postgres {
            let sql = "LOCK TABLE webhook_events, journal_state IN EXCLUSIVE MODE";
            transaction.execute_unprepared(sql).await.expect("locked");
        }
        Self {
            connection,
            transaction,
        }
    }

    async fn release(self) {
        self.transaction.rollback().await.expect("released");
        self.connection.close().await.expect("closed");
    }
}
