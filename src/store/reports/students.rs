//! Students: who somebody is, where they are enrolled, and who is enrolled in a class.

use super::{Class, Error, Reports, Student, lookup};
use crate::store::{
    convert::column_date,
    entity::{class_student as enrolment, user},
};
use jiff::civil::Date;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, prelude::Uuid};

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

    /// The students who are enrolled in a class on this date, in no order.
    pub async fn enrolled(&self, class: Uuid, date: Date) -> Result<Vec<Student>, Error> {
        use enrolment::Column;
        let ids = enrolment::Entity::find()
            .select_only()
            .column(Column::StudentId)
            .filter(Column::ClassId.eq(class))
            .filter(Column::covers(column_date(date)))
            .into_query();
        self.run(move |db| async move {
            let query = user::Entity::find().filter(user::Column::Id.in_subquery(ids));
            Ok(query.into_partial_model().all(&db).await?)
        })
        .await
    }
}
