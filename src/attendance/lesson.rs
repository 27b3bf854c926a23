//! Marks: a class on a date, over all its occurrences.

use super::{
    event::Instant,
    interval::{total, union},
    report::{Interval, Report, Stay},
    school::UserId,
};
use jiff::{Timestamp, civil::Date, tz::Offset};
use std::collections::BTreeMap;

/// What one occurrence says of one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// What counts: sorted, disjoint.
    pub intervals: Vec<Interval>,
    /// The first instant seen joining; none where no join was seen.
    pub first_join: Option<Instant>,
    /// The last instant seen leaving; where a leave never came, the instant that closed the stay.
    pub last_leave: Option<Instant>,
    /// Whether a stay has closed.
    pub closed: bool,
}

impl Presence {
    /// What these stays of one user say, of one occurrence, staged or stored.
    pub fn of(stays: &[Stay]) -> Self {
        Self {
            intervals: union(stays.iter().filter_map(|s| s.counted)),
            first_join: stays.iter().filter_map(|s| s.join).map(|j| j.at).min(),
            last_leave: stays.iter().filter_map(Stay::closed_at).max(),
            closed: stays.iter().any(|s| !s.is_open()),
        }
    }
}

/// What one occurrence brings to its lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its actual start: the earliest part's threshold is the lesson's.
    pub start: Instant,
    /// Whether it has ended.
    pub ended: bool,
    /// Its threshold in seconds, stored with it.
    pub present_after: i64,
    /// Every matched user who was in it.
    pub users: BTreeMap<UserId, Presence>,
}

impl Part {
    /// What `report` brings to its lesson.
    pub fn of(report: &Report, present_after: i64) -> Self {
        let people = report.people.iter();
        Self {
            start: report.start,
            ended: report.end.is_some(),
            present_after,
            users: people
                .filter_map(|person| Some((person.user?, Presence::of(&person.stays))))
                .collect(),
        }
    }
}

/// present, partial, absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The threshold or more.
    Present,
    /// Joined, but less.
    Partial,
    /// Never joined.
    Absent,
}

/// The mark of one student in one lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Who.
    pub student: UserId,
    /// Which.
    pub status: Status,
    /// Length of the union over all parts.
    pub seconds: i64,
    /// First instant seen.
    pub first_join: Option<Instant>,
    /// Last instant seen leaving.
    pub last_leave: Option<Instant>,
}

/// The marks of a lesson, in order of student: one for every enrolled student once all parts have ended;
/// before that, for those of whom a stay has closed. A lesson without parts has none.
pub fn marks(parts: &[Part], enrolled: &[UserId]) -> Vec<Mark> {
    let Some(earliest) = parts.iter().min_by_key(|p| (p.start, p.present_after)) else {
        return Vec::new();
    };
    let over = parts.iter().all(|part| part.ended);
    let mut students = enrolled.to_vec();
    students.sort_unstable();
    students.dedup();
    let marks = students.into_iter().filter_map(|student| {
        let seen: Vec<_> = parts.iter().filter_map(|p| p.users.get(&student)).collect();
        let due = over || seen.iter().any(|presence| presence.closed);
        due.then(|| mark(student, &seen, earliest.present_after))
    });
    marks.collect()
}

/// Whether the marks of a lesson are final at `now`, and no longer provisional: its occurrences ended as
/// given (none: it runs), the last of them `settle` seconds ago, and no delivery of Zoom's is expected any
/// more. A lesson without any occurrence waits for nothing.
pub fn is_final(ends: &[Option<Instant>], settle: i64, now: Instant) -> bool {
    ends.iter()
        .all(|end| end.is_some_and(|end| end.plus(settle) <= now))
}

/// Whether somebody can have missed, or been in, a lesson of this date: there was Zoom, and the day has begun somewhere.
pub fn may_have_been(date: Date, now: Instant) -> bool {
    /// Where a day begins first: UTC+14, the Line Islands.
    const FIRST: Offset = Offset::constant(14);
    let now = Timestamp::from_second(now.0).unwrap_or(Timestamp::MAX);
    date.year() >= 2011 && date <= FIRST.to_datetime(now).date()
}

fn mark(student: UserId, seen: &[&Presence], present_after: i64) -> Mark {
    let intervals = seen.iter().flat_map(|p| p.intervals.iter().copied());
    let seconds = total(&union(intervals));
    let status = match seen {
        [] => Status::Absent,
        _ if seconds >= present_after => Status::Present,
        _ => Status::Partial,
    };
    Mark {
        student,
        status,
        seconds,
        first_join: seen.iter().filter_map(|p| p.first_join).min(),
        last_leave: seen.iter().filter_map(|p| p.last_leave).max(),
    }
}
