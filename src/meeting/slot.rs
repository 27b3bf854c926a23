//! A slot: an actor's address, what was sent to it, and what both sides see of it.

use super::actor::Meeting;
use actix::{Addr, Handler, Message};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// After so many panics in a row the actor is given up: it is tried again after [`REST`].
pub(super) const GIVE_UP: u32 = 7;
/// How long an actor that was given up rests.
const REST: Duration = Duration::from_mins(5);
/// Stands for the panics of an actor that hung: it costs a thread, and is not tried again for a day.
pub(super) const HUNG: u32 = 1000;
const DAY: Duration = Duration::from_hours(24);

/// An occurrence's place in the registry.
pub(super) struct Slot {
    pub(super) address: Addr<Meeting>,
    /// Which of the occurrence's actors it is.
    pub(super) generation: u64,
    /// The seq of the occurrence's last event.
    pub(super) sent: i64,
    /// Since when the occurrence has had actors without a pause, Unix milliseconds.
    pub(super) began_ms: i64,
    /// How many of them took another's place.
    pub(super) restarts: u32,
    pub(super) vitals: Arc<Vitals>,
}

/// What a slot and its actor both see.
#[derive(Debug, Default)]
pub(super) struct Vitals {
    /// Messages in the mailbox.
    queued: AtomicUsize,
    /// Panics in a row; an actor that has written clears it.
    pub(super) panics: AtomicU32,
    /// When it last did something, Unix milliseconds.
    pub(super) touched: AtomicI64,
    /// Until what age of the registry it stays though nothing comes, seconds.
    pub(super) stays_until: AtomicU64,
    /// It has its thread at this moment.
    busy: AtomicBool,
    /// It has not begun yet: its predecessors panicked.
    rests: AtomicBool,
}

/// As long as it lives, an actor has its thread.
pub(super) struct Busy<'a>(&'a Vitals);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Relaxed);
    }
}

impl Vitals {
    /// Of an actor that begins at `now_ms`, after so many panics in a row.
    pub(super) fn new(panics: u32, now_ms: i64) -> Self {
        Self {
            panics: panics.into(),
            touched: now_ms.into(),
            stays_until: u64::MAX.into(),
            ..Self::default()
        }
    }

    /// Notes that the actor has its thread.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.busy.store(true, Relaxed);
        Busy(self)
    }

    /// Whether the actor has its thread.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Relaxed)
    }

    /// Waits for as long as an actor must after so many panics in a row.
    pub(super) async fn rest(&self) {
        let pause = pause(self.panics.load(Relaxed));
        self.rests.store(!pause.is_zero(), Relaxed);
        tokio::time::sleep(pause).await;
        self.rests.store(false, Relaxed);
    }

    /// How many messages are in the mailbox.
    pub(super) fn queued(&self) -> usize {
        self.queued.load(Relaxed)
    }

    /// Whether the actor has not begun yet.
    pub(super) fn rests(&self) -> bool {
        self.rests.load(Relaxed)
    }
}

/// One message's place in the mailbox, given back when the message is handled or dropped.
pub(super) struct Ticket(Arc<Vitals>);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.queued.fetch_sub(1, Relaxed);
    }
}

impl Slot {
    /// Puts a message into the mailbox, unless `bound` messages are there.
    pub(super) fn send<M>(&self, bound: usize, message: impl FnOnce(Ticket) -> M)
    where
        M: Message<Result = ()> + Send + 'static,
        Meeting: Handler<M>,
    {
        if self.vitals.queued.fetch_add(1, Relaxed) >= bound {
            self.vitals.queued.fetch_sub(1, Relaxed);
            return;
        }
        // A closed mailbox drops the message: its actor's successor reads the journal.
        let _ = self
            .address
            .try_send(message(Ticket(Arc::clone(&self.vitals))));
    }
}

/// How long a fresh actor waits after so many panics in a row: not at first, then 400 ms, 800 ms and so on.
fn pause(panics: u32) -> Duration {
    match panics {
        0 | 1 => Duration::ZERO,
        GIVE_UP..HUNG => REST,
        HUNG.. => DAY,
        n => Duration::from_millis(100 << n),
    }
}
