//! Every sample body means what a person reads in it.

use std::collections::BTreeSet;

use super::*;
use crate::attendance::event::Event;
use crate::zoom::translate::Folds;

const MATHS: &str = "85512340977";
const MATHS_RUN: &str = "k8/Tz1+WQ6q//vR3sYpHdA==";
const EVENING: &str = "97740018265";
const EVENING_RUN: &str = "b2Rn7Wd0RmqXcP5tLz9AyA==";
const AMIRA: &str = "3F9A61C2-77D4-41B8-9E05-1C2D8B6A4F10";
const PHONE: &str = "5D2E9B04-C6A1-4F73-B018-92E7D4A6C35B";

/// Samples with news: file without `.json`, `event_ts`, news. The event is the first two words of the file's name.
fn telling() -> Vec<(&'static str, i64, Event)> {
    let (start, end) = (stated(NINE + 12), stated(NINE + 50 * 60 + 58));
    let joined = |who, at| Event::Joined(maths(), who, at);
    let left = |who| Event::Left(maths(), who, end);
    let bind = Event::Bound(connection(PHONE, "16784384"), connection(AMIRA, "16779264"));
    let ended = Event::Ended(maths(), Some(stated(NINE + 51 * 60 + 7)));
    let over = Event::Ended(evening(), Some(stated(1_791_486_251)));
    let came = Event::Joined(evening(), visitor(), stated(1_791_482_462));
    let went = Event::Left(evening(), visitor(), stated(1_791_486_250));
    vec![
        (
            "meeting.started",
            1_791_190_721_702,
            Event::Started(maths()),
        ),
        ("meeting.ended", 1_791_193_867_481, ended),
        (
            "meeting.participant_joined",
            1_791_190_813_877,
            joined(amira(), start),
        ),
        (
            "meeting.participant_joined.account-user",
            1_791_190_722_392,
            joined(teacher(), stated(NINE - 79)),
        ),
        (
            "meeting.participant_joined.registrant",
            1_791_190_813_877,
            joined(registrant(), start),
        ),
        (
            "meeting.participant_joined.sdk-customer-key",
            1_791_190_813_877,
            joined(customer(), start),
        ),
        (
            "meeting.participant_joined.phone",
            1_791_191_012_210,
            joined(phone(), stated(NINE + 3 * 60 + 30)),
        ),
        ("meeting.participant_left", 1_791_193_859_466, left(amira())),
        (
            "meeting.participant_left.documented-style",
            1_791_193_859_466,
            left(documented()),
        ),
        ("meeting.participant_bind", 1_791_191_032_640, bind),
        (
            "webinar.started",
            1_791_482_360_605,
            Event::Started(evening()),
        ),
        ("webinar.ended", 1_791_486_251_377, over),
        ("webinar.participant_joined", 1_791_482_463_550, came),
        ("webinar.participant_left", 1_791_486_251_550, went),
    ]
}

/// The meeting and the run of it that a sample of this family speaks of.
fn run(family: &str) -> (&'static str, &'static str) {
    match family {
        "webinar" => (EVENING, EVENING_RUN),
        _ => (MATHS, MATHS_RUN),
    }
}

/// Samples that are journaled and shown only: file, `event_ts`, meeting, occurrence. The event is the file's name.
const SILENT: [(&str, i64, Option<&str>, Option<&str>); 18] = [
    ("endpoint.url_validation", 1_791_183_600_118, None, None),
    (
        "meeting.alert",
        1_791_191_924_020,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.created",
        1_788_256_800_388,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.deleted",
        1_791_273_600_077,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    ("meeting.updated", 1_791_130_800_912, Some(MATHS), None),
    (
        "meeting.participant_admitted",
        1_791_190_811_203,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_jbh_joined",
        1_791_190_720_700,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_jbh_waiting",
        1_791_190_660_095,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_jbh_waiting_left",
        1_791_190_685_040,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_joined_breakout_room",
        1_791_191_720_911,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_left_breakout_room",
        1_791_192_602_911,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_joined_waiting_room",
        1_791_190_772_203,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_left_waiting_room",
        1_791_190_811_203,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_put_in_waiting_room",
        1_791_192_124_203,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.participant_role_changed",
        1_791_191_100_511,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.registration_approved",
        1_788_347_100_402,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.registration_created",
        1_788_346_800_015,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
    (
        "meeting.registration_cancelled",
        1_789_889_400_230,
        Some(MATHS),
        Some(MATHS_RUN),
    ),
];

#[test]
fn started_ended_presence_and_bind_have_news() {
    for (file, event_ts, news) in telling() {
        let delivery = deliver(&fixture(&format!("{file}.json")));
        let mut words = file.split('.');
        let (family, kind) = (words.next().expect(file), words.next().expect(file));
        let (meeting, occurrence) = run(family);
        let folds = match news {
            Event::Bound(..) => Folds::IfExists,
            _ => Folds::Yes,
        };
        assert_eq!(delivery.event, format!("{family}.{kind}"));
        assert_eq!(delivery.event_ts, Some(event_ts), "{file}");
        assert_eq!(delivery.meeting.as_deref(), Some(meeting), "{file}");
        assert_eq!(delivery.occurrence.as_deref(), Some(occurrence), "{file}");
        assert_eq!(delivery.folds, folds, "{file}");
        assert!(delivery.news == Some(news), "{file}");
    }
}

#[test]
fn every_other_event_is_only_journaled() {
    for (event, event_ts, meeting, occurrence) in SILENT {
        let delivery = deliver(&fixture(&format!("{event}.json")));
        assert_eq!(delivery.event, event);
        assert_eq!(delivery.event_ts, Some(event_ts), "{event}");
        assert_eq!(delivery.meeting.as_deref(), meeting, "{event}");
        assert_eq!(delivery.occurrence.as_deref(), occurrence, "{event}");
        assert_eq!(
            (delivery.folds, delivery.news),
            (Folds::No, None),
            "{event}"
        );
    }
}

#[test]
fn no_sample_is_left_out() {
    let told = telling().into_iter().map(|sample| sample.0.to_owned());
    let expected: BTreeSet<String> = told.chain(SILENT.iter().map(|s| s.0.to_owned())).collect();
    let found = std::fs::read_dir(fixtures())
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").file_name())
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned()))
        .filter(|name| name != "signature-vectors")
        .collect();
    assert_eq!(expected, found);
}

fn evening() -> Setting {
    Setting {
        start: Some(Instant(1_791_482_360)),
        timezone: Some("Europe/London".into()),
        minutes: Some(60),
        topic: Some("Sixth form open evening".into()),
    }
}

fn amira() -> Identity {
    Identity {
        name: Some("Amira Haddad".into()),
        ..connection(AMIRA, "16779264")
    }
}

fn registrant() -> Identity {
    Identity {
        registrant_id: Some("hT6yRw0uQp-KdZ3nVxB8Lg".into()),
        email: Some("a.haddad@pupils.northfield-school.example".into()),
        ..amira()
    }
}

fn customer() -> Identity {
    Identity {
        customer_key: Some("9c1f0b7e5a3d4c62b8e714f0a92d6c35".into()),
        ..amira()
    }
}

fn documented() -> Identity {
    Identity {
        registrant_id: Some("hT6yRw0uQp-KdZ3nVxB8Lg".into()),
        ..customer()
    }
}

fn teacher() -> Identity {
    Identity {
        zoom_user_id: Some("m3KfZr8TQ9-vLwXyPdA1uQ".into()),
        email: Some("r.okafor@northfield-school.example".into()),
        name: Some("Rebecca Okafor".into()),
        ..connection("A1C07E55-0B3D-4E9F-8D22-6F10B7C934AE", "16778240")
    }
}

fn phone() -> Identity {
    Identity {
        name: Some("4477****0142".into()),
        ..connection(PHONE, "16784384")
    }
}

fn visitor() -> Identity {
    Identity {
        registrant_id: Some("Zp0vQe7KRt-2uXw9LmNc5A".into()),
        email: Some("lena.brandt@mail.example".into()),
        name: Some("Lena Brandt".into()),
        ..connection("E05B7D19-44C3-4A8E-9F60-B2A71C8D3E54", "16785408")
    }
}
