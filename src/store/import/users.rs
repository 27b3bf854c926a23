//! `users`: who is who.
//!
//! A user of the set is the stored one of the same sourced id; else the one who has the same e-mail and no sourced id
//! yet (made by other software) and is given it; else a new one. The set decides name, role and e-mail; a Zoom user id
//! that it does not name stays, as a school's own software may have found it.
//!
//! A user who is to be deleted keeps row and values, because attendance refers to them; only an e-mail or Zoom user id
//! that another user of the set now has is given up.

use super::{
    clashes::{self, by_email, folded},
    draft::Draft,
};
use crate::{
    roster::{Problems, Role, User},
    store::entity::user,
};
use sea_orm::prelude::TimeDateTimeWithTimeZone;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The users as they will be; a problem for each whose e-mail or Zoom user id another one keeps.
pub(super) fn plan(
    stored: Vec<user::Model>,
    set: &[User],
    now: TimeDateTimeWithTimeZone,
    problems: &mut Problems,
) -> Draft<user::Model> {
    let known = Stored::of(&stored);
    let mut draft = Draft::of(stored);
    let emails = by_email(draft.rows().map(|(_, row)| row));
    let staying = || set.iter().filter(|user| !user.deleted);
    for user in staying() {
        let place = known.find(user);
        let place = place.unwrap_or_else(|| draft.add(blank(now)));
        if let Some(row) = draft.edit(place) {
            fill(row, user);
        }
    }
    let taken = Taken::by(staying());
    for user in set.iter().filter(|user| user.deleted) {
        let place = known.by_sourced_id.get(&user.sourced_id);
        if let Some(row) = place.and_then(|place| draft.edit(*place)) {
            taken.give_up(row);
        }
    }
    clashes::find(&draft, &emails, staying(), problems);
    draft
}

/// Places of stored users.
struct Stored {
    by_sourced_id: HashMap<String, usize>,
    /// Of those without sourced id.
    by_email: HashMap<String, usize>,
}

impl Stored {
    fn of(rows: &[user::Model]) -> Self {
        let mut by_sourced_id = HashMap::new();
        let mut by_email = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            if let Some(id) = &row.sourced_id {
                by_sourced_id.insert(id.clone(), place);
            } else if let Some(email) = folded(row) {
                by_email.entry(email).or_insert(place);
            }
        }
        Self {
            by_sourced_id,
            by_email,
        }
    }

    fn find(&self, user: &User) -> Option<usize> {
        let by_email = || self.by_email.get(user.email.as_ref()?);
        let place = self.by_sourced_id.get(&user.sourced_id).or_else(by_email);
        place.copied()
    }
}

/// What users of the set claim for themselves.
struct Taken<'r> {
    emails: HashSet<&'r str>,
    zoom_user_ids: HashSet<&'r str>,
}

impl<'r> Taken<'r> {
    fn by(users: impl Iterator<Item = &'r User> + Clone) -> Self {
        Self {
            emails: users
                .clone()
                .filter_map(|user| user.email.as_deref())
                .collect(),
            zoom_user_ids: users
                .filter_map(|user| user.zoom_user_id.as_deref())
                .collect(),
        }
    }

    fn give_up(&self, row: &mut user::Model) {
        if folded(row).is_some_and(|email| self.emails.contains(&*email)) {
            row.email = None;
        }
        row.zoom_user_id
            .take_if(|id| self.zoom_user_ids.contains(&**id));
    }
}

fn blank(now: TimeDateTimeWithTimeZone) -> user::Model {
    user::Model {
        id: Uuid::now_v7(),
        email: None,
        role: String::new(),
        full_name: String::new(),
        sourced_id: None,
        zoom_user_id: None,
        created_at: now,
    }
}

fn fill(row: &mut user::Model, user: &User) {
    row.sourced_id = Some(user.sourced_id.clone());
    row.email.clone_from(&user.email);
    row.full_name.clone_from(&user.full_name);
    role(user.role).clone_into(&mut row.role);
    if user.zoom_user_id.is_some() {
        row.zoom_user_id.clone_from(&user.zoom_user_id);
    }
}

/// `users.role`.
fn role(role: Role) -> &'static str {
    match role {
        Role::Student => "student",
        Role::Teacher => "teacher",
        Role::Admin => "admin",
    }
}
