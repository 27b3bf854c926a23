//! `dead_events`.

use sea_orm::entity::prelude::*;

/// An event that could not be applied: it is in the journal, and left out of its occurrence's state.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dead_events")]
pub struct Model {
    /// Primary key: its place in the journal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// Zoom's uuid of the occurrence.
    #[sea_orm(column_type = "Text")]
    pub occurrence: String,
    /// Zoom's number of the meeting.
    #[sea_orm(column_type = "Text")]
    pub meeting: String,
    /// What kind of event: `started`, `joined`, ...
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Why it was not applied: `read`, `fold`, `report` or `sealed`.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it arrived, UTC.
    pub received_at: TimeDateTimeWithTimeZone,
    /// The last attempt, UTC.
    pub died_at: TimeDateTimeWithTimeZone,
    /// An operator wants it tried again.
    pub redriven: bool,
}

impl ActiveModelBehavior for ActiveModel {}
