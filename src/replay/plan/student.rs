//! One student in one lesson: which habits they have on that day, and the connections that come of them.

use super::super::mix::Mix;
use super::super::rng::Rng;
use super::super::script::{Fate, Visit};
use super::{MINUTE, part};

/// Who is there for less was not there for long enough.
const SHORT: i64 = 14 * MINUTE;

/// What a student does on one day. Each is drawn for itself.
#[derive(Clone, Copy)]
pub(super) struct Habits {
    absent: bool,
    late: bool,
    short: bool,
    rejoining: bool,
    moving: bool,
    two_device: bool,
    lost_leave: bool,
    oddity: Option<Oddity>,
}

/// What few students do, and [`Mix`] has one share for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Oddity {
    /// Goes early.
    Early,
    /// The client dies; it is back before Zoom notices.
    Killed,
    /// Audio by phone, bound to the client.
    Phone,
    /// The news of the arrival is lost.
    JoinLost,
}

/// How many of a hundred oddities are which.
const ODDITIES: [(Oddity, i64); 4] = [
    (Oddity::Early, 47),
    (Oddity::Killed, 35),
    (Oddity::Phone, 12),
    (Oddity::JoinLost, 6),
];

/// With what a connection is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Device {
    /// A client that shows the student's keys.
    Own,
    /// A dial-in without any key, bound to the connection before it.
    Phone,
}

/// Where one device was, and when.
pub(super) type Stay = (Device, Vec<Visit>);

/// A time `[from, until)` in Unix seconds.
type Span = (i64, i64);

impl Habits {
    /// Always draws as often, so that one share does not change what becomes of the others.
    pub(super) fn draw(mix: &Mix, rng: &mut Rng) -> Self {
        let mut has = |share: super::Share| rng.chance(share.per_mille());
        Self {
            absent: has(mix.absent),
            late: has(mix.late),
            short: has(mix.short),
            rejoining: has(mix.rejoining),
            moving: has(mix.moving),
            two_device: has(mix.two_device),
            lost_leave: has(mix.lost_leave),
            oddity: {
                let odd = has(mix.odd);
                let oddity = Oddity::draw(rng);
                odd.then_some(oddity)
            },
        }
    }

    /// The connections of a student who would be there in `[comes, goes)` but for the habits.
    pub(super) fn stays(self, (comes, goes): Span, rng: &mut Rng) -> Vec<Stay> {
        if self.absent {
            return Vec::new();
        }
        let there = self.presence((comes, goes), rng);
        let mut own: Vec<Vec<Visit>> = self
            .connections(there, rng)
            .into_iter()
            .map(|(joins, leaves)| vec![Visit::told(joins, leaves)])
            .collect();
        if self.moving {
            own[0] = rooms(&own[0][0], rng);
        }
        if self.oddity == Some(Oddity::JoinLost) {
            own[0][0].fate = Fate::JoinLost;
        }
        if let Some(last) = own.last_mut().and_then(|visits| visits.last_mut())
            && self.lost_leave
        {
            last.fate = Fate::LeaveLost;
        }
        let mut stays: Vec<Stay> = own
            .into_iter()
            .map(|visits| (Device::Own, visits))
            .collect();
        if self.oddity == Some(Oddity::Phone) {
            let calls = there.0 + part(there, 20, 80, rng);
            stays.push((Device::Phone, vec![Visit::told(calls, there.1)]));
        }
        if self.two_device {
            let second = second_device(there, rng);
            stays.push((Device::Own, vec![Visit::told(second.0, second.1)]));
        }
        stays
    }

    /// From the first sight of the student to the last.
    fn presence(self, (mut comes, mut goes): Span, rng: &mut Rng) -> Span {
        if self.late {
            comes += part((comes, goes), 100, 800, rng);
        }
        if self.lost_leave || self.oddity == Some(Oddity::Early) {
            goes = comes + part((comes, goes), 200, 500, rng);
        }
        if self.short {
            goes = comes + part((comes, goes), 13, 280, rng).min(SHORT);
        }
        (comes, goes)
    }

    /// One connection after the other.
    fn connections(self, (comes, goes): Span, rng: &mut Rng) -> Vec<Span> {
        let mut spans = vec![(comes, goes)];
        if self.rejoining {
            let leaves = comes + part((comes, goes), 200, 500, rng);
            let returns = leaves + part((comes, goes), 3, 200, rng);
            spans = vec![(comes, leaves), (returns, goes)];
        }
        if self.oddity == Some(Oddity::Killed)
            && let Some((from, until)) = spans.pop()
        {
            let noticed = from + part((from, until), 200, 500, rng);
            let returns = (noticed - rng.between(5, 80)).max(from);
            spans.extend([(from, noticed), (returns, until)]);
        }
        spans
    }
}

impl Oddity {
    fn draw(rng: &mut Rng) -> Self {
        let mut drawn = rng.between(0, 99);
        for (oddity, share) in ODDITIES {
            drawn -= share;
            if drawn < 0 {
                return oddity;
            }
        }
        Self::Early
    }
}

/// From the main room into another and back.
fn rooms(visit: &Visit, rng: &mut Rng) -> Vec<Visit> {
    let whole = (visit.joins, visit.leaves);
    let out = visit.joins + part(whole, 200, 500, rng);
    let back = out + part(whole, 100, 240, rng);
    vec![
        Visit::told(visit.joins, out),
        Visit::told(out, back),
        Visit::told(back, visit.leaves),
    ]
}

fn second_device(there: Span, rng: &mut Rng) -> Span {
    let joins = there.0 + part(there, 40, 160, rng);
    let leaves = joins + part(there, 200, 700, rng);
    (joins, leaves)
}
