//! `zoom_participants` and `participant_stays` of the occurrences of a batch.

use super::{People, occurrence::Raised};
use crate::{
    attendance::report::{Person, Stay},
    store::{
        convert::{self, utc},
        entity::{participant_stay, zoom_participant},
    },
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, Iterable,
    QueryFilter, sea_query::OnConflict,
};
use uuid::Uuid;

/// Rows a statement: 16 columns stay well below both databases' limits of variables.
const CHUNK: usize = 500;
/// Conditions a statement: SQLite's expressions may be 1,000 deep.
const CONDITIONS: usize = 200;

/// Writes the people who changed with all their stays, and removes who is no longer there.
pub(super) async fn write(db: &DatabaseTransaction, raised: &[Raised<'_>]) -> Result<(), DbErr> {
    remove_people(db, raised).await?;
    remove_stays(db, raised).await?;
    let people: Vec<_> = raised
        .iter()
        .flat_map(|r| r.changed().map(move |person| participant(r, person)))
        .collect();
    for chunk in people.chunks(CHUNK) {
        let rows = chunk.iter().map(|row| row.clone().into_active_model());
        zoom_participant::Entity::insert_many(rows)
            .on_conflict(replace())
            .exec_without_returning(db)
            .await?;
    }
    let stays: Vec<_> = raised
        .iter()
        .flat_map(|r| r.changed().flat_map(move |person| stays(r, person)))
        .collect();
    for chunk in stays.chunks(CHUNK) {
        let rows = chunk.iter().map(|row| row.clone().into_active_model());
        participant_stay::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

impl Raised<'_> {
    fn changed(&self) -> impl Iterator<Item = &Person> {
        let people = &self.staged.report.people;
        let (all, some) = match &self.staged.people {
            People::All => (&people[..], &[][..]),
            People::Changed { changed, .. } => (&[][..], &changed[..]),
        };
        all.iter()
            .chain(some.iter().filter_map(|place| people.get(*place)))
    }
}

fn replace() -> OnConflict {
    use zoom_participant::Column;
    let kept = |column: &Column| {
        matches!(
            column,
            Column::Id | Column::OccurrenceId | Column::PersonKey | Column::CreatedAt
        )
    };
    OnConflict::columns([Column::OccurrenceId, Column::PersonKey])
        .update_columns(Column::iter().filter(|column| !kept(column)))
        .to_owned()
}

/// People whom the report no longer has.
async fn remove_people(db: &DatabaseTransaction, raised: &[Raised<'_>]) -> Result<(), DbErr> {
    use zoom_participant::Column;
    let gone = |r: &Raised<'_>| {
        let of = Condition::all().add(Column::OccurrenceId.eq(r.row.id));
        match &r.staged.people {
            People::All if r.before.is_some() => {
                Some(of.add(Column::PersonKey.is_not_in(keys(&r.staged.report.people))))
            }
            People::Changed { removed, .. } if !removed.is_empty() => {
                Some(of.add(Column::PersonKey.is_in(texts(removed))))
            }
            _ => None,
        }
    };
    let conditions: Vec<Condition> = raised.iter().filter_map(gone).collect();
    for chunk in conditions.chunks(CONDITIONS) {
        zoom_participant::Entity::delete_many()
            .filter(any(chunk))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Stays of people who are written anew or are gone.
async fn remove_stays(db: &DatabaseTransaction, raised: &[Raised<'_>]) -> Result<(), DbErr> {
    use participant_stay::Column;
    let gone = |r: &Raised<'_>| {
        let of = Condition::all().add(Column::OccurrenceId.eq(r.row.id));
        match &r.staged.people {
            _ if r.before.is_none() => None,
            People::All => Some(of),
            People::Changed { removed, .. } => {
                let changed = r.changed().map(|person| &*person.key);
                let keys: Vec<&str> = changed.chain(texts(removed)).collect();
                (!keys.is_empty()).then(|| of.add(Column::PersonKey.is_in(keys)))
            }
        }
    };
    let conditions: Vec<Condition> = raised.iter().filter_map(gone).collect();
    for chunk in conditions.chunks(CONDITIONS) {
        participant_stay::Entity::delete_many()
            .filter(any(chunk))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn any(conditions: &[Condition]) -> Condition {
    conditions
        .iter()
        .cloned()
        .fold(Condition::any(), Condition::add)
}

fn keys(people: &[Person]) -> impl Iterator<Item = &str> {
    people.iter().map(|person| &*person.key)
}

fn texts(values: &[Box<str>]) -> impl Iterator<Item = &str> {
    values.iter().map(|value| &**value)
}

fn participant(r: &Raised<'_>, person: &Person) -> zoom_participant::Model {
    let inside = person.stays.iter().any(Stay::is_open);
    let first_join = person
        .stays
        .iter()
        .filter_map(|stay| Some(stay.join?.at))
        .min();
    let last_leave = person.stays.iter().filter_map(Stay::closed_at).max();
    // An adopted table may refuse a leave before the join, which is all that an inverted stay has.
    let left = last_leave
        .filter(|_| !inside)
        .filter(|leave| first_join.is_none_or(|join| join <= *leave));
    zoom_participant::Model {
        id: Uuid::now_v7(),
        meeting_id: r.row.meeting_id,
        user_id: person.user.map(|id| Uuid::from_u128(id.0)),
        zoom_participant_id: text(person.zoom_user_id.as_deref()),
        name: text(person.name.as_deref()),
        email: text(person.email.as_deref()),
        join_time: first_join.map(utc),
        leave_time: left.map(utc),
        duration: i32::try_from(person.seconds()).ok(),
        status: if inside { "joined" } else { "left" }.into(),
        occurrence_id: Some(r.row.id),
        person_key: Some(person.key.to_string()),
        matched_by: person.matched_by.map(|by| convert::matched_by(by).into()),
        conflict: person.conflict,
        shared_registrant: person.shared_registrant,
        created_at: utc(crate::clock::now()),
    }
}

fn stays<'a>(
    r: &'a Raised<'_>,
    person: &'a Person,
) -> impl Iterator<Item = participant_stay::Model> + 'a {
    person
        .stays
        .iter()
        .zip(0..)
        .map(|(stay, position)| participant_stay::Model {
            occurrence_id: r.row.id,
            person_key: person.key.to_string(),
            position,
            user_id: person.user.map(|id| Uuid::from_u128(id.0)),
            connection: stay.connection.to_string(),
            zoom_user_id: text(stay.zoom_user_id.as_deref()),
            join_time: stay.join.map(|join| utc(join.at)),
            join_approximate: stay.join.is_some_and(|join| join.approximate),
            leave_time: stay.leave.map(|leave| utc(leave.at)),
            leave_approximate: stay.leave.is_some_and(|leave| leave.approximate),
            counted_from: stay.counted.map(|interval| utc(interval.from)),
            counted_until: stay.counted.map(|interval| utc(interval.until)),
            evidence: convert::evidence(stay.evidence).into(),
        })
}

fn text(value: Option<&str>) -> Option<String> {
    value.map(Into::into)
}
