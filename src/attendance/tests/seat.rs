//! Seats and sightings are packed: what goes in comes out, and nothing else is the same.

use crate::attendance::{
    event::{Instant, Moment},
    facts::{Facts, Kind},
    seat::{Known, Seat, Sightings, What},
};

fn moment(at: i64, approximate: bool) -> Moment {
    Moment {
        at: Instant(at),
        approximate,
    }
}

#[test]
fn a_seat_knows_what_it_was_made_of() {
    let all = [
        Known::Connection("ab", Some("c")),
        Known::Connection("a", Some("bc")),
        Known::Connection("abc", Some("")),
        Known::Connection("", Some("abc")),
        Known::Connection("abc", None),
        Known::Connection("é", Some("ü")),
        Known::Room("abc"),
        Known::Account("abc"),
    ];
    for (place, one) in all.iter().enumerate() {
        let seat = Seat::new(*one);
        assert!(seat.known() == *one, "number {place}");
        let same = all.iter().filter(|other| Seat::new(**other) == seat);
        assert_eq!(same.count(), 1, "number {place}");
    }
}

#[test]
fn moments_come_in_order_and_the_stated_one_of_two_equal_ones_stays() {
    let mut seen = Sightings::default();
    for (what, at, approximate) in [
        (What::Leave, 5, true),
        (What::Join, 9, false),
        (What::Join, 5, true),
        (What::Join, -3, false),
        (What::Join, 5, false),
        (What::Leave, 5, true),
    ] {
        seen.see(what, moment(at, approximate));
    }
    let all: Vec<_> = seen.moments().collect();
    let expected = [
        (What::Join, moment(-3, false)),
        (What::Join, moment(5, false)),
        (What::Leave, moment(5, true)),
        (What::Join, moment(9, false)),
    ];
    assert_eq!(all, expected);
    let leaves: Vec<_> = seen.only(What::Leave).collect();
    assert_eq!(leaves, [moment(5, true)]);
}

#[test]
fn an_instant_beyond_all_measure_is_still_the_first_or_the_last() {
    let mut seen = Sightings::default();
    for at in [i64::MAX, 0, i64::MIN] {
        seen.see(What::Join, moment(at, false));
    }
    let all: Vec<_> = seen.only(What::Join).map(|join| join.at).collect();
    assert!(all[0] < Instant(-(1 << 60)) && all[1] == Instant(0) && all[2] > Instant(1 << 60));
}

#[test]
fn every_value_is_kept_with_its_latest_instant() {
    let mut facts = Facts::default();
    for (kind, value, at) in [
        (Kind::Name, "Zoë", 1),
        (Kind::Email, "b@x", 2),
        (Kind::Name, "Ana", 7),
        (Kind::Email, "b@x", 1),
        (Kind::Email, "", 4),
        (Kind::Name, "Zoë", 3),
    ] {
        facts.insert(kind, value, Instant(at));
    }
    let all: Vec<_> = facts
        .iter()
        .map(|fact| (fact.kind, fact.value, fact.at.0))
        .collect();
    let expected = [
        (Kind::Email, "", 4),
        (Kind::Email, "b@x", 2),
        (Kind::Name, "Ana", 7),
        (Kind::Name, "Zoë", 3),
    ];
    assert_eq!(all, expected);
}
