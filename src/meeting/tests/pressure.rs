//! Bounds: a mailbox that is full, and more occurrences than may live.

use super::{
    Files, Run, fault,
    harness::{incoming, unswept, until},
};
use crate::clock;
use futures_util::future::join_all;
use std::time::{Duration, Instant};

#[actix::test]
async fn what_a_full_mailbox_refuses_is_read_from_the_journal() {
    let service = Files::new()
        .start(|settings| {
            settings.actor.arbiters = 1;
            settings.actor.mailbox = 1;
            unswept(settings);
        })
        .await;
    let (run, neighbour) = (Run::new("flood=="), Run::of("84400000000", "holds=="));
    let seq = service.send(&run.started()).await;
    service.projected(&run, seq).await;
    // A neighbour holds up the only thread: nothing leaves the mailbox.
    let release = fault::hold(&neighbour.uuid);
    service.send(&neighbour.started()).await;
    let held = async || fault::holds(&neighbour.uuid).then_some(());
    until("a thread held up", held).await;
    let stays = (0..250).flat_map(|number| {
        let name = format!("P{number:03}");
        [run.joined(&name, "08:05"), run.left(&name, "08:25")]
    });
    let bodies: Vec<_> = stays.collect();
    let appends = bodies
        .iter()
        .map(|body| service.journal.append(incoming(body, clock::now_ms())));
    assert!(join_all(appends).await.iter().all(Result::is_ok));
    let last = service.journal.last_issued().await.expect("a seq");
    service.handed_over(last).await;
    assert!(service.occurrence(&run).await.applied_seq < last);
    drop(release);
    service.projected(&run, last).await;
    let rows = service.rows(&run).await;
    let expected: Vec<_> = (0..250)
        .map(|number| format!("P{number:03} left 08:05 08:25"))
        .collect();
    assert_eq!(rows.people(), expected);
    assert_eq!(rows.stays(), 250);
    service.stop().await;
}

#[actix::test]
async fn more_occurrences_than_may_live_are_all_projected() {
    let service = Files::new()
        .start(|settings| settings.actor.max_live = 2)
        .await;
    let runs: Vec<_> = (0..6)
        .map(|number| Run::of(&format!("8220000000{number}"), &format!("many-{number}==")))
        .collect();
    for run in &runs {
        service.send(&run.joined("Ana", "08:05")).await;
    }
    // None of them ends: those who live make room.
    let all = async || {
        assert!(service.registry.live() <= 2, "more live than may");
        let mut found = 0;
        for run in &runs {
            found += usize::from(service.find(run).await.is_some());
        }
        (found == runs.len()).then_some(())
    };
    until("all six", all).await;
    for run in &runs {
        assert_eq!(service.rows(run).await.people(), ["Ana joined 08:05 -"]);
    }
    service.stop().await;
}

/// The sweep always finds something that has just become old enough, and comes to the end all the same.
#[actix::test]
async fn while_events_keep_coming_nothing_seems_behind() {
    let service = Files::new().start(|_| ()).await;
    let run = Run::new("steady==");
    let begun = Instant::now();
    let mut last = 0;
    for number in 0.. {
        let name = format!("P{number}");
        last = service.send(&run.joined(&name, "08:05")).await;
        if begun.elapsed() > Duration::from_secs(6) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let lag = service.registry.lag();
    assert!(lag < Duration::from_secs(4), "{lag:?}");
    service.projected(&run, last).await;
    service.stop().await;
}
