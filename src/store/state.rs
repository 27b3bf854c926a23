//! `rollcall_state`: the service's own small facts, by key.

use super::entity::state::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QuerySelect,
    sea_query::OnConflict,
};

/// When the last authentic webhook came, Unix milliseconds.
pub const LAST_EVENT: &str = "last_event";
/// When Zoom last validated the URL, Unix milliseconds.
pub const LAST_URL_VALIDATION: &str = "last_url_validation";
/// The journal that this database belongs to.
pub const JOURNAL_ID: &str = "journal_id";
/// Changed by every import and every confirmed match that changed something.
pub const ROSTER_VERSION: &str = "roster_version";
/// The fingerprint of the school that attendance was computed from.
pub const SCHOOL_DIGEST: &str = "school_digest";
/// Every folding event up to this seq is in the projections.
pub const SWEEP_WATERMARK: &str = "sweep_watermark";

/// The fact, if it was ever set.
pub async fn get(db: &impl ConnectionTrait, key: &str) -> Result<Option<String>, DbErr> {
    Entity::find_by_id(key)
        .select_only()
        .column(Column::Value)
        .into_tuple()
        .one(db)
        .await
}

/// The fact, which nobody changes until the transaction ends.
pub async fn get_held(db: &DatabaseTransaction, key: &str) -> Result<Option<String>, DbErr> {
    let row = Entity::find_by_id(key).lock_shared().one(db).await?;
    Ok(row.map(|row| row.value))
}

/// The fact, which nobody else reads in order to write by it until the transaction ends.
pub async fn get_locked(db: &DatabaseTransaction, key: &str) -> Result<Option<String>, DbErr> {
    let row = Entity::find_by_id(key).lock_exclusive().one(db).await?;
    Ok(row.map(|row| row.value))
}

/// Tells whoever follows the school that it changed.
pub async fn raise_version(db: &DatabaseTransaction) -> Result<(), DbErr> {
    let version = get_locked(db, ROSTER_VERSION).await?;
    let version: u64 = version.and_then(|text| text.parse().ok()).unwrap_or(0);
    put(db, ROSTER_VERSION, &(version + 1).to_string()).await
}

/// Sets the fact.
pub async fn put(db: &impl ConnectionTrait, key: &str, value: &str) -> Result<(), DbErr> {
    let row = ActiveModel {
        key: Set(key.into()),
        value: Set(value.into()),
    };
    let newer = OnConflict::column(Column::Key)
        .update_column(Column::Value)
        .to_owned();
    Entity::insert(row)
        .on_conflict(newer)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
