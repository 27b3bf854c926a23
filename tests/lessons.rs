//! Lessons as a school sees them: local dates, weeks, restarts, other hands, late imports. Through HTTP alone.

mod support;

use rollcall::store::{
    connect::{Pools, Role, connect},
    entity::attendance_record::{Column, Entity},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use std::time::Duration;
use support::{
    app::{App, Database, spawn_app},
    set::{self, Lesson},
    zoom::Run,
};

/// Makes each test run on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[actix_web::test] async fn $name() { super::$name(spawn_app(Database::Sqlite).await).await; })*
            use super::{Database, spawn_app};
        }
        mod postgres {
            $(#[actix_web::test] async fn $name() { super::$name(spawn_app(Database::Postgres).await).await; })*
            use super::{Database, spawn_app};
        }
    };
}

on_both!(
    dates_are_those_of_the_meetings_zone,
    a_class_keeps_its_date_around_both_clock_changes,
    the_second_week_leaves_the_first_alone,
    a_restarted_meeting_is_one_lesson,
    a_restart_that_is_heard_of_first_changes_nothing,
    a_start_that_moves_back_by_days_finds_what_it_restarts,
    marks_of_another_hand_stand,
    events_before_the_import_count_after_it,
    a_late_leave_corrects_a_finished_lesson,
    a_student_who_is_no_longer_tied_loses_the_mark,
    a_crash_loses_nothing,
    presence_without_the_meetings_number_counts,
);

/// Zoom's keys of a student, in one connection.
fn person(student: &str, connection: &str) -> Value {
    json!({
        "user_id": format!("1677-{connection}"),
        "user_name": student,
        "email": set::email(student),
        "participant_uuid": format!("{student}-{connection}"),
    })
}

fn run(meeting: &str, uuid: &str, start: &str) -> Run {
    Run {
        meeting: meeting.into(),
        uuid: uuid.into(),
        start: start.into(),
    }
}

async fn deliver(app: &App, body: Vec<u8>) {
    let answer = app.zoom().deliver(body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.body),
        (200, json!({ "received": true }))
    );
}

/// One student from `start` until `end`, and the meeting with them.
async fn hold(app: &App, run: &Run, student: &str, end: &str) {
    let them = person(student, &run.uuid);
    deliver(app, run.started()).await;
    deliver(app, run.joined(&them, &run.start)).await;
    deliver(app, run.left(&them, end)).await;
    deliver(app, run.ended(end)).await;
}

/// The class's marks as (date, student, status, seconds), once there are `count`.
async fn marks(app: &App, class: &str, count: usize) -> Vec<(String, String, String, i64)> {
    let enough = |page: &Value| {
        page["items"]
            .as_array()
            .is_some_and(|items| items.len() == count)
    };
    let page = app
        .json_until(&format!("/api/v1/attendance?class={class}"), enough)
        .await;
    let mut marks: Vec<_> = items(&page).iter().map(mark).collect();
    marks.sort();
    marks
}

/// Waits until the class's marks are `expected`.
async fn become_marks(app: &App, class: &str, expected: &[(&str, &str, &str, i64)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(d, s, m, n)| ((*d).to_owned(), (*s).to_owned(), (*m).to_owned(), *n))
        .collect();
    let as_expected = |page: &Value| {
        let mut marks: Vec<_> = items(page).iter().map(mark).collect();
        marks.sort();
        marks == expected
    };
    app.json_until(&format!("/api/v1/attendance?class={class}"), as_expected)
        .await;
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().expect("items")
}

fn mark(row: &Value) -> (String, String, String, i64) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let seconds = row["seconds"].as_i64().unwrap_or(-1);
    (
        text(&row["date"]),
        text(&row["student"]["sourced_id"]),
        text(&row["status"]),
        seconds,
    )
}

async fn pools(app: &App) -> Pools {
    let url = app.database_url().to_owned().into();
    connect(&url, 1, Duration::from_secs(10), Role::Store)
        .await
        .expect("a connection")
}

async fn dates_are_those_of_the_meetings_zone(app: App) {
    let manila = Lesson {
        class: "ph",
        meeting: "81111111111",
        start: "2026-10-05T00:00:00Z",
        timezone: "Asia/Manila",
    };
    let york = Lesson {
        class: "ny",
        meeting: "82222222222",
        start: "2026-10-05T03:30:00Z",
        timezone: "America/New_York",
    };
    set::import(&app, &["ana"], &[manila, york]);
    // 08:00 on the 6th in Manila is midnight UTC; 23:30 on the 6th in New York (UTC-4) is 03:30 UTC on the 7th.
    hold(
        &app,
        &run("81111111111", "ph==", "2026-10-06T00:00:00Z"),
        "ana",
        "2026-10-06T00:50:00Z",
    )
    .await;
    hold(
        &app,
        &run("82222222222", "ny==", "2026-10-07T03:30:00Z"),
        "ana",
        "2026-10-07T04:20:00Z",
    )
    .await;
    become_marks(&app, "ph", &[("2026-10-06", "ana", "present", 3000)]).await;
    become_marks(&app, "ny", &[("2026-10-06", "ana", "present", 3000)]).await;
}

async fn a_class_keeps_its_date_around_both_clock_changes(app: App) {
    let york = Lesson {
        class: "ny",
        meeting: "82222222222",
        start: "2026-03-07T04:30:00Z",
        timezone: "America/New_York",
    };
    set::import(&app, &["ana"], &[york]);
    // 23:30 in New York is 04:30 UTC in winter and 03:30 in summer; clocks changed on 8 March and 1 November 2026.
    let nights = [
        ("a==", "2026-03-07T04:30:00Z", "2026-03-07T05:00:00Z"),
        ("b==", "2026-03-10T03:30:00Z", "2026-03-10T04:00:00Z"),
        ("c==", "2026-10-31T03:30:00Z", "2026-10-31T04:00:00Z"),
        ("d==", "2026-11-03T04:30:00Z", "2026-11-03T05:00:00Z"),
    ];
    for (uuid, start, end) in nights {
        hold(&app, &run("82222222222", uuid, start), "ana", end).await;
    }
    let dates = ["2026-03-06", "2026-03-09", "2026-10-30", "2026-11-02"];
    become_marks(
        &app,
        "ny",
        &dates.map(|date| (date, "ana", "present", 1800)),
    )
    .await;
    let outside = app.json("/api/v1/meetings/82222222222").await.to_string();
    assert!(
        !outside.contains("\"outside_schedule\":true"),
        "23:30 is 23:30 in winter and in summer"
    );
}

async fn the_second_week_leaves_the_first_alone(app: App) {
    let weekly = Lesson {
        class: "m9",
        meeting: "85512340977",
        start: "2026-10-05T08:00:00Z",
        timezone: "Europe/London",
    };
    set::import(&app, &["ana", "ben"], &[weekly]);
    hold(
        &app,
        &run("85512340977", "one==", "2026-10-05T08:00:00Z"),
        "ana",
        "2026-10-05T08:50:00Z",
    )
    .await;
    marks(&app, "m9", 2).await;
    let before = stored(&app, "2026-10-05").await;
    hold(
        &app,
        &run("85512340977", "two==", "2026-10-12T08:00:00Z"),
        "ben",
        "2026-10-12T08:10:00Z",
    )
    .await;
    let expected = [
        ("2026-10-05", "ana", "present", 3000),
        ("2026-10-05", "ben", "absent", 0),
        ("2026-10-12", "ana", "absent", 0),
        ("2026-10-12", "ben", "partial", 600),
    ];
    become_marks(&app, "m9", &expected).await;
    assert_eq!(stored(&app, "2026-10-05").await, before);
}

/// Everything stored of the marks of a date, times of writing included.
async fn stored(app: &App, date: &str) -> Vec<String> {
    let rows = Entity::find()
        .all(&pools(app).await.read)
        .await
        .expect("rows");
    let mut rows: Vec<_> = rows
        .into_iter()
        .filter(|row| row.date.to_string() == date)
        .map(|r| format!("{r:?}"))
        .collect();
    rows.sort();
    assert!(!rows.is_empty(), "marks of {date}");
    rows
}

async fn a_restarted_meeting_is_one_lesson(app: App) {
    set::import(&app, &["ana", "ben"], &[plain()]);
    // 9 minutes, a break of 4, 9 minutes more: 18 minutes are present.
    hold(
        &app,
        &run("85512340977", "one==", "2026-10-05T08:00:00Z"),
        "ana",
        "2026-10-05T08:09:00Z",
    )
    .await;
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "partial", 540),
            ("2026-10-05", "ben", "absent", 0),
        ],
    )
    .await;
    let second = run("85512340977", "two==", "2026-10-05T08:13:00Z");
    deliver(&app, second.started()).await;
    // While it runs nobody is absent yet.
    become_marks(&app, "m9", &[("2026-10-05", "ana", "partial", 540)]).await;
    hold(&app, &second, "ana", "2026-10-05T08:22:00Z").await;
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "present", 1080),
            ("2026-10-05", "ben", "absent", 0),
        ],
    )
    .await;
}

async fn a_restart_that_is_heard_of_first_changes_nothing(app: App) {
    let lesson = Lesson {
        start: "",
        ..plain()
    };
    set::import(&app, &["ana"], &[lesson]);
    // It began at 23:50 on the 5th, dropped at 00:02 and was restarted at 00:10: all of it is the 5th's lesson.
    let first = run("85512340977", "one==", "2026-10-05T23:50:00Z");
    let second = run("85512340977", "two==", "2026-10-06T00:10:00Z");
    hold(&app, &second, "ana", "2026-10-06T00:20:00Z").await;
    become_marks(&app, "m9", &[("2026-10-06", "ana", "partial", 600)]).await;
    hold(&app, &first, "ana", "2026-10-06T00:02:00Z").await;
    become_marks(&app, "m9", &[("2026-10-05", "ana", "present", 1320)]).await;
}

async fn a_start_that_moves_back_by_days_finds_what_it_restarts(app: App) {
    let lesson = Lesson {
        start: "",
        ..plain()
    };
    set::import(&app, &["ana"], &[lesson]);
    let first = run("85512340977", "one==", "2026-10-05T23:50:00Z");
    hold(&app, &first, "ana", "2026-10-06T00:02:00Z").await;
    become_marks(&app, "m9", &[("2026-10-05", "ana", "partial", 720)]).await;
    // Heard of on the 9th; then an event comes late that has it begin on the 6th, at 00:10.
    let second = run("85512340977", "two==", "2026-10-09T08:00:00Z");
    hold(&app, &second, "ana", "2026-10-09T08:10:00Z").await;
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "partial", 720),
            ("2026-10-09", "ana", "partial", 600),
        ],
    )
    .await;
    let earlier = run("85512340977", "two==", "2026-10-06T00:10:00Z");
    deliver(&app, earlier.started()).await;
    become_marks(&app, "m9", &[("2026-10-05", "ana", "present", 1320)]).await;
}

async fn marks_of_another_hand_stand(app: App) {
    set::import(&app, &["ana", "ben", "cleo"], &[plain()]);
    let lesson = run("85512340977", "one==", "2026-10-05T08:00:00Z");
    hold(&app, &lesson, "ana", "2026-10-05T08:09:00Z").await;
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "partial", 540),
            ("2026-10-05", "ben", "absent", 0),
            ("2026-10-05", "cleo", "absent", 0),
        ],
    )
    .await;
    // A teacher's own software excuses ben and says so; another overwrites ana's mark and does not know the column.
    let db = pools(&app).await;
    let rows = app.json("/api/v1/attendance?class=m9").await;
    let id = |student: &str| {
        let row = items(&rows)
            .iter()
            .find(|row| row["student"]["sourced_id"] == student)
            .expect("a mark");
        uuid::Uuid::parse_str(row["student"]["id"].as_str().expect("an id")).expect("a uuid")
    };
    let write = |student: uuid::Uuid, status: &'static str, source: Option<&'static str>| {
        let update = Entity::update_many()
            .col_expr(Column::Status, Expr::value(status))
            .filter(Column::StudentId.eq(student));
        match source {
            Some(source) => update.col_expr(Column::Source, Expr::value(source)),
            None => update,
        }
    };
    write(id("ben"), "excused", Some("manual"))
        .exec(&db.write)
        .await
        .expect("written");
    write(id("ana"), "present", None)
        .exec(&db.write)
        .await
        .expect("written");
    // Late events of all three change what is computed, never those two.
    for student in ["ana", "ben", "cleo"] {
        let them = person(student, "late");
        deliver(&app, lesson.joined(&them, "2026-10-05T08:01:00Z")).await;
        deliver(&app, lesson.left(&them, "2026-10-05T08:05:00Z")).await;
    }
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "present", 540),
            ("2026-10-05", "ben", "excused", 240),
            ("2026-10-05", "cleo", "partial", 240),
        ],
    )
    .await;
    let rows = app.json("/api/v1/attendance?class=m9").await;
    let sources: Vec<_> = items(&rows)
        .iter()
        .map(|row| (row["student"]["sourced_id"].clone(), row["source"].clone()))
        .collect();
    for (student, source) in [("ana", "manual"), ("ben", "manual"), ("cleo", "zoom")] {
        assert!(
            sources.contains(&(json!(student), json!(source))),
            "{student} {source}"
        );
    }
}

async fn events_before_the_import_count_after_it(app: App) {
    hold(
        &app,
        &run("85512340977", "one==", "2026-10-05T08:00:00Z"),
        "ana",
        "2026-10-05T08:50:00Z",
    )
    .await;
    let unknown = |page: &Value| page["items"].to_string().contains("85512340977");
    app.json_until("/api/v1/unmatched", unknown).await;
    set::import(&app, &["ana", "ben"], &[plain()]);
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "present", 3000),
            ("2026-10-05", "ben", "absent", 0),
        ],
    )
    .await;
    let empty = |page: &Value| page["items"].as_array().is_some_and(Vec::is_empty);
    app.json_until("/api/v1/unmatched", empty).await;
}

async fn a_late_leave_corrects_a_finished_lesson(app: App) {
    set::import(&app, &["ana"], &[plain()]);
    let lesson = run("85512340977", "one==", "2026-10-05T08:00:00Z");
    let ana = person("ana", "one");
    deliver(&app, lesson.joined(&ana, "2026-10-05T08:00:00Z")).await;
    deliver(&app, lesson.ended("2026-10-05T08:50:00Z")).await;
    become_marks(&app, "m9", &[("2026-10-05", "ana", "present", 3000)]).await;
    // Zoom's retry, 85 minutes late: she had left after ten minutes.
    deliver(&app, lesson.left(&ana, "2026-10-05T08:10:00Z")).await;
    become_marks(&app, "m9", &[("2026-10-05", "ana", "partial", 600)]).await;
}

async fn a_student_who_is_no_longer_tied_loses_the_mark(app: App) {
    set::import(&app, &["ana", "ben"], &[plain()]);
    let lesson = run("85512340977", "one==", "2026-10-05T08:00:00Z");
    hold(&app, &lesson, "ana", "2026-10-05T08:50:00Z").await;
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "present", 3000),
            ("2026-10-05", "ben", "absent", 0),
        ],
    )
    .await;
    // The same connection turns out to carry ben's e-mail too: it is tied to nobody.
    let mut both = person("ana", "one==");
    both["email"] = json!(set::email("ben"));
    deliver(&app, lesson.joined(&both, "2026-10-05T08:00:00Z")).await;
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "absent", 0),
            ("2026-10-05", "ben", "absent", 0),
        ],
    )
    .await;
    let people = app.json("/api/v1/unmatched").await;
    assert_eq!(
        items(&people)
            .iter()
            .filter(|item| item["conflict"] == true)
            .count(),
        1,
        "{people:#}"
    );
}

async fn a_crash_loses_nothing(mut app: App) {
    set::import(&app, &["ana", "ben"], &[plain()]);
    let lesson = run("85512340977", "one==", "2026-10-05T08:00:00Z");
    let (ana, ben) = (person("ana", "one"), person("ben", "one"));
    deliver(&app, lesson.started()).await;
    deliver(&app, lesson.joined(&ana, "2026-10-05T08:00:00Z")).await;
    deliver(&app, lesson.joined(&ben, "2026-10-05T08:01:00Z")).await;
    deliver(&app, lesson.left(&ben, "2026-10-05T08:06:00Z")).await;
    app.kill().await;
    app.restart().await;
    deliver(&app, lesson.left(&ana, "2026-10-05T08:40:00Z")).await;
    deliver(&app, lesson.ended("2026-10-05T08:50:00Z")).await;
    app.kill().await;
    app.restart().await;
    become_marks(
        &app,
        "m9",
        &[
            ("2026-10-05", "ana", "present", 2400),
            ("2026-10-05", "ben", "partial", 300),
        ],
    )
    .await;
}

/// Zoom's specification makes `object.id` optional in presence events; the uuid says where they belong.
async fn presence_without_the_meetings_number_counts(app: App) {
    set::import(&app, &["ana"], &[plain()]);
    let lesson = run("85512340977", "one==", "2026-10-05T08:00:00Z");
    let nameless = run("", "one==", "2026-10-05T08:00:00Z");
    let ana = person("ana", "one");
    deliver(&app, nameless.joined(&ana, "2026-10-05T08:00:00Z")).await;
    deliver(&app, nameless.left(&ana, "2026-10-05T08:20:00Z")).await;
    deliver(&app, lesson.ended("2026-10-05T08:50:00Z")).await;
    become_marks(&app, "m9", &[("2026-10-05", "ana", "present", 1200)]).await;
}

fn plain() -> Lesson<'static> {
    Lesson {
        class: "m9",
        meeting: "85512340977",
        start: "2026-10-05T08:00:00Z",
        timezone: "UTC",
    }
}
