//! A small class played through Zoom's webhook, then read through every endpoint, on both databases.
//!
//! Monday, 7 October 2024, Europe/London (UTC+1): the lesson runs from 09:00 to 09:50 local time.
//!
//! | who | was there (UTC) | so |
//! |---|---|---|
//! | Ana, by e-mail | 08:02 to 08:20 and, on a second device, 08:10 to 08:40 | 38 min, present |
//! | Ben, by registration | 08:05 to 08:15 | 10 min, partial |
//! | Cleo | never | absent |
//! | Tom, the teacher | 08:00 to the end, his leave is lost | no student |
//! | a guest with a hostile name | 08:10 to 08:30 | listed |
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use std::fs;
use support::{
    app::{App, Database, spawn_app},
    zoom::Run,
};

/// Runs each scenario on each database.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(super::Database::Sqlite).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(super::Database::Postgres).await;
            })+
        }
    };
}

on_both!(
    a_lesson_is_read_through_every_endpoint,
    a_running_lesson_is_provisional,
);

const NUMBER: &str = "85512340977";
const UUID: &str = "/8+Tz1//WQ6qvR3sYpHdA==";
const PARTICIPANTS: &str = "/api/v1/occurrences/%2F8%2BTz1%2F%2FWQ6qvR3sYpHdA%3D%3D/participants";
const HOSTILE: &str = "=HYPERLINK(\"http://evil.example\",\"<script>\")";

async fn school(database: Database) -> App {
    let app = spawn_app(database).await;
    let folder = app.folder().join("school");
    fs::create_dir(&folder).unwrap();
    for (file, text) in [
        (
            "users.csv",
            "sourcedId,status,enabledUser,role,givenName,familyName,email\n\
             s-ana,active,true,student,Ana,Ávila,Ana@School.example\n\
             s-ben,active,true,student,Ben,Bao,\n\
             s-cleo,active,true,student,Cleo,Cruz,cleo@school.example\n\
             s-tom,active,true,teacher,Tom,Teacher,tom@school.example\n",
        ),
        (
            "classes.csv",
            "sourcedId,status,title\nc-maths,active,Maths 9/2\n",
        ),
        (
            "enrollments.csv",
            "sourcedId,status,classSourcedId,userSourcedId,role\n\
             e-1,active,c-maths,s-ana,student\n\
             e-2,active,c-maths,s-ben,student\n\
             e-3,active,c-maths,s-cleo,student\n\
             e-4,active,c-maths,s-tom,teacher\n",
        ),
        (
            "meetings.csv",
            "zoom_meeting_id,title,class_sourced_id,host_email,start_time,duration,timezone\n\
             85512340977,Maths,c-maths,tom@school.example,2024-09-02T08:00:00Z,50,Europe/London\n",
        ),
        (
            "registrants.csv",
            "zoom_meeting_id,user_sourced_id,zoom_registrant_id,status\n\
             85512340977,s-ben,reg-ben,approved\n",
        ),
    ] {
        fs::write(folder.join(file), text).unwrap();
    }
    let import = app.command(&["import", "school"]);
    assert!(import.status.success(), "{import:?}");
    app
}

fn monday() -> Run {
    Run {
        meeting: NUMBER.to_owned(),
        uuid: UUID.to_owned(),
        start: "2024-10-07T08:00:00Z".to_owned(),
    }
}

fn person(connection: &str, name: &str, keys: &Value) -> Value {
    let mut person = json!({
        "user_id": format!("seat-{connection}"),
        "participant_uuid": connection,
        "user_name": name,
        "public_ip": "203.0.113.24",
    });
    for (key, value) in keys.as_object().unwrap() {
        person[key] = value.clone();
    }
    person
}

async fn play(app: &App) {
    let run = monday();
    let at = |time: &str| format!("2024-10-07T{time}Z");
    let ana = person("A1", "Ana", &json!({ "email": "ana@school.example" }));
    let phone = person(
        "A2",
        "Ana's phone",
        &json!({ "email": " ANA@school.example" }),
    );
    let ben = person("B1", "benny", &json!({ "registrant_id": "reg-ben" }));
    let tom = person("T1", "Tom", &json!({ "email": "tom@school.example" }));
    let guest = person("G1", HOSTILE, &json!({}));
    let elsewhere = Run {
        meeting: "70000000001".to_owned(),
        uuid: "elsewhere==".to_owned(),
        ..monday()
    };
    for body in [
        run.started(),
        run.joined(&tom, &at("08:00:00")),
        run.joined(&ana, &at("08:02:00")),
        run.joined(&ben, &at("08:05:00")),
        run.joined(&guest, &at("08:10:00")),
        run.left(&phone, &at("08:40:00")),
        run.joined(&phone, &at("08:10:00")),
        run.left(&ben, &at("08:15:00")),
        run.left(&ana, &at("08:20:00")),
        run.left(&guest, &at("08:30:00")),
        elsewhere.started(),
        run.ended(&at("08:50:00")),
    ] {
        let answer = app.zoom().deliver(body).await;
        assert_eq!(answer.status, 200);
    }
}

async fn a_lesson_is_read_through_every_endpoint(database: Database) {
    let app = school(database).await;
    play(&app).await;
    attendance(&app).await;
    meetings(&app).await;
    participants(&app).await;
    unmatched(&app).await;
    state(&app).await;
    csv(&app).await;
    refused(&app).await;
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().unwrap()
}

/// The items by their student's `sourced_id`, or their name.
fn by_student(page: &Value) -> Vec<(&str, &Value)> {
    let mut found: Vec<_> = items(page)
        .iter()
        .map(|item| (item["student"]["sourced_id"].as_str().unwrap(), item))
        .collect();
    found.sort_by_key(|(student, _)| *student);
    found
}

async fn attendance(app: &App) {
    let path = "/api/v1/attendance?class=c-maths&date=2024-10-07";
    let page = app.json_until(path, |page| items(page).len() == 3).await;
    assert_eq!(page["next_cursor"], Value::Null);
    let marks = by_student(&page);
    let expected = [
        (
            "s-ana",
            "Ana Ávila",
            json!("ana@school.example"),
            "present",
            2280,
            json!("2024-10-07T08:02:00Z"),
            json!("2024-10-07T08:40:00Z"),
        ),
        (
            "s-ben",
            "Ben Bao",
            json!(null),
            "partial",
            600,
            json!("2024-10-07T08:05:00Z"),
            json!("2024-10-07T08:15:00Z"),
        ),
        (
            "s-cleo",
            "Cleo Cruz",
            json!("cleo@school.example"),
            "absent",
            0,
            json!(null),
            json!(null),
        ),
    ];
    for ((student, mark), (sourced_id, name, email, status, seconds, first, last)) in
        marks.into_iter().zip(expected)
    {
        assert_eq!(student, sourced_id);
        let whole = json!({
            "student": { "id": mark["student"]["id"], "sourced_id": sourced_id, "email": email, "full_name": name },
            "class": { "id": mark["class"]["id"], "sourced_id": "c-maths", "name": "Maths 9/2" },
            "date": "2024-10-07",
            "status": status,
            "seconds": seconds,
            "first_join": first,
            "last_leave": last,
            "source": "zoom",
            "computed_status": status,
            "manual": null,
            "finality": "final",
        });
        assert_eq!(mark, &whole);
    }
}

async fn meetings(app: &App) {
    let list = app
        .json("/api/v1/meetings?class=c-maths&date=2024-10-07&status=ended")
        .await;
    let [meeting] = items(&list) else {
        panic!("{list:#}")
    };
    assert_eq!(
        meeting,
        &app.json(&format!("/api/v1/meetings/{NUMBER}")).await
    );
    assert_eq!(
        (
            &meeting["zoom_meeting_id"],
            &meeting["title"],
            &meeting["status"]
        ),
        (&json!(NUMBER), &json!("Maths"), &json!("ended"))
    );
    assert_eq!(
        meeting["occurrences"],
        json!([{
            "uuid": UUID,
            "date": "2024-10-07",
            "status": "ended",
            "started_at": "2024-10-07T08:00:00Z",
            "ended_at": "2024-10-07T08:50:00Z",
            "ended_by": "event",
            "outside_schedule": false,
            "unusable": 0,
        }])
    );
}

async fn participants(app: &App) {
    let page = app.json(PARTICIPANTS).await;
    let named = |name: &str| items(&page).iter().find(|p| p["name"] == name).unwrap();
    assert_eq!(items(&page).len(), 4);
    let ana = items(&page)
        .iter()
        .find(|p| p["email"] == "ana@school.example")
        .unwrap();
    assert_eq!(
        (
            &ana["student"]["sourced_id"],
            &ana["matched_by"],
            &ana["seconds"],
            &ana["status"]
        ),
        (
            &json!("s-ana"),
            &json!("email"),
            &json!(2280),
            &json!("left")
        )
    );
    let stays: Vec<_> = ana["stays"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stay| {
            json!([
                stay["participant_uuid"],
                stay["zoom_user_id"],
                stay["join_time"],
                stay["leave_time"],
                stay["evidence"]
            ])
        })
        .collect();
    assert_eq!(
        json!(stays),
        json!([
            [
                "A1",
                "seat-A1",
                "2024-10-07T08:02:00Z",
                "2024-10-07T08:20:00Z",
                "observed"
            ],
            [
                "A2",
                "seat-A2",
                "2024-10-07T08:10:00Z",
                "2024-10-07T08:40:00Z",
                "observed"
            ],
        ])
    );
    let ben = named("benny");
    assert_eq!(
        (&ben["student"]["sourced_id"], &ben["matched_by"]),
        (&json!("s-ben"), &json!("registrant"))
    );
    let tom = named("Tom");
    assert_eq!(
        (&tom["student"], &tom["matched_by"], &tom["seconds"]),
        (&json!(null), &json!("email"), &json!(3000))
    );
    assert_eq!(tom["stays"][0]["evidence"], "closed_by_end");
    assert_eq!(tom["stays"][0]["leave_time"], Value::Null);
    let guest = named(HOSTILE);
    assert_eq!(
        (&guest["student"], &guest["matched_by"], &guest["seconds"]),
        (&json!(null), &json!(null), &json!(1200))
    );
}

async fn unmatched(app: &App) {
    let page = app
        .json_until("/api/v1/unmatched", |page| items(page).len() == 2)
        .await;
    let [guest, meeting] = items(&page) else {
        panic!("{page:#}")
    };
    assert_eq!(
        (&guest["kind"], &guest["name"], &guest["occurrence_uuid"]),
        (&json!("person"), &json!(HOSTILE), &json!(UUID))
    );
    assert_eq!(
        (
            &guest["date"],
            &guest["class"]["sourced_id"],
            &guest["seconds"]
        ),
        (&json!("2024-10-07"), &json!("c-maths"), &json!(1200))
    );
    assert_eq!(
        (
            &meeting["kind"],
            &meeting["zoom_meeting_id"],
            &meeting["occurrences"]
        ),
        (&json!("meeting"), &json!("70000000001"), &json!(1))
    );
}

async fn state(app: &App) {
    let overview = app.json("/api/v1/overview").await;
    assert_eq!(
        (&overview["verdict"], &overview["reasons"]),
        (&json!("ok"), &json!([]))
    );
    assert_eq!(overview["figures"]["dead_events"], 0.0);
    assert_eq!(app.json("/api/v1/history").await["period_seconds"], 10);
    assert_eq!(
        app.json("/api/v1/me").await,
        json!({ "name": "admin", "role": "admin" })
    );
    // It was only started: its actor stays.
    let elsewhere = |page: &Value| {
        let mut actors = items(page).iter();
        actors
            .find(|actor| actor["occurrence_uuid"] == "elsewhere==")
            .cloned()
    };
    let actors = app
        .json_until("/api/v1/actors", |page| {
            elsewhere(page).is_some_and(|actor| actor["state"] == "idle")
        })
        .await;
    let actor = elsewhere(&actors).unwrap();
    for none in ["queued", "panics", "restarts"] {
        assert_eq!(actor[none], 0, "{none}");
    }
    let age = actor["age_seconds"].as_i64().unwrap();
    assert!(age >= actor["idle_seconds"].as_i64().unwrap());
    let states = actors["states"].as_object().unwrap();
    let counted: u64 = states.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(json!(counted), actors["live"]);
    let ran = app
        .json("/api/v1/occurrences?class=c-maths&status=ended")
        .await;
    let [run] = items(&ran) else {
        panic!("{ran:#}")
    };
    assert_eq!(
        (&run["uuid"], &run["title"]),
        (&json!(UUID), &json!("Maths"))
    );
}

async fn csv(app: &App) {
    let answer = app.get("/api/v1/attendance?format=csv&student=s-ben").await;
    let text = answer.text().await.unwrap();
    let [header, ben] = text.lines().collect::<Vec<_>>()[..] else {
        panic!("{text}")
    };
    assert_eq!(header.split(',').count(), ben.split(',').count());
    assert!(ben.contains(",s-ben,,Ben Bao,"), "{ben}");
    assert!(
        ben.ends_with(
            ",2024-10-07,partial,600,2024-10-07T08:05:00Z,2024-10-07T08:15:00Z,zoom,final,partial,,,"
        ),
        "{ben}"
    );
    let people = app
        .get(&format!("{PARTICIPANTS}?format=csv"))
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(people.lines().count(), 6, "a header and five stays");
    assert!(
        people.contains("\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"<script>\"\")\","),
        "{people}"
    );
}

async fn refused(app: &App) {
    for path in [
        "/metrics",
        "/api/v1/attendance",
        "/api/v1/meetings",
        "/api/v1/unmatched",
        PARTICIPANTS,
    ] {
        let answer = app.client.get(app.admin_url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}

/// The first stay has closed, the meeting goes on.
async fn a_running_lesson_is_provisional(database: Database) {
    let app = school(database).await;
    let (run, ana) = (
        monday(),
        person("A1", "Ana", &json!({ "email": "ana@school.example" })),
    );
    for body in [
        run.started(),
        run.joined(&ana, "2024-10-07T08:02:00Z"),
        run.left(&ana, "2024-10-07T08:20:00Z"),
    ] {
        assert_eq!(app.zoom().deliver(body).await.status, 200);
    }
    let page = app
        .json_until("/api/v1/attendance", |page| !items(page).is_empty())
        .await;
    let [mark] = items(&page) else {
        panic!("{page:#}")
    };
    assert_eq!(
        (&mark["status"], &mark["seconds"], &mark["finality"]),
        (&json!("present"), &json!(1080), &json!("provisional"))
    );
    let meeting = app.json(&format!("/api/v1/meetings/{NUMBER}")).await;
    assert_eq!(
        (&meeting["status"], &meeting["occurrences"][0]["status"]),
        (&json!("started"), &json!("started"))
    );
}
