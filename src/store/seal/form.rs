//! Version 1 of a seal's stored form. A form that was ever released is never changed: a new one gets a new version.

use crate::attendance::{
    event::{Instant, Moment},
    seal::{Kind, Known, Sealed, Seat, Seen},
};
use serde::{Deserialize, Serialize};

/// The version that this file describes.
pub(super) const VERSION: u64 = 1;

/// An instant, and whether it is approximate.
type Time = (i64, bool);
/// The instant that carried a value, and the value.
type Said<T> = Option<(Option<i64>, T)>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    v: u64,
    /// Arrivals.
    a: Option<(i64, i64)>,
    /// Start.
    s: Option<i64>,
    /// End.
    e: Option<Time>,
    /// Time zone.
    z: Said<Box<str>>,
    /// Minutes.
    m: Said<i64>,
    /// Topic.
    t: Said<Box<str>>,
    /// Seats.
    p: Vec<There>,
    /// Binds.
    b: Vec<(Place, Place)>,
    /// Unusable events.
    u: Vec<(i64, Option<Time>)>,
}

#[derive(Serialize, Deserialize)]
enum Place {
    #[serde(rename = "c")]
    Connection(Box<str>, Option<Box<str>>),
    #[serde(rename = "r")]
    Room(Box<str>),
    #[serde(rename = "a")]
    Account(Box<str>),
}

/// A seat: place, joins, leaves, facts.
type There = (Place, Vec<Time>, Vec<Time>, Vec<Fact>);
/// A kind, a value, and the latest instant that carried it.
type Fact = (Key, Box<str>, i64);

#[derive(Serialize, Deserialize)]
enum Key {
    #[serde(rename = "r")]
    Registrant,
    #[serde(rename = "c")]
    Customer,
    #[serde(rename = "z")]
    ZoomUser,
    #[serde(rename = "e")]
    Email,
    #[serde(rename = "n")]
    Name,
}

impl From<&Sealed> for Form {
    fn from(sealed: &Sealed) -> Self {
        let binds = sealed.binds.iter();
        let unusable = sealed.unusable.iter();
        Self {
            v: VERSION,
            a: sealed.arrivals.map(|(first, last)| (first.0, last.0)),
            s: sealed.start.map(|at| at.0),
            e: sealed.end.map(time),
            z: said(sealed.timezone.as_ref()),
            m: said(sealed.minutes.as_ref()),
            t: said(sealed.topic.as_ref()),
            p: sealed.seats.iter().map(seen).collect(),
            b: binds.map(|(a, b)| (a.into(), b.into())).collect(),
            u: unusable.map(|(at, m)| (at.0, m.map(time))).collect(),
        }
    }
}

impl From<Form> for Sealed {
    fn from(form: Form) -> Self {
        let binds = form.b.into_iter();
        let unusable = form.u.into_iter();
        Self {
            arrivals: form.a.map(|(first, last)| (Instant(first), Instant(last))),
            start: form.s.map(Instant),
            end: form.e.map(moment),
            timezone: told(form.z),
            minutes: told(form.m),
            topic: told(form.t),
            seats: form.p.into_iter().map(sat).collect(),
            binds: binds.map(|(a, b)| (a.into(), b.into())).collect(),
            unusable: unusable
                .map(|(at, m)| (Instant(at), m.map(moment)))
                .collect(),
        }
    }
}

fn time(moment: Moment) -> Time {
    (moment.at.0, moment.approximate)
}

fn moment((at, approximate): Time) -> Moment {
    Moment {
        at: Instant(at),
        approximate,
    }
}

fn said<T: Clone>(value: Option<&(Option<Instant>, T)>) -> Said<T> {
    value.map(|(at, value)| (at.map(|at| at.0), value.clone()))
}

fn told<T>(value: Said<T>) -> Option<(Option<Instant>, T)> {
    value.map(|(at, value)| (at.map(Instant), value))
}

fn seen(seen: &Seen) -> There {
    let times = |moments: &[Moment]| moments.iter().copied().map(time).collect();
    let facts = seen.facts.iter();
    let facts = facts.map(|(kind, value, at)| (key(*kind), value.clone(), at.0));
    let place = Place::from(&seen.seat);
    (
        place,
        times(&seen.joins),
        times(&seen.leaves),
        facts.collect(),
    )
}

fn sat((place, joins, leaves, facts): There) -> Seen {
    let moments = |times: Vec<Time>| times.into_iter().map(moment).collect();
    let facts = facts.into_iter();
    Seen {
        seat: place.into(),
        joins: moments(joins),
        leaves: moments(leaves),
        facts: facts
            .map(|(key, value, at)| (kind(&key), value, Instant(at)))
            .collect(),
    }
}

impl From<&Seat> for Place {
    fn from(seat: &Seat) -> Self {
        match seat.known() {
            Known::Connection(uuid, room) => Self::Connection(uuid.into(), room.map(Into::into)),
            Known::Room(room) => Self::Room(room.into()),
            Known::Account(key) => Self::Account(key.into()),
        }
    }
}

impl From<Place> for Seat {
    fn from(place: Place) -> Self {
        Self::new(match &place {
            Place::Connection(uuid, room) => Known::Connection(uuid, room.as_deref()),
            Place::Room(room) => Known::Room(room),
            Place::Account(key) => Known::Account(key),
        })
    }
}

fn key(kind: Kind) -> Key {
    match kind {
        Kind::Registrant => Key::Registrant,
        Kind::CustomerKey => Key::Customer,
        Kind::ZoomUser => Key::ZoomUser,
        Kind::Email => Key::Email,
        Kind::Name => Key::Name,
    }
}

fn kind(key: &Key) -> Kind {
    match key {
        Key::Registrant => Kind::Registrant,
        Key::Customer => Kind::CustomerKey,
        Key::ZoomUser => Kind::ZoomUser,
        Key::Email => Kind::Email,
        Key::Name => Kind::Name,
    }
}
