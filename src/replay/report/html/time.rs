//! The run's seconds as a table of a size that can be read.

use crate::replay::load::measured::Second;
use crate::replay::report::words;

/// Lines of the table at most.
const LINES: usize = 60;
/// Seconds of a line; beyond them, whole hours.
const WIDTHS: [usize; 10] = [1, 2, 5, 10, 15, 30, 60, 300, 900, 3600];

/// Some seconds in a row.
pub(super) struct Span {
    /// The first of them: `90 s`.
    pub(super) from: String,
    pub(super) planned: String,
    pub(super) taken: String,
    pub(super) errors: String,
    /// The highest of them, as the other two.
    pub(super) p50: String,
    pub(super) p99: String,
    pub(super) max: String,
}

/// The lines, and how many seconds one has.
pub(super) fn spans(seconds: &[Second]) -> (Vec<Span>, usize) {
    let known = WIDTHS
        .into_iter()
        .find(|width| seconds.len() <= width * LINES);
    let width = known.unwrap_or_else(|| seconds.len().div_ceil(LINES).next_multiple_of(3600));
    let each = seconds.chunks(width).enumerate();
    let spans = each.map(|(index, chunk)| span(index * width, chunk));
    (spans.collect(), width)
}

fn span(first: usize, seconds: &[Second]) -> Span {
    let sum = |count: fn(&Second) -> u64| words::count(seconds.iter().map(count).sum());
    let highest = |latency: fn(&Second) -> u64| match seconds.iter().map(latency).max() {
        None | Some(0) => "–".to_owned(),
        Some(micros) => words::latency(micros),
    };
    Span {
        from: format!("{first} s"),
        planned: sum(|of| of.planned),
        taken: sum(|of| of.taken),
        errors: sum(|of| of.errors),
        p50: highest(|of| of.p50),
        p99: highest(|of| of.p99),
        max: highest(|of| of.max),
    }
}
