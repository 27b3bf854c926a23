//! What can happen in an occurrence, in Zoom's terms but free of its wire format.

use std::fmt;

/// A point in time: whole seconds since the Unix epoch.
///
/// Zoom states `join_time`, `leave_time`, `start_time` and `end_time` in whole seconds (docs/zoom.md 1.1),
/// so nothing finer exists in attendance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// This many seconds later (earlier where negative).
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// When something happened, and whether Zoom said so.
///
/// Ordered by instant; of two equal instants the stated one is the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The instant that counts.
    pub at: Instant,
    /// True where the field that states it was missing or unreadable, so that `event_ts`, cut to
    /// seconds, stands in for it.
    pub approximate: bool,
}

/// What every started, ended and presence event says of its occurrence beside its own news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// `object.start_time`: the actual start of this occurrence.
    pub start: Option<Instant>,
    /// `object.timezone`: an IANA name as sent, valid or not.
    pub timezone: Option<Box<str>>,
    /// `object.duration`: the *scheduled* length in minutes; Zoom really sends 0 and 808591414.
    pub minutes: Option<i64>,
    /// `object.topic`.
    pub topic: Option<Box<str>>,
}

/// Who an event speaks of. A missing key, `""` and `null` are all `None`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// `participant_uuid`: one connection; survives room moves, new on every rejoin.
    pub participant_uuid: Option<Box<str>>,
    /// `user_id`: the seat of a connection in one room; new on every room move.
    pub user_id: Option<Box<str>>,
    /// `participant_user_id`, else `id`: the Zoom account.
    pub zoom_user_id: Option<Box<str>>,
    /// `registrant_id`.
    pub registrant_id: Option<Box<str>>,
    /// `customer_key`: what a Meeting SDK client passed at the join.
    pub customer_key: Option<Box<str>>,
    /// `email`, trimmed, in lower case.
    pub email: Option<Box<str>>,
    /// `user_name`: only ever a label.
    pub name: Option<Box<str>>,
}

/// Identities never reach a log, not even by accident.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// A domain event: what one of Zoom's webhooks means for attendance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `meeting.started`, `webinar.started`.
    Started(Setting),
    /// `meeting.ended`, `webinar.ended`; without a time where neither `end_time` nor `event_ts` can be read.
    Ended(Setting, Option<Moment>),
    /// `*.participant_joined`.
    Joined(Setting, Identity, Moment),
    /// `*.participant_left`.
    Left(Setting, Identity, Moment),
    /// A presence event with neither a time nor a key: it makes no presence, and is listed.
    Unusable(Setting),
    /// `meeting.participant_bind`: the connection of the first is the same person as that of the second
    /// (of which only `participant_uuid` and `user_id` are ever set). Brings no occurrence into being.
    Bound(Identity, Identity),
}

impl Event {
    /// Which kind it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started(..) => "started",
            Self::Ended(..) => "ended",
            Self::Joined(..) => "joined",
            Self::Left(..) => "left",
            Self::Unusable(..) => "unusable",
            Self::Bound(..) => "bound",
        }
    }

    /// The first instant that it speaks of.
    pub fn earliest(&self) -> Option<Instant> {
        let (setting, moment) = match self {
            Self::Started(setting) | Self::Unusable(setting) => (setting, None),
            Self::Ended(setting, end) => (setting, *end),
            Self::Joined(setting, _, moment) | Self::Left(setting, _, moment) => {
                (setting, Some(*moment))
            }
            Self::Bound(..) => return None,
        };
        let moment = moment.map(|moment| moment.at);
        setting.start.into_iter().chain(moment).min()
    }
}
