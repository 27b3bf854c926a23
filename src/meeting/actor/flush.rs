//! Staging and writing: what changed goes to the shared writer, one write in flight.

use super::{
    super::{guarded::Panicked, registry::hash, staging::Fingerprints},
    Meeting,
};
use crate::{
    clock, fault,
    store::writer::{People, Staged, Written},
};
use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

/// Into so many slots the flush interval is divided.
const SLOTS: u64 = 10;
/// How long the mailbox may take to bring what was sent before the journal is read.
const CATCH_UP: Duration = Duration::from_millis(20);

impl Meeting {
    /// Flushes in the slot of the flush interval that the occurrence's hash gives, so that a bell is spread out.
    pub(super) fn schedule_flush(&mut self, context: &mut Context<Self>) {
        if self.timer.is_some() || self.flushing || self.retrying.is_some() {
            return;
        }
        let interval = self.registry.flush_interval();
        let phase = hash(&self.uuid) % SLOTS * interval / SLOTS;
        let now = u64::try_from(clock::now_ms()).unwrap_or_default();
        let delay = (phase + interval - now % interval) % interval;
        let delay = Duration::from_millis(delay.max(1));
        self.timer = Some(context.run_later(delay, |actor, context| {
            actor.timer = None;
            actor.flush(context);
        }));
    }

    /// Plans the flush to come anew.
    pub(super) fn hasten(&mut self, context: &mut Context<Self>) {
        if let Some(planned) = self.timer.take_if(|_| self.dirty) {
            context.cancel_future(planned);
            self.schedule_flush(context);
        }
    }

    pub(super) fn flush(&mut self, context: &mut Context<Self>) {
        let vitals = Arc::clone(&self.vitals);
        let _busy = vitals.busy();
        if self.flushing || self.retrying.is_some() {
            return self.rest(context);
        }
        if !self.dead.is_empty() {
            return self.bury(context);
        }
        if !self.dirty {
            return self.rest(context);
        }
        let (staged, fingerprints) = match self.stage() {
            Ok(Some(staged)) => staged,
            Ok(None) => {
                self.dirty = false;
                return self.revive(context);
            }
            Err(Panicked) => return self.suspect(context),
        };
        self.dirty = false;
        self.revived.clear();
        self.keep_events();
        self.flushing = true;
        let seals = staged.seal.is_some();
        let writer = self.registry.writer.clone();
        let write = async move { writer.write(staged).await };
        context.spawn(
            write
                .into_actor(self)
                .map(move |written, actor, context| match written {
                    Written::Committed(_) if seals => actor.give_way(context),
                    _ => actor.wrote(written, fingerprints, context),
                }),
        );
    }

    fn stage(&self) -> Result<Option<(Staged, Fingerprints)>, Panicked> {
        #[cfg(test)]
        super::super::tests::fault(&self.uuid);
        fault::point("flush", &self.uuid, |_| true);
        let Some((facts, number)) = self.facts.as_ref().zip(self.number.clone()) else {
            return Ok(None);
        };
        let report = self.judge(&self.occurrence, &number, facts, clock::now())?;
        let Some(report) = report else {
            return Ok(None);
        };
        let fingerprints = Fingerprints::of(&report);
        let people = self
            .written
            .as_ref()
            .map_or(People::All, |written| fingerprints.since(written, &report));
        let seal = self.seal(&report);
        let staged = Staged {
            uuid: Arc::clone(&self.uuid),
            meeting: number,
            basis: facts.basis,
            present_after: facts.present_after,
            applied_seq: self.applied(),
            revived: self.revived.clone(),
            report,
            people,
            neighbours: facts.neighbours.clone(),
            school: Arc::clone(&facts.school),
            seal,
        };
        Ok(Some((staged, fingerprints)))
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
                self.retry(context);
            }
        }
    }

    /// Where there is nothing to write of events that were dead, only that they are so no longer.
    fn revive(&mut self, context: &mut Context<Self>) {
        if self.revived.is_empty() || self.facts.is_none() {
            return self.rest(context);
        }
        let reviving = self
            .registry
            .writer
            .revive(std::mem::take(&mut self.revived));
        context.wait(
            reviving
                .into_actor(self)
                .map(|revived, actor, context| match revived {
                    Ok(()) => actor.rest(context),
                    Err(_) => actor.retry(context),
                }),
        );
    }

    /// After a write, or where there is none to make: the next one, what was missed, or the way out.
    pub(super) fn rest(&mut self, context: &mut Context<Self>) {
        if self.dirty {
            return self.schedule_flush(context);
        }
        if self.flushing {
            return;
        }
        if !self.registry.is_draining() && self.registry.has_newer(&self.uuid, self.folded) {
            return self.catch_up(context);
        }
        self.settle();
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

    /// Loads again after a pause that doubles up to 30 s, with jitter by generation; nothing else is tried
    /// meanwhile.
    pub(super) fn retry(&mut self, context: &mut Context<Self>) {
        self.failures = self.failures.saturating_add(1);
        let pause = (100_u64 << self.failures.min(9)).min(30_000);
        let jitter = self.generation.wrapping_mul(7919) % (pause / 2).max(1);
        for planned in [self.timer.take(), self.retrying.take()]
            .into_iter()
            .flatten()
        {
            context.cancel_future(planned);
        }
        let pause = Duration::from_millis(pause + jitter);
        self.retrying = Some(context.run_later(pause, |actor, context| {
            actor.retrying = None;
            actor.load(context);
        }));
        self.finish_drain(context);
    }
}
