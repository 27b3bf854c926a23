//! `rollcall journal export`: beside a running service, byte for byte or with pseudonyms, and sent again.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use jiff::civil::{Date, date};
use rollcall::replay::mix::Mix;
use rollcall::replay::school::{School, Timetable};
use rollcall::replay::sender::Sender;
use rollcall::replay::source::generated::GeneratedSchool;
use rollcall::replay::source::recording::{self, Body, Recorded};
use rollcall::replay::traffic::Delivery;
use serde_json::Value;
use support::app::{App, Database, SECRET, spawn_app};
use support::vault::Vault;
use support::zoom;

/// Long past, so that every mark is final.
const DAY: Date = date(2026, 10, 5);
const MEETINGS: usize = 5;
const STUDENTS: usize = 20;

fn day() -> (School, Vec<Delivery>) {
    let wanted = GeneratedSchool {
        meetings: MEETINGS,
        students: STUDENTS,
        minutes: 50,
        bell_seconds: 200,
        timetable: Timetable::Spread,
        mix: Mix::DAY,
        date: DAY,
        seed: 5,
    };
    wanted.generate().expect("a school")
}

/// Bodies that no generator makes, and that are journaled all the same.
fn odd() -> Vec<Vec<u8>> {
    let deep = format!(
        r#"{{"event":"meeting.deep","payload":{}{}}}"#,
        "[".repeat(300),
        "]".repeat(300)
    );
    vec![
        b"{\"event\":\"meeting.odd\",\"payload\":{\"Ana Haddad\":\"\xff\xfe\"}}".to_vec(),
        br#"{"event":"meeting.half","payload":{"Ana Haddad":"\ud83e"}}"#.to_vec(),
        deep.into_bytes(),
        b" { \"event\" : \"meeting.spaced\" , \"payload\" : { \"Ana Haddad\" : 1e3 } } \n".to_vec(),
    ]
}

async fn play(app: &App, deliveries: Vec<Delivery>) {
    let url = app.public_url("/api/zoom/webhook");
    let sender = Sender::new(url, zoom::keys(SECRET), zoom::now).expect("a client");
    let count = deliveries.len();
    assert_eq!(sender.send(deliveries, 4, || ()).await.taken, count);
}

fn import(app: &App, school: &School) {
    let roster = tempfile::tempdir().expect("a temporary folder");
    school.write_roster(roster.path()).expect("a roster");
    let import = app.command(&["import", roster.path().to_str().expect("text")]);
    assert!(import.status.success());
}

fn export(app: &App, options: &[&str]) -> Output {
    let output = app.command(&[&["journal", "export"], options].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    output
}

fn to_file(app: &App, options: &[&str]) -> PathBuf {
    let path = app.folder().join("recording.ndjson");
    let output = export(
        app,
        &[&["--out", path.to_str().expect("text")], options].concat(),
    );
    assert_eq!(output.stdout, b"", "it is in the file");
    path
}

fn read(bytes: &[u8]) -> Vec<Recorded> {
    recording::lines(bytes, "recording".to_owned())
        .map(|line| line.map(|(_, recorded)| recorded))
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{error}"))
}

fn bodies(recorded: &[Recorded]) -> Vec<Vec<u8>> {
    let body = |recorded: &Recorded| match &recorded.body {
        Body::Bytes(bytes) => bytes.clone(),
        Body::Withheld(bytes) => format!("{bytes} withheld").into_bytes(),
    };
    recorded.iter().map(body).collect()
}

fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).expect("a file");
    metadata.permissions().mode() & 0o777
}

async fn an_export_is_what_was_sent(database: Database) {
    let app = spawn_app(database).await;
    let (_, deliveries) = day();
    let mut sent: Vec<Vec<u8>> = Vec::new();
    for delivery in &deliveries {
        sent.push(delivery.body.clone().into_bytes());
    }
    play(&app, deliveries).await;
    for body in odd() {
        let answer = app.zoom().deliver(body.clone()).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        sent.push(body);
    }
    sent.sort();
    sent.dedup();

    // The service runs on, and owns its journal.
    let first = export(&app, &[]);
    let path = to_file(&app, &[]);
    assert_eq!(fs::read(&path).expect("a file"), first.stdout);
    assert_eq!(mode(&path), 0o600);
    let recorded = read(&first.stdout);
    let mut found = bodies(&recorded);
    found.sort();
    assert!(found == sent, "{} of {}", found.len(), sent.len());
    let said = format!("{} events written\n", sent.len());
    assert!(String::from_utf8_lossy(&first.stderr).ends_with(&said));
    let answer = app
        .zoom()
        .deliver(br#"{"event":"meeting.next"}"#.to_vec())
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let next = read(&export(&app, &[]).stdout);
    assert_eq!(next.len(), recorded.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_what_was_sent_on_sqlite() {
    an_export_is_what_was_sent(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_what_was_sent_on_postgres() {
    an_export_is_what_was_sent(Database::Postgres).await;
}

/// More than a page of it, and holes; the service does not run.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_cut_out_by_arrival() {
    let mut app = spawn_app(Database::Sqlite).await;
    play(&app, day().1).await;
    app.stop().await;
    let vault = Vault::open(&app).await;
    vault
        .change_journal("DELETE FROM webhook_events WHERE seq % 7 = 0")
        .await;
    vault
        .change_journal("UPDATE webhook_events SET received_at = 1791187200000 + seq * 1000")
        .await;
    let count = |sql: &'static str| vault.journaled(sql);
    let all = count("SELECT count(*) FROM webhook_events").await;
    let inside = count("SELECT count(*) FROM webhook_events WHERE seq >= 10 AND seq < 100").await;
    vault.close().await;
    assert!(all > 200, "{all} are more than a page");
    let length = |options: &[&str]| read(&export(&app, options).stdout).len();
    assert_eq!(length(&[]), usize::try_from(all).expect("a count"));
    let recorded = read(&export(&app, &[]).stdout);
    assert!(
        recorded.is_sorted_by_key(|line| line.received_at),
        "in the journal's order"
    );
    let window = [
        "--from",
        "2026-10-05T08:00:10Z",
        "--to",
        "2026-10-05T09:01:40+01:00",
    ];
    assert_eq!(length(&window), usize::try_from(inside).expect("a count"));
    assert_eq!(length(&["--to", "2000-01-01T00:00:00Z"]), 0);

    let backwards = [
        "journal",
        "export",
        "--to",
        window[1],
        "--from",
        "2027-01-01T00:00:00Z",
    ];
    let refused = app.command(&backwards);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(
        said,
        "rollcall: journal export: --from must be before --to\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_journal_none_is_made() {
    let mut app = spawn_app(Database::Sqlite).await;
    app.stop().await;
    for file in [
        "rollcall-journal.db",
        "rollcall-journal.db-wal",
        "rollcall-journal.db-shm",
    ] {
        let _ = fs::remove_file(app.folder().join(file));
    }
    let path = app.folder().join("recording.ndjson");
    let output = app.command(&["journal", "export", "--out", path.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("rollcall: journal export: ") && said.contains("rollcall-journal.db"),
        "{said}"
    );
    assert!(!path.exists() && !app.folder().join("rollcall-journal.db").exists());
}

/// Status and seconds of each mark, without the people.
async fn marks(app: &App, classes: usize) -> Vec<(String, i64)> {
    let path = format!("/api/v1/attendance?date={DAY}&limit=500");
    let settled = |answer: &Value| {
        let items = answer["items"].as_array().expect("a list");
        items.len() == classes * STUDENTS && items.iter().all(|item| item["finality"] == "final")
    };
    let answer = app.json_until(&path, settled).await;
    let mark = |item: &Value| {
        let status = item["status"].as_str().expect("text").to_owned();
        (status, item["seconds"].as_i64().expect("seconds"))
    };
    let mut marks: Vec<_> = answer["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(mark)
        .collect();
    marks.sort();
    marks
}

async fn pseudonyms_tell_nobody(database: Database) {
    let app = spawn_app(database).await;
    let (school, deliveries) = day();
    play(&app, deliveries.clone()).await;
    for body in odd() {
        assert_eq!(app.zoom().deliver(body).await.status, 200);
    }
    let plain = fs::read_to_string(to_file(&app, &[])).expect("text");
    let path = to_file(&app, &["--pseudonyms"]);
    assert_eq!(mode(&path), 0o600);
    let hidden = fs::read_to_string(&path).expect("text");
    let again = fs::read_to_string(to_file(&app, &["--pseudonyms"])).expect("text");
    assert_eq!(hidden.lines().count(), plain.lines().count());
    assert_ne!(hidden, again, "each export has a key of its own");
    let mut personal = vec!["Ana Haddad".to_owned(), "iPhone".to_owned()];
    for student in &school.students {
        personal.extend([
            student.sourced_id.clone(),
            format!("{} {}", student.name.0, student.name.1),
        ]);
        personal.extend(student.zoom_user_id.clone());
        personal.extend(student.email.clone());
    }
    for teacher in &school.teachers {
        personal.extend([teacher.zoom_user_id.clone(), teacher.email.clone()]);
    }
    for class in &school.classes {
        personal.extend([
            class.meeting.number.to_string(),
            class.title.replace('"', "\\\\\\\""),
        ]);
        personal.extend(
            class
                .enrolled
                .iter()
                .filter_map(|one| one.registrant_id.clone()),
        );
    }
    for delivery in &deliveries {
        personal.push(delivery.request_id.clone());
        let body: Value = serde_json::from_str(&delivery.body).expect("JSON");
        let object = &body["payload"]["object"];
        let ids = [&object["uuid"], &object["participant"]["participant_uuid"]];
        personal.extend(ids.iter().filter_map(|id| id.as_str()).map(str::to_owned));
    }
    let known = personal.iter().filter(|text| plain.contains(*text));
    assert!(known.count() > 60, "what is looked for is in the plain one");
    for text in personal {
        assert!(
            !hidden.to_lowercase().contains(&text.to_lowercase()),
            "{text}"
        );
    }
    let withheld = read(hidden.as_bytes());
    let withheld = withheld
        .iter()
        .filter(|line| matches!(line.body, Body::Withheld(_)));
    assert_eq!(withheld.count(), 3, "broken, half a pair, deep");
}

#[tokio::test(flavor = "multi_thread")]
async fn pseudonyms_tell_nobody_on_sqlite() {
    pseudonyms_tell_nobody(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pseudonyms_tell_nobody_on_postgres() {
    pseudonyms_tell_nobody(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_sent_again_gives_the_same_marks() {
    let (school, deliveries) = day();
    let app = spawn_app(Database::Sqlite).await;
    import(&app, &school);
    play(&app, deliveries).await;
    let expected = marks(&app, MEETINGS).await;
    let recording = recording::read(&to_file(&app, &[])).expect("a recording");
    assert_eq!(recording.left_out, 0);

    let other = spawn_app(Database::Sqlite).await;
    import(&other, &school);
    play(&other, recording.deliveries).await;
    assert_eq!(marks(&other, MEETINGS).await, expected);
}
