//! Runs against a small server that answers as told.

mod stub;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use secrecy::SecretString;

use super::measured::{Ended, Measured};
use super::validation::ValidationError;
use super::*;
use crate::replay::traffic::Delivery;
use stub::{Reply, Seen, Stub};

/// Unix milliseconds of the first look at the clock; each later one is a second after.
const NOON: i64 = 1_791_201_600_000;

fn clock() -> i64 {
    static LOOKS: AtomicI64 = AtomicI64::new(0);
    NOON + 1000 * LOOKS.fetch_add(1, Ordering::Relaxed)
}

fn keys() -> SigningKeys {
    SigningKeys::new(&[SecretString::from("a secret of the tests")]).expect("a key")
}

/// `count` deliveries that arrived at the same time, with bodies `0`, `1`, `2`.
fn deliveries(count: usize) -> Vec<Delivery> {
    let delivery = |number: usize| Delivery {
        at: NOON,
        body: number.to_string(),
        request_id: format!("id_{number}"),
    };
    (0..count).map(delivery).collect()
}

/// A closed loop over one connection, with retries after 30, 120 and 360 ms.
async fn load(url: &str) -> Load {
    Load {
        target: Target::find(url).await.expect("a target"),
        keys: keys(),
        clock,
        pace: Pace::Free,
        connections: 1,
        retries: Retries { scale: 0.0001 },
        longest: Duration::from_mins(1),
    }
}

async fn run(load: &Load, count: usize) -> Measured {
    load.start(Arc::new(deliveries(count)), None).finish().await
}

/// The bodies in order of arrival.
fn bodies(seen: &[Seen]) -> Vec<usize> {
    seen.iter()
        .map(|seen| seen.body.parse().expect("a number"))
        .collect()
}

/// Taken, refused, lost, retries.
fn counts(measured: &Measured) -> [u64; 4] {
    [
        measured.taken,
        measured.refused,
        measured.lost,
        measured.retries,
    ]
}

#[tokio::test]
async fn one_connection_keeps_the_order_and_stays_open() {
    let stub = Stub::start(|_, _| Reply::Status(200)).await;
    let measured = run(&load(&stub.url()).await, 30).await;
    assert_eq!(bodies(&stub.seen()), (0..30).collect::<Vec<_>>());
    assert!(stub.seen().iter().all(|seen| seen.connection == 0));
    assert_eq!(counts(&measured), [30, 0, 0, 0]);
    assert_eq!((measured.requests, measured.planned), (30, 30));
    assert_eq!(measured.ended, Ended::Complete);
    assert_eq!(measured.bodies_taken, [true; 30]);
    assert_eq!(measured.latency.len(), 30);
    let taken: u64 = measured.seconds.iter().map(|second| second.taken).sum();
    assert_eq!(taken, 30);
}

#[tokio::test]
async fn several_connections_send_everything_once() {
    let stub = Stub::start(|_, _| Reply::Late(Duration::from_millis(2))).await;
    let load = Load {
        connections: 6,
        ..load(&stub.url()).await
    };
    let measured = run(&load, 60).await;
    let seen = stub.seen();
    let different: BTreeSet<_> = bodies(&seen).into_iter().collect();
    assert_eq!((seen.len(), different.len()), (60, 60));
    let connections: BTreeSet<_> = seen.iter().map(|seen| seen.connection).collect();
    assert_eq!(connections.len(), 6);
    assert_eq!(counts(&measured), [60, 0, 0, 0]);
}

#[tokio::test]
async fn a_request_looks_like_zooms() {
    let stub = Stub::start(|_, _| Reply::Status(204)).await;
    run(&load(&stub.url()).await, 1).await;
    let seen = stub.seen().remove(0);
    assert_eq!(seen.line, "POST /hook?school=1 HTTP/1.1");
    let timestamp = seen.headers["x-zm-request-timestamp"].clone();
    assert_eq!(timestamp.len(), 10, "seconds");
    let signature = keys().sign(timestamp.parse().expect("a number"), b"0");
    let expected = [
        ("host", stub.address.to_string()),
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("content-length", "1".to_owned()),
        ("user-agent", "Zoom Marketplace/1.0a".to_owned()),
        ("x-zm-request-id", "id_0".to_owned()),
        ("x-zm-request-timestamp", timestamp),
        ("x-zm-signature", signature),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(seen.headers, expected.into_iter().collect());
}

#[tokio::test]
async fn a_server_error_comes_again_the_same_but_signed_anew() {
    let stub = Stub::start(|index, _| Reply::Status(if index < 2 { 503 } else { 200 })).await;
    let measured = run(&load(&stub.url()).await, 1).await;
    assert_eq!(counts(&measured), [1, 0, 0, 2]);
    assert_eq!((measured.unavailable, measured.requests), (2, 3));
    assert!(
        measured.took >= Duration::from_millis(150),
        "5 and 20 minutes"
    );
    let seen = stub.seen();
    let same = |seen: &Seen| (seen.body.clone(), seen.headers["x-zm-request-id"].clone());
    assert_eq!(same(&seen[0]), same(&seen[2]));
    let signed: BTreeSet<_> = seen
        .iter()
        .map(|seen| {
            let (timestamp, signature) = (
                &seen.headers["x-zm-request-timestamp"],
                &seen.headers["x-zm-signature"],
            );
            let right = keys().sign(timestamp.parse().expect("a number"), seen.body.as_bytes());
            assert_eq!(*signature, right);
            timestamp.clone()
        })
        .collect();
    assert_eq!(signed.len(), 3, "the clock has gone on");
}

#[tokio::test]
async fn after_four_requests_a_delivery_is_lost() {
    let stub = Stub::start(|_, _| Reply::Status(500)).await;
    let measured = run(&load(&stub.url()).await, 2).await;
    assert_eq!(counts(&measured), [0, 0, 2, 6]);
    assert_eq!((measured.requests, measured.errors()), (8, 8));
    assert_eq!(measured.ended, Ended::Complete);
}

#[tokio::test]
async fn a_refusal_never_comes_again() {
    let refusals = [400, 401, 404, 413, 429, 301, 302];
    let stub = Stub::start(move |index, _| Reply::Status(refusals[index])).await;
    let measured = run(&load(&stub.url()).await, refusals.len()).await;
    assert_eq!(counts(&measured), [0, 7, 0, 0]);
    assert_eq!(bodies(&stub.seen()), [0, 1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn silence_is_given_up_after_zooms_patience_and_comes_again() {
    let script = |index, _: &Seen| match index {
        0 => Reply::Silence,
        _ => Reply::Status(200),
    };
    let stub = Stub::start(script).await;
    let measured = run(&load(&stub.url()).await, 1).await;
    assert_eq!(counts(&measured), [1, 0, 0, 1]);
    assert_eq!((measured.timeouts, measured.requests), (1, 2));
    assert!(
        measured.latency.max() >= 3_000_000,
        "the wait is not forgotten"
    );
    assert_eq!(stub.seen()[1].connection, 1, "on a connection of its own");
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_whole_answer_comes_again() {
    for reply in [Reply::Cut, Reply::Torn] {
        let script = move |index, _: &Seen| match index {
            1 => reply,
            _ => Reply::Status(200),
        };
        let stub = Stub::start(script).await;
        let measured = run(&load(&stub.url()).await, 3).await;
        assert_eq!(counts(&measured), [3, 0, 0, 1], "{reply:?}");
        assert_eq!(measured.broken, 1);
        assert_eq!(bodies(&stub.seen()), [0, 1, 2, 1], "{reply:?}");
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_behind_an_answer_is_opened_again_without_any_harm() {
    let stub = Stub::start(|_, _| Reply::Last(200)).await;
    let measured = run(&load(&stub.url()).await, 5).await;
    assert_eq!(counts(&measured), [5, 0, 0, 0]);
    assert_eq!(measured.broken, 0);
    let connections: Vec<_> = stub.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_connection_that_is_closed_while_it_waits_is_opened_again_without_any_harm() {
    let stub = Stub::start(|_, _| Reply::Hangup(200)).await;
    let load = Load {
        pace: Pace::Rate {
            rate: 10.0,
            ramp: Duration::ZERO,
        },
        ..load(&stub.url()).await
    };
    let measured = run(&load, 4).await;
    assert_eq!((counts(&measured), measured.broken), ([4, 0, 0, 0], 0));
}

#[tokio::test]
async fn where_nobody_listens_everything_is_broken() {
    let stub = Stub::start(|_, _| Reply::Status(200)).await;
    let load = load(&stub.url()).await;
    drop(stub);
    let measured = run(&load, 1).await;
    assert_eq!(counts(&measured), [0, 0, 1, 3]);
    assert_eq!((measured.broken, measured.latency.len()), (4, 0));
}

#[tokio::test]
async fn a_stall_shows_in_every_latency_that_was_planned_into_it() {
    // One connection, 100 a second for two seconds; the first answer takes one.
    let script = |index, _: &Seen| match index {
        0 => Reply::Late(Duration::from_secs(1)),
        _ => Reply::Status(200),
    };
    let stub = Stub::start(script).await;
    let load = Load {
        pace: Pace::Rate {
            rate: 100.0,
            ramp: Duration::ZERO,
        },
        ..load(&stub.url()).await
    };
    let measured = run(&load, 200).await;
    assert_eq!(counts(&measured), [200, 0, 0, 0]);
    // The request planned 250 ms after the first waited 750 ms: three of eight waited longer than a quarter second.
    assert!(measured.latency.value_at_quantile(0.99) > 900_000);
    assert!(measured.latency.value_at_quantile(0.65) > 250_000);
    // The service itself was slow once.
    let slow = measured.service.count_between(900_000, u64::MAX);
    assert_eq!(slow, 1);
    assert!(measured.behind >= 90, "{} were sent late", measured.behind);
}

#[tokio::test]
async fn an_open_loop_does_not_begin_before_its_plan() {
    let stub = Stub::start(|_, _| Reply::Status(200)).await;
    let load = Load {
        pace: Pace::Own { speed: 10.0 },
        connections: 3,
        ..load(&stub.url()).await
    };
    let mut deliveries = deliveries(3);
    deliveries[1].at += 2000;
    deliveries[2].at += 3000;
    let measured = load.start(Arc::new(deliveries), Some(true)).finish().await;
    assert_eq!(bodies(&stub.seen()), [0, 1, 2]);
    assert!(measured.took >= Duration::from_millis(300));
    assert_eq!(measured.validation, Some(true));
}

#[tokio::test]
async fn a_run_that_is_stopped_waits_for_answers_and_tells_what_was_not_sent() {
    let script = |index, _: &Seen| match index {
        0 => Reply::Status(503),
        _ => Reply::Late(Duration::from_millis(200)),
    };
    let stub = Stub::start(script).await;
    let load = Load {
        retries: Retries { scale: 1.0 },
        ..load(&stub.url()).await
    };
    let running = load.start(Arc::new(deliveries(10)), None);
    let handle = running.handle();
    let stopping = async {
        while stub.seen().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        handle.stop();
    };
    let (measured, ()) = tokio::join!(running.finish(), stopping);
    assert_eq!(measured.ended, Ended::Interrupted);
    assert_eq!(
        (measured.taken, measured.waiting, measured.unsent),
        (1, 1, 8)
    );
    assert_eq!(measured.bodies_taken[..3], [false, true, false]);
    assert_eq!(handle.snapshot().settled, 1);
}

#[tokio::test]
async fn a_run_ends_when_its_time_is_over() {
    let stub = Stub::start(|_, _| Reply::Status(200)).await;
    let load = Load {
        pace: Pace::Rate {
            rate: 10.0,
            ramp: Duration::ZERO,
        },
        longest: Duration::from_millis(450),
        ..load(&stub.url()).await
    };
    let measured = run(&load, 1000).await;
    assert_eq!(measured.ended, Ended::OutOfTime);
    assert_eq!(measured.taken + measured.unsent, 1000);
    assert!((1..=5).contains(&measured.taken), "{}", measured.taken);
}

#[tokio::test]
async fn the_url_validation_is_judged_by_its_answer() {
    let stub = Stub::start(|_, _| Reply::Status(200)).await;
    let found = load(&stub.url()).await.validate().await;
    assert!(
        matches!(found, Ok(false)),
        "`{{}}` proves nothing: {found:?}"
    );
    let seen = stub.seen().remove(0);
    assert!(
        seen.body.contains("endpoint.url_validation"),
        "{}",
        seen.body
    );
    let stub = Stub::start(|_, _| Reply::Status(401)).await;
    let found = load(&stub.url()).await.validate().await;
    assert!(
        matches!(found, Err(ValidationError::Refused(401))),
        "{found:?}"
    );
    let stub = Stub::start(|_, _| Reply::Cut).await;
    let load = load(&stub.url()).await;
    let found = load.validate().await;
    assert!(
        matches!(found, Err(ValidationError::Unreachable(_))),
        "{found:?}"
    );
    drop(stub);
    let found = load.validate().await;
    assert!(
        matches!(found, Err(ValidationError::Unreachable(_))),
        "{found:?}"
    );
}
