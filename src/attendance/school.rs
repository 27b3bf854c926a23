//! What the school knows: users, classes with their enrolments, meetings, registrants; and the rule.

use super::{confirmed::Confirmed, event::Instant};
use jiff::{civil::Date, tz::TimeZone};
use std::{collections::HashMap, fmt};

/// A row of `users`: the 128 bits of its UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub u128);

/// Hyphenated, in lower case.
impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0;
        // All people of a lesson are named by their users whenever it is looked at: one piece is faster than five.
        let mut text = *b"00000000-0000-0000-0000-000000000000";
        let digits = text.iter_mut().rev().filter(|digit| **digit != b'-');
        for (place, digit) in digits.enumerate() {
            *digit = b"0123456789abcdef"[(number >> (4 * place) & 15) as usize];
        }
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

/// A row of `classes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u128);

/// A row of `zoom_meetings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingId(pub u128);

/// A meeting that the school has imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Its row.
    pub id: MeetingId,
    /// The class that it teaches, if any.
    pub class: Option<ClassId>,
    /// The series' first start: only its local time of day counts.
    pub start: Option<Instant>,
    /// Scheduled length in minutes, as stored; outside 1 to 1440 it is unknown.
    pub minutes: Option<i64>,
    /// IANA name as stored, valid or not.
    pub timezone: Option<Box<str>>,
}

/// One student in one class; both ends inclusive, none is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Enrolment {
    /// Who.
    pub student: UserId,
    /// First day.
    pub begin: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
}

impl Enrolment {
    /// Whether it counts on `date` (`OneRoster`'s `beginDate` and `endDate`; none = always).
    pub fn covers(&self, date: Date) -> bool {
        self.begin.is_none_or(|begin| begin <= date) && self.end.is_none_or(|end| date <= end)
    }
}

/// Everything attendance needs to know of the school: an immutable snapshot, shared by all actors.
///
/// A key that several users carry (two e-mails that differ only in case) names all of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct School {
    /// Zoom meeting number -> meeting.
    pub meetings: HashMap<Box<str>, Meeting>,
    /// Class -> its students, in order.
    pub classes: HashMap<ClassId, Vec<Enrolment>>,
    /// Zoom meeting number -> registrant id -> users.
    pub registrants: HashMap<Box<str>, HashMap<Box<str>, Vec<UserId>>>,
    /// A user's id (hyphenated, lower case) or sourced id -> users.
    pub customer_keys: HashMap<Box<str>, Vec<UserId>>,
    /// Zoom user id -> users.
    pub zoom_users: HashMap<Box<str>, Vec<UserId>>,
    /// E-mail, trimmed and in lower case -> users.
    pub emails: HashMap<Box<str>, Vec<UserId>>,
    /// What a person said: it outweighs all of the above.
    pub confirmed: Confirmed,
}

/// A school is full of e-mails and never reaches a log.
impl fmt::Debug for School {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("School(..)")
    }
}

impl School {
    /// The students enrolled in `class` on `date`, each once, in order.
    pub fn enrolled(&self, class: ClassId, date: Date) -> Vec<UserId> {
        let enrolments = self.classes.get(&class).map_or(&[][..], Vec::as_slice);
        let mut students: Vec<_> = enrolments
            .iter()
            .filter(|e| e.covers(date))
            .map(|e| e.student)
            .collect();
        students.sort_unstable();
        students.dedup();
        students
    }
}

/// The attendance rule: the part of the configuration that decides marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Seconds from which a student is present (900).
    pub present_after: i64,
    /// Seconds without any event after which an occurrence without `meeting.ended` is closed (6 h).
    pub silence: i64,
    /// Seconds within which a restarted meeting belongs to the lesson before it (15 min).
    pub restart: i64,
    /// Seconds after the end from which attendance is final (90 min: Zoom's last retry comes at 85).
    pub settle: i64,
    /// The zone of meetings that name none (UTC).
    pub default_timezone: TimeZone,
    /// Seconds by which the scheduled time of day is widened at its beginning (30 min).
    pub lesson_before: i64,
    /// Seconds by which the scheduled time of day is widened at its end (120 min).
    pub lesson_after: i64,
    /// Whether an occurrence outside the schedule counts for no lesson.
    pub only_in_schedule: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            present_after: 900,
            silence: 6 * 3600,
            restart: 15 * 60,
            settle: 90 * 60,
            default_timezone: TimeZone::UTC,
            lesson_before: 30 * 60,
            lesson_after: 120 * 60,
            only_in_schedule: false,
        }
    }
}
