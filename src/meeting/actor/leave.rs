//! When an actor leaves: idle with nothing staged, to make room, or because the service stops. Who is idle for long is asked to by the
//! [`watch`](super::super::watch): a timer of each would take more memory than many a meeting.

use super::{super::staging::Fingerprints, Meeting};
use crate::clock;
use actix::{ActorContext, Context};
use std::sync::atomic::Ordering::Relaxed;

impl Meeting {
    pub(super) fn touch(&self) {
        self.vitals.touched.store(clock::now_ms(), Relaxed);
    }

    /// How many seconds it may stay without any event: few where it has ended or never began.
    fn patience(&self) -> u64 {
        let actor = &self.registry.settings.actor;
        let is_over = self.written.as_ref().is_some_and(Fingerprints::is_over);
        if is_over || !self.occurrence.exists() {
            actor.linger_seconds
        } else {
            actor.idle_minutes * 60
        }
    }

    /// All is written: it may leave once nothing has come for long enough.
    pub(super) fn settle(&self) {
        let until = self.registry.age().saturating_add(self.patience());
        self.vitals.stays_until.store(until, Relaxed);
    }

    /// Leaves if nothing is staged and nobody has sent anything newer.
    pub(super) fn leave(&mut self, context: &mut Context<Self>) -> bool {
        let done = !self.dirty
            && !self.flushing
            && self
                .registry
                .retire(&self.uuid, self.generation, self.folded);
        if done {
            metrics::counter!("rollcall_actors_passivated_total").increment(1);
            context.stop();
        }
        done
    }

    /// While the service stops: leaves once all is written, or a write has failed; the journal has the rest.
    pub(super) fn finish_drain(&mut self, context: &mut Context<Self>) {
        let is_done = !self.flushing && (!self.dirty || self.retrying.is_some());
        if is_done && self.registry.is_draining() {
            self.registry.abandon(&self.uuid, self.generation);
            context.stop();
        }
    }
}
