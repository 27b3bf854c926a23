//! Stops and starts: a drain, a restart with events that nobody was handed, and a process that stands by.

use super::{
    Files, Run,
    harness::{PATIENCE, append},
};
use crate::{clock, journal::Health, store::entity::meeting_occurrence};
use sea_orm::EntityTrait;
use std::time::Duration;
use tokio::time::Instant;

#[actix::test]
async fn a_drain_writes_what_was_staged_before_it_returns() {
    // By itself nothing would be written for an hour.
    let service = Files::new()
        .start(|settings| settings.store.flush_interval_ms = 3_600_000)
        .await;
    let runs = ["drain-1==", "drain-2=="].map(Run::new);
    let mut seqs = Vec::new();
    for run in &runs {
        let seq = service.send(&run.joined("Ana", "08:05")).await;
        service.projected(run, seq).await;
        seqs.push(service.send(&run.left("Ana", "08:25")).await);
    }
    service.handed_over(seqs[1]).await;
    assert_eq!(service.registry.live(), 2);
    service.registry.drain(PATIENCE).await;
    assert_eq!(service.registry.live(), 0);
    for (run, seq) in runs.iter().zip(seqs) {
        assert_eq!(service.occurrence(run).await.applied_seq, seq);
        assert_eq!(service.rows(run).await.people(), ["Ana left 08:05 08:25"]);
    }
    let seq = service.send(&runs[0].ended("08:50")).await;
    service.handed_over(seq).await;
    assert_eq!(service.registry.live(), 0, "nobody starts after a drain");
    service.stop().await;
}

#[actix::test]
async fn events_that_nobody_was_handed_are_applied_after_a_start() {
    let files = Files::new();
    let (known, new) = (
        Run::of("83300000001", "known=="),
        Run::of("83300000002", "new=="),
    );
    let service = files.start(|_| ()).await;
    let seq = service.send(&known.joined("Ana", "08:05")).await;
    service.projected(&known, seq).await;
    service.stop().await;

    let (journal, _nobody_reads) = files.journal().await;
    let first = append(&journal, &known.left("Ana", "08:25"), clock::now_ms()).await;
    let second = append(&journal, &new.joined("Ben", "08:06"), clock::now_ms()).await;
    journal.drain().await;
    drop(journal);

    let service = files.start(|_| ()).await;
    service.projected(&known, first).await;
    service.projected(&new, second).await;
    let people = service.rows(&known).await;
    assert_eq!(people.people(), ["Ana left 08:05 08:25"]);
    let people = service.rows(&new).await;
    assert_eq!(people.people(), ["Ben joined 08:06 -"]);
    service.stop().await;
}

#[actix::test]
async fn a_standby_writes_nothing_until_the_journal_is_its_own() {
    let files = Files::new();
    let (owner, _nobody_reads) = files.journal().await;
    let service = files.start(|_| ()).await;
    let states = service.states().await;
    let run = Run::new("standby==");
    let seq = append(
        &owner,
        &run.joined("Ana", "08:05"),
        clock::now_ms() - 60_000,
    )
    .await;
    // Some of its sweeps.
    let watched = Instant::now() + Duration::from_millis(2500);
    while Instant::now() < watched {
        let rows = meeting_occurrence::Entity::find().all(&service.pools.read);
        assert!(rows.await.expect("a table").is_empty());
        assert_eq!(service.registry.live(), 0);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(service.states().await, states);
    assert!(!owns(service.journal.health()));

    owner.drain().await;
    service.projected(&run, seq).await;
    assert!(owns(service.journal.health()));
    service.stop().await;
}

fn owns(health: Health) -> bool {
    health.owner
}
