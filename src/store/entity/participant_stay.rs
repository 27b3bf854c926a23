//! `participant_stays`.

use sea_orm::entity::prelude::*;

/// One stay of a person in an occurrence.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "participant_stays")]
pub struct Model {
    /// The occurrence.
    #[sea_orm(primary_key, auto_increment = false)]
    pub occurrence_id: Uuid,
    /// The person within it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_key: String,
    /// 0, 1, ... in order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The user that the person was tied to.
    pub user_id: Option<Uuid>,
    /// Zoom's `participant_uuid`, or what stands in for it.
    #[sea_orm(column_type = "Text")]
    pub connection: String,
    /// Zoom's `user_id`: the seat.
    #[sea_orm(column_type = "Text", nullable)]
    pub zoom_user_id: Option<String>,
    /// As observed, UTC.
    pub join_time: Option<TimeDateTimeWithTimeZone>,
    /// Taken from `event_ts`.
    pub join_approximate: bool,
    /// As observed, UTC.
    pub leave_time: Option<TimeDateTimeWithTimeZone>,
    /// Taken from `event_ts`.
    pub leave_approximate: bool,
    /// What counts, UTC.
    pub counted_from: Option<TimeDateTimeWithTimeZone>,
    /// What counts, UTC, exclusive.
    pub counted_until: Option<TimeDateTimeWithTimeZone>,
    /// Why: see the contract.
    #[sea_orm(column_type = "Text")]
    pub evidence: String,
}

impl ActiveModelBehavior for ActiveModel {}
