//! The marks of every lesson that the batch touches, old dates included.
//!
//! A lesson's marks come from all its occurrences: those of the batch as staged, the others from their
//! stored stays. What becomes of the marks is decided in [`record`](super::record).

use super::{
    occurrence::Raised,
    record::{Changes, stored_records},
};
use crate::{
    attendance::{
        event::{Instant, Moment},
        lesson::{Part, Presence, marks},
        report::{Interval, Stay},
        school::{ClassId, School, UserId},
    },
    store::{
        convert::{self, civil_date, instant},
        entity::{meeting_occurrence, participant_stay},
    },
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, prelude::TimeDate,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A class on a date.
pub(super) type Lesson = (Uuid, TimeDate);

/// Lessons or rows a statement.
pub(super) const CHUNK: usize = 200;

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
    let mut existing = stored_records(db, lessons.keys().copied()).await?;
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
        both.map(|lesson| (lesson, &r.staged.school.school))
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

/// The condition that a row belongs to `lesson`.
pub(super) fn of_lesson(
    class: impl ColumnTrait,
    date: impl ColumnTrait,
    lesson: Lesson,
) -> Condition {
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

/// Whether no Zoom delivery is expected any more: all occurrences ended, the latest `settle` seconds ago.
fn is_final(members: &[meeting_occurrence::Model], now: Instant, settle: i64) -> bool {
    let ends: Option<Vec<_>> = members.iter().map(|row| row.ended_at).collect();
    ends.is_some_and(|ends| {
        ends.into_iter()
            .max()
            .is_some_and(|end| instant(end).plus(settle) <= now)
    })
}
