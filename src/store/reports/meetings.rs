//! Meetings that the school knows, in order of Zoom's number, each with its occurrences, the latest first.

use super::{
    Class, Error, Page, Position, Reports, Window, lookup,
    row::{date, from_date, timestamp},
};
use crate::store::entity::{meeting_occurrence as occurrence, zoom_meeting as meeting};
use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
    prelude::{TimeDate, TimeDateTimeWithTimeZone, Uuid},
    sea_query::Query,
};
use std::collections::HashMap;

/// Which meetings: all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct Meetings {
    /// `scheduled`, `started`, `ended` or `cancelled`.
    pub status: Option<String>,
    /// A class's id or `sourced_id`.
    pub class: Option<String>,
    /// With an occurrence that counts for this date; only those occurrences are shown.
    pub date: Option<Date>,
}

/// A meeting and its occurrences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Zoom's number.
    pub zoom_meeting_id: String,
    /// Its title.
    pub title: String,
    /// The class that it teaches.
    pub class: Option<Class>,
    /// `scheduled`, `started`, `ended` or `cancelled`.
    pub status: String,
    /// The series' first scheduled start.
    pub start: Option<Timestamp>,
    /// Scheduled length in seconds.
    pub scheduled_seconds: Option<i64>,
    /// IANA name.
    pub timezone: Option<String>,
    /// The latest first.
    pub occurrences: Vec<Occurrence>,
}

/// One run of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Zoom's uuid.
    pub uuid: String,
    /// The local date that it counts for.
    pub date: Date,
    /// Actual start.
    pub started_at: Timestamp,
    /// Actual end, and how it is known; none while it runs.
    pub ended: Option<(Timestamp, Option<String>)>,
    /// To be reviewed: outside the scheduled time of day.
    pub outside_schedule: bool,
    /// To be reviewed: presence events that carried neither a time nor a key.
    pub unusable: i32,
    /// Whether it runs.
    pub running: Running,
}

/// Whether an occurrence runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// It does.
    Started,
    /// It has ended.
    Ended,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "meeting::Entity")]
struct Row {
    id: Uuid,
    zoom_meeting_id: String,
    title: String,
    class_id: Option<Uuid>,
    status: String,
    start_time: Option<TimeDateTimeWithTimeZone>,
    duration: Option<i32>,
    timezone: Option<String>,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "occurrence::Entity")]
struct OccurrenceRow {
    uuid: String,
    meeting_id: Option<Uuid>,
    date: TimeDate,
    started_at: TimeDateTimeWithTimeZone,
    ended_at: Option<TimeDateTimeWithTimeZone>,
    ended_by: Option<String>,
    outside_schedule: bool,
    unusable: i32,
}

impl Reports {
    /// The meetings that `which` names.
    pub async fn meetings(&self, which: Meetings, window: Window) -> Result<Page<Meeting>, Error> {
        self.run(move |db| async move {
            let mut wanted = filter(&db, &which).await?;
            if let Some(after) = &window.after {
                let [number] = after.parts()?;
                wanted = wanted.add(meeting::Column::ZoomMeetingId.gt(number));
            }
            let rows = meeting::Entity::find()
                .filter(wanted)
                .order_by_asc(meeting::Column::ZoomMeetingId)
                .limit(window.limit + 1)
                .into_partial_model::<Row>()
                .all(&db)
                .await?;
            let page = Page::cut(rows, window.limit, |row| {
                Position(vec![row.zoom_meeting_id.clone()])
            });
            let next = page.next;
            let items = furnish(&db, page.items, which.date).await?;
            Ok(Page { items, next })
        })
        .await
    }

    /// The meeting with this number, if the school knows it.
    pub async fn meeting(&self, zoom_meeting_id: String) -> Result<Option<Meeting>, Error> {
        self.run(move |db| async move {
            let row = meeting::Entity::find()
                .filter(meeting::Column::ZoomMeetingId.eq(zoom_meeting_id))
                .into_partial_model::<Row>()
                .one(&db)
                .await?;
            Ok(furnish(&db, row.into_iter().collect(), None).await?.pop())
        })
        .await
    }
}

async fn filter(db: &impl ConnectionTrait, which: &Meetings) -> Result<Condition, Error> {
    let status = which.status.as_deref();
    let mut wanted = Condition::all().add_option(status.map(|s| meeting::Column::Status.eq(s)));
    if let Some(class) = &which.class {
        wanted = wanted.add(meeting::Column::ClassId.is_in(lookup::classes(db, class).await?));
    }
    if let Some(date) = which.date {
        let held = Query::select()
            .column(occurrence::Column::MeetingId)
            .from(occurrence::Entity)
            .and_where(occurrence::Column::Date.eq(from_date(date)))
            .and_where(occurrence::Column::MeetingId.is_not_null())
            .to_owned();
        wanted = wanted.add(meeting::Column::Id.in_subquery(held));
    }
    Ok(wanted)
}

/// The rows with their classes and occurrences.
async fn furnish(
    db: &impl ConnectionTrait,
    rows: Vec<Row>,
    date: Option<Date>,
) -> Result<Vec<Meeting>, Error> {
    let classes = rows.iter().filter_map(|row| row.class_id).collect();
    let classes = lookup::class_names(db, classes).await?;
    let mut occurrences = occurrences(db, &rows, date).await?;
    Ok(rows
        .into_iter()
        .map(|row| Meeting {
            occurrences: occurrences.remove(&row.id).unwrap_or_default(),
            zoom_meeting_id: row.zoom_meeting_id,
            title: row.title,
            class: row.class_id.map(|id| lookup::named(&classes, id)),
            status: row.status,
            start: row.start_time.map(timestamp),
            scheduled_seconds: row.duration.map(|minutes| i64::from(minutes) * 60),
            timezone: row.timezone,
        })
        .collect())
}

async fn occurrences(
    db: &impl ConnectionTrait,
    meetings: &[Row],
    date: Option<Date>,
) -> Result<HashMap<Uuid, Vec<Occurrence>>, Error> {
    let ids = meetings.iter().map(|row| row.id);
    let date = date.map(|d| occurrence::Column::Date.eq(from_date(d)));
    let wanted = Condition::all()
        .add(occurrence::Column::MeetingId.is_in(ids))
        .add_option(date);
    let rows = occurrence::Entity::find()
        .filter(wanted)
        .order_by_desc(occurrence::Column::StartedAt)
        .order_by_asc(occurrence::Column::Uuid)
        .into_partial_model::<OccurrenceRow>()
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<_>> = HashMap::new();
    for row in rows {
        if let Some(meeting) = row.meeting_id {
            found.entry(meeting).or_default().push(row.into());
        }
    }
    Ok(found)
}

impl From<OccurrenceRow> for Occurrence {
    fn from(row: OccurrenceRow) -> Self {
        let running = match row.ended_at {
            Some(_) => Running::Ended,
            None => Running::Started,
        };
        Self {
            uuid: row.uuid,
            date: self::date(row.date),
            started_at: timestamp(row.started_at),
            ended: row.ended_at.map(|at| (timestamp(at), row.ended_by)),
            outside_schedule: row.outside_schedule,
            unusable: row.unusable,
            running,
        }
    }
}
