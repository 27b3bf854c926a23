//! Figures and tables of the page, as words.

use crate::replay::load::measured::Measured;
use crate::replay::report::words::{self, count, latency};
use crate::replay::report::{Report, quantiles, text};
use crate::replay::verify::{self, Verdict};

/// A key figure.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) note: String,
}

/// A line of the percentiles' table.
pub(super) struct Percentile {
    pub(super) name: &'static str,
    pub(super) latency: String,
    pub(super) service: String,
}

/// A line of the counts' table.
pub(super) struct Count {
    pub(super) name: &'static str,
    pub(super) number: String,
    pub(super) meaning: &'static str,
}

/// What the marks are worth.
pub(super) struct Marks<'a> {
    pub(super) line: String,
    pub(super) notes: Vec<String>,
    pub(super) wrong: Vec<Wrong<'a>>,
}

/// A wrong mark.
pub(super) struct Wrong<'a> {
    pub(super) class: &'a str,
    pub(super) date: String,
    pub(super) student: &'a str,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) events: Vec<Event<'a>>,
}

/// An event behind it.
pub(super) struct Event<'a> {
    pub(super) kind: &'a str,
    pub(super) at: String,
    pub(super) came: String,
    pub(super) run: &'a str,
    pub(super) connection: &'a str,
    pub(super) keys: String,
    pub(super) is_taken: bool,
}

pub(super) fn facts(report: &Report) -> Vec<Fact> {
    let measured = &report.measured;
    let fact = |label, value, note: &str| Fact {
        label,
        value,
        note: note.to_owned(),
    };
    let at = |quantile| match measured.latency.is_empty() {
        true => "–".to_owned(),
        false => latency(quantiles::at(&measured.latency, quantile)),
    };
    let planned = format!("of {} deliveries", count(measured.planned));
    let took = format!("a second, {:.1} s long", measured.took.as_secs_f64());
    let errors = format!("in {} requests", count(measured.requests));
    let mut facts = vec![
        fact("Taken", count(measured.taken), &planned),
        fact("Rate", words::rate(measured.rate()), &took),
        fact("p50", at(0.5), "from the planned sending"),
        fact("p99", at(0.99), "from the planned sending"),
        fact("Errors", count(measured.errors()), &errors),
    ];
    if let Some(Ok(verdict)) = &report.marks {
        let checked = format!("of {} marks", count(verdict.checked));
        facts.push(fact("Right", count(verdict.right), &checked));
    }
    facts
}

pub(super) fn percentiles(measured: &Measured) -> Vec<Percentile> {
    let service = quantiles::told(&measured.service);
    let each = quantiles::told(&measured.latency).into_iter();
    each.map(|(name, micros)| {
        let same = service.iter().find(|(other, _)| *other == name);
        Percentile {
            name,
            latency: latency(micros),
            service: same.map_or_else(|| "–".to_owned(), |(_, micros)| latency(*micros)),
        }
    })
    .collect()
}

pub(super) fn counts(measured: &Measured) -> Vec<Count> {
    let rows = [
        ("Planned", measured.planned, "deliveries there were"),
        (
            "Taken",
            measured.taken,
            "deliveries answered 2xx in the end",
        ),
        (
            "Refused",
            measured.refused,
            "deliveries answered 3xx or 4xx, which Zoom never sends again",
        ),
        (
            "Lost",
            measured.lost,
            "deliveries given up after the last retry",
        ),
        (
            "Waiting",
            measured.waiting,
            "deliveries that waited for a retry when the run was stopped",
        ),
        (
            "Unsent",
            measured.unsent,
            "deliveries that never got their turn",
        ),
        ("Requests", measured.requests, "all of them, retries too"),
        (
            "Retries",
            measured.retries,
            "requests that were not a delivery's first",
        ),
        ("Unavailable", measured.unavailable, "requests answered 5xx"),
        (
            "Time-outs",
            measured.timeouts,
            "requests without a whole answer within Zoom's patience",
        ),
        (
            "Broken",
            measured.broken,
            "requests whose connection was refused or cut",
        ),
        (
            "Behind",
            measured.behind,
            "requests sent over 10 ms late: the sender's fault, not the service's",
        ),
    ];
    let row = |(name, number, meaning)| Count {
        name,
        number: count(number),
        meaning,
    };
    rows.into_iter().map(row).collect()
}

pub(super) fn marks(marks: &Result<Verdict, String>) -> Marks<'_> {
    let verdict = match marks {
        Ok(verdict) => verdict,
        Err(why) => {
            return Marks {
                line: format!("They could not be verified: {why}."),
                notes: Vec::new(),
                wrong: Vec::new(),
            };
        }
    };
    let mut notes = Vec::new();
    if verdict.unjudged > 0 {
        notes.push(text::unjudged_line(verdict));
    }
    if verdict.wrong > 0 {
        notes.push(text::HINT.to_owned());
    }
    if verdict.wrong > verdict.listed.len() as u64 {
        notes.push(format!("The first {} are listed.", verdict.listed.len()));
    }
    Marks {
        line: text::verdict_line(verdict),
        notes,
        wrong: verdict.listed.iter().map(wrong).collect(),
    }
}

fn wrong(wrong: &verify::Wrong) -> Wrong<'_> {
    Wrong {
        class: &wrong.key.class,
        date: wrong.key.date.to_string(),
        student: &wrong.key.student,
        expected: words::expected(wrong.expected),
        found: words::found(wrong.found.as_ref()),
        events: wrong.events.iter().map(event).collect(),
    }
}

fn event(event: &verify::Event) -> Event<'_> {
    let at = event.at.map(|at| words::time(at.as_millisecond()));
    Event {
        kind: &event.kind,
        at: at.unwrap_or_default(),
        came: words::time(event.arrives_ms),
        run: &event.occurrence,
        connection: event.connection.as_deref().unwrap_or_default(),
        keys: event.keys.join(", "),
        is_taken: event.is_taken,
    }
}
