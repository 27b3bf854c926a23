//! Shapes that no sample has and that must lose nobody: odd spellings of nothing, missing times, hostile sizes.

use serde_json::{Value, json};

use super::*;
use crate::attendance::event::Event;
use crate::zoom::translate::Folds;

/// A join of one participant into occurrence `run` of meeting 855, sent at second 5000.
fn join(participant: &Value) -> Delivery {
    presence("meeting.participant_joined", participant)
}

fn presence(event: &str, participant: &Value) -> Delivery {
    let object = json!({"id": "855", "uuid": "run", "participant": participant});
    send(event, &object)
}

fn send(event: &str, object: &Value) -> Delivery {
    let body = json!({"event": event, "event_ts": 5_000_999, "payload": {"object": object}});
    deliver(body.to_string().as_bytes())
}

#[track_caller]
fn joined(delivery: &Delivery) -> (&Identity, Moment) {
    match &delivery.news {
        Some(Event::Joined(_, who, at)) => (who, *at),
        _ => panic!("not a join"),
    }
}

#[test]
fn missing_empty_and_null_are_the_same_nothing() {
    let keys = [
        "participant_uuid",
        "participant_user_id",
        "id",
        "registrant_id",
        "customer_key",
        "email",
        "user_name",
    ];
    for nothing in [
        json!(""),
        json!(null),
        json!("  "),
        json!([]),
        json!({}),
        json!(true),
    ] {
        let mut participant = json!({"user_id": 16_779_264, "join_time": "1970-01-01T00:10:00Z"});
        for key in keys {
            participant[key] = nothing.clone();
        }
        let delivery = join(&participant);
        let expected = Identity {
            user_id: Some("16779264".into()),
            ..Identity::default()
        };
        assert!(*joined(&delivery).0 == expected, "{nothing}");
        assert_eq!(joined(&delivery).1, stated(600));
    }
}

#[test]
fn participant_user_id_goes_before_id_and_emails_are_lower_case() {
    let delivery =
        join(&json!({"participant_user_id": "new", "id": "old", "email": " A.B@Ex.Org "}));
    assert_eq!(joined(&delivery).0.zoom_user_id.as_deref(), Some("new"));
    assert_eq!(joined(&delivery).0.email.as_deref(), Some("a.b@ex.org"));
    let delivery = join(&json!({"participant_user_id": "", "id": "old"}));
    assert_eq!(joined(&delivery).0.zoom_user_id.as_deref(), Some("old"));
}

#[test]
fn a_join_without_a_key_is_still_a_join() {
    let delivery = join(&json!({"user_name": "Someone", "join_time": "1970-01-01T00:10:00Z"}));
    assert_eq!(delivery.folds, Folds::Yes);
    assert_eq!(joined(&delivery).1, stated(600));
}

#[test]
fn without_a_readable_time_event_ts_stands_in() {
    for time in [
        json!(null),
        json!(""),
        json!("soon"),
        json!(600),
        json!("2026-10-05T09:00:12"),
    ] {
        let delivery = join(&json!({"user_id": "1", "join_time": time}));
        assert_eq!(joined(&delivery).1, approximate(5_000), "{time}");
    }
    let left = presence("webinar.participant_left", &json!({"user_id": "1"}));
    let Some(Event::Left(_, _, at)) = left.news else {
        panic!("not a leave");
    };
    assert_eq!(at, approximate(5_000));
    let ended = send("meeting.ended", &json!({"id": 855, "uuid": "run"}));
    assert!(ended.news == Some(Event::Ended(Setting::default(), Some(approximate(5_000)))));
}

#[test]
fn without_any_time_presence_is_unusable_and_the_end_unknown() {
    for event_ts in [
        "",
        r#""event_ts":null,"#,
        r#""event_ts":1e999,"#,
        r#""event_ts":253402300799999,"#,
    ] {
        let body = |event: &str| {
            format!(
                r#"{{{event_ts}"event":"{event}","payload":{{"object":{{"id":1,"uuid":"run"}}}}}}"#
            )
        };
        for event in ["meeting.participant_joined", "webinar.participant_left"] {
            let delivery = deliver(body(event).as_bytes());
            assert_eq!(delivery.folds, Folds::Yes);
            assert!(delivery.news == Some(Event::Unusable(Setting::default())));
        }
        let ended = deliver(body("webinar.ended").as_bytes());
        assert!(ended.news == Some(Event::Ended(Setting::default(), None)));
    }
}

#[test]
fn without_uuid_nothing_folds() {
    for event in [
        "meeting.started",
        "meeting.ended",
        "meeting.participant_joined",
        "webinar.participant_left",
    ] {
        for object in [
            json!({"id": 855}),
            json!({"id": 855, "uuid": null}),
            json!({"id": 855, "uuid": "x".repeat(129)}),
            json!([]),
            json!(null),
            json!("text"),
        ] {
            let delivery = send(event, &object);
            assert_eq!(
                (delivery.folds, delivery.news),
                (Folds::No, None),
                "{object}"
            );
        }
    }
    let longest = json!({"id": "8".repeat(64), "uuid": "x".repeat(128)});
    assert_eq!(send("meeting.started", &longest).folds, Folds::Yes);
}

#[test]
fn without_a_meeting_number_it_counts_where_others_brought_one() {
    for event in [
        "meeting.started",
        "meeting.ended",
        "meeting.participant_joined",
        "webinar.participant_left",
    ] {
        for object in [
            json!({"uuid": "run"}),
            json!({"id": "", "uuid": "run"}),
            json!({"id": null, "uuid": "run"}),
            json!({"id": [855], "uuid": "run"}),
            json!({"id": "8".repeat(65), "uuid": "run"}),
        ] {
            let delivery = send(event, &object);
            assert_eq!(
                (delivery.folds, delivery.meeting),
                (Folds::IfExists, None),
                "{object}"
            );
            assert!(delivery.news.is_some(), "{object}");
        }
    }
}

#[test]
fn a_bind_needs_a_uuid_and_a_key_on_either_side_but_no_meeting() {
    let bind = |object: Value| send("meeting.participant_bind", &object);
    let both = json!({"user_id": "2", "bind_user_id": "1", "user_name": "4477****0142"});
    let delivery = bind(json!({"uuid": "run", "participant": both}));
    assert_eq!((delivery.folds, delivery.meeting), (Folds::IfExists, None));
    let seat = |id: &str| Identity {
        user_id: Some(id.into()),
        ..Identity::default()
    };
    assert!(delivery.news == Some(Event::Bound(seat("2"), seat("1"))));
    for object in [
        json!({"id": 855, "participant": both}),
        json!({"id": 855, "uuid": "run", "participant": {"user_id": "2", "bind_user_id": ""}}),
        json!({"id": 855, "uuid": "run", "participant": {"bind_participant_uuid": "A"}}),
        json!({"id": 855, "uuid": "run"}),
    ] {
        assert_eq!(bind(object).folds, Folds::No);
    }
}

#[test]
fn other_families_and_kinds_have_no_news() {
    for event in [
        "",
        "started",
        "recording.started",
        "meeting.",
        "meeting.Started",
        "meeting.started.x",
        " meeting.started",
        "phone.ended",
        "meeting.participant_joined_waiting_room",
    ] {
        let delivery = send(event, &json!({"id": 855, "uuid": "run"}));
        assert_eq!(
            (delivery.folds, delivery.news),
            (Folds::No, None),
            "{event}"
        );
        assert_eq!(delivery.occurrence.as_deref(), Some("run"));
    }
}

#[test]
fn hostile_lengths_bloat_nothing() {
    let delivery = send(&"é".repeat(1000), &json!({}));
    assert_eq!(delivery.event, "é".repeat(100));
    let delivery = join(&json!({
        "participant_uuid": "x".repeat(257),
        "user_id": "x".repeat(256),
        "email": "x".repeat(100_000),
        "user_name": "🦊".repeat(501),
    }));
    let expected = Identity {
        user_id: Some("x".repeat(256).into()),
        name: Some("🦊".repeat(500).into()),
        ..Identity::default()
    };
    assert!(*joined(&delivery).0 == expected);
    let started = send(
        "meeting.started",
        &json!({"id": 1, "uuid": "run", "topic": "t".repeat(501), "timezone": "z".repeat(257), "duration": 808_591_414}),
    );
    let setting = Setting {
        topic: Some("t".repeat(500).into()),
        minutes: Some(808_591_414),
        ..Setting::default()
    };
    assert!(started.news == Some(Event::Started(setting)));
}

#[test]
fn broken_names_lose_nobody() {
    let names: [(&[u8], &str); 4] = [
        (br"Noor \ud83e", "Noor \u{FFFD}"),
        (b"Noor \xF0\x9F\xA6", "Noor \u{FFFD}"),
        (br"No\u0000or", "No\u{FFFD}or"),
        (br"Noor \ud83e\udd8a", "Noor 🦊"),
    ];
    for (name, expected) in names {
        let mut body =
            br#"{"payload":{"object":{"\ud83e":1e999,"uuid":"run","id":855,"participant":
            {"\udd8a":[[]],"user_id":"1","join_time":"1970-01-01T00:10:00Z","user_name":""#
                .to_vec();
        body.extend_from_slice(name);
        body.extend_from_slice(br#""}}},"event":"meeting.participant_joined"}"#);
        let delivery = deliver(&body);
        assert_eq!(joined(&delivery).0.name.as_deref(), Some(expected));
        assert_eq!(joined(&delivery).1, stated(600));
    }
}

#[test]
fn depth_and_doubled_keys_lose_nobody() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let body = format!(
        r#"{{"event":"x","payload":{{}},"payload":{{"deep":{deep},"object":{{"id":1,"id":855,"deep":{deep},"uuid":"old",
        "participant":{{"user_id":"1","deep":{deep},"join_time":"1970-01-01T00:10:00Z","user_id":2}},"uuid":"run"}}}},
        "event":"meeting.participant_joined"}}"#
    );
    let delivery = deliver(body.as_bytes());
    assert_eq!(delivery.meeting.as_deref(), Some("855"));
    assert_eq!(delivery.occurrence.as_deref(), Some("run"));
    assert_eq!(joined(&delivery).0.user_id.as_deref(), Some("2"));
}

#[test]
fn nothing_personal_is_printed() {
    let delivery = join(&json!({"user_id": "1", "user_name": "Amira", "email": "a@b.example"}));
    let printed = format!("{delivery:?}");
    assert!(!printed.contains("Amira") && !printed.contains("a@b"));
}
