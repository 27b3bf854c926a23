//! Matching: the one user whom a set of keys names.
//!
//! `registrant_id` names through the meeting's registrants, `customer_key` is a user's id or sourced id,
//! then Zoom user id and e-mail. Keys that name different users tie to nobody. A display name never
//! matches anybody: it is free text, and two students can share it (docs/zoom.md 4).

use super::{
    facts::{Fact, Kind},
    school::{School, UserId},
};

/// By what a person was tied to a user; the strongest key that named them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// `registrant_id`.
    Registrant,
    /// `customer_key`.
    CustomerKey,
    /// Zoom user id.
    ZoomUser,
    /// E-mail.
    Email,
}

/// Whom a set of keys names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Nobody,
    /// All keys that name anybody name this user; by the strongest of them.
    One(UserId, MatchedBy),
    /// Keys name different users.
    Conflict,
}

impl Match {
    /// Whom `facts`, learned in a meeting of that number, name.
    pub(super) fn of<'a>(
        facts: impl Iterator<Item = &'a Fact>,
        meeting: &str,
        school: &School,
    ) -> Self {
        facts.flat_map(|fact| named(fact, meeting, school)).fold(
            Self::Nobody,
            |so_far, (user, by)| match so_far {
                Self::Nobody => Self::One(user, by),
                Self::One(known, strongest) if known == user => Self::One(user, strongest.min(by)),
                Self::One(..) | Self::Conflict => Self::Conflict,
            },
        )
    }
}

/// Every user whom this one fact names, and by what.
fn named<'a>(
    fact: &Fact,
    meeting: &str,
    school: &'a School,
) -> impl Iterator<Item = (UserId, MatchedBy)> + use<'a> {
    let value = &*fact.value;
    let found = match fact.kind {
        Kind::Registrant => school
            .registrants
            .get(meeting)
            .and_then(|registrants| registrants.get(value))
            .map(|users| (users, MatchedBy::Registrant)),
        Kind::CustomerKey => customer(value, school).map(|users| (users, MatchedBy::CustomerKey)),
        Kind::ZoomUser => school
            .zoom_users
            .get(value)
            .map(|users| (users, MatchedBy::ZoomUser)),
        Kind::Email => school
            .emails
            .get(value)
            .map(|users| (users, MatchedBy::Email)),
        Kind::Name => None,
    };
    let users = found.map(|(users, by)| users.iter().map(move |user| (*user, by)));
    users.into_iter().flatten()
}

/// A sourced id as it is; a user's UUID in any case.
fn customer<'a>(key: &str, school: &'a School) -> Option<&'a Vec<UserId>> {
    let keys = &school.customer_keys;
    keys.get(key)
        .or_else(|| keys.get(&*key.to_ascii_lowercase()))
}
