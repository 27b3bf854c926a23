//! How far a replay is, on standard error: a bar on a terminal, a plain line every few seconds elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::replay::load::Snapshot;
use crate::replay::report::words::{count, latency};
use crate::replay::verify;

/// Between two plain lines.
const EVERY: Duration = Duration::from_secs(5);

/// Shows it.
pub(super) struct Progress {
    bar: ProgressBar,
    plain: bool,
    /// The sending is over.
    looks_at_marks: bool,
    begun: Instant,
    /// When the next plain line is due, after the beginning.
    due: Duration,
}

impl Progress {
    /// Nothing is shown yet.
    pub(super) fn new() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            plain: !io::stderr().is_terminal(),
            looks_at_marks: false,
            begun: Instant::now(),
            due: EVERY,
        }
    }

    /// So many deliveries are to be sent.
    pub(super) fn begin(&mut self, deliveries: usize) {
        self.start(
            deliveries as u64,
            "sending [{bar:30}] {human_pos}/{human_len} {elapsed} {msg}",
        );
    }

    fn start(&mut self, parts: u64, template: &str) {
        (self.begun, self.due) = (Instant::now(), EVERY);
        if self.plain {
            return;
        }
        self.bar = ProgressBar::new(parts);
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
    }

    /// Shows how far the sending is.
    pub(super) fn show(&mut self, snapshot: &Snapshot) {
        self.bar.set_position(snapshot.settled);
        self.bar.set_message(pulse(snapshot));
        let (done, of) = (count(snapshot.settled), count(snapshot.planned));
        let pulse = pulse(snapshot);
        self.line(|seconds| format!("{seconds} s: {done} of {of} done, {pulse}"));
    }

    /// Shows how many marks are right.
    pub(super) fn marks(&mut self, seen: verify::Progress) {
        if !self.looks_at_marks {
            self.looks_at_marks = true;
            let template = "marks [{bar:30}] {human_pos}/{human_len} right {elapsed}";
            self.start(seen.of, template);
        }
        self.bar.set_position(seen.right);
        let (right, of) = (count(seen.right), count(seen.of));
        self.line(|seconds| format!("{seconds} s: {right} of {of} marks are right"));
    }

    /// A plain line, where it is time for one.
    fn line(&mut self, text: impl FnOnce(u64) -> String) {
        let now = self.begun.elapsed();
        if self.plain && now >= self.due {
            self.due = now + EVERY;
            say(&text(now.as_secs()));
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

/// The last second: rate and latencies; and all errors.
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
