//! `rollcall demo` as a user runs it.

use std::process::{Command, Stdio};

/// The program with an argument, in an empty environment but for where temporary files go.
fn rollcall(argument: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    let kept = ["PATH", "HOME", "TMPDIR"];
    let kept = kept
        .iter()
        .filter_map(|name| Some((*name, std::env::var_os(name)?)));
    command
        .arg(argument)
        .env_clear()
        .envs(kept)
        .stdin(Stdio::null());
    command
}

#[test]
fn a_morning_ends_with_a_table_of_marks_and_reasons() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let output = rollcall("demo")
        .env("TMPDIR", temporary.path())
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(0), "{text}\n{errors}");
    let rows = [
        ("Amira Haddad", "present", "50 min 55 s"),
        ("Ben Okoro", "present", "33 min 7 s, came at 09:18"),
        (
            "Chloé Laurent",
            "present",
            "30 min 30 s, left at 09:31 and did not return",
        ),
        (
            "Daniel Kim",
            "partial",
            "9 min, left at 09:11 and did not return",
        ),
        (
            "Elif Kaya",
            "present",
            "46 min 7 s, dropped at 09:20, back at 09:24",
        ),
        ("Farah Aziz", "present", "48 min, two devices counted once"),
        (
            "George Mensah",
            "present",
            "50 min 48 s, 2 room moves without a gap",
        ),
        (
            "Hana Suzuki",
            "present",
            "44 min 20 s, left at 09:45 and did not return",
        ),
        (
            "Ivan Petrov",
            "present",
            "32 min, left at 09:35 and did not return",
        ),
        (
            "Jun Tanaka",
            "present",
            "41 min 7 s, came at 09:10, no leave arrived: counted to the end of the meeting",
        ),
        ("Kofi Boateng", "absent", "never joined"),
        (
            "Lena Müller",
            "present",
            "48 min 10 s, the meeting was restarted, both parts added",
        ),
        (
            "Mateo Rossi",
            "partial",
            "13 min, left at 10:18 and did not return",
        ),
        (
            "Noor Rahman",
            "partial",
            "0 min, was seen leaving at 10:17, but no join ever arrived",
        ),
        ("Olu Adeyemi", "present", "30 min, came at 10:21"),
        ("Petra Novak", "absent", "never joined"),
    ];
    for (name, mark, why) in rows {
        let (found, reason) = row(&text, name);
        assert_eq!(
            (found.as_str(), reason.as_str()),
            (mark, why),
            "{name}\n{text}"
        );
    }
    assert!(
        text.contains("Not matched to anybody, for review: \"iPad (3)\", 20 min"),
        "{text}"
    );
    let left = std::fs::read_dir(temporary.path())
        .expect("a folder")
        .count();
    assert_eq!(left, 0, "the demo cleans up behind itself");
}

/// A student's mark and its reason, put together again where the table broke them over lines.
fn row(text: &str, name: &str) -> (String, String) {
    let cells = |line: &str| -> Vec<String> {
        let separators = |letter| letter == '│' || letter == '┆';
        line.split(separators)
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let mut lines = text
        .lines()
        .map(cells)
        .skip_while(|cells| cells.get(1).map(String::as_str) != Some(name));
    let first = lines
        .next()
        .unwrap_or_else(|| panic!("no row for {name}:\n{text}"));
    let (mark, mut why) = (first[3].clone(), first[4].clone());
    for more in lines.take_while(|cells| cells.len() > 4 && cells[1].is_empty()) {
        if !more[4].is_empty() {
            why = format!("{why} {}", more[4]);
        }
    }
    (mark, why)
}
