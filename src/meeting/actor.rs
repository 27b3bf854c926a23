//! The actor of one occurrence: loads, folds, flushes, leaves.
//!
//! It owns the occurrence's state in memory from its first event (or wake) until it is idle, and is the only
//! one that produces its rows. Messages are handled one at a time; while it loads, its mailbox waits.
//! It answers nobody: what it stages is committed by the shared writer, at most every flush interval,
//! with one write in flight. A panic anywhere ends it; its successor loads the same from the journal.

use super::{
    loader::{LoadError, Loaded},
    registry::{Inner, Ticket, Vitals, hash},
    staging::Fingerprints,
};
use crate::{
    attendance::{event::Event, occurrence::Occurrence, report::Context as Judged},
    clock,
    journal::Committed,
    store::writer::{People, Staged, Written},
};
use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, SpawnHandle,
    WrapFuture,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::time::Instant;

/// The actor of one occurrence.
pub(super) struct Meeting {
    uuid: Box<str>,
    generation: u64,
    registry: Arc<Inner>,
    vitals: Arc<Vitals>,
    occurrence: Occurrence,
    /// Every event up to this seq is in `occurrence`.
    folded: i64,
    /// Zoom's number of the meeting: the least that an event gave.
    meeting: Option<Box<str>>,
    /// What it judges by; none until loaded, and again where a write turned out stale.
    facts: Option<super::loader::Facts>,
    /// What the rows hold; none where all is to be written.
    written: Option<Fingerprints>,
    dirty: bool,
    flushing: bool,
    timer: Option<SpawnHandle>,
    leaving: Option<SpawnHandle>,
    failures: u32,
    active: Instant,
    draining: bool,
}

/// A committed event, and the seq that was sent before it.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Deliver {
    pub(super) event: Arc<Committed>,
    pub(super) prev: i64,
    pub(super) ticket: Ticket,
}

/// Look again: input changed, a time has come, or events were missed.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Wake(pub(super) Ticket);

/// Others need the room: leave if nothing is staged.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Leave(pub(super) Ticket);

/// The service stops: write what is staged, then leave.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Drain(pub(super) Ticket);

impl Actor for Meeting {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        metrics::gauge!("rollcall_actors_live").increment(1.0);
        self.load(context);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        metrics::gauge!("rollcall_actors_live").decrement(1.0);
    }
}

impl Handler<Deliver> for Meeting {
    type Result = ();

    fn handle(
        &mut self,
        Deliver {
            event,
            prev,
            ticket,
        }: Deliver,
        context: &mut Self::Context,
    ) {
        drop(ticket);
        if self.facts.is_none() || event.seq <= self.folded {
            return; // the load to come, or the one that was, has it
        }
        if prev > self.folded {
            return self.load(context);
        }
        self.fold(&event);
        self.touch();
        self.dirty = true;
        if matches!(event.news, Event::Ended(..)) {
            self.flush(context);
        } else {
            self.schedule_flush(context);
        }
    }
}

impl Handler<Wake> for Meeting {
    type Result = ();

    fn handle(&mut self, Wake(ticket): Wake, context: &mut Self::Context) {
        drop(ticket);
        if self.facts.is_some() && !self.flushing && self.failures == 0 {
            self.load(context);
        }
    }
}

impl Handler<Leave> for Meeting {
    type Result = ();

    fn handle(&mut self, Leave(ticket): Leave, context: &mut Self::Context) {
        drop(ticket);
        self.leave(context);
    }
}

impl Handler<Drain> for Meeting {
    type Result = ();

    fn handle(&mut self, Drain(ticket): Drain, context: &mut Self::Context) {
        drop(ticket);
        self.draining = true;
        if self.dirty && self.facts.is_some() {
            self.flush(context);
        }
        self.finish_drain(context);
    }
}

/// How an actor's life begins, and how it learns of what changed or was missed.
impl Meeting {
    pub(super) fn new(
        uuid: Box<str>,
        generation: u64,
        registry: Arc<Inner>,
        vitals: Arc<Vitals>,
    ) -> Self {
        Self {
            uuid,
            generation,
            registry,
            vitals,
            occurrence: Occurrence::default(),
            folded: 0,
            meeting: None,
            facts: None,
            written: None,
            dirty: false,
            flushing: false,
            timer: None,
            leaving: None,
            failures: 0,
            active: Instant::now(),
            draining: false,
        }
    }

    /// Reads the stored facts and the journal on from `folded`; the mailbox waits meanwhile.
    fn load(&mut self, context: &mut Context<Self>) {
        let loading = self.registry.loader.load(self.uuid.clone(), self.folded);
        context.wait(
            loading
                .into_actor(self)
                .map(|loaded, actor, context| actor.take_in(loaded, context)),
        );
    }

    fn take_in(&mut self, loaded: Result<Loaded, LoadError>, context: &mut Context<Self>) {
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::warn!(occurrence.uuid = %self.uuid, %error, "meeting actor could not load; it tries again");
                self.facts = None;
                return self.retry(context, Self::load);
            }
        };
        self.failures = 0;
        for event in &loaded.events {
            self.fold(event);
        }
        self.meeting = self.meeting.take().or(loaded.meeting);
        self.facts = Some(loaded.facts);
        self.written = None;
        self.dirty = true;
        self.touch();
        self.flush(context);
    }

    /// The one place where an event enters the state. An event that makes the fold panic is left out,
    /// here as in every later load, and the meeting goes on.
    fn fold(&mut self, event: &Committed) {
        let fold = AssertUnwindSafe(|| self.occurrence.fold(&event.news, event.arrival));
        if catch_unwind(fold).is_err() {
            tracing::error!(occurrence.uuid = %self.uuid, event.seq = event.seq, "event could not be folded and is left out");
            metrics::counter!("rollcall_events_dead_total").increment(1);
        }
        self.folded = self.folded.max(event.seq);
        if self
            .meeting
            .as_deref()
            .is_none_or(|known| *event.meeting < *known)
            && !event.meeting.is_empty()
        {
            self.meeting = Some(event.meeting.clone());
        }
    }
}

/// Staging and writing.
impl Meeting {
    /// Flushes in the slot of the flush interval that the occurrence's hash gives, so that a bell is spread out.
    fn schedule_flush(&mut self, context: &mut Context<Self>) {
        if self.timer.is_some() || self.flushing {
            return;
        }
        let interval = self.registry.settings.store.flush_interval_ms.max(1);
        let phase = hash(&self.uuid) % SLOTS * interval / SLOTS;
        let now = u64::try_from(clock::now_ms()).unwrap_or_default();
        let delay = (phase + interval - now % interval) % interval;
        self.flush_after(Duration::from_millis(delay.max(1)), context);
    }

    fn flush_after(&mut self, delay: Duration, context: &mut Context<Self>) {
        let timer = context.run_later(delay, |actor, context| {
            actor.timer = None;
            actor.flush(context);
        });
        self.timer = Some(timer);
    }

    fn flush(&mut self, context: &mut Context<Self>) {
        if self.flushing || !self.dirty {
            return self.rest(context);
        }
        let Some((staged, fingerprints)) = self.stage() else {
            self.dirty = false;
            return self.rest(context);
        };
        self.dirty = false;
        self.flushing = true;
        let writer = self.registry.writer.clone();
        let write = async move { writer.write(staged).await };
        context.spawn(
            write
                .into_actor(self)
                .map(|written, actor, context| actor.wrote(written, fingerprints, context)),
        );
    }

    fn stage(&self) -> Option<(Staged, Fingerprints)> {
        let facts = self.facts.as_ref()?;
        let meeting = self.meeting.clone()?;
        let judged = Judged {
            uuid: &self.uuid,
            meeting: &meeting,
            school: &facts.school,
            rule: &self.registry.settings.rule,
            neighbours: &facts.neighbours,
        };
        let report = self.occurrence.report(&judged, clock::now())?;
        let fingerprints = Fingerprints::of(&report);
        let people = self
            .written
            .as_ref()
            .map_or(People::All, |written| fingerprints.since(written, &report));
        let staged = Staged {
            uuid: self.uuid.clone(),
            meeting,
            basis: facts.basis,
            present_after: facts.present_after,
            applied_seq: self.folded,
            report,
            people,
            neighbours: Arc::clone(&facts.neighbours),
            school: Arc::clone(&facts.school),
        };
        Some((staged, fingerprints))
    }

    fn wrote(&mut self, written: Written, fingerprints: Fingerprints, context: &mut Context<Self>) {
        self.flushing = false;
        match written {
            Written::Committed(basis) => {
                self.failures = 0;
                self.vitals.panics.store(0, Relaxed);
                self.written = Some(fingerprints);
                if let Some(facts) = &mut self.facts {
                    facts.basis = Some(basis);
                }
                self.rest(context);
            }
            Written::Stale => self.load(context),
            Written::Failed => {
                self.dirty = true;
                self.retry(context, Self::flush);
            }
        }
    }

    /// After a write, or where there is none to make: the next one, what was missed, or the way out.
    fn rest(&mut self, context: &mut Context<Self>) {
        if self.dirty {
            return self.schedule_flush(context);
        }
        if self.flushing {
            return;
        }
        if !self.draining && self.registry.has_newer(&self.uuid, self.folded) {
            return self.catch_up(context);
        }
        self.watch_idle(context);
        self.finish_drain(context);
    }

    /// Reads the journal on, a moment later: most often the mailbox brings it first.
    fn catch_up(&mut self, context: &mut Context<Self>) {
        if self.timer.is_none() {
            self.timer = Some(context.run_later(CATCH_UP, |actor, context| {
                actor.timer = None;
                if actor.registry.has_newer(&actor.uuid, actor.folded) {
                    actor.load(context);
                } else {
                    actor.flush(context);
                }
            }));
        }
    }

    /// Tries again after a pause that doubles up to 30 s, with jitter by generation.
    fn retry(&mut self, context: &mut Context<Self>, what: fn(&mut Self, &mut Context<Self>)) {
        self.failures = self.failures.saturating_add(1);
        let pause = (100_u64 << self.failures.min(9)).min(30_000);
        let jitter = self.generation.wrapping_mul(7919) % (pause / 2).max(1);
        context.run_later(
            Duration::from_millis(pause + jitter),
            move |actor, context| what(actor, context),
        );
    }
}

const SLOTS: u64 = 25;
const CATCH_UP: Duration = Duration::from_millis(20);

/// Leaving.
impl Meeting {
    fn touch(&mut self) {
        self.active = Instant::now();
        self.vitals.touched.store(clock::now_ms(), Relaxed);
    }

    /// How long it may stay without any event: little where it has ended or never began.
    fn patience(&self) -> Duration {
        let actor = &self.registry.settings.actor;
        if self.occurrence.has_ended() || !self.occurrence.exists() {
            Duration::from_secs(actor.linger_seconds)
        } else {
            Duration::from_secs(actor.idle_minutes * 60)
        }
    }

    fn watch_idle(&mut self, context: &mut Context<Self>) {
        if let Some(handle) = self.leaving.take() {
            context.cancel_future(handle);
        }
        let left = self
            .patience()
            .saturating_sub(self.active.elapsed())
            .max(Duration::from_millis(50));
        self.leaving = Some(context.run_later(left, |actor, context| {
            actor.leaving = None;
            if actor.active.elapsed() < actor.patience() || !actor.leave(context) {
                actor.watch_idle(context);
            }
        }));
    }

    /// Leaves if nothing is staged and nobody has sent anything newer.
    fn leave(&mut self, context: &mut Context<Self>) -> bool {
        let done = !self.dirty
            && !self.flushing
            && self
                .registry
                .retire(&self.uuid, self.generation, self.folded);
        if done {
            metrics::counter!("rollcall_actor_passivated_total").increment(1);
            context.stop();
        }
        done
    }

    fn finish_drain(&mut self, context: &mut Context<Self>) {
        if self.draining && !self.flushing && !self.dirty {
            self.registry.abandon(&self.uuid, self.generation);
            context.stop();
        }
    }
}
