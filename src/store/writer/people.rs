//! `zoom_participants` and `participant_stays` of the occurrences of a batch.

use super::{
    People,
    occurrence::Raised,
    put::{Conflict, put},
};
use crate::{
    attendance::report::{Person, Stay},
    store::{
        convert::{self, utc},
        entity::{participant_stay, zoom_participant},
    },
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

/// Conditions a statement: SQLite's expressions may be 1,000 deep.
const CONDITIONS: usize = 200;

/// Writes the people who changed with those of their stays that did, and removes what is no longer there.
pub(super) async fn write(db: &DatabaseTransaction, raised: &[Raised<'_>]) -> Result<(), DbErr> {
    remove_all(db, raised).await?;
    remove_stays(db, raised).await?;
    let people: Vec<_> = raised
        .iter()
        .flat_map(|r| r.changed().map(move |(person, _)| participant(r, person)))
        .collect();
    put::<zoom_participant::Entity>(db, &people, &replace_person()).await?;
    set_meeting(db, raised).await?;
    let stays: Vec<_> = raised
        .iter()
        .flat_map(|r| {
            r.changed()
                .flat_map(move |(person, kept)| stays(r, person, kept))
        })
        .collect();
    put::<participant_stay::Entity>(db, &stays, &replace_stay()).await
}

impl Raised<'_> {
    /// Whoever is to be written, and how many of the first stays need not be.
    fn changed(&self) -> impl Iterator<Item = (&Person, usize)> {
        let people = &self.staged.report.people;
        let (all, some) = match &self.staged.people {
            People::All => (&people[..], &[][..]),
            People::Changed(changed) => (&[][..], &changed[..]),
        };
        let some = some
            .iter()
            .filter_map(|one| Some((people.get(one.place)?, one.kept)));
        all.iter().map(|person| (person, 0)).chain(some)
    }

    fn has_another_meeting(&self) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| before.meeting_id != self.row.meeting_id)
    }

    /// Who has fewer stays than rows of them.
    fn shrunk(&self) -> impl Iterator<Item = &Person> {
        let some = match &self.staged.people {
            People::All => &[][..],
            People::Changed(changed) => &changed[..],
        };
        let shrunk = some.iter().filter(|one| one.shrunk);
        shrunk.filter_map(|one| self.staged.report.people.get(one.place))
    }
}

fn replace_person() -> Conflict<zoom_participant::Column> {
    use zoom_participant::Column;
    Conflict::replace_but(
        &[Column::OccurrenceId, Column::PersonKey],
        &[Column::Id, Column::MeetingId, Column::CreatedAt],
    )
}

fn replace_stay() -> Conflict<participant_stay::Column> {
    use participant_stay::Column;
    Conflict::replace_but(
        &[Column::OccurrenceId, Column::PersonKey, Column::Position],
        &[],
    )
}

/// Where an import made another meeting of it, or made it known.
async fn set_meeting(db: &DatabaseTransaction, raised: &[Raised<'_>]) -> Result<(), DbErr> {
    use zoom_participant::Column;
    for r in raised.iter().filter(|r| r.has_another_meeting()) {
        zoom_participant::Entity::update_many()
            .col_expr(Column::MeetingId, Expr::value(r.row.meeting_id))
            .filter(Column::OccurrenceId.eq(r.row.id))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Where all are written anew: people whom the report no longer has, and all stays.
async fn remove_all(db: &DatabaseTransaction, raised: &[Raised<'_>]) -> Result<(), DbErr> {
    let anew = |r: &&Raised<'_>| r.before.is_some() && matches!(r.staged.people, People::All);
    let anew: Vec<_> = raised.iter().filter(anew).collect();
    let gone = |r: &&Raised<'_>| {
        use zoom_participant::Column;
        Condition::all()
            .add(Column::OccurrenceId.eq(r.row.id))
            .add(Column::PersonKey.is_not_in(keys(&r.staged.report.people)))
    };
    for chunk in anew.chunks(CONDITIONS) {
        zoom_participant::Entity::delete_many()
            .filter(any(chunk.iter().map(gone)))
            .exec(db)
            .await?;
        participant_stay::Entity::delete_many()
            .filter(participant_stay::Column::OccurrenceId.is_in(chunk.iter().map(|r| r.row.id)))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Stays beyond those that a person has.
async fn remove_stays(db: &DatabaseTransaction, raised: &[Raised<'_>]) -> Result<(), DbErr> {
    use participant_stay::Column;
    let gone = |r: &Raised<'_>, person: &Person| {
        Condition::all()
            .add(Column::OccurrenceId.eq(r.row.id))
            .add(Column::PersonKey.eq(&*person.key))
            .add(Column::Position.gte(i32::try_from(person.stays.len()).unwrap_or(i32::MAX)))
    };
    let gone = raised
        .iter()
        .flat_map(|r| r.shrunk().map(move |person| gone(r, person)));
    for chunk in gone.collect::<Vec<_>>().chunks(CONDITIONS) {
        participant_stay::Entity::delete_many()
            .filter(any(chunk.iter().cloned()))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn any(conditions: impl Iterator<Item = Condition>) -> Condition {
    conditions.fold(Condition::any(), Condition::add)
}

fn keys(people: &[Person]) -> impl Iterator<Item = &str> {
    people.iter().map(|person| &*person.key)
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

/// The rows of a person's stays but the first `kept`.
fn stays<'a>(
    r: &'a Raised<'_>,
    person: &'a Person,
    kept: usize,
) -> impl Iterator<Item = participant_stay::Model> + 'a {
    person
        .stays
        .iter()
        .zip(0..)
        .skip(kept)
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
