//! Manual marks: set, and withdrawn.
//!
//! The status in `attendance_records` is what counts; `manual_marks` remembers who set it, when and why, and what another
//! hand had written before. A row is locked as the shared writer locks it, so that neither loses what the other
//! wrote: the writer goes on keeping what it computes beside a manual status.

use super::{Clerk, audit, now};
use crate::{
    attendance::{
        event::Instant,
        lesson::{Status, is_final},
    },
    store::{
        StoreError,
        convert::{self, column_date, instant, utc},
        entity::{attendance_record, class_student, manual_mark, meeting_occurrence},
        writer::record::{MANUAL, ZOOM},
    },
};
use jiff::civil::Date;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    prelude::TimeDateTimeWithTimeZone,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;
use uuid::Uuid;

/// A student's place in a lesson, by ids that exist (see [`Reports::place`](crate::store::reports::Reports::place)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// The class.
    pub class: Uuid,
    /// The lesson's local date.
    pub date: Date,
    /// The student.
    pub student: Uuid,
}

/// A mark that a person sets.
#[derive(Clone)]
pub struct NewMark {
    /// The status.
    pub status: Status,
    /// Why: 1 to 500 characters.
    pub reason: String,
    /// Who sets it.
    pub by: String,
}

/// What became of a new mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// It counts now, or did before.
    Yes,
    /// Neither is the student enrolled in the class on that date, nor is there a record.
    NotEnrolled,
}

/// What became of a wish to withdraw a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// What was there before it, or what is computed, counts again; where there is neither, the record is gone.
    Yes,
    /// There is no manual mark.
    Unknown,
    /// The status is of another program's making: only that one can take it back.
    Foreign,
}

impl Clerk {
    /// Sets the mark of a student in a lesson, whatever is computed.
    pub async fn mark(&self, lesson: Lesson, new: NewMark) -> Result<Marked, StoreError> {
        let settle = self.settle;
        self.run(move |db| async move {
            let transaction = db.begin().await?;
            let marked = mark(&transaction, lesson, &new, settle, now()).await?;
            transaction.commit().await?;
            Ok(marked)
        })
        .await
    }

    /// Withdraws the mark that was set: the computed one returns.
    pub async fn withdraw_mark(&self, lesson: Lesson, by: &str) -> Result<Withdrawn, StoreError> {
        let (settle, by) = (self.settle, by.to_owned());
        self.run(move |db| async move {
            let transaction = db.begin().await?;
            let withdrawn = withdraw(&transaction, lesson, &by, settle, now()).await?;
            transaction.commit().await?;
            Ok(withdrawn)
        })
        .await
    }
}

async fn mark(
    db: &DatabaseTransaction,
    lesson: Lesson,
    new: &NewMark,
    settle: i64,
    now: Instant,
) -> Result<Marked, DbErr> {
    let status = convert::status(new.status);
    let mut row = record(db, lesson).await?;
    if row.is_none() {
        if !is_enrolled(db, lesson).await? {
            return Ok(Marked::NotEnrolled);
        }
        if !insert(db, lesson, status, now).await? {
            row = record(db, lesson).await?;
        }
    }
    let known = in_force(db, lesson).await?;
    let ours = known
        .as_ref()
        .filter(|known| row.as_ref().is_some_and(|row| counts(known, row)));
    if ours.is_some_and(|known| known.status == status && known.reason == new.reason) {
        return Ok(Marked::Yes);
    }
    let replaced = match ours {
        Some(known) => known.replaced.clone(),
        None => row.as_ref().and_then(theirs),
    };
    if let Some(known) = &known {
        end(db, known.id, &new.by, now).await?;
    }
    let made = manual_mark::Model {
        id: Uuid::now_v7(),
        student_id: lesson.student,
        class_id: lesson.class,
        date: column_date(lesson.date),
        status: status.into(),
        replaced,
        reason: new.reason.clone(),
        set_by: new.by.clone(),
        set_at: utc(now),
        ended_by: None,
        ended_at: None,
    };
    manual_mark::Entity::insert(made.into_active_model())
        .exec_without_returning(db)
        .await?;
    if let Some(row) = &row {
        put(db, row.id, status, MANUAL, now).await?;
    }
    let before = row.map(|row| row.status);
    let change = (before.as_deref(), Some(status));
    tell(
        db,
        lesson,
        (&new.by, "attendance.marked"),
        change,
        settle,
        now,
    )
    .await?;
    Ok(Marked::Yes)
}

async fn withdraw(
    db: &DatabaseTransaction,
    lesson: Lesson,
    by: &str,
    settle: i64,
    now: Instant,
) -> Result<Withdrawn, DbErr> {
    let row = record(db, lesson).await?;
    let Some(row) = row.filter(|row| theirs(row).is_some()) else {
        return Ok(Withdrawn::Unknown);
    };
    let known = in_force(db, lesson).await?;
    let Some(known) = known.filter(|known| counts(known, &row)) else {
        return Ok(Withdrawn::Foreign);
    };
    end(db, known.id, by, now).await?;
    let after = match (&known.replaced, &row.computed_status) {
        (Some(theirs), _) => {
            put(db, row.id, theirs, MANUAL, now).await?;
            Some(theirs)
        }
        (None, Some(computed)) => {
            put(db, row.id, computed, ZOOM, now).await?;
            Some(computed)
        }
        (None, None) => {
            attendance_record::Entity::delete_by_id(row.id)
                .exec(db)
                .await?;
            None
        }
    };
    let change = (Some(&*row.status), after.map(String::as_str));
    tell(
        db,
        lesson,
        (by, "attendance.mark_withdrawn"),
        change,
        settle,
        now,
    )
    .await?;
    Ok(Withdrawn::Yes)
}

/// The status of a row that somebody other than the writer wrote, if so.
fn theirs(row: &attendance_record::Model) -> Option<String> {
    let own = row.source == ZOOM && row.computed_status.as_ref() == Some(&row.status);
    (!own).then(|| row.status.clone())
}

/// Whether `known` is what the row says: another program may have written over it since.
fn counts(known: &manual_mark::Model, row: &attendance_record::Model) -> bool {
    row.source == MANUAL && row.status == known.status
}

fn of_lesson(
    class: impl ColumnTrait,
    date: impl ColumnTrait,
    student: impl ColumnTrait,
    lesson: Lesson,
) -> Condition {
    Condition::all()
        .add(class.eq(lesson.class))
        .add(date.eq(column_date(lesson.date)))
        .add(student.eq(lesson.student))
}

/// The stored row, held until the transaction ends.
async fn record(
    db: &DatabaseTransaction,
    lesson: Lesson,
) -> Result<Option<attendance_record::Model>, DbErr> {
    use attendance_record::Column;
    attendance_record::Entity::find()
        .filter(of_lesson(
            Column::ClassId,
            Column::Date,
            Column::StudentId,
            lesson,
        ))
        .lock_exclusive()
        .one(db)
        .await
}

/// The mark in force, if any.
async fn in_force(
    db: &DatabaseTransaction,
    lesson: Lesson,
) -> Result<Option<manual_mark::Model>, DbErr> {
    use manual_mark::Column;
    manual_mark::Entity::find()
        .filter(of_lesson(
            Column::ClassId,
            Column::Date,
            Column::StudentId,
            lesson,
        ))
        .filter(Column::EndedAt.is_null())
        .one(db)
        .await
}

async fn is_enrolled(db: &impl ConnectionTrait, lesson: Lesson) -> Result<bool, DbErr> {
    use class_student::Column;
    let enrolments = class_student::Entity::find()
        .filter(Column::ClassId.eq(lesson.class))
        .filter(Column::StudentId.eq(lesson.student))
        .filter(Column::covers(column_date(lesson.date)));
    Ok(enrolments.count(db).await? > 0)
}

/// A record of which nothing is computed; false where somebody was faster.
async fn insert(
    db: &DatabaseTransaction,
    lesson: Lesson,
    status: &str,
    now: Instant,
) -> Result<bool, DbErr> {
    use attendance_record::Column;
    let row = attendance_record::Model {
        id: Uuid::now_v7(),
        student_id: lesson.student,
        class_id: lesson.class,
        date: column_date(lesson.date),
        status: status.into(),
        seconds: None,
        first_join: None,
        last_leave: None,
        source: MANUAL.into(),
        computed_status: None,
        created_at: utc(now),
        updated_at: utc(now),
    };
    let faster = OnConflict::columns([Column::StudentId, Column::ClassId, Column::Date])
        .do_nothing()
        .to_owned();
    let inserted = attendance_record::Entity::insert_many([row.into_active_model()])
        .on_conflict(faster)
        .exec_without_returning(db)
        .await?;
    Ok(inserted > 0)
}

async fn put(
    db: &DatabaseTransaction,
    id: Uuid,
    status: &str,
    source: &str,
    now: Instant,
) -> Result<(), DbErr> {
    use attendance_record::Column;
    attendance_record::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Source, Expr::value(source))
        .col_expr(Column::UpdatedAt, Expr::value(utc(now)))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

async fn end(db: &DatabaseTransaction, id: Uuid, by: &str, now: Instant) -> Result<(), DbErr> {
    use manual_mark::Column;
    manual_mark::Entity::update_many()
        .col_expr(Column::EndedBy, Expr::value(by))
        .col_expr(Column::EndedAt, Expr::value(utc(now)))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// The audit event of a status that was one and is another.
async fn tell(
    db: &DatabaseTransaction,
    lesson: Lesson,
    deed: (&str, &str),
    (before, after): (Option<&str>, Option<&str>),
    settle: i64,
    now: Instant,
) -> Result<(), DbErr> {
    use meeting_occurrence::Column;
    let ends: Vec<Option<TimeDateTimeWithTimeZone>> = meeting_occurrence::Entity::find()
        .select_only()
        .column(Column::EndedAt)
        .filter(Column::ClassId.eq(lesson.class))
        .filter(Column::Date.eq(column_date(lesson.date)))
        .into_tuple()
        .all(db)
        .await?;
    let ends: Vec<_> = ends.into_iter().map(|end| end.map(instant)).collect();
    let Lesson {
        class,
        date,
        student,
    } = lesson;
    let target = format!("class {class} student {student} date {date}");
    let is_final = is_final(&ends, settle, now);
    let detail = json!({ "before": before, "after": after, "final": is_final });
    audit(db, deed, target, detail, now).await
}
