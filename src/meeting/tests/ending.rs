//! Ends: an actor that leaves and is called back, and silence where Zoom says nothing.

use super::{Files, Run};

#[actix::test]
async fn an_ended_meetings_actor_leaves_and_comes_back_for_what_is_late() {
    for linger in [0, 1] {
        let service = Files::new()
            .start(|settings| settings.actor.linger_seconds = linger)
            .await;
        let run = Run::new(&format!("linger-{linger}=="));
        service.send(&run.started()).await;
        service.send(&run.joined("Ana", "08:05")).await;
        let seq = service.send(&run.ended("08:50")).await;
        let row = service.projected(&run, seq).await;
        assert_eq!(row.ended_by.as_deref(), Some("event"));
        assert_eq!(service.rows(&run).await.people(), ["Ana left 08:05 08:50"]);
        service.nobody_lives().await;

        let seq = service.send(&run.left("Ana", "08:25")).await;
        service.projected(&run, seq).await;
        assert_eq!(service.rows(&run).await.people(), ["Ana left 08:05 08:25"]);
        service.nobody_lives().await;
        service.stop().await;
    }
}

#[actix::test]
async fn an_idle_actor_leaves_a_meeting_that_goes_on_and_comes_back() {
    let service = Files::new()
        .start(|settings| settings.actor.idle_minutes = 0)
        .await;
    let run = Run::new("idle==");
    let seq = service.send(&run.joined("Ana", "08:05")).await;
    service.projected(&run, seq).await;
    service.nobody_lives().await;

    let seq = service.send(&run.left("Ana", "08:25")).await;
    service.projected(&run, seq).await;
    assert_eq!(service.rows(&run).await.people(), ["Ana left 08:05 08:25"]);
    service.stop().await;
}

#[actix::test]
async fn silence_ends_by_schedule_and_a_later_end_corrects_it() {
    let service = Files::new()
        .start(|settings| settings.rule.silence = 5)
        .await;
    let run = Run::new("silent==");
    service.send(&run.joined("Ana", "08:05")).await;
    let seq = service.send(&run.left("Ana", "08:25")).await;
    let running = service.projected(&run, seq).await;
    assert_eq!(running.ended_at, None);
    let by = |by: &'static str| move |row: &_| ended_by(row) == Some(by);
    let closed = service
        .occurrence_when(&run, "silence", by("schedule"))
        .await;
    assert_eq!(closed.applied_seq, seq, "no event was needed");
    assert_eq!(closed.due_at, None, "it waits for nothing more");

    service.send(&run.ended("08:55")).await;
    let ended = service.occurrence_when(&run, "the end", by("event")).await;
    assert!(ended.ended_at > closed.ended_at);
    service.stop().await;
}

fn ended_by(row: &crate::store::entity::meeting_occurrence::Model) -> Option<&str> {
    row.ended_by.as_deref()
}
