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

/// The marks that these raw bodies must give.
pub fn marks<'a>(
    school: &School,
    bodies: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<Key, Mark> {
    let different: BTreeSet<&str> = bodies.into_iter().collect();
    let events: Vec<Event> = different.into_iter().filter_map(Event::read).collect();
    let mut meetings: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in &events {
        meetings.entry(&event.number).or_default().push(event);
    }
    let roll = Roll::of(school);
    let mut marks = BTreeMap::new();
    for class in &school.classes {
        let number = class.meeting.number.to_string();
        let own = meetings.get(&*number).map_or(&[][..], Vec::as_slice);
        mark_class(school, &roll, class, own, &mut marks);
    }
    marks
}

/// The marks of every lesson of one class, from the events of its meeting.
fn mark_class<'a>(
    school: &School,
    roll: &Roll,
    class: &Class,
    events: &[&'a Event],
    marks: &mut BTreeMap<Key, Mark>,
) {
    let mut occurrences: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        occurrences.entry(&event.uuid).or_default().push(event);
    }
    let occurrences = occurrences
        .into_values()
        .filter_map(Occurrence::of)
        .collect();
    for (date, lesson) in lesson::dates(class, occurrences) {
        if lesson.iter().all(|occurrence| occurrence.end.is_none()) {
            continue;
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
}
