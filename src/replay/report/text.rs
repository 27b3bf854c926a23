//! The report for a terminal: what was sent, how long it took, what the marks are worth, what was crossed.

use std::fmt::Write as _;

use hdrhistogram::Histogram;

use super::words::{self, count, latency};
use super::{Report, quantiles};
use crate::replay::load::measured::{Ended, Measured};
use crate::replay::verify::{Event, Verdict, Wrong};

/// Where the words of a line begin.
const INDENT: usize = 12;
/// What a wrong mark may come from beside a fault.
pub(super) const HINT: &str = "What an earlier run sent for the same classes and date counts too: \
                               verify with a fresh database, another --date, or the same --seed.";

pub(super) fn of(report: &Report) -> String {
    let mut lines = Lines::default();
    sending(&mut lines, &report.measured);
    match &report.marks {
        None => {}
        Some(Err(why)) => lines.add("marks", &format!("NOT VERIFIED: {}", one_line(why))),
        Some(Ok(verdict)) => marks(&mut lines, verdict),
    }
    for check in &report.checks {
        let outcome = if check.crossed { "FAILED" } else { "ok" };
        let line = format!("{}: {outcome}, found {}", check.threshold, check.found);
        lines.add("fail if", &line);
    }
    if let Some(seed) = report.seed {
        lines.add("seed", &seed.to_string());
    }
    lines.text
}

fn sending(lines: &mut Lines, measured: &Measured) {
    let ended = match measured.ended {
        Ended::Complete => "",
        Ended::OutOfTime => ", out of time",
        Ended::Interrupted => ", INTERRUPTED",
    };
    let line = format!(
        "{} of {} deliveries taken in {:.1} s, {} a second{ended}",
        count(measured.taken),
        count(measured.planned),
        measured.took.as_secs_f64(),
        words::rate(measured.rate())
    );
    lines.add("sent", &line);
    let rest = [
        ("refused", measured.refused),
        ("lost", measured.lost),
        ("waiting for a retry", measured.waiting),
        ("unsent", measured.unsent),
    ];
    if rest.iter().any(|(_, number)| *number > 0) {
        lines.add("", &counts(&rest));
    }
    let requests = [
        ("retries", measured.retries),
        ("5xx", measured.unavailable),
        ("time-outs", measured.timeouts),
        ("broken", measured.broken),
        ("behind", measured.behind),
    ];
    let line = format!("{}, {}", count(measured.requests), counts(&requests));
    lines.add("requests", &line);
    if measured.validation == Some(false) {
        lines.add("", "the URL validation question was answered WRONGLY");
    }
    lines.add("latency", &told(&measured.latency));
    lines.add("service", &told(&measured.service));
}

/// `retries 0, 5xx 12`.
fn counts(numbers: &[(&str, u64)]) -> String {
    let each = numbers.iter();
    let each: Vec<_> = each
        .map(|(name, number)| format!("{name} {}", count(*number)))
        .collect();
    each.join(", ")
}

fn told(histogram: &Histogram<u64>) -> String {
    let told = quantiles::told(histogram).into_iter();
    let told: Vec<_> = told
        .map(|(name, micros)| format!("{name} {}", latency(micros)))
        .collect();
    if told.is_empty() {
        return "no answers".to_owned();
    }
    told.join(", ")
}

fn marks(lines: &mut Lines, verdict: &Verdict) {
    lines.add("marks", &verdict_line(verdict));
    if verdict.unjudged > 0 {
        lines.add("", &unjudged_line(verdict));
    }
    for wrong in &verdict.listed {
        mark(lines, wrong);
    }
    let more = verdict.wrong.saturating_sub(verdict.listed.len() as u64);
    if more > 0 {
        lines.add("", &format!("and {} more", count(more)));
    }
    if verdict.wrong > 0 {
        lines.add("", HINT);
    }
}

/// The verdict in a sentence.
pub(super) fn verdict_line(verdict: &Verdict) -> String {
    let settled = verdict.settled.as_secs_f64();
    if verdict.checked == 0 {
        return "none to check: no lesson that was sent has come to its end".to_owned();
    }
    if verdict.wrong == 0 {
        let right = count(verdict.right);
        return format!("all {right} right, {settled:.1} s after they were first asked for");
    }
    format!(
        "{} of {} WRONG; the last change came {settled:.1} s after they were first asked for",
        count(verdict.wrong),
        count(verdict.checked)
    )
}

/// What could not be judged, in a sentence.
pub(super) fn unjudged_line(verdict: &Verdict) -> String {
    format!(
        "{} not judged: their meetings have no end yet, or a delivery of theirs was not acknowledged",
        count(verdict.unjudged)
    )
}

fn mark(lines: &mut Lines, wrong: &Wrong) {
    let key = &wrong.key;
    let line = format!(
        "{} {} {}: must be {}; is {}",
        key.class,
        key.date,
        one_line(&key.student),
        words::expected(wrong.expected),
        words::found(wrong.found.as_ref())
    );
    lines.add("  wrong", &line);
    let widest = wrong.events.iter().map(|event| event.kind.len()).max();
    for told in &wrong.events {
        lines.add("", &event(told, widest.unwrap_or_default()));
    }
    if wrong.events.is_empty() {
        lines.add("", "  nothing was delivered about it");
    }
}

/// `  09:00:12 (came 09:00:14) meeting.participant_joined  run k8/Tz1+W… connection 3F9A61C2… customer_key student-0003`.
fn event(event: &Event, width: usize) -> String {
    let at = event.at.map(|at| at.as_millisecond());
    let at = at.map_or_else(|| "--:--:--".to_owned(), words::time);
    let mut line = format!(
        "  {at} (came {}) {:width$}  run {}",
        words::time(event.arrives_ms),
        one_line(&event.kind),
        one_line(&event.occurrence)
    );
    if let Some(connection) = &event.connection {
        // Writing to a String cannot fail.
        let _ = write!(line, " connection {}", one_line(connection));
    }
    for key in &event.keys {
        let _ = write!(line, " {}", one_line(key));
    }
    if !event.is_taken {
        line.push_str(" NOT ACKNOWLEDGED");
    }
    line
}

/// Without anything that would begin a line or move a terminal's cursor.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Lines of a label and words.
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn add(&mut self, label: &str, words: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{label:INDENT$}{words}");
    }
}
