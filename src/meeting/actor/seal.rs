//! Sealing: giving up the events of an occurrence that is final and old, and life without them.
//!
//! Asked to seal, the actor loads once more and its next write carries the seal: what the events said and the seq up to
//! which they said it become durable together, or not at all. From then on the occurrence is never folded again: an
//! actor of it starts from the seal, judges that by a changed school with the same code, and what is journaled beyond
//! the seal is dead.

use super::{super::slot::Ticket, Meeting};
use crate::{
    attendance::{report::Report, seal::Sealed},
    clock,
    store::seal::Kept,
};
use actix::{ActorContext, Context, Handler, Message};

/// Your events may be old enough to be given up.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::meeting) struct Seal(pub(in crate::meeting) Ticket);

/// What becomes of an occurrence's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Events {
    /// They are folded.
    Fold,
    /// They still are; the next write may give them up.
    MayGo,
    /// Those up to this seq were given up: they are in the seal. None is folded any more.
    Gone(i64),
}

impl Handler<Seal> for Meeting {
    type Result = ();

    fn handle(&mut self, Seal(ticket): Seal, context: &mut Self::Context) {
        drop(ticket);
        if self.is_sealed() {
            return;
        }
        self.events = Events::MayGo;
        self.dirty = true;
        if self.facts.is_some() && !self.flushing && self.retrying.is_none() {
            self.load(context);
        }
    }
}

impl Meeting {
    pub(super) fn is_sealed(&self) -> bool {
        matches!(self.events, Events::Gone(_))
    }

    /// Every event up to it is in the state, or has been given up.
    pub(super) fn applied(&self) -> i64 {
        match self.events {
            Events::Fold | Events::MayGo => self.folded,
            Events::Gone(seq) => seq,
        }
    }

    /// Goes on from the seal, where there is one.
    pub(super) fn resume(&mut self, kept: Option<Kept>) {
        let Some(kept) = kept else { return };
        self.occurrence = kept.state.unwrap_or_default();
        self.events = Events::Gone(kept.applied_seq);
        self.folded = self.folded.max(kept.applied_seq);
    }

    /// What the next write gives up the events for, if it is asked for and they are old enough.
    pub(super) fn seal(&self, report: &Report) -> Option<Sealed> {
        if self.events != Events::MayGo || self.registry.has_newer(&self.uuid, self.folded) {
            return None;
        }
        let (keep, settle) = (
            self.registry.settings.retention.keep,
            self.registry.settings.rule.settle,
        );
        self.occurrence
            .may_be_sealed(report, settle, keep, clock::now())
            .then(|| self.occurrence.seal())
    }

    /// After staging: what was not given up with it is asked for again.
    pub(super) fn keep_events(&mut self) {
        if self.events == Events::MayGo {
            self.events = Events::Fold;
        }
    }

    /// After the write that carried the seal. What was folded since is not in it: the next actor finds it in the journal.
    pub(super) fn give_way(&mut self, context: &mut Context<Self>) {
        metrics::counter!("rollcall_occurrences_sealed_total").increment(1);
        self.registry.abandon(&self.uuid, self.generation);
        context.stop();
    }
}
