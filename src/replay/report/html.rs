//! The report as one HTML file: key figures, charts with the tables beside them, wrong marks, settings.
//!
//! `page.html` is the template and escapes whatever it is given; the charts' numbers go into a block of JSON, in which `<` is
//! written as `\u003c`, so that nothing ends it early. Charts are drawn by uPlot (`vendor/`), from `charts.js`.

mod outcome;
mod time;
mod view;

use askama::Template;
use serde_json::json;

use super::{Check, Report, quantiles, words};
use crate::replay::load::measured::Measured;
use outcome::Outcome;
use time::Span;
use view::{Count, Fact, Marks, Percentile};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("charts.js");
const LIBRARY: &str = include_str!("vendor/uPlot.iife.min.js");
const LIBRARY_STYLE: &str = include_str!("vendor/uPlot.min.css");
const LIBRARY_LICENCE: &str = include_str!("vendor/LICENSE");

/// What the template shows.
#[derive(Template)]
#[template(path = "page.html", config = "src/replay/report/askama.toml")]
struct Page<'a> {
    chart_style: &'static str,
    style: &'static str,
    library: &'static str,
    licence: &'static str,
    script: &'static str,
    version: &'static str,
    begun: String,
    seed: Option<u64>,
    outcome: Outcome,
    facts: Vec<Fact>,
    checks: &'a [Check],
    marks: Option<Marks<'a>>,
    percentiles: Vec<Percentile>,
    spans: Vec<Span>,
    span_note: Option<String>,
    counts: Vec<Count>,
    settings: &'a [(String, String)],
    data: String,
}

pub(super) fn of(report: &Report) -> askama::Result<String> {
    let measured = &report.measured;
    let (spans, width) = time::spans(&measured.seconds);
    let page = Page {
        chart_style: LIBRARY_STYLE,
        style: STYLE,
        library: LIBRARY,
        licence: LIBRARY_LICENCE,
        script: SCRIPT,
        version: env!("CARGO_PKG_VERSION"),
        begun: words::instant(measured.begun_ms),
        seed: report.seed,
        outcome: Outcome::of(report),
        facts: view::facts(report),
        checks: &report.checks,
        marks: report.marks.as_ref().map(view::marks),
        percentiles: view::percentiles(measured),
        span_note: (width > 1).then(|| {
            format!(
                "Each line sums up {width} seconds; its latencies are the highest of any of them."
            )
        }),
        spans,
        counts: view::counts(measured),
        settings: &report.settings,
        data: data(measured),
    };
    page.render()
}

/// The charts' numbers, by column. Latencies are microseconds; null where there was no answer. Both histograms are of the
/// same requests, so their curves have the same points.
fn data(measured: &Measured) -> String {
    let seconds = &measured.seconds;
    let some = |micros: u64| (micros > 0).then_some(micros);
    let latency = quantiles::curve(&measured.latency);
    let service = quantiles::curve(&measured.service);
    let data = json!({
        "percentiles": {
            "one_in": latency.iter().map(|(one_in, _)| *one_in).collect::<Vec<_>>(),
            "latency": latency.iter().map(|(_, micros)| micros).collect::<Vec<_>>(),
            "service": service.iter().map(|(_, micros)| micros).collect::<Vec<_>>(),
        },
        "seconds": {
            "planned": seconds.iter().map(|of| of.planned).collect::<Vec<_>>(),
            "taken": seconds.iter().map(|of| of.taken).collect::<Vec<_>>(),
            "errors": seconds.iter().map(|of| of.errors).collect::<Vec<_>>(),
            "p50": seconds.iter().map(|of| some(of.p50)).collect::<Vec<_>>(),
            "p99": seconds.iter().map(|of| some(of.p99)).collect::<Vec<_>>(),
            "max": seconds.iter().map(|of| some(of.max)).collect::<Vec<_>>(),
        },
    });
    data.to_string().replace('<', "\\u003c")
}
