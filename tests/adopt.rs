//! A journal that is lost, or older than the database: `serve` refuses it, `rollcall journal adopt` goes on with it.

mod support;

use serde_json::{Value, json};
use std::{fs, path::PathBuf, process::Output};
use support::{
    app::{App, Database, Setup},
    set::{self, Lesson},
    vault::Vault,
    zoom::Run,
};

const MATHS: Lesson<'static> = Lesson {
    class: "maths",
    meeting: "85512340977",
    start: "",
    timezone: "UTC",
};
const DEAD: &str = "SELECT count(*) FROM dead_events WHERE reason = 'sealed'";
const SEALED: &str = "SELECT count(*) FROM meeting_occurrences WHERE sealed_at IS NOT NULL";
const ADOPTED: &str =
    "SELECT count(*) FROM audit_events WHERE actor = 'command' AND action = 'journal.adopted'";

fn run(uuid: &str, start: &str) -> Run {
    Run {
        meeting: MATHS.meeting.into(),
        uuid: uuid.into(),
        start: start.into(),
    }
}

/// Zoom's keys of somebody.
fn person(student: &str) -> Value {
    json!({
        "user_id": format!("seat-{student}"),
        "user_name": student,
        "email": set::email(student),
        "participant_uuid": format!("connection-{student}"),
    })
}

async fn deliver(app: &App, body: Vec<u8>) {
    let answer = app.zoom().deliver(body).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
}

/// Ana for 20 minutes from 08:00 on `day`.
async fn hold(app: &App, uuid: &str, day: &str) {
    let at = |time: &str| format!("{day}T{time}:00Z");
    let run = run(uuid, &at("08:00"));
    deliver(app, run.started()).await;
    deliver(app, run.joined(&person("ana"), &at("08:00"))).await;
    deliver(app, run.left(&person("ana"), &at("08:20"))).await;
    deliver(app, run.ended(&at("08:50"))).await;
}

/// `date student status seconds` of the class, in order.
fn told(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().expect("a list").iter();
    let mut marks: Vec<String> = items
        .map(|item| {
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let student = text(&item["student"]["sourced_id"]);
            let (date, status) = (text(&item["date"]), text(&item["status"]));
            format!("{date} {student} {status} {}", item["seconds"])
        })
        .collect();
    marks.sort();
    marks
}

async fn marks_until(app: &App, expected: &[&str]) {
    let path = "/api/v1/attendance?class=maths";
    app.json_until(path, |answer| told(answer) == expected)
        .await;
}

/// Exit code, standard output, and the last line of standard error.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let errors = text(&output.stderr);
    let last = errors.trim_end().lines().last().unwrap_or_default();
    (output.status.code(), text(&output.stdout), last.to_owned())
}

/// `serve` refuses, and says what to do about it.
fn assert_refused(app: &App) {
    let (code, _, line) = said(&app.command(&["serve"]));
    assert_eq!(code, Some(2), "{line}");
    assert!(line.starts_with("rollcall: journal.url: "), "{line}");
    assert!(line.contains("rollcall journal adopt"), "{line}");
}

fn adopt(app: &App, sealed: usize) {
    let (code, text, line) = said(&app.command(&["journal", "adopt", "--yes"]));
    assert_eq!((code, &*line), (Some(0), ""), "{text}");
    let expected = format!(
        "The database goes on with this journal. Meetings sealed as they stood: {sealed}.\n"
    );
    assert_eq!(text, expected);
}

/// The files of a SQLite journal that are there.
fn files(app: &App) -> Vec<PathBuf> {
    let names = [
        "rollcall-journal.db",
        "rollcall-journal.db-wal",
        "rollcall-journal.db-shm",
    ];
    let files = names.iter().map(|name| app.folder().join(name));
    files.filter(|file| file.exists()).collect()
}

/// As if it had never been.
async fn lose_journal(app: &App, database: Database) {
    if database == Database::Sqlite {
        for file in files(app) {
            fs::remove_file(file).expect("it is gone");
        }
        return;
    }
    let vault = Vault::open(app).await;
    let sql = "DROP TABLE webhook_events, journal_state, rollcall_journal_migrations";
    vault.change_journal(sql).await;
    vault.close().await;
}

#[actix_web::test]
async fn a_lost_journal_is_replaced_on_sqlite() {
    a_lost_journal_is_replaced(Database::Sqlite).await;
}

#[actix_web::test]
async fn a_lost_journal_is_replaced_on_postgres() {
    a_lost_journal_is_replaced(Database::Postgres).await;
}

async fn a_lost_journal_is_replaced(database: Database) {
    let mut app = Setup::new(database)
        .with("ROLLCALL__SWEEP__AFTER_SECONDS", "1")
        .start()
        .await;
    set::import(&app, &["ana", "ben"], &[MATHS]);
    hold(&app, "monday==", "2024-10-07").await;
    let running = run("tuesday==", "2024-10-08T08:00:00Z");
    deliver(&app, running.started()).await;
    deliver(&app, running.joined(&person("ana"), "2024-10-08T08:00:00Z")).await;
    deliver(&app, running.left(&person("ana"), "2024-10-08T08:10:00Z")).await;
    let before = [
        "2024-10-07 ana present 1200",
        "2024-10-07 ben absent 0",
        "2024-10-08 ana partial 600",
    ];
    marks_until(&app, &before).await;
    app.stop().await;
    lose_journal(&app, database).await;
    assert_refused(&app);

    // Without --yes it only tells.
    let (code, text, line) = said(&app.command(&["journal", "adopt"]));
    assert_eq!(code, Some(2), "{line}");
    assert_eq!(
        text,
        "The database would go on with this journal.\n\
         Meetings that would be sealed as they stand, never to be computed again: 2.\n\
         Of these, not ended yet: 1.\n"
    );
    assert!(line.contains("--yes"), "{line}");
    assert_refused(&app);

    adopt(&app, 2);
    let (code, text, _) = said(&app.command(&["journal", "adopt", "--yes"]));
    let nothing = "The journal belongs to this database: nothing to do.\n";
    assert_eq!((code, &*text), (Some(0), nothing));
    app.restart().await;
    let vault = Vault::open(&app).await;
    assert_eq!(vault.count(ADOPTED).await, 1);
    assert_eq!(vault.count(SEALED).await, 2);

    // What is sent of a sealed meeting changes nothing; a new one counts; an import changes the new one alone.
    deliver(&app, running.left(&person("ana"), "2024-10-08T08:40:00Z")).await;
    hold(&app, "wednesday==", "2024-10-09").await;
    vault.count_until(DEAD, 1).await;
    set::import(&app, &["ana", "ben", "cem"], &[MATHS]);
    let after = [
        "2024-10-07 ana present 1200",
        "2024-10-07 ben absent 0",
        "2024-10-08 ana partial 600",
        "2024-10-09 ana present 1200",
        "2024-10-09 ben absent 0",
        "2024-10-09 cem absent 0",
    ];
    marks_until(&app, &after).await;
    let due = "SELECT count(*) FROM meeting_occurrences WHERE sealed_at IS NOT NULL AND due_at IS NOT NULL";
    assert_eq!(vault.count(due).await, 0, "nobody waits for them");
    // The sweep is done with the dead one.
    let behind = "SELECT count(*) FROM rollcall_state WHERE key = 'sweep_watermark' AND CAST(value AS INTEGER) > \
                  (SELECT max(seq) FROM dead_events)";
    vault.count_until(behind, 1).await;

    // It owns its journal while it runs.
    let (code, _, line) = said(&app.command(&["journal", "adopt", "--yes"]));
    assert_eq!(code, Some(1), "{line}");
    assert!(line.contains("owned by another process"), "{line}");
    vault.close().await;
}

/// An older copy was put back: what it lacks is lost, and what it gives out from now on is new to the database.
#[actix_web::test]
async fn an_older_journal_is_gone_on_with() {
    let mut app = Setup::new(Database::Sqlite)
        .with("ROLLCALL__SWEEP__AFTER_SECONDS", "1")
        .start()
        .await;
    set::import(&app, &["ana"], &[MATHS]);
    hold(&app, "monday==", "2024-10-07").await;
    marks_until(&app, &["2024-10-07 ana present 1200"]).await;
    app.stop().await;
    let copy = tempfile::tempdir().expect("a folder");
    for file in files(&app) {
        let name = file.file_name().expect("a name");
        fs::copy(&file, copy.path().join(name)).expect("a copy");
    }
    app.restart().await;
    hold(&app, "tuesday==", "2024-10-08").await;
    let both = ["2024-10-07 ana present 1200", "2024-10-08 ana present 1200"];
    marks_until(&app, &both).await;
    app.stop().await;
    lose_journal(&app, Database::Sqlite).await;
    for entry in fs::read_dir(copy.path()).expect("the copy") {
        let file = entry.expect("a file");
        fs::copy(file.path(), app.folder().join(file.file_name())).expect("put back");
    }
    assert_refused(&app);
    adopt(&app, 2);
    app.restart().await;
    hold(&app, "wednesday==", "2024-10-09").await;
    let all = [both[0], both[1], "2024-10-09 ana present 1200"];
    marks_until(&app, &all).await;
    let vault = Vault::open(&app).await;
    // Those of Tuesday, which the copy has not, come again: of a sealed meeting.
    hold(&app, "tuesday==", "2024-10-08").await;
    vault.count_until(DEAD, 4).await;
    marks_until(&app, &all).await;
    let first = "SELECT min(seq) FROM webhook_events WHERE occurrence = 'wednesday=='";
    let applied = "SELECT applied_seq FROM meeting_occurrences WHERE uuid = 'tuesday=='";
    assert!(vault.journaled(first).await > vault.count(applied).await);
    vault.close().await;
}
