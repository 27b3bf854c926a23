//! What was written last, and so which people changed since.

use crate::{
    attendance::report::{Person, Report},
    store::writer::People,
};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// What the rows hold, in short.
#[derive(Debug)]
pub(super) struct Fingerprints {
    /// A hash of everything that a person's rows hold, by the person's key.
    people: HashMap<Box<str>, u64>,
    is_over: bool,
}

impl Fingerprints {
    pub(super) fn of(report: &Report) -> Self {
        let fingerprint = |person: &Person| (person.key.clone(), fingerprint(person, report));
        Self {
            people: report.people.iter().map(fingerprint).collect(),
            is_over: report.end.is_some(),
        }
    }

    /// Whether the occurrence has ended, by its event or by the schedule.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Who is to be written where `written` is what the rows hold.
    pub(super) fn since(&self, written: &Self, report: &Report) -> People {
        let is_new =
            |person: &Person| self.people.get(&person.key) != written.people.get(&person.key);
        let places = report.people.iter().enumerate();
        let changed = places
            .filter(|(_, person)| is_new(person))
            .map(|(place, _)| place)
            .collect();
        let removed = written
            .people
            .keys()
            .filter(|key| !self.people.contains_key(*key))
            .cloned()
            .collect();
        People::Changed { changed, removed }
    }
}

/// Beside the person: the meeting's row, which their rows name, and the end, which closes them.
fn fingerprint(person: &Person, report: &Report) -> u64 {
    let mut hasher = DefaultHasher::new();
    (person, report.meeting, report.end.is_some()).hash(&mut hasher);
    hasher.finish()
}
