//! Meetings that the school does not know.

use super::{
    super::{Error, Position, row::timestamp},
    Placed, Unmatched,
};
use crate::store::entity::meeting_occurrence as occurrence;
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::TimeDateTimeWithTimeZone,
};
use std::collections::HashMap;

/// The first part of a position among them.
pub(super) const KIND: &str = "meeting";

/// A meeting that the school does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Zoom's number.
    pub zoom_meeting_id: String,
    /// Zoom's latest topic.
    pub topic: Option<String>,
    /// How often it ran.
    pub occurrences: i64,
    /// The first start.
    pub first_seen: Timestamp,
    /// The last instant of any of its events.
    pub last_seen: Timestamp,
}

/// Number, runs, first start, last instant.
type Row = (
    String,
    i64,
    TimeDateTimeWithTimeZone,
    TimeDateTimeWithTimeZone,
);

/// The first `limit` behind the number `behind`.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    behind: String,
    limit: u64,
) -> Result<Placed, Error> {
    let rows: Vec<Row> = occurrence::Entity::find()
        .select_only()
        .column(occurrence::Column::ZoomMeetingId)
        .column_as(occurrence::Column::Id.count(), "runs")
        .column_as(occurrence::Column::StartedAt.min(), "first")
        .column_as(occurrence::Column::LastAt.max(), "last")
        .filter(occurrence::Column::MeetingId.is_null())
        .filter(occurrence::Column::ZoomMeetingId.gt(behind))
        .group_by(occurrence::Column::ZoomMeetingId)
        .order_by_asc(occurrence::Column::ZoomMeetingId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let topics = topics(db, &rows).await?;
    let placed = |(number, occurrences, first, last): Row| {
        let meeting = Unknown {
            topic: topics.get(&number).cloned(),
            zoom_meeting_id: number.clone(),
            occurrences,
            first_seen: timestamp(first),
            last_seen: timestamp(last),
        };
        let position = Position(vec![KIND.into(), number]);
        (position, Unmatched::Meeting(meeting))
    };
    Ok(rows.into_iter().map(placed).collect())
}

/// The topic of each meeting's last occurrence.
async fn topics(
    db: &impl ConnectionTrait,
    meetings: &[Row],
) -> Result<HashMap<String, String>, Error> {
    let found: Vec<(String, Option<String>)> = occurrence::Entity::find()
        .select_only()
        .column(occurrence::Column::ZoomMeetingId)
        .column(occurrence::Column::Topic)
        .filter(occurrence::Column::ZoomMeetingId.is_in(meetings.iter().map(|m| m.0.as_str())))
        .filter(occurrence::Column::LastAt.is_in(meetings.iter().map(|m| m.3)))
        .order_by_asc(occurrence::Column::LastAt)
        .into_tuple()
        .all(db)
        .await?;
    let named = found.into_iter().filter_map(|(n, topic)| Some((n, topic?)));
    Ok(named.collect())
}
