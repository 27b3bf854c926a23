//! How far the demo is, on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that nobody sees where there is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    plain: bool,
}

impl Progress {
    /// Nothing is shown yet.
    pub(super) fn new() -> Self {
        let plain = !io::stderr().is_terminal();
        let bar = if plain {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, plain }
    }

    /// Something that takes a moment.
    pub(super) fn step(&self, what: &'static str) {
        self.bar.set_style(ProgressStyle::default_spinner());
        self.bar.set_message(what);
        self.line(what);
    }

    /// Something with a known number of parts.
    pub(super) fn begin(&self, what: &'static str, parts: usize) {
        self.bar.set_length(parts as u64);
        self.bar.set_position(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len}") {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.bar.set_message(what);
        self.line(&format!("{what}: {parts} deliveries"));
    }

    /// One part is done.
    pub(super) fn advance(&self) {
        self.bar.inc(1);
    }

    /// Leaves the terminal clean.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        if self.plain {
            // Nobody is left to tell when this fails.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
}
