//! How `rollcall serve` does not start, and how it stops: one clear line, the right exit code, nothing lost.

mod support;

use serde_json::json;
use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
};
use support::{
    app::{Database, SECRET, Setup, spawn_app},
    zoom::Run,
};

/// Runs `rollcall serve` in `folder` until it ends by itself.
fn serve(folder: &Path, variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .arg("serve")
        .current_dir(folder)
        .env_clear()
        .env("ROLLCALL_ENV", "production")
        .env("ROLLCALL__HTTP__ADDR", "127.0.0.1:0")
        .env("ROLLCALL__ADMIN__ADDR", "127.0.0.1:0")
        .env("ZOOM_WEBHOOK_SECRET", SECRET)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the service ends")
}

/// The exit code and the line for people: all that is written where logging has not said anything.
fn refusal(variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = serve(folder.path(), variables);
    (
        output.status.code(),
        String::from_utf8(output.stderr).expect("text"),
    )
}

fn assert_one_line(line: &str, names: &[&str]) {
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(line.starts_with("rollcall: "), "{line}");
    for name in names {
        assert!(line.contains(name), "{name} in {line}");
    }
    assert!(!line.contains(SECRET), "{line}");
}

#[test]
fn without_a_secret_it_does_not_start() {
    let (code, line) = refusal(&[("ZOOM_WEBHOOK_SECRET", "")]);
    assert_eq!(code, Some(2), "{line}");
    assert_one_line(&line, &["zoom.webhook_secret", "ZOOM_WEBHOOK_SECRET"]);
}

#[test]
fn a_port_in_use_is_named_before_anything_is_made() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = taken.local_addr().expect("an address").to_string();
    for (variable, key) in [
        ("ROLLCALL__HTTP__ADDR", "http.addr"),
        ("ROLLCALL__ADMIN__ADDR", "admin.addr"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let output = serve(folder.path(), &[(variable, &addr)]);
        let line = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert_one_line(&line, &[key, &addr]);
        let made = std::fs::read_dir(folder.path())
            .expect("the folder")
            .count();
        assert_eq!(made, 0, "files were made");
    }
}

#[test]
fn an_unreachable_database_is_named_without_its_password() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    let url = format!("postgres://rollcall:hunter2@{nobody}/school");
    let (code, line) = refusal(&[("DATABASE_URL", &url)]);
    assert_eq!(code, Some(1), "{line}");
    assert_one_line(&line, &["unreachable", &nobody.to_string()]);
    assert!(!line.contains("hunter2"), "{line}");
}

#[actix_web::test]
async fn another_journal_is_refused() {
    let mut app = spawn_app(Database::Sqlite).await;
    let run = Run {
        meeting: "85512340977".into(),
        uuid: "one==".into(),
        start: "2026-10-05T08:00:00Z".into(),
    };
    assert_eq!(app.zoom().deliver(run.started()).await.status, 200);
    app.stop().await;
    let url = app.database_url().to_owned();
    let output = serve(
        app.folder(),
        &[
            ("DATABASE_URL", &url),
            ("ROLLCALL__JOURNAL__URL", "sqlite://other.db?mode=rwc"),
        ],
    );
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_one_line(
        text.lines().last().unwrap_or_default(),
        &["journal.url", "belongs to this database"],
    );
}

/// On SIGTERM what was accepted is answered and what was staged is written, though the flush was not due yet.
#[actix_web::test]
async fn a_stop_writes_what_was_acknowledged() {
    for database in [Database::Sqlite, Database::Postgres] {
        let mut app = support::app::Setup::new(database)
            .with("ROLLCALL__STORE__FLUSH_INTERVAL_MS", "10000")
            .start()
            .await;
        let run = Run {
            meeting: "85512340977".into(),
            uuid: "one==".into(),
            start: "2026-10-05T08:00:00Z".into(),
        };
        let ana = json!({ "user_id": "1", "user_name": "Ana", "participant_uuid": "A" });
        assert_eq!(app.zoom().deliver(run.started()).await.status, 200);
        assert_eq!(
            app.zoom()
                .deliver(run.joined(&ana, "2026-10-05T08:01:00Z"))
                .await
                .status,
            200
        );
        assert_eq!(app.stop().await.code(), Some(0));
        app.restart().await;
        let page = app.json("/api/v1/occurrences/one%3D%3D/participants").await;
        assert_eq!(page["items"][0]["name"], "Ana", "{page:#}");
    }
}

/// The usual soft limit is less than the listeners have seats for.
#[tokio::test]
async fn as_many_open_files_as_may_be_are_allowed() {
    for (nofile, allowed, warnings) in [("256:1300", "1300", 0), ("256:1100", "1100", 1)] {
        let setup = Setup::new(Database::Sqlite)
            .with("ROLLCALL__HTTP__WORKERS", "1")
            .under(&["prlimit", &format!("--nofile={nofile}")]);
        let app = setup.start().await;
        let limits = fs::read_to_string(format!("/proc/{}/limits", app.pid())).expect("limits");
        let files = limits
            .lines()
            .find_map(|l| l.strip_prefix("Max open files"));
        let soft = files.expect("a limit").split_whitespace().next();
        assert_eq!(soft, Some(allowed), "{nofile}");
        let log = app.log();
        let warned = log.lines().filter(|line| line.contains("nofile"));
        assert_eq!(warned.count(), warnings, "{nofile}: {log}");
    }
}

/// The `nice` of each thread of that name, as the kernel cuts it (`proc_pid_stat(5)`, field 19).
fn niceness(process: u32, name: &str) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("a process");
    let stats = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("stat")).ok());
    let nice = |stat: String| {
        let (start, rest) = stat.rsplit_once(')')?;
        let is_named = start.split_once('(')?.1.starts_with(name);
        let nice = rest.split_whitespace().nth(16)?.parse().ok()?;
        is_named.then_some(nice)
    };
    stats.filter_map(nice).collect()
}

/// Where there is not enough of the processor for all, Zoom is answered first.
#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_an_answer_gives_way_to_answers() {
    let setup = Setup::new(Database::Sqlite).with("ROLLCALL__HTTP__WORKERS", "2");
    let app = setup.with("ROLLCALL__ACTOR__ARBITERS", "3").start().await;
    let first = niceness(app.pid(), "rollcall")[0];
    let later = first.max(7);
    let threads = |name, nice| {
        let all = niceness(app.pid(), name);
        all.iter().filter(|one| **one == nice).count()
    };
    let given_way = threads("tokio-rt-worker", later);
    assert_eq!(given_way, niceness(app.pid(), "tokio-rt-worker").len());
    assert!(
        given_way >= 2,
        "the hand-over, the projections, the pages' questions"
    );
    assert_eq!(threads("journal", first), 1, "the thread that commits");
    if later > first {
        assert_eq!(threads("actix-rt", later), 3, "actors");
        assert!(threads("actix-rt", first) >= 2, "requests");
        // The committer's connections, and who else writes to the journal; all others, the projections' writer among them.
        assert!(threads("sqlx-sqlite", first) >= 2);
        assert!(threads("sqlx-sqlite", later) >= 1);
    }
}
