//! The events of one commit: each key once, with everybody who waits for it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::commit::Key;
use super::insert::New;
use super::event::{Appended, Committed, Incoming, Unavailable};
use super::intake::{Job, Waiter};

/// In the order in which they came; never empty.
pub(super) struct Batch(Vec<Slot>);

struct Slot {
    key: Key,
    incoming: Incoming,
    waiters: Vec<Waiter>,
}

impl Batch {
    /// Joins those that are the same.
    pub(super) fn of(jobs: Vec<Job>) -> Self {
        let mut slots: Vec<Slot> = Vec::with_capacity(jobs.len());
        let mut places: HashMap<Key, usize> = HashMap::with_capacity(jobs.len());
        for Job {
            incoming,
            key,
            waiter,
        } in jobs
        {
            match places.entry(key) {
                Entry::Occupied(place) => slots[*place.get()].waiters.push(waiter),
                Entry::Vacant(place) => {
                    place.insert(slots.len());
                    slots.push(Slot {
                        key,
                        incoming,
                        waiters: vec![waiter],
                    });
                }
            }
        }
        Self(slots)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What is to be inserted.
    pub(super) fn events(&self) -> Vec<(Key, &Incoming)> {
        self.0
            .iter()
            .map(|slot| (slot.key, &slot.incoming))
            .collect()
    }

    /// The earlier and the later half, where there are two events or more.
    pub(super) fn halve(mut self) -> Result<(Self, Self), Self> {
        if self.0.len() < 2 {
            return Err(self);
        }
        let later = self.0.split_off(self.0.len() / 2);
        Ok((self, Self(later)))
    }

    /// Answers everybody alike.
    pub(super) fn refuse(self, reason: Unavailable) {
        for waiter in self.0.into_iter().flat_map(|slot| slot.waiters) {
            waiter.answer(Err(reason));
        }
    }

    /// Answers everybody; `new` holds the `seq` of each event that was not yet there. Returns those of them that fold, in order.
    pub(super) fn conclude(self, new: &New) -> Vec<Committed> {
        let mut committed = Vec::with_capacity(new.len());
        for slot in self.0 {
            let seq = new.get(&slot.key).copied();
            let mut fate = seq.map_or(Appended::Duplicate, |_| Appended::New);
            for waiter in slot.waiters {
                waiter.answer(Ok(fate));
                fate = Appended::Duplicate;
            }
            let Incoming {
                received_at,
                delivery,
                ..
            } = slot.incoming;
            committed.extend(seq.and_then(|seq| Committed::of(seq, received_at, delivery)));
        }
        committed.sort_unstable_by_key(|event| event.seq);
        committed
    }
}
