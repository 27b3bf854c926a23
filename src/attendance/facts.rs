//! What events said of somebody: keys and names, each with the latest instant that carried it.
//!
//! Every distinct value is kept, so that keys that disagree show as a conflict, whichever came last.
//! What the keys *mean* is decided in `matching`.

use super::event::{Identity, Instant};
use std::fmt;

/// What a fact is about; keys in order of strength, the name last (it only ever labels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `registrant_id`.
    Registrant,
    /// `customer_key`.
    CustomerKey,
    /// `participant_user_id`, else `id`.
    ZoomUser,
    /// `email`.
    Email,
    /// `user_name`.
    Name,
}

/// One value of one kind.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) kind: Kind,
    pub(super) value: Box<str>,
    /// The latest instant that carried it.
    pub(super) at: Instant,
}

/// Facts never reach a log, not even by accident.
impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fact({:?}, ..)", self.kind)
    }
}

/// A set of facts: at most one of each (kind, value), in that order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts(Vec<Fact>);

impl Facts {
    /// Takes in everything that `identity` said at `at`.
    pub(super) fn note(&mut self, identity: &Identity, at: Instant) {
        let said = [
            (Kind::Registrant, &identity.registrant_id),
            (Kind::CustomerKey, &identity.customer_key),
            (Kind::ZoomUser, &identity.zoom_user_id),
            (Kind::Email, &identity.email),
            (Kind::Name, &identity.name),
        ];
        for (kind, value) in said {
            if let Some(value) = value {
                self.insert(kind, value, at);
            }
        }
    }

    pub(super) fn insert(&mut self, kind: Kind, value: &str, at: Instant) {
        let place = self
            .0
            .binary_search_by(|f| (f.kind, &*f.value).cmp(&(kind, value)));
        match place {
            Ok(known) => self.0[known].at = self.0[known].at.max(at),
            Err(place) => {
                self.0.reserve_exact(1);
                self.0.insert(
                    place,
                    Fact {
                        kind,
                        value: value.into(),
                        at,
                    },
                );
            }
        }
    }

    /// Every fact.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.iter()
    }
}

/// The value of `kind` that the latest instant carried; of equal instants the greatest value.
pub(super) fn latest<'a>(facts: impl Iterator<Item = &'a Fact>, kind: Kind) -> Option<&'a str> {
    facts
        .filter(|f| f.kind == kind)
        .max_by_key(|f| (f.at, &f.value))
        .map(|f| &*f.value)
}
