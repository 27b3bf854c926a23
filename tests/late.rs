//! Events that come late, out of order, or never: what the marks are then. One test a way, through HTTP alone; the
//! seconds are worked out by hand.

mod support;

use rollcall::{
    config::{Env, Settings},
    journal::{Appended, Incoming, Journal},
    store::{
        connect::{Role, connect},
        entity::audit_event,
    },
    zoom::{envelope::Envelope, translate::translate},
};
use sea_orm::{EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::{
    app::{App, Database, PATIENCE, Setup, TOKEN, spawn_app},
    set::{self, Lesson},
    zoom::Run,
};
use tokio::runtime::Handle;

/// Makes each test run on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[actix_web::test] async fn $name() { super::$name(super::Database::Sqlite).await; })*
        }
        mod postgres {
            $(#[actix_web::test] async fn $name() { super::$name(super::Database::Postgres).await; })*
        }
    };
}

on_both!(
    a_lost_end_is_made_up_by_the_schedule_and_corrected_by_a_late_one,
    a_lost_start_is_not_missed,
    a_retried_join_that_comes_after_its_leave_counts,
    a_retried_join_that_comes_after_the_end_counts,
    a_retried_join_that_comes_after_the_rejoin_takes_nothing_from_it,
    a_retried_leave_does_not_end_the_stay_that_came_after_it,
    a_retried_end_does_not_end_the_run_that_came_after_it,
    an_earlier_end_that_is_retried_does_not_shorten_the_meeting,
    a_late_event_brings_back_an_actor_that_has_left,
    a_late_event_corrects_marks_that_were_final,
    two_runs_at_the_same_time_are_told_apart_and_count_once,
    a_run_that_is_only_heard_to_end_makes_everybody_absent,
    a_manual_mark_stands_until_it_is_withdrawn,
    a_confirmed_person_counts_until_that_is_withdrawn,
);

/// Mondays at 08:00 UTC, 50 minutes, from 5 October 2026 on: long over.
const MEETING: &str = "85512340977";

fn lesson(timezone: &str) -> Lesson<'_> {
    Lesson {
        class: "m9",
        meeting: MEETING,
        start: "2026-10-05T08:00:00Z",
        timezone,
    }
}

/// A service that knows the class of Ana, Ben and Cleo.
async fn school(database: Database) -> App {
    let app = spawn_app(database).await;
    set::import(&app, &["ana", "ben", "cleo"], &[lesson("UTC")]);
    app
}

fn run(uuid: &str, start: &str) -> Run {
    Run {
        meeting: MEETING.into(),
        uuid: uuid.into(),
        start: start.into(),
    }
}

/// The run from 08:00 on.
fn monday(uuid: &str) -> Run {
    run(uuid, "2026-10-05T08:00:00Z")
}

/// `HH:MM` on that Monday.
fn at(time: &str) -> String {
    format!("2026-10-05T{time}:00Z")
}

/// Zoom's keys of a student, in one connection.
fn person(student: &str, connection: &str) -> Value {
    json!({
        "user_id": format!("1677-{student}-{connection}"),
        "user_name": student,
        "email": set::email(student),
        "participant_uuid": format!("{student}-{connection}"),
    })
}

async fn deliver(app: &App, body: Vec<u8>) {
    let answer = app.zoom().deliver(body).await;
    let told = (answer.status.as_u16(), answer.body);
    assert_eq!(told, (200, json!({ "received": true })));
}

/// Delivers one after the other, as they are given.
async fn deliver_all(app: &App, bodies: impl IntoIterator<Item = Vec<u8>>) {
    for body in bodies {
        deliver(app, body).await;
    }
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().expect("items")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `ana present 3000`, as the read API tells it, with the date in front.
fn mark(row: &Value) -> String {
    let student = text(&row["student"]["sourced_id"]);
    let (date, status) = (text(&row["date"]), text(&row["status"]));
    format!("{date} {student} {status} {}", row["seconds"])
}

/// Waits until the class's marks on that Monday are these, in the order of their names.
async fn become_marks(app: &App, expected: &[&str]) -> Value {
    let dated: Vec<_> = expected
        .iter()
        .map(|mark| format!("2026-10-05 {mark}"))
        .collect();
    become_dated_marks(app, &dated).await
}

async fn become_dated_marks(app: &App, expected: &[String]) -> Value {
    let as_expected = |page: &Value| {
        let mut marks: Vec<_> = items(page).iter().map(mark).collect();
        marks.sort();
        marks == expected
    };
    app.json_until("/api/v1/attendance?class=m9", as_expected)
        .await
}

/// Waits until the occurrence's people are these: `ana left 1500`, in the order of their names.
async fn become_people(app: &App, uuid: &str, expected: &[&str]) {
    let told = |row: &Value| {
        let name = text(&row["name"]);
        format!("{name} {} {}", text(&row["status"]), row["seconds"])
    };
    let path = format!("/api/v1/occurrences/{uuid}/participants");
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Before its first event is applied there is no such occurrence.
        let page: Value = app.get(&path).await.json().await.expect("JSON");
        let rows = page["items"].as_array();
        let mut people: Option<Vec<_>> = rows.map(|rows| rows.iter().map(told).collect());
        if let Some(people) = &mut people {
            people.sort();
        }
        if people.as_deref().is_some_and(|people| people == expected) {
            return;
        }
        assert!(Instant::now() < deadline, "{uuid} has {people:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn become_status(app: &App, status: &str) {
    let path = format!("/api/v1/meetings/{MEETING}");
    app.json_until(&path, |meeting| meeting["status"] == status)
        .await;
}

/// Puts what was received at 08:55 on that Monday into the journal of an application that does not run.
async fn journal_then(app: &App, bodies: impl IntoIterator<Item = Vec<u8>>) {
    const RECEIVED_MS: i64 = 1_791_190_500_000;
    let url = app
        .database_url()
        .replace("rollcall.db", "rollcall-journal.db");
    let defaults = Settings::read(&Env::new("/", [])).expect("defaults");
    let settings = defaults.config().expect("defaults").journal;
    let opened = Journal::open(&settings, &url.into(), Handle::current()).await;
    let (journal, _nobody) = opened.expect("the journal");
    for body in bodies {
        let envelope = Envelope::parse(&body).expect("JSON");
        let incoming = Incoming {
            delivery: translate(&envelope),
            received_at: RECEIVED_MS,
            request_id: None,
            body,
        };
        assert_eq!(journal.append(incoming).await, Ok(Appended::New));
    }
    journal.drain().await;
}

async fn a_lost_end_is_made_up_by_the_schedule_and_corrected_by_a_late_one(database: Database) {
    let mut app = school(database).await;
    let run = monday("lost-end");
    let (ana, ben) = (person("ana", "1"), person("ben", "1"));
    // What a process took in on that Monday and did not live to apply; today the silence has lasted for weeks.
    app.stop().await;
    let events = [
        run.started(),
        run.joined(&ana, &at("08:00")),
        run.joined(&ben, &at("08:10")),
        run.left(&ben, &at("08:20")),
    ];
    journal_then(&app, events).await;
    app.restart().await;
    // Scheduled until 08:50, later than the last that was heard of (08:20).
    become_marks(
        &app,
        &["ana present 3000", "ben partial 600", "cleo absent 0"],
    )
    .await;
    become_status(&app, "ended").await;
    let people = app.json("/api/v1/occurrences/lost-end/participants").await;
    let stay = |name: &str| {
        let person = items(&people).iter().find(|row| row["name"] == name);
        person.expect("a person")["stays"][0]["evidence"].clone()
    };
    assert_eq!(stay("ana"), "closed_by_schedule");
    assert_eq!(stay("ben"), "observed");
    // It had ended at 08:14: Ana has 14 minutes, Ben four.
    deliver(&app, run.ended(&at("08:14"))).await;
    become_marks(
        &app,
        &["ana partial 840", "ben partial 240", "cleo absent 0"],
    )
    .await;
}

async fn a_lost_start_is_not_missed(database: Database) {
    let app = school(database).await;
    let (told, untold) = (monday("lost-start"), run("lost-start", ""));
    let (ana, ben) = (person("ana", "1"), person("ben", "1"));
    deliver(&app, told.joined(&ana, &at("08:02"))).await;
    become_status(&app, "started").await;
    // Not even the events that do come need to say when it began.
    deliver(&app, untold.joined(&ben, &at("08:30"))).await;
    deliver(&app, untold.left(&ana, &at("08:22"))).await;
    deliver(&app, untold.ended(&at("08:50"))).await;
    become_marks(
        &app,
        &["ana present 1200", "ben present 1200", "cleo absent 0"],
    )
    .await;
    // The start itself, 85 minutes late.
    deliver(&app, told.started()).await;
    let path = format!("/api/v1/meetings/{MEETING}");
    let from_eight = |meeting: &Value| {
        let occurrence = &meeting["occurrences"][0];
        occurrence["started_at"] == at("08:00") && meeting["status"] == "ended"
    };
    app.json_until(&path, from_eight).await;
    become_marks(
        &app,
        &["ana present 1200", "ben present 1200", "cleo absent 0"],
    )
    .await;
}

async fn a_retried_join_that_comes_after_its_leave_counts(database: Database) {
    let app = school(database).await;
    let run = monday("join-after-leave");
    let ana = person("ana", "1");
    deliver(&app, run.started()).await;
    deliver(&app, run.left(&ana, &at("08:30"))).await;
    // Her arrival is unknown: she was there, and nothing can be counted.
    become_people(&app, &run.uuid, &["ana left 0"]).await;
    become_marks(&app, &["ana partial 0"]).await;
    deliver(&app, run.joined(&ana, &at("08:05"))).await;
    become_people(&app, &run.uuid, &["ana left 1500"]).await;
    become_marks(&app, &["ana present 1500"]).await;
}

async fn a_retried_join_that_comes_after_the_end_counts(database: Database) {
    let app = school(database).await;
    let run = monday("join-after-end");
    let (ana, ben) = (person("ana", "1"), person("ben", "1"));
    deliver_all(
        &app,
        [
            run.started(),
            run.left(&ana, &at("08:30")),
            run.ended(&at("08:50")),
        ],
    )
    .await;
    become_marks(&app, &["ana partial 0", "ben absent 0", "cleo absent 0"]).await;
    deliver(&app, run.joined(&ana, &at("08:05"))).await;
    // Ben's leave never comes: the end closes his stay.
    deliver(&app, run.joined(&ben, &at("08:40"))).await;
    become_marks(
        &app,
        &["ana present 1500", "ben partial 600", "cleo absent 0"],
    )
    .await;
}

async fn a_retried_join_that_comes_after_the_rejoin_takes_nothing_from_it(database: Database) {
    let app = school(database).await;
    let run = monday("join-after-rejoin");
    let (first, second) = (person("ana", "1"), person("ana", "2"));
    deliver_all(
        &app,
        [
            run.started(),
            run.left(&first, &at("08:15")),
            run.joined(&second, &at("08:20")),
            run.joined(&first, &at("08:05")),
        ],
    )
    .await;
    // She is there: her second connection has not left.
    become_people(&app, &run.uuid, &["ana joined 600"]).await;
    deliver(&app, run.left(&second, &at("08:40"))).await;
    deliver(&app, run.ended(&at("08:50"))).await;
    become_marks(&app, &["ana present 1800", "ben absent 0", "cleo absent 0"]).await;
}

async fn a_retried_leave_does_not_end_the_stay_that_came_after_it(database: Database) {
    let app = school(database).await;
    let run = monday("leave-after-rejoin");
    // One connection that goes out and comes in again, as in a breakout room's move.
    let ana = person("ana", "1");
    let left = run.left(&ana, &at("08:10"));
    deliver_all(
        &app,
        [
            run.started(),
            run.joined(&ana, &at("08:00")),
            left.clone(),
            run.joined(&ana, &at("08:12")),
        ],
    )
    .await;
    become_people(&app, &run.uuid, &["ana joined 600"]).await;
    // Its answer was lost, so Zoom sends it again.
    deliver(&app, left).await;
    deliver(&app, run.joined(&person("ben", "1"), &at("08:13"))).await;
    become_people(&app, &run.uuid, &["ana joined 600", "ben joined 0"]).await;
    deliver(&app, run.ended(&at("08:50"))).await;
    // 10 minutes and 38.
    become_marks(
        &app,
        &["ana present 2880", "ben present 2220", "cleo absent 0"],
    )
    .await;
}

async fn a_retried_end_does_not_end_the_run_that_came_after_it(database: Database) {
    let app = school(database).await;
    let (first, second) = (monday("run-1"), run("run-2", "2026-10-05T08:12:00Z"));
    let ana = person("ana", "1");
    let ended = first.ended(&at("08:10"));
    deliver_all(
        &app,
        [
            first.started(),
            first.joined(&ana, &at("08:00")),
            second.started(),
            second.joined(&ana, &at("08:12")),
        ],
    )
    .await;
    become_people(&app, "run-2", &["ana joined 0"]).await;
    deliver(&app, ended.clone()).await;
    become_people(&app, "run-1", &["ana left 600"]).await;
    become_marks(&app, &["ana partial 600"]).await;
    become_status(&app, "started").await;
    deliver(&app, second.ended(&at("08:50"))).await;
    let marks = ["ana present 2880", "ben absent 0", "cleo absent 0"];
    become_marks(&app, &marks).await;
    become_status(&app, "ended").await;
    // And once more, byte for byte; what is sent after it is applied after it.
    deliver(&app, ended).await;
    deliver(&app, second.joined(&person("ben", "1"), &at("08:40"))).await;
    become_marks(
        &app,
        &["ana present 2880", "ben partial 600", "cleo absent 0"],
    )
    .await;
    become_status(&app, "ended").await;
}

async fn an_earlier_end_that_is_retried_does_not_shorten_the_meeting(database: Database) {
    let app = school(database).await;
    let run = monday("two-ends");
    let ana = person("ana", "1");
    deliver_all(
        &app,
        [
            run.started(),
            run.joined(&ana, &at("08:00")),
            run.ended(&at("08:50")),
            run.ended(&at("08:10")),
            run.joined(&person("ben", "1"), &at("08:49")),
        ],
    )
    .await;
    become_marks(
        &app,
        &["ana present 3000", "ben partial 60", "cleo absent 0"],
    )
    .await;
}

async fn a_late_event_brings_back_an_actor_that_has_left(database: Database) {
    let app = Setup::new(database)
        .with("ROLLCALL__ACTOR__LINGER_SECONDS", "0")
        .start()
        .await;
    set::import(&app, &["ana", "ben", "cleo"], &[lesson("UTC")]);
    let run = monday("passivated");
    let ana = person("ana", "1");
    deliver_all(
        &app,
        [
            run.started(),
            run.joined(&ana, &at("08:00")),
            run.ended(&at("08:50")),
        ],
    )
    .await;
    become_marks(&app, &["ana present 3000", "ben absent 0", "cleo absent 0"]).await;
    nobody_lives_after(&app, 1.0).await;
    deliver(&app, run.left(&ana, &at("08:10"))).await;
    become_marks(&app, &["ana partial 600", "ben absent 0", "cleo absent 0"]).await;
    nobody_lives_after(&app, 2.0).await;
}

/// Waits until so many actors have left and none is there.
async fn nobody_lives_after(app: &App, passivated: f64) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = app.metric("rollcall_actors_passivated_total").await;
        let live = app.metric("rollcall_actors_live").await;
        if left >= Some(passivated) && live == Some(0.0) {
            return;
        }
        let (left, live) = (left.unwrap_or(0.0), live.unwrap_or(0.0));
        assert!(Instant::now() < deadline, "{left} left, {live} live");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn a_late_event_corrects_marks_that_were_final(database: Database) {
    let app = school(database).await;
    let run = monday("final");
    deliver_all(
        &app,
        [
            run.started(),
            run.joined(&person("ana", "1"), &at("08:00")),
            run.ended(&at("08:50")),
        ],
    )
    .await;
    let page = become_marks(&app, &["ana present 3000", "ben absent 0", "cleo absent 0"]).await;
    assert!(items(&page).iter().all(|row| row["finality"] == "final"));
    // Weeks late: Ben had been there for 40 minutes.
    let ben = person("ben", "1");
    deliver(&app, run.joined(&ben, &at("08:05"))).await;
    become_marks(
        &app,
        &["ana present 3000", "ben present 2700", "cleo absent 0"],
    )
    .await;
    deliver(&app, run.left(&ben, &at("08:45"))).await;
    let page = become_marks(
        &app,
        &["ana present 3000", "ben present 2400", "cleo absent 0"],
    )
    .await;
    assert!(items(&page).iter().all(|row| row["finality"] == "final"));
    // Each of the two changes can be looked up.
    let url = app.database_url().to_owned().into();
    let pools = connect(&url, 1, Duration::from_secs(10), Role::Store).await;
    let pools = pools.expect("a connection");
    let corrections = audit_event::COLUMN
        .action
        .eq("attendance.changed_after_final");
    let entries = audit_event::Entity::find().filter(corrections);
    let entries = entries.all(&pools.read).await.expect("entries");
    let mut changes: Vec<_> = entries.iter().map(change).collect();
    changes.sort();
    assert_eq!(
        changes,
        ["absent 0 -> present 2700", "present 2700 -> present 2400"]
    );
}

fn change(entry: &audit_event::Model) -> String {
    let detail = entry.detail.as_ref().expect("before and after");
    let told = |side: &Value| format!("{} {}", text(&side["status"]), side["seconds"]);
    format!("{} -> {}", told(&detail["before"]), told(&detail["after"]))
}

async fn two_runs_at_the_same_time_are_told_apart_and_count_once(database: Database) {
    let app = school(database).await;
    let (one, two) = (monday("one"), run("two", "2026-10-05T08:20:00Z"));
    let (ana, ben, cleo) = (person("ana", "1"), person("ben", "1"), person("cleo", "1"));
    let ana_too = person("ana", "2");
    deliver_all(
        &app,
        [
            two.joined(&ana_too, &at("08:20")),
            one.joined(&ana, &at("08:00")),
            two.joined(&ben, &at("08:40")),
            one.left(&ben, &at("08:10")),
            one.started(),
            two.left(&ana_too, &at("08:45")),
            one.joined(&cleo, &at("08:00")),
            one.left(&ana, &at("08:25")),
            two.started(),
            one.joined(&ben, &at("08:00")),
            two.ended(&at("08:50")),
            one.left(&cleo, &at("08:05")),
            one.ended(&at("08:30")),
        ],
    )
    .await;
    // Ana 08:00 to 08:45 with five minutes in both; Ben ten minutes in each; Cleo five in one.
    become_marks(
        &app,
        &["ana present 2700", "ben present 1200", "cleo partial 300"],
    )
    .await;
    become_people(
        &app,
        "one",
        &["ana left 1500", "ben left 600", "cleo left 300"],
    )
    .await;
    become_people(&app, "two", &["ana left 1500", "ben left 600"]).await;
    become_status(&app, "ended").await;
}

async fn a_run_that_is_only_heard_to_end_makes_everybody_absent(database: Database) {
    let app = spawn_app(database).await;
    set::import(&app, &["ana", "ben", "cleo"], &[lesson("Asia/Manila")]);
    // In Manila it is the 6th when it begins: 07:30 there. The second run does not say when it began.
    let told = run("only-ended", "2026-10-05T23:30:00Z");
    deliver(&app, told.ended("2026-10-06T00:20:00Z")).await;
    let untold = run("only-ended-and-bare", "");
    deliver(&app, untold.ended("2026-10-12T16:30:00Z")).await;
    let absent = |date: &str| {
        let of = |student| format!("{date} {student} absent 0");
        ["ana", "ben", "cleo"].map(of)
    };
    let expected = [absent("2026-10-06"), absent("2026-10-13")].concat();
    become_dated_marks(&app, &expected).await;
    become_status(&app, "ended").await;
    for uuid in ["only-ended", "only-ended-and-bare"] {
        become_people(&app, uuid, &[]).await;
    }
}

/// Asks for a change, with the token, and returns the status and the answer.
async fn ask(app: &App, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let method = method.parse().expect("a method");
    let request = app.client.request(method, app.admin_url(path));
    let request = request.bearer_auth(TOKEN);
    let request = match &body {
        Some(body) => request.json(body),
        None => request,
    };
    let answer = support::zoom::answer(request).await;
    (answer.status.as_u16(), answer.body)
}

#[expect(clippy::too_many_lines, reason = "one story, in its order")]
async fn a_manual_mark_stands_until_it_is_withdrawn(database: Database) {
    let mut app = school(database).await;
    let run = monday("manual");
    let ben = person("ben", "1");
    let (cleo, ben_mark) = (
        "/api/v1/attendance/m9/2026-10-05/cleo",
        "/api/v1/attendance/m9/2026-10-05/ben",
    );
    let wanted = |status: &str| Some(json!({ "status": status, "reason": "a doctor's note" }));
    // Before there is any record.
    assert_eq!(ask(&app, "PUT", cleo, wanted("present")).await.0, 204);
    deliver_all(
        &app,
        [
            run.started(),
            run.joined(&ben, &at("08:10")),
            run.left(&ben, &at("08:20")),
            run.ended(&at("08:50")),
        ],
    )
    .await;
    let marks = "/api/v1/attendance?class=m9";
    let computed = |student: &'static str, expected: Value, seconds: Value| {
        move |page: &Value| {
            let row = items(page)
                .iter()
                .find(|row| row["student"]["sourced_id"] == student);
            row.is_some_and(|row| row["computed_status"] == expected && row["seconds"] == seconds)
        }
    };
    app.json_until(marks, computed("cleo", json!("absent"), json!(0)))
        .await;
    assert_eq!(ask(&app, "PUT", ben_mark, wanted("absent")).await.0, 204);
    // A late event, an import and a crash: what is computed follows, the marks stand.
    let late = person("ben", "2");
    deliver(&app, run.joined(&late, &at("08:30"))).await;
    app.json_until(marks, computed("ben", json!("present"), json!(1800)))
        .await;
    set::import(&app, &["ana", "ben", "cleo", "dan"], &[lesson("UTC")]);
    app.kill().await;
    app.restart().await;
    app.json_until(marks, computed("dan", json!("absent"), json!(0)))
        .await;
    let page = app.json(marks).await;
    let of = |page: &Value, student: &str| {
        let row = items(page)
            .iter()
            .find(|row| row["student"]["sourced_id"] == student);
        row.cloned().unwrap_or_default()
    };
    let row = of(&page, "ben");
    assert_eq!(
        (
            &row["status"],
            &row["source"],
            &row["seconds"],
            &row["manual"]["reason"]
        ),
        (
            &json!("absent"),
            &json!("manual"),
            &json!(1800),
            &json!("a doctor's note")
        )
    );
    assert!(row["manual"]["by"].is_string() && row["manual"]["at"].is_string());
    assert_eq!(of(&page, "cleo")["status"], "present");
    // Withdrawn, the computed marks return.
    assert_eq!(ask(&app, "DELETE", ben_mark, None).await.0, 204);
    assert_eq!(ask(&app, "DELETE", cleo, None).await.0, 204);
    assert_eq!(ask(&app, "DELETE", cleo, None).await.0, 404);
    let page = app.json(marks).await;
    let told = |student: &str| {
        let row = of(&page, student);
        (
            row["status"].clone(),
            row["source"].clone(),
            row["manual"].clone(),
        )
    };
    assert_eq!(told("ben"), (json!("present"), json!("zoom"), Value::Null));
    assert_eq!(told("cleo"), (json!("absent"), json!("zoom"), Value::Null));
    // Without a record there is none again; and who is not enrolled gets none.
    let before = "/api/v1/attendance/m9/2026-09-01/ana";
    assert_eq!(ask(&app, "PUT", before, wanted("partial")).await.0, 204);
    assert_eq!(ask(&app, "DELETE", before, None).await.0, 204);
    let none = app.json("/api/v1/attendance?date=2026-09-01").await;
    assert!(items(&none).is_empty());
    for (path, body, status, member) in [
        (
            "/api/v1/attendance/m9/2026-10-05/teacher",
            wanted("present"),
            422,
            "student",
        ),
        (
            "/api/v1/attendance/m9/5-10-2026/ana",
            wanted("present"),
            400,
            "date",
        ),
        (
            ben_mark,
            Some(json!({ "status": "present", "reason": " " })),
            422,
            "reason",
        ),
        (
            ben_mark,
            Some(json!({ "status": "present", "reason": "a\u{0}" })),
            422,
            "reason",
        ),
        (
            ben_mark,
            Some(json!({ "status": "present", "reason": "x".repeat(501) })),
            422,
            "reason",
        ),
    ] {
        let (answered, problem) = ask(&app, "PUT", path, body).await;
        assert_eq!(
            (answered, &problem["parameter"]),
            (status, &json!(member)),
            "{path}"
        );
    }
    for (path, body, status) in [
        (
            "/api/v1/attendance/x/2026-10-05/ana",
            wanted("present"),
            404,
        ),
        ("/api/v1/attendance/m9/2026-10-05/x", wanted("present"), 404),
        (ben_mark, wanted("late"), 400),
        (ben_mark, Some(json!({ "status": "present" })), 400),
        (ben_mark, None, 415),
    ] {
        assert_eq!(ask(&app, "PUT", path, body).await.0, status, "{path}");
    }
}

async fn a_confirmed_person_counts_until_that_is_withdrawn(database: Database) {
    let app = school(database).await;
    let run = monday("confirmed");
    let mut home = person("ana", "1");
    home["email"] = json!("home@private.example");
    home["user_name"] = json!("Family-Ana, given");
    let mut phone = person("ana", "2");
    phone["email"] = json!("");
    phone["user_name"] = json!("iPhone");
    deliver_all(
        &app,
        [
            run.started(),
            run.joined(&home, &at("08:00")),
            run.left(&home, &at("08:20")),
            run.joined(&phone, &at("08:15")),
            run.left(&phone, &at("08:30")),
            run.ended(&at("08:50")),
        ],
    )
    .await;
    become_marks(&app, &["ana absent 0", "ben absent 0", "cleo absent 0"]).await;
    let unmatched = app.json("/api/v1/unmatched").await;
    let person = |name: &str| {
        let person = items(&unmatched).iter().find(|item| item["name"] == name);
        person.cloned().expect("somebody unmatched")
    };
    let stranger = person("Family-Ana, given");
    assert_eq!(stranger["person"], "email:home@private.example");
    assert_eq!(stranger["suggested"][0]["sourced_id"], "ana");
    assert_eq!(stranger["stays"][0]["join_time"], at("08:00"));
    assert_eq!(person("iPhone")["suggested"], json!([]));
    let confirm = "/api/v1/unmatched/confirm";
    let claim = |person: &Value, user: &str| {
        Some(json!({ "occurrence": "confirmed", "person": person, "user": user }))
    };
    let (status, made) = ask(&app, "POST", confirm, claim(&stranger["person"], "ana")).await;
    assert_eq!(
        (status, &made["matches"][0]["kind"]),
        (200, &json!("email"))
    );
    become_marks(&app, &["ana present 1200", "ben absent 0", "cleo absent 0"]).await;
    // Her phone says nothing of itself: it is hers in this occurrence alone.
    let phone = &person("iPhone")["person"];
    let (status, second) = ask(&app, "POST", confirm, claim(phone, "ana")).await;
    assert_eq!(
        (status, &second["matches"][0]["kind"]),
        (200, &json!("connection"))
    );
    become_marks(&app, &["ana present 1800", "ben absent 0", "cleo absent 0"]).await;
    let people = app.json("/api/v1/occurrences/confirmed/participants").await;
    assert_eq!(items(&people).len(), 1);
    assert_eq!(items(&people)[0]["matched_by"], "confirmed");
    let known = app.json("/api/v1/matches").await;
    assert_eq!(items(&known).len(), 2);
    // Withdrawn, all is as it was.
    for made in [&made, &second] {
        let id = made["matches"][0]["id"].as_str().expect("an id");
        let path = format!("/api/v1/matches/{id}");
        assert_eq!(ask(&app, "DELETE", &path, None).await.0, 204);
        assert_eq!(ask(&app, "DELETE", &path, None).await.0, 404);
    }
    become_marks(&app, &["ana absent 0", "ben absent 0", "cleo absent 0"]).await;
    for (person, user, occurrence, member) in [
        ("nobody", "ana", "confirmed", "person"),
        ("connection:ana-2", "x", "confirmed", "user"),
        ("connection:ana-2", "ana", "x", "occurrence"),
    ] {
        let claim = json!({ "occurrence": occurrence, "person": person, "user": user });
        let (status, problem) = ask(&app, "POST", confirm, Some(claim)).await;
        assert_eq!((status, &problem["parameter"]), (422, &json!(member)));
    }
}
