//! What can be seen while a meeting runs: its status, who is there, and the first marks.

mod support;

use serde_json::{Value, json};
use support::{
    app::{App, Database, spawn_app},
    set::{self, Lesson},
    zoom::Run,
};

const MEETING: &str = "85512340977";

#[actix_web::test]
async fn state_follows_the_events_on_sqlite() {
    state_follows_the_events(spawn_app(Database::Sqlite).await).await;
}

#[actix_web::test]
async fn state_follows_the_events_on_postgres() {
    state_follows_the_events(spawn_app(Database::Postgres).await).await;
}

async fn state_follows_the_events(app: App) {
    let lesson = Lesson {
        class: "m9",
        meeting: MEETING,
        start: "2026-10-05T08:00:00Z",
        timezone: "UTC",
    };
    set::import(&app, &["ana", "ben"], &[lesson]);
    let run = Run {
        meeting: MEETING.into(),
        uuid: "live==".into(),
        start: "2026-10-05T08:00:00Z".into(),
    };
    let ana = json!({ "user_id": "1", "user_name": "Ana", "email": set::email("ana"), "participant_uuid": "A" });
    assert_eq!(meeting_status(&app).await, "scheduled");

    deliver(&app, run.started()).await;
    until_meeting_is(&app, "started").await;

    deliver(&app, run.joined(&ana, "2026-10-05T08:01:00Z")).await;
    let here = until_ana(&app, "joined").await;
    assert_eq!(here["seconds"], 0, "an open stay counts when it has closed");
    assert_eq!(here["student"]["sourced_id"], "ana");
    assert_eq!(here["matched_by"], "email");
    let stay = json!({
        "participant_uuid": "A",
        "zoom_user_id": "1",
        "join_time": "2026-10-05T08:01:00Z",
        "leave_time": null,
        "evidence": "observed",
    });
    for (field, value) in stay.as_object().expect("an object") {
        assert_eq!(here["stays"][0][field], *value, "{field}");
    }
    assert_eq!(
        attendance(&app).await,
        json!([]),
        "nobody has a mark before a stay has closed"
    );

    deliver(&app, run.left(&ana, "2026-10-05T08:21:00Z")).await;
    let gone = until_ana(&app, "left").await;
    assert_eq!(gone["seconds"], 1200);
    let early = until_marks(&app, 1).await;
    assert_eq!(
        (&early[0]["status"], &early[0]["finality"]),
        (&json!("present"), &json!("provisional"))
    );

    deliver(&app, run.ended("2026-10-05T08:50:00Z")).await;
    until_meeting_is(&app, "ended").await;
    let marks = until_marks(&app, 2).await;
    let told: Vec<_> = marks
        .iter()
        .map(|row| {
            (
                &row["student"]["sourced_id"],
                &row["status"],
                &row["seconds"],
            )
        })
        .collect();
    assert!(
        told.contains(&(&json!("ana"), &json!("present"), &json!(1200))),
        "{told:?}"
    );
    assert!(
        told.contains(&(&json!("ben"), &json!("absent"), &json!(0))),
        "{told:?}"
    );
}

async fn deliver(app: &App, body: Vec<u8>) {
    assert_eq!(app.zoom().deliver(body).await.status, 200);
}

async fn meeting_status(app: &App) -> Value {
    app.json(&format!("/api/v1/meetings/{MEETING}")).await["status"].clone()
}

async fn until_meeting_is(app: &App, status: &str) {
    app.json_until(&format!("/api/v1/meetings/{MEETING}"), |meeting| {
        meeting["status"] == status
    })
    .await;
}

async fn until_ana(app: &App, status: &str) -> Value {
    let found = |page: &Value| page["items"][0]["status"] == status;
    // The occurrence is not there before the first write.
    app.json_until("/api/v1/occurrences/live%3D%3D/participants", found)
        .await["items"][0]
        .clone()
}

async fn attendance(app: &App) -> Value {
    app.json("/api/v1/attendance?class=m9").await["items"].clone()
}

async fn until_marks(app: &App, count: usize) -> Vec<Value> {
    let enough = |page: &Value| {
        page["items"]
            .as_array()
            .is_some_and(|items| items.len() == count)
    };
    let page = app.json_until("/api/v1/attendance?class=m9", enough).await;
    page["items"].as_array().expect("items").clone()
}
