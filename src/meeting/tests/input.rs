//! Changed input: the school, or the row that an actor believes it replaces.

use super::{Files, Run, harness, harness::Service};
use crate::{
    clock,
    store::{
        entity::meeting_occurrence::{Column, Entity},
        state,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};

async fn attendance_follows(service: &Service, run: &Run) {
    let row = service
        .occurrence_when(run, "a class", |row| row.class_id.is_some())
        .await;
    assert!(row.meeting_id.is_some());
    assert_eq!(
        service.rows(run).await.marks(),
        ["Ana present 1200", "Ben partial 600", "Cem absent 0"]
    );
}

#[actix::test]
async fn an_imported_school_marks_what_was_before_it() {
    let service = Files::new().start(|_| ()).await;
    let run = Run::new("import==");
    assert!(service.lesson(&run).await.marks().is_empty());
    harness::schedule(&service.pools).await;
    let version = state::put(&service.pools.write, state::ROSTER_VERSION, "2").await;
    version.expect("a version");
    attendance_follows(&service, &run).await;
    service.stop().await;
}

#[actix::test]
async fn what_another_hand_changes_in_the_school_is_found_as_well() {
    let service = Files::new()
        .start(|settings| settings.sweep.roster_seconds = 1)
        .await;
    let run = Run::new("other-hand==");
    assert!(service.lesson(&run).await.marks().is_empty());
    harness::schedule(&service.pools).await;
    attendance_follows(&service, &run).await;
    service.stop().await;
}

#[actix::test]
async fn a_school_that_changed_before_the_start_marks_what_was_before_it() {
    let files = Files::new();
    let (service, run) = (files.start(|_| ()).await, Run::new("asleep=="));
    service.lesson(&run).await;
    service.stop().await;
    harness::schedule(&files.store().await).await;
    let service = files.start(|_| ()).await;
    attendance_follows(&service, &run).await;
    service.stop().await;
}

#[actix::test]
async fn a_raised_revision_makes_the_actor_look_again() {
    let service = Files::new().start(|_| ()).await;
    let run = Run::new("raised==");
    let seq = service.send(&run.joined("Ana", "08:05")).await;
    let before = service.projected(&run, seq).await;
    let now = clock::now_ms();
    let raised = raise(&run).col_expr(Column::DueAt, Expr::value(now));
    raised.exec(&service.pools.write).await.expect("a row");
    let after = service
        .occurrence_when(&run, "a write", |row| row.due_at != Some(now))
        .await;
    assert_eq!(after.revision, before.revision + 2, "theirs and ours");
    assert_eq!(after.due_at, before.due_at, "silence, as before");
    let seq = service.send(&run.left("Ana", "08:25")).await;
    service.projected(&run, seq).await;
    assert_eq!(service.rows(&run).await.people(), ["Ana left 08:05 08:25"]);
    service.stop().await;
}

#[actix::test]
async fn a_write_that_is_refused_as_stale_is_made_again() {
    let service = Files::new().start(harness::unswept).await;
    let run = Run::new("stale==");
    let seq = service.send(&run.joined("Ana", "08:05")).await;
    let before = service.projected(&run, seq).await;
    // Nobody is told: the actor's next write is refused, and it loads.
    let raised = raise(&run).exec(&service.pools.write).await;
    raised.expect("a row");
    let seq = service.send(&run.left("Ana", "08:25")).await;
    let after = service.projected(&run, seq).await;
    assert_eq!(after.revision, before.revision + 2, "theirs and ours");
    assert_eq!(service.rows(&run).await.people(), ["Ana left 08:05 08:25"]);
    service.stop().await;
}

/// Another hand's change of the row's input.
fn raise(run: &Run) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .filter(Column::Uuid.eq(run.uuid.as_str()))
}
