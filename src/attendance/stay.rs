//! Stays: where each one ends, and what it counts.
//!
//! A stay is one join instant of one (connection, `user_id`) and at most one leave. A room move ends one
//! stay and begins the next (docs/zoom.md 4.2). A leave that never came is made up for by what the same
//! connection does next, else by the end; every such decision is named by its [`Evidence`].

use super::{
    connection::Connection,
    ending::EndedBy,
    event::{Instant, Moment},
    interval::Interval,
    seat::{Sightings, What},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Bound,
};

/// Why a stay ends where it ends, or counts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// Zoom reported both ends; or the stay is still open.
    Observed,
    /// Its own leave never came; the connection's leave without a join closed it.
    ClosedByLeave,
    /// Its own leave never came; the connection's next join closed it.
    ClosedByNextJoin,
    /// Its leave never came; `meeting.ended` closed it.
    ClosedByEnd,
    /// Neither its leave nor `meeting.ended` came; the schedule closed it.
    ClosedBySchedule,
    /// A leave without a join that closed nothing: counts zero.
    ArrivalUnknown,
    /// The leave is before the join: counts zero.
    Inverted,
    /// It begins at or after the end: counts zero.
    AfterEnd,
}

/// One stay: a join instant of one (connection, `user_id`) and at most one leave.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Stay {
    /// `participant_uuid`, or what stands in for it.
    pub connection: Box<str>,
    /// Zoom's `user_id`.
    pub zoom_user_id: Option<Box<str>>,
    /// As observed.
    pub join: Option<Moment>,
    /// As observed.
    pub leave: Option<Moment>,
    /// What it counts, cut at the end; none while open and where it counts zero.
    pub counted: Option<Interval>,
    /// Why.
    pub evidence: Evidence,
}

impl Stay {
    /// Whether it has neither a leave nor anything that stands in for one: somebody is there.
    pub fn is_open(&self) -> bool {
        self.leave.is_none() && self.evidence == Evidence::Observed
    }

    /// The first instant known of it.
    pub fn first(&self) -> Option<Instant> {
        self.join.or(self.leave).map(|m| m.at)
    }

    /// The instant of its leave as observed; where that never came, the instant that closed it.
    pub fn closed_at(&self) -> Option<Instant> {
        let closed = || self.counted.map(|c| c.until);
        self.leave.map(|l| l.at).or_else(closed)
    }
}

/// The key of a connection can be an e-mail: it never reaches a log.
impl fmt::Debug for Stay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stay({:?}, ..)", self.evidence)
    }
}

/// Every stay of `connection`, in no particular order, judged by the end of its occurrence.
pub(super) fn stays(connection: &Connection<'_>, end: Option<(Instant, EndedBy)>) -> Vec<Stay> {
    let Pairs { begun, orphans } = Pairs::of(connection);
    let closers = closers(&begun, &orphans);
    let mut used = BTreeSet::new();
    let mut stays = Vec::with_capacity(begun.len());
    for Begun { seat, join, leave } in begun {
        let own = leave.map(|l| (l.at, Evidence::Observed));
        let close = own.or_else(|| {
            let closer = first_after(&closers, join.at);
            used.extend(closer.map(|(at, _)| at));
            closer.or(end.map(closed_by))
        });
        let (counted, evidence) = judge(join.at, close, end.map(|(at, _)| at));
        stays.push(Stay {
            connection: connection.key.into(),
            zoom_user_id: seat.map(Into::into),
            join: Some(join),
            leave,
            counted,
            evidence,
        });
    }
    let unused = orphans.into_iter().filter(|o| !used.contains(&o.leave.at));
    stays.extend(unused.map(|Orphan { seat, leave }| Stay {
        connection: connection.key.into(),
        zoom_user_id: seat.map(Into::into),
        join: None,
        leave: Some(leave),
        counted: None,
        evidence: Evidence::ArrivalUnknown,
    }));
    stays
}

/// What was seen of a connection, once its leaves have found their joins.
#[derive(Default)]
struct Pairs<'a> {
    begun: Vec<Begun<'a>>,
    orphans: Vec<Orphan<'a>>,
}

/// A join, and its leave if that came.
struct Begun<'a> {
    seat: Option<&'a str>,
    join: Moment,
    leave: Option<Moment>,
}

/// A leave without a join.
struct Orphan<'a> {
    seat: Option<&'a str>,
    leave: Moment,
}

impl<'a> Pairs<'a> {
    fn of(connection: &Connection<'a>) -> Self {
        let mut pairs = Self::default();
        for (seat, seen) in &connection.seats {
            pairs.pair(*seat, seen);
        }
        pairs
    }

    /// A leave belongs to the last join at or before it (before all joins: to the first); of several the
    /// latest counts.
    fn pair(&mut self, seat: Option<&'a str>, seen: &[&Sightings]) {
        let first = self.begun.len();
        let begun = |join| Begun {
            seat,
            join,
            leave: None,
        };
        self.begun
            .extend(moments(seen, What::Join).into_iter().map(begun));
        let begun = &mut self.begun[first..];
        for leave in moments(seen, What::Leave) {
            let before = begun.partition_point(|b| b.join.at <= leave.at);
            match begun.get_mut(before.saturating_sub(1)) {
                Some(stay) => stay.leave = Some(leave),
                None => self.orphans.push(Orphan { seat, leave }),
            }
        }
    }
}

/// One seat may have been seen with and without its `participant_uuid`.
fn moments(seen: &[&Sightings], what: What) -> Vec<Moment> {
    let mut all: Vec<Moment> = seen.iter().flat_map(|s| s.only(what)).collect();
    all.sort_unstable();
    all.dedup_by_key(|moment| moment.at); // the stated one comes first
    all
}

/// What can close a stay of this connection that has no leave: its joins and its leaves without a join
/// (at the same instant: the leave).
fn closers(begun: &[Begun<'_>], orphans: &[Orphan<'_>]) -> BTreeMap<Instant, Evidence> {
    let joins = begun
        .iter()
        .map(|b| (b.join.at, Evidence::ClosedByNextJoin));
    let leaves = orphans
        .iter()
        .map(|o| (o.leave.at, Evidence::ClosedByLeave));
    joins.chain(leaves).collect()
}

/// The first closer strictly after `join`.
fn first_after(
    closers: &BTreeMap<Instant, Evidence>,
    join: Instant,
) -> Option<(Instant, Evidence)> {
    let mut later = closers.range((Bound::Excluded(join), Bound::Unbounded));
    later.next().map(|(at, evidence)| (*at, *evidence))
}

fn closed_by((at, by): (Instant, EndedBy)) -> (Instant, Evidence) {
    match by {
        EndedBy::Event => (at, Evidence::ClosedByEnd),
        EndedBy::Schedule => (at, Evidence::ClosedBySchedule),
    }
}

/// What a stay from `join` until `close` counts, cut at `end`.
fn judge(
    join: Instant,
    close: Option<(Instant, Evidence)>,
    end: Option<Instant>,
) -> (Option<Interval>, Evidence) {
    let Some((until, evidence)) = close else {
        return (None, Evidence::Observed);
    };
    if evidence == Evidence::Observed && until < join {
        return (None, Evidence::Inverted);
    }
    if end.is_some_and(|end| end <= join) {
        return (None, Evidence::AfterEnd);
    }
    let cut = end.map_or(until, |end| until.min(end));
    (Interval::new(join, cut), evidence)
}
