//! A store that refuses one occurrence, for as long as it does.

use super::{
    Files, Run, fault,
    harness::{unswept, until},
};
use sea_orm::ConnectionTrait;
use std::time::Duration;
use time::macros::date;
use tokio::time::Instant;

const REFUSE: &str = "CREATE TRIGGER refuse BEFORE INSERT ON meeting_occurrences WHEN NEW.uuid LIKE 'refused%' \
                      BEGIN SELECT RAISE(ABORT, 'refused'); END";

#[actix::test]
async fn what_is_refused_again_and_again_is_tried_less_and_less_often() {
    let service = Files::new().start(unswept).await;
    let (run, neighbour) = (
        Run::new("refused-for-long=="),
        Run::of("84400000000", "beside=="),
    );
    let store = &service.pools.write;
    store.execute_unprepared(REFUSE).await.expect("a trigger");
    let began = Instant::now();
    let seq = service.send(&run.joined("Ana", "08:05")).await;
    let beside = service.send(&neighbour.joined("Ben", "08:05")).await;
    service.projected(&neighbour, beside).await;
    let long_enough = async || (began.elapsed() >= Duration::from_secs(3)).then_some(());
    until("three seconds of refusals", long_enough).await;
    // At 0, then after pauses of at least 200, 400, 800 and 1600 ms: the fifth try is not due before 3 s.
    let tries = fault::strikes(&run.uuid);
    assert!((2..=4).contains(&tries), "{tries} tries");
    store
        .execute_unprepared("DROP TRIGGER refuse")
        .await
        .expect("no trigger");
    service.projected(&run, seq).await;
    assert_eq!(service.rows(&run).await.people(), ["Ana joined 08:05 -"]);
    service.stop().await;
}

/// The same event of an occurrence that began then.
fn on(body: &[u8], start: &str, at: &str) -> Vec<u8> {
    let body = String::from_utf8_lossy(body);
    let body = body.replace("2025-10-06T08:00", start);
    body.replace("2025-10-06T08:05", at).into_bytes()
}

#[actix::test]
async fn a_first_write_that_was_refused_still_knows_what_it_restarts() {
    let service = Files::new().start(unswept).await;
    let (first, second) = (Run::new("dropped=="), Run::new("refused-restart=="));
    let left = on(
        &first.left("Ana", "08:05"),
        "2025-10-05T23:50",
        "2025-10-06T00:02",
    );
    let left = service.send(&left).await;
    service.projected(&first, left).await;
    let store = &service.pools.write;
    store.execute_unprepared(REFUSE).await.expect("a trigger");
    let joined = on(
        &second.joined("Ana", "08:05"),
        "2025-10-06T00:10",
        "2025-10-06T00:11",
    );
    let joined = service.send(&joined).await;
    let twice = async || (fault::strikes(&second.uuid) >= 2).then_some(());
    until("a second refusal", twice).await;
    store
        .execute_unprepared("DROP TRIGGER refuse")
        .await
        .expect("no trigger");
    let row = service.projected(&second, joined).await;
    assert_eq!((row.date, row.revision), (date!(2025 - 10 - 05), 1));
    service.stop().await;
}

#[actix::test]
async fn a_stop_does_not_wait_for_a_store_that_refuses() {
    let service = Files::new().start(unswept).await;
    let run = Run::new("refused-to-the-end==");
    service
        .pools
        .write
        .execute_unprepared(REFUSE)
        .await
        .expect("a trigger");
    service.send(&run.joined("Ana", "08:05")).await;
    until("a refusal", async || {
        (fault::strikes(&run.uuid) > 0).then_some(())
    })
    .await;
    let began = Instant::now();
    service.registry.drain(Duration::from_mins(1)).await;
    assert_eq!(service.registry.live(), 0);
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "it waited for all its patience"
    );
    service.stop().await;
}
