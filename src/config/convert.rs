//! What components make of their section.

use super::{
    Attendance, Config, Env, Error, Settings, Zoom,
    url::{self, Database},
    validate,
};
use crate::attendance::school::Rule;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};

impl Config {
    /// Reads all layers and checks every value.
    ///
    /// # Errors
    /// One line that names the first key at fault, and shows no secret.
    pub fn load(env: &Env) -> Result<Self, Error> {
        Settings::read(env)?.config()
    }

    /// What `serve` needs beyond a valid configuration: Zoom's secret.
    ///
    /// # Errors
    /// It is missing.
    pub fn check_for_serving(&self) -> Result<(), Error> {
        validate::for_serving(self)
    }

    /// Where the journal lives: `journal.url`, else a file beside the SQLite database, else the PostgreSQL database.
    pub fn journal_url(&self) -> SecretString {
        if let Some(url) = &self.journal.url {
            return url.clone();
        }
        let url = self.database.url.expose_secret();
        match url::database(url) {
            Some(Database::Sqlite) => url::journal_beside(url).into(),
            Some(Database::Postgres) | None => self.database.url.clone(),
        }
    }
}

/// The compiled-in defaults, whatever the environment says.
impl Default for Config {
    fn default() -> Self {
        Settings::defaults()
            .config()
            .unwrap_or_else(|error| unreachable!("config/default.toml is tested: {error}"))
    }
}

impl Zoom {
    /// Zoom's secret tokens, the first one first; none where none is set.
    pub fn secrets(&self) -> Vec<SecretString> {
        let text = self
            .webhook_secret
            .as_ref()
            .map_or("", |secret| secret.expose_secret());
        text.split(',')
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .map(SecretString::from)
            .collect()
    }
}

impl Attendance {
    /// The rule in seconds. A zone that does not exist, which the loader refuses, counts as UTC.
    pub fn rule(&self) -> Rule {
        let minutes = |minutes: u32| i64::from(minutes) * 60;
        Rule {
            present_after: i64::from(self.present_after_seconds),
            silence: i64::from(self.silence_hours) * 3600,
            restart: minutes(self.restart_minutes),
            settle: minutes(self.settle_minutes),
            default_timezone: TimeZone::get(&self.default_timezone).unwrap_or(TimeZone::UTC),
            lesson_before: minutes(self.lesson_before_minutes),
            lesson_after: minutes(self.lesson_after_minutes),
            only_in_schedule: self.only_in_schedule,
        }
    }
}
