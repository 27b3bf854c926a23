//! `zoom_meetings`: which meeting teaches which class, and when.
//!
//! A meeting is known by Zoom's number. The set decides title and class; of the optional columns a value that it does
//! not give stays as it is stored. The status belongs to the events: a new meeting is scheduled, a stored one keeps its own.

use super::{
    clashes::Holders,
    draft::{Changes, Draft},
    plan::Known,
};
use crate::{
    attendance::event::Instant,
    roster::{Meeting, Problems, USERS},
    store::{convert::utc, entity::zoom_meeting},
};
use sea_orm::prelude::TimeDateTimeWithTimeZone;
use std::collections::HashMap;
use uuid::Uuid;

/// What the plan depends on.
pub(super) struct Planner<'a> {
    /// Users by e-mail in lower case.
    pub(super) hosts: &'a Holders,
    pub(super) classes: &'a Known<'a>,
    pub(super) now: TimeDateTimeWithTimeZone,
}

/// Marks the rows that changed as changed now.
pub(super) fn touched(
    mut changes: Changes<zoom_meeting::Model>,
    now: TimeDateTimeWithTimeZone,
) -> Changes<zoom_meeting::Model> {
    for row in &mut changes.changed {
        row.updated_at = now;
    }
    changes
}

impl Planner<'_> {
    /// The meetings as they will be; a problem for each whose class or host is nowhere.
    pub(super) fn plan(
        &self,
        stored: Vec<zoom_meeting::Model>,
        set: &[Meeting],
        problems: &mut Problems,
    ) -> Draft<zoom_meeting::Model> {
        let number = |row: &zoom_meeting::Model| row.zoom_meeting_id.trim().to_owned();
        let places: HashMap<_, _> = stored.iter().map(number).zip(0..).collect();
        let mut draft = Draft::of(stored);
        for meeting in set {
            let class = self.class(meeting, problems);
            let host = self.host(meeting, problems);
            let place = places.get(&meeting.zoom_meeting_id).copied();
            let place = place.unwrap_or_else(|| draft.add(self.blank(meeting)));
            if let Some(row) = draft.edit(place) {
                fill(row, meeting);
                row.class_id = class;
                row.host_id = host.or(row.host_id);
            }
        }
        draft
    }

    fn class(&self, meeting: &Meeting, problems: &mut Problems) -> Option<Uuid> {
        let name = &*meeting.class;
        if self.classes.id(name).is_none() && self.classes.is_leaving(name) {
            let what = format!("class_sourced_id: class {name} is to be deleted");
            problems.push(meeting.at, what);
            return None;
        }
        self.classes
            .resolve(name, "class_sourced_id", meeting.at, problems)
    }

    fn host(&self, meeting: &Meeting, problems: &mut Problems) -> Option<Uuid> {
        let email = meeting.host_email.as_ref()?;
        let wrong = match self.hosts.get(email).map(Vec::as_slice) {
            Some([host]) => return Some(*host),
            _ if problems.has_lost(USERS, email) => return None,
            Some([_, _, ..]) => "host_email is that of several users",
            _ => "host_email is that of no user in the set or in the database",
        };
        problems.push(meeting.at, wrong);
        None
    }

    fn blank(&self, meeting: &Meeting) -> zoom_meeting::Model {
        zoom_meeting::Model {
            id: Uuid::now_v7(),
            zoom_meeting_id: meeting.zoom_meeting_id.clone(),
            host_id: None,
            title: String::new(),
            meeting_type: None,
            start_time: None,
            duration: None,
            timezone: None,
            join_url: None,
            status: "scheduled".to_owned(),
            class_id: None,
            target_audience: None,
            created_at: self.now,
            updated_at: self.now,
        }
    }
}

fn fill(row: &mut zoom_meeting::Model, meeting: &Meeting) {
    row.title.clone_from(&meeting.title);
    let start = meeting
        .start_time
        .map(|time| utc(Instant(time.as_second())));
    row.start_time = start.or(row.start_time);
    let minutes = meeting
        .duration
        .and_then(|minutes| i32::try_from(minutes).ok());
    row.duration = minutes.or(row.duration);
    for (column, given) in [
        (&mut row.timezone, &meeting.timezone),
        (&mut row.meeting_type, &meeting.meeting_type),
        (&mut row.target_audience, &meeting.target_audience),
        (&mut row.join_url, &meeting.join_url),
    ] {
        if given.is_some() {
            column.clone_from(given);
        }
    }
}
