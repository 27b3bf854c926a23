//! Marks: rows of `attendance_records` in order of date, class and student.

use super::{
    Class, Error, Manual, Page, Position, Reports, Student, Window, lookup, manual,
    page::{date as date_part, id as id_part},
    row::{date, from_date, timestamp},
};
use crate::{
    attendance::{event::Instant, lesson::is_final},
    store::{
        convert::instant,
        entity::{attendance_record as record, meeting_occurrence as occurrence},
    },
};
use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
    prelude::{TimeDate, TimeDateTimeWithTimeZone, Uuid},
};
use std::collections::{BTreeSet, HashMap};

/// Which marks: all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// A class's id or `sourced_id`.
    pub class: Option<String>,
    /// A user's id or `sourced_id`.
    pub student: Option<String>,
    /// On or after.
    pub from: Option<Date>,
    /// On or before.
    pub to: Option<Date>,
}

/// The mark of a student in a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Who.
    pub student: Student,
    /// Of which class.
    pub class: Class,
    /// The lesson's local date.
    pub date: Date,
    /// `present`, `partial`, `absent`, or another hand's.
    pub status: String,
    /// What was counted, in seconds.
    pub seconds: Option<i64>,
    /// First instant seen.
    pub first_join: Option<Timestamp>,
    /// Last instant seen leaving.
    pub last_leave: Option<Timestamp>,
    /// `zoom` or `manual`.
    pub source: String,
    /// What Rollcall computed, whoever set the status.
    pub computed_status: Option<String>,
    /// Who set the status by hand; none where it is computed or of another program's making.
    pub manual: Option<Manual>,
    /// Whether it may still change by itself.
    pub finality: Finality,
}

/// How sure a mark is. Not stored: computed whenever somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// A running meeting or a late delivery may still change it.
    Provisional,
    /// No delivery of Zoom is expected any more.
    Final,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "record::Entity")]
struct Row {
    student_id: Uuid,
    class_id: Uuid,
    date: TimeDate,
    status: String,
    seconds: Option<i64>,
    first_join: Option<TimeDateTimeWithTimeZone>,
    last_leave: Option<TimeDateTimeWithTimeZone>,
    source: String,
    computed_status: Option<String>,
}

/// Class and date.
type Lesson = (Uuid, TimeDate);

impl Reports {
    /// The marks that `which` names, as they are at `now`.
    pub async fn attendance(
        &self,
        which: Marks,
        window: Window,
        now: Timestamp,
    ) -> Result<Page<Mark>, Error> {
        let settle = self.settle;
        self.run(move |db| async move {
            let mut wanted = filter(&db, &which).await?;
            if let Some(after) = &window.after {
                wanted = wanted.add(beyond(after)?);
            }
            let rows = record::Entity::find()
                .filter(wanted)
                .order_by_asc(record::Column::Date)
                .order_by_asc(record::Column::ClassId)
                .order_by_asc(record::Column::StudentId)
                .limit(window.limit + 1)
                .into_partial_model::<Row>()
                .all(&db)
                .await?;
            let page = Page::cut(rows, window.limit, position);
            let ends = ends(&db, &page.items).await?;
            let students = page.items.iter().map(|row| row.student_id).collect();
            let students = lookup::students(&db, students).await?;
            let classes = page.items.iter().map(|row| row.class_id).collect();
            let classes = lookup::class_names(&db, classes).await?;
            let manual = page.items.iter().filter(|row| row.source == "manual");
            let manual = manual.map(|row| (row.student_id, row.class_id, row.date));
            let mut by_hand = manual::in_force(&db, manual.collect()).await?;
            Ok(page.map(|row| {
                let ends = ends.get(&(row.class_id, row.date));
                let ends = ends.map_or(&[][..], Vec::as_slice);
                let by_hand = by_hand.remove(&(row.student_id, row.class_id, row.date));
                Mark {
                    manual: by_hand.and_then(|set| set.says(&row.status)),
                    computed_status: row.computed_status,
                    student: lookup::named(&students, row.student_id),
                    class: lookup::named(&classes, row.class_id),
                    date: date(row.date),
                    status: row.status,
                    seconds: row.seconds,
                    first_join: row.first_join.map(timestamp),
                    last_leave: row.last_leave.map(timestamp),
                    source: row.source,
                    finality: Finality::of(ends, settle, Instant(now.as_second())),
                }
            }))
        })
        .await
    }
}

impl Finality {
    /// Of a lesson whose meetings ended so (none: it runs), at `now`.
    pub(super) fn of(ends: &[Option<Instant>], settle: i64, now: Instant) -> Self {
        if is_final(ends, settle, now) {
            Self::Final
        } else {
            Self::Provisional
        }
    }
}

/// The rows that `which` names.
pub(super) async fn filter(db: &impl ConnectionTrait, which: &Marks) -> Result<Condition, Error> {
    let mut wanted = Condition::all()
        .add_option(which.from.map(|d| record::Column::Date.gte(from_date(d))))
        .add_option(which.to.map(|d| record::Column::Date.lte(from_date(d))));
    if let Some(class) = &which.class {
        wanted = wanted.add(record::Column::ClassId.is_in(lookup::classes(db, class).await?));
    }
    if let Some(student) = &which.student {
        wanted = wanted.add(record::Column::StudentId.is_in(lookup::users(db, student).await?));
    }
    Ok(wanted)
}

fn position(row: &Row) -> Position {
    Position(vec![
        date(row.date).to_string(),
        row.class_id.to_string(),
        row.student_id.to_string(),
    ])
}

/// Behind `after` in the order of the list.
fn beyond(after: &Position) -> Result<Condition, Error> {
    let [date, class, student] = after.parts()?;
    let (date, class, student) = (date_part(date)?, id_part(class)?, id_part(student)?);
    let later = record::Column::Date.gt(date);
    let same_date = Condition::all()
        .add(record::Column::Date.eq(date))
        .add(record::Column::ClassId.gt(class));
    let same_lesson = Condition::all()
        .add(record::Column::Date.eq(date))
        .add(record::Column::ClassId.eq(class))
        .add(record::Column::StudentId.gt(student));
    Ok(Condition::any().add(later).add(same_date).add(same_lesson))
}

/// The ends of every occurrence of the rows' lessons; none where one runs.
async fn ends(
    db: &impl ConnectionTrait,
    rows: &[Row],
) -> Result<HashMap<Lesson, Vec<Option<Instant>>>, Error> {
    let mut ends: HashMap<Lesson, Vec<_>> = HashMap::new();
    let classes: BTreeSet<Uuid> = rows.iter().map(|row| row.class_id).collect();
    let dates: BTreeSet<TimeDate> = rows.iter().map(|row| row.date).collect();
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else {
        return Ok(ends);
    };
    let found: Vec<(Uuid, TimeDate, Option<TimeDateTimeWithTimeZone>)> = occurrence::Entity::find()
        .select_only()
        .column(occurrence::Column::ClassId)
        .column(occurrence::Column::Date)
        .column(occurrence::Column::EndedAt)
        .filter(occurrence::Column::ClassId.is_in(classes))
        .filter(occurrence::Column::Date.between(*first, *last))
        .into_tuple()
        .all(db)
        .await?;
    for (class, date, end) in found {
        ends.entry((class, date))
            .or_default()
            .push(end.map(instant));
    }
    Ok(ends)
}
