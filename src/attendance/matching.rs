//! Matching: the one user whom a set of keys names.
//!
//! `registrant_id` names through the meeting's registrants, `customer_key` is a user's id or sourced id,
//! then Zoom user id and e-mail. Keys that name different users tie to nobody, unless a person said whose one of them
//! is: what is confirmed wins over everything else, and the strongest confirmed key over the others. A display name never
//! matches anybody: it is free text, and two students can share it (docs/zoom.md 4).

use super::{
    confirmed::{Confirmed, Place},
    connection::Connection,
    facts::{Fact, Kind},
    school::{School, UserId},
};

/// By what a person was tied to a user; the strongest key that named them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// A person said so.
    Confirmed,
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
    /// Whom these connections are, seen at `place`.
    pub(super) fn of(connections: &[Connection<'_>], place: Place<'_>, school: &School) -> Self {
        if let Some(confirmed) = Self::confirmed(connections, place, &school.confirmed) {
            return confirmed;
        }
        let facts = connections.iter().flat_map(Connection::facts);
        let named = facts.flat_map(|fact| named(fact, place.meeting, school));
        named.fold(Self::Nobody, |so_far, (user, by)| match so_far {
            Self::Nobody => Self::One(user, by),
            Self::One(known, strongest) if known == user => Self::One(user, strongest.min(by)),
            Self::One(..) | Self::Conflict => Self::Conflict,
        })
    }

    /// Whom a person said that they are, by the strongest key that anything was said of; none where nothing was.
    fn confirmed(
        connections: &[Connection<'_>],
        place: Place<'_>,
        confirmed: &Confirmed,
    ) -> Option<Self> {
        if confirmed.is_empty() {
            return None;
        }
        let said = || connections.iter().flat_map(|c| confirmed.of(c, place));
        let (strongest, user) = said().min()?;
        let agreed = said().all(|(kind, other)| kind != strongest || other == user);
        Some(if agreed {
            Self::One(user, MatchedBy::Confirmed)
        } else {
            Self::Conflict
        })
    }
}

/// Every user whom this one fact names, and by what.
fn named<'a>(
    fact: Fact<'_>,
    meeting: &str,
    school: &'a School,
) -> impl Iterator<Item = (UserId, MatchedBy)> + use<'a> {
    let value = fact.value;
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
