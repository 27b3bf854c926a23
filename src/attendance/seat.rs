//! A seat: what one event says of where somebody sat, and what was seen there.
//!
//! A seat is keyed by what the event itself carries. Which connection a seat belongs to can depend on
//! other events and is decided in `connection`.

use super::{
    event::{Identity, Moment},
    facts::Facts,
};
use std::fmt;

/// The key of a seat, as far as one event tells it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// `participant_uuid`, and `user_id` if it came.
    Connection(Box<str>, Option<Box<str>>),
    /// `user_id` alone.
    Room(Box<str>),
    /// Neither: Zoom user id, else registrant, customer key, e-mail.
    Account(Box<str>),
}

impl Seat {
    /// The seat that `identity` speaks of; none where it carries no key at all.
    pub(super) fn of(identity: &Identity) -> Option<Self> {
        let account = || {
            let keys = [
                &identity.zoom_user_id,
                &identity.registrant_id,
                &identity.customer_key,
                &identity.email,
            ];
            keys.into_iter().flatten().next().cloned()
        };
        match (&identity.participant_uuid, &identity.user_id) {
            (Some(uuid), room) => Some(Self::Connection(uuid.clone(), room.clone())),
            (None, Some(room)) => Some(Self::Room(room.clone())),
            (None, None) => account().map(Self::Account),
        }
    }

    /// Its `user_id`: new on every room move.
    pub(super) fn user_id(&self) -> Option<&str> {
        match self {
            Self::Connection(_, room) => room.as_deref(),
            Self::Room(room) => Some(room),
            Self::Account(_) => None,
        }
    }
}

/// Seats carry keys of people and never reach a log.
impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seat(..)")
    }
}

/// Everything seen of one seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sightings {
    pub(super) joins: Moments,
    pub(super) leaves: Moments,
    pub(super) facts: Facts,
}

/// A set of moments, in order of instant. Equal instants are one; the stated one of two stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Moments(Vec<Moment>);

impl Moments {
    pub(super) fn insert(&mut self, moment: Moment) {
        match self.0.binary_search_by_key(&moment.at, |m| m.at) {
            Ok(known) => self.0[known] = self.0[known].min(moment),
            Err(place) => {
                self.0.reserve_exact(1);
                self.0.insert(place, moment);
            }
        }
    }

    pub(super) fn as_slice(&self) -> &[Moment] {
        &self.0
    }
}

impl Extend<Moment> for Moments {
    fn extend<I: IntoIterator<Item = Moment>>(&mut self, moments: I) {
        moments.into_iter().for_each(|m| self.insert(m));
    }
}
