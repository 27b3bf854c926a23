//! The command line: usage, exit codes, one line for every failure; `migrate` and `health`.
#![allow(clippy::unwrap_used)]

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    thread,
};
use tempfile::TempDir;

/// The command with nothing in its environment but `variables`.
fn rollcall(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// Standard output and error, which never show a password.
fn texts(output: &Output) -> (String, String) {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(
        !stdout.contains("hunter2") && !stderr.contains("hunter2"),
        "{stdout}{stderr}"
    );
    (stdout, stderr)
}

/// A service on loopback that gives one answer; its address.
fn answering(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let length = stream.read(&mut request).unwrap();
        assert!(request[..length].starts_with(b"GET /readyz HTTP/1.1\r\n"));
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    address
}

#[test]
fn wrong_usage_is_one_line_and_code_2() {
    let folder = TempDir::new().unwrap();
    for (arguments, error) in [
        (&[][..], "which command? (see rollcall --help)"),
        (
            &["attend"],
            "unrecognized subcommand 'attend' (see rollcall --help)",
        ),
        (
            &["migrate", "--fast"],
            "unexpected argument '--fast' found (see rollcall migrate --help)",
        ),
    ] {
        let output = rollcall(folder.path(), arguments, &[]);
        assert_eq!(
            texts(&output),
            (String::new(), format!("rollcall: {error}\n"))
        );
        assert_eq!(output.status.code(), Some(2));
    }
    let output = rollcall(folder.path(), &["--help"], &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(texts(&output).0.contains("Usage: rollcall <COMMAND>"));
}

#[test]
fn an_unreachable_database_is_one_line_and_code_1() {
    let folder = TempDir::new().unwrap();
    for url in [
        "postgres://school:hunter2@127.0.0.1:1/school",
        "sqlite://no/such/folder/rollcall.db?mode=rwc",
    ] {
        let output = rollcall(folder.path(), &["migrate"], &[("DATABASE_URL", url)]);
        let (stdout, stderr) = texts(&output);
        assert_eq!(
            (output.status.code(), stdout.as_str()),
            (Some(1), ""),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("rollcall: "), "{stderr}");
    }
}

#[test]
fn migrating_twice_changes_nothing() {
    let folder = TempDir::new().unwrap();
    for _ in 0..2 {
        let output = rollcall(folder.path(), &["migrate"], &[]);
        assert_eq!(
            texts(&output),
            ("The tables are up to date.\n".to_owned(), String::new())
        );
        assert_eq!(output.status.code(), Some(0));
    }
    assert!(folder.path().join("rollcall.db").exists());
    assert!(folder.path().join("rollcall-journal.db").exists());
}

#[test]
fn health_of_nobody_is_code_1() {
    let folder = TempDir::new().unwrap();
    let output = rollcall(
        folder.path(),
        &["health", "--url", "http://127.0.0.1:1/livez"],
        &[],
    );
    let (_, stderr) = texts(&output);
    assert_eq!(
        (output.status.code(), stderr.lines().count()),
        (Some(1), 1),
        "{stderr}"
    );
}

#[test]
fn health_asks_the_configured_listener_whether_it_is_ready() {
    let folder = TempDir::new().unwrap();
    let ask = |address: &str| {
        rollcall(
            folder.path(),
            &["health"],
            &[("ROLLCALL__HTTP__ADDR", address)],
        )
    };
    let ready = ask(&answering("200 OK"));
    assert_eq!(
        (ready.status.code(), texts(&ready).0.as_str()),
        (Some(0), "ready\n")
    );
    let draining = ask(&answering("503 Service Unavailable"));
    assert_eq!(draining.status.code(), Some(1));
    assert_eq!(
        texts(&draining).1,
        "rollcall: health: answered 503 Service Unavailable\n"
    );
}

#[test]
fn a_token_is_made_shown_once_listed_and_revoked() {
    let folder = TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        let arguments: Vec<_> = ["tokens"].iter().chain(arguments).copied().collect();
        let output = rollcall(folder.path(), &arguments, &[]);
        let (stdout, stderr) = texts(&output);
        (output.status.code(), stdout, stderr)
    };
    let none = (Some(0), "No tokens.\n".to_owned(), String::new());
    assert_eq!(run(&["list"]), none);
    let (code, token, _) = run(&["create", "ana", "--role", "operator"]);
    assert_eq!((code, token.len()), (Some(0), "rc_".len() + 64 + 1));
    assert!(token.starts_with("rc_"), "{token}");
    let listed = || run(&["list"]).1;
    assert!(listed().contains("ana") && listed().contains("operator"));
    assert!(!listed().contains(token.trim()), "it is shown once");
    let refused = |arguments: &[&str]| {
        let (code, _, stderr) = run(arguments);
        (code, stderr)
    };
    let twice =
        "rollcall: tokens: there is a token called ana; revoke it first, or take another name\n";
    assert_eq!(
        refused(&["create", "ana", "--role", "viewer"]),
        (Some(1), twice.to_owned())
    );
    assert_eq!(refused(&["create", "admin", "--role", "viewer"]).0, Some(2));
    assert_eq!(refused(&["create", "ben", "--role", "root"]).0, Some(2));
    assert_eq!(run(&["revoke", "ana"]).1, "ana revoked\n");
    let gone = "rollcall: tokens: there is no active token called ana\n";
    assert_eq!(refused(&["revoke", "ana"]), (Some(1), gone.to_owned()));
    assert_eq!(run(&["create", "ana", "--role", "viewer"]).0, Some(0));
    assert_eq!(
        listed().lines().count(),
        3,
        "a header, the old one and the new one"
    );
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let folder = TempDir::new().unwrap();
    let (help, _) = texts(&rollcall(folder.path(), &["--help"], &[]));
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.lines().skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"serve"), "{commands:?}");
    for shell in ["bash", "zsh", "fish"] {
        let (script, error) = texts(&rollcall(folder.path(), &["completions", shell], &[]));
        assert_eq!(error, "");
        for command in &commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    let output = rollcall(folder.path(), &["man", "share/man1"], &[]);
    assert!(output.status.success(), "{:?}", texts(&output));
    for command in &commands {
        let page = folder
            .path()
            .join(format!("share/man1/rollcall-{command}.1"));
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
}

#[test]
fn manual_pages_go_into_a_folder_only() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let output = rollcall(folder.path(), &["man", "file"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let (_, error) = texts(&output);
    assert!(error.contains("file"), "{error}");
}
