//! `class_students`: who is in which class, and when.
//!
//! Of each class and student that the set names together, exactly its enrolments remain, one row a period; pairs that
//! it does not name stay. Students and classes that are to be deleted lose all of theirs. Only students have rows;
//! teachers are in `classes`.

use super::{draft::Draft, plan::Known};
use crate::{
    roster::{Enrolment, Problems, Role},
    store::{convert::column_date, entity::class_student},
};
use sea_orm::prelude::{TimeDate, TimeDateTimeWithTimeZone};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// A class and a student.
type Pair = (Uuid, Uuid);
/// First and last day.
type Period = (Option<TimeDate>, Option<TimeDate>);

/// What the plan depends on.
pub(super) struct Planner<'a> {
    pub(super) people: &'a Known<'a>,
    pub(super) classes: &'a Known<'a>,
    pub(super) now: TimeDateTimeWithTimeZone,
}

impl Planner<'_> {
    /// The enrolments as they will be; a problem for each that names what is nowhere.
    pub(super) fn plan(
        &self,
        stored: Vec<class_student::Model>,
        set: &[Enrolment],
        problems: &mut Problems,
    ) -> Draft<class_student::Model> {
        let wanted = self.wanted(set, problems);
        let mut places: HashMap<Pair, Vec<usize>> = HashMap::new();
        for (place, row) in stored.iter().enumerate() {
            let pair = (row.class_id, row.student_id);
            places.entry(pair).or_default().push(place);
        }
        let mut draft = Draft::of(stored);
        let mut surplus = HashSet::new();
        for (pair, periods) in wanted {
            let places = places.remove(&pair).unwrap_or_default();
            surplus.extend(self.settle(&mut draft, pair, &places, periods));
        }
        let (classes, students) = (self.classes.leaving_ids(), self.people.leaving_ids());
        draft.remove(|place, row| {
            surplus.contains(&place)
                || classes.contains(&row.class_id)
                || students.contains(&row.student_id)
        });
        draft
    }

    /// The periods of each pair that the set names.
    fn wanted(
        &self,
        set: &[Enrolment],
        problems: &mut Problems,
    ) -> BTreeMap<Pair, BTreeSet<Period>> {
        let mut wanted: BTreeMap<Pair, BTreeSet<Period>> = BTreeMap::new();
        for row in set {
            let Some(pair) = self.pair(row, problems) else {
                continue;
            };
            if row.role != Role::Student {
                continue;
            }
            let periods = wanted.entry(pair).or_default();
            if !self.has_ended(row) {
                periods.insert((row.begin.map(column_date), row.end.map(column_date)));
            }
        }
        wanted
    }

    fn has_ended(&self, row: &Enrolment) -> bool {
        row.deleted || self.classes.is_leaving(&row.class) || self.people.is_leaving(&row.user)
    }

    /// An enrolment that is to be deleted may name what was never stored.
    fn pair(&self, row: &Enrolment, problems: &mut Problems) -> Option<Pair> {
        if row.deleted {
            return self.classes.id(&row.class).zip(self.people.id(&row.user));
        }
        let class = self.classes.resolve(&row.class, "classSourcedId", row.at, problems);
        let user = self.people.resolve(&row.user, "userSourcedId", row.at, problems);
        class.zip(user)
    }

    /// Gives the pair's rows these periods: rows that have one keep it, the others take what is left. Tells which rows are too many.
    fn settle(
        &self,
        draft: &mut Draft<class_student::Model>,
        pair: Pair,
        places: &[usize],
        mut periods: BTreeSet<Period>,
    ) -> Vec<usize> {
        let mut free = Vec::new();
        for &place in places {
            let period = draft.edit(place).map(|row| (row.begin_date, row.end_date));
            if !period.is_some_and(|period| periods.remove(&period)) {
                free.push(place);
            }
        }
        let mut free = free.into_iter();
        for (begin, end) in periods {
            let place = free.next().unwrap_or_else(|| draft.add(self.blank(pair)));
            if let Some(row) = draft.edit(place) {
                (row.begin_date, row.end_date) = (begin, end);
            }
        }
        free.collect()
    }

    fn blank(&self, (class_id, student_id): Pair) -> class_student::Model {
        class_student::Model {
            id: Uuid::now_v7(),
            class_id,
            student_id,
            begin_date: None,
            end_date: None,
            created_at: self.now,
        }
    }
}
