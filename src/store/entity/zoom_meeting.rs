//! `zoom_meetings`.

use sea_orm::entity::prelude::*;

/// A meeting that the school has planned; recurs.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "zoom_meetings")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Zoom's number, digits; unique.
    #[sea_orm(column_type = "Text")]
    pub zoom_meeting_id: String,
    /// The host, a row of `users`.
    pub host_id: Option<Uuid>,
    /// Its title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// As imported.
    #[sea_orm(column_type = "Text", nullable)]
    pub meeting_type: Option<String>,
    /// The series' first start, UTC.
    pub start_time: Option<TimeDateTimeWithTimeZone>,
    /// Scheduled minutes.
    pub duration: Option<i32>,
    /// IANA name.
    #[sea_orm(column_type = "Text", nullable)]
    pub timezone: Option<String>,
    /// As imported.
    #[sea_orm(column_type = "Text", nullable)]
    pub join_url: Option<String>,
    /// `scheduled`, `started`, `ended` or `cancelled`.
    #[sea_orm(column_type = "Text")]
    pub status: String,
    /// The class that it teaches.
    pub class_id: Option<Uuid>,
    /// As imported.
    #[sea_orm(column_type = "Text", nullable)]
    pub target_audience: Option<String>,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
    /// UTC.
    pub updated_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
