//! Cases small enough to be worked out by hand, and whole days held against the script that they were made from.

use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::*;
use crate::replay::plan;
use crate::replay::rng::Rng;
use crate::replay::script::{Fate, Run};
use crate::replay::traffic::{self, Shares};

/// A school of one class; the student of the cases is the one with a customer key.
fn school() -> School {
    School::sample(1, 4, date(2026, 10, 5), 1)
}

const STUDENT: &str = "student-0003";

/// A time of the morning as ISO-8601, from "9:01:02" or "9:01".
fn iso(time: &str) -> String {
    let mut parts = time
        .split(':')
        .map(|part| part.parse::<i64>().expect("a number"));
    let mut next = || parts.next().unwrap_or(0);
    let (hours, minutes, seconds) = (next(), next(), next());
    let midnight: Timestamp = "2026-10-05T00:00:00Z".parse().expect("an instant");
    (midnight + (hours.hours().minutes(minutes).seconds(seconds))).to_string()
}

fn event(name: &str, uuid: &str, fields: &Value) -> String {
    let mut object = json!({"id": "85512000000", "uuid": uuid});
    for (key, value) in fields.as_object().expect("an object") {
        object[key] = value.clone();
    }
    json!({"event": format!("meeting.{name}"), "event_ts": 1, "payload": {"object": object}})
        .to_string()
}

fn ended(uuid: &str, at: &str) -> String {
    event("ended", uuid, &json!({"end_time": iso(at)}))
}

/// "a 1 9:00" joins as connection `a` in seat 1.
fn joined(uuid: &str, what: &str) -> String {
    presence("participant_joined", "join_time", uuid, what)
}

fn left(uuid: &str, what: &str) -> String {
    presence("participant_left", "leave_time", uuid, what)
}

fn presence(name: &str, instant: &str, uuid: &str, what: &str) -> String {
    let words: Vec<&str> = what.split(' ').collect();
    let participant = json!({
        "participant_uuid": words[0], "user_id": words[1], instant: iso(words[2]), "customer_key": STUDENT,
    });
    event(name, uuid, &json!({"participant": participant}))
}

fn check(events: &[String], status: Status, seconds: u32) {
    let marks = marks(&school(), events.iter().map(String::as_str));
    let found = marks
        .iter()
        .find(|(key, _)| key.student == STUDENT)
        .map(|(_, mark)| *mark);
    assert_eq!(found, Some(Mark { status, seconds }), "{events:#?}");
}

#[test]
fn nobody_came() {
    check(
        &[
            event("started", "u", &json!({"start_time": iso("9:00")})),
            ended("u", "9:50"),
        ],
        Status::Absent,
        0,
    );
}

#[test]
fn both_ends_known_and_delivered_twice_in_any_order() {
    let events = [
        ended("u", "9:50"),
        left("u", "a 1 9:20"),
        joined("u", "a 1 9:05"),
        left("u", "a 1 9:20"),
    ];
    check(&events, Status::Present, 900);
}

#[test]
fn a_second_short_of_the_threshold_is_partial() {
    check(
        &[
            joined("u", "a 1 9:05:01"),
            left("u", "a 1 9:20"),
            ended("u", "9:50"),
        ],
        Status::Partial,
        899,
    );
}

#[test]
fn two_devices_count_once_and_rejoins_add_up() {
    let events = [
        joined("u", "a 1 9:00"),
        left("u", "a 1 9:10"),
        joined("u", "b 2 9:05"),
        left("u", "b 2 9:15"),
        joined("u", "c 3 9:20"),
        left("u", "c 3 9:25"),
        ended("u", "9:50"),
    ];
    check(&events, Status::Present, 20 * 60);
}

#[test]
fn without_a_leave_a_stay_ends_where_its_connection_shows_up_again_or_at_the_end() {
    let moved = [
        joined("u", "a 1 9:00"),
        joined("u", "a 2 9:10"),
        left("u", "a 2 9:12"),
        ended("u", "9:50"),
    ];
    check(&moved, Status::Partial, 12 * 60);
    let orphan = [
        joined("u", "a 1 9:00"),
        left("u", "a 2 9:11"),
        ended("u", "9:50"),
    ];
    check(&orphan, Status::Partial, 11 * 60);
    let open = [joined("u", "a 1 9:00"), ended("u", "9:50")];
    check(&open, Status::Present, 50 * 60);
}

#[test]
fn a_leave_without_a_join_counts_nothing_but_somebody_came() {
    let started = event("started", "u", &json!({"start_time": iso("9:00")}));
    check(
        &[started, left("u", "a 1 9:40"), ended("u", "9:50")],
        Status::Partial,
        0,
    );
}

#[test]
fn a_leave_before_its_join_counts_nothing() {
    check(
        &[
            joined("u", "a 1 9:10"),
            left("u", "a 1 9:05"),
            ended("u", "9:50"),
        ],
        Status::Partial,
        0,
    );
}

#[test]
fn nothing_counts_beyond_the_latest_end() {
    let events = [
        joined("u", "a 1 9:30"),
        left("u", "a 1 10:30"),
        ended("u", "9:40"),
        ended("u", "9:50"),
    ];
    check(&events, Status::Present, 20 * 60);
}

#[test]
fn a_restart_within_a_quarter_of_an_hour_is_the_same_lesson() {
    let events = [
        joined("u", "a 1 9:00"),
        ended("u", "9:10"),
        joined("v", "b 1 9:25"),
        ended("v", "9:35"),
    ];
    check(&events, Status::Present, 20 * 60);
}

#[test]
fn a_restart_past_midnight_keeps_the_date() {
    let events = [
        joined("u", "a 1 22:50"),
        ended("u", "22:58"),
        joined("v", "b 1 23:08"),
        ended("v", "23:20"),
    ];
    let marks = marks(&school(), events.iter().map(String::as_str));
    // London is an hour ahead in October: the second run begins on the 6th there.
    let dates: BTreeSet<Date> = marks.keys().map(|key| key.date).collect();
    assert_eq!(dates, BTreeSet::from([date(2026, 10, 5)]));
}

#[test]
fn keys_that_name_two_people_name_nobody() {
    let school = school();
    let registrant = school.classes[0].enrolled[0].registrant_id.clone();
    let participant = json!({
        "participant_uuid": "a", "user_id": "1", "join_time": iso("9:00"),
        "customer_key": STUDENT, "registrant_id": registrant,
    });
    let events = [
        event(
            "participant_joined",
            "u",
            &json!({"participant": participant}),
        ),
        ended("u", "9:50"),
    ];
    let marks = marks(&school, events.iter().map(String::as_str));
    assert!(marks.values().all(|mark| mark.status == Status::Absent));
}

#[test]
fn a_phone_counts_for_the_client_that_it_is_bound_to() {
    let phone = json!({"participant_uuid": "p", "user_id": "2", "join_time": iso("9:05")});
    let bind = json!({"participant_uuid": "p", "user_id": "2", "bind_participant_uuid": "a"});
    let events = [
        joined("u", "a 1 9:00"),
        left("u", "a 1 9:06"),
        event("participant_joined", "u", &json!({"participant": phone})),
        event("participant_bind", "u", &json!({"participant": bind})),
        ended("u", "9:20"),
    ];
    check(&events, Status::Present, 20 * 60);
}

#[test]
fn a_running_meeting_gives_no_marks() {
    assert!(marks(&school(), [joined("u", "a 1 9:00").as_str()]).is_empty());
}

/// Seconds of a student by the script alone: lengths of merged intervals. `None` where news of the student is lost.
fn scripted(runs: &[Run], student: usize) -> Option<u32> {
    let own = |run: &Run| -> Vec<usize> {
        let connections = run.connections.iter().enumerate();
        connections
            .filter(|(_, connection)| connection.student == Some(student))
            .map(|(index, _)| index)
            .collect()
    };
    let mut spans = Vec::new();
    for run in runs {
        for connection in own(run).into_iter().map(|index| &run.connections[index]) {
            let told = connection
                .visits
                .iter()
                .all(|visit| visit.fate == Fate::Told);
            if !told || (connection.identity.phone.is_some() && !connection.bound) {
                return None;
            }
            spans.extend(
                connection
                    .visits
                    .iter()
                    .map(|visit| (visit.joins, visit.leaves)),
            );
        }
    }
    spans.sort_unstable();
    let (mut total, mut reached) = (0, i64::MIN);
    for (joins, leaves) in spans {
        total += (leaves - joins.max(reached)).max(0);
        reached = reached.max(leaves);
    }
    u32::try_from(total).ok()
}

#[test]
fn a_whole_day_gives_what_its_script_says_in_any_order() {
    let (day, seed) = (date(2026, 10, 5), 11);
    let school = School::sample(30, 30, day, seed);
    let mut deliveries = traffic::day(&school, day, seed, Shares::DAY);
    let found = marks(
        &school,
        deliveries.iter().map(|delivery| delivery.body.as_str()),
    );
    assert_eq!(found.len(), 900);
    let mut compared = 0;
    for class in &school.classes {
        let runs = plan::lesson(&school, class, day, seed, &plan::Course::DAY);
        for (index, enrolled) in class.enrolled.iter().enumerate() {
            let Some(seconds) = scripted(&runs, index) else {
                continue;
            };
            let key = Key {
                class: class.sourced_id.clone(),
                date: day,
                student: school.students[enrolled.student].sourced_id.clone(),
            };
            assert_eq!(found[&key].seconds, seconds, "{key:?}");
            compared += 1;
        }
    }
    assert!(compared > 800, "only {compared} of 900 could be compared");
    Rng::new(5).shuffle(&mut deliveries);
    assert_eq!(
        marks(
            &school,
            deliveries.iter().map(|delivery| delivery.body.as_str())
        ),
        found
    );
}
