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
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
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
    let running: Vec<Uuid> = meeting_occurrence::Entity::find()
        .select_only()
        .column(meeting_occurrence::Column::MeetingId)
        .filter(meeting_occurrence::Column::MeetingId.is_in(meetings.iter().copied()))
        .filter(meeting_occurrence::Column::EndedAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    let running: HashSet<Uuid> = running.into_iter().collect();
    set(
        db,
        "ended",
        meetings.difference(&running).copied().collect(),
    )
    .await?;
    set(db, "started", running.into_iter().collect()).await
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
