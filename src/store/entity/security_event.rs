//! `security_events`.

use sea_orm::entity::prelude::*;

/// Refused requests, one row a burst; no secret, no body.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "security_events")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When the burst began, UTC.
    pub at: TimeDateTimeWithTimeZone,
    /// `bad_signature`, `clock_skew` or `bad_token`.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// How many in the burst.
    pub count: i64,
}

impl ActiveModelBehavior for ActiveModel {}
