//! What a run of the load tester came to: counts, latencies, and how it went second by second.
//!
//! Plain data. [`super::recorder`] fills it; reports, thresholds and the oracle read it.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest latency that is told apart from longer ones, in microseconds: a day.
const LONGEST_US: u64 = 24 * 60 * 60 * 1_000_000;
/// Significant decimal digits of a latency.
const DIGITS: u8 = 3;

/// How a run ended.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Ended {
    /// Every delivery is taken, refused or lost.
    #[default]
    Complete,
    /// The run's time was over before.
    OutOfTime,
    /// Somebody stopped it before.
    Interrupted,
}

/// The result of a run.
///
/// `planned` is the sum of `taken`, `refused`, `lost`, `waiting` and `unsent`.
#[derive(Clone, Debug)]
pub struct Measured {
    /// When it began, Unix milliseconds.
    pub begun_ms: i64,
    /// From then to the last answer.
    pub took: Duration,
    /// Whether it came to its end.
    pub ended: Ended,
    /// Deliveries there were.
    pub planned: u64,
    /// Deliveries answered 2xx in the end.
    pub taken: u64,
    /// Deliveries answered 1xx, 3xx or 4xx: Zoom never sends those again.
    pub refused: u64,
    /// Deliveries given up after the last retry.
    pub lost: u64,
    /// Deliveries that waited for a retry when the run was stopped.
    pub waiting: u64,
    /// Deliveries that never got their turn.
    pub unsent: u64,
    /// HTTP requests, the URL validation question not among them.
    pub requests: u64,
    /// Requests that were a delivery's second, third or fourth.
    pub retries: u64,
    /// Requests answered 5xx.
    pub unavailable: u64,
    /// Requests without a whole answer within Zoom's patience.
    pub timeouts: u64,
    /// Requests whose connection was refused or cut.
    pub broken: u64,
    /// Requests sent more than 10 ms after they were planned: the generator's or its connections' fault. Open loop only.
    pub behind: u64,
    /// Microseconds from the planned sending to the whole answer; in a closed loop from when a connection was free for
    /// it. A time-out counts with the time waited, a broken connection not at all.
    pub latency: Histogram<u64>,
    /// Microseconds from the actual sending to the whole answer, of the same requests.
    pub service: Histogram<u64>,
    /// One for each second of the run.
    pub seconds: Vec<Second>,
    /// Whether the URL validation question was answered rightly; `None` where it was not asked.
    pub validation: Option<bool>,
    /// By delivery, in their order: whether it was taken.
    pub bodies_taken: Vec<bool>,
}

/// One second of a run.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Second {
    /// Deliveries whose first sending was planned for this second; in a closed loop those that were first sent in it.
    pub planned: u64,
    /// Deliveries taken.
    pub taken: u64,
    /// Requests that came to anything but 2xx.
    pub errors: u64,
    /// Median latency of this second's answers, microseconds from the planned sending; 0 where there were none.
    pub p50: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Longest.
    pub max: u64,
}

impl Measured {
    /// Of a run of `planned` deliveries in which nothing has happened yet.
    pub fn nothing(begun_ms: i64, planned: usize) -> Self {
        Self {
            begun_ms,
            took: Duration::ZERO,
            ended: Ended::Complete,
            planned: planned as u64,
            taken: 0,
            refused: 0,
            lost: 0,
            waiting: 0,
            unsent: 0,
            requests: 0,
            retries: 0,
            unavailable: 0,
            timeouts: 0,
            broken: 0,
            behind: 0,
            latency: histogram(),
            service: histogram(),
            seconds: Vec::new(),
            validation: None,
            bodies_taken: vec![false; planned],
        }
    }

    /// Requests that came to anything but 2xx.
    pub fn errors(&self) -> u64 {
        self.unavailable + self.timeouts + self.broken + self.refused
    }

    /// Deliveries taken a second, over the whole run.
    #[expect(clippy::cast_precision_loss, reason = "no run takes 2^52 deliveries")]
    pub fn rate(&self) -> f64 {
        let seconds = self.took.as_secs_f64();
        if seconds > 0.0 {
            self.taken as f64 / seconds
        } else {
            0.0
        }
    }
}

/// An empty histogram of microseconds, from 1 to a day.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, DIGITS).expect("the bounds are in order")
}

/// Whole microseconds.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_what_was_taken_over_the_time_it_took() {
        let mut measured = Measured::nothing(0, 10);
        assert!(measured.rate().abs() < f64::EPSILON, "no time has passed");
        measured.taken = 30;
        measured.took = Duration::from_millis(1500);
        assert!((measured.rate() - 20.0).abs() < f64::EPSILON);
    }

    #[test]
    fn every_kind_of_failure_is_an_error() {
        let mut measured = Measured::nothing(0, 10);
        measured.unavailable = 1;
        measured.timeouts = 20;
        measured.broken = 300;
        measured.refused = 4000;
        measured.lost = 50_000;
        assert_eq!(
            measured.errors(),
            4321,
            "a lost delivery's requests are counted already"
        );
    }

    #[test]
    fn a_latency_beyond_a_day_is_counted_as_a_day() {
        let mut latency = histogram();
        latency.saturating_record(u64::MAX);
        assert_eq!(latency.len(), 1);
        assert!(latency.max() >= LONGEST_US);
    }
}
