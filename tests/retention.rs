//! Retention: what is old is sealed, its events go, and nobody can tell from the marks.
//!
//! The meetings are of long ago, so that they are old as soon as they have ended. On both databases.

#![allow(clippy::print_stdout, reason = "a failure is repeated by the seed")]

mod support;

use rollcall::replay::rng::Rng;
use serde_json::{Value, json};
use std::time::Duration;
use support::{
    app::{App, Database, Setup},
    set::{self, Lesson},
    vault::Vault,
    zoom::{Run, sample},
};

const EVENTS: &str = "SELECT count(*) FROM webhook_events";
const SEALED: &str = "SELECT count(*) FROM meeting_occurrences WHERE sealed_at IS NOT NULL";
const UNPURGED: &str = "SELECT count(*) FROM occurrence_seals WHERE NOT purged";
const DEAD: &str = "SELECT count(*) FROM dead_events WHERE reason = 'sealed' AND attempts = 1";
const MATHS: Lesson<'static> = Lesson {
    class: "maths",
    meeting: "85512340977",
    start: "",
    timezone: "UTC",
};
const ART: Lesson<'static> = Lesson {
    class: "art",
    meeting: "85512340978",
    start: "",
    timezone: "UTC",
};

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
    a_sealed_meeting_keeps_its_marks_and_gives_up_its_events,
    an_import_changes_the_marks_of_a_sealed_meeting,
    a_late_event_of_a_sealed_meeting_is_dead_and_changes_nothing,
    what_is_nobodys_goes_by_age_and_what_runs_stays,
    a_meeting_that_events_still_come_of_is_not_sealed,
    kills_during_retention_lose_nothing,
);

/// Looks every second for what has been final for a day.
fn eager(database: Database) -> Setup {
    Setup::new(database)
        .with("ROLLCALL__JOURNAL__RETENTION_DAYS", "1")
        .with("ROLLCALL__JOURNAL__RETENTION_CHECK_SECONDS", "1")
        .with("ROLLCALL__ATTENDANCE__SETTLE_MINUTES", "0")
        .with("ROLLCALL__ACTOR__LINGER_SECONDS", "0")
        .with("ROLLCALL__SWEEP__AFTER_SECONDS", "1")
}

fn run(meeting: &str, uuid: &str) -> Run {
    Run {
        meeting: meeting.into(),
        uuid: uuid.into(),
        start: "2024-10-07T08:00:00Z".into(),
    }
}

/// Zoom's keys of somebody, in one connection.
fn person(student: &str) -> Value {
    json!({
        "user_id": format!("seat-{student}"),
        "user_name": student,
        "email": set::email(student),
        "participant_uuid": format!("connection-{student}"),
    })
}

/// `HH:MM` of the day.
fn at(time: &str) -> String {
    format!("2024-10-07T{time}:00Z")
}

async fn deliver(app: &App, body: Vec<u8>) {
    let answer = app.zoom().deliver(body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.body),
        (200, json!({ "received": true }))
    );
}

/// Ana is there for 20 minutes, Ben for 10; six events.
async fn hold(app: &App, run: &Run) {
    for body in [
        run.started(),
        run.joined(&person("ana"), &at("08:01")),
        run.joined(&person("ben"), &at("08:05")),
        run.left(&person("ben"), &at("08:15")),
        run.left(&person("ana"), &at("08:21")),
        run.ended(&at("08:50")),
    ] {
        deliver(app, body).await;
    }
}

/// Everything that the read API tells of one occurrence and its class, but for ids that a test does not choose.
async fn shown(app: &App, class: &str, run: &Run) -> Value {
    let uuid = run.uuid.replace('=', "%3D");
    json!({
        "participants": app.json(&format!("/api/v1/occurrences/{uuid}/participants")).await["items"],
        "marks": app.json(&format!("/api/v1/attendance?class={class}")).await["items"],
        "meeting": app.json(&format!("/api/v1/meetings/{}", run.meeting)).await,
    })
}

/// `student status seconds` of the class, in order.
async fn marks(app: &App, class: &str) -> Vec<String> {
    told(&app.json(&format!("/api/v1/attendance?class={class}")).await)
}

fn told(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().expect("a list").iter();
    let mut marks: Vec<String> = items
        .map(|item| {
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let student = text(&item["student"]["sourced_id"]);
            format!("{student} {} {}", text(&item["status"]), item["seconds"])
        })
        .collect();
    marks.sort();
    marks
}

async fn marks_until(app: &App, class: &str, expected: &[&str]) {
    let path = format!("/api/v1/attendance?class={class}");
    app.json_until(&path, |answer| told(answer) == expected)
        .await;
}

/// The lesson of these two, sealed and gone from the journal.
async fn sealed_lesson(app: &App, vault: &Vault) -> Run {
    set::import(app, &["ana", "ben", "cem"], &[MATHS]);
    let run = run(MATHS.meeting, "maths==");
    hold(app, &run).await;
    vault.count_until(SEALED, 1).await;
    vault.journaled_until(EVENTS, 0).await;
    vault.count_until(UNPURGED, 0).await;
    run
}

async fn a_sealed_meeting_keeps_its_marks_and_gives_up_its_events(database: Database) {
    // Retention looks at the start and then not again within this test: what is there before it is seen.
    let mut app = eager(database)
        .with("ROLLCALL__JOURNAL__RETENTION_DAYS", "3650")
        .start()
        .await;
    let vault = Vault::open(&app).await;
    set::import(&app, &["ana", "ben", "cem"], &[MATHS]);
    let run = run(MATHS.meeting, "maths==");
    hold(&app, &run).await;
    let expected = ["ana present 1200", "ben partial 600", "cem absent 0"];
    marks_until(&app, "maths", &expected).await;
    let before = shown(&app, "maths", &run).await;
    app.stop().await;
    assert_eq!(vault.journaled(EVENTS).await, 6);
    assert_eq!(vault.count(SEALED).await, 0);

    app.set("ROLLCALL__JOURNAL__RETENTION_DAYS", "1");
    app.restart().await;
    vault.count_until(SEALED, 1).await;
    vault.journaled_until(EVENTS, 0).await;
    vault.count_until(UNPURGED, 0).await;
    assert_eq!(shown(&app, "maths", &run).await, before);
    let sealed = app.metric("rollcall_occurrences_sealed_total").await;
    assert_eq!(sealed, Some(1.0));
    let purged = app.metric("rollcall_journal_purged_total").await;
    assert_eq!(purged, Some(6.0));

    // An emptied journal is still the database's own.
    app.kill().await;
    app.restart().await;
    assert_eq!(shown(&app, "maths", &run).await, before);
    set::import(&app, &["ana", "ben", "cem"], &[MATHS, ART]);
    hold(&app, &self::run(ART.meeting, "art==")).await;
    marks_until(&app, "art", &expected).await;
    assert_eq!(vault.count(DEAD).await, 0);
    vault.close().await;
}

async fn an_import_changes_the_marks_of_a_sealed_meeting(database: Database) {
    let app = eager(database).start().await;
    let vault = Vault::open(&app).await;
    set::import(&app, &["ana"], &[MATHS]);
    let run = run(MATHS.meeting, "maths==");
    hold(&app, &run).await;
    vault.count_until(SEALED, 1).await;
    vault.journaled_until(EVENTS, 0).await;
    assert_eq!(marks(&app, "maths").await, ["ana present 1200"]);
    let path = "/api/v1/occurrences/maths%3D%3D/participants";
    let ben = |answer: &Value| {
        let items = answer["items"].as_array().expect("a list").clone();
        let ben = items.into_iter().find(|item| item["name"] == "ben");
        ben.expect("he was there")
    };
    assert_eq!(ben(&app.json(path).await)["student"], Value::Null);

    set::import(&app, &["ana", "ben", "cem"], &[MATHS]);
    let expected = ["ana present 1200", "ben partial 600", "cem absent 0"];
    marks_until(&app, "maths", &expected).await;
    assert_eq!(ben(&app.json(path).await)["student"]["sourced_id"], "ben");
    // Both came after the marks were final.
    let audited =
        "SELECT count(*) FROM audit_events WHERE action = 'attendance.changed_after_final'";
    vault.count_until(audited, 2).await;
    // It is as sealed as before, and rests.
    vault.count_until(SEALED, 1).await;
    let due = "SELECT count(*) FROM meeting_occurrences WHERE due_at IS NOT NULL";
    vault.count_until(due, 0).await;
    vault.close().await;
}

async fn a_late_event_of_a_sealed_meeting_is_dead_and_changes_nothing(database: Database) {
    let mut app = eager(database).start().await;
    let vault = Vault::open(&app).await;
    let run = sealed_lesson(&app, &vault).await;
    let before = shown(&app, "maths", &run).await;
    // Another leave, and the very bytes of one that was there and is no longer in the journal.
    deliver(&app, run.left(&person("ben"), &at("08:45"))).await;
    deliver(&app, run.joined(&person("ana"), &at("08:01"))).await;
    vault.count_until(DEAD, 2).await;
    assert_eq!(shown(&app, "maths", &run).await, before);
    // Nobody can give them back.
    let output = app.command(&["dead-events", "redrive", "--all"]);
    let all = (output.status.code(), String::from_utf8(output.stdout));
    assert_eq!(all, (Some(0), Ok("0 redriven\n".to_owned())));
    let seq = vault.count("SELECT max(seq) FROM dead_events").await;
    let one = app.command(&["dead-events", "redrive", &seq.to_string()]);
    assert_eq!(one.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&one.stderr).contains("its occurrence is sealed"));
    // A retry of what is dead is a duplicate as ever.
    deliver(&app, run.left(&person("ben"), &at("08:45"))).await;
    assert_eq!(vault.journaled(EVENTS).await, 2);
    // The sweep is done with them.
    let behind = "SELECT count(*) FROM rollcall_state WHERE key = 'sweep_watermark' AND value = \
                  (SELECT CAST(max(seq) AS TEXT) FROM dead_events)";
    vault.count_until(behind, 1).await;

    // An import judges the seal, not them.
    app.kill().await;
    app.restart().await;
    set::import(&app, &["ana", "ben", "cem", "dan"], &[MATHS]);
    let expected = [
        "ana present 1200",
        "ben partial 600",
        "cem absent 0",
        "dan absent 0",
    ];
    marks_until(&app, "maths", &expected).await;
    assert_eq!(vault.count(DEAD).await, 2, "as before: each was tried once");

    // Their bodies go when they are old; they stay listed.
    app.stop().await;
    age(&vault).await;
    app.restart().await;
    vault.journaled_until(EVENTS, 0).await;
    assert_eq!(vault.count(DEAD).await, 2);
    vault.close().await;
}

/// Makes everything that is in the journal arrive two days earlier.
async fn age(vault: &Vault) {
    let sql = "UPDATE webhook_events SET received_at = received_at - 172800000";
    vault.change_journal(sql).await;
}

async fn what_is_nobodys_goes_by_age_and_what_runs_stays(database: Database) {
    let mut app = eager(database).start().await;
    let vault = Vault::open(&app).await;
    // In a waiting room; a bind of an occurrence that nobody heard of; a body that is not understood.
    deliver(&app, sample("meeting.participant_joined_waiting_room")).await;
    deliver(&app, sample("meeting.participant_bind")).await;
    deliver(&app, br#"{"event":"chess.move","event_ts":1}"#.to_vec()).await;
    // Begun a minute ago: it is not over, whatever its events' age.
    let now = jiff::Timestamp::from_second(support::zoom::now() - 60).expect("a time");
    let running = Run {
        start: now.to_string(),
        ..run("85512340999", "running==")
    };
    deliver(&app, running.started()).await;
    deliver(&app, running.joined(&person("ana"), &now.to_string())).await;
    let there = "SELECT count(*) FROM meeting_occurrences WHERE uuid = 'running=='";
    vault.count_until(there, 1).await;
    app.stop().await;
    assert_eq!(vault.journaled(EVENTS).await, 5);
    age(&vault).await;
    app.restart().await;
    vault.journaled_until(EVENTS, 2).await;
    let own = "SELECT count(*) FROM webhook_events WHERE occurrence = 'running=='";
    assert_eq!(vault.journaled(own).await, 2);
    assert_eq!(vault.count(SEALED).await, 0);
    // What was deleted is new when it comes again, and harmless.
    deliver(&app, sample("meeting.participant_bind")).await;
    assert_eq!(vault.journaled(EVENTS).await, 3);
    assert_eq!(vault.count("SELECT count(*) FROM dead_events").await, 0);
    vault.close().await;
}

/// However old the meeting: its events arrived a moment ago, so more may follow.
async fn a_meeting_that_events_still_come_of_is_not_sealed(database: Database) {
    let mut app = eager(database)
        .with("ROLLCALL__ATTENDANCE__SETTLE_MINUTES", "90")
        .start()
        .await;
    let vault = Vault::open(&app).await;
    set::import(&app, &["ana", "ben", "cem"], &[MATHS, ART]);
    let marks = ["ana present 1200", "ben partial 600", "cem absent 0"];
    for (lesson, uuid) in [(MATHS, "maths=="), (ART, "art==")] {
        hold(&app, &run(lesson.meeting, uuid)).await;
        marks_until(&app, lesson.class, &marks).await;
    }
    // Two rounds pass, as is seen by what they seal of the other meeting, one event after another.
    for quiet in ["art==", "maths=="] {
        app.stop().await;
        let sql = format!(
            "UPDATE webhook_events SET received_at = received_at - 172800000 WHERE occurrence = '{quiet}'"
        );
        vault.change_journal(&sql).await;
        let sealed = vault.count(SEALED).await;
        app.restart().await;
        vault.count_until(SEALED, sealed + 1).await;
        vault.journaled_until(EVENTS, 6 * (1 - sealed)).await;
        let own = format!(
            "SELECT count(*) FROM meeting_occurrences WHERE uuid = '{quiet}' AND sealed_at IS NOT NULL"
        );
        assert_eq!(vault.count(&own).await, 1);
        // Whoever cannot be sealed is not even woken for it.
        let started = app.metric("rollcall_actors_started_total").await;
        assert_eq!(started, Some(1.0), "the one that was sealed");
    }
    vault.close().await;
}

async fn kills_during_retention_lose_nothing(database: Database) {
    const MEETINGS: usize = 150;
    const CLASSES: usize = 10;
    const KILLS: usize = 6;
    const DEBTS: i64 = 8;
    let seed = 3;
    println!("seed {seed}");
    let mut app = eager(database)
        .with("ROLLCALL__JOURNAL__RETENTION_DAYS", "3650")
        .start()
        .await;
    let vault = Vault::open(&app).await;
    let names: Vec<[String; 2]> = (0..CLASSES)
        .map(|n| [format!("class-{n}"), format!("8551234{n:04}")])
        .collect();
    let lessons: Vec<Lesson<'_>> = names
        .iter()
        .map(|[class, meeting]| Lesson {
            class,
            meeting,
            ..MATHS
        })
        .collect();
    set::import(&app, &["ana", "ben", "cem"], &lessons);
    for n in 0..MEETINGS {
        hold(&app, &run(&names[n % CLASSES][1], &format!("{n}=="))).await;
    }
    let applied = "SELECT count(*) FROM meeting_occurrences WHERE ended_by = 'event'";
    vault.count_until(applied, 150).await;
    let expected = ["ana present 1200", "ben partial 600", "cem absent 0"];
    for [class, _] in &names {
        marks_until(&app, class, &expected).await;
    }
    app.stop().await;
    let before = rows(&vault).await;

    app.set("ROLLCALL__JOURNAL__RETENTION_DAYS", "1");
    let mut rng = Rng::new(seed);
    let (mut kills, mut sealing, mut purging) = (0, 0, 0);
    while kills < KILLS || sealing == 0 || purging == 0 {
        let before = Progress::of(&vault).await;
        app.restart().await;
        // Every other kill falls into sealing, and leaves debts into whose payment the next one falls.
        if kills % 2 == 0 {
            let more = |now: &Progress| now.sealed > before.sealed && now.unpurged >= DEBTS;
            Progress::until(&vault, more).await;
            // This one is when the power goes, not a wait for anything.
            let power = u64::try_from(rng.between(0, 50)).expect("positive");
            tokio::time::sleep(Duration::from_millis(power)).await;
        } else {
            Progress::until(&vault, Progress::is_purging).await;
        }
        app.kill().await;
        let hit = Progress::of(&vault).await;
        println!("killed at {hit:?}");
        assert!(hit.events > 0, "no kill fell into purging");
        sealing += usize::from((1..150).contains(&hit.sealed));
        purging += usize::from(hit.is_purging());
        kills += 1;
    }
    app.restart().await;
    vault.count_until(SEALED, 150).await;
    vault.journaled_until(EVENTS, 0).await;
    vault.count_until(UNPURGED, 0).await;
    assert_eq!(rows(&vault).await, before);
    assert_eq!(vault.count("SELECT count(*) FROM dead_events").await, 0);
    // All of it is judged again by another school.
    set::import(&app, &["ana", "ben", "cem", "dan"], &lessons);
    let due = "SELECT count(*) FROM meeting_occurrences WHERE due_at IS NOT NULL";
    let expected = [
        "ana present 1200",
        "ben partial 600",
        "cem absent 0",
        "dan absent 0",
    ];
    for [class, _] in &names {
        marks_until(&app, class, &expected).await;
    }
    vault.count_until(due, 0).await;
    assert_eq!(rows(&vault).await[1..], before[1..], "dan was nowhere");
    vault.close().await;
}

/// How far retention has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Progress {
    sealed: i64,
    unpurged: i64,
    events: i64,
}

impl Progress {
    async fn of(vault: &Vault) -> Self {
        // The debts first: what is sealed meanwhile does not look like what is purged.
        let unpurged = vault.count(UNPURGED).await;
        Self {
            unpurged,
            sealed: vault.count(SEALED).await,
            events: vault.journaled(EVENTS).await,
        }
    }

    /// Whether events of an occurrence are gone that is not yet noted as purged. Each has six, all of them or none: they
    /// go in one statement.
    fn is_purging(&self) -> bool {
        (1..6 * (150 - self.sealed + self.unpurged)).contains(&self.events)
    }

    /// Waits until it has come so far.
    async fn until(vault: &Vault, so_far: impl Fn(&Self) -> bool) {
        let deadline = std::time::Instant::now() + Duration::from_mins(1);
        loop {
            let now = Self::of(vault).await;
            if so_far(&now) {
                return;
            }
            assert!(std::time::Instant::now() < deadline, "it stays {now:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// In numbers: marks, people, stays, and all seconds that stays count.
async fn rows(vault: &Vault) -> [i64; 4] {
    [
        vault.count("SELECT count(*) FROM attendance_records").await,
        vault
            .count("SELECT count(*) FROM zoom_participants WHERE status = 'left'")
            .await,
        vault
            .count("SELECT count(*) FROM participant_stays WHERE evidence = 'observed'")
            .await,
        vault
            .count("SELECT sum(duration) FROM zoom_participants")
            .await,
    ]
}
