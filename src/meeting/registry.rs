//! The registry: which actor has an occurrence, and what was handed to it.
//!
//! **Ordering.** A slot's `sent` is the seq of the occurrence's last event; a message carries its own seq
//! and the `sent` that it follows, so the actor sees every gap. **Bound.** Messages are counted in the
//! slot (a mailbox's own capacity does not bind a registry that clones addresses); at the bound nothing is
//! queued and the actor reads the journal instead. **Stop.** An actor leaves only by removing its own slot while
//! nothing newer was sent, under the same lock that delivery takes. How actors start, and who takes the place of one
//! that panics or hangs, is in [`supervision`](super::supervision).

use super::{
    actor::{Deliver, Drain, Hasten, Leave, Seal, Wake},
    loader::Loader,
    pace::{self, Pace},
    rehearsal::Rehearser,
    retention::{self, Retention},
    school::SchoolCache,
    slot::Slot,
    supervision::arbiter,
    sweep, watch,
};
use crate::{
    attendance::school::Rule,
    clock, config,
    journal::{Committed, Journal},
    store::{
        StoreError,
        connect::Pools,
        writer::{self, Writer},
    },
    vital,
};
use actix::Arbiter;
use dashmap::{DashMap, mapref::one::RefMut};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::mpsc};

/// What the actors are told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[actor]`.
    pub actor: config::Actor,
    /// `[store]`.
    pub store: config::Store,
    /// `[sweep]`.
    pub sweep: config::Sweep,
    /// The attendance rule.
    pub rule: Rule,
    /// When events are given up.
    pub retention: Retention,
    /// A database call that takes longer has failed.
    pub patience: Duration,
}

/// The handle of all actors; cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

pub(super) struct Inner {
    pub(super) slots: DashMap<Arc<str>, Slot>,
    /// The actors' threads; an occurrence's hash says which.
    pub(super) arbiters: RwLock<Vec<Arbiter>>,
    pub(super) generations: AtomicU64,
    draining: AtomicBool,
    began: Instant,
    /// What arrived before is in the projections, Unix milliseconds.
    applied_until: AtomicI64,
    pub(super) pace: Pace,
    pub(super) settings: Settings,
    pub(super) loader: Loader,
    pub(super) writer: Writer,
}

impl Registry {
    /// Starts actors' threads and all that serves them. `pools` are the main database's;
    /// database work runs on `runtime`. Must be called on a thread that has an actix system.
    pub async fn start(
        settings: Settings,
        journal: Journal,
        mut committed: mpsc::Receiver<Arc<Committed>>,
        pools: Pools,
        runtime: &Handle,
    ) -> Result<Self, StoreError> {
        let batch = writer::Settings {
            batch: settings.store.batch,
            patience: settings.patience,
            settle: settings.rule.settle,
            restart: settings.rule.restart,
        };
        let schools = SchoolCache::open(pools.clone(), &settings).await?;
        let arbiters = (0..settings.actor.arbiters.max(1)).map(|_| arbiter());
        let inner = Arc::new(Inner {
            slots: DashMap::new(),
            arbiters: RwLock::new(arbiters.collect()),
            generations: AtomicU64::new(1),
            draining: AtomicBool::new(false),
            began: Instant::now(),
            applied_until: AtomicI64::new(clock::now_ms()),
            pace: Pace::default(),
            loader: Loader::start(
                pools.clone(),
                journal.clone(),
                schools.clone(),
                &settings,
                runtime,
            ),
            writer: Writer::start(pools.clone(), batch, runtime),
            settings,
        });
        let registry = Self(inner);
        let delivering = registry.clone();
        vital::spawn(runtime, async move {
            while let Some(event) = committed.recv().await {
                delivering.deliver(&event);
            }
        });
        vital::spawn(
            runtime,
            sweep::run(registry.clone(), journal.clone(), schools, pools.clone()),
        );
        vital::spawn(runtime, pace::run(Arc::clone(&registry.0)));
        actix::spawn(vital::guard(watch::run(Arc::clone(&registry.0))));
        vital::spawn(runtime, retention::run(registry.clone(), journal, pools));
        Ok(registry)
    }

    /// Hands a committed event to its occurrence's actor, which is started where there is none.
    fn deliver(&self, event: &Arc<Committed>) {
        self.0.pace.count();
        let Some(mut slot) = self.0.slot(&event.occurrence) else {
            return;
        };
        let prev = std::mem::replace(&mut slot.sent, event.seq);
        slot.send(self.0.settings.actor.mailbox, |ticket| Deliver {
            event: Arc::clone(event),
            prev,
            ticket,
        });
    }

    /// Has an occurrence look again: at its input, its due time, its events.
    pub(super) fn wake(&self, occurrence: &str) {
        if let Some(slot) = self.0.slot(occurrence).filter(|slot| !slot.vitals.rests()) {
            slot.send(self.0.settings.actor.mailbox, Wake);
        }
    }

    /// Has an occurrence give up its events, if they are old enough.
    pub(super) fn seal(&self, occurrence: &str) {
        if let Some(slot) = self.0.slot(occurrence) {
            slot.send(self.0.settings.actor.mailbox, Seal);
        }
    }

    pub(super) fn loader(&self) -> &Loader {
        &self.0.loader
    }

    /// What tells what would come of a redrive; `db` is the main database, opened on `runtime`.
    pub fn rehearser(&self, db: Pools, runtime: Handle) -> Rehearser {
        let Settings { rule, patience, .. } = &self.0.settings;
        Rehearser::within(self.0.loader.clone(), db, rule.clone(), *patience, runtime)
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn is_draining(&self) -> bool {
        self.0.is_draining()
    }

    pub(super) fn slots(&self) -> &DashMap<Arc<str>, Slot> {
        &self.0.slots
    }

    /// How many actors live.
    pub(super) fn live(&self) -> usize {
        self.0.slots.len()
    }

    /// Asks the longest-idle actors to leave, where as many live as may.
    pub(super) fn make_room(&self) {
        let most = self.0.settings.actor.max_live;
        if self.live() < most {
            return;
        }
        let mut idle: Vec<_> = self
            .0
            .slots
            .iter()
            .map(|slot| (slot.vitals.touched.load(Relaxed), slot.key().clone()))
            .collect();
        idle.sort_unstable();
        for (_, occurrence) in idle.into_iter().take(most.div_ceil(20)) {
            if let Some(slot) = self.0.slots.get(&occurrence) {
                slot.send(usize::MAX, Leave);
            }
        }
    }

    /// Takes no more events, has every actor write what it staged and leave; gives up after `patience`
    /// (the journal has the rest), then ends the actors' threads.
    pub async fn drain(&self, patience: Duration) {
        self.0.draining.store(true, Relaxed);
        self.0.slots.retain(|_, slot| !slot.vitals.rests());
        for slot in &self.0.slots {
            slot.send(usize::MAX, Drain);
        }
        let empty = async {
            while !self.0.slots.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(patience, empty).await.is_err() {
            tracing::warn!(
                actors = self.live(),
                "actors stopped before they had written; the journal has the rest"
            );
        }
        self.0.stop_arbiters();
    }

    /// How long ago what is in no projection yet arrived, or was last looked for.
    pub fn lag(&self) -> Duration {
        let ago = clock::now_ms().saturating_sub(self.0.applied_until.load(Relaxed));
        Duration::from_millis(ago.try_into().unwrap_or(0))
    }

    /// Occurrences that wait for the writer.
    pub fn unwritten(&self) -> usize {
        self.0.writer.queued()
    }

    /// What arrived before is in the projections: Unix milliseconds.
    pub(super) fn applied_until(&self, at: i64) {
        self.0.applied_until.store(at, Relaxed);
    }
}

impl Inner {
    /// The occurrence's slot; none where a new actor may not start now (the sweep will wake it).
    fn slot(self: &Arc<Self>, occurrence: &str) -> Option<RefMut<'_, Arc<str>, Slot>> {
        if let Some(slot) = self.slots.get_mut(occurrence) {
            return Some(slot);
        }
        if self.is_draining() || self.slots.len() >= self.settings.actor.max_live {
            metrics::counter!("rollcall_actors_refused_total").increment(1);
            return None;
        }
        let occurrence: Arc<str> = occurrence.into();
        let slot = self.slots.entry(Arc::clone(&occurrence));
        Some(slot.or_insert_with(|| self.start(occurrence, 0, 0)))
    }

    /// Whether this is the actor that has the occurrence.
    pub(super) fn has(&self, occurrence: &str, generation: u64) -> bool {
        let slot = self.slots.get(occurrence);
        slot.is_some_and(|slot| slot.generation == generation)
    }

    /// Asks those to leave who have been idle for long enough, and have nothing else to read.
    pub(super) fn dismiss_idle(&self) {
        let now = self.age();
        for slot in &self.slots {
            if slot.vitals.stays_until.load(Relaxed) <= now {
                slot.send(1, Leave);
            }
        }
    }

    /// How long an occurrence waits now before it is written, in milliseconds; not for so long that the sweep looks for it.
    pub(super) fn flush_interval(&self) -> u64 {
        let most = self.settings.sweep.after_seconds.saturating_mul(500);
        let interval = self.settings.store.flush_interval_ms.max(1);
        self.pace.stretched(interval, most)
    }

    /// Has whoever waits to be written wait for no longer than at rest.
    pub(super) fn hasten(&self) {
        for slot in &self.slots {
            slot.send(usize::MAX, Hasten);
        }
    }

    /// Seconds since the start, whatever happens to the clock.
    pub(super) fn age(&self) -> u64 {
        self.began.elapsed().as_secs()
    }

    /// Tells how many actors live.
    pub(super) fn show_live(&self) {
        let live = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        metrics::gauge!("rollcall_actors_live").set(live);
    }

    /// Whether the service stops.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    /// Whether events newer than `folded` were handed on.
    pub(super) fn has_newer(&self, occurrence: &str, folded: i64) -> bool {
        self.slots
            .get(occurrence)
            .is_some_and(|slot| slot.sent > folded)
    }

    /// Removes an actor's own slot unless something newer was sent; after `true` nobody can reach it.
    pub(super) fn retire(&self, occurrence: &str, generation: u64, folded: i64) -> bool {
        let done = |slot: &Slot| slot.generation == generation && slot.sent <= folded;
        self.slots
            .remove_if(occurrence, |_, slot| done(slot))
            .is_some()
    }

    /// Removes an actor's own slot whatever was sent: the journal has it.
    pub(super) fn abandon(&self, occurrence: &str, generation: u64) {
        self.slots
            .remove_if(occurrence, |_, slot| slot.generation == generation);
    }
}

/// Where an occurrence belongs: its arbiter, its slot in time.
pub(super) fn hash(occurrence: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    occurrence.hash(&mut hasher);
    hasher.finish()
}
