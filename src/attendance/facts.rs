//! What events said of somebody: keys and names, each with the latest instant that carried it.
//!
//! Every distinct value is kept, so that keys that disagree show as a conflict, whichever came last.
//! What the keys *mean* is decided in `matching`. There are as many of these as people in live meetings, so all values of
//! one stand in one string.

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
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fact<'a> {
    pub(super) kind: Kind,
    pub(super) value: &'a str,
    /// The latest instant that carried it.
    pub(super) at: Instant,
}

/// Facts never reach a log, not even by accident.
impl fmt::Debug for Fact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fact({:?}, ..)", self.kind)
    }
}

/// A set of facts: at most one of each (kind, value), in that order.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// All values, one after the other.
    values: Box<str>,
    said: Box<[Said]>,
}

/// A fact, but for its value: that reaches from the one before to here.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Said {
    at: Instant,
    kind: Kind,
    until: u32,
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

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
        let known = self
            .iter()
            .position(|fact| (fact.kind, fact.value) == (kind, value));
        match known {
            Some(known) => self.said[known].at = self.said[known].at.max(at),
            None => *self = self.with(Fact { kind, value, at }),
        }
    }

    /// Every fact.
    pub(super) fn iter(&self) -> impl Iterator<Item = Fact<'_>> {
        let mut from = 0;
        self.said.iter().map(move |said| {
            let until = said.until as usize;
            let value = self.values.get(from..until).unwrap_or_default();
            from = until;
            Fact {
                kind: said.kind,
                value,
                at: said.at,
            }
        })
    }

    /// These and one more.
    fn with(&self, new: Fact<'_>) -> Self {
        let is_before = |fact: &Fact<'_>| (fact.kind, fact.value) < (new.kind, new.value);
        let before = self.iter().take_while(is_before);
        let after = self.iter().skip_while(is_before);
        let mut values = String::with_capacity(self.values.len() + new.value.len());
        let said = before.chain([new]).chain(after).map(|fact| {
            values.push_str(fact.value);
            Said {
                at: fact.at,
                kind: fact.kind,
                until: u32::try_from(values.len()).unwrap_or(u32::MAX), // nobody has 4 GiB of names
            }
        });
        let said = said.collect();
        Self {
            values: values.into(),
            said,
        }
    }
}

/// The value of `kind` that the latest instant carried; of equal instants the greatest value.
pub(super) fn latest<'a>(facts: impl Iterator<Item = Fact<'a>>, kind: Kind) -> Option<&'a str> {
    facts
        .filter(|f| f.kind == kind)
        .max_by_key(|f| (f.at, f.value))
        .map(|f| f.value)
}
