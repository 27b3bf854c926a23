//! Logs, metrics and traces: how lines look and which may appear at all; the metrics are in [`catalogue`] and [`recorder`], the traces in [`traces`].
//!
//! What other crates log is beyond our control: at DEBUG and TRACE they print SQL, headers and bodies. So their lines
//! pass at WARN and above only, and a few targets not at all, whatever the configured filter says.

pub mod catalogue;
pub mod metric;
mod recorder;
mod traces;

pub use recorder::{Metrics, install_metrics};
pub use traces::{Traces, Webhook};

use crate::config::{Log, LogFormat};
use anyhow::Context;
use std::{io, panic};
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, filter_fn},
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
};

/// Targets that stay silent at every level: statements, and the server's notices, which can quote rows; requests that
/// are no HTTP, of which anybody may send as many lines as they like.
const SILENT: [&str; 3] = [
    "sqlx::query",
    "sqlx::postgres::notice",
    "actix_http::h1::dispatcher",
];

/// Targets beside our own that may speak of their life at INFO.
const KNOWN: [&str; 2] = ["actix_server", "sea_orm_migration"];

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
}
