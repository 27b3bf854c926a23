//! The fold: an occurrence as the set of what its events say.
//!
//! Every field is a set, a least or a greatest, so that order, duplicates and batches change nothing.
//! Nothing is judged here: that takes the whole set and happens in [`report`](super::report).

use super::{
    event::{Event, Identity, Instant, Moment, Setting},
    seat::{Seat, Seats, Sightings, What},
};
use std::{cmp::Reverse, collections::BTreeSet, fmt};

/// One run of a meeting in memory. Folding is commutative and idempotent: order and duplicates change nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Occurrence {
    /// First and last arrival of an event that brings an occurrence into being.
    pub(super) arrivals: Option<(Instant, Instant)>,
    /// The least `object.start_time`.
    pub(super) start: Option<Instant>,
    /// The latest `end_time` of `meeting.ended`.
    pub(super) end: Option<Moment>,
    pub(super) timezone: Latest<Box<str>>,
    pub(super) minutes: Latest<i64>,
    pub(super) topic: Latest<Box<str>>,
    /// Presence.
    pub(super) seats: Seats,
    /// Connections that are the same person.
    pub(super) binds: BTreeSet<(Seat, Seat)>,
    /// Presence events without a time or a key, by arrival and what time they gave: two of one second
    /// that say the same count as one.
    pub(super) unusable: BTreeSet<(Instant, Option<Moment>)>,
}

/// Occurrences are full of names and never reach a log.
impl fmt::Debug for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Occurrence(..)")
    }
}

impl Occurrence {
    /// Takes in one event that arrived (was journaled) at `arrival`.
    pub fn fold(&mut self, event: &Event, arrival: Instant) {
        match event {
            Event::Started(setting) => self.attend(setting, setting.start, arrival),
            Event::Ended(setting, end) => {
                self.attend(setting, end.map_or(setting.start, |e| Some(e.at)), arrival);
                self.end = later(self.end, *end);
            }
            Event::Joined(setting, identity, join) => {
                if let Some(seen) = self.sight(setting, identity, *join, arrival) {
                    seen.see(What::Join, *join);
                }
            }
            Event::Left(setting, identity, leave) => {
                if let Some(seen) = self.sight(setting, identity, *leave, arrival) {
                    seen.see(What::Leave, *leave);
                }
            }
            Event::Unusable(setting) => self.give_up(setting, None, arrival),
            Event::Bound(one, other) => {
                let seats = Seat::of(one).zip(Seat::of(other));
                self.binds.extend(seats);
            }
        }
    }

    /// Whether any started, ended or presence event has brought this occurrence into being.
    pub fn exists(&self) -> bool {
        self.arrivals.is_some()
    }

    /// Takes in what started, ended and presence events say beside their own news, as of `at`.
    fn attend(&mut self, setting: &Setting, at: Option<Instant>, arrival: Instant) {
        self.arrivals = Some(match self.arrivals {
            None => (arrival, arrival),
            Some((first, last)) => (first.min(arrival), last.max(arrival)),
        });
        self.start = self.start.into_iter().chain(setting.start).min();
        self.timezone.tell(at, setting.timezone.as_ref());
        self.minutes.tell(at, setting.minutes.as_ref());
        self.topic.tell(at, setting.topic.as_ref());
    }

    /// Takes in a presence event but for its instant; none where it carries no key.
    fn sight(
        &mut self,
        setting: &Setting,
        identity: &Identity,
        moment: Moment,
        arrival: Instant,
    ) -> Option<&mut Sightings> {
        let Some(seat) = Seat::of(identity) else {
            self.give_up(setting, Some(moment), arrival);
            return None;
        };
        self.attend(setting, Some(moment.at), arrival);
        let seen = self.seats.at(seat);
        seen.facts.note(identity, moment.at);
        Some(seen)
    }

    /// A presence event that makes no presence: it is only counted.
    fn give_up(&mut self, setting: &Setting, moment: Option<Moment>, arrival: Instant) {
        self.attend(setting, setting.start, arrival);
        self.unusable.insert((arrival, moment));
    }
}

/// The later of two; of equal instants the stated one.
fn later(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    let both = one.into_iter().chain(other);
    both.max_by_key(|m| (m.at, Reverse(m.approximate)))
}

/// The value that the latest instant carried; of equal instants the greatest value.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Latest<T>(pub(super) Option<(Option<Instant>, T)>);

impl<T: Ord + Clone> Latest<T> {
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    fn tell(&mut self, at: Option<Instant>, value: Option<&T>) {
        let Some(value) = value else { return };
        let known = self.0.as_ref().map(|(then, known)| (*then, known));
        if known < Some((at, value)) {
            self.0 = Some((at, value.clone()));
        }
    }
}
