//! `rollcall replay` as a tester runs it: against the real application, and where it must refuse.

mod support;

use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use support::app::{App, Database, SECRET, TOKEN, spawn_app};
use support::signal::{self, Signal};
use tempfile::TempDir;

/// A small school; every run of these arguments has the same bytes.
const SCHOOL: [&str; 6] = ["--meetings", "4", "--students", "5", "--date", "2026-10-05"];

/// The command with nothing in its environment but the secret and the operators' token.
fn replay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command
        .arg("replay")
        .args(arguments)
        .env_clear()
        .env("ZOOM_WEBHOOK_SECRET", SECRET)
        .env("ROLLCALL_ADMIN_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Exit code, standard output, standard error, which never show a secret.
fn texts(output: Output) -> (Option<i32>, String, String) {
    let stdout = String::from_utf8(output.stdout).expect("text");
    let stderr = String::from_utf8(output.stderr).expect("text");
    for text in [&stdout, &stderr] {
        assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    }
    (output.status.code(), stdout, stderr)
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    texts(replay(arguments).output().expect("it runs"))
}

/// Without blocking the runtime that the test's own server runs on.
async fn ended(child: Child) -> (Option<i32>, String, String) {
    let waited = tokio::task::spawn_blocking(move || child.wait_with_output());
    texts(waited.await.expect("it ran").expect("it ended"))
}

/// The addresses of an application, as arguments.
fn addresses(app: &App) -> [String; 4] {
    [
        "--url".to_owned(),
        app.public_url("/api/zoom/webhook"),
        "--admin-url".to_owned(),
        app.admin_url(""),
    ]
}

/// The school, sent to an application, with further arguments.
fn to(app: &App, further: &[&str]) -> (Option<i32>, String, String) {
    let addresses = addresses(app);
    let mut arguments: Vec<&str> = SCHOOL.to_vec();
    arguments.extend(addresses.iter().map(String::as_str));
    arguments.extend(further);
    run(&arguments)
}

/// An application that has imported the school.
async fn with_school() -> App {
    let app = spawn_app(Database::Sqlite).await;
    let folder = TempDir::new().expect("a temporary folder");
    let roster = folder.path().join("new/roster");
    let path = roster.to_str().expect("a path of text");
    let (code, stdout, stderr) = run(&[&SCHOOL[..], &["--write-roster", path]].concat());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stdout.starts_with("4 classes and 5 students for 2026-10-05 are in "),
        "{stdout}"
    );
    let import = app.command(&["import", path]);
    assert!(import.status.success());
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_taken_and_every_mark_is_right() {
    let app = with_school().await;
    let folder = TempDir::new().expect("a temporary folder");
    let json = folder.path().join("report.json");
    let html = folder.path().join("report.html");
    let (code, stdout, stderr) = to(
        &app,
        &[
            "--verify",
            "--fail-if",
            "wrong>0",
            "--fail-if",
            "errors>0",
            "--json",
            json.to_str().expect("text"),
            "--html",
            html.to_str().expect("text"),
        ],
    );
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let report = std::fs::read_to_string(json).expect("a file");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert!(!report.to_string().contains(SECRET) && !report.to_string().contains(TOKEN));
    let page = std::fs::read_to_string(html).expect("a file");
    assert!(page.contains("</html>") && !page.contains(SECRET));
    let journaled = app.metric("rollcall_journal_events_total").await;
    assert!(journaled.is_none_or(|count| count > 20.0), "{journaled:?}");
    // The same day once more: Zoom's duplicates, and nothing changes.
    let (code, stdout, stderr) = to(&app, &["--verify", "--rate", "2000", "--bell"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threshold_that_is_crossed_is_a_failure() {
    let app = spawn_app(Database::Sqlite).await;
    let (code, stdout, stderr) = to(&app, &["--fail-if", "rate>0", "--fail-if", "errors>0"]);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(
        stderr.contains("rollcall: replay: failed: rate>0 (found "),
        "{stderr}"
    );
    assert!(!stderr.contains("errors>0"), "{stderr}");
    assert!(
        stdout.contains("rate>0") && stdout.contains("errors>0"),
        "{stdout}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_of_a_school_that_is_not_known_are_wrong() {
    let app = spawn_app(Database::Sqlite).await;
    let (code, stdout, stderr) = to(&app, &["--verify", "--patience", "1"]);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stderr.contains("rollcall: replay: failed: "), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_it_with_a_report_of_what_was_done() {
    let app = spawn_app(Database::Sqlite).await;
    let addresses = addresses(&app);
    let mut arguments: Vec<&str> = SCHOOL.to_vec();
    arguments.extend(["--rate", "5", "--fail-if", "errors>0"]);
    arguments.extend(addresses.iter().map(String::as_str));
    let child = replay(&arguments).spawn().expect("it runs");
    app.json_until("/api/v1/unmatched", |answer| {
        answer["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
    })
    .await;
    signal::send(&child, Signal::INT);
    let (code, stdout, stderr) = ended(child).await;
    assert_eq!(code, Some(130), "{stdout}{stderr}");
    assert!(stdout.contains("INTERRUPTED"), "{stdout}");
    assert!(
        stderr.contains("waiting for the answers under way"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("rollcall: replay: interrupted\n"),
        "{stderr}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_before_anything_is_sent() {
    let app = spawn_app(Database::Sqlite).await;
    let url = app.public_url("/api/zoom/webhook");
    let mut command = replay(&["--url", &url]);
    command.env("ZOOM_WEBHOOK_SECRET", "another secret");
    let (code, stdout, stderr) = texts(command.output().expect("it runs"));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert_eq!(
        stderr,
        "rollcall: replay: the target refuses Zoom's URL validation with 401: is the URL the webhook's, and the \
         secret the target's?\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_sent_as_it_was() {
    let app = spawn_app(Database::Sqlite).await;
    let (code, _, stderr) = to(&app, &["--duplicated", "0"]);
    assert_eq!(code, Some(0), "{stderr}");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("day.ndjson");
    let path = file.to_str().expect("text");
    let export = app.command(&["journal", "export", "--out", path]);
    assert!(
        export.status.success(),
        "{}",
        String::from_utf8_lossy(&export.stderr)
    );
    let other = spawn_app(Database::Sqlite).await;
    let url = other.public_url("/api/zoom/webhook");
    let (code, stdout, stderr) = run(&[
        "--recording",
        path,
        "--url",
        &url,
        "--speed",
        "100000",
        "--fail-if",
        "refused>0",
    ]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

#[test]
fn where_nobody_listens_is_told() {
    let (code, stdout, stderr) = run(&["--url", "http://127.0.0.1:1/hook"]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.starts_with("rollcall: replay: the target cannot be reached: "),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn another_machine_is_refused_unless_it_is_ones_own() {
    let elsewhere = "which is not this machine; add --i-own-this-target if you may send there";
    for url in [
        "http://192.0.2.1/hook",
        "http://0.0.0.0:8080/hook",
        "http://[2001:db8::1]/",
    ] {
        let (code, stdout, stderr) = run(&["--url", url]);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{url}");
        assert!(
            stderr.starts_with("rollcall: replay: --url leads to ") && stderr.contains(elsewhere),
            "{stderr}"
        );
    }
    let (code, _, stderr) = run(&["--verify", "--admin-url", "http://192.0.2.1:9090"]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(
        stderr.contains("--admin-url leads to 192.0.2.1"),
        "{stderr}"
    );
    // This machine by another name than loopback; nobody listens there, and it is tried.
    let (code, _, stderr) = run(&["--url", "http://0.0.0.0:1/", "--i-own-this-target"]);
    assert_eq!(code, Some(1), "{stderr}");
}

#[test]
fn wrong_usage_is_one_line_and_code_2() {
    for (arguments, why) in [
        (
            &["--url", "https://school.example/hook"][..],
            "https is not spoken here",
        ),
        (&["--fail-if", "p99>50"], "`50` is no duration"),
        (&["--fail-if", "p98>50ms"], "`p98` is no metric"),
        (
            &["--fail-if", "wrong>0"],
            "--fail-if 'wrong>0' needs --verify",
        ),
        (&["--rate", "0"], "expected a number from"),
        (&["--rate", "10", "--speed", "2"], "cannot be used with"),
        (&["--ramp", "5"], "required arguments were not provided"),
        (&["--late", "2"], "not a share"),
        (&["--meetings", "0"], "give 1 to 20000"),
        (
            &["--recording", "day.ndjson", "--verify"],
            "cannot be used with",
        ),
        (
            &["--date", "yesterday"],
            "invalid value 'yesterday' for '--date",
        ),
    ] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!(
            (code, stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}: {stderr}"
        );
        assert!(stderr.contains(why), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    }
    let mut command = replay(&[]);
    command.env_remove("ZOOM_WEBHOOK_SECRET");
    let (code, _, stderr) = texts(command.output().expect("it runs"));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("ZOOM_WEBHOOK_SECRET"), "{stderr}");
}

#[test]
fn what_cannot_be_written_or_read_is_told_before_anything_is_sent() {
    let (code, _, stderr) = run(&["--json", "/no/such/folder/report.json"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("--json /no/such/folder/report.json"),
        "{stderr}"
    );
    let (code, _, stderr) = run(&["--recording", "/no/such/day.ndjson"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("/no/such/day.ndjson: cannot be read"),
        "{stderr}"
    );
}

#[test]
fn the_help_says_all() {
    let (code, stdout, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    for heading in ["Source", "Target", "Sending", "Verifying", "Report"] {
        assert!(
            stdout.contains(&format!("\n{heading}:")) || stdout.contains(&format!("\n{heading}: ")),
            "{heading}"
        );
    }
}
