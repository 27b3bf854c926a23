//! A seal: the fold's state of an occurrence as plain values, so that it can be kept when its events are not.
//!
//! Lossless both ways: a sealed occurrence is judged by the same code, on the same state, as when it still had its
//! events. How a seal is stored, and when events may go, is decided elsewhere; here is only when Zoom has nothing more
//! to say.

use super::{
    event::{Instant, Moment},
    occurrence::{Latest, Occurrence},
    report::Report,
    seat::{Seats, What},
};
use std::fmt;

pub use super::{
    facts::Kind,
    seat::{Known, Seat},
};

/// What the events of an occurrence said, all of it. Lists are sets: their order means nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sealed {
    /// First and last arrival of an event that brings an occurrence into being.
    pub arrivals: Option<(Instant, Instant)>,
    /// The least `object.start_time`.
    pub start: Option<Instant>,
    /// The latest `end_time` of `meeting.ended`.
    pub end: Option<Moment>,
    /// The latest time zone, and the instant that carried it.
    pub timezone: Option<(Option<Instant>, Box<str>)>,
    /// The latest scheduled length, and the instant that carried it.
    pub minutes: Option<(Option<Instant>, i64)>,
    /// The latest topic, and the instant that carried it.
    pub topic: Option<(Option<Instant>, Box<str>)>,
    /// Presence.
    pub seats: Vec<Seen>,
    /// Connections that are the same person.
    pub binds: Vec<(Seat, Seat)>,
    /// Presence events without a time or a key.
    pub unusable: Vec<(Instant, Option<Moment>)>,
}

/// Everything seen of one seat.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    /// The seat.
    pub seat: Seat,
    /// When somebody joined there.
    pub joins: Vec<Moment>,
    /// When somebody left.
    pub leaves: Vec<Moment>,
    /// What was said of who it is: kind, value, the latest instant that carried it.
    pub facts: Vec<(Kind, Box<str>, Instant)>,
}

/// Seals are full of names and never reach a log.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

/// So are their parts.
impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seen(..)")
    }
}

impl Occurrence {
    /// All that is known of it, as plain values.
    pub fn seal(&self) -> Sealed {
        let seats = self.seats.iter().map(|(seat, seen)| Seen {
            seat: seat.clone(),
            joins: seen.only(What::Join).collect(),
            leaves: seen.only(What::Leave).collect(),
            facts: seen
                .facts
                .iter()
                .map(|fact| (fact.kind, fact.value.into(), fact.at))
                .collect(),
        });
        Sealed {
            arrivals: self.arrivals,
            start: self.start,
            end: self.end,
            timezone: self.timezone.0.clone(),
            minutes: self.minutes.0,
            topic: self.topic.0.clone(),
            seats: seats.collect(),
            binds: self.binds.iter().cloned().collect(),
            unusable: self.unusable.iter().copied().collect(),
        }
    }

    /// The occurrence that was sealed.
    pub fn unseal(sealed: Sealed) -> Self {
        let mut seats = Seats::default();
        for Seen {
            seat,
            joins,
            leaves,
            facts,
        } in sealed.seats
        {
            let seen = seats.at(seat);
            for join in joins {
                seen.see(What::Join, join);
            }
            for leave in leaves {
                seen.see(What::Leave, leave);
            }
            for (kind, value, at) in &facts {
                seen.facts.insert(*kind, value, *at);
            }
        }
        Self {
            arrivals: sealed.arrivals,
            start: sealed.start,
            end: sealed.end,
            timezone: Latest(sealed.timezone),
            minutes: Latest(sealed.minutes),
            topic: Latest(sealed.topic),
            seats,
            binds: sealed.binds.into_iter().collect(),
            unusable: sealed.unusable.into_iter().collect(),
        }
    }

    /// Whether its events may be given up: it ended more than `settle` and `keep` seconds ago, and no event of it
    /// arrived within `settle`, however old the meeting is that such an event tells of.
    pub fn may_be_sealed(&self, report: &Report, settle: i64, keep: i64, now: Instant) -> bool {
        let ended = report.end.map(|(end, _)| end.plus(settle).plus(keep));
        let quiet = self.arrivals.map(|(_, last)| last.plus(settle));
        [ended, quiet]
            .iter()
            .all(|at| at.is_some_and(|at| at <= now))
    }
}
