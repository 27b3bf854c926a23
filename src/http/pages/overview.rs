//! `/`: is it well, and if not, what to do; what runs now, what has just ended, the last hour.

use super::{
    Frame, Pages,
    answer::{Failure, html},
    history::{Reading, Sample},
    live,
    meetings::Line,
    words,
};
use crate::{
    http::{Readiness, access::Caller, admin::Admin},
    meeting::{Census, State},
};
use actix_web::{HttpResponse, web};
use askama::Template;

/// Lessons that are listed.
const LESSONS: u64 = 8;
/// Refusals in a row that deserve a look: fewer are somebody's mistake.
const REFUSALS: f64 = 10.0;

#[derive(Template)]
#[template(path = "overview.html", config = "src/http/pages/askama.toml", blocks = ["now"])]
struct Page {
    frame: Frame,
    verdict: Verdict,
    figures: Vec<Figure>,
    charts: Vec<Chart>,
    running: Vec<Line>,
    ended: Vec<Line>,
    any: bool,
}

/// The state in a word, and why.
pub(in crate::http) struct Verdict {
    /// `ok`, `look` or `act`.
    pub(in crate::http) word: &'static str,
    pub(in crate::http) sentence: &'static str,
    pub(in crate::http) reasons: Vec<Reason>,
}

pub(in crate::http) struct Reason {
    pub(in crate::http) text: String,
    /// What to do about it.
    pub(in crate::http) advice: &'static str,
    pub(in crate::http) link: &'static str,
}

struct Figure {
    name: &'static str,
    value: String,
    unit: &'static str,
}

/// A line over the last hour.
struct Chart {
    name: &'static str,
    latest: String,
    most: String,
    /// For `<polyline points>`, in a box of 360 by 80; empty before the second sample.
    points: String,
}

pub(super) async fn show(
    caller: Caller,
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
) -> Result<HttpResponse, Failure> {
    let frame = Frame::of("overview", caller);
    html(&page(frame, &admin, &pages).await?)
}

/// The same, live.
pub(super) async fn follow(sources: live::Sources) -> Result<HttpResponse, Failure> {
    live::follow(sources, "overview", |admin, pages| async move {
        let page = page(Frame::bare("overview"), &admin, &pages).await?;
        Ok(page.as_now().render()?)
    })
}

async fn page(frame: Frame, admin: &Admin, pages: &Pages) -> Result<Page, Failure> {
    let reachable = admin.readiness.database().await;
    let reading = Reading::of(&(admin.metrics)());
    let (running, ended) = if reachable {
        let running = admin.reports.in_session(LESSONS).await?;
        let ended = admin.reports.just_ended(LESSONS).await?;
        let line = |run| Line::of(run, &pages.zone, words::now());
        (
            running.into_iter().map(line).collect(),
            ended.into_iter().map(line).collect(),
        )
    } else {
        (Vec::new(), Vec::new())
    };
    let samples = pages.history.samples();
    Ok(Page {
        frame,
        verdict: Verdict::of(&admin.readiness, reachable, &reading, &(pages.census)(0)),
        figures: figures(samples.last(), &reading),
        charts: charts(&samples),
        any: reading.value("rollcall_webhook_events_total") > 0.0,
        running,
        ended,
    })
}

impl Verdict {
    /// What there is to say now.
    pub(in crate::http) fn of(
        readiness: &Readiness,
        reachable: bool,
        reading: &Reading,
        census: &Census,
    ) -> Self {
        let resting = [State::GivenUp, State::Hung];
        let resting: usize = resting
            .iter()
            .filter_map(|state| census.counts.get(state))
            .sum();
        let mut reasons = Vec::new();
        let mut because = |wrong: bool, text: String, advice, link| {
            if wrong {
                reasons.push(Reason { text, advice, link });
            }
        };
        let count = |name| reading.value(name);
        because(
            readiness.stands_by(),
            "Another process has the journal: this one accepts no event.".into(),
            "Look at that one's overview. This one takes over as soon as the other is gone.",
            "/readyz",
        );
        because(
            !readiness.is_ready() && !readiness.stands_by(),
            "No event can be made durable: Zoom is told to send them again.".into(),
            "Look at the disk and the journal's database; Zoom tries again after 5, 25 and 85 minutes.",
            "/readyz",
        );
        because(
            !reachable,
            "The main database does not answer: events are kept, marks wait.".into(),
            "Bring the database back; everything is caught up by itself.",
            "/readyz",
        );
        let act = !reasons.is_empty();
        let mut because = |wrong: bool, text: String, advice, link| {
            if wrong {
                reasons.push(Reason { text, advice, link });
            }
        };
        because(
            count("rollcall_dead_events") > 0.0,
            format!(
                "Events that could not be applied: {}.",
                count("rollcall_dead_events")
            ),
            "See why, and give them another try.",
            "/dead-events",
        );
        because(
            count("rollcall_refusal_burst_requests") >= REFUSALS,
            format!(
                "{} requests were refused in a row: wrong signatures, times or tokens.",
                count("rollcall_refusal_burst_requests")
            ),
            "See which. If Zoom's secret was changed, set the new one beside the old.",
            "/security",
        );
        because(
            resting > 0,
            "Some lessons failed again and again, and rest.".into(),
            "See which; they are tried again by themselves.",
            "/actors",
        );
        let (word, sentence) = match (act, reasons.is_empty()) {
            (true, _) => ("act", "Something needs you now."),
            (false, false) => ("look", "It works. Something deserves a look."),
            (false, true) => ("ok", "All is well."),
        };
        Self {
            word,
            sentence,
            reasons,
        }
    }
}

fn figures(latest: Option<&Sample>, reading: &Reading) -> Vec<Figure> {
    let latest = latest.copied().unwrap_or_default();
    let figure = |name, value, unit| Figure { name, value, unit };
    let whole = |name| format!("{:.0}", reading.value(name));
    vec![
        figure("Events", format!("{:.1}", latest.events), "a second"),
        figure(
            "Answered within",
            milliseconds(latest.answer),
            "ms, 99 of 100",
        ),
        figure(
            "Durable within",
            milliseconds(latest.commit),
            "ms, 99 of 100",
        ),
        figure(
            "Waiting for the disk",
            whole("rollcall_journal_queue_depth"),
            "events",
        ),
        figure("Lessons in memory", whole("rollcall_actors_live"), "actors"),
        figure(
            "Restarts",
            whole("rollcall_actors_restarted_total"),
            "since the start",
        ),
    ]
}

fn charts(samples: &[Sample]) -> Vec<Chart> {
    let chart = |name, of: fn(&Sample) -> f64, form: fn(f64) -> String| {
        let values: Vec<f64> = samples.iter().map(of).collect();
        let most = values.iter().copied().fold(0.0, f64::max);
        Chart {
            name,
            latest: form(values.last().copied().unwrap_or_default()),
            most: form(most),
            points: points(&values, most),
        }
    };
    vec![
        chart("Events a second", |s| s.events, |v| format!("{v:.1}")),
        chart("Answer, 99 of 100, ms", |s| s.answer, milliseconds),
        chart("Commit, 99 of 100, ms", |s| s.commit, milliseconds),
        chart("Lessons in memory", |s| s.actors, |v| format!("{v:.0}")),
    ]
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.1}", seconds * 1e3)
}

/// The latest sample at the right; the box is 360 wide, one a sample, and 80 high.
fn points(values: &[f64], most: f64) -> String {
    if values.len() < 2 {
        return String::new();
    }
    let first = 360 - values.len().min(360);
    let scale = if most > 0.0 { 76.0 / most } else { 0.0 };
    let point = |(at, value): (usize, &f64)| format!("{},{:.1}", first + at, 78.0 - value * scale);
    let points: Vec<_> = values.iter().enumerate().map(point).collect();
    points.join(" ")
}
