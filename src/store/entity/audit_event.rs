//! `audit_events`.

use sea_orm::entity::prelude::*;

/// A change that somebody may ask about later.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// UTC.
    pub at: TimeDateTimeWithTimeZone,
    /// Who: `rollcall` itself, or an operator's name.
    #[sea_orm(column_type = "Text")]
    pub actor: String,
    /// What, such as `attendance.changed_after_final`.
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// Ids only.
    #[sea_orm(column_type = "Text")]
    pub target: String,
    /// Before and after; no personal data beyond ids.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub detail: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}
