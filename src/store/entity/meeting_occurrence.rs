//! `meeting_occurrences`.

use sea_orm::entity::prelude::*;

/// One run of a meeting.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meeting_occurrences")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Zoom's uuid: opaque, case-sensitive; unique.
    #[sea_orm(column_type = "Text")]
    pub uuid: String,
    /// Zoom's number of its meeting, known to the school or not.
    #[sea_orm(column_type = "Text")]
    pub zoom_meeting_id: String,
    /// The meeting, if known.
    pub meeting_id: Option<Uuid>,
    /// The class that it counts for.
    pub class_id: Option<Uuid>,
    /// The local date that it counts for.
    pub date: TimeDate,
    /// Zoom's latest topic.
    #[sea_orm(column_type = "Text", nullable)]
    pub topic: Option<String>,
    /// Actual start, UTC.
    pub started_at: TimeDateTimeWithTimeZone,
    /// The end; while it runs, its last instant so far, UTC: what a restart is measured from.
    pub last_at: TimeDateTimeWithTimeZone,
    /// The end, UTC; none while it runs.
    pub ended_at: Option<TimeDateTimeWithTimeZone>,
    /// `event` or `schedule`.
    #[sea_orm(column_type = "Text", nullable)]
    pub ended_by: Option<String>,
    /// The threshold used, seconds.
    pub present_after: i64,
    /// To be reviewed: outside the scheduled time of day.
    pub outside_schedule: bool,
    /// Presence events with neither a time nor a key.
    pub unusable: i32,
    /// Every journaled event up to it is in the projections.
    pub applied_seq: i64,
    /// Raised by every write, and by whoever changes its input.
    pub revision: i64,
    /// Next silence check or retry, Unix milliseconds.
    pub due_at: Option<i64>,
    /// When its events were given up: it is never folded again, UTC.
    pub sealed_at: Option<TimeDateTimeWithTimeZone>,
}

impl ActiveModelBehavior for ActiveModel {}
