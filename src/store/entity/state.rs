//! `rollcall_state`.

use sea_orm::entity::prelude::*;

/// Small facts of the service itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollcall_state")]
pub struct Model {
    /// `journal_id`, `school_digest`, `sweep_watermark`, ...
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// As text.
    #[sea_orm(column_type = "Text")]
    pub value: String,
}

impl ActiveModelBehavior for ActiveModel {}
