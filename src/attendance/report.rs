//! From the fold to people, stays, end and date of one occurrence.

use super::{
    event::{Instant, Moment},
    occurrence::Occurrence,
    school::{ClassId, MeetingId, Rule, School, UserId},
};
use jiff::civil::Date;

/// A half-open span of presence `[from, until)`; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// First second.
    pub from: Instant,
    /// First second after.
    pub until: Instant,
}

/// Why a stay ends where it ends, or counts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// Zoom reported both ends; or the stay is still open.
    Observed,
    /// Its own leave never came; the connection's leave without a join closed it.
    ClosedByLeave,
    /// Its own leave never came; the connection's next join closed it.
    ClosedByNextJoin,
    /// Its leave never came; `meeting.ended` closed it.
    ClosedByEnd,
    /// Neither its leave nor `meeting.ended` came; the schedule closed it.
    ClosedBySchedule,
    /// A leave without a join that closed nothing: counts zero.
    ArrivalUnknown,
    /// The leave is before the join: counts zero.
    Inverted,
    /// It begins at or after the end: counts zero.
    AfterEnd,
}

/// By what a person was tied to a user; the strongest key that named them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// `registrant_id`.
    Registrant,
    /// `customer_key`.
    CustomerKey,
    /// Zoom user id.
    ZoomUser,
    /// E-mail.
    Email,
}

/// One stay: a join instant of one (connection, `user_id`) and at most one leave.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stay {
    /// `participant_uuid`, or what stands in for it.
    pub connection: Box<str>,
    /// Zoom's `user_id`.
    pub zoom_user_id: Option<Box<str>>,
    /// As observed.
    pub join: Option<Moment>,
    /// As observed.
    pub leave: Option<Moment>,
    /// What it counts, cut at the end; none while open and where it counts zero.
    pub counted: Option<Interval>,
    /// Why.
    pub evidence: Evidence,
}

/// One or several connections tied together by identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    /// Unique and stable within the occurrence: `user:<uuid>`, `email:<e-mail>`, `connection:<key>` or `conflict:<key>`.
    pub key: Box<str>,
    /// The user that all keys agree on.
    pub user: Option<UserId>,
    /// By which key.
    pub matched_by: Option<MatchedBy>,
    /// Keys name different users.
    pub conflict: bool,
    /// Overlapping connections of one registrant under different names.
    pub shared_registrant: bool,
    /// The latest name.
    pub name: Option<Box<str>>,
    /// The latest e-mail.
    pub email: Option<Box<str>>,
    /// The latest Zoom account.
    pub zoom_user_id: Option<Box<str>>,
    /// The latest registrant id.
    pub registrant_id: Option<Box<str>>,
    /// Every stay, in order of (first known instant, connection, user id).
    pub stays: Vec<Stay>,
    /// The union of what the stays count: sorted, disjoint, not touching.
    pub intervals: Vec<Interval>,
}

impl Person {
    /// Length of the union, in seconds.
    pub fn seconds(&self) -> i64 {
        self.intervals.iter().map(|i| i.until.0 - i.from.0).sum()
    }
}

/// How an end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndedBy {
    /// `meeting.ended`.
    Event,
    /// Silence: closed by the schedule.
    Schedule,
}

/// Another occurrence of the same meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its Zoom uuid.
    pub uuid: Box<str>,
    /// Its actual start.
    pub start: Instant,
    /// Its end, or its last instant so far.
    pub last: Instant,
    /// Its date.
    pub date: Date,
}

/// What an occurrence is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Zoom's uuid of this occurrence.
    pub uuid: &'a str,
    /// Zoom's number of its meeting.
    pub meeting: &'a str,
    /// What the school knows.
    pub school: &'a School,
    /// The rule; its `present_after` is not used here (it is stored with the occurrence).
    pub rule: &'a Rule,
    /// The other occurrences of the meeting, in any order.
    pub neighbours: &'a [Neighbour],
}

/// All there is to say of one occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The least of `object.start_time` and the join times; the end or a leave where there is neither.
    pub start: Instant,
    /// The last instant of any join, leave or end.
    pub last: Instant,
    /// The end, and how it is known; none while it runs.
    pub end: Option<(Instant, EndedBy)>,
    /// When silence will close it, if nothing arrives; none once `meeting.ended` has come.
    pub silent_at: Option<Instant>,
    /// The local date that it counts for.
    pub date: Date,
    /// Its meeting, if the school knows it.
    pub meeting: Option<MeetingId>,
    /// The class that it counts for; none if unknown, or if it is outside the schedule and the rule leaves such out.
    pub class: Option<ClassId>,
    /// Wholly outside the scheduled time of day, widened: to be reviewed.
    pub outside_schedule: bool,
    /// Presence events that carried neither a time nor a key.
    pub unusable: u32,
    /// The latest topic that Zoom gave.
    pub topic: Option<Box<str>>,
    /// Everybody, in order of key.
    pub people: Vec<Person>,
}

impl Occurrence {
    /// Judges the occurrence at `now`; none while nothing has brought it into being.
    pub fn report(&self, context: &Context<'_>, now: Instant) -> Option<Report> {
        let _ = (context, now);
        None
    }
}
