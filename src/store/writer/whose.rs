//! Whose marks of a lesson a write can change: while a meeting goes on, theirs alone who came or went.

use super::{People, occurrence::Raised};
use crate::{attendance::school::UserId, store::entity::meeting_occurrence::Model};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Whose marks are looked at.
pub(super) enum Whose {
    /// Everybody's.
    All,
    /// Only theirs.
    Some(BTreeSet<UserId>),
}

impl Whose {
    /// In a lesson of which `raised` is the only occurrence: everybody's where the lesson itself changed.
    pub(super) fn of(raised: &Raised<'_>) -> Self {
        let judged = |row: &Model| (row.class_id, row.date, row.ended_at, row.present_after);
        let stands = raised.before.as_ref().map(judged) == Some(judged(&raised.row));
        match &raised.staged.people {
            People::Changed(changed) if stands => {
                let people = &raised.staged.report.people;
                let users = changed.iter().filter_map(|one| people.get(one.place)?.user);
                Self::Some(users.collect())
            }
            _ => Self::All,
        }
    }

    pub(super) fn includes(&self, user: UserId) -> bool {
        match self {
            Self::All => true,
            Self::Some(users) => users.contains(&user),
        }
    }

    /// As a condition names them; none for everybody.
    pub(super) fn ids(&self) -> Option<impl Iterator<Item = Uuid>> {
        match self {
            Self::All => None,
            Self::Some(users) => Some(users.iter().map(|user| Uuid::from_u128(user.0))),
        }
    }
}
