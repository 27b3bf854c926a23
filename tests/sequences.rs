//! Six captured arrival sequences through HTTP, each with the presence that a person works out with pencil and paper.
//!
//! In the captures Amira shows no key, so that each of her connections is a person of its own; where that matters the
//! sequence is played a second time with her e-mail in it.

mod support;

use jiff::civil::{Date, Time, date};
use rollcall::replay::school::{Class, Enrolled, Meeting, School, Shows, Student, Teacher};
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};
use support::app::{App, Database, PATIENCE, spawn_app};

const DAY: Date = date(2026, 10, 5);
const FIRST: &str = "k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D";
const SECOND: &str = "Yc5oN8d1TgWm3hQe0RkZxw%3D%3D";
const EMAIL: &str = "a.haddad@pupils.northfield-school.example";

/// Amira in Year 9 Maths, which meets at 10:00 in London: 09:00 UTC on that day.
fn school() -> School {
    School {
        classes: vec![Class {
            sourced_id: "maths".to_owned(),
            title: "Year 9 Maths".to_owned(),
            teacher: 0,
            enrolled: vec![Enrolled {
                student: 0,
                registrant_id: None,
            }],
            meeting: Meeting {
                number: 85_512_340_977,
                timezone: "Europe/London".to_owned(),
                first: date(2026, 9, 7),
                begins: Time::constant(10, 0, 0, 0),
                minutes: 50,
            },
        }],
        teachers: vec![Teacher {
            sourced_id: "teacher".to_owned(),
            name: ("Rebecca".to_owned(), "Okafor".to_owned()),
            email: "r.okafor@northfield-school.example".to_owned(),
            zoom_user_id: "m3KfZr8TQ9-vLwXyPdA1uQ".to_owned(),
        }],
        students: vec![Student {
            sourced_id: "amira".to_owned(),
            name: ("Amira".to_owned(), "Haddad".to_owned()),
            email: Some(EMAIL.to_owned()),
            zoom_user_id: None,
            shows: Shows::Email,
        }],
    }
}

/// A sequence's raw bodies in order of arrival.
fn bodies(sequence: &str) -> Vec<String> {
    let path = format!(
        "{}/tests/fixtures/zoom/sequences/{sequence}.ndjson",
        env!("CARGO_MANIFEST_DIR")
    );
    let file = fs::read_to_string(path).expect("a sequence");
    let body = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line["raw_body"].as_str().expect("a body").to_owned()
    };
    file.lines().map(body).collect()
}

/// The same with Amira's e-mail in her events.
fn with_email(bodies: Vec<String>) -> Vec<String> {
    let known = format!("\"email\":\"{EMAIL}\"");
    bodies
        .into_iter()
        .map(|body| body.replace("\"email\":\"\"", &known))
        .collect()
}

/// A service that knows the class and has taken these bodies.
async fn play(bodies: &[String]) -> App {
    let app = spawn_app(Database::Sqlite).await;
    let roster = tempfile::tempdir().expect("a temporary folder");
    school().write_roster(roster.path()).expect("a roster");
    let import = app.command(&["import", roster.path().to_str().expect("a path of text")]);
    assert!(
        import.status.success(),
        "{}",
        String::from_utf8_lossy(&import.stderr)
    );
    for body in bodies {
        assert_eq!(app.zoom().deliver(body).await.status, 200);
    }
    app
}

/// One person: seconds, `joined` or `left`, and each stay as "join leave evidence" with UTC times of day.
type Person = (i64, String, Vec<String>);

fn person(seconds: i64, status: &str, stays: &[&str]) -> Person {
    (
        seconds,
        status.to_owned(),
        stays.iter().map(|&stay| stay.to_owned()).collect(),
    )
}

/// The people of an occurrence but for the host.
fn people(answer: &Value) -> Vec<Person> {
    let items = answer["items"].as_array().expect("a list");
    let mut people: Vec<Person> = items
        .iter()
        .filter(|item| item["name"] != "Rebecca Okafor")
        .map(|item| {
            let stays = item["stays"].as_array().expect("a list").iter().map(stay);
            let status = item["status"].as_str().expect("text").to_owned();
            (
                item["seconds"].as_i64().expect("seconds"),
                status,
                stays.collect(),
            )
        })
        .collect();
    people.sort_by(|one, other| one.2.cmp(&other.2));
    people
}

fn stay(stay: &Value) -> String {
    // "2026-10-05T09:00:12Z": the time of day is what the sequences differ in.
    let time = |field: &str| {
        stay[field]
            .as_str()
            .map_or("?", |time| &time[11..19])
            .to_owned()
    };
    format!(
        "{} {} {}",
        time("join_time"),
        time("leave_time"),
        stay["evidence"].as_str().unwrap_or("open")
    )
}

/// Plays a sequence as it came and backwards, and waits for exactly these people.
async fn check(bodies: &[String], occurrence: &str, expected: &[Person]) {
    let backwards: Vec<String> = bodies.iter().rev().cloned().collect();
    for bodies in [bodies, &backwards] {
        let app = play(bodies).await;
        let path = format!("/api/v1/occurrences/{occurrence}/participants");
        until(&app, &path, |answer| people(answer) == expected).await;
    }
}

/// Asks until `enough` of the answer; an occurrence that is not there yet is no failure.
async fn until(app: &App, path: &str, enough: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = app.get(path).await;
        let status = answer.status();
        let answer: Value = answer.json().await.expect("JSON");
        if status == 200 && enough(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{path} stays {answer:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits for Amira's attendance record.
async fn check_record(bodies: &[String], status: &str, seconds: i64) {
    let app = play(bodies).await;
    let path = format!("/api/v1/attendance?class=maths&date={DAY}");
    let enough = |answer: &Value| {
        let items = answer["items"].as_array().expect("a list");
        items.len() == 1 && items[0]["status"] == status && items[0]["seconds"] == seconds
    };
    until(&app, &path, enough).await;
}

#[tokio::test]
async fn a_breakout_move_whose_join_arrives_first() {
    let bodies = bodies("breakout-move-join-arrives-first");
    // Main room 09:00:12 to 09:15:20 (908 s), breakout room to 09:30:02 (882 s), main room to 09:50:58 (1256 s):
    // no second is missing, none counts twice. 908 + 882 + 1256 = 3046 = 09:50:58 - 09:00:12.
    let stays = [
        "09:00:12 09:15:20 observed",
        "09:15:20 09:30:02 observed",
        "09:30:02 09:50:58 observed",
    ];
    check(&bodies, FIRST, &[person(3046, "left", &stays)]).await;
    check_record(&with_email(bodies), "present", 3046).await;
}

#[tokio::test]
async fn an_end_that_arrives_last_and_is_stamped_first() {
    let bodies = bodies("end-of-meeting-ended-event_ts-earlier-but-arrives-later");
    // Only the leave at 09:51:07 is told of: when she came is not known, so nothing can be counted. She was there: she
    // is partial, not absent.
    check(
        &bodies,
        FIRST,
        &[person(0, "left", &["? 09:51:07 arrival_unknown"])],
    )
    .await;
    check_record(&with_email(bodies), "partial", 0).await;
}

#[tokio::test]
async fn a_host_who_drops_and_restarts() {
    let bodies = bodies("host-drop-restart-same-id-new-uuid");
    // 08:58:41 to 09:18:00 and, two and a half minutes later, 09:20:30 to 09:51:07: one lesson, to which nobody came.
    check(&bodies, FIRST, &[]).await;
    check(&bodies, SECOND, &[]).await;
    check_record(&bodies, "absent", 0).await;
}

#[tokio::test]
async fn somebody_before_the_host() {
    let bodies = bodies("join-before-host");
    // Waiting for the host is not presence. The join at 08:58:41 is; neither a leave nor an end has come, so it is still
    // going on and counts nothing yet, and there is no record before a stay has closed.
    let app = play(&bodies).await;
    let path = format!("/api/v1/occurrences/{FIRST}/participants");
    let enough = |answer: &Value| {
        let items = answer["items"].as_array().expect("a list");
        items.len() == 1
            && items[0]["stays"]
                .as_array()
                .is_some_and(|stays| stays.len() == 1)
    };
    let answer = until(&app, &path, enough).await;
    let amira = &answer["items"][0];
    assert_eq!(
        (&amira["status"], &amira["seconds"]),
        (&Value::from("joined"), &Value::from(0))
    );
    assert_eq!(amira["stays"][0]["join_time"], "2026-10-05T08:58:41Z");
    assert_eq!(amira["stays"][0]["leave_time"], Value::Null);
    let records = app
        .json(&format!("/api/v1/attendance?class=maths&date={DAY}"))
        .await;
    assert_eq!(records["items"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn a_retry_that_arrives_after_the_rejoin() {
    let bodies = bodies("retry-after-500-same-body-and-request-id-new-timestamp");
    // She left at 09:25:00, when she came is not known; she is back since 09:26:30. The leave's second copy at 09:30
    // changes nothing: it neither ends the new connection nor makes a stay of its own.
    let app = play(&bodies).await;
    let path = format!("/api/v1/occurrences/{FIRST}/participants");
    let summary = |answer: &Value| -> Vec<(i64, String, usize)> {
        people(answer)
            .into_iter()
            .map(|(seconds, status, stays)| (seconds, status, stays.len()))
            .collect()
    };
    let apart = [(0, "joined".to_owned(), 1), (0, "left".to_owned(), 1)];
    until(&app, &path, |answer| summary(answer) == apart).await;
    let app = play(&with_email(bodies)).await;
    until(&app, &path, |answer| {
        summary(answer) == [(0, "joined".to_owned(), 2)]
    })
    .await;
}

#[tokio::test]
async fn a_client_that_dies_and_is_back_before_zoom_notices() {
    let bodies = bodies("ungraceful-drop-rejoin-before-left");
    // The dead connection is shown until 09:20:48 (20 min 36 s = 1236 s), the new one from 09:20:16 to 09:50:58
    // (30 min 42 s = 1842 s). Without a key they are two people;
    let apart = [
        person(1236, "left", &["09:00:12 09:20:48 observed"]),
        person(1842, "left", &["09:20:16 09:50:58 observed"]),
    ];
    check(&bodies, FIRST, &apart).await;
    // with one they are Amira, and the 32 seconds of both count once: 1236 + 1842 - 32 = 3046.
    let stays = ["09:00:12 09:20:48 observed", "09:20:16 09:50:58 observed"];
    check(
        &with_email(bodies.clone()),
        FIRST,
        &[person(3046, "left", &stays)],
    )
    .await;
    check_record(&with_email(bodies), "present", 3046).await;
}
