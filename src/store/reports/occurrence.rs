//! One occurrence: what it was part of, when it ran, what it is judged by. Who was there is in [`participants`](super::participants).

use super::{
    Class, Error, Finality, Reports, lookup,
    row::{date, from_date, timestamp},
};
use crate::{
    attendance::event::Instant,
    clock,
    store::{
        convert::instant,
        entity::{
            meeting_occurrence as occurrence, zoom_meeting as meeting,
            zoom_participant as participant,
        },
    },
};
use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, prelude::Uuid,
};
use std::collections::{BTreeSet, HashMap};

/// One run of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Zoom's uuid.
    pub uuid: String,
    /// Zoom's number of the meeting.
    pub zoom_meeting_id: String,
    /// The meeting's title; Zoom's topic where the school does not know the meeting.
    pub title: String,
    /// The class that it counts for.
    pub class: Option<Class>,
    /// The local date that it counts for.
    pub date: Date,
    /// Actual start.
    pub started_at: Timestamp,
    /// The latest instant heard of.
    pub last_at: Timestamp,
    /// Actual end, and how it is known; none while it runs.
    pub ended: Option<(Timestamp, Option<String>)>,
    /// Seconds that make a student present.
    pub present_after: i64,
    /// IANA name of the meeting's zone.
    pub timezone: Option<String>,
    /// Wholly outside the scheduled time of day.
    pub outside_schedule: bool,
    /// Whether its people's times may still change by themselves.
    pub finality: Finality,
}

/// How many people an occurrence has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attended {
    /// Who ever joined.
    pub people: u64,
    /// Who is there now.
    pub here: u64,
}

impl Reports {
    /// How many people were in the occurrence with this uuid.
    pub async fn attended(&self, uuid: String) -> Result<Attended, Error> {
        self.run(move |db| async move {
            let id = occurrence::Entity::find()
                .select_only()
                .column(occurrence::Column::Id)
                .filter(occurrence::Column::Uuid.eq(uuid));
            let of = participant::Column::OccurrenceId.in_subquery(id.into_query());
            let all = participant::Entity::find().filter(of);
            let here = all.clone().filter(participant::Column::Status.eq("joined"));
            Ok(Attended {
                people: all.count(&db).await?,
                here: here.count(&db).await?,
            })
        })
        .await
    }

    /// The occurrence with this uuid.
    pub async fn occurrence(&self, uuid: String) -> Result<Option<Run>, Error> {
        if !lookup::can_be(&uuid) {
            return Ok(None);
        }
        let found = self.runs(Which::Uuid(uuid), 1).await?;
        Ok(found.into_iter().next())
    }

    /// Those that run, the latest start first; at most `limit`.
    pub async fn in_session(&self, limit: u64) -> Result<Vec<Run>, Error> {
        self.runs(Which::Running, limit).await
    }

    /// Those that have ended, the latest start first; at most `limit`.
    pub async fn just_ended(&self, limit: u64) -> Result<Vec<Run>, Error> {
        self.runs(Which::Ended, limit).await
    }

    /// Those of these classes' lessons from a date to another, in order of their start.
    pub async fn of_lessons(
        &self,
        classes: BTreeSet<Uuid>,
        (from, to): (Date, Date),
    ) -> Result<Vec<Run>, Error> {
        let lessons = Which::Lessons { classes, from, to };
        self.runs(lessons, LESSONS).await
    }

    async fn runs(&self, which: Which, limit: u64) -> Result<Vec<Run>, Error> {
        let (settle, now) = (self.settle, clock::now());
        self.run(move |db| async move {
            let rows = which.query().limit(limit).all(&db).await?;
            furnish(&db, rows, settle, now).await
        })
        .await
    }
}

/// Occurrences of lessons that are shown: ten classes every day of a year.
const LESSONS: u64 = 5000;

/// The rows with their classes and meetings, as they stand at `now`.
pub(super) async fn furnish(
    db: &impl ConnectionTrait,
    rows: Vec<occurrence::Model>,
    settle: i64,
    now: Instant,
) -> Result<Vec<Run>, Error> {
    let classes = rows.iter().filter_map(|row| row.class_id).collect();
    let classes = lookup::class_names(db, classes).await?;
    let meetings = rows.iter().filter_map(|row| row.meeting_id);
    let meetings = meeting::Entity::find()
        .filter(meeting::Column::Id.is_in(meetings))
        .into_partial_model::<Planned>()
        .all(db)
        .await?;
    let meetings: HashMap<_, _> = meetings.iter().map(|row| (row.id, row)).collect();
    let run = |row: occurrence::Model| {
        let meeting = row.meeting_id.and_then(|id| meetings.get(&id));
        let title = meeting.map(|meeting| meeting.title.clone());
        Run {
            title: title.or(row.topic).unwrap_or_default(),
            class: row.class_id.map(|id| lookup::named(&classes, id)),
            date: date(row.date),
            started_at: timestamp(row.started_at),
            last_at: timestamp(row.last_at),
            ended: row.ended_at.map(|at| (timestamp(at), row.ended_by)),
            present_after: row.present_after,
            timezone: meeting.and_then(|meeting| meeting.timezone.clone()),
            outside_schedule: row.outside_schedule,
            finality: Finality::of(&[row.ended_at.map(instant)], settle, now),
            uuid: row.uuid,
            zoom_meeting_id: row.zoom_meeting_id,
        }
    };
    Ok(rows.into_iter().map(run).collect())
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "meeting::Entity")]
struct Planned {
    id: Uuid,
    title: String,
    timezone: Option<String>,
}

enum Which {
    Uuid(String),
    Running,
    Ended,
    Lessons {
        classes: BTreeSet<Uuid>,
        from: Date,
        to: Date,
    },
}

impl Which {
    fn query(self) -> Select<occurrence::Entity> {
        use occurrence::Column;
        let all = occurrence::Entity::find();
        match self {
            Self::Uuid(uuid) => all.filter(Column::Uuid.eq(uuid)),
            // Whatever runs has a time at which its silence is looked at, and that has an index.
            Self::Running => all
                .filter(Column::DueAt.gt(0))
                .filter(Column::EndedAt.is_null())
                .order_by_desc(Column::StartedAt),
            Self::Ended => all
                .filter(Column::EndedAt.is_not_null())
                .order_by_desc(Column::StartedAt),
            Self::Lessons { classes, from, to } => all
                .filter(Column::ClassId.is_in(classes))
                .filter(Column::Date.between(from_date(from), from_date(to)))
                .order_by_asc(Column::StartedAt),
        }
    }
}
