//! `classes`.

use sea_orm::entity::prelude::*;

/// A class.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "classes")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its title.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Its primary teacher.
    pub teacher_id: Option<Uuid>,
    /// OneRoster's id.
    #[sea_orm(column_type = "Text", nullable)]
    pub sourced_id: Option<String>,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
