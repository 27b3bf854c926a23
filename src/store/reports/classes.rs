//! The school's classes, by name.

use super::{Class, Error, Reports};
use crate::store::entity::class;
use sea_orm::{EntityTrait, QueryOrder, QuerySelect, prelude::Uuid};

impl Reports {
    /// The class with this id.
    pub async fn class(&self, id: Uuid) -> Result<Option<Class>, Error> {
        self.run(move |db| async move {
            let query = class::Entity::find_by_id(id);
            Ok(query.into_partial_model().one(&db).await?)
        })
        .await
    }

    /// At most `limit` classes in order of their names.
    pub async fn classes(&self, limit: u64) -> Result<Vec<Class>, Error> {
        self.run(move |db| async move {
            let query = class::Entity::find()
                .order_by_asc(class::Column::Name)
                .order_by_asc(class::Column::Id)
                .limit(limit);
            Ok(query.into_partial_model().all(&db).await?)
        })
        .await
    }
}
