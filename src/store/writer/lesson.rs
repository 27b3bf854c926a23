//! `attendance_records`: the marks of every lesson that the batch touches, old dates included.
//!
//! A lesson's marks come from all its occurrences: those of the batch as staged, the others from their
//! stored stays. What is no longer produced goes. Rows of another hand keep their status; the computed
//! one is kept beside it.

use super::occurrence::Raised;
use crate::{
    attendance::{
        event::{Instant, Moment},
        lesson::{Mark, Part, Presence, marks},
        report::{Interval, Stay},
        school::{ClassId, School, UserId},
    },
    store::{
        convert::{self, civil_date, instant, utc},
        entity::{
            attendance_record::{self, Model},
            audit_event, meeting_occurrence, participant_stay,
        },
    },
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, Iterable, QueryFilter, prelude::TimeDate, sea_query::OnConflict,
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A class on a date.
type Lesson = (Uuid, TimeDate);

/// Lessons or rows a statement.
const CHUNK: usize = 200;

/// Writes the marks of every lesson that an occurrence of the batch counts for, or counted for before.
pub(super) async fn write(
    db: &DatabaseTransaction,
    raised: &[Raised<'_>],
    now: Instant,
    settle: i64,
) -> Result<(), DbErr> {
    let lessons = touched(raised);
    if lessons.is_empty() {
        return Ok(());
    }
    let members = members(db, &lessons).await?;
    let parts = parts(db, raised, &members).await?;
    let mut existing = records(db, &lessons).await?;
    let mut changes = Changes::default();
    for (lesson, school) in lessons {
        let members = members.get(&lesson).map_or(&[][..], Vec::as_slice);
        let own: Vec<Part> = members
            .iter()
            .filter_map(|row| parts.get(&row.id).cloned())
            .collect();
        let enrolled = school.enrolled(ClassId(lesson.0.as_u128()), civil_date(lesson.1));
        let is_final = is_final(members, now, settle);
        let rows = existing.remove(&lesson).unwrap_or_default();
        changes.compare(lesson, &marks(&own, &enrolled), rows, is_final, now);
    }
    changes.write(db).await
}

/// Each lesson with the school that its occurrence was judged by.
fn touched<'a>(raised: &'a [Raised<'_>]) -> BTreeMap<Lesson, &'a School> {
    let lesson = |row: &meeting_occurrence::Model| row.class_id.map(|class| (class, row.date));
    let of = |r: &'a Raised<'_>| {
        let before = r.before.as_ref().and_then(lesson);
        let both = before.into_iter().chain(lesson(&r.row));
        both.map(|lesson| (lesson, &*r.staged.school))
    };
    raised.iter().flat_map(of).collect()
}

/// Every occurrence that counts for one of these lessons, the batch's own included.
async fn members(
    db: &DatabaseTransaction,
    lessons: &BTreeMap<Lesson, &School>,
) -> Result<HashMap<Lesson, Vec<meeting_occurrence::Model>>, DbErr> {
    use meeting_occurrence::Column;
    let mut members: HashMap<Lesson, Vec<_>> = HashMap::new();
    let conditions: Vec<_> = lessons
        .keys()
        .map(|l| of_lesson(Column::ClassId, Column::Date, *l))
        .collect();
    for chunk in conditions.chunks(CHUNK) {
        let any = chunk.iter().cloned().fold(Condition::any(), Condition::add);
        for row in meeting_occurrence::Entity::find()
            .filter(any)
            .all(db)
            .await?
        {
            if let Some(class) = row.class_id {
                members.entry((class, row.date)).or_default().push(row);
            }
        }
    }
    Ok(members)
}

fn of_lesson(class: impl ColumnTrait, date: impl ColumnTrait, lesson: Lesson) -> Condition {
    Condition::all()
        .add(class.eq(lesson.0))
        .add(date.eq(lesson.1))
}

/// What each member brings: staged where it is of the batch, else from its stored stays.
async fn parts(
    db: &DatabaseTransaction,
    raised: &[Raised<'_>],
    members: &HashMap<Lesson, Vec<meeting_occurrence::Model>>,
) -> Result<HashMap<Uuid, Part>, DbErr> {
    let staged = raised
        .iter()
        .map(|r| (r.row.id, Part::of(&r.staged.report, r.staged.present_after)));
    let mut parts: HashMap<Uuid, Part> = staged.collect();
    let others: Vec<_> = members
        .values()
        .flatten()
        .filter(|row| !parts.contains_key(&row.id))
        .collect();
    for chunk in others.chunks(CHUNK) {
        let ids = chunk.iter().map(|row| row.id);
        let mut stays = stored_stays(db, ids).await?;
        for row in chunk {
            let users = stays.remove(&row.id).unwrap_or_default();
            let users = users
                .into_iter()
                .map(|(user, stays)| (user, Presence::of(&stays)))
                .collect();
            let start = instant(row.started_at);
            let part = Part {
                start,
                ended: row.ended_at.is_some(),
                present_after: row.present_after,
                users,
            };
            parts.insert(row.id, part);
        }
    }
    Ok(parts)
}

type Stays = BTreeMap<UserId, Vec<Stay>>;

async fn stored_stays(
    db: &DatabaseTransaction,
    occurrences: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Stays>, DbErr> {
    use participant_stay::Column;
    let rows = participant_stay::Entity::find()
        .filter(Column::OccurrenceId.is_in(occurrences))
        .filter(Column::UserId.is_not_null())
        .all(db)
        .await?;
    let mut stays: HashMap<Uuid, Stays> = HashMap::new();
    for row in rows {
        let Some(user) = row.user_id.map(|id| UserId(id.as_u128())) else {
            continue;
        };
        stays
            .entry(row.occurrence_id)
            .or_default()
            .entry(user)
            .or_default()
            .push(stay(row)?);
    }
    Ok(stays)
}

fn stay(row: participant_stay::Model) -> Result<Stay, DbErr> {
    let unknown = || {
        DbErr::Type(format!(
            "participant_stays.evidence of occurrence {}",
            row.occurrence_id
        ))
    };
    let moment = |at, approximate| Moment {
        at: instant(at),
        approximate,
    };
    let counted = row.counted_from.zip(row.counted_until);
    Ok(Stay {
        evidence: convert::evidence_from(&row.evidence).ok_or_else(unknown)?,
        connection: row.connection.into(),
        zoom_user_id: row.zoom_user_id.map(Into::into),
        join: row.join_time.map(|at| moment(at, row.join_approximate)),
        leave: row.leave_time.map(|at| moment(at, row.leave_approximate)),
        counted: counted.map(|(from, until)| Interval {
            from: instant(from),
            until: instant(until),
        }),
    })
}

async fn records(
    db: &DatabaseTransaction,
    lessons: &BTreeMap<Lesson, &School>,
) -> Result<HashMap<Lesson, Vec<Model>>, DbErr> {
    use attendance_record::Column;
    let mut records: HashMap<Lesson, Vec<Model>> = HashMap::new();
    let conditions: Vec<_> = lessons
        .keys()
        .map(|l| of_lesson(Column::ClassId, Column::Date, *l))
        .collect();
    for chunk in conditions.chunks(CHUNK) {
        let any = chunk.iter().cloned().fold(Condition::any(), Condition::add);
        for row in attendance_record::Entity::find()
            .filter(any)
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

/// Whether no Zoom delivery is expected any more: all occurrences ended, the latest `settle` seconds ago.
fn is_final(members: &[meeting_occurrence::Model], now: Instant, settle: i64) -> bool {
    let ends: Option<Vec<_>> = members.iter().map(|row| row.ended_at).collect();
    ends.is_some_and(|ends| {
        ends.into_iter()
            .max()
            .is_some_and(|end| instant(end).plus(settle) <= now)
    })
}

/// What is to be done to `attendance_records`.
#[derive(Default)]
struct Changes {
    inserted: Vec<Model>,
    updated: Vec<Model>,
    deleted: Vec<Uuid>,
    audited: Vec<audit_event::Model>,
}

impl Changes {
    fn compare(
        &mut self,
        lesson: Lesson,
        marks: &[Mark],
        rows: Vec<Model>,
        is_final: bool,
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
            if is_final && row.source == ZOOM {
                self.audited.push(audit(&row, after.as_ref(), now));
            }
            match after {
                Some(after) => self.updated.push(after),
                None => self.deleted.push(row.id),
            }
        }
        self.inserted
            .extend(marks.into_values().map(|mark| record(lesson, mark, now)));
    }

    async fn write(self, db: &DatabaseTransaction) -> Result<(), DbErr> {
        for chunk in self.inserted.chunks(CHUNK) {
            let rows = chunk.iter().map(|row| row.clone().into_active_model());
            // Another hand may have written the same lesson meanwhile: its mark stands, the next write sees it.
            let theirs = OnConflict::columns(KEY).do_nothing().to_owned();
            attendance_record::Entity::insert_many(rows)
                .on_conflict(theirs)
                .exec_without_returning(db)
                .await?;
        }
        for chunk in self.updated.chunks(CHUNK) {
            let rows = chunk.iter().map(|row| row.clone().into_active_model());
            attendance_record::Entity::insert_many(rows)
                .on_conflict(replace())
                .exec_without_returning(db)
                .await?;
        }
        for chunk in self.deleted.chunks(CHUNK) {
            let ids = chunk.iter().copied();
            attendance_record::Entity::delete_many()
                .filter(attendance_record::Column::Id.is_in(ids))
                .exec(db)
                .await?;
        }
        for audited in self.audited {
            audited.into_active_model().insert(db).await?;
        }
        Ok(())
    }
}

const ZOOM: &str = "zoom";
const KEY: [attendance_record::Column; 3] = [
    attendance_record::Column::StudentId,
    attendance_record::Column::ClassId,
    attendance_record::Column::Date,
];

fn replace() -> OnConflict {
    use attendance_record::Column;
    let kept = |column: &Column| {
        matches!(
            column,
            Column::Id | Column::StudentId | Column::ClassId | Column::Date | Column::CreatedAt
        )
    };
    OnConflict::columns(KEY)
        .update_columns(Column::iter().filter(|column| !kept(column)))
        .to_owned()
}

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
        source: "manual".into(),
        ..row.clone()
    }
}

fn audit(before: &Model, after: Option<&Model>, now: Instant) -> audit_event::Model {
    let told = |row: &Model| json!({ "status": row.status, "computed": row.computed_status, "seconds": row.seconds });
    audit_event::Model {
        id: Uuid::now_v7(),
        at: utc(now),
        actor: "rollcall".into(),
        action: "attendance.changed_after_final".into(),
        target: format!(
            "class {} student {} date {}",
            before.class_id, before.student_id, before.date
        ),
        detail: Some(json!({ "before": told(before), "after": after.map(told) })),
    }
}
