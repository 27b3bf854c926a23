//! The last hour in memory: a sample of the metrics every ten seconds, taken from the very text that Prometheus reads, so
//! that no chart says anything else than the metrics do.

use crate::http::admin::Render;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{runtime::Handle, time::interval};

/// Between two samples.
pub(in crate::http) const PERIOD: Duration = Duration::from_secs(10);
/// Samples of an hour.
const MOST: usize = 360;

/// The samples; cheap to clone.
#[derive(Clone, Default)]
pub struct History(Arc<Mutex<VecDeque<Sample>>>);

/// What the charts show of ten seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::http) struct Sample {
    /// Webhooks a second.
    pub(in crate::http) events: f64,
    /// Seconds within which 99 of 100 webhooks were answered.
    pub(in crate::http) answer: f64,
    /// Seconds within which 99 of 100 commits of the journal were done.
    pub(in crate::http) commit: f64,
    /// Actors.
    pub(in crate::http) actors: f64,
}

impl History {
    /// Samples what `render` gives until `runtime` ends.
    pub fn start(render: Render, runtime: &Handle) -> Self {
        let history = Self::default();
        let kept = history.clone();
        runtime.spawn(async move {
            let mut ticks = interval(PERIOD);
            ticks.tick().await;
            let mut before = Reading::of(&render());
            loop {
                ticks.tick().await;
                let now = Reading::of(&render());
                kept.push(now.since(&before, PERIOD));
                before = now;
            }
        });
        history
    }

    /// The samples, the oldest first.
    pub(in crate::http) fn samples(&self) -> Vec<Sample> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.iter().copied().collect()
    }

    fn push(&self, sample: Sample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == MOST {
            samples.pop_front();
        }
        samples.push_back(sample);
    }
}

/// What one rendering of the metrics says.
#[derive(Debug, Default)]
pub(in crate::http) struct Reading {
    /// Sums over all labels.
    values: HashMap<String, f64>,
    /// Upper bound and count of each bucket.
    answers: Vec<(f64, f64)>,
    commits: Vec<(f64, f64)>,
}

impl Reading {
    pub(in crate::http) fn of(text: &str) -> Self {
        let mut reading = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let Ok(value) = value.parse::<f64>() else {
                continue;
            };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            match name {
                "rollcall_http_request_duration_seconds_bucket" if labels.contains(WEBHOOK) => {
                    reading.answers.extend(bound(labels).map(|le| (le, value)));
                }
                "rollcall_journal_commit_seconds_bucket" => {
                    reading.commits.extend(bound(labels).map(|le| (le, value)));
                }
                // They stay listed, and there is nothing to be done about them.
                "rollcall_dead_events" if labels.contains(SEALED) => {}
                _ => *reading.values.entry(name.to_owned()).or_default() += value,
            }
        }
        reading
    }

    /// The sum over all series of this name; none of them is zero.
    pub(in crate::http) fn value(&self, name: &str) -> f64 {
        self.values.get(name).copied().unwrap_or_default()
    }

    fn since(&self, before: &Self, period: Duration) -> Sample {
        let grown = |name| (self.value(name) - before.value(name)).max(0.0);
        Sample {
            events: grown("rollcall_webhook_events_total") / period.as_secs_f64(),
            answer: quantile(&self.answers, &before.answers),
            commit: quantile(&self.commits, &before.commits),
            actors: self.value("rollcall_actors_live"),
        }
    }
}

const WEBHOOK: &str = "route=\"/api/zoom/webhook\"";
const SEALED: &str = "reason=\"sealed\"";

/// The `le` label.
fn bound(labels: &str) -> Option<f64> {
    let (_, rest) = labels.split_once("le=\"")?;
    rest.split_once('"')?.0.parse().ok()
}

/// The bound of the bucket in which 99 of 100 of what came between two readings lie; nothing came: zero.
fn quantile(now: &[(f64, f64)], before: &[(f64, f64)]) -> f64 {
    let old = |at: usize| before.get(at).map_or(0.0, |(_, count)| *count);
    let grown: Vec<_> = now
        .iter()
        .enumerate()
        .map(|(at, (bound, count))| (*bound, count - old(at)))
        .collect();
    let wanted = grown.last().map_or(0.0, |(_, all)| all * 0.99);
    if wanted <= 0.0 {
        return 0.0;
    }
    let mut within = grown.iter().filter(|(bound, _)| bound.is_finite());
    let reached = within.clone().find(|(_, count)| *count >= wanted);
    reached
        .or(within.next_back())
        .map_or(0.0, |(bound, _)| *bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# HELP rollcall_webhook_events_total x\n\
        rollcall_webhook_events_total{kind=\"joined\",outcome=\"appended\"} 10\n\
        rollcall_webhook_events_total{kind=\"left\",outcome=\"appended\"} 5\n\
        rollcall_actors_live 3\n\
        rollcall_journal_commit_seconds_bucket{le=\"0.001\"} 4\n\
        rollcall_journal_commit_seconds_bucket{le=\"0.005\"} 5\n\
        rollcall_journal_commit_seconds_bucket{le=\"+Inf\"} 5\n";
    const AFTER: &str = "rollcall_webhook_events_total{kind=\"joined\",outcome=\"appended\"} 110\n\
        rollcall_webhook_events_total{kind=\"left\",outcome=\"appended\"} 25\n\
        rollcall_actors_live 7\n\
        rollcall_journal_commit_seconds_bucket{le=\"0.001\"} 4\n\
        rollcall_journal_commit_seconds_bucket{le=\"0.005\"} 105\n\
        rollcall_journal_commit_seconds_bucket{le=\"+Inf\"} 105\n";

    #[test]
    fn a_sample_is_what_came_between_two_readings() {
        let sample = Reading::of(AFTER).since(&Reading::of(BEFORE), Duration::from_secs(10));
        let expected = Sample {
            events: 12.0,
            answer: 0.0,
            commit: 0.005,
            actors: 7.0,
        };
        assert_eq!(sample, expected);
    }

    #[test]
    fn dead_events_are_those_that_something_can_be_done_about() {
        let reading = Reading::of(
            "rollcall_dead_events{reason=\"fold\"} 2\n\
             rollcall_dead_events{reason=\"sealed\"} 40\n\
             rollcall_dead_events{reason=\"read\"} 1\n",
        );
        assert!((reading.value("rollcall_dead_events") - 3.0).abs() < f64::EPSILON);
    }

    #[test]
    fn an_hour_is_kept_and_no_more() {
        let history = History::default();
        for actors in 0..400 {
            history.push(Sample {
                actors: f64::from(actors),
                ..Sample::default()
            });
        }
        let samples = history.samples();
        assert_eq!(samples.len(), 360);
        let oldest = Sample {
            actors: 40.0,
            ..Sample::default()
        };
        assert_eq!(samples.first(), Some(&oldest));
    }
}
