//! Marks: a class on a date, over all its occurrences.

use super::{
    event::Instant,
    report::{Interval, Report},
    school::UserId,
};
use std::collections::BTreeMap;

/// What one occurrence says of one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// What counts: sorted, disjoint.
    pub intervals: Vec<Interval>,
    /// The first instant seen.
    pub first_join: Option<Instant>,
    /// The last instant seen leaving.
    pub last_leave: Option<Instant>,
    /// Whether a stay has closed.
    pub closed: bool,
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

impl Presence {
    /// What these stays of one user say.
    pub fn of(stays: &[super::report::Stay]) -> Self {
        let _ = stays;
        Self::default()
    }
}

impl Part {
    /// What `report` brings to its lesson.
    pub fn of(report: &Report, present_after: i64) -> Self {
        let _ = report;
        Self {
            start: Instant(0),
            ended: false,
            present_after,
            users: BTreeMap::new(),
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
/// before that, for those of whom a stay has closed.
pub fn marks(parts: &[Part], enrolled: &[UserId]) -> Vec<Mark> {
    let _ = (parts, enrolled);
    Vec::new()
}
