//! Supervision: how actors start, and who takes the place of one that panics or hangs.
//!
//! **Panic.** The future that runs an actor catches it and puts a fresh actor into the slot, after a growing pause, with `sent`
//! kept: what the mailbox held is read from the journal. After [`GIVE_UP`] panics in a row the pause is a long one.
//! **Hang.** A thread that an actor never gives back cannot be ended. It is left to itself: all its occurrences get fresh actors on a
//! fresh thread; the one that held it rests for a day, since it would hang again. Should the old thread come back, it ends.

use super::{
    actor::Meeting,
    registry::{Inner, hash},
    slot::{GIVE_UP, HUNG, Slot, Vitals},
};
use crate::{clock, priority};
use actix::{
    Addr, Arbiter, Context,
    dev::{ContextFut, channel},
};
use futures_util::FutureExt;
use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
};
use tokio::runtime::Builder;

/// A thread for actors. Must be called on a thread that has an actix system.
pub(super) fn arbiter() -> Arbiter {
    Arbiter::with_tokio_rt(|| {
        priority::give_way();
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("the system has room for a thread's runtime")
    })
}

impl Inner {
    /// A fresh actor, on the arbiter that the occurrence's hash gives.
    pub(super) fn start(self: &Arc<Self>, occurrence: Arc<str>, sent: i64, panics: u32) -> Slot {
        let generation = self.generations.fetch_add(1, Relaxed);
        let began_ms = clock::now_ms();
        let vitals = Arc::new(Vitals::new(panics, began_ms));
        let (address, mailbox) = channel::channel(0); // bounded by the slot's count instead
        let (inner, shared) = (Arc::clone(self), Arc::clone(&vitals));
        metrics::counter!("rollcall_actors_started_total").increment(1);
        let arbiters = self.arbiters.read().unwrap_or_else(PoisonError::into_inner);
        arbiters[place(&occurrence, arbiters.len())].spawn_fn(move || {
            actix::spawn(async move {
                Box::pin(shared.rest()).await;
                let (uuid, own) = (Arc::clone(&occurrence), Arc::clone(&inner));
                let meeting = Meeting::new(uuid, generation, own, shared);
                if AssertUnwindSafe(live(meeting, mailbox))
                    .catch_unwind()
                    .await
                    .is_err()
                {
                    inner.restart(&occurrence, generation);
                }
            });
        });
        Slot {
            address: Addr::new(address),
            generation,
            sent,
            began_ms,
            restarts: 0,
            vitals,
        }
    }

    /// Replaces an actor that panicked.
    fn restart(self: &Arc<Self>, occurrence: &str, generation: u64) {
        if self.is_draining() {
            return self.abandon(occurrence, generation); // the journal has the rest
        }
        let Some(mut slot) = self
            .slots
            .get_mut(occurrence)
            .filter(|slot| slot.generation == generation)
        else {
            return;
        };
        let panics = slot.vitals.panics.load(Relaxed) + 1;
        tracing::error!(
            occurrence.uuid = occurrence,
            panics,
            "meeting actor panicked; a fresh one takes its place"
        );
        *slot = self.successor(Arc::clone(slot.key()), &slot, panics);
    }

    fn successor(self: &Arc<Self>, occurrence: Arc<str>, slot: &Slot, panics: u32) -> Slot {
        metrics::counter!("rollcall_actors_restarted_total").increment(1);
        if panics >= GIVE_UP {
            tracing::error!(
                occurrence.uuid = &*occurrence,
                "meeting actor is given up for a while; the journal has its events"
            );
            metrics::counter!("rollcall_actors_given_up_total").increment(1);
        }
        Slot {
            began_ms: slot.began_ms,
            restarts: slot.restarts.saturating_add(1),
            ..self.start(occurrence, slot.sent, panics)
        }
    }

    /// Leaves a thread that hangs to itself. Must be called on a thread that has an actix system.
    pub(super) fn replace_arbiter(self: &Arc<Self>, hung: usize) {
        let count = {
            let mut arbiters = self
                .arbiters
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            // Should the old thread come back, it ends, and its actors with it.
            std::mem::replace(&mut arbiters[hung], arbiter()).stop();
            arbiters.len()
        };
        let held: Vec<Arc<str>> = self
            .slots
            .iter()
            .map(|slot| Arc::clone(slot.key()))
            .filter(|occurrence| place(occurrence, count) == hung)
            .collect();
        for occurrence in held {
            let Some(mut slot) = self.slots.get_mut(&occurrence) else {
                continue;
            };
            let hangs = slot.vitals.is_busy();
            if hangs {
                tracing::error!(occurrence.uuid = &*occurrence, "meeting actor hangs");
            }
            let panics = if hangs { HUNG } else { 0 };
            *slot = self.successor(occurrence, &slot, panics);
        }
    }

    /// Ends the actors' threads.
    pub(super) fn stop_arbiters(&self) {
        let arbiters = self.arbiters.read().unwrap_or_else(PoisonError::into_inner);
        for arbiter in arbiters.iter() {
            arbiter.stop();
        }
    }
}

/// An actor's life. It stands in the heap once: a future that held it would have room for it before and while it lives.
fn live(
    meeting: Meeting,
    mailbox: channel::AddressReceiver<Meeting>,
) -> Pin<Box<ContextFut<Meeting, Context<Meeting>>>> {
    Box::pin(Context::with_receiver(mailbox).into_future(meeting))
}

/// The arbiter of an occurrence, of so many.
fn place(occurrence: &str, arbiters: usize) -> usize {
    usize::try_from(hash(occurrence)).unwrap_or_default() % arbiters
}
