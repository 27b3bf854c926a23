//! Whatever arrives, as far as it goes: parsed, translated, folded and judged without a panic and within bounds; and
//! no header but the one right signature of these bytes at this time is taken for Zoom's.

use super::properties::{apply, change};
use super::*;
use crate::attendance::occurrence::Occurrence;
use crate::attendance::report::Context;
use crate::attendance::school::{Rule, School};
use crate::zoom::signature::SigningKeys;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

/// The names of all sample bodies of Zoom's.
fn samples() -> Vec<String> {
    let folder = std::fs::read_dir(fixtures()).expect("samples");
    let name = |file: std::io::Result<std::fs::DirEntry>| file.ok()?.file_name().into_string().ok();
    let mut names: Vec<_> = folder.filter_map(name).collect();
    names.retain(|name| !["sequences", "signature-vectors.json"].contains(&name.as_str()));
    names.sort();
    names
}

/// Values that a field never has at Zoom's, or only by mistake.
fn odd_value() -> impl Strategy<Value = Value> {
    let words = [
        "",
        " ",
        "0",
        "-1",
        "v0:1:{}",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00+14:00",
        "9999-12-30T22:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "2026-10-05T09:00:00+99:99",
        "2026-10-05T09:00:60Z",
        "2026-03-29T01:30:00Z",
        "America/New_York",
        "Pacific/Kiritimati",
        "Europe/Atlantis",
        "\u{0}",
        "\u{202e}\u{fffd}",
        "🦊\u{1f468}\u{200d}\u{1f469}",
    ];
    prop_oneof![
        4 => prop::sample::select(words.to_vec()).prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => prop::sample::select(vec![i64::MIN, -1, 0, 1, 1440, 1441, 808_591_414, i64::MAX]).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(json!([])),
        1 => Just(json!({})),
        1 => (1..3000_usize).prop_map(|length| Value::from("é".repeat(length))),
        1 => "\\PC{0,20}".prop_map(Value::from),
    ]
}

/// Sets the leaf with this number, counted around.
fn set_leaf(value: &mut Value, nth: usize, odd: &Value) {
    fn walk(value: &mut Value, left: &mut usize, odd: Option<&Value>) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                members
                    .values_mut()
                    .for_each(|value| walk(value, left, odd));
            }
            Value::Array(items) if !items.is_empty() => {
                for value in items {
                    walk(value, left, odd);
                }
            }
            leaf => {
                if *left == 0
                    && let Some(odd) = odd
                {
                    leaf.clone_from(odd);
                }
                *left = left.wrapping_sub(1);
            }
        }
    }
    let mut left = usize::MAX;
    walk(value, &mut left, None);
    let leaves = usize::MAX - left;
    walk(value, &mut (nth % leaves.max(1)), Some(odd));
}

/// Folds all that folds into one occurrence and judges it.
fn judge(bodies: &[Vec<u8>]) {
    let mut occurrence = Occurrence::default();
    for (arrival, body) in (NINE..).zip(bodies) {
        let Ok(envelope) = Envelope::parse(body) else {
            continue;
        };
        let delivery = translate(&envelope);
        assert!(delivery.event.chars().count() <= 100);
        assert!(delivery.meeting.is_none_or(|id| id.chars().count() <= 64));
        assert!(
            delivery
                .occurrence
                .is_none_or(|uuid| uuid.chars().count() <= 128)
        );
        if let Some(news) = &delivery.news {
            occurrence.fold(news, Instant(arrival));
        }
    }
    let context = Context {
        uuid: "u",
        meeting: "85512340977",
        school: &School::default(),
        rule: &Rule::default(),
        neighbours: &[],
    };
    for now in [NINE, NINE + 86_400 * 365] {
        let report = occurrence.report(&context, Instant(now));
        assert_eq!(report.is_some(), occurrence.exists());
        let people = report.map(|report| report.people).unwrap_or_default();
        assert!(people.len() <= bodies.len());
        assert!(people.iter().all(|person| person.seconds() >= 0));
    }
}

fn right_tag(secret: &str, timestamp: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(&[b"v0:", timestamp, b":", body].concat());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

#[test]
fn numbers_that_fit_no_calendar_are_judged() {
    let at = |instant: &str| {
        let mut value: Value =
            serde_json::from_slice(&fixture("meeting.participant_joined.json")).expect("JSON");
        let object = &mut value["payload"]["object"];
        object["participant"]["join_time"] = instant.into();
        object["duration"] = i64::MAX.into();
        serde_json::to_vec(&value).expect("JSON")
    };
    judge(&["1970-01-01T00:00:00Z", "9999-12-30T22:00:00Z"].map(at));
}

proptest! {
    #[test]
    fn changed_samples_are_folded_and_judged(
        bodies in prop::collection::vec((prop::sample::select(samples()), prop::collection::vec(change(), 0..4)), 1..8),
    ) {
        let changed = |(sample, changes): (String, Vec<_>)| {
            let mut body = fixture(&sample);
            for change in changes {
                apply(&mut body, change);
            }
            body
        };
        let bodies: Vec<_> = bodies.into_iter().map(changed).collect();
        judge(&bodies);
    }

    #[test]
    fn samples_with_odd_values_are_folded_and_judged(
        bodies in prop::collection::vec(
            (prop::sample::select(samples()), prop::collection::vec((any::<usize>(), odd_value()), 0..4)),
            1..8,
        ),
    ) {
        let changed = |(sample, odd): (String, Vec<(usize, Value)>)| {
            let mut value: Value = serde_json::from_slice(&fixture(&sample)).expect("JSON");
            for (nth, odd) in odd {
                set_leaf(&mut value, nth, &odd);
            }
            serde_json::to_vec(&value).expect("JSON")
        };
        let bodies: Vec<_> = bodies.into_iter().map(changed).collect();
        judge(&bodies);
    }

    #[test]
    fn only_the_right_signature_passes(
        body in prop::collection::vec(any::<u8>(), 0..100),
        signed in 0..2_000_000_000_i64,
        skew in -700..700_i64,
        signature_changes in prop::collection::vec(change(), 0..2),
        timestamp_changes in prop::collection::vec(change(), 0..2),
    ) {
        let keys = SigningKeys::new(&[SecretString::from("one"), SecretString::from("two")]);
        let keys = keys.expect("keys");
        let mut timestamp = signed.to_string().into_bytes();
        let mut signature = right_tag("two", &timestamp, &body).into_bytes();
        for change in signature_changes {
            apply(&mut signature, change);
        }
        for change in timestamp_changes {
            apply(&mut timestamp, change);
        }
        let now = signed + skew;
        let verified = keys.verify(Some(&signature), Some(&timestamp), &body, now, 600);
        let seconds = std::str::from_utf8(&timestamp).ok().and_then(|digits| {
            let plain = (1..=12).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<i64>().ok().filter(|_| plain)
        });
        let in_time = seconds.is_some_and(|seconds| seconds.abs_diff(now) <= 600);
        let right = ["one", "two"].map(|secret| right_tag(secret, &timestamp, &body).into_bytes());
        prop_assert_eq!(verified.is_ok(), in_time && right.contains(&signature));
    }

    #[test]
    fn no_other_header_passes(
        body in prop::collection::vec(any::<u8>(), 0..50),
        signature in prop::option::of(prop::collection::vec(any::<u8>(), 0..80)),
        timestamp in prop::option::of(prop::collection::vec(any::<u8>(), 0..20)),
        now in any::<i64>(),
    ) {
        let keys = SigningKeys::new(&[SecretString::from("one")]).expect("a key");
        let verified = keys.verify(signature.as_deref(), timestamp.as_deref(), &body, now, i64::MAX);
        prop_assert!(verified.is_err());
    }
}
