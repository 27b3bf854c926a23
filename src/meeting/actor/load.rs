//! How an actor's life begins, and how it learns of what changed or was missed.

use super::{
    super::{guarded, loader::LoadError, recall::Loaded},
    Meeting,
};
use crate::{fault, journal::Committed, store::dead::Reason};
use actix::{ActorContext, ActorFutureExt, AsyncContext, Context, WrapFuture};
use std::sync::Arc;

impl Meeting {
    /// Reads the stored facts and the journal on from `folded`; the mailbox waits meanwhile.
    pub(super) fn load(&mut self, context: &mut Context<Self>) {
        let stored = self.facts.as_ref().and_then(|facts| facts.basis);
        // Without a row the journal alone says of which meeting it is, and when it began.
        let after = stored.map_or(0, |_| self.folded);
        let loading = self.registry.loader.load(&self.uuid, after);
        context.wait(
            loading
                .into_actor(self)
                .map(|loaded, actor, context| actor.take_in(loaded, context)),
        );
    }

    fn take_in(&mut self, loaded: Result<Loaded, LoadError>, context: &mut Context<Self>) {
        let vitals = Arc::clone(&self.vitals);
        let _busy = vitals.busy();
        if !self.registry.has(&self.uuid, self.generation) {
            return context.stop(); // another has taken its place
        }
        fault::point("load", &self.uuid, |_| true);
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::warn!(occurrence.uuid = %self.uuid, %error, "meeting actor could not load; it tries again");
                self.facts = None;
                return self.retry(context);
            }
        };
        if self.suspects {
            self.accuse(&loaded);
        }
        self.resume(loaded.sealed);
        self.revived = loaded.given_back;
        for event in &loaded.events {
            if loaded.left_out.contains(&event.seq) {
                self.folded = self.folded.max(event.seq);
            } else {
                self.fold(event);
            }
        }
        for event in &loaded.unreadable {
            if self.dead.is_empty() && !loaded.left_out.contains(&event.seq) {
                self.give_up_unread(event);
            }
            self.folded = self.folded.max(event.seq);
        }
        self.number = self.number.take().or(loaded.meeting);
        self.facts = Some(loaded.facts);
        self.written = None;
        self.dirty = true;
        self.touch();
        self.flush(context);
    }

    /// The one place where an event enters the state. One that makes the fold panic is dead, here as in every later
    /// load, and the meeting goes on without it.
    pub(super) fn fold(&mut self, event: &Committed) {
        if !self.dead.is_empty() && !self.is_sealed() {
            return; // the state is about to be thrown away, and folded anew without the dead
        }
        if self.is_sealed() {
            self.folded = self.folded.max(event.seq);
            return self.give_up(event, Reason::Sealed);
        }
        if guarded::fold(&mut self.occurrence, event).is_err() {
            self.give_up(event, Reason::Fold);
        }
        self.folded = self.folded.max(event.seq);
        if self
            .number
            .as_deref()
            .is_none_or(|known| *event.meeting < *known)
            && !event.meeting.is_empty()
        {
            self.number = Some(event.meeting.clone());
        }
    }
}
