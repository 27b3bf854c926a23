//! One student: who it is, and where they are enrolled.

use super::{Class, Error, Reports, Student, lookup};
use crate::store::entity::{class_student as enrolment, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, prelude::Uuid};

impl Reports {
    /// The user that `name` means, an id or a `sourced_id`.
    pub async fn student(&self, name: String) -> Result<Option<Student>, Error> {
        self.run(move |db| async move {
            let Some(id) = lookup::users(&db, &name).await?.first().copied() else {
                return Ok(None);
            };
            let query = user::Entity::find_by_id(id);
            Ok(query.into_partial_model().one(&db).await?)
        })
        .await
    }

    /// The classes that a student is or was enrolled in, by name.
    pub async fn classes_of(&self, student: Uuid) -> Result<Vec<Class>, Error> {
        self.run(move |db| async move {
            let ids: Vec<Uuid> = enrolment::Entity::find()
                .select_only()
                .column(enrolment::Column::ClassId)
                .filter(enrolment::Column::StudentId.eq(student))
                .into_tuple()
                .all(&db)
                .await?;
            let found = lookup::class_names(&db, ids.into_iter().collect()).await?;
            let mut classes: Vec<Class> = found.into_values().collect();
            classes.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
            Ok(classes)
        })
        .await
    }
}
