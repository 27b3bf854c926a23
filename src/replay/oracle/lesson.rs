//! One lesson's seconds: which occurrences belong to it, whose the connections are, and when each was there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::reading::{Event, Kind};
use super::roll::Roll;
use super::{Mark, Status, THRESHOLD};
use crate::replay::school::Class;

/// A meeting that starts so soon after its end is the same lesson.
const RESTART: i64 = 15 * 60;

/// One run of a meeting and what was said about it.
pub(super) struct Occurrence<'a> {
    events: Vec<&'a Event>,
    start: i64,
    last: i64,
    /// The latest end that was told.
    pub(super) end: Option<i64>,
}

impl<'a> Occurrence<'a> {
    /// `None` where nothing brings an occurrence into being.
    pub(super) fn of(events: Vec<&'a Event>) -> Option<Self> {
        let real = |event: &&&Event| !matches!(event.kind, Kind::Bound { .. });
        let mut starts: Vec<i64> = events
            .iter()
            .filter(real)
            .filter_map(|event| event.start)
            .collect();
        let mut instants = Vec::new();
        let mut ends = Vec::new();
        for event in &events {
            match event.kind {
                Kind::Joined(at) => {
                    starts.push(at);
                    instants.push(at);
                }
                Kind::Left(at) => instants.push(at),
                Kind::Ended(at) => ends.push(at),
                Kind::Started | Kind::Bound { .. } => {}
            }
        }
        let start = starts.into_iter().min()?;
        Some(Self {
            start,
            last: instants.into_iter().max().unwrap_or(start),
            end: ends.into_iter().max(),
            events,
        })
    }

    /// Zoom's name of it.
    pub(super) fn uuid(&self) -> &'a str {
        &self.events[0].uuid
    }

    /// The connection an event is about.
    fn connection(&self, event: &Event) -> Option<String> {
        if let Some(uuid) = event.says("participant_uuid") {
            return Some(uuid);
        }
        if let Some(seat) = event.says("user_id") {
            let same = |other: &&&Event| other.says("user_id").as_deref() == Some(seat.as_str());
            let mut elsewhere = self.events.iter().filter(same);
            let uuid = elsewhere.find_map(|other| other.says("participant_uuid"));
            return Some(uuid.unwrap_or(format!("seat {seat}")));
        }
        let keys = [
            "participant_user_id",
            "id",
            "registrant_id",
            "customer_key",
            "email",
        ];
        keys.iter().find_map(|key| event.says(key))
    }

    /// Whose connections there are.
    pub(super) fn people(&self, roll: &Roll, class: &Class) -> Vec<Person<'a>> {
        let mut connections: BTreeMap<String, Vec<&'a Event>> = BTreeMap::new();
        let mut people: Vec<BTreeSet<String>> = Vec::new();
        for event in &self.events {
            let own = self.connection(event);
            let mut together: BTreeSet<String> = own.iter().cloned().collect();
            if let Kind::Bound { to: Some(to) } = &event.kind {
                together.insert(to.clone());
            }
            if let Some(own) = own {
                connections.entry(own).or_default().push(event);
            }
            let (touched, mut apart): (Vec<_>, Vec<_>) = people
                .into_iter()
                .partition(|person| !person.is_disjoint(&together));
            together.extend(touched.into_iter().flatten());
            apart.push(together);
            people = apart;
        }
        let person = |names: BTreeSet<String>| {
            let own: Vec<_> = names
                .iter()
                .filter_map(|name| connections.get(name).cloned())
                .collect();
            let named: BTreeSet<String> = own
                .iter()
                .flatten()
                .flat_map(|event| roll.named(class, event))
                .collect();
            Person {
                user: if named.len() == 1 {
                    named.into_iter().next()
                } else {
                    None
                },
                connections: own,
                end: self.end,
            }
        };
        people.into_iter().map(person).collect()
    }
}

/// Connections that belong together.
pub(super) struct Person<'a> {
    /// The one user that all their keys name.
    user: Option<String>,
    connections: Vec<Vec<&'a Event>>,
    /// The occurrence's end.
    end: Option<i64>,
}

/// The occurrences of a class's meeting by the local date that they count for.
pub(super) fn dates<'a>(
    class: &Class,
    mut occurrences: Vec<Occurrence<'a>>,
) -> BTreeMap<Date, Vec<Occurrence<'a>>> {
    let zone = TimeZone::get(&class.meeting.timezone).expect("the school names IANA zones");
    occurrences.sort_by_key(|occurrence| occurrence.start);
    let mut dates: BTreeMap<Date, Vec<Occurrence<'a>>> = BTreeMap::new();
    let mut before: Option<(Date, i64)> = None;
    for occurrence in occurrences {
        let start =
            Timestamp::from_second(occurrence.start).expect("a lesson is within the calendar");
        let date = match before {
            Some((date, end)) if occurrence.start <= end + RESTART => date,
            _ => start.to_zoned_datetime(zone.clone()).date(),
        };
        before = Some((date, occurrence.end.unwrap_or(occurrence.last)));
        dates.entry(date).or_default().push(occurrence);
    }
    dates
}

/// One student's mark in a lesson to which these people came.
pub(super) fn mark(people: &[Person<'_>], student: &str) -> Mark {
    let mut joined = false;
    let mut there: Vec<(i64, i64)> = Vec::new();
    for person in people
        .iter()
        .filter(|person| person.user.as_deref() == Some(student))
    {
        for connection in &person.connections {
            joined |= connection
                .iter()
                .any(|event| matches!(event.kind, Kind::Joined(_) | Kind::Left(_)));
            there.extend(stays(connection, person.end));
        }
    }
    let seconds = seconds(&there);
    let status = match (joined, seconds >= THRESHOLD) {
        (false, _) => Status::Absent,
        (true, false) => Status::Partial,
        (true, true) => Status::Present,
    };
    Mark { status, seconds }
}

/// How many seconds there are in one stay at least: each is marked by itself, and the marks counted.
fn seconds(stays: &[(i64, i64)]) -> u32 {
    let real = || stays.iter().filter(|(from, until)| from < until);
    let first = real().map(|stay| stay.0).min().unwrap_or(0);
    let last = real().map(|stay| stay.1).max().unwrap_or(0);
    let place = |second: i64| usize::try_from(second - first).expect("none is before the first");
    let mut marked = vec![false; place(last)];
    for &(from, until) in real() {
        marked[place(from)..place(until)].fill(true);
    }
    let count = marked.into_iter().filter(|marked| *marked).count();
    u32::try_from(count).expect("a lesson is shorter than a century")
}

/// The stays of one connection that count, as seconds `from..until`.
fn stays(connection: &[&Event], end: Option<i64>) -> Vec<(i64, i64)> {
    let mut seats: BTreeMap<Option<String>, (BTreeSet<i64>, BTreeSet<i64>)> = BTreeMap::new();
    for event in connection {
        let (joins, leaves) = seats.entry(event.says("user_id")).or_default();
        match event.kind {
            Kind::Joined(at) => _ = joins.insert(at),
            Kind::Left(at) => _ = leaves.insert(at),
            _ => {}
        }
    }
    // Where the connection shows itself again: a later join, or a leave that has no join.
    let mut signs: BTreeSet<i64> = BTreeSet::new();
    for (joins, leaves) in seats.values() {
        signs.extend(if joins.is_empty() { leaves } else { joins });
    }
    let mut stays = Vec::new();
    for (joins, leaves) in seats.values() {
        for &join in joins {
            // A leave is that of the last join at or before it; of the first join, if it lies before all.
            let first = joins.first() == Some(&join);
            let next = joins.iter().find(|&&other| other > join);
            let own = leaves.iter().filter(|&&leave| {
                (first || leave >= join) && next.is_none_or(|&next| leave < next)
            });
            let told = own.max().copied();
            let until = told
                .or_else(|| signs.iter().find(|&&sign| sign > join).copied())
                .or(end);
            // Nothing counts beyond the end; an open stay of a running meeting does not count yet.
            if let Some(until) = until {
                stays.push((join, until.min(end.unwrap_or(until))));
            }
        }
    }
    stays
}
