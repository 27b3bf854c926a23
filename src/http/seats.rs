//! The connections of one worker: what each waits for, and which has to go.
//!
//! A seat that keeps us waiting too long loses its connection; where there are more than a worker should have, those
//! that have waited longest go first, strangers before those that have shown who they are. A connection whose request is
//! being worked on is never closed. A stranger is let off once, when it is new, however often it asks: so a flood of
//! half-sent or of whole requests pushes out itself, and a newcomer that sends its request without delay is served.
//! Everything here lives on one thread.

use super::limits::{DISCONNECT, GRACE, KEEP_ALIVE, LOOK, REQUEST};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::{Rc, Weak},
    task::Waker,
    time::{Duration, Instant},
};

/// No request for so long, or only a piece of one: nobody is there.
const IDLE: Duration = KEEP_ALIVE.saturating_add(REQUEST);

/// The seats of a worker; cheap to clone.
#[derive(Clone)]
pub(super) struct Seats(Rc<Room>);

struct Room {
    listener: &'static str,
    most: usize,
    /// How long a client may take nothing of an answer.
    answer: Duration,
    taken: RefCell<BTreeMap<u64, Rc<Place>>>,
    next: Cell<u64>,
    watched: Cell<bool>,
}

/// What a connection and its requests know of each other; cheap to clone.
#[derive(Clone)]
pub(super) struct Seat(Rc<Place>);

/// Gives the seat back when the connection ends.
pub(super) struct Ticket {
    seat: Seat,
    number: u64,
    room: Weak<Room>,
    /// Open connections: counted down even where the room is gone, with a worker that died.
    count: metrics::Gauge,
}

struct Place {
    /// Since when the client is to send a request.
    since: Cell<Instant>,
    /// How often it was looked at since it was last let off.
    looks: Cell<u32>,
    /// It has, and we work on it.
    working: Cell<bool>,
    /// When the first byte of it came.
    heard: Cell<Option<Instant>>,
    /// Since when an answer cannot be sent.
    stuck: Cell<Option<Instant>>,
    /// Since when it may only end: its latest request will not be read to its end.
    ending: Cell<Option<Instant>>,
    authentic: Cell<bool>,
    closed: Cell<Option<Reason>>,
    /// It was let off once for bytes that came just when it was closed.
    spared: Cell<bool>,
    reader: Cell<Option<Waker>>,
    writer: Cell<Option<Waker>>,
}

/// Why a connection is closed, as a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// It took too long.
    Slow,
    /// There are too many, and it has waited longest.
    Crowded,
}

impl Seats {
    /// Room for `most` connections of a listener's worker, each of which may leave an answer alone for `answer`.
    pub(super) fn new(listener: &'static str, most: usize, answer: Duration) -> Self {
        Self(Rc::new(Room {
            listener,
            most,
            answer,
            taken: RefCell::default(),
            next: Cell::default(),
            watched: Cell::default(),
        }))
    }

    /// A seat for a new connection; from now on somebody watches.
    pub(super) fn take(&self) -> Ticket {
        if !self.0.watched.replace(true) {
            actix_web::rt::spawn(watch(Rc::downgrade(&self.0)));
        }
        self.0.take(Instant::now())
    }
}

/// Looks for connections to close until none is left.
async fn watch(room: Weak<Room>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(room) = room.upgrade() else {
            return;
        };
        room.look(Instant::now());
        if room.taken.borrow().is_empty() {
            room.watched.set(false);
            return;
        }
    }
}

impl Room {
    fn take(self: &Rc<Self>, now: Instant) -> Ticket {
        let number = self.next.get();
        self.next.set(number + 1);
        let seat = Seat::new(now);
        self.taken.borrow_mut().insert(number, Rc::clone(&seat.0));
        let count = metrics::gauge!("rollcall_http_connections", "listener" => self.listener);
        count.increment(1.0);
        Ticket {
            seat,
            number,
            room: Rc::downgrade(self),
            count,
        }
    }

    /// Closes what took too long, and then what is too much.
    fn look(&self, now: Instant) {
        let taken = self.taken.borrow();
        let mut open = Vec::with_capacity(taken.len());
        for place in taken.values().filter(|place| place.closed.get().is_none()) {
            if place.is_overdue(now, self.answer) {
                place.close(Reason::Slow);
            } else {
                place.looks.set(place.looks.get().saturating_add(1));
                open.push(place);
            }
        }
        let (known, strangers): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|place| place.authentic.get());
        // Zoom's make room only where there are too many of them alone.
        close_longest(&known, known.len().saturating_sub(self.most));
        close_longest(
            &strangers,
            (known.len() + strangers.len()).saturating_sub(self.most),
        );
    }
}

/// Closes up to `excess` of those that have waited long enough, the longest first.
fn close_longest(places: &[&Rc<Place>], excess: usize) {
    if excess == 0 {
        return;
    }
    let mut waiting: Vec<_> = places.iter().filter(|place| place.has_waited()).collect();
    waiting.sort_by_key(|place| place.since.get());
    for place in waiting.into_iter().take(excess) {
        place.close(Reason::Crowded);
    }
}

impl Seat {
    /// Taken at this time.
    pub(super) fn new(now: Instant) -> Self {
        Self(Rc::new(Place {
            since: Cell::new(now),
            looks: Cell::default(),
            working: Cell::default(),
            heard: Cell::default(),
            stuck: Cell::default(),
            ending: Cell::default(),
            authentic: Cell::default(),
            closed: Cell::default(),
            spared: Cell::default(),
            reader: Cell::default(),
            writer: Cell::default(),
        }))
    }

    /// A request is being worked on: nothing more is read, and the connection is left alone.
    pub(super) fn work(&self) {
        self.0.working.set(true);
    }

    /// The client is to send the rest of its request.
    pub(super) fn wait(&self) {
        self.0.working.set(false);
        wake(&self.0.reader);
    }

    /// A request is answered; the client may send another. Those that have shown who they are, are let off anew.
    pub(super) fn answered(&self) {
        self.0.heard.set(None);
        self.0.since.set(Instant::now());
        if self.0.authentic.get() {
            self.0.looks.set(0);
            self.0.spared.set(false);
        }
        self.wait();
    }

    /// A request will not be read to its end: its answer is the connection's last.
    pub(super) fn end(&self) {
        self.0.ending.set(Some(Instant::now()));
    }

    /// The connection has brought an authentic webhook, or the operators' token.
    pub(super) fn vouch(&self) {
        self.0.authentic.set(true);
    }

    /// Whether bytes may be read now; if not, `waker` is woken when they may.
    pub(super) fn reads(&self, waker: &Waker) -> bool {
        self.0.reader.set(Some(waker.clone()));
        !self.0.working.get() && self.0.stuck.get().is_none()
    }

    /// Bytes have come.
    pub(super) fn heard(&self) {
        if self.0.heard.get().is_none() {
            self.0.heard.set(Some(Instant::now()));
        }
    }

    /// Bytes could be sent, or not.
    pub(super) fn sent(&self, some: bool, waker: &Waker) {
        if some {
            if self.0.stuck.take().is_some() {
                wake(&self.0.reader);
            }
        } else {
            self.0.writer.set(Some(waker.clone()));
            let since = self.0.stuck.get().unwrap_or_else(Instant::now);
            self.0.stuck.set(Some(since));
        }
    }

    /// Whether the connection has to end.
    pub(super) fn is_closed(&self) -> bool {
        self.0.closed.get().is_some()
    }

    /// Whether it has to end only for want of room, and need not where a request has come in the meantime.
    pub(super) fn may_be_spared(&self) -> bool {
        self.0.closed.get() == Some(Reason::Crowded)
            && !self.0.spared.get()
            && self.0.stuck.get().is_none()
    }

    /// A request has come: the connection goes on, and has as long as a newcomer to send the rest.
    pub(super) fn spare(&self) {
        self.0.closed.set(None);
        self.0.spared.set(true);
        self.0.looks.set(0);
    }
}

impl Place {
    /// Counted in looks: while the worker itself could not run, nobody was slow. Work on an answer that is not taken
    /// waits too.
    fn has_waited(&self) -> bool {
        let waits = !self.working.get() || self.stuck.get().is_some();
        waits && self.looks.get() >= GRACE
    }

    fn is_overdue(&self, now: Instant, answer: Duration) -> bool {
        let longer = |since: Option<Instant>, most| {
            since.is_some_and(|since| now.saturating_duration_since(since) > most)
        };
        let slow = longer(Some(self.since.get()), IDLE) || longer(self.heard.get(), REQUEST);
        slow && !self.working.get()
            || longer(self.stuck.get(), answer)
            || longer(self.ending.get(), DISCONNECT)
    }

    fn close(&self, reason: Reason) {
        self.closed.set(Some(reason));
        wake(&self.reader);
        wake(&self.writer);
    }
}

impl Reason {
    fn label(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Crowded => "crowded",
        }
    }
}

impl Ticket {
    /// The seat that it stands for.
    pub(super) fn seat(&self) -> &Seat {
        &self.seat
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.count.decrement(1.0);
        if let Some(reason) = self.seat.0.closed.get() {
            metrics::counter!("rollcall_http_connections_closed_total", "reason" => reason.label())
                .increment(1);
        }
        if let Some(room) = self.room.upgrade() {
            room.taken.borrow_mut().remove(&self.number);
        }
    }
}

fn wake(waker: &Cell<Option<Waker>>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

#[cfg(test)]
mod tests;
