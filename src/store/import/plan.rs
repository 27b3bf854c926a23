//! What is to become of the tables, from what is stored and what a set says; or all that is wrong with the set.

use super::{
    clashes::by_email,
    classes,
    draft::{Changes, Draft, Keyed},
    enrolments, meetings, registrants,
    stored::Stored,
    users,
};
use crate::{
    roster::{CLASSES, MEETINGS, Place, Problems, Roster, USERS},
    store::entity::{class, class_student, meeting_registrant, user, zoom_meeting},
};
use sea_orm::prelude::TimeDateTimeWithTimeZone;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Everything that is to be written.
pub(super) struct Plan {
    pub(super) users: Changes<user::Model>,
    pub(super) classes: Changes<class::Model>,
    pub(super) enrolments: Changes<class_student::Model>,
    pub(super) meetings: Changes<zoom_meeting::Model>,
    pub(super) registrants: Changes<meeting_registrant::Model>,
}

/// Plans the import of `roster`, which came with these `problems`, into `stored` at the time `now`.
pub(super) fn plan(
    stored: Stored,
    roster: &Roster,
    mut problems: Problems,
    now: TimeDateTimeWithTimeZone,
) -> Result<Plan, Problems> {
    let users = users::plan(stored.users, &roster.users, now, &mut problems);
    let people = Known::of(&users, ("user", USERS), |row| row.sourced_id.as_deref()).leaving(
        roster
            .users
            .iter()
            .filter(|user| user.deleted)
            .map(|user| &*user.sourced_id),
    );
    let classes = classes::plan(stored.classes, roster, &people, now);
    let courses = Known::of(&classes, ("class", CLASSES), |row| {
        row.sourced_id.as_deref()
    })
    .leaving(
        roster
            .classes
            .iter()
            .filter(|class| class.deleted)
            .map(|class| &*class.sourced_id),
    );
    let enrolments = enrolments::Planner {
        people: &people,
        classes: &courses,
        now,
    }
    .plan(stored.enrolments, &roster.enrolments, &mut problems);
    let meetings = meetings::Planner {
        hosts: &by_email(users.rows().map(|(_, row)| row)),
        classes: &courses,
        now,
    }
    .plan(stored.meetings, &roster.meetings, &mut problems);
    let numbers = Known::of(&meetings, ("meeting", MEETINGS), |row| {
        Some(row.zoom_meeting_id.trim())
    });
    let registrants = registrants::Planner {
        people: &people,
        meetings: &numbers,
        now,
    }
    .plan(stored.registrants, &roster.registrants, &mut problems);
    problems.into_result()?;
    Ok(Plan {
        users: users.changes(),
        classes: classes.changes(),
        enrolments: enrolments.changes(),
        meetings: meetings::touched(meetings.changes(), now),
        registrants: registrants.changes(),
    })
}

/// The rows of a table by the name that a set knows them by, as they will be after the import.
pub(super) struct Known<'r> {
    /// What one row is called, and in which file of a set it would be.
    kind: (&'static str, &'static str),
    ids: HashMap<String, Uuid>,
    leaving: HashSet<&'r str>,
}

impl<'r> Known<'r> {
    fn of<M: Clone + PartialEq + Keyed>(
        draft: &Draft<M>,
        kind: (&'static str, &'static str),
        name: impl Fn(&M) -> Option<&str>,
    ) -> Self {
        let named = |(_, row): (usize, &M)| Some((name(row)?.to_owned(), row.id()));
        Self {
            kind,
            ids: draft.rows().filter_map(named).collect(),
            leaving: HashSet::new(),
        }
    }

    fn leaving(mut self, names: impl Iterator<Item = &'r str>) -> Self {
        self.leaving = names.collect();
        self
    }

    /// The row of this name.
    pub(super) fn id(&self, name: &str) -> Option<Uuid> {
        self.ids.get(name).copied()
    }

    /// Whether the set says that this one is to be deleted.
    pub(super) fn is_leaving(&self, name: &str) -> bool {
        self.leaving.contains(name)
    }

    /// The rows that are to be deleted.
    pub(super) fn leaving_ids(&self) -> HashSet<Uuid> {
        self.leaving
            .iter()
            .filter_map(|name| self.id(name))
            .collect()
    }

    /// The row of this name; a problem where it is neither in the set nor stored. One that is to be deleted and was never stored, or that is
    /// broken in the set, is neither.
    pub(super) fn resolve(
        &self,
        name: &str,
        column: &str,
        at: Place,
        problems: &mut Problems,
    ) -> Option<Uuid> {
        let id = self.id(name);
        let (kind, file) = self.kind;
        if id.is_none() && !self.is_leaving(name) && !problems.has_lost(file, name) {
            let what = format!("{column}: {kind} {name} is neither in the set nor in the database");
            problems.push(at, what);
        }
        id
    }
}
