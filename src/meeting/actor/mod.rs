//! The actor of one occurrence: loads, folds, flushes, leaves.
//!
//! It owns the occurrence's state in memory from its first event (or wake) until it is idle, and is the only
//! one that produces its rows. Messages are handled one at a time; while it loads, its mailbox waits.
//! It answers nobody: what it stages is committed by the shared writer, at most every flush interval,
//! with one write in flight. A panic anywhere ends it; its successor loads the same from the journal.
//!
//! Here: the actor and its messages. Its life: [`load`], [`flush`], [`leave`]; [`quarantine`] is for events that make it panic,
//! [`seal`] for life without events.

mod flush;
mod leave;
mod load;
mod quarantine;
mod seal;

pub(super) use seal::Seal;

use super::{
    recall::Facts,
    registry::Inner,
    slot::{Ticket, Vitals},
    staging::Fingerprints,
};
use crate::{
    attendance::{event::Event, occurrence::Occurrence},
    fault,
    journal::Committed,
    store::dead::Dead,
};
use actix::{Actor, Context, Handler, Message, SpawnHandle};
use seal::Events;
use std::sync::Arc;

/// The actor of one occurrence.
pub(super) struct Meeting {
    uuid: Arc<str>,
    generation: u64,
    registry: Arc<Inner>,
    vitals: Arc<Vitals>,
    occurrence: Occurrence,
    /// Every event up to this seq is in `occurrence`.
    folded: i64,
    /// Zoom's number of the meeting: the least that an event gave.
    number: Option<Box<str>>,
    /// What it judges by; none until loaded, and again where a write turned out stale.
    facts: Option<Facts>,
    /// What the rows hold; none where all is to be written.
    written: Option<Fingerprints>,
    /// To be recorded as dead before anything else is written.
    dead: Vec<Dead>,
    /// The places of events that were dead, and are in the state but not in the rows.
    revived: Vec<i64>,
    /// With what was in the state it could not be judged: one of its events is looked for.
    suspects: bool,
    /// Something is not in the rows yet.
    dirty: bool,
    /// A write is in flight.
    flushing: bool,
    /// Whether there are events to fold.
    events: Events,
    /// The next flush, or the look for what was missed.
    timer: Option<SpawnHandle>,
    /// The load that follows a failure; nothing else is tried before it.
    retrying: Option<SpawnHandle>,
    /// Failed loads and writes since the last write that was committed.
    failures: u32,
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

/// A rush is over: wait for no longer than at rest.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Hasten(pub(super) Ticket);

/// Nothing has come for long, or others need the room: leave if nothing is staged.
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
        self.load(context);
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
        let vitals = Arc::clone(&self.vitals);
        let _busy = vitals.busy();
        if self.facts.is_none() || event.seq <= self.folded {
            return; // the load to come, or the one that was, has it
        }
        fault::point("actor", &self.uuid, |kind| event.news.kind() == kind);
        if prev > self.folded {
            return self.load(context);
        }
        self.fold(&event);
        self.touch();
        self.dirty = true;
        if matches!(event.news, Event::Ended(..)) || !self.dead.is_empty() {
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
        if self.facts.is_some() && !self.flushing && self.retrying.is_none() {
            self.load(context);
        }
    }
}

impl Handler<Hasten> for Meeting {
    type Result = ();

    fn handle(&mut self, Hasten(ticket): Hasten, context: &mut Self::Context) {
        drop(ticket);
        self.hasten(context);
    }
}

impl Handler<Leave> for Meeting {
    type Result = ();

    fn handle(&mut self, Leave(ticket): Leave, context: &mut Self::Context) {
        drop(ticket);
        if !self.leave(context) && self.retrying.is_none() {
            self.rest(context); // what came meanwhile may have found no place in the mailbox
        }
    }
}

impl Handler<Drain> for Meeting {
    type Result = ();

    fn handle(&mut self, Drain(ticket): Drain, context: &mut Self::Context) {
        drop(ticket);
        self.flush(context);
        self.finish_drain(context);
    }
}

impl Meeting {
    pub(super) fn new(
        uuid: Arc<str>,
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
            number: None,
            facts: None,
            written: None,
            dead: Vec::new(),
            revived: Vec::new(),
            suspects: false,
            dirty: false,
            flushing: false,
            events: Events::Fold,
            timer: None,
            retrying: None,
            failures: 0,
        }
    }
}
