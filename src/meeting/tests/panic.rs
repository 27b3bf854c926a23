//! Panics: a fresh actor takes over, and the tables end as if nothing had happened.

use super::{
    Files, Rows, Run, fault,
    harness::{schedule, unswept, until},
};

/// A lesson in which the actor panics `panics` times in a row before the event at each of `places`.
async fn lesson_with_panics(places: &[usize], panics: u32) -> Rows {
    let run = Run::new(&format!("panic-{panics}-{places:?}=="));
    let files = Files::new();
    schedule(&files.store().await).await;
    let service = files.start(unswept).await;
    for (place, body) in run.lesson().iter().enumerate() {
        if places.contains(&place) {
            fault::plan(&run.uuid, panics);
        }
        let seq = service.send(body).await;
        service.projected(&run, seq).await;
        assert_eq!(fault::left(&run.uuid), 0, "it panicked as planned");
    }
    let census = service.registry.census(1);
    let planned = u32::try_from(places.len()).expect("a few") * panics;
    assert_eq!(census.worst[0].restarts, planned);
    let rows = service.rows(&run).await;
    service.stop().await;
    rows
}

#[actix::test]
async fn a_panic_leaves_the_rows_of_an_undisturbed_run() {
    let undisturbed = lesson_with_panics(&[], 0).await;
    assert_eq!(
        undisturbed.marks(),
        ["Ana present 1200", "Ben partial 600", "Cem absent 0"]
    );
    for place in 0..6 {
        let disturbed = lesson_with_panics(&[place], 1).await;
        assert_eq!(disturbed, undisturbed, "a panic before event {place}");
    }
    let every = lesson_with_panics(&[0, 1, 2, 3, 4, 5], 1).await;
    assert_eq!(every, undisturbed, "a panic before every event");
}

#[actix::test]
async fn several_panics_in_a_row_lose_nothing() {
    let undisturbed = lesson_with_panics(&[], 0).await;
    let disturbed = lesson_with_panics(&[2], 3).await;
    assert_eq!(disturbed, undisturbed);
}

#[actix::test]
async fn a_neighbour_on_the_same_thread_is_undisturbed() {
    let service = Files::new()
        .start(|settings| {
            settings.actor.arbiters = 1;
            unswept(settings);
        })
        .await;
    let (sick, well) = (
        Run::of("81100000001", "sick=="),
        Run::of("81100000002", "well=="),
    );
    let seq = service.send(&well.started()).await;
    service.projected(&well, seq).await;
    fault::plan(&sick.uuid, u32::MAX);
    let mut last = 0;
    for (sick, well) in sick.lesson().iter().zip(&well.lesson()[1..]) {
        last = service.send(sick).await;
        service.send(well).await;
    }
    let seq = service.journal.last_issued().await.expect("a seq");
    service.projected(&well, seq).await;
    assert!(service.find(&sick).await.is_none(), "it panics every time");
    fault::plan(&sick.uuid, 0);
    // The lesson's end was not paired with any event of the neighbour's.
    let ended = service.send(&sick.ended("08:50")).await;
    service.projected(&sick, ended.max(last)).await;
    let (healed, well) = (service.rows(&sick).await, service.rows(&well).await);
    assert_eq!(healed.people(), well.people());
    service.stop().await;
}

#[actix::test]
async fn what_comes_while_the_successor_waits_is_not_lost() {
    let service = Files::new().start(unswept).await;
    let run = Run::new("pause==");
    fault::plan(&run.uuid, 3);
    service.send(&run.started()).await;
    // After the second panic the successor waits for a moment: its mailbox fills.
    until("two panics", async || {
        (fault::left(&run.uuid) <= 1).then_some(())
    })
    .await;
    let mut seq = 0;
    for body in &run.lesson()[1..] {
        seq = service.send(body).await;
    }
    service.projected(&run, seq).await;
    let rows = service.rows(&run).await;
    assert_eq!(
        rows.people(),
        ["Ana left 08:05 08:25", "Ben left 08:06 08:16"]
    );
    service.stop().await;
}
