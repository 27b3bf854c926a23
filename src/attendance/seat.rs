//! A seat: what one event says of where somebody sat, and what was seen there.
//!
//! A seat is keyed by what the event itself carries. Which connection a seat belongs to can depend on
//! other events and is decided in `connection`. There are as many seats as people in live meetings: they are kept small.

use super::{
    event::{Identity, Instant, Moment},
    facts::Facts,
};
use std::fmt;

/// The key of a seat, as far as one event tells it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    text: Box<str>,
    form: Form,
}

/// What the text of a seat is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// A `participant_uuid` up to here, and a `user_id`.
    Both(u32),
    Connection,
    Room,
    Account,
}

/// What a seat is known by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// `participant_uuid`, and `user_id` if it came.
    Connection(&'a str, Option<&'a str>),
    /// `user_id` alone.
    Room(&'a str),
    /// Neither: Zoom user id, else registrant, customer key, e-mail.
    Account(&'a str),
}

impl Seat {
    /// The seat that is known by this.
    pub fn new(known: Known<'_>) -> Self {
        let (text, form) = match known {
            Known::Connection(uuid, Some(room)) => {
                let until = u32::try_from(uuid.len()).unwrap_or(u32::MAX); // no body is that long
                ([uuid, room].concat().into(), Form::Both(until))
            }
            Known::Connection(uuid, None) => (uuid.into(), Form::Connection),
            Known::Room(room) => (room.into(), Form::Room),
            Known::Account(key) => (key.into(), Form::Account),
        };
        Self { text, form }
    }

    /// The seat that `identity` speaks of; none where it carries no key at all.
    pub(super) fn of(identity: &Identity) -> Option<Self> {
        let account = || {
            let keys = [
                &identity.zoom_user_id,
                &identity.registrant_id,
                &identity.customer_key,
                &identity.email,
            ];
            keys.into_iter().flatten().next().map(|key| &**key)
        };
        let known = match (&identity.participant_uuid, &identity.user_id) {
            (Some(uuid), room) => Known::Connection(uuid, room.as_deref()),
            (None, Some(room)) => Known::Room(room),
            (None, None) => Known::Account(account()?),
        };
        Some(Self::new(known))
    }

    /// What it is known by.
    pub fn known(&self) -> Known<'_> {
        let text = &*self.text;
        match self.form {
            Form::Both(until) => {
                let both = text.split_at_checked(until as usize);
                let (uuid, room) = both.unwrap_or((text, ""));
                Known::Connection(uuid, Some(room))
            }
            Form::Connection => Known::Connection(text, None),
            Form::Room => Known::Room(text),
            Form::Account => Known::Account(text),
        }
    }

    /// Its `user_id`: new on every room move.
    pub(super) fn user_id(&self) -> Option<&str> {
        match self.known() {
            Known::Connection(_, room) => room,
            Known::Room(room) => Some(room),
            Known::Account(_) => None,
        }
    }
}

/// Seats carry keys of people and never reach a log.
impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seat(..)")
    }
}

/// Seats, each with what was seen of it; in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seats(Vec<(Seat, Sightings)>);

impl Seats {
    /// What was seen of this one.
    pub(super) fn at(&mut self, seat: Seat) -> &mut Sightings {
        let place = self.0.binary_search_by(|(known, _)| known.cmp(&seat));
        let place = place.unwrap_or_else(|place| {
            if self.0.len() == self.0.capacity() {
                self.0.reserve_exact(self.0.len() / 8 + 1); // most meetings are full soon after they begin
            }
            self.0.insert(place, (seat, Sightings::default()));
            place
        });
        &mut self.0[place].1
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Seat, &Sightings)> {
        self.0.iter().map(|(seat, seen)| (seat, seen))
    }

    /// Every join and leave.
    pub(super) fn moments(&self) -> impl Iterator<Item = (What, Moment)> {
        self.0.iter().flat_map(|(_, seen)| seen.moments())
    }
}

/// Everything seen of one seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sightings {
    marks: Box<[Mark]>,
    pub(super) facts: Facts,
}

/// What was seen at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Join,
    Leave,
}

impl Sightings {
    /// Of equal joins, and of equal leaves, the stated one stays.
    pub(super) fn see(&mut self, what: What, moment: Moment) {
        let mark = Mark::of(what, moment);
        match self
            .marks
            .binary_search_by_key(&mark.place(), |m| m.place())
        {
            Ok(known) => self.marks[known] = self.marks[known].min(mark),
            Err(place) => {
                let (before, after) = self.marks.split_at(place);
                self.marks = [before, &[mark], after].concat().into();
            }
        }
    }

    /// Every join and leave, in order of instant.
    pub(super) fn moments(&self) -> impl Iterator<Item = (What, Moment)> {
        self.marks.iter().map(|mark| mark.read())
    }

    /// The joins, or the leaves, in order of instant.
    pub(super) fn only(&self, what: What) -> impl Iterator<Item = Moment> {
        let moments = self.moments();
        moments.filter_map(move |(seen, moment)| (seen == what).then_some(moment))
    }
}

/// A moment and what was seen at it, in one number that is in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark(i64);

impl Mark {
    /// Beyond this an instant is no further away: Zoom's are years of four digits, or milliseconds.
    const FARTHEST: i64 = i64::MAX >> 2;

    fn of(what: What, moment: Moment) -> Self {
        let at = moment.at.0.clamp(-Self::FARTHEST, Self::FARTHEST);
        Self(at << 2 | (what as i64) << 1 | i64::from(moment.approximate))
    }

    /// What two marks of the same have in common, stated or not.
    fn place(self) -> i64 {
        self.0 >> 1
    }

    fn read(self) -> (What, Moment) {
        let what = match self.0 >> 1 & 1 {
            0 => What::Join,
            _ => What::Leave,
        };
        let moment = Moment {
            at: Instant(self.0 >> 2),
            approximate: self.0 & 1 == 1,
        };
        (what, moment)
    }
}
