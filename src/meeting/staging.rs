//! Which people changed since they were last written.

use crate::{
    attendance::report::{Person, Report},
    store::writer::People,
};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// A hash of everything that a person's rows hold, by the person's key.
#[derive(Debug, Default)]
pub(super) struct Fingerprints(HashMap<Box<str>, u64>);

impl Fingerprints {
    pub(super) fn of(report: &Report) -> Self {
        Self(
            report
                .people
                .iter()
                .map(|person| (person.key.clone(), fingerprint(person, report)))
                .collect(),
        )
    }

    /// Who is to be written where `written` is what the rows hold.
    pub(super) fn since(&self, written: &Self, report: &Report) -> People {
        let is_new = |person: &Person| self.0.get(&person.key) != written.0.get(&person.key);
        let places = report.people.iter().enumerate();
        let changed = places
            .filter(|(_, person)| is_new(person))
            .map(|(place, _)| place)
            .collect();
        let removed = written
            .0
            .keys()
            .filter(|key| !self.0.contains_key(*key))
            .cloned()
            .collect();
        People::Changed { changed, removed }
    }
}

/// Beside the person: the meeting's row and whether it has ended, which their rows tell too.
fn fingerprint(person: &Person, report: &Report) -> u64 {
    let mut hasher = DefaultHasher::new();
    (person, report.meeting, report.end.is_some()).hash(&mut hasher);
    hasher.finish()
}
