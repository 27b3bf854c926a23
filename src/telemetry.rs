//! Logs and metrics: how lines look, which may appear at all, and the registry that `/metrics` shows.
//!
//! What other crates log is beyond our control: at DEBUG and TRACE they print SQL, headers and bodies. So their lines
//! pass at WARN and above only, and a few targets not at all, whatever the configured filter says.

use crate::config::{Log, LogFormat};
use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{io, panic, thread, time::Duration};
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, filter_fn},
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
};

/// Bounds of histograms whose name ends in `_seconds`: half a millisecond to ten seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Bounds of all other histograms: they count things.
const COUNTS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// How often recorded values are folded into their histograms when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Targets that stay silent at every level: statements, and the server's notices, which can quote rows; requests that
/// are no HTTP, of which anybody may send as many lines as they like.
const SILENT: [&str; 3] = [
    "sqlx::query",
    "sqlx::postgres::notice",
    "actix_http::h1::dispatcher",
];

/// Targets beside our own that may speak of their life at INFO.
const KNOWN: [&str; 2] = ["actix_server", "sea_orm_migration"];

/// The metrics recorded in this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Everything recorded so far in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }
}

/// Starts logging to standard error and recording metrics, once a process.
///
/// # Errors
/// A filter that cannot be read, or a second call.
pub fn init(log: &Log) -> anyhow::Result<Metrics> {
    let subscriber = subscriber(log, io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).context("logging is already set up")?;
    log_panics();
    install_metrics()
}

/// What [`init`] installs, writing elsewhere: for tests that read the log.
///
/// # Errors
/// A filter that cannot be read.
pub fn subscriber<W>(log: &Log, writer: W) -> anyhow::Result<impl Subscriber + Send + Sync + use<W>>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::ERROR.into())
        .parse(&log.filter)
        .context("log.filter")?;
    let lines = fmt::layer().with_writer(writer);
    let lines = match log.format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .boxed(),
        LogFormat::Pretty => lines
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .boxed(),
    };
    // One filter, not one upon the other: what it refuses costs nothing where it would be said.
    let lines = lines.with_filter(filter.and(filter_fn(may_appear)));
    Ok(Registry::default().with(lines))
}

/// Records metrics in this process, once.
///
/// # Errors
/// A second call.
pub fn install_metrics() -> anyhow::Result<Metrics> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets(&COUNTS)?
        .install_recorder()
        .context("metrics are already set up")?;
    let kept = handle.clone();
    let upkeep = move || {
        loop {
            thread::park_timeout(UPKEEP);
            kept.run_upkeep();
        }
    };
    thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(upkeep)
        .context("the metrics thread")?;
    Ok(Metrics(handle))
}

/// Whether a line or span may appear at all; the configured filter then decides whether it does.
fn may_appear(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    if belongs(target, "rollcall") {
        return true;
    }
    if SILENT.iter().any(|silent| belongs(target, silent)) {
        return false;
    }
    let known = KNOWN.iter().any(|known| belongs(target, known));
    *metadata.level() <= if known { Level::INFO } else { Level::WARN }
}

/// Whether `target` is `module` or lies within it.
fn belongs(target: &str, module: &str) -> bool {
    target
        .strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// A panic becomes one line with its place. Its message is left out unless it is a constant: formatted ones quote data
/// (slicing a name in the middle of a letter prints the name).
fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let message = panic.payload().downcast_ref::<&'static str>();
        let message = message.copied().unwrap_or("(formatted message withheld)");
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(
            panic.message = message,
            panic.place = place,
            "a thread panicked"
        );
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Collects what is written.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What `speak` logs under a filter.
    fn logged(format: LogFormat, filter: &str, speak: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = Log {
            format,
            filter: filter.to_owned(),
        };
        let subscriber = subscriber(&log, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, speak);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn other_crates_stay_quiet_even_at_trace() {
        let text = logged(
            LogFormat::Pretty,
            "trace,sqlx=trace,sqlx::query=trace",
            || {
                tracing::trace!(target: "actix_http::h1", "own-1");
                tracing::info!(target: "sea_orm", "own-2");
                tracing::error!(target: "sqlx::query", "own-3");
                tracing::warn!(target: "sqlx::postgres::notice", "own-4");
                tracing::trace!(target: "rollcallish", "own-5");
                let _span =
                    tracing::trace_span!(target: "sea_orm", "own-6", row = "own-7").entered();
                tracing::trace!(target: "rollcall::journal", "seen-1");
                tracing::warn!(target: "sqlx::pool", "seen-2");
                tracing::info!(target: "actix_server", "seen-3");
            },
        );
        assert!(!text.contains("own-"), "{text}");
        for seen in ["seen-1", "seen-2", "seen-3"] {
            assert!(text.contains(seen), "{text}");
        }
    }

    #[test]
    fn the_filter_decides_among_our_own() {
        let text = logged(LogFormat::Json, "warn,rollcall::http=debug", || {
            tracing::info!(target: "rollcall::journal", "hidden");
            tracing::debug!(target: "rollcall::http", { answer.status = 200 }, "shown");
        });
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["message"], "shown");
        assert_eq!(lines[0]["answer.status"], 200);
    }

    #[test]
    fn durations_and_counts_have_buckets_and_upkeep_is_not_needed_to_see_them() {
        let metrics = install_metrics().unwrap();
        metrics::histogram!("journal_commit_seconds").record(0.003);
        metrics::histogram!("journal_commit_events").record(7.0);
        let text = metrics.render();
        assert!(
            text.contains("journal_commit_seconds_bucket{le=\"0.005\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("journal_commit_events_bucket{le=\"5\"} 0"),
            "{text}"
        );
        assert!(install_metrics().is_err(), "once a process");
    }
}
