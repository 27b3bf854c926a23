//! Confirmed matches: keys that a person said are a certain user's, which no other key outweighs.
//!
//! A key is the strongest that a connection carries and that stays with somebody: a registrant, a customer key, a Zoom
//! user, an e-mail; never a name. A connection without any stands for itself, within its occurrence. How a key becomes
//! a match is decided in `matching`.

use super::{connection::Connection, facts::Kind, school::UserId};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

/// What a confirmed key is, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// `registrant_id`, of one meeting.
    Registrant,
    /// `customer_key`.
    CustomerKey,
    /// Zoom user id.
    ZoomUser,
    /// E-mail.
    Email,
    /// The connection itself, of one occurrence.
    Connection,
}

impl KeyKind {
    fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Registrant => Some(Self::Registrant),
            Kind::CustomerKey => Some(Self::CustomerKey),
            Kind::ZoomUser => Some(Self::ZoomUser),
            Kind::Email => Some(Self::Email),
            Kind::Name => None,
        }
    }
}

/// A key that stays with somebody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is.
    pub kind: KeyKind,
    /// Where it means somebody: a registrant's meeting number, a connection's occurrence uuid, else empty.
    pub scope: Box<str>,
    /// The key itself.
    pub value: Box<str>,
}

/// Keys are of people and never reach a log.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?}, ..)", self.kind)
    }
}

/// Where a connection was seen.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Zoom's uuid of the occurrence.
    pub(super) uuid: &'a str,
    /// Zoom's number of its meeting.
    pub(super) meeting: &'a str,
}

impl<'a> Place<'a> {
    fn scope(self, kind: KeyKind) -> &'a str {
        match kind {
            KeyKind::Registrant => self.meeting,
            KeyKind::Connection => self.uuid,
            KeyKind::CustomerKey | KeyKind::ZoomUser | KeyKind::Email => "",
        }
    }
}

/// Every confirmed key with its user: kind, scope, key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Confirmed(HashMap<KeyKind, HashMap<Box<str>, Users>>);

/// The user whom each key means.
type Users = HashMap<Box<str>, UserId>;

impl Confirmed {
    /// Lets `key` be `user`'s.
    pub fn insert(&mut self, key: Key, user: UserId) {
        let scopes = self.0.entry(key.kind).or_default();
        scopes.entry(key.scope).or_default().insert(key.value, user);
    }

    /// Everything confirmed of one connection, by what.
    pub(super) fn of(
        &self,
        connection: &Connection<'_>,
        place: Place<'_>,
    ) -> impl Iterator<Item = (KeyKind, UserId)> {
        let named = move |kind: KeyKind, value: &str| {
            let scope = self.0.get(&kind)?.get(place.scope(kind))?;
            scope.get(value).map(|user| (kind, *user))
        };
        let facts = connection.facts();
        let facts = facts.filter_map(move |fact| named(KeyKind::of(fact.kind)?, fact.value));
        facts.chain(named(KeyKind::Connection, connection.key))
    }

    /// Whether nothing is confirmed at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The keys under which these connections are confirmed: of each, all values of its strongest kind.
pub(super) fn keys(connections: &[Connection<'_>], place: Place<'_>) -> BTreeSet<Key> {
    let of = |connection: &Connection<'_>| {
        let facts = connection.facts();
        let carried = facts.filter_map(|fact| Some((KeyKind::of(fact.kind)?, fact.value)));
        let carried: BTreeSet<(KeyKind, &str)> = carried.collect();
        let own = (KeyKind::Connection, connection.key);
        let strongest = carried.first().map_or(own.0, |(kind, _)| *kind);
        let values = carried.into_iter().chain([own]);
        let values = values.filter(move |(kind, _)| *kind == strongest);
        values
            .map(|(kind, value)| Key {
                kind,
                scope: place.scope(kind).into(),
                value: value.into(),
            })
            .collect::<Vec<_>>()
    };
    connections.iter().flat_map(of).collect()
}
