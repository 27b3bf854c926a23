//! What goes into the journal, what comes out, and the answers in between.

use std::panic::catch_unwind;

use crate::attendance::event::{Event, Instant};
use crate::fault;
use crate::zoom::envelope::Envelope;
use crate::zoom::translate::{Delivery, Folds, translate};

use super::entity::webhook_event;

/// An authentic webhook on its way into the journal. Has no `Debug`: the body is full of personal data.
#[derive(Clone)]
pub struct Incoming {
    /// What it means.
    pub delivery: Delivery,
    /// When it arrived, Unix milliseconds.
    pub received_at: i64,
    /// Zoom's `x-zm-request-id`.
    pub request_id: Option<String>,
    /// The raw body, byte for byte: a retry of Zoom's is identical, so this decides what a duplicate is.
    pub body: Vec<u8>,
}

/// The event is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// Since now.
    New,
    /// It already was: the same bytes came before.
    Duplicate,
}

/// The event could not be made durable in time. All of these are 503 to Zoom, which sends it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Too many events, or too many bytes, wait for a commit.
    #[error("journal queue is full")]
    Full,
    /// The store refused or did not answer.
    #[error("journal store is failing")]
    Failing,
    /// The service is shutting down.
    #[error("journal is draining")]
    Draining,
    /// Another process owns the journal.
    #[error("journal is owned by another process")]
    NotOwner,
    /// No commit within `journal.ack_timeout_ms`. The event may still be committed; then Zoom's retry is a duplicate.
    #[error("journal did not commit in time")]
    TimedOut,
}

/// A committed event that folds.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Its place in the journal.
    pub seq: i64,
    /// When it arrived, cut to seconds.
    pub arrival: Instant,
    /// Zoom's uuid of the occurrence.
    pub occurrence: Box<str>,
    /// Zoom's number of the meeting; `""` where a bind carries none.
    pub meeting: Box<str>,
    /// [`Folds::Yes`] or [`Folds::IfExists`].
    pub folds: Folds,
    /// What it says.
    pub news: Event,
}

impl Committed {
    /// The first instant that it brings, its arrival included.
    pub fn earliest(&self) -> Instant {
        let said = self.news.earliest();
        said.map_or(self.arrival, |said| said.min(self.arrival))
    }
}

/// A folding event as the sweep sees it: where it is, not what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its place in the journal.
    pub seq: i64,
    /// Zoom's uuid of the occurrence.
    pub occurrence: Box<str>,
    /// [`Folds::Yes`] or [`Folds::IfExists`].
    pub folds: Folds,
    /// When it arrived, Unix milliseconds.
    pub received_at: i64,
}

/// Folding events that follow each other, by occurrence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// The last `seq` of each occurrence.
    pub latest: Vec<(Box<str>, i64)>,
    /// How many events it has.
    pub events: u64,
}

/// A folding event that could not be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its place in the journal.
    pub seq: i64,
    /// When it arrived, cut to seconds.
    pub arrival: Instant,
    /// Zoom's uuid of the occurrence.
    pub occurrence: Box<str>,
    /// Zoom's number of the meeting; `""` where there is none.
    pub meeting: Box<str>,
}

/// What was read back, each in `seq` order.
#[derive(Debug, Default)]
pub struct Recalled {
    /// What was understood.
    pub events: Vec<Committed>,
    /// What was not.
    pub unreadable: Vec<Unreadable>,
}

impl Recalled {
    /// Takes in a row. Whatever its bytes do to us, the others are read.
    pub(super) fn add(&mut self, row: &webhook_event::Model) {
        match catch_unwind(|| Committed::read(row)) {
            Ok(Some(event)) => self.events.push(event),
            Ok(None) | Err(_) => self.unreadable.push(Unreadable {
                seq: row.seq,
                arrival: Instant(row.received_at.div_euclid(1000)),
                occurrence: row.occurrence.as_deref().unwrap_or_default().into(),
                meeting: row.meeting.as_deref().unwrap_or_default().into(),
            }),
        }
    }

    /// Puts both in order.
    pub(super) fn sort(&mut self) {
        self.events.sort_unstable_by_key(|event| event.seq);
        self.unreadable.sort_unstable_by_key(|event| event.seq);
    }
}

/// An event that has been here for long, as retention sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Old {
    /// Its place in the journal.
    pub seq: i64,
    /// Zoom's uuid of the occurrence, if it names one.
    pub occurrence: Option<Box<str>>,
    /// Whether it folds.
    pub folds: Folds,
}

impl Pending {
    /// Whether it makes an occurrence where there is none yet; others only fold into one that exists.
    pub fn brings_into_being(&self) -> bool {
        self.folds == Folds::Yes
    }
}

impl Committed {
    /// The live way: from what has just been translated. None where it folds nothing.
    pub(super) fn of(seq: i64, received_at: i64, delivery: Delivery) -> Option<Self> {
        Some(Self {
            seq,
            arrival: Instant(received_at.div_euclid(1000)),
            occurrence: delivery.occurrence?,
            meeting: delivery.meeting.unwrap_or_default(),
            folds: delivery.folds,
            news: delivery.news?,
        })
    }

    /// The way back: parses and translates the stored bytes again, with the code that live events go through.
    /// None where they fold nothing, or no longer.
    pub(super) fn read(row: &webhook_event::Model) -> Option<Self> {
        fault::point(
            "read",
            row.occurrence.as_deref().unwrap_or_default(),
            |kind| row.event.ends_with(kind),
        );
        let envelope = Envelope::parse(&row.body.0).ok()?;
        Self::of(row.seq, row.received_at, translate(&envelope))
    }
}

/// The column's number back to its meaning; an unknown one is read as [`Folds::No`].
pub(super) fn folds(column: i16) -> Folds {
    [Folds::Yes, Folds::IfExists]
        .into_iter()
        .find(|folds| *folds as i16 == column)
        .unwrap_or(Folds::No)
}
