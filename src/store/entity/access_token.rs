//! `access_tokens`.

use sea_orm::entity::prelude::*;

/// A named token of the operators' listener; the token itself is nowhere.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_tokens")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is; unique among those that are not revoked.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// `viewer`, `operator` or `admin`.
    #[sea_orm(column_type = "Text")]
    pub role: String,
    /// SHA-256 of the token, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub token_sha256: String,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
    /// Who made it.
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    /// Since when it opens nothing, UTC.
    pub revoked_at: Option<TimeDateTimeWithTimeZone>,
}

impl ActiveModelBehavior for ActiveModel {}
