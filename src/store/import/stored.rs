//! What is stored of a school, as an import reads it: each table in the order of its keys.

use super::draft::Keyed;
use crate::store::entity::{class, class_student, meeting_registrant, user, zoom_meeting};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, QueryOrder};
use uuid::Uuid;

/// The tables that an import writes.
#[derive(Default)]
pub(super) struct Stored {
    pub(super) users: Vec<user::Model>,
    pub(super) classes: Vec<class::Model>,
    pub(super) enrolments: Vec<class_student::Model>,
    pub(super) meetings: Vec<zoom_meeting::Model>,
    pub(super) registrants: Vec<meeting_registrant::Model>,
}

impl Stored {
    /// Reads them all.
    pub(super) async fn read(db: &DatabaseTransaction) -> Result<Self, DbErr> {
        Ok(Self {
            users: rows::<user::Entity>(db, user::Column::Id).await?,
            classes: rows::<class::Entity>(db, class::Column::Id).await?,
            enrolments: rows::<class_student::Entity>(db, class_student::Column::Id).await?,
            meetings: rows::<zoom_meeting::Entity>(db, zoom_meeting::Column::Id).await?,
            registrants: rows::<meeting_registrant::Entity>(db, meeting_registrant::Column::Id)
                .await?,
        })
    }
}

async fn rows<E: EntityTrait>(
    db: &DatabaseTransaction,
    key: E::Column,
) -> Result<Vec<E::Model>, DbErr> {
    E::find().order_by_asc(key).all(db).await
}

macro_rules! keyed {
    ($($entity:ident),*) => {
        $(impl Keyed for $entity::Model {
            fn id(&self) -> Uuid {
                self.id
            }
        })*
    };
}

keyed!(user, class, class_student, zoom_meeting, meeting_registrant);
