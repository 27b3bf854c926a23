//! Who set a mark by hand, when and why; and the ids behind the names of a lesson.

use super::{Error, Reports, lookup, row::timestamp};
use crate::store::{
    clerk::Lesson,
    entity::manual_mark::{Column, Entity, Model},
};
use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{TimeDate, Uuid},
};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

/// A mark that a person set; `Debug` shows no words of theirs.
#[derive(Clone, PartialEq, Eq)]
pub struct Manual {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl fmt::Debug for Manual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Manual({})", self.at)
    }
}

/// What a lesson's names stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This.
    Known(Lesson),
    /// There is no such class.
    NoClass,
    /// There is no such student.
    NoStudent,
}

/// Student, class and date.
type Key = (Uuid, Uuid, TimeDate);

/// A mark in force.
pub(super) struct InForce {
    status: String,
    manual: Manual,
}

impl InForce {
    /// Who set it, if `status` is still what they set.
    pub(super) fn says(self, status: &str) -> Option<Manual> {
        (self.status == status).then_some(self.manual)
    }
}

impl Reports {
    /// The class and the student that these names mean, each an id or a `sourced_id`.
    pub async fn place(&self, class: String, date: Date, student: String) -> Result<Place, Error> {
        self.run(move |db| async move {
            let Some(class) = lookup::classes(&db, &class).await?.first().copied() else {
                return Ok(Place::NoClass);
            };
            let Some(student) = lookup::users(&db, &student).await?.first().copied() else {
                return Ok(Place::NoStudent);
            };
            let lesson = Lesson {
                class,
                date,
                student,
            };
            Ok(Place::Known(lesson))
        })
        .await
    }

    /// The user that `name` means, an id or a `sourced_id`.
    pub async fn user(&self, name: String) -> Result<Option<Uuid>, Error> {
        self.run(move |db| async move { Ok(lookup::users(&db, &name).await?.first().copied()) })
            .await
    }
}

/// The marks in force of these.
pub(super) async fn in_force(
    db: &impl ConnectionTrait,
    of: BTreeSet<Key>,
) -> Result<HashMap<Key, InForce>, Error> {
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let students: BTreeSet<Uuid> = of.iter().map(|key| key.0).collect();
    let classes: BTreeSet<Uuid> = of.iter().map(|key| key.1).collect();
    let dates: BTreeSet<TimeDate> = of.iter().map(|key| key.2).collect();
    let rows: Vec<Model> = Entity::find()
        .filter(Column::EndedAt.is_null())
        .filter(Column::ClassId.is_in(classes))
        .filter(Column::Date.is_in(dates))
        .filter(Column::StudentId.is_in(students))
        .all(db)
        .await?;
    let in_force = |row: Model| {
        let manual = Manual {
            reason: row.reason,
            by: row.set_by,
            at: timestamp(row.set_at),
        };
        let key = (row.student_id, row.class_id, row.date);
        (
            key,
            InForce {
                status: row.status,
                manual,
            },
        )
    };
    Ok(rows.into_iter().map(in_force).collect())
}
