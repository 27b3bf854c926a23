//! When an actor leaves: idle with nothing staged, to make room, or because the service stops.

use super::{super::staging::Fingerprints, Meeting};
use crate::clock;
use actix::{ActorContext, AsyncContext, Context};
use std::{sync::atomic::Ordering::Relaxed, time::Duration};
use tokio::time::Instant;

impl Meeting {
    pub(super) fn touch(&mut self) {
        self.active = Instant::now();
        self.vitals.touched.store(clock::now_ms(), Relaxed);
    }

    /// How long it may stay without any event: little where it has ended or never began.
    fn patience(&self) -> Duration {
        let actor = &self.registry.settings.actor;
        let is_over = self.written.as_ref().is_some_and(Fingerprints::is_over);
        if is_over || !self.occurrence.exists() {
            Duration::from_secs(actor.linger_seconds)
        } else {
            Duration::from_secs(actor.idle_minutes * 60)
        }
    }

    pub(super) fn watch_idle(&mut self, context: &mut Context<Self>) {
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
