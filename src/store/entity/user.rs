//! `users`.

use sea_orm::entity::prelude::*;

/// A person of the school.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In lower case where Rollcall wrote it; none is NULL, never empty.
    #[sea_orm(column_type = "Text", nullable)]
    pub email: Option<String>,
    /// `student`, `teacher` or `admin`.
    #[sea_orm(column_type = "Text")]
    pub role: String,
    /// As the roster gives it.
    #[sea_orm(column_type = "Text")]
    pub full_name: String,
    /// OneRoster's id.
    #[sea_orm(column_type = "Text", nullable)]
    pub sourced_id: Option<String>,
    /// Zoom's account id.
    #[sea_orm(column_type = "Text", nullable)]
    pub zoom_user_id: Option<String>,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
