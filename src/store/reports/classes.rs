//! The school's classes, by name.

use super::{Class, Error, Page, Position, Reports, Window, page::id as id_part};
use crate::store::entity::{class, class_student as enrolment, zoom_meeting as meeting};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::Uuid,
};

/// What a class needs before it can have marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Enrolments, past ones included.
    pub enrolments: u64,
    /// Its meetings.
    pub meetings: u64,
}

impl Reports {
    /// The class with this id.
    pub async fn class(&self, id: Uuid) -> Result<Option<Class>, Error> {
        self.run(move |db| async move {
            let query = class::Entity::find_by_id(id);
            Ok(query.into_partial_model().one(&db).await?)
        })
        .await
    }

    /// Whether a class has what it needs.
    pub async fn standing(&self, class: Uuid) -> Result<Standing, Error> {
        self.run(move |db| async move {
            let enrolments = enrolment::Entity::find().filter(enrolment::Column::ClassId.eq(class));
            let meetings = meeting::Entity::find().filter(meeting::Column::ClassId.eq(class));
            Ok(Standing {
                enrolments: enrolments.count(&db).await?,
                meetings: meetings.count(&db).await?,
            })
        })
        .await
    }

    /// Every class, in order of the ids.
    pub async fn every_class(&self, window: Window) -> Result<Page<Class>, Error> {
        self.run(move |db| async move {
            let mut wanted = Condition::all();
            if let Some(after) = &window.after {
                let [id] = after.parts()?;
                wanted = wanted.add(class::Column::Id.gt(id_part(id)?));
            }
            let rows: Vec<Class> = class::Entity::find()
                .filter(wanted)
                .order_by_asc(class::Column::Id)
                .limit(window.limit + 1)
                .into_partial_model()
                .all(&db)
                .await?;
            let position = |class: &Class| Position(vec![class.id.to_string()]);
            Ok(Page::cut(rows, window.limit, position))
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
