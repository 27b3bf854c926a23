//! Events that could not be applied, in order of their place in the journal.

use super::{Error, Page, Position, Reports, Window, row::timestamp};
use crate::store::entity::dead_event::{Column, Entity, Model};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Which dead events: all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct DeadEvents {
    /// `read`, `fold`, `report` or `sealed`.
    pub reason: Option<String>,
    /// Zoom's uuid of the occurrence.
    pub occurrence: Option<String>,
}

/// An event that could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEvent {
    /// Its place in the journal.
    pub seq: i64,
    /// Zoom's uuid of the occurrence.
    pub occurrence: String,
    /// Zoom's number of the meeting.
    pub zoom_meeting_id: String,
    /// What kind of event.
    pub kind: String,
    /// Why it was not applied.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The last attempt.
    pub died_at: Timestamp,
    /// It was given back to its occurrence, which has not applied it yet.
    pub redriven: bool,
}

impl Reports {
    /// The dead event with this place in the journal.
    pub async fn dead_event(&self, seq: i64) -> Result<Option<DeadEvent>, Error> {
        self.run(move |read| async move {
            let row = Entity::find_by_id(seq).one(&read).await?;
            Ok(row.map(dead_event))
        })
        .await
    }

    /// A page of dead events.
    pub async fn dead_events(
        &self,
        which: DeadEvents,
        window: Window,
    ) -> Result<Page<DeadEvent>, Error> {
        let after = window.after.as_ref().map(place).transpose()?;
        self.run(|read| async move {
            let mut query = Entity::find().order_by_asc(Column::Seq);
            if let Some(seq) = after {
                query = query.filter(Column::Seq.gt(seq));
            }
            if let Some(reason) = which.reason {
                query = query.filter(Column::Reason.eq(reason));
            }
            if let Some(occurrence) = which.occurrence {
                query = query.filter(Column::Occurrence.eq(occurrence));
            }
            let rows = query.limit(window.limit + 1).all(&read).await?;
            let rows = rows.into_iter().map(dead_event).collect();
            let position = |event: &DeadEvent| Position(vec![event.seq.to_string()]);
            Ok(Page::cut(rows, window.limit, position))
        })
        .await
    }
}

fn place(position: &Position) -> Result<i64, Error> {
    let [seq] = position.parts()?;
    seq.parse().map_err(|_| Error::Position)
}

fn dead_event(row: Model) -> DeadEvent {
    DeadEvent {
        seq: row.seq,
        occurrence: row.occurrence,
        zoom_meeting_id: row.meeting,
        kind: row.kind,
        reason: row.reason,
        attempts: row.attempts,
        received_at: timestamp(row.received_at),
        died_at: timestamp(row.died_at),
        redriven: row.redriven,
    }
}
