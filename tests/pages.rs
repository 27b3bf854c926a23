//! The pages of a running service: what their forms change, and what it costs that many watch one.

mod support;

use serde_json::{Value, json};
use std::time::Instant;
use support::{
    app::{App, Database, TOKEN, spawn_app},
    set::{self, Lesson},
    zoom::Run,
};

const STRANGER: &str = "home@private.example";

fn run() -> Run {
    Run {
        meeting: "85512340977".into(),
        uuid: "a/page==".into(),
        start: "2026-10-05T08:00:00Z".into(),
    }
}

/// A lesson of Ana's and Ben's, of which somebody with a strange e-mail had 20 minutes.
async fn lesson() -> App {
    let app = spawn_app(Database::Sqlite).await;
    let lesson = Lesson {
        class: "m9",
        meeting: "85512340977",
        start: "2026-10-05T08:00:00Z",
        timezone: "UTC",
    };
    set::import(&app, &["ana", "ben"], &[lesson]);
    let stranger =
        json!({ "user_id": "1", "user_name": "iPad", "email": STRANGER, "participant_uuid": "A" });
    let run = run();
    for event in [
        run.started(),
        run.joined(&stranger, "2026-10-05T08:00:00Z"),
        run.left(&stranger, "2026-10-05T08:20:00Z"),
        run.ended("2026-10-05T08:50:00Z"),
    ] {
        assert_eq!(app.zoom().deliver(event).await.status, 200);
    }
    marks(&app, "ana", "absent").await;
    app
}

/// Waits until the student's mark is `status`, and gives it.
async fn marks(app: &App, student: &str, status: &str) -> Value {
    let path = format!("/api/v1/attendance?student={student}");
    let is = |page: &Value| page["items"][0]["status"] == status;
    app.json_until(&path, is).await["items"][0].clone()
}

async fn page(app: &App, path: &str) -> String {
    let answer = app.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.expect("a page")
}

/// Sends a page's form, and goes where the answer leads.
async fn send(app: &App, path: &str, fields: &str) -> u16 {
    let request = app.client.post(app.admin_url(path)).bearer_auth(TOKEN);
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .body(fields.to_owned());
    request.send().await.expect("an answer").status().as_u16()
}

/// The value of the first hidden field of this name.
fn field(html: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = html.split_once(&start).expect("the field");
    rest.split('"').next().expect("a value").to_owned()
}

#[actix_web::test]
async fn a_stranger_is_confirmed_by_a_form_that_holds_no_email() {
    let app = lesson().await;
    let html = page(&app, "/unmatched").await;
    assert!(!html.contains("private.example"), "{html}");
    let person = field(&html, "person");
    let occurrence = "occurrence=a%2Fpage%3D%3D";
    let confirm = |person: &str| format!("{occurrence}&person={person}&user=ana");
    let nobody = "00000000-0000-0000-0000-000000000000";
    assert_eq!(
        send(&app, "/unmatched/confirm", &confirm(nobody)).await,
        422
    );
    let elsewhere = format!("occurrence=other&person={person}&user=ana");
    assert_eq!(send(&app, "/unmatched/confirm", &elsewhere).await, 422);
    assert_eq!(
        send(&app, "/unmatched/confirm", &confirm(&person)).await,
        200
    );
    marks(&app, "ana", "present").await;
    let html = page(&app, "/students/ana").await;
    assert!(html.contains("1 of 1 present"), "{html}");
}

#[actix_web::test]
async fn a_mark_by_hand_and_its_reason_are_on_the_students_page() {
    let app = lesson().await;
    let ben = marks(&app, "ben", "absent").await;
    let id = |member: &str| ben[member]["id"].as_str().expect("an id").to_owned();
    let path = format!("/classes/{}/2026-10-05/{}", id("class"), id("student"));
    let mark = "status=present&reason=%3Cb%3Eon+paper%3C%2Fb%3E";
    assert_eq!(send(&app, &format!("{path}/mark"), mark).await, 200);
    let html = page(&app, "/students/ben").await;
    for told in [
        "present, by hand",
        "“<bdi>&#60;b&#62;on paper&#60;/b&#62;</bdi>”",
        "computed: absent",
        "1 by hand",
    ] {
        assert!(html.contains(told), "{told}: {html}");
    }
    assert_eq!(send(&app, &format!("{path}/withdraw"), "").await, 200);
    marks(&app, "ben", "absent").await;
    let html = page(&app, "/students/ben").await;
    assert!(!html.contains(", by hand"), "{html}");
}

#[actix_web::test]
async fn a_page_is_made_once_for_all_who_watch_it() {
    let app = lesson().await;
    let looks = "rollcall_live_looks_total";
    assert_eq!(app.metric(looks).await, Some(0.0));
    let began = Instant::now();
    let mut watching = Vec::new();
    for _ in 0..10 {
        let mut stream = app.get("/live/occurrences/a%2Fpage%3D%3D").await;
        let first = stream.chunk().await.expect("a stream").expect("a text");
        assert!(first.starts_with(b"data: "));
        watching.push(stream);
    }
    app.metric_until("rollcall_live_watchers", |open| open > 9.5)
        .await;
    app.metric_until(looks, |looks| looks >= 4.0).await;
    let made = app.metric(looks).await.expect("a number");
    // One at once, and one a second.
    let most = began.elapsed().as_secs_f64() + 1.0;
    assert!(made <= most, "{made} looks in {most} s");
    drop(watching);
    app.metric_until("rollcall_live_watchers", |open| open == 0.0)
        .await;
}
