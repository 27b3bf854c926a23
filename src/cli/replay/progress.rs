//! How far a run is, on standard error: a bar on a terminal, a plain line every few seconds elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::words::{count, latency};
use crate::replay::load::Snapshot;

/// Between two plain lines.
const EVERY: Duration = Duration::from_secs(5);

/// Shows it.
pub(super) struct Progress {
    bar: ProgressBar,
    plain: bool,
    begun: Instant,
    /// When the next plain line is due, after the beginning.
    due: Duration,
}

impl Progress {
    /// Of so many deliveries.
    pub(super) fn new(deliveries: usize) -> Self {
        let plain = !io::stderr().is_terminal();
        let bar = if plain {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(deliveries as u64)
        };
        let style = "sending [{bar:30}] {human_pos}/{human_len} {elapsed} {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar,
            plain,
            begun: Instant::now(),
            due: EVERY,
        }
    }

    /// Shows how far it is.
    pub(super) fn show(&mut self, snapshot: &Snapshot) {
        self.bar.set_position(snapshot.settled);
        self.bar.set_message(pulse(snapshot));
        let now = self.begun.elapsed();
        if self.plain && now >= self.due {
            self.due = now + EVERY;
            let (done, of) = (count(snapshot.settled), count(snapshot.planned));
            let pulse = pulse(snapshot);
            say(&format!(
                "{} s: {done} of {of} done, {pulse}",
                now.as_secs()
            ));
        }
    }

    /// Says something that is more than progress.
    pub(super) fn note(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    /// Leaves the terminal clean.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A line on standard error.
pub(super) fn say(text: &str) {
    // Nobody is left to tell when this fails.
    let _ = writeln!(io::stderr(), "{text}");
}

/// The last second: rate, latencies; and all errors.
fn pulse(snapshot: &Snapshot) -> String {
    let second = snapshot.second;
    format!(
        "{}/s, p50 {}, p99 {}, {} errors",
        count(second.taken),
        latency(second.p50),
        latency(second.p99),
        count(snapshot.errors)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::load::measured::Second;

    #[test]
    fn the_pulse_is_rate_latency_and_errors() {
        let second = Second {
            taken: 12_345,
            p50: 870,
            p99: 15_400,
            ..Second::default()
        };
        let snapshot = Snapshot {
            errors: 3,
            second,
            ..Snapshot::default()
        };
        assert_eq!(
            pulse(&snapshot),
            "12,345/s, p50 0.87 ms, p99 15.4 ms, 3 errors"
        );
    }
}
