//! The configuration: one struct a concern. Every key, its meaning and its default stand in `config/default.toml`.
//!
//! [`Env`] is where values come from, [`Settings`] lays the layers over one another and checks them, [`Config`] is what
//! components are given: a section each. It decides nothing about what a value is used for.

mod convert;
mod env;
mod error;
mod key;
mod layer;
mod settings;
mod show;
#[cfg(test)]
mod tests;
mod url;
mod validate;

pub use self::{env::Env, error::Error, settings::Settings};

use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;

/// The whole of it; components get their own section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[http]`.
    pub http: Http,
    /// `[admin]`.
    pub admin: Admin,
    /// `[zoom]`.
    pub zoom: Zoom,
    /// `[database]`.
    pub database: Database,
    /// `[journal]`.
    pub journal: Journal,
    /// `[store]`.
    pub store: Store,
    /// `[actor]`.
    pub actor: Actor,
    /// `[sweep]`.
    pub sweep: Sweep,
    /// `[attendance]`.
    pub attendance: Attendance,
    /// `[log]`.
    pub log: Log,
    /// `[telemetry]`.
    pub telemetry: Telemetry,
    /// `[shutdown]`.
    pub shutdown: Shutdown,
}

/// `[http]`: the public listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where Zoom's requests arrive.
    pub addr: SocketAddr,
    /// A larger body is refused with 413.
    pub max_body_bytes: usize,
    /// Threads; 0 = one a core.
    pub workers: usize,
}

/// `[admin]`: the operators' listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// Where operators' requests arrive; loopback unless there is a token.
    pub addr: SocketAddr,
    /// The bearer token.
    pub token: Option<SecretString>,
    /// A proxy of ours that ends TLS stands in front, and nobody reaches the listener past it.
    pub behind_tls: bool,
}

/// `[zoom]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zoom {
    /// Zoom's secret token; several, separated by commas, during a rotation.
    pub webhook_secret: Option<SecretString>,
    /// How far a signed timestamp may be from now, either way.
    pub timestamp_tolerance_seconds: i64,
}

/// `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite://...` or `postgres://...`; may carry a password.
    pub url: SecretString,
    /// Connections for reading.
    pub max_connections: u32,
    /// No statement takes longer.
    pub timeout_seconds: u64,
}

/// `[journal]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Where it lives; none = beside a SQLite database in a file of its own, inside a PostgreSQL one.
    pub url: Option<SecretString>,
    /// How long a request waits for its commit before it is answered 503.
    pub ack_timeout_ms: u64,
    /// How many events may wait for a commit.
    pub queue: usize,
    /// How many events one commit takes at most.
    pub batch: usize,
    /// How long after an occurrence became final its events are kept.
    pub retention_days: i64,
    /// How often it is looked for events that may go.
    pub retention_check_seconds: u64,
}

/// `[store]`: the projections' writer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// An occurrence is written at most this often.
    pub flush_interval_ms: u64,
    /// How many occurrences one transaction takes at most.
    pub batch: usize,
}

/// `[actor]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Threads that run actors.
    pub arbiters: usize,
    /// How many events may wait for one actor; beyond it the actor reads them from the journal.
    pub mailbox: usize,
    /// How many actors may live at once.
    pub max_live: usize,
    /// How many may load at once.
    pub max_loading: usize,
    /// How long an actor stays after its meeting has ended.
    pub linger_seconds: u64,
    /// How long an actor stays without any event.
    pub idle_minutes: u64,
    /// A thread of actors that has not answered for this long hangs.
    pub hang_seconds: u64,
}

/// `[sweep]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Events older than this that are in no projection wake their occurrence.
    pub after_seconds: u64,
    /// How often the roster is compared with what attendance was computed from.
    pub roster_seconds: u64,
}

/// `[attendance]`: the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attendance {
    /// Present from here on.
    pub present_after_seconds: u32,
    /// Without `meeting.ended`, closed after so much silence.
    pub silence_hours: u32,
    /// A meeting restarted within this belongs to the lesson before.
    pub restart_minutes: u32,
    /// Final this long after the end.
    pub settle_minutes: u32,
    /// What a lesson that a student was partly in counts in the participation score: 0 to 1.
    pub partial_weight: f64,
    /// IANA name for meetings that name no zone.
    pub default_timezone: String,
    /// The scheduled time of day is widened by this before,
    pub lesson_before_minutes: u32,
    /// and by this after.
    pub lesson_after_minutes: u32,
    /// Whether an occurrence outside of it counts for no lesson.
    pub only_in_schedule: bool,
}

/// `[log]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `json` or `pretty`.
    pub format: LogFormat,
    /// As in `RUST_LOG`.
    pub filter: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// `[telemetry]`: traces.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// Where the collector takes OTLP over HTTP, without the path; empty = no traces.
    pub otlp_endpoint: String,
    /// The share of webhooks that is traced: 0 to 1.
    pub sample_ratio: f64,
}

/// `[shutdown]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shutdown {
    /// All of it takes no longer.
    pub timeout_seconds: u64,
}
