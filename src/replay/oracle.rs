//! What a set of delivered bodies must give, counted naively: one mark a second, no cleverness.
//!
//! Written from the rules alone and without any code of the attendance core, so that the two can be compared. It reads
//! the raw bodies itself, in any order and with any number of copies, and answers for every enrolled student of every
//! lesson whose meeting has ended. It leaves out what needs a clock: meetings without an end are not closed by silence.

mod lesson;
mod reading;
mod roll;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::school::{Class, School};
use lesson::Occurrence;
use reading::Event;
use roll::Roll;

/// A student is present from so many seconds on.
const THRESHOLD: u32 = 900;

/// What a mark is about. Ordered by class, date, student.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// The class's `sourced_id`.
    pub class: String,
    /// The lesson's local date.
    pub date: Date,
    /// The student's `sourced_id`.
    pub student: String,
}

/// What the attendance record must say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Its status.
    pub status: Status,
    /// Its seconds.
    pub seconds: u32,
}

/// The three words of an attendance record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Long enough.
    Present,
    /// There, but not long enough.
    Partial,
    /// Never there.
    Absent,
}

impl Status {
    /// As the read API spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Partial => "partial",
            Self::Absent => "absent",
        }
    }
}

/// A class on a date, as delivered bodies have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lesson {
    /// The class's `sourced_id`.
    pub class: String,
    /// The local date that it counts for.
    pub date: Date,
    /// Zoom's `uuid` of each of its runs.
    pub runs: Vec<String>,
    /// Whether the end of every run was told. Without it marks hang on a clock, and this oracle has none.
    pub is_over: bool,
}

/// The marks that these raw bodies must give.
pub fn marks<'a>(
    school: &School,
    bodies: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<Key, Mark> {
    let events = read(bodies);
    let meetings = by_meeting(&events);
    let roll = Roll::of(school);
    let mut marks = BTreeMap::new();
    for class in &school.classes {
        for (date, lesson) in dates(class, &meetings) {
            mark_lesson(school, &roll, class, date, &lesson, &mut marks);
        }
    }
    marks
}

/// The lessons of which these raw bodies tell, whether they give marks or not; in order of class and date.
pub fn lessons<'a>(school: &School, bodies: impl IntoIterator<Item = &'a str>) -> Vec<Lesson> {
    let events = read(bodies);
    let meetings = by_meeting(&events);
    let mut lessons = Vec::new();
    for class in &school.classes {
        let each = dates(class, &meetings).into_iter();
        lessons.extend(each.map(|(date, runs)| Lesson {
            class: class.sourced_id.clone(),
            date,
            is_over: runs.iter().all(|run| run.end.is_some()),
            runs: runs.iter().map(|run| run.uuid().to_owned()).collect(),
        }));
    }
    lessons
}

/// What counts of these bodies, each once.
fn read<'a>(bodies: impl IntoIterator<Item = &'a str>) -> Vec<Event> {
    let different: BTreeSet<&str> = bodies.into_iter().collect();
    different.into_iter().filter_map(Event::read).collect()
}

/// Events by the number of their meeting.
fn by_meeting(events: &[Event]) -> BTreeMap<&str, Vec<&Event>> {
    let mut meetings: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        meetings.entry(&event.number).or_default().push(event);
    }
    meetings
}

/// The runs of a class's meeting, by the date that they count for.
fn dates<'a>(
    class: &Class,
    meetings: &BTreeMap<&str, Vec<&'a Event>>,
) -> BTreeMap<Date, Vec<Occurrence<'a>>> {
    let number = class.meeting.number.to_string();
    let mut occurrences: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for &event in meetings.get(number.as_str()).into_iter().flatten() {
        occurrences.entry(&event.uuid).or_default().push(event);
    }
    let occurrences = occurrences.into_values().filter_map(Occurrence::of);
    lesson::dates(class, occurrences.collect())
}

/// The marks of everybody enrolled.
fn mark_lesson(
    school: &School,
    roll: &Roll,
    class: &Class,
    date: Date,
    lesson: &[Occurrence<'_>],
    marks: &mut BTreeMap<Key, Mark>,
) {
    if lesson.iter().all(|occurrence| occurrence.end.is_none()) {
        return;
    }
    let people: Vec<_> = lesson
        .iter()
        .flat_map(|run| run.people(roll, class))
        .collect();
    for enrolled in &class.enrolled {
        let student = school.students[enrolled.student].sourced_id.clone();
        let mark = lesson::mark(&people, &student);
        let class = class.sourced_id.clone();
        marks.insert(
            Key {
                class,
                date,
                student,
            },
            mark,
        );
    }
}
