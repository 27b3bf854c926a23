//! `meeting_registrants`: whom Zoom's id of a registration names.
//!
//! A registration is known by its meeting and Zoom's id; a stored one of the same meeting and user that has no id yet
//! (made by other software) is given it. Whether a registration of some status names anybody is decided where the
//! school is loaded.

use super::{draft::Draft, plan::Known};
use crate::{
    roster::{Problems, Registrant},
    store::entity::meeting_registrant,
};
use sea_orm::prelude::TimeDateTimeWithTimeZone;
use std::collections::HashMap;
use uuid::Uuid;

/// What the plan depends on.
pub(super) struct Planner<'a> {
    pub(super) people: &'a Known<'a>,
    /// By Zoom's number.
    pub(super) meetings: &'a Known<'a>,
    pub(super) now: TimeDateTimeWithTimeZone,
}

impl Planner<'_> {
    /// The registrations as they will be; a problem for each whose meeting or user is nowhere.
    pub(super) fn plan(
        &self,
        stored: Vec<meeting_registrant::Model>,
        set: &[Registrant],
        problems: &mut Problems,
    ) -> Draft<meeting_registrant::Model> {
        let mut known = Stored::of(&stored);
        let mut draft = Draft::of(stored);
        for registrant in set {
            let at = registrant.at;
            let number = &registrant.zoom_meeting_id;
            let meeting = self.meetings.resolve(number, "zoom_meeting_id", at, problems);
            let user = self.people.resolve(&registrant.user, "user_sourced_id", at, problems);
            let (Some(meeting), Some(user)) = (meeting, user) else {
                continue;
            };
            let mut places = known.find(meeting, user, &registrant.zoom_registrant_id);
            if places.is_empty() {
                places.push(draft.add(self.blank(meeting)));
            }
            for place in places {
                if let Some(row) = draft.edit(place) {
                    fill(row, user, registrant);
                }
            }
        }
        draft
    }

    fn blank(&self, meeting_id: Uuid) -> meeting_registrant::Model {
        meeting_registrant::Model {
            id: Uuid::now_v7(),
            meeting_id,
            user_id: None,
            zoom_registrant_id: None,
            join_url: None,
            status: None,
            created_at: self.now,
        }
    }
}

fn fill(row: &mut meeting_registrant::Model, user: Uuid, registrant: &Registrant) {
    row.user_id = Some(user);
    row.zoom_registrant_id = Some(registrant.zoom_registrant_id.clone());
    row.status.clone_from(&registrant.status);
}

/// Places of stored registrations, by meeting first.
struct Stored {
    by_id: HashMap<(Uuid, String), Vec<usize>>,
    /// By user, of those without Zoom's id.
    nameless: HashMap<(Uuid, Uuid), usize>,
}

impl Stored {
    fn of(rows: &[meeting_registrant::Model]) -> Self {
        let mut by_id: HashMap<_, Vec<_>> = HashMap::new();
        let mut nameless = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            let id = row.zoom_registrant_id.as_ref().filter(|id| !id.is_empty());
            if let Some(id) = id {
                let key = (row.meeting_id, id.clone());
                by_id.entry(key).or_default().push(place);
            } else if let Some(user) = row.user_id {
                nameless.entry((row.meeting_id, user)).or_insert(place);
            }
        }
        Self { by_id, nameless }
    }

    /// Other software may have stored a registration twice: then all of its rows. One without Zoom's id is found only once.
    fn find(&mut self, meeting: Uuid, user: Uuid, id: &str) -> Vec<usize> {
        self.by_id
            .remove(&(meeting, id.to_owned()))
            .or_else(|| self.nameless.remove(&(meeting, user)).map(|place| vec![place]))
            .unwrap_or_default()
    }
}
