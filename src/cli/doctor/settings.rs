//! The configuration: it loads, or the command would not have come so far. Here: values that are allowed, and seldom meant.

use super::report::Check;
use crate::config::{Config, Error};
use secrecy::ExposeSecret;

const NAME: &str = "configuration";
/// Zoom waits so long for an answer, in milliseconds; a little goes by on the way.
const ZOOM_WAITS: u64 = 2_800;
/// Zoom's last retry comes after so many minutes.
const LAST_RETRY: u32 = 85;
/// A recorded request that can be sent again for so many seconds is too much.
const LONG_TOLERANCE: i64 = 3_600;
/// A shorter token can be guessed.
const SHORT_TOKEN: usize = 20;

/// What is risky about it, and why `serve` would not start.
pub(super) fn checks(config: &Config, unfit: Option<&Error>) -> Vec<Check> {
    let mut checks: Vec<_> = unfit
        .map(|why| {
            Check::wrong(
                NAME,
                why.to_string(),
                "`rollcall serve` does not start without it",
            )
        })
        .into_iter()
        .collect();
    checks.extend(access(config));
    checks.extend(zoom(config));
    if checks.is_empty() {
        checks.push(Check::ok(NAME, "loads, and nothing in it is risky"));
    }
    checks
}

fn access(config: &Config) -> Vec<Check> {
    let admin = &config.admin;
    let mut checks = Vec::new();
    if !admin.addr.ip().to_canonical().is_loopback() && !admin.behind_tls {
        checks.push(Check::warning(
            NAME,
            format!("admin.addr: {} takes tokens without TLS", admin.addr),
            "listen on loopback, or put a proxy that ends TLS in front and set admin.behind_tls",
        ));
    }
    let short = |token: &str| token.len() < SHORT_TOKEN;
    if admin
        .token
        .as_ref()
        .is_some_and(|token| short(token.expose_secret()))
    {
        checks.push(Check::warning(
            NAME,
            "admin.token is short enough to be guessed",
            "make one with `openssl rand -hex 32`",
        ));
    }
    checks
}

fn zoom(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    let tolerance = config.zoom.timestamp_tolerance_seconds;
    if tolerance > LONG_TOLERANCE {
        checks.push(Check::warning(
            NAME,
            format!(
                "zoom.timestamp_tolerance_seconds: a recorded request is good for {tolerance} s"
            ),
            "600 covers all that Zoom sends",
        ));
    }
    if config.journal.ack_timeout_ms > ZOOM_WAITS {
        checks.push(Check::warning(
            NAME,
            "journal.ack_timeout_ms: Zoom gives up after 3 s and sends again what was about to be answered",
            "2000 leaves time for the way",
        ));
    }
    if config.attendance.settle_minutes < LAST_RETRY {
        checks.push(Check::warning(
            NAME,
            "attendance.settle_minutes: marks are called final before Zoom's last retry, which comes after 85 minutes",
            "90 is the default",
        ));
    }
    let secrets = config.zoom.secrets().len();
    if secrets > 1 {
        checks.push(Check::note(
            NAME,
            format!("zoom.webhook_secret holds {secrets} secrets: take out the old ones once Zoom signs with the first"),
        ));
    }
    checks
}
