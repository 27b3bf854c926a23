//! The stored form is written down here: whatever the code becomes, it must be read for ever.

use super::{read, write};
use crate::attendance::{
    event::{Instant, Moment},
    seal::{Kind, Known, Sealed, Seat, Seen},
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::json;

fn moment(at: i64, approximate: bool) -> Moment {
    Moment {
        at: Instant(at),
        approximate,
    }
}

/// One of everything.
fn sealed() -> Sealed {
    let all = [
        (Kind::Registrant, "R"),
        (Kind::CustomerKey, "C"),
        (Kind::ZoomUser, "Z"),
        (Kind::Email, "a@b"),
        (Kind::Name, "Ana"),
    ];
    let facts = all.iter().zip(20..);
    Sealed {
        arrivals: Some((Instant(1), Instant(2))),
        start: Some(Instant(3)),
        end: Some(moment(4, true)),
        timezone: Some((None, "Asia/Manila".into())),
        minutes: Some((Some(Instant(5)), 808_591_414)),
        topic: Some((Some(Instant(6)), "Maths".into())),
        seats: vec![Seen {
            seat: Seat::new(Known::Connection("P", Some("1"))),
            joins: vec![moment(7, false), moment(8, true)],
            leaves: vec![moment(9, false)],
            facts: facts
                .map(|((kind, value), at)| (*kind, (*value).into(), Instant(at)))
                .collect(),
        }],
        binds: vec![
            (
                Seat::new(Known::Room("1")),
                Seat::new(Known::Account("a@b")),
            ),
            (
                Seat::new(Known::Connection("P", None)),
                Seat::new(Known::Room("2")),
            ),
        ],
        unusable: vec![(Instant(10), None), (Instant(11), Some(moment(12, true)))],
    }
}

#[test]
fn version_1_is_this_and_stays_this() {
    let form = json!({
        "v": 1,
        "a": [1, 2],
        "s": 3,
        "e": [4, true],
        "z": [null, "Asia/Manila"],
        "m": [5, 808_591_414],
        "t": [6, "Maths"],
        "p": [[
            { "c": ["P", "1"] },
            [[7, false], [8, true]],
            [[9, false]],
            [["r", "R", 20], ["c", "C", 21], ["z", "Z", 22], ["e", "a@b", 23], ["n", "Ana", 24]],
        ]],
        "b": [[{ "r": "1" }, { "a": "a@b" }], [{ "c": ["P", null] }, { "r": "2" }]],
        "u": [[10, null], [11, [12, true]]],
    });
    assert_eq!(write(&sealed()), form);
    assert!(read(form) == Some(sealed()));
}

#[test]
fn an_empty_seal_is_one_too() {
    assert!(read(write(&Sealed::default())) == Some(Sealed::default()));
}

#[test]
fn what_another_release_wrote_is_not_guessed_at() {
    let mut newer = write(&sealed());
    newer["v"] = json!(2);
    assert!(read(newer).is_none());
    let mut stranger = write(&sealed());
    stranger["w"] = json!(true);
    assert!(read(stranger).is_none());
    for broken in [json!(null), json!({}), json!({ "v": 1 }), json!([1])] {
        assert!(read(broken).is_none());
    }
}

fn text() -> impl Strategy<Value = Box<str>> + Clone {
    "\\PC{0,8}".prop_map(Into::into)
}

fn seat() -> impl Strategy<Value = Seat> {
    prop_oneof![
        (text(), option::of(text()))
            .prop_map(|(uuid, room)| Seat::new(Known::Connection(&uuid, room.as_deref()))),
        text().prop_map(|room| Seat::new(Known::Room(&room))),
        text().prop_map(|key| Seat::new(Known::Account(&key))),
    ]
}

fn moments() -> impl Strategy<Value = Vec<Moment>> {
    vec(
        (any::<i64>(), any::<bool>()).prop_map(|(at, a)| moment(at, a)),
        0..4,
    )
}

fn seen() -> impl Strategy<Value = Seen> {
    let facts = vec((text(), any::<i64>()), 0..4);
    (seat(), moments(), moments(), facts).prop_map(|(seat, joins, leaves, facts)| Seen {
        seat,
        joins,
        leaves,
        facts: facts
            .into_iter()
            .map(|(value, at)| (Kind::Email, value, Instant(at)))
            .collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Through text, as SQLite keeps it.
    #[test]
    fn nothing_is_lost(
        seats in vec(seen(), 0..6),
        binds in vec((seat(), seat()), 0..3),
        minutes in option::of((option::of(any::<i64>().prop_map(Instant)), any::<i64>())),
        topic in option::of((option::of(any::<i64>().prop_map(Instant)), text())),
    ) {
        let sealed = Sealed { minutes, topic, seats, binds, ..Sealed::default() };
        let stored = write(&sealed).to_string();
        prop_assert!(read(serde_json::from_str(&stored).expect("JSON")) == Some(sealed));
    }
}
