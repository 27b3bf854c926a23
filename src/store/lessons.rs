//! What the other occurrences of a lesson bring to it, as they are stored.

use super::{
    StoreError,
    connect::Pools,
    convert::column_date,
    entity::meeting_occurrence::{Column, Entity, Model},
    writer,
};
use crate::attendance::{lesson::Part, school::ClassId};
use jiff::civil::Date;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// What all occurrences of `class` on `date` but the one with this uuid bring to their lesson.
pub async fn others(
    db: &Pools,
    class: ClassId,
    date: Date,
    but: &str,
) -> Result<Vec<Part>, StoreError> {
    let rows: Vec<Model> = Entity::find()
        .filter(Column::ClassId.eq(Uuid::from_u128(class.0)))
        .filter(Column::Date.eq(column_date(date)))
        .filter(Column::Uuid.ne(but))
        .all(&db.read)
        .await?;
    let rows: Vec<&Model> = rows.iter().collect();
    let parts = writer::stored_parts(&db.read, &rows).await?;
    Ok(parts.into_values().collect())
}
