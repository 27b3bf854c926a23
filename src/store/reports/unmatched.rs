//! What a person has to look at: people in a class's meetings who are tied to no user, the latest date first, then
//! the meetings that the school does not know, in order of their number.

use super::{
    Class, Error, Page, Position, Reports, Window, lookup,
    page::{date as date_part, id as id_part},
    row::{date, timestamp},
};
use crate::store::entity::{meeting_occurrence as occurrence, zoom_participant as participant};
use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, JoinType,
    QueryFilter, QueryOrder, QuerySelect,
    prelude::{TimeDate, TimeDateTimeWithTimeZone, Uuid},
};
use std::{collections::HashMap, fmt};

/// The first part of a position among the people.
const PERSON: &str = "person";
/// The first part of a position among the meetings.
const MEETING: &str = "meeting";

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// Somebody in a class's meeting who could not be tied to a user.
    Person(Stranger),
    /// A meeting that the school does not know.
    Meeting(Unknown),
}

/// A person tied to no user; `Debug` shows no identity.
#[derive(Clone, PartialEq, Eq)]
pub struct Stranger {
    /// The occurrence that they were in.
    pub occurrence_uuid: String,
    /// Its meeting's number.
    pub zoom_meeting_id: String,
    /// The date that it counts for.
    pub date: Date,
    /// The class that it counts for.
    pub class: Class,
    /// The latest display name.
    pub name: Option<String>,
    /// The latest e-mail.
    pub email: Option<String>,
    /// What would count.
    pub seconds: i64,
    /// First instant seen.
    pub first_join: Option<Timestamp>,
    /// Last instant seen leaving.
    pub last_leave: Option<Timestamp>,
    /// Their keys name different users.
    pub conflict: bool,
    /// Overlapping connections of one registrant under different names.
    pub shared_registrant: bool,
}

impl fmt::Debug for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stranger")
            .field("occurrence_uuid", &self.occurrence_uuid)
            .finish_non_exhaustive()
    }
}

/// A meeting that the school does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Zoom's number.
    pub zoom_meeting_id: String,
    /// Zoom's latest topic.
    pub topic: Option<String>,
    /// How often it ran.
    pub occurrences: i64,
    /// The first start.
    pub first_seen: Timestamp,
    /// The last instant of any of its events.
    pub last_seen: Timestamp,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "participant::Entity")]
struct PersonRow {
    id: Uuid,
    name: Option<String>,
    email: Option<String>,
    join_time: Option<TimeDateTimeWithTimeZone>,
    leave_time: Option<TimeDateTimeWithTimeZone>,
    duration: Option<i32>,
    conflict: bool,
    shared_registrant: bool,
    #[sea_orm(nested)]
    occurrence: OccurrenceRow,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "occurrence::Entity")]
struct OccurrenceRow {
    uuid: String,
    zoom_meeting_id: String,
    class_id: Option<Uuid>,
    date: TimeDate,
}

/// Number, runs, first start, last instant.
type MeetingRow = (
    String,
    i64,
    TimeDateTimeWithTimeZone,
    TimeDateTimeWithTimeZone,
);

/// Where in the list a page begins.
enum Start {
    /// Among the people, behind one of them.
    People(Option<Condition>),
    /// Among the meetings, behind this number.
    Meetings(String),
}

impl Reports {
    /// What is to be looked at.
    pub async fn unmatched(&self, window: Window) -> Result<Page<Unmatched>, Error> {
        self.run(move |db| async move {
            let (people, behind) = match start(window.after.as_ref())? {
                Start::People(after) => (people(&db, after, window.limit).await?, String::new()),
                Start::Meetings(number) => (Page::empty(), number),
            };
            if people.next.is_some() {
                return Ok(people.map(Unmatched::Person));
            }
            let taken = u64::try_from(people.items.len()).unwrap_or(u64::MAX);
            let meetings = meetings(&db, behind, window.limit.saturating_sub(taken)).await?;
            let people = people.items.into_iter().map(Unmatched::Person);
            let items = people.chain(meetings.items.into_iter().map(Unmatched::Meeting));
            Ok(Page {
                items: items.collect(),
                next: meetings.next,
            })
        })
        .await
    }
}

fn start(after: Option<&Position>) -> Result<Start, Error> {
    let Some(after) = after else {
        return Ok(Start::People(None));
    };
    match after.0.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [PERSON, date, id] => {
            let (date, id) = (date_part(date)?, id_part(id)?);
            let same_date = Condition::all()
                .add(occurrence::Column::Date.eq(date))
                .add(participant::Column::Id.gt(id));
            let earlier = occurrence::Column::Date.lt(date);
            Ok(Start::People(Some(
                Condition::any().add(earlier).add(same_date),
            )))
        }
        [MEETING, number] => Ok(Start::Meetings(number.to_owned())),
        _ => Err(Error::Position),
    }
}

async fn people(
    db: &impl ConnectionTrait,
    after: Option<Condition>,
    limit: u64,
) -> Result<Page<Stranger>, Error> {
    let occurrence = participant::Entity::belongs_to(occurrence::Entity)
        .from(participant::Column::OccurrenceId)
        .to(occurrence::Column::Id)
        .into();
    let rows = participant::Entity::find()
        .join(JoinType::InnerJoin, occurrence)
        .filter(participant::Column::UserId.is_null())
        .filter(occurrence::Column::ClassId.is_not_null())
        .filter(Condition::all().add_option(after))
        .order_by_desc(occurrence::Column::Date)
        .order_by_asc(participant::Column::Id)
        .limit(limit + 1)
        .into_partial_model::<PersonRow>()
        .all(db)
        .await?;
    let page = Page::cut(rows, limit, |row| {
        let date = date(row.occurrence.date).to_string();
        Position(vec![PERSON.into(), date, row.id.to_string()])
    });
    let classes = page.items.iter().filter_map(|row| row.occurrence.class_id);
    let classes = lookup::class_names(db, classes.collect()).await?;
    Ok(page.map(|row| row.with(&classes)))
}

/// The first `limit` unknown meetings behind the number `behind`; of none it still tells whether there are any.
async fn meetings(
    db: &impl ConnectionTrait,
    behind: String,
    limit: u64,
) -> Result<Page<Unknown>, Error> {
    let rows: Vec<MeetingRow> = occurrence::Entity::find()
        .select_only()
        .column(occurrence::Column::ZoomMeetingId)
        .column_as(occurrence::Column::Id.count(), "runs")
        .column_as(occurrence::Column::StartedAt.min(), "first")
        .column_as(occurrence::Column::LastAt.max(), "last")
        .filter(occurrence::Column::MeetingId.is_null())
        .filter(occurrence::Column::ZoomMeetingId.gt(behind.as_str()))
        .group_by(occurrence::Column::ZoomMeetingId)
        .order_by_asc(occurrence::Column::ZoomMeetingId)
        .limit(limit + 1)
        .into_tuple()
        .all(db)
        .await?;
    let mut page = Page::cut(rows, limit, |row| {
        Position(vec![MEETING.into(), row.0.clone()])
    });
    if limit == 0 {
        page.next = Some(Position(vec![MEETING.into(), behind]));
    }
    let topics = topics(db, &page.items).await?;
    Ok(page.map(|(number, occurrences, first, last)| Unknown {
        topic: topics.get(&number).cloned(),
        zoom_meeting_id: number,
        occurrences,
        first_seen: timestamp(first),
        last_seen: timestamp(last),
    }))
}

/// The topic of each meeting's last occurrence.
async fn topics(
    db: &impl ConnectionTrait,
    meetings: &[MeetingRow],
) -> Result<HashMap<String, String>, Error> {
    let found: Vec<(String, Option<String>)> = occurrence::Entity::find()
        .select_only()
        .column(occurrence::Column::ZoomMeetingId)
        .column(occurrence::Column::Topic)
        .filter(occurrence::Column::ZoomMeetingId.is_in(meetings.iter().map(|m| m.0.as_str())))
        .filter(occurrence::Column::LastAt.is_in(meetings.iter().map(|m| m.3)))
        .order_by_asc(occurrence::Column::LastAt)
        .into_tuple()
        .all(db)
        .await?;
    let named = found.into_iter().filter_map(|(n, topic)| Some((n, topic?)));
    Ok(named.collect())
}

impl PersonRow {
    fn with(self, classes: &HashMap<Uuid, Class>) -> Stranger {
        let class = self.occurrence.class_id.unwrap_or_default();
        Stranger {
            occurrence_uuid: self.occurrence.uuid,
            zoom_meeting_id: self.occurrence.zoom_meeting_id,
            date: date(self.occurrence.date),
            class: lookup::named(classes, class),
            name: self.name,
            email: self.email,
            seconds: self.duration.map_or(0, i64::from),
            first_join: self.join_time.map(timestamp),
            last_leave: self.leave_time.map(timestamp),
            conflict: self.conflict,
            shared_registrant: self.shared_registrant,
        }
    }
}
