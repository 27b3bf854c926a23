//! The configuration as people meet it: through the command, with nothing in the environment but what a test puts there.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

/// What no output may contain.
const SECRETS: [&str; 6] = [
    "s3cret-one",
    "s3cret-two",
    "t0ken-x",
    "hunter2",
    "swordfish",
    "4815162342",
];

fn rollcall_config(folder: &Path, variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .arg("config")
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// Standard output and error of a run, after a look for secrets in both.
fn texts(output: &Output) -> (String, String) {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    for secret in SECRETS {
        assert!(!stdout.contains(secret), "{secret} in: {stdout}");
        assert!(!stderr.contains(secret), "{secret} in: {stderr}");
    }
    (stdout, stderr)
}

/// `rollcall config` in `folder`.
fn shown(folder: &Path, variables: &[(&str, &str)]) -> String {
    let output = rollcall_config(folder, variables);
    let (stdout, stderr) = texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    stdout
}

/// The line that `rollcall config` refuses with.
fn refused(folder: &Path, variables: &[(&str, &str)]) -> String {
    let output = rollcall_config(folder, variables);
    let (stdout, stderr) = texts(&output);
    assert_eq!(
        (output.status.code(), stdout.as_str()),
        (Some(2), ""),
        "{stderr}"
    );
    let line = stderr.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "one line: {stderr}");
    line.to_owned()
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_fresh_folder_shows_the_defaults() {
    let folder = TempDir::new().unwrap();
    let text = shown(folder.path(), &[]);
    for line in [
        "[http]",
        "addr = \"127.0.0.1:8080\" # default",
        "max_body_bytes = 1048576 # default",
        "url = \"sqlite://rollcall.db?mode=rwc\" # default",
        "# webhook_secret is not set",
        "# token is not set",
        "only_in_schedule = false # default",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in: {text}");
    }
}

#[test]
fn secrets_of_the_environment_are_masked() {
    let folder = TempDir::new().unwrap();
    let text = shown(
        folder.path(),
        &[
            ("ZOOM_WEBHOOK_SECRET", "s3cret-one,s3cret-two"),
            ("ROLLCALL_ADMIN_TOKEN", "4815162342"),
            (
                "DATABASE_URL",
                "postgres://school:hunter2@db.example/school?password=swordfish&sslmode=require",
            ),
            (
                "ROLLCALL__JOURNAL__URL",
                "sqlite://journal.db?mode=rwc&key=swordfish",
            ),
        ],
    );
    for line in [
        "webhook_secret = \"***\" # environment variable ZOOM_WEBHOOK_SECRET",
        "token = \"***\" # environment variable ROLLCALL_ADMIN_TOKEN",
        "url = \"postgres://school:***@db.example/school?password=***&sslmode=require\" # environment variable DATABASE_URL",
        "url = \"sqlite://journal.db?mode=rwc&key=***\" # environment variable ROLLCALL__JOURNAL__URL",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in: {text}");
    }
    shown(
        folder.path(),
        &[
            ("ROLLCALL__ZOOM__WEBHOOK_SECRET", "s3cret-one"),
            ("ROLLCALL__ADMIN__TOKEN", "t0ken-x"),
            (
                "ROLLCALL__DATABASE__URL",
                "postgresql://school:hun/ter2:hunter2@db/school",
            ),
        ],
    );
}

#[test]
fn secrets_of_files_are_masked() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "zoom", "s3cret-one\n");
    write(folder.path(), "token", "t0ken-x\n");
    write(
        folder.path(),
        "url",
        "postgres://school:hunter2@db/school\n",
    );
    write(
        folder.path(),
        "all.toml",
        "[zoom]\nwebhook_secret = \"s3cret-two\"\n[admin]\ntoken = \"4815162342\"\n\
         [database]\nurl = \"postgres://school:swordfish@db/school\"\n[journal]\nurl = \"postgres://a:swordfish@db/b\"\n",
    );
    let from_toml = shown(folder.path(), &[("ROLLCALL_CONFIG", "all.toml")]);
    assert!(
        from_toml.contains("webhook_secret = \"***\" # file all.toml"),
        "{from_toml}"
    );
    let from_files = shown(
        folder.path(),
        &[
            ("ROLLCALL_CONFIG", "all.toml"),
            ("ZOOM_WEBHOOK_SECRET_FILE", "zoom"),
            ("ROLLCALL_ADMIN_TOKEN_FILE", "token"),
            ("DATABASE_URL_FILE", "url"),
            ("ROLLCALL__JOURNAL__URL_FILE", "url"),
        ],
    );
    for origin in [
        "ZOOM_WEBHOOK_SECRET_FILE",
        "ROLLCALL_ADMIN_TOKEN_FILE",
        "DATABASE_URL_FILE",
    ] {
        assert!(
            from_files.contains(&format!("# file named by {origin}\n")),
            "{from_files}"
        );
    }
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let folder = TempDir::new().unwrap();
    write(
        folder.path(),
        "config/school.toml",
        "[http]\nworkers = 2\n[actor]\nmailbox = 20\n[log]\nfilter = \"warn\"\n",
    );
    let school = ("ROLLCALL_ENV", "school");
    let line = |text: &str, start: &str| {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap()
            .to_owned()
    };
    let text = shown(
        folder.path(),
        &[
            school,
            ("ROLLCALL__ACTOR__MAILBOX", "30"),
            ("RUST_LOG", "debug"),
        ],
    );
    assert_eq!(line(&text, "max_live"), "max_live = 100000 # default");
    assert_eq!(
        line(&text, "workers"),
        "workers = 2 # file config/school.toml"
    );
    assert_eq!(
        line(&text, "mailbox"),
        "mailbox = 30 # environment variable ROLLCALL__ACTOR__MAILBOX"
    );
    assert_eq!(
        line(&text, "filter"),
        "filter = \"debug\" # environment variable RUST_LOG"
    );
    write(folder.path(), "mine.toml", "[http]\nworkers = 4\n");
    let text = shown(folder.path(), &[school, ("ROLLCALL_CONFIG", "mine.toml")]);
    assert_eq!(line(&text, "workers"), "workers = 4 # file mine.toml");
    assert_eq!(
        line(&text, "mailbox"),
        "mailbox = 1000 # default",
        "one file is read, not both"
    );
}

#[test]
fn what_is_shown_can_be_read_back() {
    let folder = TempDir::new().unwrap();
    let first = shown(folder.path(), &[]);
    write(folder.path(), "shown.toml", &first);
    let second = shown(folder.path(), &[("ROLLCALL_CONFIG", "shown.toml")]);
    assert_eq!(second.replace("# file shown.toml", "# default"), first);
}

#[test]
fn bad_input_is_refused_with_one_line_that_names_the_key() {
    let folder = TempDir::new().unwrap();
    for (variable, value, error) in [
        (
            "ROLLCALL__ATTENDANCE__PRESENT_AFTER_SECONDS",
            "0",
            "attendance.present_after_seconds: 0 is out of range, 1 to 86400",
        ),
        (
            "ROLLCALL__HTTP__WORKERS",
            "many",
            "http.workers: expected a whole number",
        ),
        (
            "ROLLCALL__HTTP__ADDR",
            "localhost:8080",
            "http.addr: expected an IP address and a port, such as 127.0.0.1:8080",
        ),
        (
            "ROLLCALL__ADMIN__ADDR",
            "0.0.0.0:9090",
            "admin.addr: 0.0.0.0:9090 is not a loopback address: set ROLLCALL_ADMIN_TOKEN, or use 127.0.0.1",
        ),
        (
            "ROLLCALL__ATTENDANCE__DEFAULT_TIMEZONE",
            "Manila",
            "attendance.default_timezone: is not a time zone's IANA name, such as Asia/Manila",
        ),
        (
            "ROLLCALL__LOG__FORMAT",
            "xml",
            "log.format: expected json or pretty",
        ),
        (
            "RUST_LOG",
            "rollcall=loud",
            "log.filter: is not a log filter, such as info,rollcall=debug",
        ),
        (
            "ZOOM_WEBHOOK_SECRET",
            "s3cret-one,,s3cret-two",
            "zoom.webhook_secret: one of the secrets between the commas is empty",
        ),
        (
            "ROLLCALL_ADMIN_TOKEN",
            "hunter2 hunter2",
            "admin.token: a header can carry visible ASCII characters only",
        ),
        (
            "DATABASE_URL",
            "mysql://root:hunter2@db/school",
            "database.url: expected sqlite://FILE or postgres://...",
        ),
        (
            "ROLLCALL__JOURNAL__URL",
            "swordfish",
            "journal.url: expected sqlite://FILE or postgres://...",
        ),
    ] {
        assert_eq!(
            refused(folder.path(), &[(variable, value)]),
            format!("rollcall: {error} (environment variable {variable})")
        );
    }
}

#[test]
fn files_are_refused_with_one_line_that_names_key_and_file() {
    let folder = TempDir::new().unwrap();
    for (text, error) in [
        (
            "[zoom]\nsecret = \"hunter2\"\n",
            "zoom.secret: unknown key (file my.toml)",
        ),
        (
            "[zoom]\nwebhook_secret = 4815162342\n",
            "zoom.webhook_secret: expected text (file my.toml)",
        ),
        (
            "[zoom]\nwebhook_secret = \"hunter2\n",
            "file my.toml: is not TOML at line 2, column 26",
        ),
        (
            "[zoom]\nwebhook_secret = hunter2\n",
            "file my.toml: is not TOML at line 2, column 18",
        ),
        (
            "[zoom]\nwebhook_secret = \"a\"\nwebhook_secret = \"hunter2\"\n",
            "file my.toml: is not TOML at line 3, column 1",
        ),
        (
            "[database]\nmax_connections = -1\n",
            "database.max_connections: -1 is out of range, 1 to 1000 (file my.toml)",
        ),
    ] {
        write(folder.path(), "my.toml", text);
        assert_eq!(
            refused(folder.path(), &[("ROLLCALL_CONFIG", "my.toml")]),
            format!("rollcall: {error}")
        );
    }
    assert_eq!(
        refused(folder.path(), &[("ROLLCALL_CONFIG", "none.toml")]),
        "rollcall: none.toml: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn unknown_variables_are_refused() {
    let folder = TempDir::new().unwrap();
    for name in [
        "ROLLCALL__ZOOM__SECRET",
        "ROLLCALL_ZOOM__WEBHOOK_SECRET",
        "ROLLCALL__HTTP__ADDR_FILE",
    ] {
        assert_eq!(
            refused(folder.path(), &[(name, "hunter2")]),
            format!(
                "rollcall: {name}: no key has this environment variable; they are named ROLLCALL__SECTION__KEY"
            )
        );
    }
}

#[test]
fn a_secret_given_twice_or_in_an_unreadable_file_is_refused() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "zoom", "s3cret-one\n");
    assert_eq!(
        refused(
            folder.path(),
            &[
                ("ZOOM_WEBHOOK_SECRET", "s3cret-two"),
                ("ZOOM_WEBHOOK_SECRET_FILE", "zoom")
            ]
        ),
        "rollcall: zoom.webhook_secret: both ZOOM_WEBHOOK_SECRET and ZOOM_WEBHOOK_SECRET_FILE are set"
    );
    assert_eq!(
        refused(folder.path(), &[("ROLLCALL_ADMIN_TOKEN_FILE", "hunter2")]),
        "rollcall: admin.token: the file that ROLLCALL_ADMIN_TOKEN_FILE names cannot be read: No such file or directory (os error 2)"
    );
}
