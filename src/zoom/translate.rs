//! What an authentic webhook means to Rollcall: its place in the journal, and its news for attendance.
//!
//! Only started, ended and presence events of meetings and webinars bring an occurrence into being, and
//! a bind adds to one that exists. Waiting room, `jbh_*`, breakout-room, role, schedule and
//! registration events, and whatever Zoom thinks of next, are journaled and shown, no more.
//! Nothing here fails: what is not understood has no news.

use std::fmt;

use super::envelope::Envelope;
use super::object::{Object, cut, from_milliseconds};
use super::participant::{KEY, LABEL, bound, identity};
use crate::attendance::event::{Event, Identity, Moment, Setting};

/// Characters of an event's kind that are kept; Zoom's longest has about 50.
const EVENT: usize = 100;
/// The longest meeting number taken for one; Zoom's have 9 to 11 digits.
const MEETING: usize = 64;
/// The longest occurrence uuid taken for one; Zoom's are 24 characters of base64.
const OCCURRENCE: usize = 128;

/// One authentic webhook, ready for the journal. `Debug` prints no news: a topic may name a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The kind as sent, of which at most 100 characters are kept.
    pub event: String,
    /// `event_ts` in epoch milliseconds.
    pub event_ts: Option<i64>,
    /// `object.id`, the meeting's number, sent as string or number.
    pub meeting: Option<Box<str>>,
    /// `object.uuid`: one run of the meeting; opaque, case-sensitive.
    pub occurrence: Option<Box<str>>,
    /// Whether this becomes part of an occurrence's state.
    pub folds: Folds,
    /// What it says; `None` exactly where `folds` is [`Folds::No`].
    pub news: Option<Event>,
}

/// Whether an event becomes part of its occurrence's state. The numbers are those of the journal's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folds {
    /// Journaled and shown only.
    No = 0,
    /// Brings the occurrence into being where there is none; has a meeting number and a uuid.
    Yes = 1,
    /// Counts in an occurrence that other events brought into being; has a uuid, and a meeting number
    /// only where Zoom gave one.
    IfExists = 2,
}

/// Reads what a webhook says.
///
/// - A started, ended or presence event without uuid, and a bind without uuid or without a key on either
///   side, is not understood: [`Folds::No`].
/// - Without a meeting number (Zoom's specification makes it optional in presence events) it counts in the
///   occurrence that another event with one brought into being: [`Folds::IfExists`].
/// - A presence event without a time of its own takes `event_ts`, marked approximate; without that
///   either it is [`Event::Unusable`].
/// - A presence event without any key is still joined or left: that it makes no presence is for the
///   core to say.
#[must_use]
pub fn translate(envelope: &Envelope) -> Delivery {
    let payload = envelope.payload();
    let object = payload.object("object");
    let meeting = object.key("id", MEETING);
    let occurrence = object.key("uuid", OCCURRENCE);
    let news = Kind::of(&envelope.event)
        .filter(|_| occurrence.is_some())
        .and_then(|kind| news(kind, &object, envelope.event_ts));
    Delivery {
        event: cut(&envelope.event, EVENT).to_owned(),
        event_ts: envelope.event_ts,
        folds: folds(news.as_ref(), meeting.is_some()),
        meeting,
        occurrence,
        news,
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("event", &self.event)
            .field("meeting", &self.meeting)
            .field("occurrence", &self.occurrence)
            .field("folds", &self.folds)
            .finish_non_exhaustive()
    }
}

/// The kinds of event that say something about attendance.
#[derive(Clone, Copy)]
enum Kind {
    Started,
    Ended,
    Joined,
    Left,
    Bound,
}

impl Kind {
    fn of(event: &str) -> Option<Self> {
        let ("meeting" | "webinar", name) = event.split_once('.')? else {
            return None;
        };
        match name {
            "started" => Some(Self::Started),
            "ended" => Some(Self::Ended),
            "participant_joined" => Some(Self::Joined),
            "participant_left" => Some(Self::Left),
            "participant_bind" => Some(Self::Bound),
            _ => None,
        }
    }
}

fn folds(news: Option<&Event>, names_meeting: bool) -> Folds {
    match news {
        None => Folds::No,
        Some(Event::Bound(..)) => Folds::IfExists,
        Some(_) if names_meeting => Folds::Yes,
        Some(_) => Folds::IfExists,
    }
}

fn news(kind: Kind, object: &Object<'_>, event_ts: Option<i64>) -> Option<Event> {
    let participant = object.object("participant");
    match kind {
        Kind::Started => Some(Event::Started(setting(object))),
        Kind::Ended => Some(Event::Ended(
            setting(object),
            moment(object, "end_time", event_ts),
        )),
        Kind::Joined => {
            let moment = moment(&participant, "join_time", event_ts);
            Some(presence(Event::Joined, object, &participant, moment))
        }
        Kind::Left => {
            let moment = moment(&participant, "leave_time", event_ts);
            Some(presence(Event::Left, object, &participant, moment))
        }
        Kind::Bound => bound(&participant).map(|(phone, person)| Event::Bound(phone, person)),
    }
}

fn presence(
    event: fn(Setting, Identity, Moment) -> Event,
    object: &Object<'_>,
    participant: &Object<'_>,
    moment: Option<Moment>,
) -> Event {
    let setting = setting(object);
    match moment {
        Some(moment) => event(setting, identity(participant), moment),
        None => Event::Unusable(setting),
    }
}

fn setting(object: &Object<'_>) -> Setting {
    Setting {
        start: object.instant("start_time"),
        timezone: object.key("timezone", KEY),
        minutes: object.integer("duration"),
        topic: object.label("topic", LABEL),
    }
}

/// The time that `object` states under `key`, else `event_ts` cut to seconds.
fn moment(object: &Object<'_>, key: &str, event_ts: Option<i64>) -> Option<Moment> {
    let stated = object.instant(key).map(|at| Moment {
        at,
        approximate: false,
    });
    stated.or_else(|| {
        Some(Moment {
            at: from_milliseconds(event_ts?)?,
            approximate: true,
        })
    })
}
