//! `occurrence_seals`.

use sea_orm::entity::prelude::*;

/// The state of an occurrence whose events the journal no longer keeps.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "occurrence_seals")]
pub struct Model {
    /// The occurrence.
    #[sea_orm(primary_key, auto_increment = false)]
    pub occurrence_id: Uuid,
    /// What its events said, as one value.
    #[sea_orm(column_type = "JsonBinary")]
    pub state: Json,
    /// The journal no longer has its events.
    pub purged: bool,
}

impl ActiveModelBehavior for ActiveModel {}
