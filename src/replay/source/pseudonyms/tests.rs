//! Nobody's data gets through, and what belonged together still does.

use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::replay::mix::{Mix, Share};
use crate::replay::oracle;
use crate::replay::school::{School, Timetable};
use crate::replay::source::generated::GeneratedSchool;
use crate::replay::traffic::Delivery;

fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(b"a key of the tests")
}

fn told(body: &str) -> String {
    pseudonyms().body(body.as_bytes()).expect("JSON")
}

/// Every text, number and name of a member in a JSON value.
fn leaves(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => _ = found.insert(text.clone()),
        Value::Number(number) => _ = found.insert(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => {
            for (key, value) in members {
                found.insert(key.clone());
                leaves(value, found);
            }
        }
        Value::Bool(_) | Value::Null => {}
    }
}

#[test]
fn what_happened_stays_and_who_it_was_goes() {
    let body = concat!(
        r#"{"payload":{"account_id":"Qx7pLm2RTk-9sVwYbN4hGg","object":{"uuid":"k8/Tz1+WQ6q//vR3sYpHdA==","participant":{"#,
        r#""public_ip":"203.0.113.24","user_id":"16779264","user_name":"Amira Haddad","id":"","#,
        r#""join_time":"2026-10-05T09:00:12Z","email":"Amira@school.example","#,
        r#""participant_uuid":"3F9A61C2-77D4-41B8-9E05-1C2D8B6A4F10","phone_number":"+44 7700 900123"},"id":"85512340977","#,
        r#""type":8,"topic":"Year 9 Maths","duration":50,"timezone":"Europe/London"}},"event_ts":1791190813877,"#,
        r#""event":"meeting.participant_joined"}"#,
    );
    let told = told(body);
    for kept in [
        r#"{"payload":{"account_id":""#,
        r#""id":"","join_time":"2026-10-05T09:00:12Z","email":""#,
        r#""type":8,"topic":""#,
        r#","duration":50,"timezone":"Europe/London"}},"event_ts":1791190813877,"event":"meeting.participant_joined"}"#,
    ] {
        assert!(told.contains(kept), "{kept} in {told}");
    }
    let value: Value = serde_json::from_str(&told).expect("JSON");
    let object = &value["payload"]["object"];
    let participant = &object["participant"];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    assert_eq!(text(&value["payload"]["account_id"]).len(), 22);
    assert_eq!(text(&object["uuid"]).len(), 24);
    assert!(text(&object["uuid"]).ends_with("=="));
    assert!(
        text(&object["id"])
            .parse::<u64>()
            .is_ok_and(|id| id >= 10_000_000_000)
    );
    assert_eq!(text(&participant["user_id"]).len(), 8);
    assert!(text(&participant["email"]).ends_with("@example.invalid"));
    assert!(text(&participant["user_name"]).starts_with("alias "));
    assert_eq!(
        text(&participant["participant_uuid"]).matches('-').count(),
        4
    );
    let phone = text(&participant["phone_number"]);
    assert!(
        phone.len() == 15 && phone.starts_with('+') && &phone[3..4] == " ",
        "{phone}"
    );
    let ip = text(&participant["public_ip"]);
    let networks = ["192.0.2.", "198.51.100.", "203.0.113."];
    assert!(
        networks.iter().any(|network| ip.starts_with(network)),
        "{ip}"
    );
}

#[test]
fn events_that_nobody_knows_are_hidden_too() {
    let body = json!({
        "event": "meeting.survey_answered",
        "payload": {
            "Ana Haddad": {"grade": 7.25, "seat": -1234, "says": ["Ben Okafor", true, null, 98_765_432]},
            "participant": [{"user_name": {"first": "Chloé"}}],
        },
        "timezone": "Ana's house",
        "duration": "4477009",
    });
    let told = told(&body.to_string());
    for gone in [
        "Ana", "Haddad", "Ben", "Okafor", "Chloé", "house", "7.25", "1234", "98765432", "4477009",
        "grade", "seat",
    ] {
        assert!(!told.contains(gone), "{gone} in {told}");
    }
    for kept in [
        "\"meeting.survey_answered\"",
        "true,null",
        "\"participant\":[{\"user_name\":{",
    ] {
        assert!(told.contains(kept), "{kept} in {told}");
    }
}

#[test]
fn one_value_has_one_pseudonym_and_another_key_another() {
    let (one, other) = (pseudonyms(), Pseudonyms::new(b"another key"));
    for text in [
        "Amira Haddad",
        "16779264",
        "k8/Tz1+WQ6q//vR3sYpHdA==",
        "m3KfZr8TQ9-vLwXyPdA1uQ",
        "a@b.example",
        "3F9A61C2-77D4-41B8-9E05-1C2D8B6A4F10",
        "https://zoom.example/j/85512340977?pwd=x",
        "2001:db8:1::17",
        "李",
    ] {
        assert_eq!(one.text(text), one.text(&format!(" {text}\n")), "{text}");
        assert_ne!(one.text(text), text);
        assert_ne!(one.text(text), other.text(text), "{text}");
    }
    assert_eq!(
        one.text("Ana@School.example"),
        one.text("ana@school.EXAMPLE")
    );
    assert_eq!(one.text(" "), "");
    assert_eq!(
        told(r#"[85512340977,"85512340977"]"#)
            .matches(&one.text("85512340977"))
            .count(),
        2
    );
}

#[test]
fn different_numbers_of_a_length_stay_different() {
    let one = pseudonyms();
    for numbers in [0..10_u32, 10..100, 100..1000] {
        let (from, until) = (numbers.start, numbers.end);
        let others: BTreeSet<String> = numbers
            .map(|number| one.text(&number.to_string()))
            .collect();
        assert_eq!(others.len(), (until - from) as usize);
        let inside = |text: &String| (from..until).contains(&text.parse().expect("a number"));
        assert!(others.iter().all(inside), "{others:?}");
    }
    assert!(one.text("007").starts_with('0'));
    for length in [37, 38, 76, 77, 200] {
        let digits = "1234567890".repeat(20)[..length].to_owned();
        let other = one.text(&digits);
        assert!(other != digits && other.len() == length && other.parse::<f64>().is_ok());
    }
}

#[test]
fn what_cannot_be_looked_into_is_not_told() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    for body in [
        b"Ana".as_slice(),
        b"",
        b"{\"event\":\"meeting.started\"",
        b"{\"name\":\"\xff\"}",
        br#"{"name":"\ud800"}"#,
        br#"{"\ud800":1}"#,
        deep.as_bytes(),
    ] {
        assert!(pseudonyms().body(body).is_none());
    }
    let long = "[".repeat(200_000);
    assert!(pseudonyms().body(long.as_bytes()).is_none());
}

/// The same school, known by its pseudonyms.
fn hidden(school: &mut School, by: &Pseudonyms) {
    let hide = |text: &mut String| *text = by.text(text);
    for student in &mut school.students {
        hide(&mut student.sourced_id);
        student.zoom_user_id.iter_mut().for_each(hide);
        student.email.iter_mut().for_each(hide);
    }
    for teacher in &mut school.teachers {
        hide(&mut teacher.sourced_id);
        hide(&mut teacher.zoom_user_id);
        hide(&mut teacher.email);
    }
    for class in &mut school.classes {
        let number = by.text(&class.meeting.number.to_string());
        class.meeting.number = number.parse().expect("a number");
        for enrolled in &mut class.enrolled {
            enrolled.registrant_id.iter_mut().for_each(hide);
        }
    }
}

#[test]
fn hidden_people_have_the_same_marks() {
    let half = Share::of_thousand(300);
    let wanted = GeneratedSchool {
        meetings: 12,
        students: 20,
        minutes: 50,
        bell_seconds: 100,
        timetable: Timetable::Spread,
        mix: Mix {
            two_device: half,
            rejoining: half,
            restarted: half,
            odd: half,
            ..Mix::DAY
        },
        date: date(2026, 10, 5),
        seed: 3,
    };
    let (mut school, deliveries) = wanted.generate().expect("in range");
    let by = pseudonyms();
    let bodies: Vec<String> = deliveries.iter().map(|sent| told(&sent.body)).collect();
    let before = oracle::marks(&school, deliveries.iter().map(|sent| sent.body.as_str()));
    hidden(&mut school, &by);
    let after = oracle::marks(&school, bodies.iter().map(String::as_str));
    let expected = before.into_iter().map(|(mut key, mark)| {
        key.student = by.text(&key.student);
        (key, mark)
    });
    assert_eq!(after, expected.collect());
    assert_eq!(after.len(), 240);
    assert!(untold(&deliveries, &bodies.concat()).is_empty());
}

/// What of people in these deliveries can be found in a text.
fn untold(deliveries: &[Delivery], text: &str) -> Vec<String> {
    let mut personal = BTreeSet::new();
    for delivery in deliveries {
        let body: Value = serde_json::from_str(&delivery.body).expect("JSON");
        let object = &body["payload"]["object"];
        for key in ["uuid", "id", "topic", "host_id", "host_email"] {
            leaves(&object[key], &mut personal);
        }
        let mut participant = object["participant"].clone();
        for key in [
            "join_time",
            "leave_time",
            "date_time",
            "leave_reason",
            "old_role",
            "new_role",
        ] {
            participant[key] = Value::Null;
        }
        participant
            .as_object()
            .into_iter()
            .flatten()
            .for_each(|(_, value)| {
                leaves(value, &mut personal);
            });
    }
    assert!(personal.len() > 100);
    // A seat has eight digits: among many thousands one is another's pseudonym.
    let long = |value: &String| !value.is_empty() && value.parse::<u32>().is_err();
    personal
        .into_iter()
        .filter(|value| long(value) && text.contains(value))
        .collect()
}

/// What somebody could be known by: long enough not to turn up by chance.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-z]{6,10} [A-Z][a-z]{6,10}",
        "[A-Z][a-z]{6,12}",
        "[a-z]{6,10}\\.[a-z]{6,10}@[a-z]{6,10}\\.example",
        "\\+?[1-9][0-9]{9,14}",
        "[1-9][0-9]{0,2}\\.[1-9][0-9]{0,2}\\.1[0-9]{2}\\.[1-9][0-9]{0,2}",
        "[A-Za-z0-9_-]{22}",
        "[A-Za-z0-9+/]{22}==",
        "[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}",
        "\\PC{8,20}",
    ]
    .prop_map(|text| text.trim().to_owned())
    .prop_filter("too short", |text| text.chars().count() >= 7)
}

/// JSON around secrets, under keys that are Zoom's, a secret, or neither; with the secrets beside it.
fn body() -> impl Strategy<Value = (Value, Vec<String>)> {
    let number =
        (1_000_000_000_u64..u64::MAX).prop_map(|number| (json!(number), vec![number.to_string()]));
    let leaf = prop_oneof![
        4 => secret().prop_map(|text| (json!(text), vec![text])),
        1 => number,
        1 => Just((Value::Null, Vec::new())),
        1 => any::<bool>().prop_map(|yes| (json!(yes), Vec::new())),
    ];
    let zoom = prop::sample::select(vec![
        "event",
        "event_ts",
        "payload",
        "object",
        "participant",
        "user_name",
        "email",
        "id",
        "uuid",
        "topic",
        "join_time",
        "leave_reason",
        "timezone",
        "duration",
        "type",
        "new_role",
        "phone_number",
        "issues",
    ]);
    let key = prop_oneof![
        3 => zoom.prop_map(|key| (key.to_owned(), None)),
        1 => secret().prop_map(|key| (key.clone(), Some(key))),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..5).prop_map(|items| {
            let (values, secrets): (Vec<_>, Vec<_>) = items.into_iter().unzip();
            (Value::Array(values), secrets.concat())
        });
        let object = prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
            let mut object = serde_json::Map::new();
            let mut secrets = Vec::new();
            for ((key, named), (value, own)) in members {
                object.insert(key, value);
                secrets.extend(named.into_iter().chain(own));
            }
            (Value::Object(object), secrets)
        });
        prop_oneof![1 => list, 3 => object]
    })
}

/// Names of members, kinds of values and lengths of lists.
fn same_shape(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| same_shape(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| {
                    let told = if harmless::is_key(key) {
                        key.clone()
                    } else {
                        pseudonyms().text(key)
                    };
                    other
                        .get(&told)
                        .is_some_and(|other| same_shape(value, other))
                })
        }
        (Value::String(_), Value::String(_)) | (Value::Number(_), Value::Number(_)) => true,
        (one, other) => one == other,
    }
}

proptest! {
    #[test]
    fn no_secret_survives_wherever_it_stands((value, secrets) in body()) {
        let written = value.to_string();
        let told = told(&written);
        let read: Value = serde_json::from_str(&told).expect("JSON");
        prop_assert!(same_shape(&value, &read), "{written}\n{told}");
        let mut found = BTreeSet::new();
        leaves(&read, &mut found);
        for secret in secrets {
            prop_assert!(!found.iter().any(|text| text.contains(&secret)), "{secret} in {told}");
        }
    }
}
