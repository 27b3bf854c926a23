//! `classes`: titles, and who teaches them.
//!
//! A class is known by its sourced id. One that is to be deleted stays as it is, because lessons and meetings refer to
//! it; its enrolments end. Its teacher is that of the primary teacher enrolment, else of the first; where the set has
//! none, the stored one stays unless the set ends that enrolment.

use super::{draft::Draft, plan::Known};
use crate::{
    roster::{Class, Enrolment, Role, Roster},
    store::entity::class,
};
use sea_orm::prelude::TimeDateTimeWithTimeZone;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The classes as they will be.
pub(super) fn plan(
    stored: Vec<class::Model>,
    set: &Roster,
    people: &Known<'_>,
    now: TimeDateTimeWithTimeZone,
) -> Draft<class::Model> {
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, row) in stored.iter().enumerate() {
        if let Some(id) = &row.sourced_id {
            places.insert(id.clone(), place);
        }
    }
    let mut draft = Draft::of(stored);
    for class in set.classes.iter().filter(|class| !class.deleted) {
        let place = *places
            .entry(class.sourced_id.clone())
            .or_insert_with(|| draft.add(blank(class, now)));
        if let Some(row) = draft.edit(place) {
            row.name.clone_from(&class.name);
        }
    }
    let leaving: HashSet<&str> = set
        .classes
        .iter()
        .filter(|class| class.deleted)
        .map(|class| &*class.sourced_id)
        .collect();
    for (class, teaching) in teaching(set, people) {
        let place = places.get(class).filter(|_| !leaving.contains(class));
        if let Some(row) = place.and_then(|place| draft.edit(*place)) {
            row.teacher_id = teaching.teacher(row.teacher_id);
        }
    }
    draft
}

fn blank(class: &Class, now: TimeDateTimeWithTimeZone) -> class::Model {
    class::Model {
        id: Uuid::now_v7(),
        name: String::new(),
        teacher_id: None,
        sourced_id: Some(class.sourced_id.clone()),
        created_at: now,
    }
}

/// What a set says of a class's teachers.
#[derive(Default)]
struct Teaching {
    primary: Option<Uuid>,
    first: Option<Uuid>,
    ended: Vec<Uuid>,
}

impl Teaching {
    fn add(&mut self, teacher: Uuid, enrolment: &Enrolment, active: bool) {
        if !active {
            self.ended.push(teacher);
            return;
        }
        self.first.get_or_insert(teacher);
        if enrolment.primary {
            self.primary.get_or_insert(teacher);
        }
    }

    fn teacher(&self, stored: Option<Uuid>) -> Option<Uuid> {
        let stays = |teacher: &Uuid| !self.ended.contains(teacher);
        self.primary.or(self.first).or(stored.filter(stays))
    }
}

fn teaching<'r>(set: &'r Roster, people: &Known<'_>) -> HashMap<&'r str, Teaching> {
    let mut classes: HashMap<&str, Teaching> = HashMap::new();
    for enrolment in set.enrolments.iter().filter(|e| e.role == Role::Teacher) {
        if let Some(teacher) = people.id(&enrolment.user) {
            let active = !enrolment.deleted && !people.is_leaving(&enrolment.user);
            let teaching = classes.entry(&enrolment.class).or_default();
            teaching.add(teacher, enrolment, active);
        }
    }
    classes
}
