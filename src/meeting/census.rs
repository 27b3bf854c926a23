//! A census: how the actors fare, for people who look. It decides what state an actor is in and which are the worst; it changes
//! nothing, and holds each part of the registry only while that part is read.

use super::{
    registry::Registry,
    slot::{GIVE_UP, HUNG, Slot},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::atomic::Ordering::Relaxed,
};

/// How an actor fares; the later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing waits for it.
    Idle,
    /// Messages wait for it.
    Waiting,
    /// It has its thread.
    Working,
    /// It panicked, and begins again shortly.
    Resting,
    /// It panicked too often in a row, and rests for minutes.
    GivenUp,
    /// It held its thread and did not give it back; it rests for a day.
    Hung,
}

/// One actor. The order is that of the worst: state, panics, messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// How it fares.
    pub state: State,
    /// Panics in a row, a hang counting as one.
    pub panics: u32,
    /// Messages in its mailbox.
    pub queued: usize,
    /// How often another has taken its place since `began_ms`.
    pub restarts: u32,
    /// Since when its occurrence has been in memory, Unix milliseconds.
    pub began_ms: i64,
    /// When it last did something, Unix milliseconds.
    pub touched_ms: i64,
    /// Zoom's uuid of its occurrence.
    pub occurrence: Box<str>,
}

/// All actors by state, and the worst of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// How many are in each state that any is in.
    pub counts: BTreeMap<State, usize>,
    /// The worst, the worst first.
    pub worst: Vec<Entry>,
}

impl State {
    /// All, the best first.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::Waiting,
        Self::Working,
        Self::Resting,
        Self::GivenUp,
        Self::Hung,
    ];

    /// As a label of the metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Waiting => "waiting",
            Self::Working => "working",
            Self::Resting => "resting",
            Self::GivenUp => "given_up",
            Self::Hung => "hung",
        }
    }
}

impl Census {
    /// Of these actors, with at most `most` of them named.
    pub fn of(entries: impl Iterator<Item = Entry>, most: usize) -> Self {
        let mut counts = BTreeMap::new();
        let mut worst = BinaryHeap::with_capacity(most + 1);
        for entry in entries {
            *counts.entry(entry.state).or_default() += 1;
            worst.push(Reverse(entry));
            if worst.len() > most {
                worst.pop();
            }
        }
        let worst = worst.into_sorted_vec();
        Self {
            counts,
            worst: worst.into_iter().map(|Reverse(entry)| entry).collect(),
        }
    }
}

impl Registry {
    /// How the actors fare now, with at most `most` of them named.
    pub fn census(&self, most: usize) -> Census {
        let slots = self.slots().iter();
        Census::of(slots.map(|slot| entry(slot.key(), &slot)), most)
    }

    /// Tells the state of every actor, and how many messages it has in its mailbox.
    pub fn survey(&self, mut see: impl FnMut(State, usize)) {
        for slot in self.slots() {
            let (state, queued) = fares(&slot);
            see(state, queued);
        }
    }
}

fn fares(slot: &Slot) -> (State, usize) {
    let vitals = &slot.vitals;
    let (panics, queued) = (vitals.panics.load(Relaxed), vitals.queued());
    let state = state(vitals.rests(), vitals.is_busy(), panics, queued);
    (state, queued)
}

fn entry(occurrence: &str, slot: &Slot) -> Entry {
    let vitals = &slot.vitals;
    let panics = vitals.panics.load(Relaxed);
    let (state, queued) = fares(slot);
    Entry {
        state,
        panics: if panics >= HUNG { 1 } else { panics },
        queued,
        restarts: slot.restarts,
        began_ms: slot.began_ms,
        touched_ms: vitals.touched.load(Relaxed),
        occurrence: occurrence.into(),
    }
}

fn state(rests: bool, busy: bool, panics: u32, queued: usize) -> State {
    match (rests, panics) {
        (true, HUNG..) => State::Hung,
        (true, GIVE_UP..) => State::GivenUp,
        (true, _) => State::Resting,
        _ if busy => State::Working,
        _ if queued > 0 => State::Waiting,
        _ => State::Idle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(state: State, panics: u32, queued: usize, occurrence: &str) -> Entry {
        Entry {
            state,
            panics,
            queued,
            restarts: 0,
            began_ms: 0,
            touched_ms: 0,
            occurrence: occurrence.into(),
        }
    }

    #[test]
    fn all_are_counted_and_the_worst_named_first() {
        let all = [
            entry(State::Idle, 0, 0, "a"),
            entry(State::Hung, 1, 0, "b"),
            entry(State::Waiting, 0, 3, "c"),
            entry(State::Waiting, 0, 9, "d"),
            entry(State::Idle, 0, 0, "e"),
            entry(State::GivenUp, 7, 2, "f"),
        ];
        let census = Census::of(all.into_iter(), 3);
        let named: Vec<_> = census.worst.iter().map(|e| &*e.occurrence).collect();
        assert_eq!(named, ["b", "f", "d"]);
        let counts: Vec<_> = census.counts.into_iter().collect();
        assert_eq!(
            counts,
            [
                (State::Idle, 2),
                (State::Waiting, 2),
                (State::GivenUp, 1),
                (State::Hung, 1)
            ]
        );
    }

    #[test]
    fn a_state_is_what_weighs_most() {
        for (rests, busy, panics, queued, expected) in [
            (false, false, 0, 0, State::Idle),
            (false, false, 0, 1, State::Waiting),
            (false, true, 3, 1, State::Working),
            (true, false, 2, 0, State::Resting),
            (true, false, GIVE_UP, 1, State::GivenUp),
            (true, false, HUNG, 1, State::Hung),
            (false, false, HUNG, 0, State::Idle),
        ] {
            assert_eq!(state(rests, busy, panics, queued), expected);
        }
    }
}
