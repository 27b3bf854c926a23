//! What records the metrics, and renders them.

use super::catalogue;
use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{thread, time::Duration};

/// Bounds of histograms whose name ends in `_seconds`: half a millisecond to ten seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Bounds of all other histograms: they count things.
const COUNTS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// How often recorded values are folded into their histograms when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// The metrics recorded in this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Everything recorded so far in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }
}

/// Records metrics in this process, once. All of the catalogue are there from the start.
///
/// # Errors
/// A second call.
pub fn install_metrics() -> anyhow::Result<Metrics> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets(&COUNTS)?
        .install_recorder()
        .context("metrics are already set up")?;
    catalogue::begin();
    let kept = handle.clone();
    let upkeep = move || {
        loop {
            thread::park_timeout(UPKEEP);
            kept.run_upkeep();
        }
    };
    thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(upkeep)
        .context("the metrics thread")?;
    Ok(Metrics(handle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_counts_have_buckets_and_upkeep_is_not_needed_to_see_them() {
        let metrics = install_metrics().unwrap();
        metrics::histogram!("journal_commit_seconds").record(0.003);
        metrics::histogram!("journal_commit_events").record(7.0);
        let text = metrics.render();
        assert!(
            text.contains("journal_commit_seconds_bucket{le=\"0.005\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("journal_commit_events_bucket{le=\"5\"} 0"),
            "{text}"
        );
        assert!(install_metrics().is_err(), "once a process");
    }
}
