//! `meeting_registrants`.

use sea_orm::entity::prelude::*;

/// A registration: who a registrant id is.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meeting_registrants")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The meeting.
    pub meeting_id: Uuid,
    /// The user.
    pub user_id: Option<Uuid>,
    /// Zoom's registrant id.
    #[sea_orm(column_type = "Text", nullable)]
    pub zoom_registrant_id: Option<String>,
    /// The personal link.
    #[sea_orm(column_type = "Text", nullable)]
    pub join_url: Option<String>,
    /// `approved`, `pending`, `denied` or `cancelled`.
    #[sea_orm(column_type = "Text", nullable)]
    pub status: Option<String>,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
