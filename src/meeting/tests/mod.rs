//! Every way in which an actor lives, dies and comes back, on a real journal and a real store.
//!
//! What must hold is always the same: whatever happened to the actor, the tables end as if nothing had.

mod crash;
mod ending;
mod fault;
mod harness;
mod input;
mod panic;
mod pressure;
mod refusal;
mod rows;
mod run;
mod staging;
mod stopping;

pub(super) use fault::strike as fault;

use harness::Files;
use rows::Rows;
use run::Run;

#[actix::test]
async fn an_event_reaches_the_tables() {
    let service = Files::new().start(|_| ()).await;
    let run = Run::new("reaches==");
    let seq = service.send(&run.started()).await;
    assert_eq!(service.projected(&run, seq).await.ended_at, None);
    let seq = service.send(&run.joined("Ana", "08:05")).await;
    service.projected(&run, seq).await;
    assert_eq!(service.rows(&run).await.people(), ["Ana joined 08:05 -"]);
    let seq = service.send(&run.left("Ana", "08:25")).await;
    service.projected(&run, seq).await;
    assert_eq!(service.rows(&run).await.people(), ["Ana left 08:05 08:25"]);
    service.stop().await;
}

#[actix::test]
async fn a_duplicate_changes_nothing() {
    let service = Files::new().start(|_| ()).await;
    let run = Run::new("twice==");
    let before = service.lesson(&run).await;
    let row = service.occurrence(&run).await;
    for body in run.lesson() {
        service.send_again(&body).await;
    }
    // What comes after a duplicate is handed on after it.
    service
        .lesson(&Run::of("81200000000", "after-twice=="))
        .await;
    assert_eq!(service.rows(&run).await, before);
    assert_eq!(service.occurrence(&run).await, row, "nothing was written");
    service.stop().await;
}
