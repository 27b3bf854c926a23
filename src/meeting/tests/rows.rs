//! What the tables hold of one occurrence, without what two runs of the same events may differ in.

use crate::store::{
    connect::Pools,
    entity::{attendance_record, meeting_occurrence, participant_stay, user, zoom_participant},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;
use time::{OffsetDateTime, macros::format_description};
use uuid::Uuid;

/// One line a row, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rows {
    occurrence: String,
    people: Vec<String>,
    stays: Vec<String>,
    marks: Vec<String>,
}

impl Rows {
    /// Reads the rows of an occurrence, and all marks of its class on its date.
    pub(super) async fn read(db: &Pools, row: &meeting_occurrence::Model) -> Self {
        let people = zoom_participant::Entity::find()
            .filter(zoom_participant::Column::OccurrenceId.eq(row.id))
            .all(&db.read)
            .await
            .expect("participants");
        let stays = participant_stay::Entity::find()
            .filter(participant_stay::Column::OccurrenceId.eq(row.id))
            .all(&db.read)
            .await
            .expect("stays");
        let marks = attendance_record::Entity::find()
            .filter(attendance_record::Column::ClassId.eq(row.class_id.unwrap_or_default()))
            .filter(attendance_record::Column::Date.eq(row.date))
            .all(&db.read)
            .await
            .expect("marks");
        let users = user::Entity::find().all(&db.read).await.expect("users");
        let names: HashMap<Uuid, String> = users
            .into_iter()
            .map(|user| (user.id, user.full_name))
            .collect();
        Self {
            occurrence: occurrence(row),
            people: sorted(people.iter().map(person)),
            stays: sorted(stays.into_iter().map(stay)),
            marks: sorted(marks.iter().map(|mark| told(mark, &names))),
        }
    }

    /// `name status first-join last-leave`.
    pub(super) fn people(&self) -> &[String] {
        &self.people
    }

    /// `name status seconds`.
    pub(super) fn marks(&self) -> &[String] {
        &self.marks
    }

    /// How many stays there are.
    pub(super) fn stays(&self) -> usize {
        self.stays.len()
    }
}

fn occurrence(row: &meeting_occurrence::Model) -> String {
    let told = meeting_occurrence::Model {
        id: Uuid::nil(),
        uuid: String::new(),
        applied_seq: 0,
        revision: 0,
        due_at: None, // as late as the last arrival
        sealed_at: None,
        ..row.clone()
    };
    format!("{told:?}")
}

fn person(row: &zoom_participant::Model) -> String {
    let name = row.name.as_deref().unwrap_or("-");
    let (from, until) = (clock(row.join_time), clock(row.leave_time));
    format!("{name} {} {from} {until}", row.status)
}

fn stay(row: participant_stay::Model) -> String {
    let told = participant_stay::Model {
        occurrence_id: Uuid::nil(),
        ..row
    };
    format!("{told:?}")
}

fn told(row: &attendance_record::Model, names: &HashMap<Uuid, String>) -> String {
    let name = names.get(&row.student_id).map_or("-", String::as_str);
    format!("{name} {} {}", row.status, row.seconds.unwrap_or(-1))
}

fn clock(at: Option<OffsetDateTime>) -> String {
    let hours = format_description!("[hour]:[minute]");
    at.map_or("-".to_owned(), |at| at.format(hours).expect("a time"))
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}
