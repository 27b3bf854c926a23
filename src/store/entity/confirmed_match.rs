//! `confirmed_matches`.

use sea_orm::entity::prelude::*;

/// A stable key that a person said is a user's; unique (kind, scope, key).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "confirmed_matches")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `registrant`, `customer_key`, `zoom_user`, `email` or `connection`.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Where the key means somebody: a registrant's meeting, a connection's occurrence, else empty.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// The key.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    /// Whose it is.
    pub user_id: Uuid,
    /// Who said so.
    #[sea_orm(column_type = "Text")]
    pub confirmed_by: String,
    /// When, UTC.
    pub confirmed_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
