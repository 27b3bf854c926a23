//! Whatever an operator writes: a configuration or one line that names the place, and never a secret in either.

use super::*;
use proptest::prelude::*;

/// A secret that nothing else contains.
const CANARY: &str = "hunter2canary";

/// Values that come close to being right, and some that do not.
fn value() -> impl Strategy<Value = String> {
    let words = [
        "",
        "0",
        "1",
        "-1",
        "99999999999999999999",
        "1.5",
        "true",
        "false",
        "json",
        "info,rollcall=debug",
        "info,[{",
        "127.0.0.1:0",
        "0.0.0.0:80",
        "[::1]:1",
        "UTC",
        "Europe/London",
        "Europe/Atlantis",
        "sqlite://a.db",
        "sqlite://:memory:",
        "sqlite:",
        "postgres://u:hunter2canary@h/d",
        "postgres://u:hunter2canary@h:99999/d?sslmode=x",
        "mysql://u:hunter2canary@h/d",
        "hunter2canary",
        "hunter2canary,,hunter2canary ",
        "hunter2canary\nb",
    ];
    prop_oneof![
        4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => "\\PC{0,12}",
        1 => "[^\0]{0,6}",
    ]
}

/// Keys that keep a secret, whose values may hold the canary.
fn may_hold(key: &str, value: &str) -> bool {
    key::is_secret(key) || !value.contains(CANARY)
}

fn keys() -> Vec<String> {
    let defaults = Settings::defaults();
    let with_default = defaults.0.into_keys();
    with_default
        .chain(key::OPTIONAL.map(str::to_owned))
        .collect()
}

/// What came of it, shown as an operator sees it.
fn outcome(env: &Env) -> Result<String, Error> {
    let settings = Settings::read(env)?;
    let shown = settings.to_toml();
    let config = settings.config()?;
    let debug = format!("{config:?}");
    config.check_for_serving()?;
    Ok(shown + &debug)
}

/// One line that names one of `places`, or a configuration; without the secret.
fn check(outcome: Result<String, Error>, places: &[String]) {
    match outcome {
        Ok(shown) => assert!(!shown.contains(CANARY), "{shown}"),
        Err(error) => {
            let text = error.to_string();
            assert!(!text.contains(CANARY), "{text}");
            assert!(!text.contains(char::is_control), "{text:?}");
            let named = places.iter().any(|place| error.what().contains(place));
            assert!(named, "{text} names none of {places:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_environment_is_taken_or_its_key_named(
        set in prop::collection::vec((prop::sample::select(keys()), any::<prop::sample::Index>(), value()), 1..6),
        secret in any::<bool>(),
    ) {
        let mut variables: Vec<(String, String)> = set
            .into_iter()
            .filter(|(key, _, value)| may_hold(key, value))
            .map(|(key, which, value)| {
                let names: Vec<String> = key::variables(&key).collect();
                (names[which.index(names.len())].clone(), value)
            })
            .collect();
        if secret {
            variables.push(("ZOOM_WEBHOOK_SECRET".to_owned(), CANARY.to_owned()));
        }
        let folder = TempDir::new().unwrap();
        let pairs = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        check(outcome(&Env::new(folder.path(), pairs)), &keys());
    }

    #[test]
    fn any_file_is_taken_or_its_place_named(
        lines in prop::collection::vec(line(), 0..8),
        junk in prop::option::weighted(0.3, "\\PC{0,12}"),
    ) {
        let mut text = lines.concat();
        text.extend(junk);
        let folder = folder_with("config/development.toml", &text);
        let pairs = [("ZOOM_WEBHOOK_SECRET", CANARY)];
        let places = [keys(), vec!["config/development.toml".to_owned()], sections()].concat();
        match outcome(&Env::new(folder.path(), pairs)) {
            // A key that does not exist is quoted: its name is no secret.
            Err(error) if error.to_string().contains("unknown key") => {}
            outcome => check(outcome, &places),
        }
    }

    #[test]
    fn any_bytes_in_a_file_are_refused_or_taken(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("x.toml"), &bytes).unwrap();
        let pairs = [("ROLLCALL_CONFIG", "x.toml"), ("ZOOM_WEBHOOK_SECRET", CANARY)];
        if let Err(error) = outcome(&Env::new(folder.path(), pairs)) {
            let text = error.to_string();
            prop_assert!(text.contains("x.toml"), "{}", text);
            prop_assert!(!text.contains(char::is_control), "{:?}", text);
        }
    }
}

fn sections() -> Vec<String> {
    let section = |key: String| key.split('.').next().unwrap_or_default().to_owned();
    keys().into_iter().map(section).collect()
}

/// A section's head, or a setting.
fn line() -> impl Strategy<Value = String> {
    let setting = (prop::sample::select(keys()), value(), 0..4_usize);
    prop_oneof![
        1 => prop::sample::select(sections()).prop_map(|section| format!("[{section}]\n")),
        4 => setting.prop_map(|(key, value, quoting)| {
            let value = if may_hold(&key, &value) { value } else { String::new() };
            match quoting {
                0 => format!("{key} = {value}\n"),
                1 => format!("{key} = [{value:?}]\n"),
                2 => format!("{key} = '{value}'\n"),
                _ => format!("{key} = {value:?}\n"),
            }
        }),
    ]
}
