//! The marks of every lesson that the batch touches, old dates included.
//!
//! A lesson's marks come from all its occurrences: those of the batch as staged, the others from their
//! stored stays. What becomes of the marks is decided in [`record`](super::record).

use super::{
    occurrence::Raised,
    record::{Before, Changes, stored_records},
    whose::Whose,
};
use crate::{
    attendance::{
        event::{Instant, Moment},
        lesson::{Part, Presence, is_final, marks},
        report::{Interval, Stay},
        school::{ClassId, School, UserId},
    },
    store::{
        convert::{self, civil_date, instant},
        entity::{meeting_occurrence, participant_stay},
    },
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    prelude::TimeDate,
};
use std::collections::{BTreeMap, HashMap, HashSet};
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
    let before = before(raised, &members);
    let whose = whose(raised, &lessons, &members);
    let mut existing = stored_records(db, &whose).await?;
    let mut changes = Changes::default();
    for (lesson, whose) in whose {
        let school = lessons[&lesson];
        let members = members.get(&lesson).map_or(&[][..], Vec::as_slice);
        let own: Vec<Part> = members
            .iter()
            .filter_map(|row| parts.get(&row.id).cloned())
            .collect();
        let mut enrolled = school.enrolled(ClassId(lesson.0.as_u128()), civil_date(lesson.1));
        enrolled.retain(|student| whose.includes(*student));
        let before = match before.get(&lesson) {
            None => Before::Unknown,
            Some(ends) if is_final(ends, settle, now) => Before::Final,
            Some(_) => Before::Provisional,
        };
        let rows = existing.remove(&lesson).unwrap_or_default();
        changes.compare(lesson, &marks(&own, &enrolled), rows, before, now);
    }
    changes.write(db).await
}

/// Each lesson with the school that its occurrence was judged by.
fn touched<'a>(raised: &'a [Raised<'_>]) -> BTreeMap<Lesson, &'a School> {
    let of = |r: &'a Raised<'_>| {
        let before = r.before.as_ref().and_then(lesson_of);
        let both = before.into_iter().chain(lesson_of(&r.row));
        both.map(|lesson| (lesson, &r.staged.school.school))
    };
    raised.iter().flat_map(of).collect()
}

fn lesson_of(row: &meeting_occurrence::Model) -> Option<Lesson> {
    row.class_id.map(|class| (class, row.date))
}

/// Whose marks of each lesson may change.
fn whose(
    raised: &[Raised<'_>],
    lessons: &BTreeMap<Lesson, &School>,
    members: &HashMap<Lesson, Vec<meeting_occurrence::Model>>,
) -> BTreeMap<Lesson, Whose> {
    let rows: HashMap<Uuid, &Raised<'_>> = raised.iter().map(|r| (r.row.id, r)).collect();
    let of = |lesson: &Lesson| match members.get(lesson).map(Vec::as_slice) {
        Some([only]) => rows.get(&only.id).map_or(Whose::All, |r| Whose::of(r)),
        _ => Whose::All,
    };
    lessons.keys().map(|lesson| (*lesson, of(lesson))).collect()
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
            if let Some(lesson) = lesson_of(&row) {
                members.entry(lesson).or_default().push(row);
            }
        }
    }
    Ok(members)
}

/// How the occurrences of each lesson ended (none: it ran) as they were before this batch.
fn before(
    raised: &[Raised<'_>],
    members: &HashMap<Lesson, Vec<meeting_occurrence::Model>>,
) -> HashMap<Lesson, Vec<Option<Instant>>> {
    let batch: HashSet<Uuid> = raised.iter().map(|r| r.row.id).collect();
    let others = members.values().flatten();
    let others = others.filter(|row| !batch.contains(&row.id));
    let mut ends: HashMap<Lesson, Vec<_>> = HashMap::new();
    for row in others.chain(raised.iter().filter_map(|r| r.before.as_ref())) {
        if let Some(lesson) = lesson_of(row) {
            let end = row.ended_at.map(instant);
            ends.entry(lesson).or_default().push(end);
        }
    }
    ends
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
    parts.extend(stored_parts(db, &others).await?);
    Ok(parts)
}

/// What these occurrences bring by their stored stays.
pub(in crate::store) async fn stored_parts(
    db: &impl ConnectionTrait,
    rows: &[&meeting_occurrence::Model],
) -> Result<HashMap<Uuid, Part>, DbErr> {
    let mut parts = HashMap::new();
    for chunk in rows.chunks(CHUNK) {
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
    db: &impl ConnectionTrait,
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
