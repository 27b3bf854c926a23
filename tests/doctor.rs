//! `rollcall doctor` from the outside: what it finds in healthy and in broken installations, and that it changes nothing.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    thread,
};
use support::{
    app::{App, Database, SECRET, TOKEN, spawn_app},
    postgres,
    set::{self, Lesson},
    zoom::Run,
};
use tempfile::TempDir;

const MATHS: Lesson<'static> = Lesson {
    class: "maths",
    meeting: "85512340977",
    start: "",
    timezone: "UTC",
};

/// What it said.
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let said = Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        for secret in [SECRET, TOKEN, "hunter2"] {
            assert!(!said.stdout.contains(secret), "{}", said.stdout);
            assert!(!said.stderr.contains(secret), "{}", said.stderr);
        }
        said
    }

    /// Its lines with this status about this check.
    fn lines(&self, status: &str, check: &str) -> Vec<&str> {
        let ours = |line: &&str| {
            let mut words = line.split_whitespace();
            words.next() == Some(status) && words.next() == Some(check)
        };
        self.stdout.lines().filter(ours).collect()
    }

    /// The one line with this status about this check, which says `what`.
    fn says(&self, status: &str, check: &str, what: &str) {
        let lines = self.lines(status, check);
        let found = lines.iter().any(|line| line.contains(what));
        assert!(found, "{status} {check} {what} not in:\n{}", self.stdout);
    }

    /// How much room the machine of the tests has is its own affair (`cli::doctor::disk` has the tests of that line).
    fn is_well(&self) {
        let room = |line: &str| line.starts_with("warning  disk") && line.contains(" MB free, ");
        let bad = |line: &str| line.starts_with("wrong") || line.starts_with("warning");
        let mut lines = self.stdout.lines();
        assert!(
            !lines.any(|line| bad(line) && !room(line)),
            "{}",
            self.stdout
        );
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
    }

    fn is_wrong(&self, things: &str) {
        let line = format!("rollcall: doctor: {things}\n");
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(1), line.as_str()),
            "{}",
            self.stdout
        );
    }
}

/// An installation without a service.
struct Bare {
    folder: TempDir,
    variables: BTreeMap<&'static str, String>,
}

impl Bare {
    fn new() -> Self {
        let variables = [
            ("ZOOM_WEBHOOK_SECRET", SECRET.to_owned()),
            ("ROLLCALL__HTTP__ADDR", "127.0.0.1:1".to_owned()),
        ];
        Self {
            folder: TempDir::new().unwrap(),
            variables: variables.into(),
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.insert(name, value.to_owned());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_rollcall"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(&self.variables)
            .output();
        Said::of(&output.unwrap())
    }
}

/// A service, and a doctor that knows its port.
async fn healthy(database: Database) -> App {
    let mut app = spawn_app(database).await;
    let listener = app.public.to_string();
    app.set("ROLLCALL__HTTP__ADDR", &listener);
    app
}

fn doctor(app: &App, arguments: &[&str]) -> Said {
    let arguments: Vec<_> = ["doctor"].iter().chain(arguments).copied().collect();
    Said::of(&app.command(&arguments))
}

/// Answers every request alike, with these lines at its head; its address.
fn answering(head: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = write!(stream, "HTTP/1.1 {head}\r\ncontent-length: 2\r\n\r\n{{}}");
        }
    });
    format!("http://{address}/api/zoom/webhook")
}

/// Every file of the folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap();
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    };
    entries.map(|entry| read(entry.unwrap())).collect()
}

/// A SQLite journal: the database and its log. (A reader makes the index of the log anew.)
fn journal(app: &App) -> [Option<Vec<u8>>; 2] {
    ["", "-wal"].map(|part| fs::read(journal_file(app, part)).ok())
}

fn put_journal(app: &App, files: [Option<Vec<u8>>; 2]) {
    let _ = fs::remove_file(journal_file(app, "-shm"));
    for (part, bytes) in ["", "-wal"].into_iter().zip(files) {
        let file = journal_file(app, part);
        let _ = fs::remove_file(&file);
        if let Some(bytes) = bytes {
            fs::write(file, bytes).unwrap();
        }
    }
}

fn journal_file(app: &App, part: &str) -> std::path::PathBuf {
    app.folder().join(format!("rollcall-journal.db{part}"))
}

#[tokio::test]
async fn a_healthy_school_is_well_on_sqlite() {
    let app = a_healthy_school_is_well(Database::Sqlite).await;
    let owner = format!("is owned by process {}", app.pid());
    let said = doctor(&app, &[]);
    said.says("ok", "journal", &owner);
    assert!(said.stdout.contains("MB free, "), "{}", said.stdout);
    said.says("note", "clock", "--clock");
}

#[tokio::test]
async fn a_healthy_school_is_well_on_postgres() {
    let app = a_healthy_school_is_well(Database::Postgres).await;
    let said = doctor(&app, &[]);
    said.says("ok", "journal", "is owned by session");
    said.says("note", "disk", "PostgreSQL");
    said.says("ok", "clock", "the database's server");
}

async fn a_healthy_school_is_well(database: Database) -> App {
    let app = healthy(database).await;
    let url = app.public_url("/api/zoom/webhook");
    for arguments in [&[][..], &["--url", &url]] {
        let said = doctor(&app, arguments);
        said.is_well();
        said.says("ok", "configuration", "");
        said.says("ok", "database", "up to date");
        said.says("ok", "journal", "belongs to this database");
        said.says("ok", "service", "is ready");
        said.says("ok", "endpoint", "answers Zoom's URL validation in");
        said.says("ok", "endpoint", "refuses an unsigned event");
        said.says("ok", "endpoint", "refuses a wrongly signed event");
    }
    let heard = app.metric("rollcall_last_url_validation_timestamp_seconds");
    assert_eq!(heard.await, Some(0.0), "a look of ours is none of Zoom's");
    app
}

#[tokio::test]
async fn a_stopped_service_is_a_note_and_nothing_is_changed() {
    let mut app = healthy(Database::Sqlite).await;
    assert!(app.stop().await.success());
    let kept = || {
        let mut files = files(app.folder());
        // Of an index that readers share nothing but its being there matters.
        for (_, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with("-shm")) {
            bytes.clear();
        }
        files
    };
    let before = kept();
    let said = doctor(&app, &[]);
    said.is_well();
    said.says("note", "service", "none runs at 127.0.0.1:");
    said.says("note", "journal", "owned by nobody");
    assert!(said.lines("ok", "endpoint").is_empty());
    let after = kept();
    assert!(before.keys().eq(after.keys()), "no file is made");
    assert!(before == after, "not a byte is changed");
}

#[test]
fn what_is_not_migrated_yet_is_a_warning_and_stays_so() {
    let school = Bare::new();
    let said = school.run(&["doctor"]);
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (Some(0), ""),
        "{}",
        said.stdout
    );
    said.says("warning", "database", "rollcall.db is not there");
    said.says("note", "journal", "`rollcall serve` makes it");
    assert!(files(school.folder.path()).is_empty());
    let database = postgres::database();
    let school = Bare::new().with("DATABASE_URL", &database.url());
    for _ in 0..2 {
        let said = school.run(&["doctor"]);
        assert_eq!(said.code, Some(0), "{}", said.stdout);
        said.says("warning", "database", "is empty");
        said.says("warning", "journal", "1 of 1 migrations");
    }
}

#[test]
fn a_school_that_is_not_adopted_yet_is_a_warning() {
    let database = postgres::database();
    let school = "CREATE TABLE users (id uuid PRIMARY KEY, email text)";
    postgres::execute(&database.url(), school.to_owned()).unwrap();
    let said = Bare::new()
        .with("DATABASE_URL", &database.url())
        .run(&["doctor"]);
    said.says("warning", "database", "not adopted yet");
}

#[tokio::test]
async fn another_secret_at_the_endpoint_is_wrong() {
    let mut app = healthy(Database::Sqlite).await;
    app.set("ZOOM_WEBHOOK_SECRET", "another");
    let said = doctor(&app, &[]);
    said.is_wrong("one thing is wrong");
    said.says(
        "wrong",
        "endpoint",
        "answers Zoom's URL validation with 401; the endpoint has another secret",
    );
}

#[tokio::test]
async fn an_older_journal_and_anothers_are_wrong() {
    let mut app = healthy(Database::Sqlite).await;
    assert!(app.stop().await.success());
    let older = journal(&app);
    app.restart().await;
    set::import(&app, &["ana"], &[MATHS]);
    let run = Run {
        meeting: MATHS.meeting.into(),
        uuid: "abc==".into(),
        start: "2026-11-20T09:00:00Z".into(),
    };
    assert_eq!(app.zoom().deliver(run.started()).await.status, 200);
    app.json_until("/api/v1/meetings/85512340977", |meeting| {
        meeting["occurrences"][0]["uuid"] == "abc=="
    })
    .await;
    assert!(app.stop().await.success());
    let other = {
        let mut other = healthy(Database::Sqlite).await;
        assert!(other.stop().await.success());
        journal(&other)
    };
    for (files, what) in [
        (older, "older than the database"),
        (other, "another database's"),
    ] {
        put_journal(&app, files);
        let said = doctor(&app, &[]);
        said.is_wrong("one thing is wrong");
        said.says("wrong", "journal", what);
        said.says("wrong", "journal", "rollcall journal adopt");
    }
    put_journal(&app, [None, None]);
    doctor(&app, &[]).says(
        "wrong",
        "journal",
        "is not there, and the database belongs to one",
    );
}

#[test]
fn an_unreachable_database_is_wrong_and_so_is_none() {
    let url = "postgres://school:hunter2@127.0.0.1:1/school";
    let said = Bare::new().with("DATABASE_URL", url).run(&["doctor"]);
    said.is_wrong("2 things are wrong");
    said.says("wrong", "database", "127.0.0.1:1/school");
    said.says("wrong", "journal", "127.0.0.1:1/school");
    let school = Bare::new();
    fs::write(
        school.folder.path().join("rollcall.db"),
        "no database at all",
    )
    .unwrap();
    let said = school.run(&["doctor"]);
    said.is_wrong("one thing is wrong");
    assert_eq!(said.lines("wrong", "database").len(), 1, "{}", said.stdout);
}

#[test]
fn a_configuration_that_serve_refuses_is_code_2() {
    let line = |said: &Said| {
        assert_eq!(
            (said.code, said.stderr.lines().count()),
            (Some(2), 1),
            "{}",
            said.stderr
        );
        said.stderr.clone()
    };
    let said = Bare::new()
        .with("ROLLCALL__HTTP__ADDR", "somewhere")
        .run(&["doctor"]);
    assert!(line(&said).contains("http.addr"));
    let said = Bare::new().without("ZOOM_WEBHOOK_SECRET").run(&["doctor"]);
    assert!(line(&said).contains("zoom.webhook_secret is missing"));
    said.says("wrong", "configuration", "zoom.webhook_secret is missing");
    said.says("warning", "database", "is not there");
    let said = Bare::new().run(&["doctor", "--url", "https://school:hunter2@host.example/"]);
    assert!(line(&said).contains("--url"));
}

#[test]
fn risky_values_are_warnings() {
    let said = Bare::new()
        .with("ROLLCALL__ADMIN__ADDR", "0.0.0.0:9090")
        .with("ROLLCALL_ADMIN_TOKEN", "hunter2")
        .with("ROLLCALL__ZOOM__TIMESTAMP_TOLERANCE_SECONDS", "7200")
        .with("ROLLCALL__JOURNAL__ACK_TIMEOUT_MS", "5000")
        .with("ROLLCALL__ATTENDANCE__SETTLE_MINUTES", "10")
        .run(&["doctor"]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    for key in [
        "admin.addr",
        "admin.token",
        "zoom.timestamp_tolerance_seconds",
        "journal.ack_timeout_ms",
        "attendance.settle_minutes",
    ] {
        said.says("warning", "configuration", key);
    }
}

#[test]
fn what_else_may_answer_at_the_endpoint_is_told_apart() {
    let school = Bare::new();
    let asked = |head: &str| school.run(&["doctor", "--url", &answering(head.to_owned())]);
    let said = asked("301 Moved\r\nlocation: https://elsewhere.example/?token=hunter2");
    said.says("wrong", "endpoint", "Zoom follows no redirect");
    let said = asked("200 OK");
    said.says(
        "wrong",
        "endpoint",
        "answers Zoom's URL validation, and wrongly",
    );
    said.says("wrong", "endpoint", "accepts an unsigned event: 200");
    said.says("wrong", "endpoint", "accepts a wrongly signed event: 200");
    asked("404 Not Found").says("wrong", "endpoint", "/api/zoom/webhook");
    let https = answering("200 OK".to_owned()).replace("http:", "https:");
    let said = school.run(&["doctor", "--url", &https]);
    said.says("wrong", "endpoint", "speaks no TLS");
}

#[test]
fn a_clock_that_is_off_is_told_by_how_much() {
    let school = Bare::new();
    for (ago, status) in [(0, "ok"), (200, "warning"), (400, "wrong")] {
        let then = jiff::Timestamp::from_second(support::zoom::now() - ago).unwrap();
        let date = then.strftime("%a, %d %b %Y %H:%M:%S GMT");
        let url = answering(format!("200 OK\r\ndate: {date}"));
        let said = school.run(&["doctor", "--clock", &url]);
        said.says(status, "clock", "the one given with --clock");
        assert_eq!(
            said.code,
            Some(i32::from(status == "wrong")),
            "{}",
            said.stdout
        );
    }
}

#[tokio::test]
async fn programs_get_one_document() {
    let app = healthy(Database::Sqlite).await;
    let said = doctor(&app, &["--json"]);
    assert_eq!(said.code, Some(0));
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let checks = document["checks"].as_array().unwrap();
    let count = |status: &str| {
        checks
            .iter()
            .filter(|check| check["status"] == status)
            .count()
    };
    assert_eq!((&document["wrong"], count("wrong")), (&0.into(), 0));
    assert_eq!(document["warnings"], count("warning"));
    let elsewhere = |check: &&Value| check["status"] == "warning" && check["check"] != "disk";
    assert_eq!(checks.iter().find(elsewhere), None);
    let named = |name: &str| checks.iter().any(|check| check["check"] == name);
    for name in [
        "configuration",
        "disk",
        "database",
        "journal",
        "service",
        "endpoint",
        "clock",
    ] {
        assert!(named(name), "{name} in {document:#}");
    }
    let said = Bare::new()
        .with("DATABASE_URL", "postgres://127.0.0.1:1/x")
        .run(&["doctor", "--json"]);
    said.is_wrong("2 things are wrong");
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let checks = document["checks"].as_array().unwrap();
    let database = checks
        .iter()
        .find(|check| check["check"] == "database")
        .unwrap();
    assert_eq!(database["status"], "wrong");
    assert!(database["mend"].is_string(), "{database}");
}
