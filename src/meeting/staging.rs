//! What was written last, and so which people and stays changed since.

use crate::{
    attendance::report::{Person, Report, Stay},
    store::writer::{Changed, People},
};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// What the rows hold, in short.
#[derive(Debug)]
pub(super) struct Fingerprints {
    people: Box<[Fingerprint]>,
    is_over: bool,
}

/// A person's rows, in hashes.
#[derive(Clone, Copy, Debug)]
struct Fingerprint {
    key: u64,
    /// Everything.
    whole: u64,
    /// The stays but the last, which is where a person changes.
    earlier: u64,
    stays: usize,
}

impl Fingerprints {
    pub(super) fn of(report: &Report) -> Self {
        let of = |person| Fingerprint::of(person, report);
        Self {
            people: report.people.iter().map(of).collect(),
            is_over: report.end.is_some(),
        }
    }

    /// Whether the occurrence has ended, by its event or by the schedule.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// What is to be written of `report`, which these are of, where `written` is what the rows hold.
    pub(super) fn since(&self, written: &Self, report: &Report) -> People {
        let mut before: HashMap<u64, Fingerprint> =
            written.people.iter().map(|was| (was.key, *was)).collect();
        let mut changed = Vec::new();
        for (place, (now, person)) in self.people.iter().zip(&report.people).enumerate() {
            match before.remove(&now.key) {
                Some(was) if was.whole == now.whole => {}
                was => changed.push(Changed {
                    place,
                    kept: was.map_or(0, |was| was.kept(person)),
                    shrunk: was.is_some_and(|was| now.stays < was.stays),
                }),
            }
        }
        // Somebody is no longer there, or is somebody else by now.
        if before.is_empty() {
            People::Changed(changed)
        } else {
            People::All
        }
    }
}

impl Fingerprint {
    /// Beside the person: the meeting's row, which their rows name, and the end, which closes them.
    fn of(person: &Person, report: &Report) -> Self {
        let stays = &person.stays;
        Self {
            key: hash(&person.key),
            whole: hash(&(person, report.meeting, report.end.is_some())),
            earlier: hash(&(person.user, &stays[..stays.len().saturating_sub(1)])),
            stays: stays.len(),
        }
    }

    /// How many of the first rows of stays that this is of are those of `person` too.
    fn kept(&self, person: &Person) -> usize {
        let earlier: Option<&[Stay]> = person.stays.get(..self.stays.saturating_sub(1));
        let kept = earlier.filter(|stays| hash(&(person.user, *stays)) == self.earlier);
        kept.map_or(0, <[Stay]>::len)
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
