//! Connections: which seats belong to one client, and which clients one person.
//!
//! A connection is Zoom's `participant_uuid`: it survives breakout moves and is new on every rejoin
//! (docs/zoom.md 4). An event without it belongs to the connection that its `user_id` carries elsewhere in
//! the occurrence (the least, if several), else its own `user_id`, Zoom user id, registrant, customer
//! key or e-mail stands in. `participant_bind` ties a phone's connection to another.

use super::{
    facts::Fact,
    occurrence::Occurrence,
    seat::{Known, Seat, Sightings},
};
use std::collections::BTreeMap;

/// One client in one occurrence.
pub(super) struct Connection<'a> {
    /// `participant_uuid`, or what stands in for it.
    pub(super) key: &'a str,
    /// What was seen of it, by `user_id`.
    pub(super) seats: BTreeMap<Option<&'a str>, Vec<&'a Sightings>>,
}

impl<'a> Connection<'a> {
    /// Everything that its events said of who it is.
    pub(super) fn facts(&self) -> impl Iterator<Item = Fact<'a>> {
        self.seats.values().flatten().flat_map(|s| s.facts.iter())
    }
}

/// Every connection of `occurrence`, those tied together by binds in one group. Groups come in no
/// particular order, the connections of each in order of key.
pub(super) fn groups(occurrence: &Occurrence) -> impl Iterator<Item = Vec<Connection<'_>>> {
    let uuids = uuids(occurrence);
    let mut ties = Ties::default();
    for (one, other) in &occurrence.binds {
        ties.tie(key(one, &uuids), key(other, &uuids));
    }
    let mut groups: BTreeMap<&str, Vec<Connection<'_>>> = BTreeMap::new();
    for connection in connections(occurrence, &uuids) {
        let root = ties.root(connection.key);
        groups.entry(root).or_default().push(connection);
    }
    groups.into_values()
}

/// Every connection with its seats, in order of key.
fn connections<'a>(
    occurrence: &'a Occurrence,
    uuids: &BTreeMap<&'a str, &'a str>,
) -> impl Iterator<Item = Connection<'a>> + use<'a> {
    let mut connections: BTreeMap<&str, BTreeMap<_, Vec<_>>> = BTreeMap::new();
    for (seat, seen) in occurrence.seats.iter() {
        let seats = connections.entry(key(seat, uuids)).or_default();
        seats.entry(seat.user_id()).or_default().push(seen);
    }
    connections
        .into_iter()
        .map(|(key, seats)| Connection { key, seats })
}

/// `user_id` -> the least `participant_uuid` that it carries anywhere.
fn uuids(occurrence: &Occurrence) -> BTreeMap<&str, &str> {
    let bound = occurrence.binds.iter().flat_map(|(a, b)| [a, b]);
    let mut uuids: BTreeMap<&str, &str> = BTreeMap::new();
    let seats = occurrence.seats.iter().map(|(seat, _)| seat);
    for seat in seats.chain(bound) {
        if let Known::Connection(uuid, Some(room)) = seat.known() {
            let least = uuids.entry(room).or_insert(uuid);
            *least = (*least).min(uuid);
        }
    }
    uuids
}

/// The connection that `seat` belongs to.
fn key<'a>(seat: &'a Seat, uuids: &BTreeMap<&'a str, &'a str>) -> &'a str {
    match seat.known() {
        Known::Connection(uuid, _) => uuid,
        Known::Room(room) => uuids.get(room).copied().unwrap_or(room),
        Known::Account(key) => key,
    }
}

/// Which connections are tied together: a union-find, each but the roots pointing towards its root.
#[derive(Default)]
struct Ties<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Ties<'a> {
    fn tie(&mut self, one: &'a str, other: &'a str) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.0.insert(one, other);
        }
    }

    fn root(&self, mut key: &'a str) -> &'a str {
        while let Some(next) = self.0.get(key) {
            key = next;
        }
        key
    }
}
