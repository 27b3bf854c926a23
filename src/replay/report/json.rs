//! The report for programs: one JSON document whose names and units stay as they are. New fields may be added.
//!
//! Durations carry their unit in the name: `_us` are microseconds, `_seconds` seconds. Instants are RFC 3339 in UTC.

use hdrhistogram::Histogram;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{Report, quantiles};
use crate::replay::load::measured::{Ended, Measured};
use crate::replay::oracle::Mark;
use crate::replay::verify::{self, Verdict};

/// Raised when a name goes or changes its meaning.
const FORMAT: u32 = 1;

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    /// Of this layout.
    format: u32,
    /// Of the program that sent.
    rollcall_version: &'static str,
    /// When the sending began.
    begun_at: Option<String>,
    /// From then to the last answer.
    took_seconds: f64,
    /// `complete`, `out_of_time` or `interrupted`.
    ended: &'static str,
    /// What chance began with; null for a recording.
    seed: Option<u64>,
    /// How it was asked for, by name.
    #[serde(serialize_with = "pairs")]
    settings: &'a [(String, String)],
    /// Whether the URL validation question was answered rightly; null where it was not asked.
    url_validation: Option<bool>,
    deliveries: Deliveries,
    requests: Requests,
    /// From the planned sending to the whole answer.
    latency_us: Latency,
    /// From the actual sending to the whole answer.
    service_us: Latency,
    /// What became of each threshold.
    thresholds: Vec<Threshold<'a>>,
    /// What the marks are worth; null where nobody asked, or nobody could say.
    marks: Option<Marks<'a>>,
    /// Why nobody could say what the marks are worth.
    marks_error: Option<&'a str>,
    /// The run second by second.
    seconds: Vec<Second>,
}

/// What became of the deliveries: `planned` is the sum of the next five.
#[derive(Serialize)]
struct Deliveries {
    planned: u64,
    taken: u64,
    refused: u64,
    lost: u64,
    waiting: u64,
    unsent: u64,
    taken_per_second: f64,
}

/// What became of the requests: `errors` is the sum of `unavailable`, `timeouts`, `broken` and the refused ones.
#[derive(Serialize)]
struct Requests {
    sent: u64,
    retries: u64,
    errors: u64,
    /// Answered 5xx.
    unavailable: u64,
    timeouts: u64,
    broken: u64,
    /// Sent more than 10 ms after they were planned.
    behind: u64,
}

/// A histogram; everything but `count` is null where it is empty.
#[derive(Serialize)]
struct Latency {
    count: u64,
    min: Option<u64>,
    mean: Option<f64>,
    /// `p50`, `p90`, `p99`, `p99.9`, `p99.99`, `max`.
    #[serde(flatten)]
    told: Told,
}

#[derive(Serialize)]
struct Second {
    /// Since the beginning, from 0.
    second: usize,
    planned: u64,
    taken: u64,
    errors: u64,
    /// Null where there was no answer.
    p50_us: Option<u64>,
    p99_us: Option<u64>,
    max_us: Option<u64>,
}

#[derive(Serialize)]
struct Threshold<'a> {
    /// As it was given.
    fail_if: &'a str,
    /// With its unit.
    found: &'a str,
    crossed: bool,
}

#[derive(Serialize)]
struct Marks<'a> {
    checked: u64,
    right: u64,
    wrong: u64,
    unjudged: u64,
    settled_seconds: f64,
    /// The first wrong ones.
    listed: Vec<Wrong<'a>>,
}

#[derive(Serialize)]
struct Wrong<'a> {
    class: &'a str,
    date: String,
    student: &'a str,
    /// Null where there must be no mark.
    expected: Option<Shown<'a>>,
    /// Null where there is no mark.
    found: Option<Shown<'a>>,
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    status: &'a str,
    seconds: Option<i64>,
}

#[derive(Serialize)]
struct Event<'a> {
    event: &'a str,
    /// The instant that it tells of.
    at: Option<String>,
    /// When it was to arrive in the played day.
    arrives_at: Option<String>,
    acknowledged: bool,
    /// The beginning of the occurrence's uuid.
    occurrence: &'a str,
    /// The beginning of the `participant_uuid`.
    connection: Option<&'a str>,
    /// By what it names somebody, ids shortened.
    keys: &'a [String],
}

pub(super) fn of(report: &Report) -> String {
    let measured = &report.measured;
    let (marks, marks_error) = match &report.marks {
        None => (None, None),
        Some(Ok(verdict)) => (Some(marks(verdict)), None),
        Some(Err(why)) => (None, Some(why.as_str())),
    };
    let document = Document {
        format: FORMAT,
        rollcall_version: env!("CARGO_PKG_VERSION"),
        begun_at: instant(measured.begun_ms),
        took_seconds: measured.took.as_secs_f64(),
        ended: match measured.ended {
            Ended::Complete => "complete",
            Ended::OutOfTime => "out_of_time",
            Ended::Interrupted => "interrupted",
        },
        seed: report.seed,
        settings: &report.settings,
        url_validation: measured.validation,
        deliveries: deliveries(measured),
        requests: requests(measured),
        latency_us: latency(&measured.latency),
        service_us: latency(&measured.service),
        thresholds: thresholds(report),
        marks,
        marks_error,
        seconds: seconds(measured),
    };
    let text = serde_json::to_string_pretty(&document);
    text.expect("strings and numbers are JSON") + "\n"
}

fn deliveries(measured: &Measured) -> Deliveries {
    Deliveries {
        planned: measured.planned,
        taken: measured.taken,
        refused: measured.refused,
        lost: measured.lost,
        waiting: measured.waiting,
        unsent: measured.unsent,
        taken_per_second: measured.rate(),
    }
}

fn requests(measured: &Measured) -> Requests {
    Requests {
        sent: measured.requests,
        retries: measured.retries,
        errors: measured.errors(),
        unavailable: measured.unavailable,
        timeouts: measured.timeouts,
        broken: measured.broken,
        behind: measured.behind,
    }
}

fn latency(histogram: &Histogram<u64>) -> Latency {
    let some = !histogram.is_empty();
    Latency {
        count: histogram.len(),
        min: some.then(|| histogram.min()),
        mean: some.then(|| histogram.mean()),
        told: Told(quantiles::told(histogram)),
    }
}

fn thresholds(report: &Report) -> Vec<Threshold<'_>> {
    let each = report.checks.iter().map(|check| Threshold {
        fail_if: &check.threshold,
        found: &check.found,
        crossed: check.crossed,
    });
    each.collect()
}

fn seconds(measured: &Measured) -> Vec<Second> {
    let some = |micros: u64| (micros > 0).then_some(micros);
    let each = measured.seconds.iter().enumerate();
    each.map(|(second, of)| Second {
        second,
        planned: of.planned,
        taken: of.taken,
        errors: of.errors,
        p50_us: some(of.p50),
        p99_us: some(of.p99),
        max_us: some(of.max),
    })
    .collect()
}

fn marks(verdict: &Verdict) -> Marks<'_> {
    Marks {
        checked: verdict.checked,
        right: verdict.right,
        wrong: verdict.wrong,
        unjudged: verdict.unjudged,
        settled_seconds: verdict.settled.as_secs_f64(),
        listed: verdict.listed.iter().map(wrong).collect(),
    }
}

fn wrong(wrong: &verify::Wrong) -> Wrong<'_> {
    let expected = |mark: Mark| Shown {
        status: mark.status.word(),
        seconds: Some(mark.seconds.into()),
    };
    Wrong {
        class: &wrong.key.class,
        date: wrong.key.date.to_string(),
        student: &wrong.key.student,
        expected: wrong.expected.map(expected),
        found: wrong.found.as_ref().map(|mark| Shown {
            status: &mark.status,
            seconds: mark.seconds,
        }),
        events: wrong.events.iter().map(event).collect(),
    }
}

fn event(event: &verify::Event) -> Event<'_> {
    Event {
        event: &event.kind,
        at: event.at.map(|at| at.to_string()),
        arrives_at: instant(event.arrives_ms),
        acknowledged: event.is_taken,
        occurrence: &event.occurrence,
        connection: event.connection.as_deref(),
        keys: &event.keys,
    }
}

fn instant(ms: i64) -> Option<String> {
    Some(Timestamp::from_millisecond(ms).ok()?.to_string())
}

/// Names and numbers, as fields.
struct Told(Vec<(&'static str, u64)>);

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = quantiles::TOLD.iter().map(|(name, _)| {
            let told = self.0.iter().find(|(told, _)| told == name);
            (name, told.map(|(_, micros)| micros))
        });
        serializer.collect_map(all)
    }
}

/// In their order.
fn pairs<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}
