//! From the fold to people, stays, end and date of one occurrence.
//!
//! This file only puts together what `timetable`, `ending` and `person` decide.

use super::{
    confirmed::{Key, Place},
    ending::Ending,
    event::Instant,
    occurrence::Occurrence,
    person::{Limits, keys, people},
    school::{ClassId, MeetingId, Rule, School},
    seat::What,
    timetable::Timetable,
};
use jiff::civil::Date;
use std::collections::BTreeSet;

pub use super::{
    ending::EndedBy,
    interval::Interval,
    matching::MatchedBy,
    person::Person,
    stay::{Evidence, Stay},
};

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

impl Neighbour {
    /// Whether an occurrence restarts this one: it starts later, and within `restart` seconds of this one's end.
    pub fn is_restarted_by(&self, uuid: &str, start: Instant, restart: i64) -> bool {
        (self.start, &*self.uuid) < (start, uuid) && start <= self.last.plus(restart)
    }
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
    /// The other occurrences of the meeting that it may restart, and any others of it; in any order.
    pub neighbours: &'a [Neighbour],
}

/// All there is to say of one occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The least of `object.start_time` and the join times; the end or a leave where there is neither;
    /// the first arrival where Zoom gave no instant at all.
    pub start: Instant,
    /// The last instant of any join, leave or end; the start where there is none.
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

impl Report {
    /// When it ended, but not before it began, whatever Zoom says; while it runs, its last instant so far. This is what a restarted
    /// occurrence is measured from ([`Neighbour::last`]).
    pub fn end_or_last(&self) -> Instant {
        self.end.map_or(self.last, |(end, _)| end.max(self.start))
    }
}

impl<'a> Context<'a> {
    fn place(&self) -> Place<'a> {
        Place {
            uuid: self.uuid,
            meeting: self.meeting,
        }
    }
}

impl Occurrence {
    /// Judges the occurrence at `now`; none while nothing has brought it into being.
    pub fn report(&self, context: &Context<'_>, now: Instant) -> Option<Report> {
        let (first_arrival, last_arrival) = self.arrivals?;
        let Context { school, rule, .. } = *context;
        let meeting = school.meetings.get(context.meeting);
        let timezone = self.timezone.get().map(|name| &**name);
        let minutes = self.minutes.get().copied();
        let timetable = Timetable::of(meeting, timezone, minutes, rule);

        let start = self.first_instant().unwrap_or(first_arrival);
        let date = timetable.date(start, context);
        let seen = self.last_presence().map_or(start, |seen| seen.max(start));
        let scheduled = timetable.end(start, date);
        let Ending { end, silent_at } = Ending::of(self, last_arrival, seen, scheduled, rule, now);
        let last = end.map_or(seen, |(end, _)| end.max(seen));
        let limits = Limits { end, last };
        let until = end.map_or(last, |(end, _)| end);
        let outside_schedule = timetable.excludes(start, until, date, rule);
        let left_out = outside_schedule && rule.only_in_schedule;
        Some(Report {
            start,
            last,
            end,
            silent_at,
            date,
            meeting: meeting.map(|m| m.id),
            class: meeting.and_then(|m| m.class).filter(|_| !left_out),
            outside_schedule,
            unusable: u32::try_from(self.unusable.len()).unwrap_or(u32::MAX),
            topic: self.topic.get().cloned(),
            people: people(self, context.place(), school, limits),
        })
    }

    /// The keys under which a person of this occurrence can be confirmed, as its report calls them; none where it has
    /// no such person.
    pub fn keys_of(&self, person: &str, context: &Context<'_>) -> BTreeSet<Key> {
        keys(self, context.place(), context.school, person)
    }

    /// The least of `object.start_time` and the join times; of the end and the leaves where there is neither.
    fn first_instant(&self) -> Option<Instant> {
        let seen = |what| {
            let moments = self.seats.moments();
            moments.filter_map(move |(seen, moment)| (seen == what).then_some(moment.at))
        };
        let began = seen(What::Join).chain(self.start).min();
        let went = seen(What::Leave).chain(self.end.map(|end| end.at)).min();
        began.or(went)
    }

    /// The greatest join or leave instant.
    fn last_presence(&self) -> Option<Instant> {
        self.seats.moments().map(|(_, moment)| moment.at).max()
    }
}
