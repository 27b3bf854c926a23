//! `attendance_records`: what a lesson's marks change, and what they leave alone.
//!
//! What is no longer produced goes. A row whose status another hand wrote keeps it, and becomes (or stays)
//! `manual`; the computed status is kept beside it, so that it can be withdrawn. What changes after it was
//! final leaves an audit entry.

use super::{
    lesson::{CHUNK, Lesson, of_lesson},
    put::{Conflict, put},
    whose::Whose,
};
use crate::{
    attendance::{event::Instant, lesson::Mark},
    store::{
        convert::{self, utc},
        entity::{
            attendance_record::{self, Model},
            audit_event,
        },
    },
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What is stored of these lessons for those concerned, held against other hands until the transaction ends.
pub(super) async fn stored_records(
    db: &DatabaseTransaction,
    lessons: &BTreeMap<Lesson, Whose>,
) -> Result<HashMap<Lesson, Vec<Model>>, DbErr> {
    use attendance_record::Column;
    let mut records: HashMap<Lesson, Vec<Model>> = HashMap::new();
    let conditions: Vec<_> = lessons
        .iter()
        .map(|(lesson, whose)| {
            let own = of_lesson(Column::ClassId, Column::Date, *lesson);
            own.add_option(whose.ids().map(|ids| Column::StudentId.is_in(ids)))
        })
        .collect();
    for chunk in conditions.chunks(CHUNK) {
        let any = chunk.iter().cloned().fold(Condition::any(), Condition::add);
        for row in attendance_record::Entity::find()
            .filter(any)
            .lock_exclusive()
            .all(db)
            .await?
        {
            records
                .entry((row.class_id, row.date))
                .or_default()
                .push(row);
        }
    }
    Ok(records)
}

/// What a lesson was before this write, by its occurrences as they were then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// It had none: its marks are new. Those stored all the same waited for nothing.
    Unknown,
    /// A delivery of Zoom's was still expected.
    Provisional,
    /// None was.
    Final,
}

/// What is to be done to `attendance_records`.
#[derive(Default)]
pub(super) struct Changes {
    inserted: Vec<Model>,
    updated: Vec<Model>,
    deleted: Vec<Uuid>,
    audited: Vec<audit_event::Model>,
}

impl Changes {
    /// Compares a lesson's marks with its stored rows.
    pub(super) fn compare(
        &mut self,
        lesson: Lesson,
        marks: &[Mark],
        rows: Vec<Model>,
        before: Before,
        now: Instant,
    ) {
        let mut marks: BTreeMap<Uuid, &Mark> = marks
            .iter()
            .map(|m| (Uuid::from_u128(m.student.0), m))
            .collect();
        for row in rows {
            let mark = marks.remove(&row.student_id);
            let after = revised(&row, mark, now);
            if after.as_ref() == Some(&row) {
                continue;
            }
            if before != Before::Provisional && row.source == ZOOM {
                self.audited
                    .push(audit(&row, Some(&row), after.as_ref(), now));
            }
            match after {
                Some(after) => self.updated.push(after),
                None => self.deleted.push(row.id),
            }
        }
        for mark in marks.into_values() {
            let row = record(lesson, mark, now);
            if before == Before::Final {
                self.audited.push(audit(&row, None, Some(&row), now));
            }
            self.inserted.push(row);
        }
    }

    /// Does it.
    pub(super) async fn write(self, db: &DatabaseTransaction) -> Result<(), DbErr> {
        use attendance_record::Column;
        // Another hand may have written the same lesson meanwhile: its mark stands, what was counted goes beside it.
        let theirs = Conflict::replace(KEY, COUNTED).and_set(Column::Source, MANUAL);
        put::<attendance_record::Entity>(db, &self.inserted, &theirs).await?;
        let replace = Conflict::replace_but(KEY, &[Column::Id, Column::CreatedAt]);
        put::<attendance_record::Entity>(db, &self.updated, &replace).await?;
        for chunk in self.deleted.chunks(CHUNK) {
            let ids = chunk.iter().copied();
            attendance_record::Entity::delete_many()
                .filter(Column::Id.is_in(ids))
                .exec(db)
                .await?;
        }
        for chunk in self.audited.chunks(CHUNK) {
            let rows = chunk.iter().map(|row| row.clone().into_active_model());
            audit_event::Entity::insert_many(rows)
                .exec_without_returning(db)
                .await?;
        }
        Ok(())
    }
}

/// `source` of a row whose status is Rollcall's.
pub(in crate::store) const ZOOM: &str = "zoom";
/// `source` of any other.
pub(in crate::store) const MANUAL: &str = "manual";
const KEY: &[attendance_record::Column] = &[
    attendance_record::Column::StudentId,
    attendance_record::Column::ClassId,
    attendance_record::Column::Date,
];

/// What is computed whoever set the status.
const COUNTED: &[attendance_record::Column] = &[
    attendance_record::Column::ComputedStatus,
    attendance_record::Column::Seconds,
    attendance_record::Column::FirstJoin,
    attendance_record::Column::LastLeave,
];

fn record(lesson: Lesson, mark: &Mark, now: Instant) -> Model {
    let status = convert::status(mark.status).to_owned();
    Model {
        id: Uuid::now_v7(),
        student_id: Uuid::from_u128(mark.student.0),
        class_id: lesson.0,
        date: lesson.1,
        computed_status: Some(status.clone()),
        status,
        seconds: Some(mark.seconds),
        first_join: mark.first_join.map(utc),
        last_leave: mark.last_leave.map(utc),
        source: ZOOM.into(),
        created_at: utc(now),
        updated_at: utc(now),
    }
}

/// The row as `mark` makes it; none where it is Rollcall's own and no longer produced.
fn revised(row: &Model, mark: Option<&Mark>, now: Instant) -> Option<Model> {
    let own = row.source == ZOOM && row.computed_status.as_ref() == Some(&row.status);
    let Some(mark) = mark else {
        return (!own).then(|| Model {
            computed_status: None,
            seconds: None,
            first_join: None,
            last_leave: None,
            ..theirs(row)
        });
    };
    let computed = convert::status(mark.status).to_owned();
    let counted = Model {
        computed_status: Some(computed.clone()),
        seconds: Some(mark.seconds),
        first_join: mark.first_join.map(utc),
        last_leave: mark.last_leave.map(utc),
        ..row.clone()
    };
    if !own {
        return Some(theirs(&counted));
    }
    let mine = Model {
        status: computed,
        ..counted
    };
    Some(if mine == *row {
        mine
    } else {
        Model {
            updated_at: utc(now),
            ..mine
        }
    })
}

/// A row whose status another hand wrote.
fn theirs(row: &Model) -> Model {
    Model {
        source: MANUAL.into(),
        ..row.clone()
    }
}

/// The entry of a final mark that came, changed or went; `row` says whose.
fn audit(
    row: &Model,
    before: Option<&Model>,
    after: Option<&Model>,
    now: Instant,
) -> audit_event::Model {
    let told = |row: &Model| json!({ "status": row.status, "computed": row.computed_status, "seconds": row.seconds });
    audit_event::Model {
        id: Uuid::now_v7(),
        at: utc(now),
        actor: "rollcall".into(),
        action: "attendance.changed_after_final".into(),
        target: format!(
            "class {} student {} date {}",
            row.class_id, row.student_id, row.date
        ),
        detail: Some(json!({ "before": before.map(told), "after": after.map(told) })),
    }
}
