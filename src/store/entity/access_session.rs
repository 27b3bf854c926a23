//! `access_sessions`.

use sea_orm::entity::prelude::*;

/// Somebody who signed in with a browser; the cookie itself is nowhere.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_sessions")]
pub struct Model {
    /// A MAC of the cookie, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    /// The id of the token that it was opened with, or `config` for the configured one.
    #[sea_orm(column_type = "Text")]
    pub holder: String,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
    /// The latest request, to within some minutes, UTC.
    pub last_seen: TimeDateTimeWithTimeZone,
    /// When it ends at the latest, UTC.
    pub expires_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
