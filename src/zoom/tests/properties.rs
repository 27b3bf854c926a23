//! Whatever arrives, nothing panics, and the order of keys changes nothing.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::zoom::challenge::decide;
use crate::zoom::signature::KeyIndex;
use crate::zoom::translate::Folds;

const SAMPLES: [&str; 6] = [
    "endpoint.url_validation.json",
    "meeting.ended.json",
    "meeting.created.json",
    "meeting.participant_joined.registrant.json",
    "meeting.participant_bind.json",
    "webinar.participant_left.json",
];

/// Runs a body through everything; what folds must have what folding needs.
fn digest(body: &[u8]) {
    let Ok(envelope) = Envelope::parse(body) else {
        return;
    };
    let delivery = translate(&envelope);
    assert_eq!(delivery.folds == Folds::No, delivery.news.is_none());
    assert!(delivery.folds == Folds::No || delivery.occurrence.is_some());
    assert!(delivery.folds != Folds::Yes || delivery.meeting.is_some());
    let _ = decide(&envelope, true, Ok(KeyIndex::FIRST));
}

/// Sets, removes or inserts a byte or a few; nothing is set or removed where there is nothing.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
}

pub(super) fn change() -> impl Strategy<Value = Change> {
    let piece = prop_oneof![
        Just(b"\\ud83e".to_vec()),
        Just(b"\\".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"{".to_vec()),
        Just(b"null".to_vec()),
        Just(b"1e999".to_vec()),
        prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        any::<prop::sample::Index>().prop_map(Change::Remove),
        (any::<prop::sample::Index>(), piece).prop_map(|(at, piece)| Change::Insert(at, piece)),
    ]
}

pub(super) fn apply(body: &mut Vec<u8>, change: Change) {
    if body.is_empty() {
        return;
    }
    match change {
        Change::Set(at, byte) => {
            let at = at.index(body.len());
            body[at] = byte;
        }
        Change::Remove(at) => {
            body.remove(at.index(body.len()));
        }
        Change::Insert(at, piece) => {
            let at = at.index(body.len());
            body.splice(at..at, piece);
        }
    }
}

/// The same JSON with the members of every object in the order that `ranks` gives.
fn reordered(value: &Value, ranks: &mut impl Iterator<Item = u8>) -> String {
    match value {
        Value::Object(members) => {
            let mut written: Vec<(u8, String)> = members
                .iter()
                .map(|(key, value)| {
                    let rank = ranks.next().unwrap_or(0);
                    (
                        rank,
                        format!("{}:{}", Value::from(key.as_str()), reordered(value, ranks)),
                    )
                })
                .collect();
            written.sort_by_key(|(rank, _)| *rank);
            let written: Vec<_> = written.into_iter().map(|(_, member)| member).collect();
            format!("{{{}}}", written.join(","))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        digest(&body);
    }

    #[test]
    fn changed_samples_never_panic(
        sample in prop::sample::select(&SAMPLES[..]),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let mut body = fixture(sample);
        for change in changes {
            apply(&mut body, change);
        }
        digest(&body);
    }

    #[test]
    fn the_order_of_keys_changes_nothing(
        sample in prop::sample::select(&SAMPLES[..]),
        ranks in prop::collection::vec(any::<u8>(), 60),
    ) {
        let body = fixture(sample);
        let value: Value = serde_json::from_slice(&body).expect("json");
        let shuffled = reordered(&value, &mut ranks.into_iter().cycle());
        prop_assert!(deliver(shuffled.as_bytes()) == deliver(&body));
    }
}
