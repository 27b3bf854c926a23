//! Properties of what is counted, and a naive model that knows no intervals: it asks of every single
//! second whether somebody was there.

use super::{
    given::{Given, given},
    properties,
    timeline::at,
};
use crate::attendance::{
    event::{Event, Identity, Instant, Moment, Setting},
    interval::{Interval, union},
    occurrence::Occurrence,
    report::Report,
};
use proptest::{collection::vec, option, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds that a generated meeting can last.
const SPAN: i64 = 40;

/// One presence event: connection, seat, whether it is a join, second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    connection: usize,
    seat: u8,
    join: bool,
    second: i64,
}

/// Each connection with the person that it is: Ana has two devices, Ben is matched, Guest is not.
const CONNECTIONS: [(&str, Option<&str>, &str); 4] = [
    ("Pad", Some("ana@school"), "ana"),
    ("Phone", Some("ana@school"), "ana"),
    ("Laptop", Some("ben@school"), "ben"),
    ("Guest", None, "guest"),
];

fn seen() -> impl Strategy<Value = Seen> {
    (0..CONNECTIONS.len(), 1..3_u8, any::<bool>(), 0..SPAN).prop_map(
        |(connection, seat, join, second)| Seen {
            connection,
            seat,
            join,
            second,
        },
    )
}

fn moment(second: i64) -> Moment {
    Moment {
        at: at("09:00").plus(second),
        approximate: false,
    }
}

impl Seen {
    fn event(self) -> Event {
        let (name, email, _) = CONNECTIONS[self.connection];
        let identity = Identity {
            participant_uuid: Some(name.into()),
            user_id: Some(format!("{name}.{}", self.seat).into()),
            email: email.map(Into::into),
            ..Identity::default()
        };
        let event = if self.join {
            Event::Joined
        } else {
            Event::Left
        };
        event(Setting::default(), identity, moment(self.second))
    }
}

/// The report on `seen`, ended at `end` or still running.
fn report(given: &Given, seen: &[Seen], end: Option<i64>) -> Report {
    let ended = end.map(|end| Event::Ended(Setting::default(), Some(moment(end))));
    let events = seen.iter().map(|s| s.event()).chain(ended);
    let mut occurrence = Occurrence::default();
    events.for_each(|event| occurrence.fold(&event, at("09:00")));
    given.judge(&occurrence).expect("an occurrence")
}

/// Seconds of everybody, by the person of their connections.
fn seconds(report: &Report) -> BTreeMap<&str, i64> {
    let people = report.people.iter().map(|person| {
        let connection = CONNECTIONS
            .iter()
            .find(|c| *c.0 == *person.stays[0].connection);
        (connection.expect("one of ours").2, person.seconds())
    });
    people.collect()
}

/// Every second of one connection, asked one by one.
struct Naive<'a> {
    seen: Vec<&'a Seen>,
    end: Option<i64>,
}

impl Naive<'_> {
    fn joins(&self, seat: u8, second: i64) -> bool {
        let mut seen = self.seen.iter();
        seen.any(|s| s.join && s.seat == seat && s.second == second)
    }

    /// The join that a leave of this seat belongs to.
    fn owner(&self, seat: u8, leave: i64) -> Option<i64> {
        let before = (0..=leave).rev().find(|second| self.joins(seat, *second));
        before.or_else(|| (leave..SPAN).find(|second| self.joins(seat, *second)))
    }

    /// The second at which the stay begun at `join` is over; none while it is open.
    fn over(&self, seat: u8, join: i64) -> Option<i64> {
        let leaves = || self.seen.iter().filter(|s| !s.join);
        let own = leaves()
            .filter(|s| s.seat == seat && self.owner(seat, s.second) == Some(join))
            .map(|s| s.second)
            .max();
        let ownerless =
            |second| leaves().any(|s| s.second == second && self.owner(s.seat, second).is_none());
        let joins = |second| [1, 2].into_iter().any(|seat| self.joins(seat, second));
        let next = || (join + 1..SPAN).find(|second| joins(*second) || ownerless(*second));
        own.or_else(next).or(self.end)
    }

    fn is_there(&self, second: i64) -> bool {
        let before_end = self.end.is_none_or(|end| second < end);
        let stays = (0..=second).flat_map(|join| [(1, join), (2, join)]);
        let mut begun = stays.filter(|(seat, join)| self.joins(*seat, *join));
        before_end && begun.any(|(seat, join)| self.over(seat, join).is_some_and(|o| second < o))
    }
}

/// What the naive model makes of it.
fn model(seen: &[Seen], end: Option<i64>) -> BTreeMap<&'static str, i64> {
    let mut there: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for (index, (_, _, person)) in CONNECTIONS.iter().enumerate() {
        let own: Vec<_> = seen.iter().filter(|s| s.connection == index).collect();
        if own.is_empty() {
            continue;
        }
        let naive = Naive { seen: own, end };
        let seconds = (0..2 * SPAN).filter(|second| naive.is_there(*second));
        there.entry(person).or_default().extend(seconds);
    }
    let count = |seconds: BTreeSet<i64>| i64::try_from(seconds.len()).expect("few");
    there.into_iter().map(|(who, s)| (who, count(s))).collect()
}

proptest! {
    #![proptest_config(properties())]

    #[test]
    fn intervals_count_what_the_naive_model_counts(
        seen in vec(seen(), 1..30),
        end in option::of(1..SPAN + 5),
    ) {
        // Before noon nothing is closed by silence.
        let report = report(&given(), &seen, end);
        prop_assert_eq!(seconds(&report), model(&seen, end));
    }

    #[test]
    fn nobody_is_present_longer_than_the_meeting(
        seen in vec(seen(), 1..30),
        end in option::of(1..SPAN + 5),
        silent in any::<bool>(),
    ) {
        let given = if silent { given().now("23:00") } else { given() };
        let report = report(&given, &seen, end);
        let length = report.end_or_last().0.saturating_sub(report.start.0).max(0);
        for person in &report.people {
            prop_assert!(person.seconds() <= length);
        }
    }

    #[test]
    fn lengthening_a_stay_with_both_ends_lowers_nothing(
        seen in vec(seen(), 12..40),
        which in any::<proptest::sample::Index>(),
        longer in 1..SPAN,
        end in 1..SPAN + 5,
    ) {
        // A leave with a join before it, moved later but not beyond its seat's next join.
        let joins = |of: &Seen| {
            let (connection, seat) = (of.connection, of.seat);
            let same_seat = move |s: &&Seen| (s.connection, s.seat) == (connection, seat);
            seen.iter().filter(same_seat).filter(|s| s.join).map(|s| s.second)
        };
        let both_ends = |s: &&Seen| !s.join && joins(s).any(|join| join <= s.second);
        let leaves: Vec<_> = seen.iter().filter(both_ends).collect();
        prop_assume!(!leaves.is_empty());
        let leave = *which.get(&leaves);
        let next = joins(leave).filter(|join| *join > leave.second).min().unwrap_or(2 * SPAN);
        let later = (leave.second + longer).min(next - 1);
        let moved = |s: &Seen| if s == leave { Seen { second: later, ..*s } } else { *s };
        let lengthened: Vec<_> = seen.iter().map(moved).collect();

        let (before, after) = (report(&given(), &seen, Some(end)), report(&given(), &lengthened, Some(end)));
        let after = seconds(&after);
        for (who, before) in seconds(&before) {
            prop_assert!(after[who] >= before, "{} had {}, has {}", who, before, after[who]);
        }
    }

    #[test]
    fn a_union_has_exactly_the_seconds_of_its_intervals(spans in vec((0..SPAN, 0..SPAN), 0..12)) {
        let interval = |(from, length)| Interval::new(Instant(from), Instant(from + length));
        let union = union(spans.iter().copied().filter_map(interval));
        let inside: BTreeSet<_> = spans.iter().flat_map(|(from, length)| *from..from + length).collect();
        let merged: Vec<_> = union.iter().flat_map(|i| i.from.0..i.until.0).collect();
        prop_assert_eq!(inside.into_iter().collect::<Vec<_>>(), merged, "in order, each once");
        prop_assert!(union.windows(2).all(|pair| pair[0].until < pair[1].from), "not touching");
    }
}
