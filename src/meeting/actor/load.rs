//! How an actor's life begins, and how it learns of what changed or was missed.

use super::{
    super::loader::{LoadError, Loaded},
    Meeting,
};
use crate::journal::Committed;
use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};

impl Meeting {
    /// Reads the stored facts and the journal on from `folded`; the mailbox waits meanwhile.
    pub(super) fn load(&mut self, context: &mut Context<Self>) {
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
                return self.retry(context);
            }
        };
        for event in &loaded.events {
            self.fold(event);
        }
        self.number = self.number.take().or(loaded.meeting);
        self.facts = Some(loaded.facts);
        self.written = None;
        self.dirty = true;
        self.touch();
        self.flush(context);
    }

    /// The one place where an event enters the state. An event that makes the fold panic is left out,
    /// here as in every later load, and the meeting goes on.
    pub(super) fn fold(&mut self, event: &Committed) {
        let fold = AssertUnwindSafe(|| self.occurrence.fold(&event.news, event.arrival));
        if catch_unwind(fold).is_err() {
            tracing::error!(occurrence.uuid = %self.uuid, event.seq = event.seq, "event could not be folded and is left out");
            metrics::counter!("rollcall_events_dead_total").increment(1);
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
