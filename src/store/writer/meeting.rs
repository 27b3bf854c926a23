//! `zoom_meetings.status`: started while any occurrence runs, ended after.

use super::occurrence::Raised;
use crate::{
    clock,
    store::{
        convert::utc,
        entity::{meeting_occurrence, zoom_meeting},
    },
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::Expr,
};
use std::collections::HashSet;
use uuid::Uuid;

/// Sets the status of every meeting in the batch from all of its occurrences.
pub(super) async fn write_status(
    db: &DatabaseTransaction,
    raised: &[Raised<'_>],
) -> Result<(), DbErr> {
    let changed = raised.iter().filter(|r| r.changes_status());
    let meetings: HashSet<Uuid> = changed.filter_map(|r| r.row.meeting_id).collect();
    if meetings.is_empty() {
        return Ok(());
    }
    let running: Vec<Uuid> = running(&meetings).into_tuple().all(db).await?;
    let running: HashSet<Uuid> = running.into_iter().collect();
    set(
        db,
        "ended",
        meetings.difference(&running).copied().collect(),
    )
    .await?;
    set(db, "started", running.into_iter().collect()).await
}

/// Those of the meetings that have an occurrence which runs.
fn running(meetings: &HashSet<Uuid>) -> Select<meeting_occurrence::Entity> {
    meeting_occurrence::Entity::find()
        .select_only()
        .column(meeting_occurrence::Column::MeetingId)
        .filter(meeting_occurrence::Column::MeetingId.is_in(meetings.iter().copied()))
        .filter(meeting_occurrence::Column::EndedAt.is_null())
}

impl Raised<'_> {
    fn changes_status(&self) -> bool {
        let state = |row: &meeting_occurrence::Model| (row.meeting_id, row.ended_at.is_some());
        self.before.as_ref().map(state) != Some(state(&self.row))
    }
}

async fn set(db: &DatabaseTransaction, status: &str, meetings: Vec<Uuid>) -> Result<(), DbErr> {
    if meetings.is_empty() {
        return Ok(());
    }
    zoom_meeting::Entity::update_many()
        .col_expr(zoom_meeting::Column::Status, Expr::value(status))
        .col_expr(
            zoom_meeting::Column::UpdatedAt,
            Expr::value(utc(clock::now())),
        )
        .filter(zoom_meeting::Column::Id.is_in(meetings))
        .filter(zoom_meeting::Column::Status.ne(status))
        .exec(db)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        connect::Role,
        plan::{database, step},
    };

    #[tokio::test]
    async fn what_runs_is_found_without_a_look_at_all_that_ever_ran() {
        let (_folder, db) = database(Role::Store).await;
        for meetings in [1, 2, 200] {
            let meetings = (0..meetings).map(Uuid::from_u128).collect();
            let step = step(&db, &running(&meetings)).await;
            assert!(step.contains("(meeting_id=? AND ended_at=?)"), "{step}");
        }
    }
}
