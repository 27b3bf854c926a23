//! The people of one occurrence in order of their first join, each with every stay: why a second counts.

use super::{
    Error, Page, Position, Pupil, Reports, Window,
    lookup::can_be,
    page::{id as id_part, instant},
    row::timestamp,
};
use crate::store::entity::{
    class_student as enrolment, meeting_occurrence as occurrence, participant_stay as stay, user,
    zoom_participant as participant,
};
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, ExprTrait,
    QueryFilter, QueryOrder, QuerySelect,
    prelude::{Expr, TimeDate, TimeDateTimeWithTimeZone, Uuid},
};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

/// A person of an occurrence; `Debug` shows no identity.
#[derive(Clone, PartialEq, Eq)]
pub struct Participant {
    /// The row of `zoom_participants`: stays theirs for as long as the occurrence calls them the same.
    pub id: Uuid,
    /// What the occurrence calls them: what they are confirmed by.
    pub person: Option<String>,
    /// The latest display name.
    pub name: Option<String>,
    /// The latest e-mail.
    pub email: Option<String>,
    /// The user that the person was tied to.
    pub user_id: Option<Uuid>,
    /// The same, if enrolled in the class on that date; a teacher is not.
    pub student: Option<Pupil>,
    /// By which key.
    pub matched_by: Option<String>,
    /// Keys name different users.
    pub conflict: bool,
    /// Overlapping connections of one registrant under different names.
    pub shared_registrant: bool,
    /// What counts so far.
    pub seconds: i64,
    /// `joined` or `left`.
    pub status: String,
    /// In order of time.
    pub stays: Vec<Stay>,
}

/// One stay; `Debug` shows its evidence only.
#[derive(Clone, PartialEq, Eq)]
pub struct Stay {
    /// Zoom's `participant_uuid`, or what stands in for it.
    pub connection: String,
    /// Zoom's `user_id`.
    pub zoom_user_id: Option<String>,
    /// As observed.
    pub join: Option<Timestamp>,
    /// Whether the join was taken from `event_ts`.
    pub join_approximate: bool,
    /// As observed.
    pub leave: Option<Timestamp>,
    /// Whether the leave was taken from `event_ts`.
    pub leave_approximate: bool,
    /// What counts: from, and until (exclusive).
    pub counted: Option<(Timestamp, Timestamp)>,
    /// Why.
    pub evidence: String,
}

impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Participant")
            .field("stays", &self.stays)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Stay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stay({})", self.evidence)
    }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "occurrence::Entity")]
struct OccurrenceRow {
    id: Uuid,
    class_id: Option<Uuid>,
    date: TimeDate,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "participant::Entity")]
struct Row {
    id: Uuid,
    user_id: Option<Uuid>,
    name: Option<String>,
    email: Option<String>,
    join_time: Option<TimeDateTimeWithTimeZone>,
    duration: Option<i32>,
    status: String,
    person_key: Option<String>,
    matched_by: Option<String>,
    conflict: bool,
    shared_registrant: bool,
}

impl Reports {
    /// Whether there is an occurrence with this uuid.
    pub async fn has_occurrence(&self, uuid: String) -> Result<bool, Error> {
        self.run(move |db| async move { Ok(find(&db, uuid).await?.is_some()) })
            .await
    }

    /// What the occurrence with this uuid calls the person of this row.
    pub async fn person(&self, uuid: String, row: Uuid) -> Result<Option<String>, Error> {
        self.run(move |db| async move {
            let Some(occurrence) = find(&db, uuid).await? else {
                return Ok(None);
            };
            let key: Option<Option<String>> = participant::Entity::find_by_id(row)
                .select_only()
                .column(participant::Column::PersonKey)
                .filter(participant::Column::OccurrenceId.eq(occurrence.id))
                .into_tuple()
                .one(&db)
                .await?;
            Ok(key.flatten())
        })
        .await
    }

    /// The people of the occurrence with this uuid; nobody if there is no such occurrence.
    pub async fn participants(
        &self,
        uuid: String,
        window: Window,
    ) -> Result<Page<Participant>, Error> {
        self.run(move |db| async move {
            let Some(occurrence) = find(&db, uuid).await? else {
                return Ok(Page::empty());
            };
            let page = people(&db, occurrence.id, &window).await?;
            let students = enrolled(&db, &occurrence, &page.items).await?;
            let mut stays = stays(&db, occurrence.id, &page.items).await?;
            Ok(page.map(|row| row.with(&students, &mut stays)))
        })
        .await
    }
}

async fn find(db: &impl ConnectionTrait, uuid: String) -> Result<Option<OccurrenceRow>, Error> {
    if !can_be(&uuid) {
        return Ok(None);
    }
    let query = occurrence::Entity::find().filter(occurrence::Column::Uuid.eq(uuid));
    Ok(query.into_partial_model().one(db).await?)
}

async fn people(
    db: &impl ConnectionTrait,
    occurrence: Uuid,
    window: &Window,
) -> Result<Page<Row>, Error> {
    let mut wanted = Condition::all().add(participant::Column::OccurrenceId.eq(occurrence));
    if let Some(after) = &window.after {
        wanted = wanted.add(beyond(after)?);
    }
    let rows = participant::Entity::find()
        .filter(wanted)
        // Where NULL sorts differs between the databases.
        .order_by_asc(Expr::col(participant::Column::JoinTime).is_null())
        .order_by_asc(participant::Column::JoinTime)
        .order_by_asc(participant::Column::Id)
        .limit(window.limit + 1)
        .into_partial_model::<Row>()
        .all(db)
        .await?;
    Ok(Page::cut(rows, window.limit, position))
}

/// Of those who never joined, an empty instant.
fn position(row: &Row) -> Position {
    let join = row.join_time.map(timestamp);
    let join = join.map_or_else(String::new, |at| at.to_string());
    Position(vec![join, row.id.to_string()])
}

fn beyond(after: &Position) -> Result<Condition, Error> {
    let [join, id] = after.parts()?;
    let id = id_part(id)?;
    if join.is_empty() {
        return Ok(Condition::all()
            .add(participant::Column::JoinTime.is_null())
            .add(participant::Column::Id.gt(id)));
    }
    let join = instant(join)?;
    let same = Condition::all()
        .add(participant::Column::JoinTime.eq(join))
        .add(participant::Column::Id.gt(id));
    Ok(Condition::any()
        .add(participant::Column::JoinTime.gt(join))
        .add(participant::Column::JoinTime.is_null())
        .add(same))
}

/// Those of the rows' users who are enrolled in the occurrence's class on its date.
async fn enrolled(
    db: &impl ConnectionTrait,
    occurrence: &OccurrenceRow,
    rows: &[Row],
) -> Result<HashMap<Uuid, Pupil>, Error> {
    let Some(class) = occurrence.class_id else {
        return Ok(HashMap::new());
    };
    let users: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.user_id).collect();
    let begun = Condition::any()
        .add(enrolment::Column::BeginDate.is_null())
        .add(enrolment::Column::BeginDate.lte(occurrence.date));
    let not_over = Condition::any()
        .add(enrolment::Column::EndDate.is_null())
        .add(enrolment::Column::EndDate.gte(occurrence.date));
    let ids: Vec<Uuid> = enrolment::Entity::find()
        .select_only()
        .column(enrolment::Column::StudentId)
        .filter(enrolment::Column::ClassId.eq(class))
        .filter(enrolment::Column::StudentId.is_in(users))
        .filter(begun)
        .filter(not_over)
        .into_tuple()
        .all(db)
        .await?;
    let query = user::Entity::find().filter(user::Column::Id.is_in(ids));
    let found: Vec<Pupil> = query.into_partial_model().all(db).await?;
    Ok(found.into_iter().map(|pupil| (pupil.id, pupil)).collect())
}

/// By person key, in order of time.
async fn stays(
    db: &impl ConnectionTrait,
    occurrence: Uuid,
    rows: &[Row],
) -> Result<HashMap<String, Vec<Stay>>, Error> {
    let people = rows.iter().filter_map(|row| row.person_key.as_deref());
    let found = stay::Entity::find()
        .filter(stay::Column::OccurrenceId.eq(occurrence))
        .filter(stay::Column::PersonKey.is_in(people))
        .order_by_asc(stay::Column::PersonKey)
        .order_by_asc(stay::Column::Position)
        .all(db)
        .await?;
    let mut stays: HashMap<String, Vec<Stay>> = HashMap::new();
    for row in found {
        let person = row.person_key.clone();
        stays.entry(person).or_default().push(row.into());
    }
    Ok(stays)
}

impl Row {
    fn with(
        self,
        students: &HashMap<Uuid, Pupil>,
        stays: &mut HashMap<String, Vec<Stay>>,
    ) -> Participant {
        let stays = self.person_key.as_ref().and_then(|key| stays.remove(key));
        Participant {
            id: self.id,
            person: self.person_key,
            name: self.name,
            email: self.email,
            user_id: self.user_id,
            student: self.user_id.and_then(|id| students.get(&id).cloned()),
            matched_by: self.matched_by,
            conflict: self.conflict,
            shared_registrant: self.shared_registrant,
            seconds: self.duration.map_or(0, i64::from),
            status: self.status,
            stays: stays.unwrap_or_default(),
        }
    }
}

impl From<stay::Model> for Stay {
    fn from(row: stay::Model) -> Self {
        let counted = row.counted_from.zip(row.counted_until);
        Self {
            connection: row.connection,
            zoom_user_id: row.zoom_user_id,
            join: row.join_time.map(timestamp),
            join_approximate: row.join_approximate,
            leave: row.leave_time.map(timestamp),
            leave_approximate: row.leave_approximate,
            counted: counted.map(|(from, until)| (timestamp(from), timestamp(until))),
            evidence: row.evidence,
        }
    }
}
