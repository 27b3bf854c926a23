//! Actors, loader, writer and committer that panic or hang, in the real binary: two lessons run side by side, and the fault is
//! in one of them. See `src/fault.rs` for how faults are planned.

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{
    app::{App, Database, Setup},
    set::{self, Lesson},
    zoom::{Answer, Run},
};

/// The meetings, whose occurrences and classes bear the same names.
const MEETINGS: [(&str, &str); 2] = [("poison", "85512340977"), ("well", "85512340988")];
const STUDENTS: [&str; 3] = ["ana", "ben", "cem"];

/// Status and seconds by student.
type Marks = BTreeMap<String, (String, i64)>;

/// Ana stays for 20 minutes of 50, Ben for 10, Cem does not come.
fn right() -> Marks {
    marks_of([
        ("ana", "present", 1200),
        ("ben", "partial", 600),
        ("cem", "absent", 0),
    ])
}

fn marks_of<const N: usize>(marks: [(&str, &str, i64); N]) -> Marks {
    let mark = |(student, status, seconds): (&str, &str, i64)| {
        (student.to_owned(), (status.to_owned(), seconds))
    };
    marks.into_iter().map(mark).collect()
}

async fn start(setup: Setup) -> App {
    let app = setup.start().await;
    let lesson = |(class, meeting)| Lesson {
        class,
        meeting,
        start: "2026-10-05T08:00:00Z",
        timezone: "UTC",
    };
    set::import(&app, &STUDENTS, &MEETINGS.map(lesson));
    app
}

async fn with_faults(plan: &str) -> App {
    start(Setup::new(Database::Sqlite).with_faults(plan)).await
}

/// What Zoom sends of one lesson.
fn lesson(name: &str) -> Vec<Vec<u8>> {
    let meeting = MEETINGS.iter().find(|(class, _)| *class == name);
    let run = Run {
        meeting: meeting.expect("a meeting").1.into(),
        uuid: name.into(),
        start: "2026-10-05T08:00:00Z".into(),
    };
    let person = |student: &str| {
        json!({
            "user_id": format!("seat-of-{student}"),
            "participant_uuid": format!("connection-of-{student}"),
            "user_name": student,
            "email": set::email(student),
        })
    };
    let at = |time: &str| format!("2026-10-05T{time}:00Z");
    vec![
        run.started(),
        run.joined(&person("ana"), &at("08:05")),
        run.joined(&person("ben"), &at("08:06")),
        run.left(&person("ben"), &at("08:16")),
        run.left(&person("ana"), &at("08:25")),
        run.ended(&at("08:50")),
    ]
}

/// Both lessons side by side; every event is taken.
async fn teach(app: &App) {
    for (poison, well) in lesson("poison").iter().zip(&lesson("well")) {
        for body in [poison, well] {
            let Answer { status, body, .. } = app.zoom().deliver(body).await;
            assert_eq!((status.as_u16(), body), (200, json!({ "received": true })));
        }
    }
}

/// Waits until a lesson's marks are these.
async fn expect_marks(app: &App, class: &str, expected: &Marks) {
    let path = format!("/api/v1/attendance?class={class}&date=2026-10-05");
    app.json_until(&path, |answer| marks(answer) == *expected)
        .await;
}

fn marks(answer: &Value) -> Marks {
    let items = answer["items"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mark = |item: &Value| {
        let mark = (
            text(&item["status"]),
            item["seconds"].as_i64().unwrap_or(-1),
        );
        (text(&item["student"]["sourced_id"]), mark)
    };
    items.iter().map(mark).collect()
}

/// Kind, reason, attempts and whether it is redriven, of each dead event.
fn dead(answer: &Value) -> Vec<(&str, &str, i64, bool)> {
    let items = answer["items"].as_array().expect("a list");
    items
        .iter()
        .map(|item| {
            assert_eq!(item["occurrence_uuid"], "poison");
            assert_eq!(item["zoom_meeting_id"], MEETINGS[0].1);
            (
                item["kind"].as_str().expect("text"),
                item["reason"].as_str().expect("text"),
                item["attempts"].as_i64().expect("a number"),
                item["redriven"].as_bool().expect("yes or no"),
            )
        })
        .collect()
}

async fn expect_dead(app: &App, expected: &[(&str, &str, i64, bool)]) -> Vec<i64> {
    let answer = app
        .json_until("/api/v1/dead-events", |answer| dead(answer) == expected)
        .await;
    let items = answer["items"].as_array().expect("a list");
    items
        .iter()
        .filter_map(|item| item["seq"].as_i64())
        .collect()
}

async fn redrive(app: &App, seq: impl std::fmt::Display) -> reqwest::StatusCode {
    let url = app.admin_url(&format!("/api/v1/dead-events/{seq}/redrive"));
    let request = app.client.post(url).bearer_auth(support::app::TOKEN);
    request.send().await.expect("an answer").status()
}

/// What would come of a redrive.
async fn rehearsed(app: &App, seq: i64) -> Value {
    let url = app.admin_url(&format!("/api/v1/dead-events/{seq}/redrive?dry_run=true"));
    let request = app.client.post(url).bearer_auth(support::app::TOKEN);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

/// Whatever the fault, in the end both lessons are right, and the other one never noticed.
async fn both_are_right_after(plan: &str) -> App {
    let app = with_faults(plan).await;
    teach(&app).await;
    expect_marks(&app, "well", &right()).await;
    expect_marks(&app, "poison", &right()).await;
    expect_dead(&app, &[]).await;
    assert!(app.log().contains("panicked"), "the fault was there");
    app
}

#[actix_web::test]
async fn a_poison_event_dies_alone_and_is_redriven_on_sqlite() {
    a_poison_event_dies_alone_and_is_redriven(Database::Sqlite).await;
}

#[actix_web::test]
async fn a_poison_event_dies_alone_and_is_redriven_on_postgres() {
    a_poison_event_dies_alone_and_is_redriven(Database::Postgres).await;
}

async fn a_poison_event_dies_alone_and_is_redriven(database: Database) {
    let plan = "fold:poison=return(left)";
    let mut app = start(Setup::new(database).with_faults(plan)).await;
    teach(&app).await;
    // Who has no leave stays to the end.
    let without = marks_of([
        ("ana", "present", 2700),
        ("ben", "present", 2640),
        ("cem", "absent", 0),
    ]);
    expect_marks(&app, "well", &right()).await;
    expect_marks(&app, "poison", &without).await;
    let seqs = expect_dead(
        &app,
        &[("left", "fold", 1, false), ("left", "fold", 1, false)],
    )
    .await;
    assert_eq!(
        app.metric("rollcall_events_dead_total{reason=\"fold\"}")
            .await,
        Some(2.0)
    );

    // Nothing is done by asking what would come of it.
    let failing = rehearsed(&app, seqs[0]).await;
    assert_eq!(
        (failing["outcome"].as_str(), failing["reason"].as_str()),
        (Some("fails"), Some("fold"))
    );
    assert_eq!(failing["marks"], json!([]));

    // Tried again before the bug is mended, one dies again; it has not been forgotten after a restart.
    assert_eq!(redrive(&app, seqs[0]).await, 202);
    expect_dead(
        &app,
        &[("left", "fold", 2, false), ("left", "fold", 1, false)],
    )
    .await;
    app.kill().await;
    app.restart().await;
    expect_marks(&app, "poison", &without).await;
    expect_dead(
        &app,
        &[("left", "fold", 2, false), ("left", "fold", 1, false)],
    )
    .await;

    app.stop().await;
    app.mend();
    app.restart().await;
    expect_marks(&app, "poison", &without).await;
    try_without_doing_it(&app, &seqs).await;
    expect_dead(
        &app,
        &[("left", "fold", 2, false), ("left", "fold", 1, false)],
    )
    .await;
    expect_marks(&app, "poison", &without).await;
    let output = app.command(&["dead-events", "list"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(
        text.lines().filter(|line| line.contains("poison")).count(),
        2,
        "{text}"
    );
    let output = app.command(&["dead-events", "redrive", "--all"]);
    assert_eq!(
        String::from_utf8(output.stdout).expect("text"),
        "2 redriven\n"
    );
    let audited = app.json("/api/v1/audit-events?actor=command&action=dead_event.redriven");
    assert_eq!(audited.await["items"].as_array().map(Vec::len), Some(2));
    expect_marks(&app, "poison", &right()).await;
    expect_marks(&app, "well", &right()).await;
    expect_dead(&app, &[]).await;
    assert_eq!(redrive(&app, seqs[0]).await, 404);
    let output = app.command(&["dead-events", "list"]);
    assert_eq!(
        String::from_utf8(output.stdout).expect("text"),
        "No dead events.\n"
    );
}

/// By API, command and page: each by itself changes one mark. Ben's leave came first.
async fn try_without_doing_it(app: &App, seqs: &[i64]) {
    let ben = ["present 2640 s", "partial 600 s"];
    let ana = ["present 2700 s", "present 1200 s"];
    for (seq, student, [before, after]) in [(seqs[0], "ben", ben), (seqs[1], "ana", ana)] {
        let applies = rehearsed(app, seq).await;
        assert_eq!(applies["outcome"], "applies", "{applies:#}");
        assert_eq!(applies["reason"], Value::Null);
        assert_eq!(
            (&applies["occurrence_uuid"], &applies["zoom_meeting_id"]),
            (&json!("poison"), &json!(MEETINGS[0].1))
        );
        let told = |mark: &Value| {
            format!(
                "{} {} s",
                mark["status"].as_str().expect("text"),
                mark["seconds"]
            )
        };
        let changed = |mark: &Value| {
            let names = [
                &mark["student"]["sourced_id"],
                &mark["class"]["sourced_id"],
                &mark["date"],
            ];
            (
                names.map(Value::clone),
                told(&mark["before"]),
                told(&mark["after"]),
            )
        };
        let marks: Vec<_> = applies["marks"]
            .as_array()
            .expect("marks")
            .iter()
            .map(changed)
            .collect();
        let names = [json!(student), json!("poison"), json!("2026-10-05")];
        assert_eq!(marks, [(names, before.to_owned(), after.to_owned())]);
        let output = app.command(&["dead-events", "redrive", "--dry-run", &seq.to_string()]);
        assert_eq!(
            String::from_utf8(output.stdout).expect("text"),
            format!(
                "{seq} of poison would apply; marks that change: 1\n  poison 2026-10-05 {student}: {before} -> {after}\n"
            )
        );
        let page = app
            .get(&format!("/dead-events/{seq}/dry-run"))
            .await
            .text()
            .await
            .expect("a page");
        assert!(
            page.contains("can be applied now") && page.contains(&format!("Given-{student}")),
            "{page}"
        );
    }
}

#[actix_web::test]
async fn a_meeting_s_only_event_is_redriven_while_its_actor_lives() {
    let app = with_faults("fold:poison=1*panic").await;
    let started = &lesson("poison")[0];
    assert_eq!(app.zoom().deliver(started).await.status, 200);
    let seqs = expect_dead(&app, &[("started", "fold", 1, false)]).await;
    assert_eq!(redrive(&app, seqs[0]).await, 202);
    expect_dead(&app, &[]).await;
    let meeting = app
        .json(&format!("/api/v1/meetings/{}", MEETINGS[0].1))
        .await;
    assert_eq!(meeting["status"], "started");
    assert_eq!(meeting["occurrences"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn an_event_redriven_just_before_the_next_one_is_not_forgotten() {
    for _ in 0..3 {
        let app = with_faults("fold:poison=1*panic").await;
        let bodies = lesson("poison");
        let [ana, ben] = [&bodies[1], &bodies[2]];
        assert_eq!(app.zoom().deliver(ana).await.status, 200);
        let seqs = expect_dead(&app, &[("joined", "fold", 1, false)]).await;
        assert_eq!(redrive(&app, seqs[0]).await, 202);
        assert_eq!(app.zoom().deliver(ben).await.status, 200);
        expect_dead(&app, &[]).await;
        let people = "/api/v1/occurrences/poison/participants";
        app.json_until(people, |answer| {
            let items = answer["items"].as_array().expect("a list");
            items.len() == 2
        })
        .await;
    }
}

#[actix_web::test]
async fn an_actor_that_fails_whatever_the_event_keeps_its_events_waiting() {
    // Every seat is in every report: no few events are to blame.
    let mut app = with_faults("unjudgeable:poison=panic").await;
    teach(&app).await;
    expect_marks(&app, "well", &right()).await;
    given_up(&app).await;
    let waiting = app.json("/api/v1/dead-events").await;
    assert!(dead(&waiting).len() <= 3, "{waiting}");
    app.stop().await;
    app.mend();
    app.restart().await;
    let output = app.command(&["dead-events", "redrive", "--all"]);
    assert!(output.status.success());
    expect_marks(&app, "poison", &right()).await;
}

#[actix_web::test]
async fn a_sweep_that_panics_goes_on() {
    let mut app = with_faults("sweep:dead=panic").await;
    teach(&app).await;
    expect_marks(&app, "well", &right()).await;
    app.kill().await;
    app.restart().await;
    expect_marks(&app, "poison", &right()).await;
    assert!(app.log().contains("panicked"), "the fault was there");
}

#[actix_web::test]
async fn an_event_with_which_a_meeting_cannot_be_judged_is_found_and_left_out() {
    let mut app = with_faults("report:poison=return(seat-of-ben)").await;
    teach(&app).await;
    let without = marks_of([
        ("ana", "present", 1200),
        ("ben", "absent", 0),
        ("cem", "absent", 0),
    ]);
    expect_marks(&app, "well", &right()).await;
    expect_marks(&app, "poison", &without).await;
    let both = [("joined", "report", 1, false), ("left", "report", 1, false)];
    for seq in expect_dead(&app, &both).await {
        assert_eq!(rehearsed(&app, seq).await["reason"], "report");
    }
    app.stop().await;
    app.mend();
    app.restart().await;
    let output = app.command(&["dead-events", "redrive", "--all"]);
    assert_eq!(
        String::from_utf8(output.stdout).expect("text"),
        "2 redriven\n"
    );
    expect_marks(&app, "poison", &right()).await;
    expect_dead(&app, &[]).await;
}

#[actix_web::test]
async fn an_event_that_cannot_be_read_back_is_left_out() {
    let mut app = with_faults("read:poison=return(participant_left)").await;
    teach(&app).await;
    expect_marks(&app, "poison", &right()).await; // they came by the live way
    app.stop().await;
    app.restart().await;
    // Another student makes all attendance due: the journal is read.
    let lesson = |(class, meeting)| Lesson {
        class,
        meeting,
        start: "2026-10-05T08:00:00Z",
        timezone: "UTC",
    };
    let more = ["ana", "ben", "cem", "dan"];
    set::import(&app, &more, &MEETINGS.map(lesson));
    let mut well = right();
    well.insert("dan".into(), ("absent".into(), 0));
    expect_marks(&app, "well", &well).await;
    expect_dead(
        &app,
        &[("unknown", "read", 1, false), ("unknown", "read", 1, false)],
    )
    .await;
    app.stop().await;
    app.mend();
    app.restart().await;
    let output = app.command(&["dead-events", "redrive", "--all"]);
    assert_eq!(
        String::from_utf8(output.stdout).expect("text"),
        "2 redriven\n"
    );
    expect_marks(&app, "poison", &well).await;
    expect_dead(&app, &[]).await;
}

#[actix_web::test]
async fn an_actor_that_panics_is_replaced() {
    // At the third event, and in its successor's second.
    let app = both_are_right_after("actor:poison=2*off->1*panic->1*off->1*panic").await;
    let restarted = app.metric("rollcall_actors_restarted_total").await;
    assert!(restarted.is_some_and(|count| count >= 1.0), "{restarted:?}");
}

#[actix_web::test]
async fn an_actor_that_panics_at_every_event_lives_on_the_journal() {
    both_are_right_after("actor:poison=panic").await;
}

#[actix_web::test]
async fn a_panic_while_loading_loses_nothing() {
    both_are_right_after("load:poison=3*panic").await;
}

#[actix_web::test]
async fn a_panic_while_staging_loses_nothing() {
    both_are_right_after("flush:poison=3*panic").await;
}

#[actix_web::test]
async fn a_panic_in_the_loader_keeps_nobody_else_out() {
    both_are_right_after("loader:poison=3*panic").await;
}

#[actix_web::test]
async fn a_panic_in_the_writer_loses_nothing() {
    both_are_right_after("writer:poison=3*panic").await;
}

#[actix_web::test]
async fn an_occurrence_that_always_makes_the_writer_panic_keeps_nobody_else_out() {
    let mut app = with_faults("writer:poison=panic").await;
    teach(&app).await;
    expect_marks(&app, "well", &right()).await;
    assert!(app.log().contains("panicked"), "the fault was there");
    app.stop().await;
    app.mend();
    app.restart().await;
    expect_marks(&app, "poison", &right()).await;
}

#[actix_web::test]
async fn a_panic_before_a_commit_is_503_and_the_retry_is_taken() {
    let app = with_faults("commit:before=2*off->1*panic").await;
    a_commit_panics(app).await;
}

#[actix_web::test]
async fn a_panic_after_a_commit_counts_nothing_twice() {
    let app = with_faults("commit:after=2*off->1*panic").await;
    a_commit_panics(app).await;
}

/// One event is answered 503; sent again, as Zoom does, it is taken.
async fn a_commit_panics(app: App) {
    let mut refused = 0;
    for body in lesson("poison") {
        let mut answer = app.zoom().deliver(&body).await;
        while answer.status != 200 {
            assert_eq!(answer.status, 503);
            refused += 1;
            assert!(refused < 20, "it does not recover");
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            answer = app.zoom().deliver(&body).await;
        }
    }
    assert!(refused >= 1, "the fault was there");
    expect_marks(&app, "poison", &right()).await;
}

#[actix_web::test]
async fn an_actor_that_panics_again_and_again_is_given_up_for_a_while() {
    let mut app = with_faults("load:poison=panic").await;
    teach(&app).await;
    expect_marks(&app, "well", &right()).await;
    given_up(&app).await;
    // It holds up no stop, and is taken up again at the next start.
    app.stop().await;
    app.mend();
    app.restart().await;
    expect_marks(&app, "poison", &right()).await;
}

#[actix_web::test]
async fn an_actor_that_hangs_holds_up_nobody_else() {
    let plan = "actor:poison=2*off->1*sleep(600000)";
    let setup = Setup::new(Database::Sqlite).with_faults(plan);
    let mut app = start(setup.with("ROLLCALL__ACTOR__HANG_SECONDS", "5")).await;
    teach(&app).await;
    expect_marks(&app, "well", &right()).await;
    given_up(&app).await;
    // On a busy machine somebody else may seem to hang, too.
    let replaced = app.metric("rollcall_actor_threads_replaced_total").await;
    assert!(replaced >= Some(1.0), "{replaced:?}");
    let status = app.stop().await;
    assert!(status.success(), "it stops in order: {status}");
    app.mend();
    app.restart().await;
    expect_marks(&app, "poison", &right()).await;
}

/// Waits until an actor has been given up.
async fn given_up(app: &App) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while app.metric("rollcall_actors_given_up_total").await < Some(1.0) {
        assert!(std::time::Instant::now() < deadline, "nobody is given up");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[actix_web::test]
async fn a_web_page_cannot_redrive() {
    let app = start(Setup::new(Database::Sqlite)).await;
    let url = app.admin_url("/api/v1/dead-events/1/redrive");
    let request = app.client.post(&url).bearer_auth(support::app::TOKEN);
    let page = request
        .header("origin", "https://school.example")
        .send()
        .await;
    assert_eq!(page.expect("an answer").status(), 403);
    let stranger = app.client.post(&url).send().await.expect("an answer");
    assert_eq!(stranger.status(), 401);
    assert_eq!(redrive(&app, 1).await, 404);
    assert_eq!(redrive(&app, "x").await, 404);
    for (query, status) in [
        ("dry_run=true", 404),
        ("dry_run=yes", 400),
        ("dryrun=true", 400),
    ] {
        let request = app
            .client
            .post(format!("{url}?{query}"))
            .bearer_auth(support::app::TOKEN);
        assert_eq!(
            request.send().await.expect("an answer").status(),
            status,
            "{query}"
        );
    }
    assert_eq!(app.get("/dead-events/1/dry-run").await.status(), 404);
    let output = app.command(&["dead-events", "redrive", "--dry-run", "1"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).expect("text");
    assert!(error.contains("1: there is no such dead event"), "{error}");
    let wrong = app.get("/api/v1/dead-events/1/redrive").await;
    assert_eq!(wrong.status(), 405);
    assert_eq!(wrong.headers()["allow"], "POST");
}
