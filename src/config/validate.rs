//! What must hold between values, or of a value's text. Ranges of numbers stand in [`super::key`].

use super::{
    Config,
    error::Error,
    key,
    url::{self, Database},
};
use secrecy::{ExposeSecret, SecretString};

/// The first thing that is wrong.
pub(super) fn check(config: &Config) -> Result<(), Error> {
    listeners(config)?;
    secrets(config)?;
    databases(config)?;
    zone(&config.attendance.default_timezone)?;
    filter(&config.log.filter)?;
    collector(&config.telemetry.otlp_endpoint)
}

/// What `serve` needs beyond a valid configuration.
pub(super) fn for_serving(config: &Config) -> Result<(), Error> {
    match config.zoom.webhook_secret {
        Some(_) => Ok(()),
        None => Err(missing("zoom.webhook_secret")),
    }
}

fn missing(key: &str) -> Error {
    let variable = key::best_variable(key);
    Error::new(
        format!("{key} is missing"),
        format!("set {variable} (or {variable}_FILE to a file that holds it)"),
    )
}

fn listeners(config: &Config) -> Result<(), Error> {
    let (http, admin) = (config.http.addr, config.admin.addr);
    if !admin.ip().to_canonical().is_loopback() && config.admin.token.is_none() {
        let variable = key::best_variable("admin.token");
        let why = format!("{admin} is not a loopback address: set {variable}, or use 127.0.0.1");
        return Err(Error::new("admin.addr", why));
    }
    if http == admin && http.port() != 0 {
        return Err(Error::new("admin.addr", "is the same as http.addr"));
    }
    Ok(())
}

fn secrets(config: &Config) -> Result<(), Error> {
    if let Some(secret) = &config.zoom.webhook_secret {
        let secret = secret.expose_secret();
        if secret.trim().is_empty() {
            return Err(Error::new("zoom.webhook_secret", "is empty"));
        }
        if secret.split(',').any(|one| one.trim().is_empty()) {
            return Err(Error::new(
                "zoom.webhook_secret",
                "one of the secrets between the commas is empty",
            ));
        }
    }
    if let Some(token) = &config.admin.token {
        let token = token.expose_secret();
        if token.trim().is_empty() {
            return Err(Error::new("admin.token", "is empty"));
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(
                "admin.token",
                "a header can carry visible ASCII characters only",
            ));
        }
    }
    Ok(())
}

fn databases(config: &Config) -> Result<(), Error> {
    let database = one_database("database.url", &config.database.url)?;
    let Some(journal) = &config.journal.url else {
        return Ok(());
    };
    let same_file = database == one_database("journal.url", journal)?
        && database == Database::Sqlite
        && url::sqlite_file(journal.expose_secret())
            == url::sqlite_file(config.database.url.expose_secret());
    if same_file {
        return Err(Error::new(
            "journal.url",
            "names the database's own file; the journal needs one of its own",
        ));
    }
    Ok(())
}

fn one_database(key: &str, secret: &SecretString) -> Result<Database, Error> {
    let text = secret.expose_secret();
    match url::database(text) {
        None => Err(Error::new(key, "expected sqlite://FILE or postgres://...")),
        Some(Database::Sqlite) if url::sqlite_file(text).is_none() => Err(Error::new(
            key,
            "an in-memory SQLite database loses everything: name a file",
        )),
        Some(database) => Ok(database),
    }
}

fn zone(name: &str) -> Result<(), Error> {
    match jiff::tz::TimeZone::get(name) {
        Ok(zone) if !zone.is_unknown() => Ok(()),
        _ => Err(Error::new(
            "attendance.default_timezone",
            "is not a time zone's IANA name, such as Asia/Manila",
        )),
    }
}

fn collector(text: &str) -> Result<(), Error> {
    let url = text.parse::<hyper::Uri>().ok();
    let usable = url.is_some_and(|url| {
        let scheme = matches!(url.scheme_str(), Some("http" | "https"));
        scheme
            && url
                .authority()
                .is_some_and(|host| !host.as_str().contains('@'))
    });
    if text.is_empty() || usable {
        return Ok(());
    }
    let why = "expected http://HOST:PORT or https://HOST, without user name or password";
    Err(Error::new("telemetry.otlp_endpoint", why))
}

fn filter(text: &str) -> Result<(), Error> {
    match tracing_subscriber::EnvFilter::builder().parse(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(
            "log.filter",
            "is not a log filter, such as info,rollcall=debug",
        )),
    }
}
