//! People in a class's meetings who are tied to no user.

use super::pupils::Pupils;
use super::{
    super::{
        Class, Error, Position, Stay, Student, lookup,
        row::{date, timestamp},
    },
    Placed, Unmatched,
};
use crate::store::entity::{
    meeting_occurrence as occurrence, participant_stay as stay, zoom_participant as participant,
};
use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, JoinType,
    QueryFilter, QueryOrder, QuerySelect,
    prelude::{TimeDate, TimeDateTimeWithTimeZone, Uuid},
};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

/// The first part of a position among them.
pub(super) const KIND: &str = "person";

/// A person tied to no user; `Debug` shows no identity.
#[derive(Clone, PartialEq, Eq)]
pub struct Stranger {
    /// The row of `zoom_participants`.
    pub id: Uuid,
    /// What the occurrence calls them: what they are confirmed by.
    pub person: Option<String>,
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
    /// Enrolled students whose names are like theirs, the most alike first; a hint and never more.
    pub suggested: Vec<Student>,
    /// What they came and went with, in order of time.
    pub stays: Vec<Stay>,
}

impl fmt::Debug for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stranger")
            .field("occurrence_uuid", &self.occurrence_uuid)
            .finish_non_exhaustive()
    }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "participant::Entity")]
struct Row {
    id: Uuid,
    name: Option<String>,
    email: Option<String>,
    join_time: Option<TimeDateTimeWithTimeZone>,
    leave_time: Option<TimeDateTimeWithTimeZone>,
    duration: Option<i32>,
    conflict: bool,
    shared_registrant: bool,
    person_key: Option<String>,
    #[sea_orm(nested)]
    occurrence: OccurrenceRow,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "occurrence::Entity")]
struct OccurrenceRow {
    id: Uuid,
    uuid: String,
    zoom_meeting_id: String,
    class_id: Option<Uuid>,
    date: TimeDate,
}

/// The first `limit` of those that are `wanted`.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    wanted: Condition,
    limit: u64,
) -> Result<Placed, Error> {
    let occurrence = participant::Entity::belongs_to(occurrence::Entity)
        .from(participant::Column::OccurrenceId)
        .to(occurrence::Column::Id)
        .into();
    let rows = participant::Entity::find()
        .join(JoinType::InnerJoin, occurrence)
        .filter(participant::Column::UserId.is_null())
        .filter(occurrence::Column::ClassId.is_not_null())
        .filter(wanted)
        .order_by_desc(occurrence::Column::Date)
        .order_by_asc(participant::Column::Id)
        .limit(limit)
        .into_partial_model::<Row>()
        .all(db)
        .await?;
    let classes = rows.iter().filter_map(|row| row.occurrence.class_id);
    let classes = lookup::class_names(db, classes.collect()).await?;
    let keys = rows
        .iter()
        .filter_map(|row| Some((row.occurrence.id, row.person_key.clone()?)));
    let mut stays = stays(db, keys.collect()).await?;
    let pupils = Pupils::of(
        db,
        rows.iter()
            .filter_map(|row| row.occurrence.class_id)
            .collect(),
    )
    .await?;
    let placed = |row: Row| {
        let date = date(row.occurrence.date).to_string();
        let position = Position(vec![KIND.into(), date, row.id.to_string()]);
        let key = row.person_key.clone().map(|key| (row.occurrence.id, key));
        let stays = key.and_then(|key| stays.remove(&key)).unwrap_or_default();
        (
            position,
            Unmatched::Person(row.with(&classes, &pupils, stays)),
        )
    };
    Ok(rows.into_iter().map(placed).collect())
}

impl Row {
    fn with(self, classes: &HashMap<Uuid, Class>, pupils: &Pupils, stays: Vec<Stay>) -> Stranger {
        let class = self.occurrence.class_id.unwrap_or_default();
        let name = self.name.as_deref().unwrap_or_default();
        Stranger {
            id: self.id,
            suggested: pupils.like(name, class, self.occurrence.date),
            stays,
            person: self.person_key,
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

/// The stays of these people, by occurrence and person.
async fn stays(
    db: &impl ConnectionTrait,
    of: BTreeSet<(Uuid, String)>,
) -> Result<HashMap<(Uuid, String), Vec<Stay>>, Error> {
    let occurrences: BTreeSet<Uuid> = of.iter().map(|(occurrence, _)| *occurrence).collect();
    let people: BTreeSet<&str> = of.iter().map(|(_, person)| &**person).collect();
    let found = stay::Entity::find()
        .filter(stay::Column::OccurrenceId.is_in(occurrences))
        .filter(stay::Column::PersonKey.is_in(people))
        .order_by_asc(stay::Column::Position)
        .all(db)
        .await?;
    let mut stays: HashMap<_, Vec<Stay>> = HashMap::new();
    for row in found {
        let key = (row.occurrence_id, row.person_key.clone());
        stays.entry(key).or_default().push(row.into());
    }
    Ok(stays)
}
