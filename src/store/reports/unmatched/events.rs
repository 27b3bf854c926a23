//! Presence events that count for nobody: an item an occurrence, of whatever meeting.

use super::{
    super::{Class, Error, Position, lookup, row::date},
    Placed, Unmatched,
};
use crate::store::entity::meeting_occurrence as occurrence;
use jiff::civil::Date;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
    prelude::{TimeDate, Uuid},
};
use std::collections::HashMap;

/// The first part of a position among them.
pub(super) const KIND: &str = "events";

/// Presence events of an occurrence that carried neither a time nor a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The occurrence.
    pub occurrence_uuid: String,
    /// Its meeting's number.
    pub zoom_meeting_id: String,
    /// The date that it counts for.
    pub date: Date,
    /// The class that it counts for, if any.
    pub class: Option<Class>,
    /// How many.
    pub count: i32,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "occurrence::Entity")]
struct Row {
    id: Uuid,
    uuid: String,
    zoom_meeting_id: String,
    class_id: Option<Uuid>,
    date: TimeDate,
    unusable: i32,
}

/// Those of the first `limit` occurrences that are `wanted` and have any.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    wanted: Condition,
    limit: u64,
) -> Result<Placed, Error> {
    let rows = occurrence::Entity::find()
        .filter(occurrence::Column::Unusable.gt(0))
        .filter(wanted)
        .order_by_desc(occurrence::Column::Date)
        .order_by_asc(occurrence::Column::Id)
        .limit(limit)
        .into_partial_model::<Row>()
        .all(db)
        .await?;
    let classes = rows.iter().filter_map(|row| row.class_id).collect();
    let classes = lookup::class_names(db, classes).await?;
    let placed = |row: Row| {
        let date = date(row.date).to_string();
        let position = Position(vec![KIND.into(), date, row.id.to_string()]);
        (position, Unmatched::Events(row.with(&classes)))
    };
    Ok(rows.into_iter().map(placed).collect())
}

impl Row {
    fn with(self, classes: &HashMap<Uuid, Class>) -> Unusable {
        Unusable {
            occurrence_uuid: self.uuid,
            zoom_meeting_id: self.zoom_meeting_id,
            date: date(self.date),
            class: self.class_id.map(|id| lookup::named(classes, id)),
            count: self.unusable,
        }
    }
}
