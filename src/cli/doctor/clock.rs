//! The clock: a machine whose time is off refuses what Zoom signs, or takes what somebody has recorded.

use super::report::Check;
use crate::{
    clock,
    config::Config,
    outbound::{Client, Failure},
    store::inspect::Inspector,
};
use hyper::{Request, Response, Uri, body::Bytes};
use jiff::fmt::rfc2822;
use std::time::{Duration, Instant};

const NAME: &str = "clock";
/// Nobody takes longer to tell the time.
const PATIENCE: Duration = Duration::from_secs(5);
/// A skew of so much of the tolerance is an error, and of so much a warning.
const NEAR: i64 = 2;
const NOTABLE: i64 = 10;
/// A `Date` is cut to seconds, and some time goes by on the way.
const COARSE: i64 = 2;

/// What another clock says, as milliseconds that ours is ahead of it.
pub(super) struct Told {
    ahead_ms: i64,
}

impl Told {
    /// Of an answer that has come now, `took` after it was asked for; none without a `Date`.
    pub(super) fn of(answer: &Response<Bytes>, now_ms: i64, took: Duration) -> Option<Self> {
        let date = answer.headers().get("date")?.to_str().ok()?;
        let date = rfc2822::parse(date).ok()?.timestamp().as_millisecond();
        let half = i64::try_from(took.as_millis() / 2).unwrap_or(0);
        // Half a second: somewhere within the one that was told.
        let ahead_ms = now_ms - half - (date + 500);
        Some(Self { ahead_ms })
    }
}

/// This machine's clock beside all that can be asked.
pub(super) async fn checks(
    config: &Config,
    database: Option<&Inspector>,
    endpoint: Option<Told>,
    other: Option<Uri>,
) -> Vec<Check> {
    let tolerance = config.zoom.timestamp_tolerance_seconds;
    let mut checks = Vec::new();
    if let Some(database) = database
        && let Ok(Some(theirs)) = database.clock_ms().await
    {
        let ahead_ms = clock::now_ms() - theirs;
        checks.push(judged("the database's server", ahead_ms, tolerance));
    }
    if let Some(told) = endpoint {
        checks.push(judged("the endpoint", told.ahead_ms, tolerance));
    }
    if let Some(url) = other {
        checks.push(match ask(url).await {
            Ok(Some(told)) => judged("the one given with --clock", told.ahead_ms, tolerance),
            Ok(None) => untold("tells no time"),
            Err(why) => untold(&why.to_string()),
        });
    }
    if checks.is_empty() {
        let found = "compared with none: give --clock https://zoom.us, or another that you trust";
        checks.push(Check::note(NAME, found));
    }
    checks
}

async fn ask(url: Uri) -> Result<Option<Told>, Failure> {
    let request = Request::head(url).body(Bytes::new());
    let begun = Instant::now();
    let answer = Client::new(PATIENCE)
        .send(request.map_err(|_| Failure::Url)?)
        .await?;
    Ok(Told::of(&answer, clock::now_ms(), begun.elapsed()))
}

fn untold(why: &str) -> Check {
    let found = format!("the one given with --clock does not answer: {why}");
    Check::warning(NAME, found, "give an address whose answers carry a Date")
}

fn judged(whose: &str, ahead_ms: i64, tolerance: i64) -> Check {
    let skew = (ahead_ms.abs() + 500) / 1000;
    let side = if ahead_ms < 0 { "behind" } else { "ahead of" };
    let found = format!("{skew} s {side} {whose}; Zoom's requests may be {tolerance} s off");
    let mend = "set this machine's clock and keep it: timedatectl, chronyc tracking";
    if skew > COARSE && skew >= tolerance / NEAR {
        Check::wrong(NAME, found, mend)
    } else if skew > COARSE && skew >= tolerance / NOTABLE {
        Check::warning(NAME, found, mend)
    } else {
        Check::ok(NAME, found)
    }
}
