//! What a run came to, as a few lines of text.

use super::words::{count, latency};
use crate::replay::load::measured::{Ended, Measured};
use crate::replay::load::thresholds::Check;

/// The lines.
pub(super) fn lines(measured: &Measured, checks: &[Check]) -> String {
    let quantile = |quantile| latency(measured.latency.value_at_quantile(quantile));
    let ended = match measured.ended {
        Ended::Complete => "",
        Ended::OutOfTime => ", out of time",
        Ended::Interrupted => ", interrupted",
    };
    let mut lines = vec![
        format!(
            "{} of {} deliveries taken in {:.1} s, {:.1} a second{ended}",
            count(measured.taken),
            count(measured.planned),
            measured.took.as_secs_f64(),
            measured.rate()
        ),
        format!(
            "  refused {}, lost {}, waiting for a retry {}, unsent {}",
            measured.refused, measured.lost, measured.waiting, measured.unsent
        ),
        format!(
            "  requests {}, retries {}, 5xx {}, time-outs {}, broken {}, behind {}",
            measured.requests,
            measured.retries,
            measured.unavailable,
            measured.timeouts,
            measured.broken,
            measured.behind
        ),
        format!(
            "  latency p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
            quantile(0.5),
            quantile(0.9),
            quantile(0.99),
            quantile(0.999),
            quantile(1.0)
        ),
    ];
    for check in checks {
        let sign = if check.crossed { "FAILED" } else { "ok" };
        lines.push(format!(
            "  fail if {}: {sign}, found {}",
            check.threshold, check.found
        ));
    }
    lines.join("\n") + "\n"
}
