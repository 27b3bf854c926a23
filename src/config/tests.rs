mod properties;

use super::*;
use crate::attendance::school::Rule;
use secrecy::ExposeSecret;
use std::{fs, path::Path};
use tempfile::TempDir;

/// Loads with these variables in an empty folder.
fn load(variables: &[(&str, &str)]) -> Result<Config, String> {
    let folder = TempDir::new().unwrap();
    load_in(folder.path(), variables)
}

fn load_in(folder: &Path, variables: &[(&str, &str)]) -> Result<Config, String> {
    Config::load(&Env::new(folder, variables.iter().copied())).map_err(|error| error.to_string())
}

fn refusal(variables: &[(&str, &str)]) -> String {
    load(variables).map(|_| ()).unwrap_err()
}

/// A folder with one configuration file.
fn folder_with(name: &str, text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    folder
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let config = Config::default();
    assert_eq!(config.http.addr.to_string(), "127.0.0.1:8080");
    assert_eq!(config.admin.addr.to_string(), "127.0.0.1:9090");
    assert_eq!(config.zoom.timestamp_tolerance_seconds, 600);
    assert_eq!(
        config.database.url.expose_secret(),
        "sqlite://rollcall.db?mode=rwc"
    );
    assert_eq!(
        config.journal_url().expose_secret(),
        "sqlite://rollcall-journal.db?mode=rwc"
    );
    assert_eq!(config.attendance.rule(), Rule::default());
    assert!(config.zoom.secrets().is_empty());
    assert_eq!(config.log.format, LogFormat::Pretty);
}

#[test]
fn every_number_has_a_range_that_holds_its_default() {
    let settings = Settings::defaults();
    for (key, setting) in &settings.0 {
        if let layer::Scalar::Number(number) = setting.value {
            let (_, least, greatest) = key::RANGES
                .into_iter()
                .find(|(known, ..)| known == key)
                .unwrap_or_else(|| panic!("{key} has no range"));
            assert!((least..=greatest).contains(&number), "{key}");
        }
    }
    for (key, ..) in key::RANGES {
        assert!(
            settings.0.contains_key(key),
            "{key} has a range but no default"
        );
    }
}

#[test]
fn default_toml_states_every_range_above_its_key() {
    let mut section = "";
    let mut comment = String::new();
    let mut stated = 0;
    for line in include_str!("../../config/default.toml").lines() {
        if let Some(words) = line.strip_prefix('#') {
            comment.push_str(words);
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            comment.clear();
        } else if let Some((name, _)) = line.split_once(" = ") {
            let key = format!("{section}.{name}");
            if let Some((_, least, greatest)) =
                key::RANGES.into_iter().find(|(known, ..)| *known == key)
            {
                assert!(
                    comment.ends_with(&format!(" {least} to {greatest}.")),
                    "{key}"
                );
                stated += 1;
            }
            // The first of the two keys that share a comment.
            if name != "lesson_before_minutes" {
                comment.clear();
            }
        }
    }
    assert_eq!(stated, key::RANGES.len());
}

#[test]
fn both_ends_of_every_range_are_accepted_and_no_more() {
    for (key, least, greatest) in key::RANGES {
        let variable = key::variables(key).next().unwrap();
        let try_with = |number: i64| load(&[(&variable, &number.to_string())]).map(|_| ());
        assert_eq!(try_with(least), Ok(()), "{key}");
        assert_eq!(try_with(greatest), Ok(()), "{key}");
        for number in [least - 1, greatest + 1, i64::MIN, i64::MAX] {
            let expected = format!(
                "{key}: {number} is out of range, {least} to {greatest} (environment variable {variable})"
            );
            assert_eq!(try_with(number), Err(expected));
        }
    }
}

#[test]
fn shipped_files_are_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let production = load_in(root, &[("ROLLCALL_ENV", "production")]).unwrap();
    assert_eq!(production.log.format, LogFormat::Json);
    let development = load_in(root, &[]).unwrap();
    assert_eq!(development.log.filter, "info,rollcall=debug");
}

#[test]
fn later_layers_win() {
    let folder = folder_with(
        "config/school.toml",
        "[http]\nworkers = 2\nmax_body_bytes = 2048\n[log]\nfilter = \"warn\"\n",
    );
    let config = load_in(
        folder.path(),
        &[
            ("ROLLCALL_ENV", "school"),
            ("ROLLCALL__HTTP__MAX_BODY_BYTES", "4096"),
            ("ROLLCALL__LOG__FILTER", "error"),
            ("RUST_LOG", "debug"),
        ],
    )
    .unwrap();
    assert_eq!(config.http.workers, 2, "the file wins over the default");
    assert_eq!(
        config.http.max_body_bytes, 4096,
        "the environment wins over the file"
    );
    assert_eq!(
        config.log.filter, "debug",
        "the conventional name wins over the structured one"
    );
}

#[test]
fn the_named_file_must_exist_and_replaces_that_of_the_environment() {
    let folder = folder_with("config/development.toml", "[http]\nworkers = 2\n");
    fs::write(
        folder.path().join("mine.toml"),
        "[http]\nmax_body_bytes = 2048\n",
    )
    .unwrap();
    let config = load_in(folder.path(), &[("ROLLCALL_CONFIG", "mine.toml")]).unwrap();
    assert_eq!((config.http.workers, config.http.max_body_bytes), (0, 2048));
    assert_eq!(
        refusal(&[("ROLLCALL_CONFIG", "none.toml")]),
        "none.toml: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn an_environment_is_a_name_not_a_path() {
    assert_eq!(
        refusal(&[("ROLLCALL_ENV", "../etc")]),
        "ROLLCALL_ENV: expected letters, digits, `-` and `_`"
    );
    assert!(
        load(&[("ROLLCALL_ENV", "staging")]).is_ok(),
        "its file need not exist"
    );
    assert!(load(&[("ROLLCALL_ENV", "")]).is_ok());
}

#[test]
fn unknown_keys_are_named_with_their_place() {
    for (text, error) in [
        (
            "[http]\nadr = \"x\"\n",
            "http.adr: unknown key (file config/development.toml)",
        ),
        (
            "colour = 1\n",
            "colour: unknown key (file config/development.toml)",
        ),
        (
            "[http.addr]\nport = 1\n",
            "http.addr.port: unknown key (file config/development.toml)",
        ),
    ] {
        let folder = folder_with("config/development.toml", text);
        assert_eq!(load_in(folder.path(), &[]).map(|_| ()).unwrap_err(), error);
    }
    for name in [
        "ROLLCALL__HTTP__ADR",
        "ROLLCALL__HTTP",
        "ROLLCALL__http__addr",
        "ROLLCALL_HTTP__ADDR",
        "ROLLCALL__HTTP__ADDR_FILE",
    ] {
        let why = "no key has this environment variable; they are named ROLLCALL__SECTION__KEY";
        assert_eq!(refusal(&[(name, "127.0.0.1:1")]), format!("{name}: {why}"));
    }
    assert!(
        load(&[
            ("ROLLCALL_PORT", "tcp://10.0.0.1:80"),
            ("ROLLCALL_SERVICE_HOST", "x")
        ])
        .is_ok()
    );
}

#[test]
fn values_of_the_wrong_kind_are_named_but_not_quoted() {
    for (text, error) in [
        (
            "[http]\nworkers = \"two\"\n",
            "http.workers: expected a whole number",
        ),
        (
            "[http]\nworkers = 1.5\n",
            "http.workers: expected a whole number",
        ),
        ("[http]\naddr = 8080\n", "http.addr: expected text"),
        (
            "[http]\naddr = \"localhost:1\"\n",
            "http.addr: expected an IP address and a port, such as 127.0.0.1:8080",
        ),
        (
            "[log]\nformat = \"xml\"\n",
            "log.format: expected json or pretty",
        ),
        (
            "[zoom]\nwebhook_secret = 123456\n",
            "zoom.webhook_secret: expected text",
        ),
        (
            "[zoom]\nwebhook_secret = [\"hunter2\"]\n",
            "zoom.webhook_secret: expected text, a number, true or false",
        ),
    ] {
        let folder = folder_with("config/development.toml", text);
        let found = load_in(folder.path(), &[]).map(|_| ()).unwrap_err();
        assert_eq!(found, format!("{error} (file config/development.toml)"));
    }
    let folder = folder_with(
        "config/development.toml",
        "[zoom]\nwebhook_secret = \"hunter2\n",
    );
    let found = load_in(folder.path(), &[]).map(|_| ()).unwrap_err();
    assert_eq!(
        found,
        "file config/development.toml: is not TOML at line 2, column 26"
    );
}

#[test]
fn text_of_the_environment_is_read_as_the_kind_of_its_key() {
    let config = load(&[
        ("ROLLCALL__HTTP__WORKERS", "3"),
        ("ROLLCALL__ATTENDANCE__ONLY_IN_SCHEDULE", "true"),
        ("ZOOM_WEBHOOK_SECRET", "00123456"),
        ("ROLLCALL_ADMIN_TOKEN", "true"),
    ])
    .unwrap();
    assert_eq!(config.http.workers, 3);
    assert!(config.attendance.only_in_schedule);
    assert_eq!(config.zoom.secrets()[0].expose_secret(), "00123456");
    assert_eq!(config.admin.token.unwrap().expose_secret(), "true");
    assert_eq!(
        refusal(&[("ROLLCALL__HTTP__WORKERS", "many")]),
        "http.workers: expected a whole number (environment variable ROLLCALL__HTTP__WORKERS)"
    );
    assert_eq!(
        refusal(&[("ROLLCALL__ATTENDANCE__ONLY_IN_SCHEDULE", "yes")]),
        "attendance.only_in_schedule: expected true or false (environment variable ROLLCALL__ATTENDANCE__ONLY_IN_SCHEDULE)"
    );
}

#[test]
fn a_share_is_a_number_from_0_to_1() {
    let variable = "ROLLCALL__ATTENDANCE__PARTIAL_WEIGHT";
    for (text, weight) in [("0", 0.0), ("0.25", 0.25), (" 1 ", 1.0), ("1.0", 1.0)] {
        let given = load(&[(variable, text)]).unwrap();
        assert!((given.attendance.partial_weight - weight).abs() < f64::EPSILON);
        let text = format!("[attendance]\npartial_weight = {text}\n");
        let folder = folder_with("config/development.toml", &text);
        let given = load_in(folder.path(), &[]).unwrap();
        assert!((given.attendance.partial_weight - weight).abs() < f64::EPSILON);
    }
    let why = "attendance.partial_weight: expected a number from 0 to 1";
    for text in ["-0.1", "1.1", "2", "-1", "inf", "nan"] {
        let refused = format!("{why} (environment variable {variable})");
        assert_eq!(refusal(&[(variable, text)]), refused, "{text}");
        let file = format!("[attendance]\npartial_weight = {text}\n");
        let folder = folder_with("config/development.toml", &file);
        let refused = format!("{why} (file config/development.toml)");
        let found = load_in(folder.path(), &[]).map(|_| ()).unwrap_err();
        assert_eq!(found, refused, "{text}");
    }
    assert_eq!(
        refusal(&[(variable, "half")]),
        format!("{why} (environment variable {variable})")
    );
}

#[test]
fn secrets_come_from_files_without_one_trailing_line_break() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("zoom"), "abc\n").unwrap();
    fs::write(folder.path().join("url"), "postgres://u:p@db/school\r\n").unwrap();
    fs::write(folder.path().join("token"), "t").unwrap();
    let config = load_in(
        folder.path(),
        &[
            ("ZOOM_WEBHOOK_SECRET_FILE", "zoom"),
            ("DATABASE_URL_FILE", "url"),
            ("ROLLCALL__ADMIN__TOKEN_FILE", "token"),
            ("ROLLCALL__JOURNAL__URL_FILE", "url"),
        ],
    )
    .unwrap();
    assert_eq!(config.zoom.secrets()[0].expose_secret(), "abc");
    assert_eq!(
        config.database.url.expose_secret(),
        "postgres://u:p@db/school"
    );
    assert_eq!(config.admin.token.clone().unwrap().expose_secret(), "t");
    assert_eq!(
        config.journal_url().expose_secret(),
        "postgres://u:p@db/school"
    );
    fs::write(folder.path().join("token"), "t\n\n").unwrap();
    let error = load_in(folder.path(), &[("ROLLCALL_ADMIN_TOKEN_FILE", "token")]).map(|_| ());
    assert_eq!(
        error.unwrap_err(),
        "admin.token: a header can carry visible ASCII characters only (file named by ROLLCALL_ADMIN_TOKEN_FILE)"
    );
}

#[test]
fn a_secret_and_its_file_together_are_a_mistake() {
    assert_eq!(
        refusal(&[
            ("DATABASE_URL", "sqlite://x"),
            ("DATABASE_URL_FILE", "/run/secrets/url")
        ]),
        "database.url: both DATABASE_URL and DATABASE_URL_FILE are set"
    );
}

#[test]
fn an_unreadable_secret_file_is_not_quoted() {
    assert_eq!(
        refusal(&[("ZOOM_WEBHOOK_SECRET_FILE", "hunter2")]),
        "zoom.webhook_secret: the file that ZOOM_WEBHOOK_SECRET_FILE names cannot be read: \
         No such file or directory (os error 2)"
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (variables, error) in [
        (
            &[("ZOOM_WEBHOOK_SECRET", " ")][..],
            "zoom.webhook_secret: is empty",
        ),
        (
            &[("ZOOM_WEBHOOK_SECRET", "a, ,b")],
            "zoom.webhook_secret: one of the secrets between the commas is empty",
        ),
        (&[("ROLLCALL_ADMIN_TOKEN", "")], "admin.token: is empty"),
        (
            &[("ROLLCALL__ATTENDANCE__DEFAULT_TIMEZONE", "Asia/Manilla")],
            "attendance.default_timezone: is not a time zone's IANA name, such as Asia/Manila",
        ),
        (
            &[("ROLLCALL__ADMIN__ADDR", "0.0.0.0:9090")],
            "admin.addr: 0.0.0.0:9090 is not a loopback address: set ROLLCALL_ADMIN_TOKEN, or use 127.0.0.1",
        ),
        (
            &[("ROLLCALL__ADMIN__ADDR", "127.0.0.1:8080")],
            "admin.addr: is the same as http.addr",
        ),
        (
            &[("DATABASE_URL", "mysql://u:hunter2@db/x")],
            "database.url: expected sqlite://FILE or postgres://...",
        ),
        (
            &[("DATABASE_URL", "")],
            "database.url: expected sqlite://FILE or postgres://...",
        ),
        (
            &[("DATABASE_URL", "sqlite::memory:")],
            "database.url: an in-memory SQLite database loses everything: name a file",
        ),
        (
            &[("ROLLCALL__JOURNAL__URL", "hunter2")],
            "journal.url: expected sqlite://FILE or postgres://...",
        ),
        (
            &[("ROLLCALL__JOURNAL__URL", "sqlite:rollcall.db")],
            "journal.url: names the database's own file; the journal needs one of its own",
        ),
        (
            &[("RUST_LOG", "rollcall=loud")],
            "log.filter: is not a log filter, such as info,rollcall=debug",
        ),
        (
            &[("ROLLCALL__TELEMETRY__OTLP_ENDPOINT", "collector:4318")],
            "telemetry.otlp_endpoint: expected http://HOST:PORT or https://HOST, without user name or password",
        ),
        (
            &[(
                "ROLLCALL__TELEMETRY__OTLP_ENDPOINT",
                "http://u:hunter2@collector:4318",
            )],
            "telemetry.otlp_endpoint: expected http://HOST:PORT or https://HOST, without user name or password",
        ),
    ] {
        let (variable, _) = variables[0];
        assert_eq!(
            refusal(variables),
            format!("{error} (environment variable {variable})")
        );
    }
    let token = [
        ("ROLLCALL__ADMIN__ADDR", "0.0.0.0:9090"),
        ("ROLLCALL_ADMIN_TOKEN", "t"),
    ];
    assert!(load(&token).is_ok());
    assert!(load(&[("ROLLCALL__ADMIN__ADDR", "[::1]:9090")]).is_ok());
    assert!(load(&[("RUST_LOG", "")]).is_ok());
}

#[test]
fn serving_needs_zooms_secret() {
    let error = Config::default().check_for_serving().unwrap_err();
    assert_eq!(
        error.to_string(),
        "zoom.webhook_secret is missing: set ZOOM_WEBHOOK_SECRET (or ZOOM_WEBHOOK_SECRET_FILE to a file that holds it)"
    );
    let config = load(&[("ZOOM_WEBHOOK_SECRET", "new, old")]).unwrap();
    assert!(config.check_for_serving().is_ok());
    let secrets = config.zoom.secrets();
    let secrets: Vec<_> = secrets.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(secrets, ["new", "old"]);
}

#[test]
fn the_journal_follows_the_database_unless_told() {
    let url = |variables: &[(&str, &str)]| {
        load(variables)
            .unwrap()
            .journal_url()
            .expose_secret()
            .to_owned()
    };
    assert_eq!(
        url(&[("DATABASE_URL", "postgres://u@db/x")]),
        "postgres://u@db/x"
    );
    let both = [
        ("DATABASE_URL", "postgres://u@db/x"),
        ("ROLLCALL__JOURNAL__URL", "sqlite:///j.db?mode=rwc"),
    ];
    assert_eq!(url(&both), "sqlite:///j.db?mode=rwc");
}
